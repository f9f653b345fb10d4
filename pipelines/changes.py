"""What changed since the release before, and so which quarters have to be built again.

The memory of the last release is a cache in work/: lost, outdated or of another version, all quarters are built.
"""

from __future__ import annotations

from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from pipelines.build import METHOD_VERSION, PUBLISHED, QUARTERLY, Sources, create, relate
from pipelines.key_index import add_segment, open_index
from pipelines.warnings.naming import judgement_digest
from warehouse import lake
from warehouse.connect import Connection, quote, sql_digest
from warehouse.failpoint import failpoint
from warehouse.reference import indicators
from warehouse.release import current_release_id, release_path
from warehouse.service_standards import standards
from warehouse.settings import Settings
from warehouse.targets import baselines
from warehouse.warning_policy import policy_digest

__all__ = ["Changes", "find_changes", "keep_untouched", "remember"]

_REMEMBERED = (
    "core_batches", "core_shared_keys", "core_held", "core_provisional", "core_conflicts", "core_warned",
    "core_cells_read", "core_durations",
)  # fmt: skip
# Which batch superseded which, also where neither counts any more: a replacement follows them to what stands today.
_SUCCESSIONS = (
    "SELECT DISTINCT supersedes_batch_id, batch_id, outcome FROM lake_receipts WHERE supersedes_batch_id IS NOT NULL"
)

_SECOND_TESTS = "SELECT feed, number_text, reinspection FROM core_follow_ups WHERE reinspection IS NOT NULL"


@dataclass(frozen=True)
class Changes:
    """quarters: to be built. is_full: all of them, for want of a memory. previous: the release that serves.

    segments: files of the key index (key_index.py) that the memory names.
    """

    previous: str | None
    quarters: tuple[str, ...]
    is_full: bool
    is_anything: bool
    segments: tuple[Path, ...] = ()


def find_changes(sources: Sources) -> Changes:
    """Compare the lake with what the current release was made of.

    Afterwards the connection holds core_batches, core_notices, core_replacements and core_shared_keys.
    """
    previous = current_release_id(sources.settings)
    memory = _memory_path(sources.settings, previous) if previous else None
    if memory is None or not memory.is_file() or not _is_comparable(sources, memory):
        return Changes(previous, _everything(sources), is_full=True, is_anything=True)
    connection = sources.connection
    segments = _segments(connection, memory.parent)
    _compare_batches(sources)
    if _has_rows(connection, "SELECT 1 FROM core_gone_batches WHERE correction = 'replace'"):
        connection.execute("DETACH memory_of_release")
        return Changes(previous, _everything(sources), is_full=True, is_anything=True)
    open_index(connection, segments)
    quarters = _touched(sources)
    changed = "SELECT 1 FROM core_changed_batches UNION ALL SELECT 1 FROM core_changed_dispositions"
    is_anything = bool(quarters) or _has_rows(connection, changed)
    return Changes(previous, quarters, is_full=False, is_anything=is_anything, segments=segments)


def keep_untouched(sources: Sources, changes: Changes) -> None:
    """Take the QUARTERLY tables of all other quarters from the release before, and core_cells_before: texts that were
    judged for it.
    """
    if changes.is_full or changes.previous is None:
        return
    connection = sources.connection
    office = release_path(sources.settings, changes.previous, "office")
    connection.execute(f"ATTACH {quote(str(office))} AS previous_release (READ_ONLY)")
    for name in QUARTERLY:
        source = f"{'previous_release' if name in PUBLISHED else 'memory_of_release'}.{name}"
        connection.execute(
            f"INSERT INTO {name} SELECT * FROM {source} WHERE NOT list_contains($quarters, quarter)",  # noqa: S608
            {"quarters": [*changes.quarters]},
        )
    judged_by = connection.execute("SELECT judged_by FROM memory_of_release.made").fetchall()[0][0]
    if judged_by == judgement_digest():
        connection.execute("CREATE OR REPLACE TEMP TABLE core_cells_before AS FROM memory_of_release.core_cells_read")
    connection.execute("DETACH previous_release")
    connection.execute("DETACH memory_of_release")


