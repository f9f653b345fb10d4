"""What two releases say differently: figures, what is stated from them, and warnings, and why as far as they tell."""

from __future__ import annotations

from collections.abc import Container, Iterator
from contextlib import contextmanager

import pyarrow as pa

from warehouse.connect import Connection, connect, fetched, quote, sql_text
from warehouse.release import release_path
from warehouse.retold import let_go, retell
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
def opened(
    settings: Settings,
    before: str,
    after: str,
    artefact: str,
    *,
    told_by: str | None = None,
    taken_back: Container[str] = (),
) -> Iterator[Connection]:
    """A connection on what two releases say, for difference_rows. Raises ReleaseNotFoundError.

    told_by: the release in whose words warnings are told; None: their own. Where either of the two was taken back, none
    has a headline.
    """
    sides = {
        side: (release_id, release_path(settings, release_id, artefact))
        for side, release_id in zip(_SIDES, (before, after), strict=True)
    }
    with connect(settings) as connection:
        for side, (release_id, path) in sides.items():
            connection.execute(f"ATTACH {quote(str(path))} AS {side}_release (READ_ONLY)")
            is_retold = told_by is not None and told_by != release_id
            search_path = f"{side}_release.main"  # so that its macros find each other
            if told_by is not None and is_retold:
                search_path = retell(connection, f"{side}_release", release_path(settings, told_by, artefact))
            connection.execute(f"SET search_path = {quote(search_path)}")
            for name, query in _TABLES.items():
                text = query if query.startswith("FROM") else sql_text(query)
                connection.execute(f"CREATE TEMP TABLE {name}_{side} AS {text}")
            connection.execute("USE memory")
            if is_retold:
                let_go(connection)
            connection.execute(f"DETACH {side}_release")
        if before in taken_back or after in taken_back:
            connection.execute("UPDATE warnings_before SET headline_zh = NULL")
            connection.execute("UPDATE warnings_after SET headline_zh = NULL")
        yield connection


def difference_rows(connection: Connection, *, after: str | None = None, limit: int) -> pa.Table:
    """Rows in the order of their keys, from the one that follows `after` on."""
    return fetched(connection, sql_text("differences/differences"), {"after": after, "limit": limit})
