"""How each warning stands: ids found again by the samples that groups share, and the state that each comes to.

Pure: what the public read before and what the samples say now come in, the standings and their events come out.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Container, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, datetime
from hashlib import sha256
from typing import Any

from warehouse.warning_policy import Reason, reasons

__all__ = ["Group", "Known", "Standing", "identify", "matched", "proposed_id"]

# Of several reasons for which a warning's samples left it, the first is told.
_GRAVEST = ("withdrawn_by_office", "held", "overturned", "reinspection_pending", "conflicting")


@dataclass(frozen=True)
class Known:
    """A warning as the public last read it; content is the JSON of that. stood: its state before it was withdrawn."""

    warning_id: str
    version: int
    state: str
    issued_at: datetime
    feed: str
    grouping_key: str
    sample_keys: tuple[str, ...]
    content: str
    stood: str | None = None
    reason: Reason | None = None


@dataclass(frozen=True)
class Group:
    """A warning as the samples make it now; sample_keys in the order in which they were seen.

    is_old: all results were old when they came. expires_on: None for a warning without end.
    """

    grouping_key: str
    opened_on: date
    feed: str
    sample_keys: tuple[str, ...]
    content: str
    is_old: bool = False
    expires_on: date | None = None


@dataclass(frozen=True)
class Standing:
    """A warning in this release. event is None when the public reads what it read before; group when withdrawn."""

    warning_id: str
    version: int
    state: str
    event: str | None
    state_before: str | None
    reason: Reason | None
    issued_at: datetime | None
    feed: str
    grouping_key: str
    sample_keys: tuple[str, ...]
    content: str
    group: Group | None


@dataclass(frozen=True)
class Circumstances:
    """today: the office's day. fates: why a sample (feed, key) that was told of no longer is."""

    today: date = date.min
    issues_archived: bool = False
    fates: Mapping[tuple[str, str], Reason] = field(default_factory=dict)


def identify(
    known: Iterable[Known],
    groups: Iterable[Group],
    *,
    today: date = date.min,
    issues_archived: bool = False,
    fates: Mapping[tuple[str, str], Reason] | None = None,
) -> list[Standing]:
    """Give every group its permanent id, and say which warnings are new, changed, out of time or gone.

    A group takes the id with which it shares most samples (a current one before a withdrawn one), each id once; what
    remains gets an id of its own. A warning without a group is withdrawn, and stays. today: the day as of which time
    runs out. issues_archived: what is history is issued. fates: why a sample (feed, key) left its warning.
    """
    circumstances = Circumstances(today, issues_archived, fates or {})
    by_id = {each.warning_id: each for each in known}
    now = sorted(groups, key=lambda group: (group.opened_on, group.grouping_key))
    chosen = matched(by_id, now)
    standings: list[Standing] = []
    used = set(by_id)
    for position, group in enumerate(now):
        before = by_id.get(chosen.get(position, ""))
        standing = _first(group, used, circumstances) if before is None else _continued(before, group, circumstances)
        used.add(standing.warning_id)
        standings.append(standing)
    taken = set(chosen.values())
    told = {(group.feed, key) for group in now for key in group.sample_keys}
    standings.extend(_gone(each, told, circumstances.fates) for each in by_id.values() if each.warning_id not in taken)
    return standings


def matched(by_id: Mapping[str, Known], groups: Sequence[Group]) -> dict[int, str]:
    """Which id each group (by its position) takes; none for a group that shares no sample with a known warning."""
    holders: dict[tuple[str, str], list[str]] = defaultdict(list)
    for each in by_id.values():
        for key in each.sample_keys:
            holders[each.feed, key].append(each.warning_id)
    shared: dict[tuple[int, str], int] = defaultdict(int)
    for position, group in enumerate(groups):
        for key in group.sample_keys:
            for warning_id in holders.get((group.feed, key), ()):
                shared[position, warning_id] += 1
    ordered = sorted(
        shared,
        key=lambda pair: (by_id[pair[1]].state == "withdrawn", -shared[pair], pair[1], pair[0]),
    )
    chosen: dict[int, str] = {}
    taken: set[str] = set()
    for position, warning_id in ordered:
        if position not in chosen and warning_id not in taken:
            chosen[position] = warning_id
            taken.add(warning_id)
    return chosen


def proposed_id(group: Group, used: Container[str]) -> str:
    """The id of a group that has none: from its key and its first sample by content, never one that was used."""
    salt = ""
    while (warning_id := _hashed_id(group, salt)) in used:
        salt += "+"
    return warning_id


