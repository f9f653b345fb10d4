"""What two releases say differently: figures, what is stated from them, and warnings, and why as far as they tell."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pyarrow as pa

from warehouse.connect import Connection, connect, fetched, quote, sql_text
from warehouse.release import release_path
from warehouse.settings import Settings

__all__ = ["HELPERS", "difference_rows", "opened"]

# Columns of difference_rows that are no part of an answer: the key to go on from, and how many rows there are in all.
HELPERS = ("row_key", "total")
_TABLES = {
    "figures": "differences/figures",
    "statements": "differences/statements",
    "warnings": "FROM mart_warnings",
    "info": "FROM release_info",
}
_SIDES = ("before", "after")


@contextmanager
def opened(settings: Settings, before: str, after: str, artefact: str) -> Iterator[Connection]:
    """A connection on what two releases say, for difference_rows. Raises ReleaseNotFoundError."""
    paths = [release_path(settings, release_id, artefact) for release_id in (before, after)]
    with connect(settings) as connection:
        for side, path in zip(_SIDES, paths, strict=True):
            connection.execute(f"ATTACH {quote(str(path))} AS {side}_release (READ_ONLY)")
            connection.execute(f"USE {side}_release")  # so that its macros find each other
            for name, query in _TABLES.items():
                text = query if query.startswith("FROM") else sql_text(query)
                connection.execute(f"CREATE TEMP TABLE {name}_{side} AS {text}")
            connection.execute("USE memory")
            connection.execute(f"DETACH {side}_release")
        yield connection


def difference_rows(connection: Connection, *, after: str | None = None, limit: int) -> pa.Table:
    """Rows in the order of their keys, from the one that follows `after` on."""
    return fetched(connection, sql_text("differences/differences"), {"after": after, "limit": limit})
