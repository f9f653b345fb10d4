"""Commands of the quality office: notices to decide on, and the bulletin of a quarter."""

from __future__ import annotations

import getpass
from pathlib import Path

import click

from pipelines.cli.home import existing_home
from pipelines.cli.printing import json_option, print_json, print_table, say
from pipelines.cli.words import SAYING
from pipelines.normalise.text import key_of
from warehouse.connect import connect
from warehouse.contract import feeds
from warehouse.errors import UserError
from warehouse.release import current_release_id, release_path
from warehouse.settings import Settings

__all__ = ["bulletin", "notices"]


@click.group()
def notices() -> None:
    """公告 Notices that came in halves."""


@notices.command("list")
@json_option
def notices_list(as_json: bool) -> None:
    """列出 Notices that are held because a half is missing."""
    settings = existing_home()
    if current_release_id(settings) is None:
        raise UserError("尚无发布 there is no release yet; run choucha publish")
    rows = _held_notices(settings)
    print_table(["feed", "notice_key", "half_present", "n_held"], rows, json_lines=as_json)


@notices.command("complete")
@click.argument("notice", type=SAYING)
@click.option("--feed", type=click.Choice(feeds()), default="food", show_default=True, help="The notice's feed.")
@click.option("--reason", type=SAYING, help="Why, for the record.")
@json_option
def notices_complete(notice: str, feed: str, reason: str | None, as_json: bool) -> None:
    """办结 Decide that NOTICE (number or batch id) has no further part, so that it counts.

    The decision goes into landing; the DAGs take it in by themselves, without them choucha run does.
    """
    from pipelines.dispositions import complete_notice  # noqa: PLC0415

    settings = existing_home()
    is_held = bool({notice, key_of(notice)} & {held[1] for held in _held_notices(settings) if held[0] == feed})
    target = complete_notice(settings, feed, notice, decided_by=getpass.getuser(), reason=reason)
    if as_json:
        print_json({"notice": notice, "feed": feed, "is_held": is_held, "landed": str(target)})
        return
    if not is_held:
        say(
            f"注意：现行发布中没有待齐的公告 {notice}（choucha notices list）；决定仍予保存，公告到达时生效。\n"
            f"Note: the current release holds no notice {notice} (choucha notices list); the decision is kept and "
            "takes effect when the notice comes."
        )
    say(f"{notice}: 决定已入收件区，下次 choucha run 生效。 The decision is in landing; choucha run takes it in.")


def _held_notices(settings: Settings) -> list[tuple[object, ...]]:
    release_id = current_release_id(settings)
    if release_id is None:
        return []
    with connect(settings, release_path(settings, release_id, "office"), read_only=True) as connection:
        query = "SELECT feed, notice_key, half_present, n_held FROM mart_notices ORDER BY ALL"
        return list(connection.execute(query).fetchall())


@click.command()
@click.argument("quarter", type=SAYING)
@click.option(
    "--out", type=click.Path(dir_okay=False, path_type=Path), help="File to write (default: a name of its own, here)."
)
@click.option(
    "--release", "release_id", type=SAYING, help="Release that it is written from (default: the current one)."
)
@click.option("--public", "is_public", is_flag=True, help="From the public artefact, instead of the office's.")
@click.option("--force", is_flag=True, help="Write over a file that is there, and whatever was edited in it.")
@json_option
def bulletin(
    *, quarter: str, out: Path | None, release_id: str | None, is_public: bool, force: bool, as_json: bool
) -> None:
    """通报 Write the bulletin of QUARTER (2026Q2) as DOCX, for the office to edit.

    Every figure is the one that /v1/quarters/QUARTER gives. Its charts need a Chinese font (fonts-noto-cjk).
    """
    from pipelines.bulletin.make import bulletin_bytes  # noqa: PLC0415

    settings = existing_home()
    chosen = release_id or current_release_id(settings)
    if chosen is None:
        raise UserError("尚无发布 there is no release yet; run choucha publish")
    target = out or Path(f"抽检季度通报_{quarter}_{'公开稿' if is_public else '送审稿'}.docx")
    if target.exists() and not force:
        raise UserError(
            f"{target} 已存在，可能已改过；请用 --out 另取名，或加 --force 覆盖 is there already and may have been "
            "edited; name another file with --out, or use --force"
        )
    artefact = "public" if is_public else "office"
    target.write_bytes(bulletin_bytes(settings, quarter, chosen, artefact))
    if as_json:
        print_json({"quarter": quarter, "release_id": chosen, "artefact": artefact, "written": str(target)})
    else:
        say(f"已写入 written: {target}（{quarter} · {chosen} · {artefact}）")
