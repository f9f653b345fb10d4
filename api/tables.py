"""A page of a statement's rows: how many there are in all, and where the next page begins.

A cursor holds the last row's key and a hash of the question, so it survives a new release and refuses another question.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import pyarrow as pa

from api.problems import ParameterError, Problem, Text
from api.release_reader import OpenRelease

__all__ = [
    "Page", "decode_cursor", "encode_cursor", "foreign_cursor", "page_in", "page_of", "question_hash",
    "read_page", "read_rows",
]  # fmt: skip

_HELPERS = ["row_key", "total"]
_ROW_NO = re.compile(r"[0-9]{1,9}", re.ASCII)


@dataclass(frozen=True)
class Page:
    """Rows of one page; `total` counts those of all pages; `next_key` is None on the last; `notes` follow from rows."""

    rows: pa.Table
    total: int
    next_key: str | None
    notes: tuple[Text, ...] = ()


def read_page(
    release: OpenRelease, name: str, parameters: Mapping[str, Any], *, n_rows: int, after: str | None = None
) -> Page:
    """The page of the statement `name` that follows the key `after`."""
    return page_of(
        lambda key, limit: release.query(name, {**parameters, "after": key, "limit": limit}), n_rows=n_rows, after=after
    )


def page_of(read: Callable[[str | None, int], pa.Table], *, n_rows: int, after: str | None = None) -> Page:
    """The page that follows the key `after`, of a statement read by (key, most rows)."""
    found = read(after, n_rows + 1)
    if found.num_rows:
        total = int(found.column("total")[0].as_py())
    elif after is not None:
        return Page(_plain(found), page_of(read, n_rows=1).total, None)
    else:
        total = 0
    rows = found.slice(0, n_rows)
    next_key = str(rows.column("row_key")[-1].as_py()) if found.num_rows > n_rows else None
    return Page(_plain(rows), total, next_key)


def page_in(rows: pa.Table, *, n_rows: int, after: str | None = None) -> Page:
    """A page of rows that are all at hand, where the key of a place says how many stand before it.

    Raises Problem for what is no such key: the cursor was made up.
    """
    if after is not None and not _ROW_NO.fullmatch(after):
        raise foreign_cursor(after)
    end = int(after or 0) + n_rows
    return Page(rows.slice(end - n_rows, n_rows), rows.num_rows, str(end) if end < rows.num_rows else None)


def read_rows(release: OpenRelease, name: str, parameters: Mapping[str, Any], *, n_rows: int) -> list[dict[str, Any]]:
    """The first rows of a statement as dictionaries, for pages."""
    rows: list[dict[str, Any]] = read_page(release, name, parameters, n_rows=n_rows).rows.to_pylist()
    return rows


def _plain(rows: pa.Table) -> pa.Table:
    return rows.drop_columns(_HELPERS)


def question_hash(path: str, question: Mapping[str, Any]) -> str:
    """What a cursor belongs to: the path and its filters, without paging and format."""
    filters = {k: v for k, v in question.items() if k not in ("cursor", "limit", "format")}
    return hashlib.sha256(json.dumps([path, filters], sort_keys=True).encode()).hexdigest()[:12]


def encode_cursor(question: str, key: str) -> str:
    """The opaque form of a place between two rows."""
    return base64.urlsafe_b64encode(json.dumps([question, key]).encode()).decode().rstrip("=")


def decode_cursor(cursor: str | None, question: str) -> str | None:
    """The key that a cursor holds; None at the beginning. Raises Problem for one that is not of this question."""
    if cursor is None:
        return None
    try:
        belongs_to, key = json.loads(base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True))
    except (ValueError, TypeError, binascii.Error):
        belongs_to, key = None, None
    if belongs_to != question or not isinstance(key, str):
        raise foreign_cursor(cursor)
    return key


def foreign_cursor(cursor: str) -> Problem:
    """That a cursor, or the key in it, leads nowhere in what was asked for."""
    text = Text(
        "翻页标记与本次查询不符，请从第一页重新开始，逐页使用 links.next。",
        "The cursor does not belong to this question; start at the first page and follow links.next.",
    )
    return Problem("invalid-parameter", text, [ParameterError("cursor", cursor, text)])
