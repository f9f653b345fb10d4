"""Warnings: final failures grouped by content, each group under a permanent id, each change one event.

What was public before stands in the lake's warning_events; ids are found again by the samples that groups share.
"""

from __future__ import annotations

import base64
import json
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256

import pyarrow as pa

from pipelines.build import OFFICE_TIME, Sources, create, rename, take
from pipelines.normalise.people import public_code, public_name, public_text
from pipelines.normalise.roles import maker_in
from warehouse import lake
from warehouse.arrow import json_structure
from warehouse.connect import Connection
from warehouse.contract import table_contracts

__all__ = ["Group", "Known", "Standing", "events_table", "group_failures", "identify", "make_warnings"]

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_STATE_COLUMNS = ("warning_id", "version", "state", "issued_on")
_REASON_ZH = "所涉样品经更正或复检不再列为不合格，本提示撤回"
_REASON_EN = "Its samples no longer count as failed, after a correction or a second test"


@dataclass(frozen=True)
class Known:
    """A warning as the public last read it; content is the JSON of that."""

    warning_id: str
    version: int
    event: str
    issued_at: datetime
    feed: str
    grouping_key: str
    sample_keys: tuple[str, ...]
    content: str


@dataclass(frozen=True)
class Group:
    """A warning as the samples make it now; sample_keys in the order in which they were seen."""

    grouping_key: str
    opened_on: date
    feed: str
    sample_keys: tuple[str, ...]
    content: str


@dataclass(frozen=True)
class Standing:
    """A warning in this release. event is None when the public reads what it read before; group when withdrawn."""

    warning_id: str
    version: int
    state: str
    event: str | None
    issued_at: datetime | None
    feed: str
    grouping_key: str
    sample_keys: tuple[str, ...]
    content: str
    group: Group | None


def group_failures(sources: Sources) -> None:
    """From core_warned to what each warning says, in full and for the public, whatever order files came in."""
    connection = sources.connection
    create(connection, "core_cells")
    take(connection, "core_cells_read", _read_cells(connection))
    create(connection, "core_named")
    create(connection, "core_warning_openings")
    for artefact in ("public", "office"):
        create(connection, "core_warning_groups", {"is_office": artefact == "office"})
        rename(connection, "core_warning_groups", f"{artefact}_groups")


def _read_cells(connection: Connection) -> pa.Table:
    """What the public may read of each text, and who may be named as maker; judged anew for every release."""
    given = [row[0] for row in connection.execute("SELECT given FROM core_cells ORDER BY given").fetchall()]
    makers = [maker_in(text) for text in given]
    columns = {
        "given": given,
        "maker": makers,
        "public_maker": [maker and public_name(maker) for maker in makers],
        "public_name": [public_name(text) for text in given],
        "public_text": [public_text(text) for text in given],
        "public_code": [public_code(text) for text in given],
    }
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})


def identify(known: Iterable[Known], groups: Iterable[Group]) -> list[Standing]:
    """Give every group its permanent id, and say which warnings are new, changed or gone.

    A group takes the id with which it shares most samples (a current one before a withdrawn one), each id once; what
    remains gets an id of its own. A warning without a group is withdrawn, and stays.
    """
    by_id = {each.warning_id: each for each in known}
    now = sorted(groups, key=lambda group: (group.opened_on, group.grouping_key))
    chosen = _matched(by_id, now)
    standings: list[Standing] = []
    for position, group in enumerate(now):
        before = by_id.get(chosen.get(position, ""))
        standings.append(_issued(group, by_id, standings) if before is None else _continued(before, group))
    taken = set(chosen.values())
    standings.extend(_gone(each) for each in by_id.values() if each.warning_id not in taken)
    return standings


def _matched(by_id: dict[str, Known], groups: Sequence[Group]) -> dict[int, str]:
    holders: dict[str, list[str]] = defaultdict(list)
    for each in by_id.values():
        for key in each.sample_keys:
            holders[f"{each.feed} {key}"].append(each.warning_id)
    shared: dict[tuple[int, str], int] = defaultdict(int)
    for position, group in enumerate(groups):
        for key in group.sample_keys:
            for warning_id in holders.get(f"{group.feed} {key}", ()):
                shared[position, warning_id] += 1
    ordered = sorted(
        shared,
        key=lambda pair: (by_id[pair[1]].event == "withdrawn", -shared[pair], pair[1], pair[0]),
    )
    chosen: dict[int, str] = {}
    taken: set[str] = set()
    for position, warning_id in ordered:
        if position not in chosen and warning_id not in taken:
            chosen[position] = warning_id
            taken.add(warning_id)
    return chosen


def _issued(group: Group, by_id: dict[str, Known], standings: Sequence[Standing]) -> Standing:
    used = by_id.keys() | {each.warning_id for each in standings}
    salt = ""
    while (warning_id := _new_id(group, salt)) in used:
        salt += "+"
    return _standing(group, warning_id, 1, "issued")


def _new_id(group: Group, salt: str) -> str:
    named = sha256(f"{group.grouping_key} {group.sample_keys[0]}{salt}".encode()).digest()
    return f"W{group.opened_on.year}-{base64.b32encode(named).decode()[:10]}"


def _continued(before: Known, group: Group) -> Standing:
    is_same = before.event != "withdrawn" and before.sample_keys == group.sample_keys
    if is_same and (before.content == group.content or _meaning(before.content) == _meaning(group.content)):
        return _standing(group, before.warning_id, before.version, None, before)
    return _standing(group, before.warning_id, before.version + 1, "updated", before)


