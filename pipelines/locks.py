"""Locks of the home folder: each falls with its process, however that ends, and leaves no file behind."""

from __future__ import annotations

import contextlib
import fcntl
import os
from collections.abc import Iterator
from pathlib import Path
from typing import IO

from warehouse.errors import may_not_write
from warehouse.settings import Settings

__all__ = ["if_free", "lock_names", "locked", "locked_to_look"]


@contextlib.contextmanager
def locked(settings: Settings, name: str) -> Iterator[None]:
    """Hold a lock, waiting for it."""
    path = _path(settings, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    file = _lock_file(path)
    try:
        yield
    finally:
        path.unlink(missing_ok=True)  # while it is held: whoever waits for it sees that its file is gone
        file.close()


@contextlib.contextmanager
def locked_to_look(settings: Settings, name: str) -> Iterator[None]:
    """The same for who only looks: where the home may only be read, nobody is at work here, and nothing is held."""
    with contextlib.ExitStack() as held:
        try:
            held.enter_context(locked(settings, name))
        except OSError as error:
            if not may_not_write(error):
                raise
        yield


@contextlib.contextmanager
def if_free(settings: Settings, name: str) -> Iterator[bool]:
    """Hold a lock if nobody does, without waiting; tells whether it is held here."""
    path = _path(settings, name)
    path.parent.mkdir(parents=True, exist_ok=True)
    with path.open("w") as file:
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            yield False
            return
        if not _is_at(path, file):
            yield False
            return
        try:
            yield True
        finally:
            path.unlink(missing_ok=True)


def lock_names(settings: Settings) -> list[str]:
    """Locks that are held, or whose holder was killed."""
    return sorted(path.stem for path in (settings.work / "locks").glob("*.lock"))


def _path(settings: Settings, name: str) -> Path:
    return settings.work / "locks" / f"{name}.lock"


def _lock_file(path: Path) -> IO[str]:
    """The locked file; one that its holder removed while this process waited for it locks nothing any more."""
    while True:
        file = path.open("w")
        fcntl.flock(file, fcntl.LOCK_EX)
        if _is_at(path, file):
            return file
        file.close()


def _is_at(path: Path, file: IO[str]) -> bool:
    try:
        return os.path.samestat(path.stat(), os.fstat(file.fileno()))
    except FileNotFoundError:
        return False
