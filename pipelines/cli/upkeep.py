"""Commands of whoever keeps it running: status, maintain, verify, rebuild, and a read-only look at the tables."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path

import click

from pipelines.cli.home import existing_home
from pipelines.cli.printing import json_option, print_json, print_table, progress, rows_of, say
from pipelines.cli.publication import instant
from pipelines.cli.status import print_status
from warehouse import lake
from warehouse.connect import Connection, DatabaseError, confine, connect, quote, sql_text
from warehouse.contract import table_contracts
from warehouse.errors import UserError
from warehouse.release import current_release_id, release_path

__all__ = ["maintain", "rebuild", "sql", "status", "verify"]


@click.command()
@json_option
def status(as_json: bool) -> None:
    """状态 On one screen: what waits, is stuck or in quarantine, what serves since when, disk use, what to look at."""
    from pipelines.status import status_of  # noqa: PLC0415

    found = status_of(existing_home())
    if as_json:
        print_json(asdict(found))
    else:
        print_status(found)


@click.command()
@json_option
def maintain(as_json: bool) -> None:
    """维护 Clear waste, write small files together, and verify; safe beside running ingests and publications."""
    from pipelines.maintain import maintain as maintain_home  # noqa: PLC0415

    done, checks = maintain_home(existing_home())
    print_table(["step", "n", "detail"], [(d.step, d.n, d.detail) for d in done], json_lines=as_json)
    print_table(["check", "ok", "detail"], [(c.name, c.ok, c.detail) for c in checks], json_lines=as_json)
    if not all(check.ok for check in checks):
        raise click.exceptions.Exit(1)


@click.command()
@json_option
def verify(as_json: bool) -> None:
    """核验 Check that nothing was lost and nothing altered: archive hashes, conservation, the releases' digests."""
    from pipelines.upkeep import verify as verify_home  # noqa: PLC0415

    checks = verify_home(existing_home(), progress=progress)
    print_table(["check", "ok", "detail"], [(c.name, c.ok, c.detail) for c in checks], json_lines=as_json)
    if not all(check.ok for check in checks):
        raise click.exceptions.Exit(1)


@click.command()
@click.argument("target", type=click.Path(path_type=Path))
@click.option("--as-of", help="Instant of the release to reproduce (default: that of the current release).")
@json_option
def rebuild(target: Path, as_of: str | None, as_json: bool) -> None:
    """重建 Rebuild lake and release from the archive into the new home TARGET, and compare the digests."""
    from pipelines.upkeep import rebuild as rebuild_home  # noqa: PLC0415

    result = rebuild_home(existing_home(), target, as_of=instant(as_of), progress=progress)
    if as_json:
        print_json(asdict(result))
    else:
        same = "一致 equal" if result.is_same else "不一致 DIFFERENT"
        say(f"{result.n_files} files → {target}; digest {result.digest}: {same}")
        if result.n_later:
            say(
                f"其中 {result.n_later} 个文件晚于现行发布，另行发布。 {result.n_later} of them came after the current "
                "release and are in a further one."
            )
        say(
            "新目录没有历次发布及其提示的发布日期、密钥、回退记录和收件区；启用它的步骤见 docs/how-to/operate.md。 "
            "The new home lacks earlier releases with the dates of issue of their warnings, secrets/, rollbacks and "
            'landing; how to go over to it: docs/how-to/operate.md, "Going over to a rebuilt home".'
        )
    if not result.is_same:
        raise click.exceptions.Exit(1)


@click.command("sql")
@click.argument("query")
@json_option
def sql(query: str, as_json: bool) -> None:
    """查询 Run one read-only QUERY on the lake's tables (rows that count) and those of the current release.

    lake_samples, lake_receipts … hold what was ever written, samples and quarantine what counts.
    """
    settings = existing_home()
    with connect(settings) as connection:
        for table in lake.LAKE_TABLES:
            lake.scan(settings, connection, table)
        for table in lake.LAKE_TABLES:
            connection.execute(f"CREATE TEMP VIEW {table} AS {_counting(table)}")
        release_id = current_release_id(settings)
        if release_id is not None:
            path = release_path(settings, release_id, "office")
            connection.execute(f"ATTACH {quote(str(path))} AS release (READ_ONLY)")
            listed = "SELECT table_name FROM duckdb_tables() WHERE database_name = 'release'"
            held = {row[0] for row in connection.execute(listed).fetchall()}
            for table in held & table_contracts("release").keys():  # an earlier version's release may have fewer
                connection.execute(f"CREATE VIEW {table} AS FROM release.{table}")
        confine(connection, settings.lake)
        try:
            _check_read_only(connection, query)
            found = connection.sql(query).to_arrow_table()
        except DatabaseError as error:
            raise UserError(str(error)) from error
        print_table(found.column_names, rows_of(found), json_lines=as_json)


def _counting(table: str) -> str:
    """The rows of a lake's table that count: where it has attempts, those that a receipt made count."""
    if "attempt_id" not in lake.schema(table).names or table == "receipts":
        return f"SELECT * FROM lake_{table}"  # noqa: S608 - our own name
    counting = sql_text("core/core_receipts")
    return f"SELECT * FROM lake_{table} WHERE attempt_id IN (SELECT attempt_id FROM ({counting}))"  # noqa: S608


def _check_read_only(connection: Connection, query: str) -> None:
    statements = connection.extract_statements(query)
    if len(statements) != 1:
        raise UserError(f"one query at a time; these are {len(statements)}")
    for statement in statements:
        if statement.type.name not in ("SELECT", "EXPLAIN"):
            raise UserError(f"{statement.type.name}: only queries are run here; lake and releases never change by hand")
