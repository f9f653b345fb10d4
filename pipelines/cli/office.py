"""Commands of whoever answers senders and decides on notices."""

from __future__ import annotations

import csv
import getpass
from pathlib import Path

import click

from pipelines.cli.printing import json_option, print_json, print_table, rows_of
from pipelines.normalise.text import key_of
from pipelines.sql import statement
from warehouse import lake
from warehouse.connect import connect, quote, sql_text
from warehouse.contract import feeds
from warehouse.errors import UserError
from warehouse.release import current_release_id, release_path
from warehouse.settings import Settings
from warehouse.spreadsheet import harmless

__all__ = ["notices", "quarantine"]

_SHOWN = ["feed", "batch_id", "file_name", "sheet", "source_row", "rule", "column_name", "found", "message_zh"]


@click.group()
def quarantine() -> None:
    """Rows that could not be accepted, and why."""


@quarantine.command("list")
@click.option("--feed", type=click.Choice(feeds()), help="Only this feed.")
@click.option("--batch", help="Only this batch.")
@json_option
def quarantine_list(feed: str | None, batch: str | None, as_json: bool) -> None:
    """One line a row in quarantine, newest file first."""
    print_table(_SHOWN, _quarantined(feed, batch, _SHOWN), json_lines=as_json)


@quarantine.command("show")
@click.argument("batch")
@click.argument("row", type=int)
@click.option("--sheet", default=None, help="Sheet, where the file has several.")
@json_option
def quarantine_show(batch: str, row: int, sheet: str | None, as_json: bool) -> None:
    """One quarantined row as it was read, with its reason in both languages."""
    names = lake.schema("quarantine").names
    found = [
        dict(zip(names, values, strict=True))
        for values in _quarantined(None, batch, names)
        if values[names.index("source_row")] == row and sheet in (None, values[names.index("sheet")])
    ]
    if not found:
        raise UserError(f"batch {batch} has no row {row} in quarantine; see choucha quarantine list --batch {batch}")
    for entry in found:
        if as_json:
            print_json(entry)
        else:
            for name, value in entry.items():
                click.echo(f"{name}: {value}")


@quarantine.command("export")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@click.option("--feed", type=click.Choice(feeds()), help="Only this feed.")
@click.option("--batch", help="Only this batch.")
@json_option
def quarantine_export(target: Path, feed: str | None, batch: str | None, as_json: bool) -> None:
    """Write the rows in quarantine to TARGET (CSV), to be sent back."""
    names = [*_SHOWN, "message_en", "raw"]
    rows = _quarantined(feed, batch, names)
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        writer.writerows([harmless(value) if isinstance(value, str) else value for value in row] for row in rows)
    if as_json:
        print_json({"target": str(target), "n_rows": len(rows)})
    else:
        click.echo(f"{target}: {len(rows)} 行 rows")


@click.group()
def notices() -> None:
    """Notices that came in halves."""


@notices.command("list")
@json_option
def notices_list(as_json: bool) -> None:
    """Notices that are held because a half is missing."""
    settings = Settings.from_environment()
    if current_release_id(settings) is None:
        raise UserError("尚无发布 there is no release yet; run choucha publish")
    rows = _held_notices(settings)
    print_table(["feed", "notice_key", "half_present", "n_held"], rows, json_lines=as_json)


@notices.command("complete")
@click.argument("notice")
@click.option("--feed", type=click.Choice(feeds()), default="food", show_default=True, help="The notice's feed.")
@click.option("--reason", help="Why, for the record.")
@json_option
def notices_complete(notice: str, feed: str, reason: str | None, as_json: bool) -> None:
    """Decide that NOTICE (number or batch id) has no further part, so that it counts.

    The decision goes into landing; the DAGs take it in by themselves, without them choucha run does.
    """
    from pipelines.dispositions import complete_notice  # noqa: PLC0415

    settings = Settings.from_environment()
    is_held = bool({notice, key_of(notice)} & {held[1] for held in _held_notices(settings) if held[0] == feed})
    target = complete_notice(settings, feed, notice, decided_by=getpass.getuser(), reason=reason)
    if as_json:
        print_json({"notice": notice, "feed": feed, "is_held": is_held, "landed": str(target)})
        return
    if not is_held:
        click.echo(
            f"注意：现行发布中没有待齐的公告 {notice}（choucha notices list）；决定仍予保存，公告到达时生效。\n"
            f"Note: the current release holds no notice {notice} (choucha notices list); the decision is kept and "
            "takes effect when the notice comes."
        )
    click.echo(
        f"{notice}: 决定已入收件区，下次 choucha run 生效。 The decision is in landing; choucha run takes it in."
    )


def _held_notices(settings: Settings) -> list[tuple[object, ...]]:
    release_id = current_release_id(settings)
    if release_id is None:
        return []
    with connect(settings, release_path(settings, release_id, "office"), read_only=True) as connection:
        query = "SELECT feed, notice_key, half_present, n_held FROM mart_notices ORDER BY ALL"
        return list(connection.execute(query).fetchall())


def _quarantined(feed: str | None, batch: str | None, names: list[str]) -> list[tuple[object, ...]]:
    """Rows of the lake's quarantine that count, and samples that the current release leaves out as conflicting."""
    settings = Settings.from_environment()
    with connect(settings) as connection:
        lake.scan(settings, connection, "receipts")
        lake.scan(settings, connection, "quarantine")
        release_id = current_release_id(settings)
        if release_id is None:
            connection.execute("CREATE TEMP VIEW conflicting AS SELECT * FROM lake_quarantine WHERE false")
        else:
            path = release_path(settings, release_id, "office")
            connection.execute(f"ATTACH {quote(str(path))} AS release (READ_ONLY)")
            connection.execute(
                "CREATE TEMP VIEW conflicting AS FROM release.mart_quarantine_rows WHERE rule = 'conflicting'"
            )
        listed = statement("quarantine").format(counting=sql_text("core/core_receipts"))
        columns = ", ".join(names)
        return rows_of(
            connection.sql(
                f"SELECT {columns} FROM ({listed})",  # noqa: S608 - our own names
                params={"feed": feed, "batch": batch},
            ).to_arrow_table()
        )
