"""Maintain: the home is kept small and fast beside running ingests and publications, and then verified.

What goes is what nobody can count or read any more: rows of attempts that died before their receipt, scratch, files of
the lake that no version in use reads, samples of old releases, logs. The archive, every release but its samples, every
version of the lake that a release was made of, and the history of the quarantine stay.
"""

from __future__ import annotations

import contextlib
import re
import shutil
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

from pipelines import shelf
from pipelines.compaction import MOST_SMALL_FILES
from pipelines.locks import if_free, lock_names, locked
from pipelines.parts import forget_parts
from pipelines.upkeep import Check, found, verify
from warehouse import lake, lake_upkeep
from warehouse.archive import envelope_ids, read_envelope
from warehouse.errors import InfrastructureError
from warehouse.receipts import answered_envelopes
from warehouse.release import damaged_releases, list_releases, read_manifest
from warehouse.settings import Settings

__all__ = ["Done", "check", "clear_waste", "compact", "forget", "maintain"]

# The tables whose rows stand under an attempt.
ATTEMPTED = ("samples", "quarantine", "figures", "recalls", "measures")
_LOGS = ("tasks", "dag-processor")  # the process manager turns over its own
_PART = re.compile(r"\.[0-9a-f]{32}\.part")


@dataclass(frozen=True)
class Done:
    """What one step did; n counts rows or files."""

    step: str
    n: int
    detail: str


def maintain(settings: Settings, *, now: datetime | None = None) -> tuple[list[Done], list[Check]]:
    """All steps, then the checks of a home at work."""
    moment = now or datetime.now(UTC)
    done = [*clear_waste(settings, now=moment), *compact(settings), *forget(settings, now=moment)]
    return done, verified(settings, now=moment)


def clear_waste(settings: Settings, *, now: datetime | None = None) -> list[Done]:
    """Delete rows of attempts that died before their receipt, and scratch that no process will come back to.

    An attempt is dead when its rows are older than waste_hours, nobody holds its lock, and, asked after that, no
    receipt names it. The lock decides on one machine, where it falls with its process; the age also where workers on
    several machines share the home and their file system shares no locks.
    """
    moment = now or datetime.now(UTC)
    before = moment - timedelta(hours=settings.waste_hours)
    with locked(settings, "maintain"):
        silent = _silent(settings, before)
        abandoned = {attempt_id for attempt_id in silent if _is_free(settings, f"attempt-{attempt_id}")}
        n_rows = 0
        if abandoned:
            dead = _silent(settings, before) & abandoned
            n_rows = sum(lake_upkeep.remove_attempts(settings, table, dead) for table in ATTEMPTED)
        n_files = _clear_batches(settings, before) + sum(_remove(path) for path in _scratch(settings, before))
        n_locks = sum(_is_free(settings, name) for name in lock_names(settings) if name != "maintain")
    return [
        Done("waste", n_rows, "rows of attempts that died before their receipt"),
        Done("scratch", n_files + n_locks, "files and folders that a killed process left"),
    ]


def compact(settings: Settings) -> list[Done]:
    """Write the many small files together that batches leave, table by table and partition by partition."""
    done = []
    with locked(settings, "maintain"):
        for table in lake.LAKE_TABLES:
            n_files = lake.compact(settings, table, most_files=MOST_SMALL_FILES)
            done.append(Done(f"compact {table}", n_files, "small files written together"))
    return done


def forget(settings: Settings, *, now: datetime | None = None) -> list[Done]:
    """Delete files of the lake that neither it nor any release reads, samples that no kept release names, and old
    logs.
    """
    moment = now or datetime.now(UTC)
    done = []
    with locked(settings, "maintain"):
        if damaged := damaged_releases(settings):
            told = f"nothing: what {', '.join(damaged)} read can't be told while the manifest is damaged"
            return [Done("files", 0, told)]
        manifests = [read_manifest(settings, release_id) for release_id in list_releases(settings)]
        for table in lake.LAKE_TABLES:
            lake_upkeep.keep_every_version(settings, table)
            versions = [each.lake_versions[table] for each in manifests if table in each.lake_versions]
            n_files = lake_upkeep.delete_unread_files(settings, table, versions=versions, hours=settings.waste_hours)
            done.append(Done(f"files of {table}", n_files, "read by no release and no longer by the table"))
        with shelf.alone(settings):
            n_parts = forget_parts(settings, now=moment)
        n_logs = sum(_clear_logs(settings.home / "logs" / name, settings, moment) for name in _LOGS)
    done.append(Done("parts", n_parts, "samples of releases that no longer serve, older than they are kept"))
    return [*done, Done("logs", n_logs, "older than the history that is kept")]


