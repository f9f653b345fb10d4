"""Writing into landing, and seeing what lies there complete.

A file is complete when it was renamed in, or has been quiet for the settling time and no process is writing it.
This module is light: the doorbell of the orchestrator looks through it every second.
"""

from __future__ import annotations

import contextlib
import os
import stat
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import BinaryIO

from warehouse.durable import sync
from warehouse.names import readable
from warehouse.settings import Settings

__all__ = [
    "SIDECAR_SUFFIX", "Landed", "Untakable", "complete_files", "drop", "files_being_written", "is_on_its_way",
    "left_alone", "misplaced_files", "part_file", "place", "ringing_files", "untakable_entries",
]  # fmt: skip

SIDECAR_SUFFIX = ".meta.json"
_UNFINISHED_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart", ".swp")
_UNFINISHED_PREFIXES = (".", "~$")
# Bytes, so that a number, a side-car's suffix and the file system's limit of 255 fit.
_LONGEST_NAME = 200
_WRITING = os.O_WRONLY | os.O_RDWR
# Less than this is no clock that was set, and passes by itself.
_CLOCKS_DIFFER_SECONDS = 2.0


@dataclass(frozen=True)
class Landed:
    """One complete file in landing."""

    feed: str
    path: Path
    modified_at: float

    @property
    def is_sidecar(self) -> bool:
        return self.path.name.endswith(SIDECAR_SUFFIX)


@dataclass(frozen=True)
class Untakable:
    """One entry of a feed's folder that is no file, or may not be read; kind: link, folder, special or unreadable.

    identity tells it from whatever takes its place later.
    """

    feed: str
    path: Path
    kind: str
    identity: int


def drop(settings: Settings, feed: str, name: str, content: bytes, *, sidecar: bytes | None = None) -> Path:
    """Put a file into landing by atomic rename, its side-car before it; never over a file that waits there.

    Returns where it landed: the name gets a number when another of that name, or a side-car for one, is still waiting.
    The name is a sender's: only its last component is taken, so that it can't leave the folder, and it is changed
    where landing would take it for an unfinished file or for a side-car.
    """
    with part_file(settings, feed) as part:
        part.write(content)
        return place(part, name, sidecar=sidecar)


@contextlib.contextmanager
def part_file(settings: Settings, feed: str) -> Iterator[BinaryIO]:
    """A file beside those of the feed, to be written and then placed; nobody takes it, and at the end it is gone."""
    folder = settings.landing / feed
    folder.mkdir(parents=True, exist_ok=True)
    with _written_beside(folder) as part:
        yield part


def place(part: BinaryIO, name: str, *, sidecar: bytes | None = None) -> Path:
    """Put a written part into landing under a sender's name, as `drop` does; it is closed, and on the disk for good."""
    folder = Path(part.name).parent
    stem, suffix = os.path.splitext(_landable(name))  # noqa: PTH122 - a name, not a path
    number = 1
    while True:
        target = folder / (f"{stem}{suffix}" if number == 1 else f"{stem} ({number}){suffix}")
        number += 1
        beside = folder / f"{target.name}{SIDECAR_SUFFIX}"
        if target.exists() or beside.exists():
            continue
        if sidecar is not None and not _placed(beside, sidecar):
            continue
        is_in = False
        try:
            is_in = _linked(part, target)
        finally:
            if sidecar is not None and not is_in:  # alone it would wait for its file for ever
                beside.unlink()
        if is_in:
            return target


def _landable(name: str) -> str:
    last = readable(name.replace("\\", "/").rpartition("/")[2].replace("\x00", "").strip())
    if not last.strip("."):
        last = "unnamed"
    if last.startswith(_UNFINISHED_PREFIXES):
        last = f"_{last}"
    if last.endswith((*_UNFINISHED_SUFFIXES, SIDECAR_SUFFIX)):
        last = f"{last}_"
    stem, suffix = os.path.splitext(last)  # noqa: PTH122 - a name, not a path
    return stem.encode()[: _LONGEST_NAME - len(suffix.encode())].decode(errors="ignore") + suffix


def _placed(target: Path, content: bytes) -> bool:
    """Write beside the target and link it in; False when the name was taken meanwhile."""
    with _written_beside(target.parent) as part:
        part.write(content)
        return _linked(part, target)


@contextlib.contextmanager
def _written_beside(folder: Path) -> Iterator[BinaryIO]:
    path = folder / f".{uuid.uuid4().hex}.part"
    try:
        with path.open("wb") as part:
            yield part
    finally:
        path.unlink(missing_ok=True)


def _linked(part: BinaryIO, target: Path) -> bool:
    if not part.closed:
        part.flush()
        os.fsync(part.fileno())
        part.close()
    try:
        os.link(part.name, target)
    except FileExistsError:
        return False
    sync(target.parent)  # what was told to a sender as received is there after a power cut too
    return True


def complete_files(settings: Settings, *, now: float | None = None) -> list[Landed]:
    """Every complete file and side-car in landing, oldest first."""
    moment = time.time() if now is None else now
    quiet = [file for file in _regular_files(settings) if moment - file.modified_at >= settings.settle_seconds]
    if not quiet:
        return []
    being_written = files_being_written()
    return sorted(
        (file for file in quiet if str(file.path) not in being_written),
        key=lambda file: (file.modified_at, file.path.name),
    )


