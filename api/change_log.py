"""What happened to warnings after a cursor: each public change once, in the order of warning_events.

A release that is taken back takes its changes with it: whoever was told of them is told which no longer stand, and when
they stand again. A cursor holds the last change that was told, and beside it, while that one is taken back, how far the
client's copy stands; so a page that is asked for again is the same page.
"""

from __future__ import annotations

import base64
import binascii
import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from api.problems import ParameterError, Problem, Text
from api.release_reader import OpenRelease
from warehouse.warning_policy import reasons

__all__ = ["BEGINNING", "ChangePage", "Cursor", "Place", "changes_after", "decode", "encode", "require_known"]

_END = 2**31 - 1


@dataclass(frozen=True, order=True)
class Place:
    """A place in the order of all changes: a release and a position in it."""

    release_id: str
    position: int


@dataclass(frozen=True)
class Cursor:
    """How far a client is.

    told: the last change that it was told of. stands: where its copy stands when that is not `told`. to, done: a move
    of its copy that is under way, up to the warning `done`.
    """

    told: Place
    stands: Place | None = None
    to: Place | None = None
    done: str = ""

    @property
    def furthest(self) -> str:
        """The latest release of which it knows."""
        return max(each.release_id for each in (self.told, self.stands, self.to) if each)


BEGINNING = Cursor(Place("", 0))


@dataclass(frozen=True)
class ChangePage:
    """Changes with the cursor behind each; cursor: behind the last; total: these and all that follow."""

    items: list[dict[str, Any]]
    cursor: Cursor
    total: int

    @property
    def has_more(self) -> bool:
        return self.total > len(self.items)


def encode(cursor: Cursor) -> str:
    """The opaque form."""
    places = [[each.release_id, each.position] if each else None for each in (cursor.told, cursor.stands, cursor.to)]
    return base64.urlsafe_b64encode(json.dumps([*places, cursor.done]).encode()).decode().rstrip("=")


def decode(since: str | None) -> Cursor:
    """The cursor that `encode` wrote; the beginning for none. Raises Problem for what never was one."""
    if not since:
        return BEGINNING
    try:
        given = base64.b64decode(since + "=" * (-len(since) % 4), altchars=b"-_", validate=True)
        told, stands, to, done = json.loads(given)
        found = Cursor(_place(told), stands and _place(stands), to and _place(to), done)
        if not isinstance(done, str):
            raise ValueError("no id")
    except (ValueError, TypeError, KeyError, RecursionError, binascii.Error):
        text = Text(
            "since 不是本接口给出的游标，请原样使用 meta.cursor；不带 since 则从头开始。",
            "This is no cursor of /v1/changes; use meta.cursor as it was given, or leave since out to begin anew.",
        )
        raise Problem("invalid-parameter", text, [ParameterError("since", since, text)]) from None
    return found


def _place(given: Any) -> Place:
    release_id, position = given
    if not isinstance(release_id, str) or not isinstance(position, int):
        raise TypeError("no place")
    return Place(release_id, position)


def require_known(log: OpenRelease, cursor: Cursor, since: str | None) -> None:
    """Raises Problem where this installation never told the change that the cursor names."""
    told = cursor.told
    if told == BEGINNING.told:
        return
    if not log.query("has_change", {"release_id": told.release_id, "position": told.position}).num_rows:
        text = Text(
            "此处没有发布过该游标所指的变动（可能是在别处重建的系统）：请清空副本，不带 since 从头开始。",
            "The change that this cursor names was never told here (the system may have been built anew elsewhere): "
            "empty your copy and begin anew without since.",
        )
        raise Problem("unknown-cursor", text, [ParameterError("since", since, text)])


def changes_after(release: OpenRelease, log: OpenRelease, cursor: Cursor, limit: int) -> ChangePage:
    """A page of at most `limit` changes. log: a release that knows all that the client was told."""
    items: list[dict[str, Any]] = []
    while (cursor := _aimed(cursor, release.info.release_id)).to is not None:
        rows, total = _moved(log, cursor, limit - len(items))
        items += rows
        if total > len(rows):
            return ChangePage(items, _behind(cursor, rows), len(items) + total - len(rows))
        cursor = Cursor(cursor.told, None if cursor.to == cursor.told else cursor.to)
    if cursor.stands is not None:
        return ChangePage(items, cursor, len(items))
    told, room = cursor.told, limit - len(items)
    place = {"release_id": told.release_id, "position": told.position}
    # One more than fits, which tells how many follow also where there is no room.
    found = release.query("changes", {**place, "limit": room + 1}).to_pylist()
    total = len(items) + (found[0]["total"] if found else 0)
    for row in found[:room]:
        cursor = Cursor(Place(row["release_id"], row["position"]))
        items.append({name: value for name, value in row.items() if name != "total"} | {"cursor": encode(cursor)})
    return ChangePage(items, cursor, total)


def _aimed(cursor: Cursor, serving: str) -> Cursor:
    """The cursor with the move that its copy has to make, if any, now that this release serves."""
    if cursor.to is not None:
        return cursor
    aim = min(cursor.told, Place(serving, _END))
    return cursor if aim == (cursor.stands or cursor.told) else replace(cursor, to=aim, done="")


def _moved(log: OpenRelease, cursor: Cursor, room: int) -> tuple[list[dict[str, Any]], int]:
    """Warnings that stand otherwise at the end of a move than at its beginning, and how many there are from here on."""
    stands, to = cursor.stands or cursor.told, cursor.to or cursor.told
    low, high = sorted((stands, to))
    asked = {
        "low_release": low.release_id, "low_position": low.position, "high_release": high.release_id,
        "high_position": high.position, "release_id": to.release_id, "position": to.position, "done": cursor.done,
        "limit": room + 1,
    }  # fmt: skip
    found = log.query("standings", asked).to_pylist()
    rows = [_standing(row, is_taken_back=to < stands) for row in found[:room]]
    for row in rows:
        row["cursor"] = encode(replace(cursor, done=row["warning_id"]))
    return rows, found[0]["total"] if found else 0


def _standing(row: Mapping[str, Any], *, is_taken_back: bool) -> dict[str, Any]:
    reason = reasons()["taken_back"] if is_taken_back else None
    return {
        "change": "taken_back" if is_taken_back else "reinstated",
        "warning_id": row["warning_id"],
        "version": row["version"],
        "state_before": None,
        "state": row["state"] or "withdrawn",
        "reason": reason and reason.reason,
        "reason_zh": reason and reason.reason_zh,
        "reason_en": reason and reason.reason_en,
        "headline_zh": None,
        "headline_en": None,
        "release_id": None,
        "position": None,
        "happened_at": None,
    }


def _behind(cursor: Cursor, rows: list[dict[str, Any]]) -> Cursor:
    return replace(cursor, done=rows[-1]["warning_id"]) if rows else cursor
