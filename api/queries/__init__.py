"""The statements that the API runs: one SELECT per file, parameters by name, its grain in the header.

Every statement gives two columns that are not part of the answer: `row_key`, unique and in the order of the rows,
from which a page goes on, and `total`, the number of rows of all pages.
"""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["statement"]

_HERE = Path(__file__).parent


@cache
def statement(name: str) -> str:
    """The text of `api/queries/<name>.sql`."""
    return (_HERE / f"{name}.sql").read_text(encoding="utf-8")
