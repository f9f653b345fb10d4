"""From the lake to core tables and cells, on one connection and at fixed versions of the lake.

Only the quarters asked for are built, from every report that can decide something in them, wherever it lies.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import pyarrow as pa

from warehouse import finality, lake
from warehouse.connect import Connection, sql_text
from warehouse.hazard_severity import severities_table
from warehouse.office_time import OFFICE_TIME
from warehouse.reference import hazards_table
from warehouse.service_standards import standards_table
from warehouse.settings import Settings

__all__ = [
    "METHOD_VERSION",
    "PUBLISHED",
    "QUARTERLY",
    "Sources",
    "build_core",
    "build_quarters",
    "create",
    "open_sources",
    "relate",
    "rename",
    "take",
]

METHOD_VERSION = "1.7.0"

# What a build adds up quarter by quarter; a release takes those of untouched quarters from the release before.
# PUBLISHED are tables of the release itself.
PUBLISHED = ("mart_cells", "mart_enterprises", "mart_failed_items", "mart_lateness")
QUARTERLY = (*PUBLISHED, "core_durations", "core_held", "core_provisional", "core_conflicts", "core_warned")
_CORE_TABLES = ("core_samples", "core_contested", "core_retractions", "core_reports")
_CORE_VIEWS = ("core_failures", "core_counted", "core_standing")
_REPORTS_AT_ONCE = 1_000_000


@dataclass(frozen=True)
class Sources:
    """The lake at fixed versions, seen from one connection. A table without a version did not exist then."""

    settings: Settings
    connection: Connection
    versions: Mapping[str, int]
    as_of: datetime

    @property
    def as_of_on(self) -> date:
        """The office's day at `as_of`."""
        return self.as_of.astimezone(OFFICE_TIME).date()

    def scan(self, table: str, quarters: Iterable[str] | None = None, name: str | None = None) -> str:
        """Make the view `lake_<table>` (or `name`) over a table, at these versions and for these quarters."""
        version = self.versions.get(table, lake.ABSENT)
        return lake.scan(self.settings, self.connection, table, version=version, quarters=quarters, name=name)


def open_sources(settings: Settings, connection: Connection, versions: Mapping[str, int], as_of: datetime) -> Sources:
    """Open receipts, dispositions and the calendar of objections; from then on core_receipts says what counts,
    core_follow_ups what second tests and objections came to, and statements may use the macros.
    """
    sources = Sources(settings, connection, versions, as_of)
    sources.scan("receipts")
    sources.scan("dispositions")
    sources.scan("quarantine")
    sources.scan("figures")
    sources.scan("recalls")
    sources.scan("measures")
    take(connection, "given_standards", standards_table())
    create(connection, "core_receipts")
    by_conclusion, by_receipt = _windows()
    take(connection, "given_conclusion_windows", by_conclusion)
    take(connection, "given_receipt_windows", by_receipt)
    create(connection, "core_windows")
    take(connection, "given_hazards", hazards_table())
    take(connection, "given_severities", severities_table())
    create(connection, "core_hazards")
    for name in ("macros", "warning_macros"):
        connection.execute(sql_text(f"marts/{name}"))
    for name in ("core_measures", "core_follow_ups"):
        create(connection, name)
    return sources


@cache
def _windows() -> tuple[pa.Table, pa.Table]:
    return finality.windows_table(), finality.receipt_windows_table()


def take(connection: Connection, name: str, rows: pa.Table) -> None:
    """Make a table of Arrow rows."""
    connection.register("taken", rows)
    derive(connection, name, "SELECT * FROM taken")
    connection.unregister("taken")