def remember(sources: Sources, changes: Changes, release_id: str) -> None:
    """Store what the next publication compares with; earlier memories go."""
    connection = sources.connection
    path = _memory_path(sources.settings, release_id)
    path.parent.mkdir(parents=True, exist_ok=True)
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    segments = add_segment(connection, changes.segments, path.parent)
    failpoint("publish.keys_remembered")
    connection.execute(f"ATTACH {quote(str(unfinished))} AS memory_to_be")
    for name in _REMEMBERED:
        connection.execute(f"CREATE TABLE memory_to_be.{name} AS SELECT * FROM {name}")  # noqa: S608
    connection.execute("CREATE TABLE memory_to_be.batches AS SELECT batch_id, attempt_id FROM core_receipts")
    connection.execute(f"CREATE TABLE memory_to_be.second_tests AS {_SECOND_TESTS}")
    connection.execute(
        "CREATE TABLE memory_to_be.dispositions AS SELECT DISTINCT disposition_id FROM lake_dispositions"
    )
    connection.execute(f"CREATE TABLE memory_to_be.successions AS {_SUCCESSIONS}")
    connection.execute(
        "CREATE TABLE memory_to_be.made AS"
        " SELECT $circumstances AS circumstances, $as_of_on::DATE AS as_of_on, $judged_by AS judged_by",
        {
            "circumstances": _circumstances(sources),
            "as_of_on": sources.as_of_on,
            "judged_by": judgement_digest(),
        },
    )
    names = [segment.name for segment in segments]
    connection.execute(
        "CREATE TABLE memory_to_be.segments AS SELECT unnest($names::VARCHAR[]) AS name", {"names": names}
    )
    connection.execute("DETACH memory_to_be")
    failpoint("publish.remembering")
    unfinished.replace(path)
    for other in path.parent.iterdir():
        if other not in (path, *segments):
            other.unlink()


def _memory_path(settings: Settings, release_id: str) -> Path:
    return settings.work / "publish" / f"{release_id}.duckdb"


def _circumstances(sources: Sources) -> str:
    """A hash of everything but the lake's rows that figures depend on."""
    connection = sources.connection
    reference = connection.execute(
        "SELECT version(), sum(hash(windows)::HUGEINT),"
        " (SELECT sum(hash(hazards)::HUGEINT) FROM core_hazards AS hazards) FROM core_windows AS windows"
    ).fetchall()
    promised = (indicators(), baselines(), policy_digest(), standards())
    installed = (lake.identity(sources.settings), sources.settings.provinces)
    considered = (METHOD_VERSION, sql_digest(), judgement_digest(), *installed, reference, promised)
    return sha256(repr(considered).encode()).hexdigest()


def _is_comparable(sources: Sources, memory: Path) -> bool:
    connection = sources.connection
    connection.execute(f"ATTACH {quote(str(memory))} AS memory_of_release (READ_ONLY)")
    made = connection.execute("SELECT circumstances, as_of_on FROM memory_of_release.made").fetchall()
    # Going back in time makes final results provisional again: then all is built.
    is_of_now = bool(made) and made[0][0] == _circumstances(sources) and made[0][1] <= sources.as_of_on
    if is_of_now and all(segment.is_file() for segment in _segments(connection, memory.parent)):
        return True
    connection.execute("DETACH memory_of_release")
    return False


def _segments(connection: Connection, folder: Path) -> tuple[Path, ...]:
    rows = connection.execute("SELECT name FROM memory_of_release.segments ORDER BY name").fetchall()
    return tuple(folder / name for (name,) in rows)