def verified(settings: Settings, *, now: datetime) -> list[Check]:
    """The checks of `verify`; but a drop that is being worked off is not lost, only one that has waited too long."""
    before = now - timedelta(hours=settings.waste_hours)
    overdue = found("receipts", lambda: _overdue(settings, before))
    return [overdue if each.name == "receipts" else each for each in verify(settings)]


def check(settings: Settings) -> None:
    """Raises InfrastructureError that names what is wrong."""
    wrong = [each for each in verified(settings, now=datetime.now(UTC)) if not each.ok]
    if wrong:
        raise InfrastructureError("; ".join(f"{each.name}: {each.detail}" for each in wrong))


def _silent(settings: Settings, before: datetime) -> set[str]:
    return set().union(*(lake_upkeep.dead_attempts(settings, table, before=before) for table in ATTEMPTED))


def _is_free(settings: Settings, name: str) -> bool:
    """Whether nobody holds the lock; one that a killed process left is gone afterwards."""
    with if_free(settings, name) as is_held_here:
        return is_held_here


def _overdue(settings: Settings, before: datetime) -> Check:
    waiting = sorted(set(envelope_ids(settings)) - answered_envelopes(settings))
    overdue = [each for each in waiting if read_envelope(settings, each).received_at < before]
    detail = f"await a run since long: {', '.join(overdue)}" if overdue else "no envelope waits since long"
    return Check("receipts", not overdue, detail)


def _clear_batches(settings: Settings, before: datetime) -> int:
    """Remove the scratch of batches whose process was killed; held meanwhile, so that no other begins one there."""
    n_removed = 0
    for path in _entries(settings.work / "batches"):
        with if_free(settings, f"envelope-{path.name}") as is_held_here:
            if is_held_here and _changed_at(path) < before:
                n_removed += _remove(path)
    return n_removed


def _scratch(settings: Settings, before: datetime) -> Iterator[Path]:
    """What nobody has touched since: scratch of checks and of DuckDB, and what was being written."""
    for name in ("checks", "duckdb"):
        yield from (path for path in _entries(settings.work / name) if _changed_at(path) < before)
    unfinished = [settings.archive / "envelopes", *_entries(settings.landing)]
    for path in (path for folder in unfinished for path in _entries(folder)):
        if _PART.fullmatch(path.name) and _changed_at(path) < before:
            yield path


def _clear_logs(folder: Path, settings: Settings, now: datetime) -> int:
    """Remove logs older than the history that is kept, and folders that have been empty for a day."""
    before = now - timedelta(days=settings.history_days)
    n_removed = sum(_remove(path) for path in folder.rglob("*") if path.is_file() and _changed_at(path) < before)
    for path in sorted((path for path in folder.rglob("*") if path.is_dir()), reverse=True):
        if _changed_at(path) < now - timedelta(days=1):
            with contextlib.suppress(OSError):  # it holds something
                path.rmdir()
    return n_removed


def _entries(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() and not folder.is_symlink() else []


def _changed_at(path: Path) -> datetime:
    """When the path was last changed, or whatever it holds; now when it has just gone."""
    newest = 0.0
    for each in _with_content(path):
        try:
            newest = max(newest, each.lstat().st_mtime)
        except FileNotFoundError:
            return datetime.now(UTC)
    return datetime.fromtimestamp(newest, UTC)


def _with_content(path: Path) -> Iterable[Path]:
    yield path
    if path.is_dir() and not path.is_symlink():
        yield from path.rglob("*")


def _remove(path: Path) -> bool:
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path, ignore_errors=True)
    else:
        path.unlink(missing_ok=True)
    return not path.exists()
