"""Rates of counts by a release's own macros, planned once.

DuckDB plans a statement on tables anew with each question, and the macros are most of that work. So counting is one
statement and judging another: it reads no table, its columns come in as text, and it stays planned.
"""

from __future__ import annotations

from collections.abc import Iterable
from threading import Lock

import pyarrow as pa

from api.queries import statement
from warehouse.connect import Connection, fetched, quote

__all__ = ["Judge"]


class Judge:
    """The statement `judged` on one release; from any thread, one after the other (it takes some 3 ms)."""

    def __init__(self, cursor: Connection) -> None:
        self._cursor = cursor
        self._turn = Lock()
        self._is_planned = False

    def plan(self) -> None:
        """Plans the statement, unless it is. Raises one of MissingError where the release has not all of its macros."""
        with self._turn:
            self._plan()

    def judged(self, columns: pa.Table) -> pa.Table:
        """What `queries/judged.sql` says of the columns that it names, row by row. Raises as plan."""
        given = ", ".join(f"{name} := {_as_text(columns.column(name).to_pylist())}" for name in columns.column_names)
        with self._turn:
            self._plan()
            return fetched(self._cursor, f"EXECUTE judged({given})", {})

    def close(self) -> None:
        self._cursor.close()

    def _plan(self) -> None:
        if not self._is_planned:
            self._cursor.execute(f"PREPARE judged AS {statement('judged')}")
            self._is_planned = True


def _as_text(values: Iterable[float | None]) -> str:
    """A column of numbers as the SQL literal of a text, which DuckDB reads as a list many times faster than a list."""
    return quote("[" + ", ".join("NULL" if value is None else repr(value) for value in values) + "]")