def _gone(before: Known) -> Standing:
    is_new = before.event != "withdrawn"
    reasons = {"reason_zh": _REASON_ZH, "reason_en": _REASON_EN}
    content = _without_persons(before.content)
    content = json.dumps(json.loads(content) | reasons, ensure_ascii=False) if is_new else content
    return Standing(
        warning_id=before.warning_id,
        version=before.version + is_new,
        state="withdrawn",
        event="withdrawn" if is_new else None,
        issued_at=before.issued_at,
        feed=before.feed,
        grouping_key=before.grouping_key,
        sample_keys=before.sample_keys,
        content=content,
        group=None,
    )


def _without_persons(content: str) -> str:
    """What the public once read, without names that an earlier judgement let through."""
    loaded = json.loads(content)
    cells = {loaded.get("producer_name"), loaded.get("sampled_unit_name")}
    cells |= {each.get("sampled_unit_name") for each in loaded.get("samples") or ()}
    for cell in sorted((cell for cell in cells if cell), key=len, reverse=True):
        if (shown := public_name(cell)) != cell:
            content = content.replace(
                json.dumps(cell, ensure_ascii=False)[1:-1], json.dumps(shown, ensure_ascii=False)[1:-1]
            )
    return content


def _standing(group: Group, warning_id: str, version: int, event: str | None, before: Known | None = None) -> Standing:
    return Standing(
        warning_id=warning_id,
        version=version,
        state=event or (before.event if before else "issued"),
        event=event,
        issued_at=before.issued_at if before else None,
        feed=group.feed,
        grouping_key=group.grouping_key,
        sample_keys=group.sample_keys,
        content=group.content,
        group=group,
    )


def _meaning(content: str) -> dict[str, object]:
    """What the public read, whatever was null or not yet a column then."""
    loaded: dict[str, object] = json.loads(content)
    return {key: value for key, value in loaded.items() if value is not None}


def make_warnings(sources: Sources, created_at: datetime) -> list[Standing]:
    """Make public_mart_warnings and office_mart_warnings (mart_warnings shows the latter); say how each stands."""
    connection = sources.connection
    standings = identify(_known(sources), _groups(connection))
    take(connection, "core_warning_states", _states(standings, created_at.astimezone(OFFICE_TIME).date()))
    create(connection, "core_withdrawn_warnings", {"structure": _content_structure()})
    for artefact in ("public", "office"):
        connection.execute(f"CREATE OR REPLACE TEMP VIEW core_warning_groups AS FROM {artefact}_groups")
        create(connection, "mart_warnings")
        rename(connection, "mart_warnings", f"{artefact}_mart_warnings")
    connection.execute("CREATE OR REPLACE TEMP VIEW mart_warnings AS FROM office_mart_warnings")
    return standings


def events_table(standings: Iterable[Standing], release_id: str, happened_at: datetime) -> pa.Table:
    """The rows of warning_events that a release adds."""
    rows = [
        {
            "year": each.warning_id[1:5],
            "warning_id": each.warning_id,
            "version": each.version,
            "event": each.event,
            "feed": each.feed,
            "grouping_key": each.grouping_key,
            "sample_keys": list(each.sample_keys),
            "content": each.content,
            "release_id": release_id,
            "happened_at": happened_at,
        }
        for each in standings
        if each.event is not None
    ]
    return pa.Table.from_pylist(rows, schema=lake.schema("warning_events"))


def _known(sources: Sources) -> list[Known]:
    # Always as the lake is now: what the public has read is a fact, whichever release serves.
    lake.scan(sources.settings, sources.connection, "warning_events")
    create(sources.connection, "core_known_warnings")
    rows = sources.connection.execute(
        "SELECT * REPLACE (epoch_us(issued_at) AS issued_at) FROM core_known_warnings ORDER BY warning_id"
    ).fetchall()
    return [
        Known(warning_id, version, event, _EPOCH + timedelta(microseconds=issued), feed, key, tuple(samples), content)
        for warning_id, version, event, issued, feed, key, samples, content in rows
    ]


def _groups(connection: Connection) -> list[Group]:
    create(connection, "core_warning_contents")
    rows = connection.execute(
        "SELECT grouping_key, opened_on, feed, sample_keys, content FROM core_warning_contents"
    ).fetchall()
    return [Group(row[0], row[1], row[2], tuple(row[3]), row[4]) for row in rows]


def _states(standings: Sequence[Standing], created_on: date) -> pa.Table:
    def issued_on(each: Standing) -> date:
        return created_on if each.issued_at is None else each.issued_at.astimezone(OFFICE_TIME).date()

    return pa.table(
        {
            "warning_id": pa.array([each.warning_id for each in standings], pa.string()),
            "version": pa.array([each.version for each in standings], pa.int64()),
            "state": pa.array([each.state for each in standings], pa.string()),
            "issued_on": pa.array([issued_on(each) for each in standings], pa.date32()),
            "grouping_key": pa.array([each.group and each.group.grouping_key for each in standings], pa.string()),
            "opened_on": pa.array([each.group and each.group.opened_on for each in standings], pa.date32()),
            "content": pa.array([each.content for each in standings], pa.string()),
        }
    )


def _content_structure() -> str:
    columns = table_contracts("release")["mart_warnings"].columns
    return json_structure(column for column in columns if column.name not in _STATE_COLUMNS)
