"""Validate: the rows go into DuckDB, Great Expectations judges them, and each row gets the end it comes to."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa

from pipelines.sql import statement
from warehouse.connect import Connection, connect
from warehouse.contract import row_columns
from warehouse.errors import InfrastructureError
from warehouse.settings import Settings

__all__ = ["Judged", "load_rows", "validate"]

_ROW_GROUP = 122_880
# Where a row stands in a list, or who collected it, is no part of what it reports.
_NO_CONTENT = frozenset({"sequence_no", "information_source"})


@dataclass(frozen=True)
class Judged:
    """What the rules said. rejections: (rule id, what was found) of rules that reject the whole file."""

    rejections: tuple[tuple[str, str], ...]
    rules_version: str


def load_rows(settings: Settings, rows: pa.Table, database: Path) -> Connection:
    """Write table `rows` into a new database; one in memory lasts as long as the connection that is returned."""
    content = ", ".join(f"coalesce({name}, '')" for name in row_columns() if name not in _NO_CONTENT)
    connection = connect(settings, database)
    # In pieces of one row group each, so that every thread has work.
    connection.register("incoming", pa.Table.from_batches(rows.to_batches(_ROW_GROUP), rows.schema))
    connection.execute(f"CREATE TABLE rows AS {statement('rows').format(content=content)}")
    connection.unregister("incoming")
    return connection


def validate(settings: Settings, feed: str, database: Path) -> Judged:
    """Run the feed's suite on the database's table `rows` and add tables `problems` and `routed`.

    Raises InfrastructureError when an expectation could not run: that is never the data's fault.
    """
    from expectations.validate import validate as judge  # noqa: PLC0415 - costs seconds; only who validates pays

    verdicts = judge(database, feed, settings=settings)
    rejections = tuple((rejection.rule, rejection.found) for rejection in verdicts.rejections)
    if not rejections:
        with connect(settings, database) as connection:
            connection.execute(f"CREATE TABLE routed AS {statement('routed')}")
            ((routed, read),) = connection.execute(
                "SELECT count(*), (SELECT count(*) FROM rows) FROM routed"
            ).fetchall()
        if routed != read:
            raise InfrastructureError(f"{read} rows were read but {routed} came to an end; nothing was committed")
    return Judged(rejections, verdicts.rules_version)
