"""Warnings of a release: from failed samples to what each says, how it stands, and the events that this release tells.

What was public before stands in the lake's warning_events; everything else follows from core_warned, the decisions in
lake_dispositions and the instant as of which the release is made.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta

import pyarrow as pa

from pipelines.build import Sources, create, derive, rename, take
from pipelines.warnings.naming import read_cells, unnamed, unnamed_contents
from pipelines.warnings.standings import Group, Known, Standing, identify, matched, proposed_id
from warehouse import lake, warning_policy
from warehouse.arrow import json_structure
from warehouse.connect import Connection, quote
from warehouse.contract import WARNING_STATE_COLUMNS, table_contracts
from warehouse.finality import reinspection_ends_on
from warehouse.office_time import OFFICE_TIME
from warehouse.release import ARTEFACTS, release_path
from warehouse.warning_policy import Reason

__all__ = [
    "events_table", "fill_marts", "find_candidates", "group_failures", "is_due", "let_go", "make_warnings", "stand",
    "take_policy",
]  # fmt: skip

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

# What hundreds of thousands of warnings make large, and nobody needs once it is written.
_LARGE = (
    "core_candidates", "core_known_warnings", "core_named", "core_new_events", "core_warning_contents",
    "core_warning_groups", "core_warning_states", "mart_warning_versions",
    *(f"{artefact}_{name}" for artefact in ARTEFACTS for name in ("mart_warnings", "mart_warning_versions")),
)  # fmt: skip

# What each artefact has of the tables that are made once for both.
_SPLIT = {
    "office_mart_warning_versions": "SELECT * EXCLUDE (public_content) FROM mart_warning_versions",
    "public_mart_warning_versions": "SELECT * EXCLUDE (public_content)"
    " REPLACE (public_content AS content, CAST([] AS VARCHAR[]) AS sample_keys) FROM mart_warning_versions",
    "office_mart_warning_candidates": "FROM mart_warning_candidates",
    "public_mart_warning_candidates": "FROM mart_warning_candidates WHERE false",
}


def is_due(sources: Sources, previous: str | None) -> bool:
    """Whether a warning that the current release tells runs out by itself at the instant of the next one."""
    if previous is None:
        return False
    connection = sources.connection
    connection.execute(f"ATTACH {quote(str(release_path(sources.settings, previous, 'office')))} AS due (READ_ONLY)")
    try:
        columns = {row[0] for row in connection.execute("DESCRIBE due.mart_warnings").fetchall()}
        query = "SELECT 1 FROM due.mart_warnings WHERE state IN ('issued', 'updated') AND expires_on <= $today LIMIT 1"
        return "expires_on" in columns and bool(connection.execute(query, {"today": sources.as_of_on}).fetchall())
    finally:
        connection.execute("DETACH due")


def group_failures(sources: Sources) -> None:
    """From core_warned to what each warning says, in full and for the public, whatever order files came in."""
    # Always as the lake is now: what the public has read is a fact, whichever release serves.
    lake.scan(sources.settings, sources.connection, "warning_events")
    take_policy(sources.connection)
    find_candidates(sources.connection, sources.as_of_on)


def take_policy(connection: Connection) -> None:
    """The office's tables on warnings, for SQL."""
    take(connection, "given_policies", warning_policy.policies_table())
    take(connection, "given_reasons", warning_policy.reasons_table())
    take(connection, "given_texts", warning_policy.texts_table())
    take(connection, "given_risks", warning_policy.risks_table())
    create(connection, "core_texts")


def find_candidates(connection: Connection, today: date) -> None:
    """Where each failed sample of core_warned stands on this day, and what the warnings say that tell of it.

    Needs core_follow_ups.
    """
    for name in ("core_known_warnings", "core_public_keys", "core_reviews"):
        create(connection, name)
    take(connection, "given_second_tests", _second_tests(connection))
    create(connection, "core_candidates", {"as_of_on": today})
    create(connection, "core_cells")
    read_cells(connection)
    create(connection, "core_named")
    create(connection, "core_warning_openings")
    create(connection, "core_warning_groups")
    create(connection, "core_warning_contents")
    create(connection, "core_fates")


