"""The samples behind a figure, as they stood in the lake when its release was made, down to file, sheet and row.

Worked out when asked, at the versions of the lake that the release names, from the reports of its samples alone: a
publication need not write it down, and nothing can differ from what was counted.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache

import pyarrow as pa

from warehouse import finality, lake
from warehouse.connect import Connection, connect, fetched, sql_text
from warehouse.office_time import OFFICE_TIME
from warehouse.release import release_path
from warehouse.settings import Settings

__all__ = ["Figure", "Traced", "lineage", "published_counts", "quarters_of", "trace"]


@dataclass(frozen=True)
class Figure:
    """A cell, or the sum of several within one stratum: what is None is summed over. quarter may be 2026YTD."""

    quarter: str
    feed: str
    sampling_type: str
    province: str | None = None
    prefecture: str | None = None
    category: str | None = None
    stage: str | None = None
    level: str | None = None

    def filters(self, quarter: str) -> dict[str, str | None]:
        """Parameters of the statements, for one of its quarters."""
        return vars(self) | {"quarter": quarter}


def quarters_of(period: str) -> list[str]:
    """The quarters of a period: 2026Q2 is one, 2026YTD the four of its year."""
    return [f"{period[:4]}Q{k}" for k in range(1, 5)] if period.endswith("YTD") else [period]


@dataclass(frozen=True)
class Traced:
    """A figure's samples (rows of lineage.sql), what they come to, counted as a release counts its cells, and the
    envelopes of all that was received and decides something in it, oldest first.
    """

    samples: pa.Table
    counts: dict[str, int]
    envelope_ids: tuple[str, ...]


def lineage(settings: Settings, versions: Mapping[str, int], as_of: datetime, figure: Figure) -> pa.Table:
    """The samples that the figure was counted from, at these versions of the lake; held ones are marked."""
    return trace(settings, versions, as_of, figure).samples


def trace(settings: Settings, versions: Mapping[str, int], as_of: datetime, figure: Figure) -> Traced:
    """All that is known of a figure at these versions of the lake."""
    samples, total, envelope_ids = [], Counter[str](), set[str]()
    for quarter in quarters_of(figure.quarter):
        with _standing(settings, versions, as_of, figure, quarter) as connection:
            samples.append(_rows(connection, "lineage", figure.filters(quarter)))
            _derive(connection, "mart_cells", sql_text("marts/mart_cells"))
            total.update(_counted(connection, figure, quarter))
            behind = _rows(connection, "behind", {"feed": figure.feed}).to_pylist()
            envelope_ids.update(str(row["envelope_id"]) for row in behind)
    return Traced(pa.concat_tables(samples), dict(total), tuple(sorted(envelope_ids)))


def published_counts(settings: Settings, release_id: str, figure: Figure) -> dict[str, int]:
    """What a release says that the figure comes to. Raises ReleaseNotFoundError."""
    total: Counter[str] = Counter()
    with connect(settings, release_path(settings, release_id, "office"), read_only=True) as connection:
        for quarter in quarters_of(figure.quarter):
            total.update(_counted(connection, figure, quarter))
    return dict(total)


def _counted(connection: Connection, figure: Figure, quarter: str) -> dict[str, int]:
    row: dict[str, int] = _rows(connection, "counts", figure.filters(quarter)).to_pylist()[0]
    return row


@contextmanager
def _standing(
    settings: Settings, versions: Mapping[str, int], as_of: datetime, figure: Figure, quarter: str
) -> Iterator[Connection]:
    """A connection whose core_counted holds the figure's samples of a quarter, each as the report that holds says."""
    with connect(settings) as connection:
        look = _Look(settings, connection, versions, figure.feed)
        for table in ("receipts", "dispositions", "measures"):
            look.scan(table)
        connection.execute(sql_text("marts/warning_macros"))
        for name in ("core_receipts", "core_measures", "core_follow_ups"):
            _create(connection, name)
        look.find_candidates(figure.filters(quarter))
        _create(connection, "core_reports")
        look.relate()
        _judge(connection, as_of.astimezone(OFFICE_TIME).date(), quarter)
        yield connection


