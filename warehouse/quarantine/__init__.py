"""Rows in quarantine as whoever answers senders sees them: those that wait, or with those that have left.

They are those of the lake as it is now, and samples that the release that serves leaves out as conflicting; or both as
they were in an earlier release.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import asdict, dataclass

import pyarrow as pa

from warehouse import lake
from warehouse.connect import Connection, connect, fetched, quote, sql_text
from warehouse.release import current_release_id, read_manifest, release_path
from warehouse.settings import Settings

__all__ = ["Chosen", "quarantined_counts", "quarantined_page", "quarantined_rows"]

_ROWS_AT_ONCE = 10_000


@dataclass(frozen=True)
class Chosen:
    """Which rows: of a feed, a batch (its id or the beginning of it), a rule; everything: also what has left;
    is_for_sender: their reasons name no other batch.
    """

    feed: str | None = None
    batch: str | None = None
    rule: str | None = None
    everything: bool = False
    is_for_sender: bool = False


def quarantined_rows(settings: Settings, names: Sequence[str], chosen: Chosen) -> Iterator[pa.RecordBatch]:
    """These columns of all chosen rows, newest file first, in parts."""
    with _opened(settings) as connection:
        text = f"SELECT {', '.join(names)} FROM ({_listed()})"  # noqa: S608 - our own names
        yield from connection.sql(text, params=asdict(chosen)).to_arrow_reader(_ROWS_AT_ONCE)


def quarantined_counts(settings: Settings, chosen: Chosen) -> pa.Table:
    """How many of the chosen rows each file of each sender has by rule, most first."""
    with _opened(settings) as connection:
        return fetched(connection, sql_text("quarantine/summary").format(rows=_listed()), asdict(chosen))


def quarantined_page(
    settings: Settings, chosen: Chosen, *, after: str | None, limit: int, release_id: str | None = None
) -> pa.Table:
    """The chosen rows that follow the key `after`, with `row_key` and the `total` of all pages; of now, or as a release
    was made of them.
    """
    with _opened(settings, release_id) as connection:
        text = sql_text("quarantine/page").format(rows=_listed())
        return fetched(connection, text, asdict(chosen) | {"after": after, "limit": limit})


def _listed() -> str:
    parts = {"counting": sql_text("core/core_receipts"), "rejected": sql_text("quarantine/rejected")}
    return sql_text("quarantine/rows").format(**parts)


@contextmanager
def _opened(settings: Settings, of_release: str | None = None) -> Iterator[Connection]:
    versions = None if of_release is None else read_manifest(settings, of_release).lake_versions
    with connect(settings) as connection:
        for table in ("receipts", "quarantine", "samples"):
            version = None if versions is None else versions.get(table, lake.ABSENT)
            lake.scan(settings, connection, table, version=version)
        release_id = of_release or current_release_id(settings)
        if release_id is None:
            connection.execute("CREATE TEMP VIEW conflicting AS SELECT * FROM lake_quarantine WHERE false")
        else:
            path = release_path(settings, release_id, "office")
            connection.execute(f"ATTACH {quote(str(path))} AS release (READ_ONLY)")
            connection.execute(
                "CREATE TEMP VIEW conflicting AS FROM release.mart_quarantine_rows WHERE rule = 'conflicting'"
            )
        yield connection