def untakable_entries(settings: Settings) -> list[Untakable]:
    """What lies quiet in the folders of the feeds and can't be taken; names of unfinished files are left alone."""
    now = time.time()
    found = []
    for feed, entry, status in _entries(settings):
        kind = _kind(status.st_mode) or (None if _may_be_read(entry) else "unreadable")
        if kind is not None and now - status.st_mtime >= settings.settle_seconds:
            found.append(Untakable(feed, Path(entry.path), kind, status.st_ino))
    return sorted(found, key=lambda entry: entry.path)


def _kind(mode: int) -> str | None:
    """What an entry is that is no regular file."""
    if stat.S_ISREG(mode):
        return None
    if stat.S_ISLNK(mode):
        return "link"
    return "folder" if stat.S_ISDIR(mode) else "special"


def _may_be_read(entry: os.DirEntry[str]) -> bool:
    return os.access(entry.path, os.R_OK, effective_ids=True)


def misplaced_files(settings: Settings) -> list[Path]:
    """Files in landing itself or deeper than a feed's folder: nobody takes them, so somebody must be told."""
    if not settings.landing.is_dir():
        return []
    found = (path for path in settings.landing.rglob("*") if path.is_file() and not path.is_symlink())
    return sorted(path for path in found if len(path.relative_to(settings.landing).parts) != 2)


def left_alone(settings: Settings, *, now: float | None = None) -> list[Landed]:
    """Files of the feeds that nobody takes as they are, oldest first: under the name of an unfinished one, or quiet and
    still held open for writing.
    """
    moment = time.time() if now is None else now
    being_written = files_being_written()
    found = []
    for feed, entry, status in _every_entry(settings):
        is_held = entry.path in being_written and moment - status.st_mtime >= settings.settle_seconds
        if stat.S_ISREG(status.st_mode) and (is_held or _is_unfinished(entry.name)):
            found.append(Landed(feed, Path(entry.path), status.st_mtime))
    return sorted(found, key=lambda file: (file.modified_at, file.path.name))


def is_on_its_way(folder: Path, name: str) -> bool:
    """Whether a file lies in the folder under this name, or under one that says that it is still being sent.

    Those are what transfer programs write: `name.part`, `.name`, `.name.Xy12ab`.
    """
    return any(_may_become(lying, name) for lying in os.listdir(folder))  # noqa: PTH208 - names alone


def _may_become(lying: str, name: str) -> bool:
    for prefix in ("", *_UNFINISHED_PREFIXES):
        rest = lying.removeprefix(f"{prefix}{name}")
        if rest == lying:
            continue
        if not rest or rest in _UNFINISHED_SUFFIXES or (prefix and rest.rfind(".") == 0):
            return True
    return False


def ringing_files(settings: Settings) -> frozenset[Landed]:
    """What a run would find to take; a side-car alone rings no bell."""
    return frozenset(file for file in complete_files(settings) if not file.is_sidecar)


def _regular_files(settings: Settings) -> Iterator[Landed]:
    for feed, entry, status in _entries(settings):
        if _kind(status.st_mode) is None and _may_be_read(entry):
            yield Landed(feed, Path(entry.path), _quiet_since(Path(entry.path), status.st_mtime))


def _quiet_since(path: Path, modified_at: float) -> float:
    """When the file was last changed; what lies in the future, by a clock set back or a sender's, is set to now.

    So it counts as quiet one settling time later, unless its sender goes on writing.
    """
    now = time.time()
    if modified_at - now <= _CLOCKS_DIFFER_SECONDS:
        return modified_at
    with contextlib.suppress(OSError):  # another user's file, or another run took it: it waits
        os.utime(path, (now, now))
        return now
    return modified_at


def _entries(settings: Settings) -> Iterator[tuple[str, os.DirEntry[str], os.stat_result]]:
    """Whatever lies in the folders of the feeds under the name of a finished file."""
    return (each for each in _every_entry(settings) if not _is_unfinished(each[1].name))


def _is_unfinished(name: str) -> bool:
    return name.startswith(_UNFINISHED_PREFIXES) or name.endswith(_UNFINISHED_SUFFIXES)


def _every_entry(settings: Settings) -> Iterator[tuple[str, os.DirEntry[str], os.stat_result]]:
    if not settings.landing.is_dir():
        return
    for folder in settings.landing.iterdir():
        if not folder.is_dir() or folder.is_symlink():
            continue
        with os.scandir(folder) as entries:
            for entry in entries:
                with contextlib.suppress(FileNotFoundError):  # another run has just claimed it
                    yield folder.name, entry, entry.stat(follow_symlinks=False)


def files_being_written() -> frozenset[str]:
    """Paths that a process of this machine holds open for writing, as far as this user may see.

    Where there is no /proc the settling time alone decides.
    """
    held: set[str] = set()
    try:
        processes = [name for name in os.listdir("/proc") if name.isdigit()]  # noqa: PTH208 - hot path
    except FileNotFoundError:
        return frozenset()
    for process in processes:
        try:
            for descriptor in os.listdir(f"/proc/{process}/fd"):  # noqa: PTH208
                target = os.readlink(f"/proc/{process}/fd/{descriptor}")  # noqa: PTH115
                if target.startswith("/") and _is_open_for_writing(f"/proc/{process}", descriptor):
                    held.add(target)
        except (FileNotFoundError, PermissionError, ProcessLookupError):  # it ended, or is another user's
            continue
    return frozenset(held)


def _is_open_for_writing(process: str, descriptor: str) -> bool:
    with open(f"{process}/fdinfo/{descriptor}", encoding="ascii") as lines:  # noqa: PTH123 - hot path
        for line in lines:
            if line.startswith("flags:"):
                return bool(int(line.split()[1], 8) & _WRITING)
    return False
