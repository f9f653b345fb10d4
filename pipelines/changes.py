"""What changed since the release before, and so which quarters have to be built again.

The memory of the last release is a cache in work/: lost, outdated or of another version, all quarters are built.
"""

from __future__ import annotations

import logging
from collections.abc import Sequence
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path
from shutil import copyfile

from pipelines.build import PUBLISHED, QUARTERLY, Sources, create, relate
from pipelines.kept import (
    KEPT_FIGURES,
    carry,
    figures_path,
    join_kept,
    memory_folder,
    open_figures,
    program_digest,
)  # fmt: skip
from pipelines.key_index import add_segment, open_index
from pipelines.warnings.naming import judgement_digest
from warehouse import lake
from warehouse.connect import Connection, DatabaseError, quote
from warehouse.contract import table_contracts
from warehouse.failpoint import failpoint
from warehouse.reference import indicators
from warehouse.release import ARTEFACTS, current_release_id, read_if_whole
from warehouse.service_standards import standards
from warehouse.settings import Settings
from warehouse.targets import baselines
from warehouse.warning_policy import policy_digest

__all__ = ["Changes", "find_changes", "keep_untouched", "remember"]

# What the memory holds beside the rows of quarters.
_REMEMBERED = ("core_batches", "core_shared_keys", "core_sent_together", "core_cells_read")
_BY_QUARTER = tuple(name for name in QUARTERLY if name not in PUBLISHED)
_MEMORY = "memory_of_release"
_LOG = logging.getLogger(__name__)
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

    @property
    def kept(self) -> str | None:
        """The release that the untouched quarters are taken from, if any is."""
        return None if self.is_full else self.previous


def find_changes(sources: Sources) -> Changes:
    """Compare the lake with what the current release was made of.

    Afterwards the connection holds core_batches, core_notices, core_replacements and core_shared_keys.
    """
    previous = current_release_id(sources.settings)
    if previous is None or not _is_comparable(sources, previous):
        return Changes(previous, _everything(sources), is_full=True, is_anything=True)
    connection, memory = sources.connection, _memory_path(sources.settings, previous)
    segments = _segments(connection, memory.parent)
    _compare_batches(sources)
    if _has_rows(connection, "SELECT 1 FROM core_gone_batches WHERE correction = 'replace'"):
        _close(connection)
        return Changes(previous, _everything(sources), is_full=True, is_anything=True)
    open_index(connection, segments)
    quarters = _touched(sources)
    changed = "SELECT 1 FROM core_changed_batches UNION ALL SELECT 1 FROM core_changed_dispositions"
    is_anything = bool(quarters) or _has_rows(connection, changed)
    return Changes(previous, quarters, is_full=False, is_anything=is_anything, segments=segments)


def keep_untouched(sources: Sources, changes: Changes) -> None:
    """Let the QUARTERLY tables have all other quarters as they were, and core_cells_before the texts judged before."""
    if changes.kept is None:
        return
    connection = sources.connection
    for name in QUARTERLY:
        join_kept(connection, name, KEPT_FIGURES if name in PUBLISHED else _MEMORY, changes.quarters)
    judged_by = connection.execute("SELECT judged_by FROM memory_of_release.made").fetchall()[0][0]
    if judged_by == judgement_digest():
        connection.execute("CREATE OR REPLACE TEMP VIEW core_cells_before AS FROM memory_of_release.core_cells_read")


def remember(sources: Sources, changes: Changes, release_id: str) -> None:
    """Store what the next publication compares with, beside the figures that it kept; earlier memories go."""
    connection = sources.connection
    path = _memory_path(sources.settings, release_id)
    unfinished = path.with_suffix(".tmp")
    unfinished.unlink(missing_ok=True)
    segments = add_segment(connection, changes.segments, path.parent)
    failpoint("publish.keys_remembered")
    if changes.kept is not None:
        copyfile(_memory_path(sources.settings, changes.kept), unfinished)
    connection.execute(f"ATTACH {quote(str(unfinished))} AS memory_to_be")
    for name in _BY_QUARTER:
        if changes.kept is None:
            connection.execute(f"CREATE TABLE memory_to_be.{name} AS FROM {name}")
        else:
            carry(connection, name, "memory_to_be")
    for name, query in _remembered(segments).items():
        connection.execute(f"CREATE OR REPLACE TABLE memory_to_be.{name} AS {query}")
    connection.execute(
        "CREATE OR REPLACE TABLE memory_to_be.made AS"
        " SELECT $circumstances AS circumstances, $as_of_on::DATE AS as_of_on, $judged_by AS judged_by",
        {
            "circumstances": _circumstances(sources),
            "as_of_on": sources.as_of_on,
            "judged_by": judgement_digest(),
        },
    )
    connection.execute("DETACH memory_to_be")
    failpoint("publish.remembering")
    unfinished.replace(path)
    figures = [figures_path(sources.settings, release_id, artefact) for artefact in ARTEFACTS]
    for other in path.parent.iterdir():
        if other not in (path, *segments, *figures):
            other.unlink()