def _everything(sources: Sources) -> tuple[str, ...]:
    connection = sources.connection
    sources.scan("samples")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_fresh_batches AS SELECT batch_id, attempt_id FROM core_receipts"
    )
    create(connection, "core_batches")
    create(connection, "core_new_keys")
    create(connection, "core_scattered_keys")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_key_quarters AS SELECT DISTINCT feed, sample_key, quarter FROM lake_samples"
        " WHERE hash(feed, sample_key) IN (FROM core_scattered_keys)"
    )
    create(connection, "core_shared_keys")
    relate(sources)
    return _quarters(connection, "SELECT DISTINCT quarter FROM core_batches")


def _compare_batches(sources: Sources) -> None:
    connection = sources.connection
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_fresh_batches AS SELECT batch_id, attempt_id, quarters FROM core_receipts"
        " ANTI JOIN memory_of_release.batches USING (batch_id, attempt_id)"
    )
    sources.scan("samples", _quarters(connection, "SELECT DISTINCT unnest(quarters) FROM core_fresh_batches"))
    create(connection, "core_batches")
    create(connection, "core_new_keys")
    connection.execute(
        "INSERT INTO core_batches SELECT * FROM memory_of_release.core_batches SEMI JOIN core_receipts"
        " USING (batch_id, attempt_id)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_gone_batches AS SELECT * FROM memory_of_release.core_batches"
        " ANTI JOIN core_receipts USING (batch_id, attempt_id)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_changed_batches AS SELECT batch_id FROM core_fresh_batches"
        " UNION (SELECT batch_id FROM memory_of_release.batches ANTI JOIN core_receipts USING (batch_id, attempt_id))"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_changed_dispositions AS SELECT feed, subject FROM lake_dispositions"
        " ANTI JOIN memory_of_release.dispositions USING (disposition_id)"
    )
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_changed_successions AS"
        f" {_SUCCESSIONS} EXCEPT FROM memory_of_release.successions"
    )
    relate(sources)


def _touched(sources: Sources) -> tuple[str, ...]:
    """Quarters of all reports of every sample that may count differently, and those whose failures became final, or of
    which a second test says something else.
    """
    connection = sources.connection
    create(connection, "core_touched_batches")
    sources.scan("samples", _quarters(connection, "SELECT DISTINCT quarter FROM core_touched_batches"))
    create(connection, "core_changed_keys")
    create(connection, "core_key_quarters")
    create(connection, "core_shared_keys")
    connection.execute(
        "INSERT INTO core_shared_keys SELECT * FROM memory_of_release.core_shared_keys"
        " ANTI JOIN core_changed_keys USING (feed, sample_key)"
    )
    quarters = _quarters(
        connection,
        "SELECT quarter FROM core_key_quarters UNION SELECT quarter FROM core_touched_batches"
        " UNION SELECT quarter FROM memory_of_release.core_provisional WHERE final_on <= $as_of_on",
        {"as_of_on": sources.as_of_on},
    )
    return tuple(sorted({*quarters, *_tested_again(connection)}))


def _tested_again(connection: Connection) -> tuple[str, ...]:
    """Quarters with a failed sample of whose second test the release before did not know what is known now."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE core_second_tests AS {_SECOND_TESTS}")
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_changed_tests AS SELECT DISTINCT feed, number_text FROM"
        " ((FROM core_second_tests EXCEPT FROM memory_of_release.second_tests)"
        " UNION ALL (FROM memory_of_release.second_tests EXCEPT FROM core_second_tests))"
    )
    if not _has_rows(connection, "SELECT 1 FROM core_changed_tests"):
        return ()
    return _quarters(
        connection,
        "SELECT DISTINCT warned.quarter FROM memory_of_release.core_warned AS warned"
        " SEMI JOIN core_changed_tests AS tests"
        " ON warned.feed = tests.feed AND grouping_text(warned.sample_no) = tests.number_text",
    )


def _quarters(connection: Connection, query: str, parameters: dict[str, object] | None = None) -> tuple[str, ...]:
    return tuple(sorted(row[0] for row in connection.execute(query, parameters).fetchall()))


def _has_rows(connection: Connection, query: str) -> bool:
    return bool(connection.execute(f"SELECT 1 FROM ({query}) LIMIT 1").fetchall())  # noqa: S608
