"""A page of warnings as feeds tell them: what was ever issued as news, the last changed first.

What a release told that was taken back comes down here too, as withdrawn for that reason.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from api.feeds.wording import publisher
from api.release_reader import OpenRelease
from api.tables import read_page
from api.warning_record import withheld

__all__ = ["FeedPage", "Row", "read_feed"]

Row = Mapping[str, Any]
_ALL = 100_000


@dataclass(frozen=True)
class FeedPage:
    """What a feed is written from.

    path, first_path, next_path: of this page, the first and the next one (None on the last), with their queries.
    """

    rows: Sequence[Row]
    updated_at: datetime
    publisher: str
    filters: dict[str, Any]
    path: str
    first_path: str
    next_path: str | None


@dataclass(frozen=True)
class FoundRows:
    """Rows of a page, when anything in the feed last changed, and where the next page begins."""

    rows: Sequence[Row]
    updated_at: datetime
    next_key: str | None
    publisher: str


def read_feed(
    release: OpenRelease,
    filters: Mapping[str, Any],
    *,
    n_rows: int,
    after: str | None,
    taken_back: tuple[OpenRelease, datetime] | None,
) -> FoundRows:
    """The rows that follow a key. taken_back: a later release that no longer serves, and since when."""
    found = read_page(release, "warning_feed", filters, n_rows=n_rows, after=after)
    rows: list[dict[str, Any]] = found.rows.to_pylist()
    updated_at = rows[0]["latest_at"] if rows else release.info.created_at
    if taken_back is not None:
        later, since = taken_back
        told = _versions(later)
        rows = [row | _since(row, told, since) for row in rows]
        if after is None:
            rows = [*_gone(later, filters, set(told) - set(_versions(release)), since), *rows]
        updated_at = since
    return FoundRows(rows, updated_at, found.next_key, publisher(release.vocabulary.provinces))


def _versions(release: OpenRelease) -> dict[str, int]:
    return {row["warning_id"]: row["version"] for row in release.query("issued_versions", {}).to_pylist()}


def _since(row: Row, told: Mapping[str, int], since: datetime) -> dict[str, datetime]:
    """A version that stands again since a later one was taken back is the latest news of it."""
    return {"updated_at": since} if told.get(row["warning_id"], 0) > row["version"] else {}


def _gone(later: OpenRelease, filters: Mapping[str, Any], gone: set[str], since: datetime) -> list[dict[str, Any]]:
    """What only the later release told, as withdrawn: nothing of whom and what it was about."""
    if not gone:
        return []
    rows = read_page(later, "warning_feed", filters, n_rows=_ALL).rows.to_pylist()
    return [
        withheld(row) | {"published_at": row["published_at"], "updated_at": since}
        for row in rows
        if row["warning_id"] in gone
    ]
