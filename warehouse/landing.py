"""Writing into landing, and seeing what lies there complete.

A file is complete when it was renamed in, or has been quiet for the settling time and no process is writing it.
This module is light: the doorbell of the orchestrator looks through it every second.
"""

from __future__ import annotations

import contextlib
import fcntl
import os
import re
import stat
import time
import uuid
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import count
from pathlib import Path
from typing import BinaryIO

from warehouse.durable import sync
from warehouse.failpoint import failpoint
from warehouse.names import readable
from warehouse.settings import Settings

__all__ = [
    "SIDECAR_SUFFIX", "Landed", "Untakable", "complete_files", "drop", "ending", "files_being_written",
    "is_being_placed", "is_on_its_way", "left_alone", "misplaced_files", "part_file", "place", "ringing_files",
    "untakable_entries",
]  # fmt: skip

SIDECAR_SUFFIX = ".meta.json"
_UNFINISHED_SUFFIXES = (".part", ".tmp", ".crdownload", ".filepart", ".swp")
_UNFINISHED_PREFIXES = (".", "~$")
# Bytes, so that a number, a side-car's suffix and the file system's limit of 255 fit.
_LONGEST_NAME = 200
_ENDING = re.compile(r"\.[0-9A-Za-z]{1,10}\Z")
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
    """Put a written part into landing under a sender's name, as `drop` does; it is closed, and on the disk for good.

    Both are on the disk before either has a name: what kills this between the two names leaves a side-car without its
    file, which `is_being_placed` tells from one that is about to get it. Raises OSError only when neither is in.
    """
    folder = Path(part.name).parent
    _write_out(part)
    part.close()
    if sidecar is None:
        return _named(part, None, name)
    with _written_beside(folder) as declared:
        declared.write(sidecar)
        _write_out(declared)
        modified_at = Path(part.name).stat().st_mtime_ns  # quiet as long as its file, which goes nowhere without it
        os.utime(declared.name, ns=(modified_at, modified_at))
        fcntl.flock(declared, fcntl.LOCK_EX)
        return _named(part, declared, name)


def is_being_placed(sidecar: Path) -> bool:
    """Whether somebody is just about to put its file beside it."""
    with sidecar.open("rb") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_SH | fcntl.LOCK_NB)
        except BlockingIOError:
            return True
    return False


def _named(part: BinaryIO, declared: BinaryIO | None, name: str) -> Path:
    """Link both under the first free name."""
    places = _places(Path(part.name).parent, _landable(name))
    while True:
        target = next(places)
        beside = target.with_name(f"{target.name}{SIDECAR_SUFFIX}")
        if target.exists() or beside.exists():
            continue
        if declared is not None:
            if not _linked(declared, beside):
                continue
            failpoint("landing.sidecar_named")
        is_in = False
        try:
            is_in = _linked(part, target)
        finally:
            if declared is not None and not is_in:  # alone it would wait for its file for ever
                beside.unlink(missing_ok=True)
        if is_in:
            failpoint("landing.named")
            _confirm(target, beside)
            return target


def _places(folder: Path, name: str) -> Iterator[Path]:
    suffix = ending(name)
    yield folder / name
    for number in count(2):
        yield folder / f"{name.removesuffix(suffix)} ({number}){suffix}"


def _confirm(target: Path, beside: Path) -> None:
    """What was told to a sender as received is there after a power cut too; else raises OSError, with it taken back."""
    try:
        sync(target.parent)
    except OSError:
        try:
            target.unlink()
        except FileNotFoundError:  # a run has taken it, and keeps it
            return
        beside.unlink(missing_ok=True)
        raise


def _landable(name: str) -> str:
    last = readable(name.replace("\\", "/").rpartition("/")[2].replace("\x00", "").strip())
    if not last.strip("."):
        last = "unnamed"
    suffix = ending(last)
    # Cut first: what is cut off may leave a name that passes for something else.
    last = last.removesuffix(suffix).encode()[: _LONGEST_NAME - len(suffix)].decode(errors="ignore") + suffix
    if last.startswith(_UNFINISHED_PREFIXES):
        last = f"_{last}"
    if last.endswith((*_UNFINISHED_SUFFIXES, SIDECAR_SUFFIX)):
        last = f"{last}_"
    return last


def ending(name: str) -> str:
    """What of a name says what kind of file it is, with its dot; empty where a dot just stands in it (1.关于…)."""
    found = _ENDING.search(name)
    return found[0] if found else ""


@contextlib.contextmanager
def _written_beside(folder: Path) -> Iterator[BinaryIO]:
    path = folder / f".{uuid.uuid4().hex}.part"
    try:
        with path.open("wb") as part:
            yield part
    finally:
        path.unlink(missing_ok=True)


def _write_out(part: BinaryIO) -> None:
    part.flush()
    os.fsync(part.fileno())


def _linked(part: BinaryIO, target: Path) -> bool:
    """Give it this name, which a file server may do and still say that it failed; False when the name was taken."""
    try:
        os.link(part.name, target)
    except OSError as error:
        if target.exists() and target.samefile(part.name):
            return True
        if isinstance(error, FileExistsError):
            return False
        raise
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