def _second_tests(connection: Connection) -> pa.Table:
    """When the second tests that are under way should have been concluded."""
    rows = connection.execute(
        "SELECT feed, number_text, CAST(reinspection_at AT TIME ZONE $zone AS DATE) FROM core_follow_ups"
        " WHERE reinspection = 'pending'",
        {"zone": str(OFFICE_TIME)},
    ).fetchall()
    return pa.table(
        {
            "feed": pa.array([row[0] for row in rows], pa.string()),
            "number_text": pa.array([row[1] for row in rows], pa.string()),
            "ends_on": pa.array([reinspection_ends_on(row[0], row[2]) for row in rows], pa.date32()),
        }
    )


def make_warnings(sources: Sources, created_at: datetime, *, issues_archived: bool = False) -> list[Standing]:
    """Make mart_warnings, mart_warning_versions and mart_warning_candidates, each as `public_` and `office_`.

    mart_warnings shows the office's. Says how each warning stands. issues_archived: issue what is history.
    """
    standings = stand(sources.connection, sources.as_of_on, issues_archived=issues_archived)
    fill_marts(sources.connection, standings, created_at)
    sources.connection.execute("CREATE OR REPLACE TEMP VIEW mart_warnings AS FROM office_mart_warnings")
    return standings


def let_go(connection: Connection) -> None:
    """Drop the tables of warnings after they were written: what follows needs their memory."""
    for view in ("core_told_groups", "mart_warnings"):
        connection.execute(f"DROP VIEW {view}")
    for name in _LARGE:
        connection.execute(f"DROP TABLE {name}")


def fill_marts(connection: Connection, standings: Sequence[Standing], created_at: datetime) -> None:
    """The three tables of warnings for the public and the office."""
    take(connection, "core_warning_states", _states(standings, created_at.astimezone(OFFICE_TIME).date()))
    create(connection, "core_withdrawn_warnings", {"structure": _content_structure()})
    take(connection, "core_new_events", events_table(standings, "", created_at))
    for artefact in ("public", "office"):
        connection.execute(
            "CREATE OR REPLACE TEMP VIEW core_told_groups AS FROM core_warning_groups"
            f" WHERE is_told AND {'' if artefact == 'office' else 'NOT'} is_office"
        )
        create(connection, "mart_warnings")
        rename(connection, "mart_warnings", f"{artefact}_mart_warnings")
    create(connection, "mart_warning_versions")
    create(connection, "mart_warning_candidates")
    for target, query in _SPLIT.items():
        derive(connection, target, query)


def stand(connection: Connection, today: date, *, issues_archived: bool = False) -> list[Standing]:
    """How each warning stands, from what `find_candidates` made; core_waiting says what waits for the office."""
    known = _known(connection)
    standings = identify(
        known, _groups(connection), today=today, issues_archived=issues_archived, fates=_fates(connection)
    )
    take(connection, "core_waiting", _waiting(connection, known, standings))
    contents, names = unnamed_contents(connection)
    take(connection, "core_unnamed_contents", contents)
    return [
        each if each.group else replace(each, content=unnamed(each.content, names.get(each.warning_id, ())))
        for each in standings
    ]


def events_table(standings: Iterable[Standing], release_id: str, happened_at: datetime) -> pa.Table:
    """The rows of warning_events that a release adds, in their order."""
    changed = [each for each in standings if each.event is not None]
    rows = [
        {
            "year": each.warning_id[1:5],
            "warning_id": each.warning_id,
            "version": each.version,
            "event": each.event,
            "position": position,
            "state_before": each.state_before,
            "state_after": each.state,
            "reason": each.reason and each.reason.reason,
            "reason_zh": each.reason and each.reason.reason_zh,
            "reason_en": each.reason and each.reason.reason_en,
            "feed": each.feed,
            "grouping_key": each.grouping_key,
            "sample_keys": list(each.sample_keys),
            "content": each.content,
            "release_id": release_id,
            "happened_at": happened_at,
        }
        for position, each in enumerate(changed, start=1)
    ]
    return pa.Table.from_pylist(rows, schema=lake.schema("warning_events"))


