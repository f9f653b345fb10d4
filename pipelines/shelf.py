"""Where releases stand: begun under a name of their own, finished by a rename, named current by another.

An intent, written before the two renames, lets the next run finish them after a crash. Warning events enter the lake
once, when the release that carries them serves. Beside the releases stands their public part, alone, by hard links:
a public API on another machine or in a container is given that folder and nothing of the office's.
"""

from __future__ import annotations

import fcntl
import json
import os
import shutil
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from pipelines.parts import show_parts
from warehouse import lake
from warehouse.connect import connect
from warehouse.durable import file_hash, sync
from warehouse.errors import InfrastructureError
from warehouse.failpoint import failpoint
from warehouse.home import mark_home
from warehouse.release import (
    Manifest,
    current_release_id,
    list_releases,
    manifest_to_json,
    pointer_text,
    read_if_whole,
)
from warehouse.settings import Settings

__all__ = ["alone", "begin", "finish", "recover", "serve_again", "settle"]

_BEGUN = "begun-"
_INTENT = "next"
_EVENTS = "warning_events.parquet"
_PUBLIC_FILES = ("public.duckdb", "manifest.json")


@contextmanager
def alone(settings: Settings) -> Iterator[None]:
    """Whoever changes what serves does so one at a time; waits for its turn."""
    mark_home(settings)
    settings.work.mkdir(parents=True, exist_ok=True)
    settings.releases.mkdir(parents=True, exist_ok=True)
    with (settings.work / "publish.lock").open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield


def begin(settings: Settings, release_id: str) -> Path:
    """A folder for the files of a release that nobody sees yet."""
    folder = settings.releases / f"{_BEGUN}{release_id}"
    folder.mkdir(parents=True)
    return folder


def finish(settings: Settings, folder: Path, manifest: Manifest, events: pa.Table) -> None:
    """Complete a begun release with its events and manifest, make it the one that serves, and enter its events.

    `recover` came before it, so that those of all earlier releases are in the lake.
    """
    pq.write_table(events, folder / _EVENTS)
    files = {path.name: file_hash(path) for path in sorted(folder.iterdir())}
    _write(folder / "manifest.json", manifest_to_json(replace(manifest, files=files)))
    for path in folder.iterdir():
        sync(path)
    sync(folder)
    failpoint("publish.described")
    _write(settings.releases / _INTENT, manifest.release_id)
    failpoint("publish.intended")
    folder.rename(settings.releases / manifest.release_id)
    failpoint("publish.shelved")
    _serve(settings, manifest.release_id)
    _note_entered(settings, manifest.release_id)


def serve_again(settings: Settings, release_id: str) -> None:
    """Make a release that was published before the one that serves."""
    _serve(settings, release_id)


def recover(settings: Settings) -> None:
    """Bring home, lake and public folder to what the releases say; only one process may do so at a time."""
    settle(settings)
    if released := list_releases(settings):
        # A lake that was built again from the archive lacks them: what the public has read is kept beside each release.
        if missing := _not_known_entered(settings, released):
            _enter_events(settings, missing)
            _note_entered(settings, released[-1])
        _show_public(settings, released)


def settle(settings: Settings) -> None:
    """Finish or clear what a publication that died left behind; only one process may do so at a time."""
    intent = settings.releases / _INTENT
    if intent.is_file():
        release_id = intent.read_text(encoding="utf-8").strip()
        if release_id in list_releases(settings):
            _serve(settings, release_id)
        intent.unlink(missing_ok=True)
    for begun in settings.releases.glob(f"{_BEGUN}*"):
        shutil.rmtree(begun)
    for unfinished in (settings.releases / "parts").glob("*.tmp"):
        unfinished.unlink()


def _serve(settings: Settings, release_id: str) -> None:
    sync(settings.releases)
    _point(settings.releases, release_id)
    failpoint("publish.pointed")
    _enter_events(settings, [release_id])
    failpoint("publish.entered")
    _show_public(settings, [release_id])
    failpoint("publish.shown")
    (settings.releases / _INTENT).unlink(missing_ok=True)


def _point(releases: Path, release_id: str) -> None:
    """Name the release that serves from this folder."""
    pointer = releases / "current"
    _write(pointer.with_name("current.tmp"), release_id)
    pointer.with_name("current.tmp").replace(pointer)
    sync(releases)


def _show_public(settings: Settings, release_ids: Iterable[str]) -> None:
    """Bring the public folder to what serves: each release's public files whole or not at all, then the pointer."""
    public = settings.public_releases
    public.mkdir(parents=True, exist_ok=True)
    for release_id in release_ids:
        if (public / release_id).is_dir() or read_if_whole(settings, release_id) is None:
            continue
        part = public / f"{_BEGUN}{release_id}"
        shutil.rmtree(part, ignore_errors=True)
        show_parts(settings, public, release_id)
        part.mkdir()
        for name in _PUBLIC_FILES:
            (part / name).hardlink_to(settings.releases / release_id / name)
        sync(part)
        part.rename(public / release_id)
        failpoint("publish.public_shelved")
    serving = current_release_id(settings)
    if serving is not None and serving != pointer_text(Settings(home=public.parent)):
        _point(public, serving)


def _enter_events(settings: Settings, release_ids: Iterable[str]) -> None:
    """Enter the events of those releases that the lake does not know yet, all in one commit."""
    with connect(settings) as connection:
        lake.scan(settings, connection, "warning_events")
        query = "SELECT DISTINCT release_id FROM lake_warning_events"
        entered = {row[0] for row in connection.execute(query).fetchall()}
    paths = [settings.releases / each / _EVENTS for each in release_ids if each not in entered]
    missing = [rows for rows in map(_read_events, paths) if rows.num_rows]
    if missing:
        lake.append(settings, "warning_events", pa.concat_tables(missing, promote_options="default"))


def _not_known_entered(settings: Settings, released: Sequence[str]) -> list[str]:
    """Releases that are later than what was noted, all of them where the lake is another than then, or an earlier state
    of it."""
    try:
        until, *noted = json.loads(_note_path(settings).read_bytes())
        (lake_id, version), (id_then, version_then) = _standing_of_events(settings), noted
        is_known = lake_id == id_then and version >= version_then
    except (OSError, ValueError, TypeError):  # none was made, or another version of choucha made it: look through all
        return [*released]
    return [each for each in released if not is_known or each > until]


def _note_entered(settings: Settings, until: str) -> None:
    """Note that the events of all releases up to this one are in the lake, so that they need not be looked through."""
    failpoint("publish.noting")
    unfinished = _note_path(settings).with_suffix(".tmp")
    unfinished.write_text(json.dumps([until, *_standing_of_events(settings)]), encoding="utf-8")
    unfinished.replace(_note_path(settings))


def _standing_of_events(settings: Settings) -> tuple[str, int]:
    return lake.standing(settings, "warning_events") or ("", lake.ABSENT)


def _note_path(settings: Settings) -> Path:
    return settings.work / "events_entered.json"


def _read_events(path: Path) -> pa.Table:
    try:
        return pq.read_table(path)
    except (OSError, pa.ArrowException) as error:
        raise InfrastructureError(
            f"{path} can't be read, and the lake does not know what it says: bring this file back from a backup, it "
            f"holds the warnings that the public was told of ({error})"
        ) from error


def _write(path: Path, text: str) -> None:
    with path.open("w", encoding="utf-8") as file:
        file.write(text)
        file.flush()
        os.fsync(file.fileno())