@dataclass(frozen=True)
class _Look:
    """The lake at fixed versions, for one feed."""

    settings: Settings
    connection: Connection
    versions: Mapping[str, int]
    feed: str

    def scan(self, table: str, quarters: list[str] | None = None, name: str | None = None) -> None:
        version = self.versions.get(table, lake.ABSENT)
        feed = self.feed if table == "samples" else None
        lake.scan(self.settings, self.connection, table, version=version, feed=feed, quarters=quarters, name=name)

    def find_candidates(self, filters: Mapping[str, str | None]) -> None:
        """Make lake_samples all reports, of any quarter, of the samples that one of the quarter's reports puts here."""
        self.scan("samples", [str(filters["quarter"])])
        _derive(self.connection, "candidates", _statement("candidates"), filters)
        self.scan("samples")
        found = self.connection.execute(
            "SELECT DISTINCT quarter FROM lake_samples SEMI JOIN candidates USING (sample_key)"
        ).fetchall()
        self._see_candidates([row[0] for row in found])

    def _see_candidates(self, quarters: list[str]) -> None:
        self.scan("samples", quarters, name="lake_samples_around")
        self.connection.execute(
            "CREATE OR REPLACE TEMP VIEW lake_candidates AS"
            " SELECT * FROM lake_samples_around SEMI JOIN candidates USING (sample_key)"
        )
        self.connection.execute("CREATE OR REPLACE TEMP VIEW lake_samples AS FROM lake_candidates")

    def relate(self) -> None:
        """Make what decides beyond the samples' own reports: their notices, and what was replaced."""
        self.scan("samples", name="lake_samples_everywhere")
        self.connection.execute(
            "CREATE OR REPLACE TEMP VIEW lake_samples AS SELECT * FROM lake_samples_everywhere"
            " WHERE correction <> 'none'"
            " OR notice_key IN (SELECT notice_key FROM core_reports WHERE half <> 'together')"
        )
        _derive(self.connection, "core_fresh_batches", "SELECT batch_id, attempt_id FROM core_receipts")
        _create(self.connection, "core_batches")
        _create(self.connection, "core_notices")
        _create(self.connection, "core_replacements")
        _create(self.connection, "core_sent_together")
        self.connection.execute("CREATE OR REPLACE TEMP VIEW lake_samples AS FROM lake_candidates")
        _create(self.connection, "core_replacing_keys")


def _judge(connection: Connection, as_of_on: date, quarter: str) -> None:
    """From the reports to the samples that count in the quarter."""
    for name, rows in _windows().items():
        connection.register("given", rows)
        _derive(connection, f"given_{name}_windows", "SELECT * FROM given")
        connection.unregister("given")
    _create(connection, "core_windows")
    _create(connection, "core_retractions")
    _create(connection, "core_standing")
    _create(connection, "core_contested")
    _create(connection, "core_samples", {"as_of_on": as_of_on})
    connection.execute("DELETE FROM core_samples WHERE quarter <> $quarter", {"quarter": quarter})
    _create(connection, "core_counted")


@cache
def _windows() -> dict[str, pa.Table]:
    return {"conclusion": finality.windows_table(), "receipt": finality.receipt_windows_table()}


def _create(connection: Connection, name: str, parameters: Mapping[str, object] | None = None) -> None:
    _derive(connection, name, sql_text(f"core/{name}"), parameters)


def _derive(connection: Connection, name: str, query: str, parameters: Mapping[str, object] | None = None) -> None:
    connection.execute(f"CREATE OR REPLACE TEMP TABLE {name} AS {query}", parameters)


def _rows(connection: Connection, name: str, parameters: Mapping[str, object] | None = None) -> pa.Table:
    return fetched(connection, _statement(name), parameters or {})


def _statement(name: str) -> str:
    return sql_text(f"lineage/{name}")
