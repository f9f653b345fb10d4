"""Which release a reader means: by its id, or the last one made up to a day or an instant.

A release that was taken back stays readable under its id; by date it is passed over, since the office no longer stands
by what it said.
"""

from __future__ import annotations

import re
from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from functools import lru_cache

from warehouse.errors import UserError
from warehouse.office_time import OFFICE_TIME
from warehouse.release import (
    ReleaseDamagedError,
    ReleaseNotFoundError,
    current_release_id,
    list_releases,
    read_manifest,
    release_before,
)
from warehouse.settings import Settings

__all__ = ["Vintage", "VintageError", "taken_back", "vintage_of"]

_ID = re.compile(r"\d{8}T\d{6}Z-[0-9a-f]{10}")
_DAY = re.compile(r"\d{4}-\d{2}-\d{2}")
_INSTANT = re.compile(r"\d{4}-\d{2}-\d{2}[T ]\d{2}:\d{2}\S*")
# A plus sign that was not written as %2B in an address arrives as a blank.
_LOST_PLUS = re.compile(r"(?<=:\d\d) (?=\d{2}:?\d{2}$)")


class VintageError(UserError):
    """What was asked for names no release; `zh` and `en` say what there is. is_malformed: it could never name one."""

    def __init__(self, zh: str, en: str, *, is_malformed: bool = False) -> None:
        super().__init__(f"{zh} {en}")
        self.zh, self.en, self.is_malformed = zh, en, is_malformed


@dataclass(frozen=True)
class Vintage:
    """A release as it was asked for. is_named: by its id, so that no other release can ever answer that question."""

    release_id: str
    is_named: bool
    is_taken_back: bool


def vintage_of(settings: Settings, as_of: str) -> Vintage:
    """The release that `as_of` means: an id, a day (up to its end, office time) or an instant. Raises VintageError."""
    released = list_releases(settings)
    gone = _gone(settings, released)
    if _ID.fullmatch(as_of):
        if as_of not in released:
            raise _missing(f"没有编号为 {as_of} 的发布。", f"There is no release {as_of}.", released)
        return Vintage(as_of, is_named=True, is_taken_back=as_of in gone)
    end = _end_of(as_of)
    standing = [each for each in released if each not in gone and _made_at(each) <= end]
    if not standing:
        raise _missing(f"{as_of} 时尚无发布。", f"Nothing had been published by {as_of}.", released)
    return Vintage(standing[-1], is_named=False, is_taken_back=False)


def taken_back(settings: Settings) -> frozenset[str]:
    """Releases that were taken back: later than the one that serves, or passed over by those that it continues."""
    return _gone(settings, list_releases(settings))


def _gone(settings: Settings, released: Sequence[str]) -> frozenset[str]:
    serving = current_release_id(settings)
    if serving is None:
        return frozenset()
    gone = set(released[bisect_right(released, serving) :])
    while (before := _before(settings, serving)) is not None:
        gone.update(released[bisect_right(released, before) : bisect_left(released, serving)])
        serving = before
    return frozenset(gone)


def _before(settings: Settings, release_id: str) -> str | None:
    try:
        return _previous(settings, release_id)
    except (ReleaseNotFoundError, ReleaseDamagedError):  # it may be restored, so nothing of this is remembered
        return release_before(settings, release_id)


@lru_cache(maxsize=65_536)
def _previous(settings: Settings, release_id: str) -> str | None:
    """The release that this one continues; a manifest never changes."""
    return read_manifest(settings, release_id).previous_release_id


def _made_at(release_id: str) -> datetime:
    """The instant in an id, by which releases are ordered."""
    return datetime.strptime(release_id[:16], "%Y%m%dT%H%M%SZ").replace(tzinfo=UTC)


def _end_of(as_of: str) -> datetime:
    """The last instant that a day or an instant covers; without a zone it is the office's."""
    text = _LOST_PLUS.sub("+", as_of)
    try:
        if _DAY.fullmatch(text):
            midnight = datetime.fromisoformat(text).replace(tzinfo=OFFICE_TIME)
            return midnight + timedelta(days=1) - timedelta(microseconds=1)
        if _INSTANT.fullmatch(text):
            instant = datetime.fromisoformat(text)
            return instant if instant.tzinfo else instant.replace(tzinfo=OFFICE_TIME)
    except (ValueError, OverflowError) as error:
        raise _unreadable(as_of) from error
    raise _unreadable(as_of)


def _unreadable(as_of: str) -> VintageError:
    return VintageError(
        f"“{as_of}”既不是发布编号，也不是日期或时刻，可写 2026-07-01、2026-07-01T09:00+08:00，"
        "或 /v1/releases 中的编号。",
        f"{as_of!r} is no release id, day or instant; write 2026-07-01, 2026-07-01T09:00+08:00, or an id of "
        "/v1/releases.",
        is_malformed=True,
    )


def _missing(zh: str, en: str, released: Sequence[str]) -> VintageError:
    if not released:
        return VintageError(f"{zh}还没有发布过任何结果。", f"{en} Nothing has been published yet.")
    ends = f"{released[0]} … {released[-1]}" if len(released) > 1 else released[0]
    return VintageError(
        f"{zh}共有 {len(released)} 次发布：{ends}，逐次见 /v1/releases。",
        f"{en} There are {len(released)}: {ends}; /v1/releases lists them.",
    )