def _known(connection: Connection) -> list[Known]:
    rows = connection.execute(
        "SELECT warning_id, version, state, epoch_us(issued_at), feed, grouping_key, sample_keys, content, stood,"
        " reason, reason_zh, reason_en FROM core_known_warnings ORDER BY warning_id"
    ).fetchall()
    return [
        Known(
            warning_id,
            version,
            state,
            _EPOCH + timedelta(microseconds=issued),
            feed,
            key,
            tuple(samples),
            content,
            stood,
            Reason(reason, zh, en) if zh else None,
        )
        for warning_id, version, state, issued, feed, key, samples, content, stood, reason, zh, en in rows
    ]


def _groups(connection: Connection) -> list[Group]:
    rows = connection.execute(
        "SELECT grouping_key, opened_on, feed, sample_keys, content, is_old, expires_on FROM core_warning_contents"
    ).fetchall()
    return [Group(row[0], row[1], row[2], tuple(row[3]), *row[4:]) for row in rows]


def _fates(connection: Connection) -> dict[tuple[str, str], Reason]:
    rows = connection.execute("SELECT feed, sample_key, reason, reason_zh, reason_en FROM core_fates").fetchall()
    return {(row[0], row[1]): Reason(*row[2:]) for row in rows}


def _waiting(connection: Connection, known: Sequence[Known], standings: Sequence[Standing]) -> pa.Table:
    """Samples that wait for the office, with the warning that each joins or would become."""
    rows = connection.execute(
        "SELECT grouping_key, opened_on, feed, sample_keys, headline_zh, advice_zh FROM core_warning_groups"
        " WHERE is_office AND NOT is_told ORDER BY opened_on, grouping_key"
    ).fetchall()
    groups = [Group(row[0], row[1], row[2], tuple(row[3]), "") for row in rows]
    open_ids = {each.grouping_key: each.warning_id for each in standings if each.group}
    withdrawn = {each.warning_id for each in standings if each.state == "withdrawn"}
    kept = matched({each.warning_id: each for each in known if each.warning_id in withdrawn}, groups)
    used = {each.warning_id for each in standings}
    found: dict[str, list[str]] = {
        name: [] for name in ("feed", "sample_key", "warning_id", "headline_zh", "advice_zh")
    }
    for position, (group, row) in enumerate(zip(groups, rows, strict=True)):
        warning_id = open_ids.get(group.grouping_key) or kept.get(position) or proposed_id(group, used)
        used.add(warning_id)
        for key in group.sample_keys:
            for name, value in zip(found, (group.feed, key, warning_id, row[4], row[5]), strict=True):
                found[name].append(value)
    return pa.table({name: pa.array(values, pa.string()) for name, values in found.items()})


def _states(standings: Sequence[Standing], created_on: date) -> pa.Table:
    def issued_on(each: Standing) -> date:
        return created_on if each.issued_at is None else each.issued_at.astimezone(OFFICE_TIME).date()

    groups = [each.group for each in standings]
    reasons = [each.reason for each in standings]
    return pa.table(
        {
            "warning_id": pa.array([each.warning_id for each in standings], pa.string()),
            "version": pa.array([each.version for each in standings], pa.int64()),
            "state": pa.array([each.state for each in standings], pa.string()),
            "issued_on": pa.array([issued_on(each) for each in standings], pa.date32()),
            "expires_on": pa.array([group and group.expires_on for group in groups], pa.date32()),
            "reason_zh": pa.array([reason and reason.reason_zh for reason in reasons], pa.string()),
            "reason_en": pa.array([reason and reason.reason_en for reason in reasons], pa.string()),
            "grouping_key": pa.array([group and group.grouping_key for group in groups], pa.string()),
            "opened_on": pa.array([group and group.opened_on for group in groups], pa.date32()),
            "content": pa.array([each.content for each in standings], pa.string()),
        }
    )


def _content_structure() -> str:
    columns = table_contracts("release")["mart_warnings"].columns
    return json_structure(column for column in columns if column.name not in WARNING_STATE_COLUMNS)
