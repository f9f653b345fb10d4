"""What a run makes durable, and the points that it passes, in their order: seen from below, not told by the code.

Python's own audit events tell of renames, links, removals and files opened for writing; commits of the lake are found
in its logs. Scratch, locks and what nobody looks at before a rename are no part of it.
"""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

from warehouse import failpoint

__all__ = ["POINT", "recorded"]

POINT = "point "
_SCRATCH = ("work/batches", "work/locks", "work/duckdb", "work/kills", "work/publish", "end")
_UNSEEN = ("begun-",)
_PARTS = (".part", ".tmp", "/copy", "/sidecar_of_copy")


def recorded(home: Path, work: Callable[[Path], Any]) -> tuple[Any, list[str]]:
    """What the work returned, and its trace: `point <name>`, or what was about to be written where."""
    trace: list[str] = []
    logs: set[Path] = set()

    def tell(entry: str) -> None:
        found = set(home.glob("lake/*/_delta_log/*.json"))
        trace.extend(sorted(str(path.relative_to(home)) for path in found - logs))
        logs.update(found)
        trace.append(entry)

    def heard(event: str, arguments: tuple[Any, ...]) -> None:
        if (path := _written(event, arguments)) and (seen := _visible(home, path)):
            tell(f"{event} {seen}")

    logs.update(home.glob("lake/*/_delta_log/*.json"))
    failpoint._pass = lambda name, armed: tell(f"{POINT}{name}")
    os.environ["CHOUCHA_FAILPOINT"] = "none"
    sys.addaudithook(heard)
    try:
        return work(home), trace
    finally:
        os.environ.pop("CHOUCHA_FAILPOINT")


def _written(event: str, arguments: tuple[Any, ...]) -> object:
    """The path that an event is about to change."""
    match event:
        case "os.rename" | "os.link":
            return arguments[1]
        case "os.remove" if arguments[1] == -1 and os.path.lexists(arguments[0]):
            return arguments[0]
        case "shutil.rmtree" if os.path.lexists(arguments[0]):
            return arguments[0]
        case "open" if isinstance(arguments[1], str) and set(arguments[1]) & set("wax+"):
            return arguments[0]
    return None


def _visible(home: Path, path: object) -> str | None:
    if not isinstance(path, str | os.PathLike) or not (text := os.fspath(path)).startswith(f"{home}/"):
        return None
    seen = text.removeprefix(f"{home}/")
    is_hidden = seen.startswith(_SCRATCH) or any(mark in seen for mark in _UNSEEN) or seen.endswith(_PARTS)
    return None if is_hidden else seen