def _remembered(segments: Sequence[Path]) -> dict[str, str]:
    """What is stored anew each time: the queries by the table's name."""
    names = ", ".join(quote(segment.name) for segment in segments)
    return {
        **{name: f"FROM {name}" for name in _REMEMBERED},
        "batches": "SELECT batch_id, attempt_id FROM core_receipts",
        "second_tests": _SECOND_TESTS,
        "dispositions": "SELECT DISTINCT disposition_id FROM lake_dispositions",
        "successions": _SUCCESSIONS,
        "segments": f"SELECT unnest([{names}]::VARCHAR[]) AS name",
    }


def _memory_path(settings: Settings, release_id: str) -> Path:
    return memory_folder(settings) / f"{release_id}.duckdb"


def _circumstances(sources: Sources) -> str:
    """A hash of everything but the lake's rows that figures depend on."""
    connection = sources.connection
    reference = connection.execute(
        "SELECT version(), sum(hash(windows)::HUGEINT),"
        " (SELECT sum(hash(hazards)::HUGEINT) FROM core_hazards AS hazards) FROM core_windows AS windows"
    ).fetchall()
    promised = (indicators(), baselines(), policy_digest(), standards())
    installed = (lake.identity(sources.settings), sources.settings.provinces)
    shapes = table_contracts("release")
    considered = (program_digest(), *installed, reference, promised, shapes)
    return sha256(repr(considered).encode()).hexdigest()


def _is_comparable(sources: Sources, previous: str) -> bool:
    connection, memory = sources.connection, _memory_path(sources.settings, previous)
    if not memory.is_file() or read_if_whole(sources.settings, previous) is None:  # which names the parts to keep
        return False
    try:
        connection.execute(f"ATTACH {quote(str(memory))} AS {_MEMORY} (READ_ONLY)")
        open_figures(sources.settings, connection, previous)
        made = connection.execute(f"SELECT circumstances, as_of_on FROM {_MEMORY}.made").fetchall()  # noqa: S608
    except DatabaseError as error:
        _LOG.warning("what %s left for the next publication can't be read, so all is built: %s", previous, error)
        _close(connection)
        return False
    # Going back in time makes final results provisional again: then all is built.
    is_of_now = bool(made) and made[0][0] == _circumstances(sources) and made[0][1] <= sources.as_of_on
    if is_of_now and all(segment.is_file() for segment in _segments(connection, memory.parent)):
        return True
    _close(connection)
    return False


def _close(connection: Connection) -> None:
    for name in (_MEMORY, KEPT_FIGURES):
        connection.execute(f"DETACH DATABASE IF EXISTS {name}")


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
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_changed_companions AS"
        f" {_symmetric_difference('core_sent_together', 'memory_of_release.core_sent_together')}"
    )


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
    changed = _symmetric_difference("core_second_tests", "memory_of_release.second_tests")
    query = f"SELECT DISTINCT feed, number_text FROM ({changed})"  # noqa: S608 - tables of ours
    connection.execute(f"CREATE OR REPLACE TEMP TABLE core_changed_tests AS {query}")
    if not _has_rows(connection, "SELECT 1 FROM core_changed_tests"):
        return ()
    return _quarters(
        connection,
        "SELECT DISTINCT warned.quarter FROM memory_of_release.core_warned AS warned"
        " SEMI JOIN core_changed_tests AS tests"
        " ON warned.feed = tests.feed AND grouping_text(warned.sample_no) = tests.number_text",
    )


def _symmetric_difference(table: str, before: str) -> str:
    """The rows that one of the two tables has and the other has not."""
    return f"(FROM {table} EXCEPT FROM {before}) UNION ALL (FROM {before} EXCEPT FROM {table})"


def _quarters(connection: Connection, query: str, parameters: dict[str, object] | None = None) -> tuple[str, ...]:
    return tuple(sorted(row[0] for row in connection.execute(query, parameters).fetchall()))


def _has_rows(connection: Connection, query: str) -> bool:
    return bool(connection.execute(f"SELECT 1 FROM ({query}) LIMIT 1").fetchall())  # noqa: S608
