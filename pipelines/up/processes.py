"""Processes that outlive the process manager which started them: found by their session and ended.

A part may put its children into groups of their own and change their titles, so neither the group nor the environment
finds them all; the session that the process manager opened does.
"""

from __future__ import annotations

import contextlib
import json
import os
from pathlib import Path

import psutil  # type: ignore[import-untyped]

__all__ = ["end_left_overs", "left_overs", "note_session"]


def note_session(note: Path, leader: int) -> None:
    """Remember the session of a process manager, so that a later start can end what a kill -9 left of it."""
    started = psutil.Process(leader).create_time()
    note.write_text(json.dumps({"session": leader, "started": started}), encoding="utf-8")


def left_overs(note: Path) -> list[psutil.Process]:
    """Living processes of the noted session; none when its number belongs to somebody else by now."""
    if not note.exists():
        return []
    noted = json.loads(note.read_text(encoding="utf-8"))
    found = []
    for process in psutil.process_iter():
        with contextlib.suppress(psutil.Error, OSError):  # it ended meanwhile
            if process.pid == noted["session"] and process.create_time() != noted["started"]:
                return []
            if os.getsid(process.pid) == noted["session"] and process.status() != psutil.STATUS_ZOMBIE:
                found.append(process)
    return found


def end_left_overs(note: Path, patience_seconds: float = 3.0) -> int:
    """Ask them to end, then end them, and forget the session; returns how many there were."""
    processes = left_overs(note)
    for process in processes:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.terminate()
    _, alive = psutil.wait_procs(processes, timeout=patience_seconds)
    for process in alive:
        with contextlib.suppress(psutil.NoSuchProcess):
            process.kill()
    psutil.wait_procs(alive, timeout=patience_seconds)
    note.unlink(missing_ok=True)
    return len(processes)