def _hashed_id(group: Group, salt: str) -> str:
    named = sha256(f"{group.grouping_key} {group.sample_keys[0]}{salt}".encode()).digest()
    return f"W{group.opened_on.year}-{base64.b32encode(named).decode()[:10]}"


def _first(group: Group, used: set[str], circumstances: Circumstances) -> Standing:
    warning_id = proposed_id(group, used)
    if group.is_old and not circumstances.issues_archived:
        return _standing(group, warning_id, "archived", "archived", reason="expired_before")
    return _standing(group, warning_id, "issued", "issued")


def _continued(before: Known, group: Group, circumstances: Circumstances) -> Standing:
    """What becomes of a known warning that still has failed samples."""
    reason = _difference(before, group)
    was = before.stood if before.state == "withdrawn" and before.stood else before.state
    is_over = group.expires_on is not None and group.expires_on <= circumstances.today
    if was == "archived" and (circumstances.issues_archived or not group.is_old):
        return _standing(group, before.warning_id, "issued", "issued", before=before)
    if reason is not None:
        state = was if was == "archived" or (was == "expired" and is_over) else "updated"
        return _standing(group, before.warning_id, state, "updated", before=before, reason=reason)
    if is_over and was in ("issued", "updated"):
        return _standing(group, before.warning_id, "expired", "expired", before=before, reason="expired")
    return _standing(group, before.warning_id, before.state, None, before=before)


def _difference(before: Known, group: Group) -> str | None:
    """Why what is told now is not what was told; None where it is the same, whatever was null or no column then."""
    if before.state == "withdrawn":
        return "valid_again"
    then, now = set(before.sample_keys), set(group.sample_keys)
    is_same = before.sample_keys == group.sample_keys
    if is_same and before.content == group.content:
        return None
    differing = _differing(json.loads(before.content), json.loads(group.content))
    if is_same and not differing:
        return None
    if "producer_status" in differing and json.loads(group.content)["producer_status"] in ("disputed", "disowned"):
        return "producer_not_at_fault"
    if then != now:
        return "samples_added" if then < now else "samples_removed" if now < then else "samples_changed"
    return "advice_edited" if differing and differing <= {"advice_zh", "advice_en"} else "corrected"


def _differing(then: Mapping[str, Any], now: Mapping[str, Any]) -> set[str]:
    """Names under which two contents differ; a column that there wasn't then is no difference."""
    return {name for name in then.keys() | now.keys() if name in then and not _says_same(then[name], now.get(name))}


def _says_same(then: Any, now: Any) -> bool:
    if isinstance(then, dict) and isinstance(now, dict):
        return not _differing(then, now)
    if isinstance(then, list) and isinstance(now, list):
        return len(then) == len(now) and all(map(_says_same, then, now))
    return bool(then == now)


def _gone(before: Known, told: set[tuple[str, str]], fates: Mapping[tuple[str, str], Reason]) -> Standing:
    is_new = before.state != "withdrawn"
    return Standing(
        warning_id=before.warning_id,
        version=before.version + is_new,
        state="withdrawn",
        event="withdrawn" if is_new else None,
        state_before=before.state,
        reason=_why_gone(before, told, fates) if is_new else before.reason,
        issued_at=before.issued_at,
        feed=before.feed,
        grouping_key=before.grouping_key,
        sample_keys=before.sample_keys,
        content=before.content,
        group=None,
    )


def _why_gone(before: Known, told: set[tuple[str, str]], fates: Mapping[tuple[str, str], Reason]) -> Reason:
    keys = [(before.feed, key) for key in before.sample_keys]
    found = {fates[key].reason: fates[key] for key in keys if key in fates}
    for reason in (*_GRAVEST, *sorted(found)):
        if reason in found:
            return found[reason]
    return reasons()["regrouped" if any(key in told for key in keys) else "not_failed"]


def _standing(
    group: Group,
    warning_id: str,
    state: str,
    event: str | None,
    *,
    before: Known | None = None,
    reason: str | None = None,
) -> Standing:
    version = before.version if before else 0
    kept = before.reason if before and event is None else None
    return Standing(
        warning_id=warning_id,
        version=version + (event is not None),
        state=state,
        event=event,
        state_before=before.state if before else None,
        reason=reasons()[reason] if reason else kept,
        issued_at=before.issued_at if before and event != "issued" else None,
        feed=group.feed,
        grouping_key=group.grouping_key,
        sample_keys=group.sample_keys,
        content=group.content,
        group=group,
    )