def derive(connection: Connection, name: str, query: str, parameters: Mapping[str, object] | None = None) -> None:
    """Make a table of a query; for what is too small to be a SQL file of its own."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", parameters)


def rename(connection: Connection, name: str, new_name: str) -> None:
    """Give a table another name, instead of any table that has it."""
    connection.execute(f"DROP TABLE IF EXISTS {new_name}")
    connection.execute(f"ALTER TABLE {name} RENAME TO {new_name}")


def create(connection: Connection, name: str, parameters: Mapping[str, object] | None = None) -> None:
    """Make the table that the SQL file of this name selects."""
    derive(connection, name, _statement(name), parameters)


def _show(connection: Connection, name: str) -> None:
    """As `create`, but a view: for what only joins a few columns to a table."""
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS {_statement(name)}")


def relate(sources: Sources) -> None:
    """From core_batches (all that count) to notices and replacements: what decides beyond a single quarter."""
    connection = sources.connection
    create(connection, "core_notices")
    create(connection, "core_replacements")
    create(connection, "core_sent_together")
    sources.scan(
        "samples",
        _column(connection, "SELECT DISTINCT quarter FROM core_batches SEMI JOIN core_replacements USING (batch_id)"),
    )
    create(connection, "core_replacing_keys")


def build_quarters(
    sources: Sources, quarters: Sequence[str], built: Callable[[Sources], None] = lambda _: None
) -> None:
    """Fill the QUARTERLY tables for these quarters, a bounded number of reports at a time.

    built: called while core_counted holds the quarters that were just built. Needs core_batches, core_shared_keys and
    what `relate` makes.
    """
    connection = sources.connection
    for name in QUARTERLY:
        connection.execute(f"DROP TABLE IF EXISTS {name}")
    chunks = _chunks(connection, quarters)
    for chunk in chunks:
        build_core(sources, chunk)
        for name in QUARTERLY:
            is_first = chunk is chunks[0]
            connection.execute(
                f"{f'CREATE TEMP TABLE {name} AS' if is_first else f'INSERT INTO {name}'} {_statement(name)}"
            )
        built(sources)
        _drop_core(connection)


def build_core(sources: Sources, quarters: Sequence[str]) -> None:
    """Make core_samples and core_counted of these quarters, each sample as the report that holds says it."""
    connection = sources.connection
    sources.scan("samples", quarters)
    create(connection, "core_reports")
    _add_reports_elsewhere(sources, quarters)
    create(connection, "core_retractions")
    _show(connection, "core_standing")
    create(connection, "core_contested")
    create(connection, "core_samples", {"as_of_on": sources.as_of_on})
    for name in ("core_contested", "core_samples"):
        elsewhere = f"DELETE FROM {name} WHERE NOT list_contains($quarters, quarter)"  # noqa: S608 - a name of ours
        connection.execute(elsewhere, {"quarters": [*quarters]})
    _show(connection, "core_counted")
    _show(connection, "core_failures")


def _drop_core(connection: Connection) -> None:
    """Take away what `build_core` made: the next quarters, and all that follows, need the memory."""
    for kind, names in (("VIEW", _CORE_VIEWS), ("TABLE", _CORE_TABLES)):
        for name in names:
            connection.execute(f"DROP {kind} {name}")


def _add_reports_elsewhere(sources: Sources, quarters: Sequence[str]) -> None:
    # A sample that is reported in one of these quarters may be held by a report of another.
    connection = sources.connection
    others = _column(
        connection,
        "SELECT DISTINCT quarter FROM core_shared_keys SEMI JOIN core_reports USING (feed, sample_key)"
        " WHERE NOT list_contains($quarters, quarter)",
        {"quarters": [*quarters]},
    )
    if not others:
        return
    sources.scan("samples", others, name="lake_samples_elsewhere")
    connection.execute(
        "CREATE OR REPLACE TEMP VIEW lake_samples AS SELECT * FROM lake_samples_elsewhere"
        " SEMI JOIN (SELECT feed, sample_key FROM core_reports SEMI JOIN core_shared_keys USING (feed, sample_key))"
        " USING (feed, sample_key)"
    )
    connection.execute(f"INSERT INTO core_reports {_statement('core_reports')}")


def _chunks(connection: Connection, quarters: Sequence[str]) -> list[list[str]]:
    """The quarters in groups of a bounded number of reports; one empty group where there are none."""
    sizes = dict(connection.execute("SELECT quarter, sum(n_reports) FROM core_batches GROUP BY quarter").fetchall())
    chunks: list[list[str]] = [[]]
    n_reports = 0
    for quarter in sorted(quarters):
        n_reports += int(sizes.get(quarter, 0))
        if chunks[-1] and n_reports > _REPORTS_AT_ONCE:
            chunks.append([])
            n_reports = int(sizes.get(quarter, 0))
        chunks[-1].append(quarter)
    return chunks


def _column(connection: Connection, query: str, parameters: Mapping[str, object] | None = None) -> list[str]:
    return sorted(row[0] for row in connection.execute(query, parameters).fetchall())


def _statement(name: str) -> str:
    return sql_text(f"{'marts' if name.startswith('mart_') else 'core'}/{name}")
