"""What lies in landing and can't be taken is answered once, with a receipt that says what to do, and stays there.

Links, folders, pipes, files without permission, and side-cars whose file never came. `work/told` remembers what was
told of, as long as it lies there; were it lost, the same would be told again.
"""

from __future__ import annotations

import hashlib
import os
import shutil
from collections.abc import Callable, Sequence
from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

from warehouse.archive import Envelope, new_envelope_id, store, write_atomically, write_envelope
from warehouse.landing import SIDECAR_SUFFIX, Landed, Untakable
from warehouse.names import readable
from warehouse.settings import Settings

__all__ = ["tell_of"]

_RULES = {"link": "LD-001", "folder": "LD-002", "special": "LD-003", "unreadable": "LD-004"}


@dataclass(frozen=True)
class _Untaken:
    """content: the bytes to keep, None where there are none. identity tells it from what takes its place later."""

    feed: str
    path: Path
    rule: str
    found: str
    identity: int
    content: Path | None = None

    @property
    def key(self) -> str:
        told = b"\x00".join((os.fsencode(self.path), self.rule.encode(), str(self.identity).encode()))
        return hashlib.sha256(told).hexdigest()


def tell_of(
    settings: Settings,
    entries: Sequence[Untakable],
    orphans: Sequence[Landed],
    on_its_own: Callable[[Path], AbstractContextManager[None]],
) -> None:
    """Make an envelope, which gets a rejection, for each that wasn't told of before; orphans are side-cars."""
    untaken = [
        *(_Untaken(e.feed, e.path, _RULES[e.kind], readable(e.path.name), e.identity) for e in entries),
        *(_orphan(sidecar) for sidecar in orphans),
    ]
    told = settings.work / "told"
    for each in untaken:
        if not (told / each.key).exists():
            with on_its_own(each.path):
                _write_envelope(settings, each)
                write_atomically(told / each.key, b"")
    known = {each.key for each in untaken}
    for marker in told.iterdir() if told.is_dir() else ():
        if marker.name not in known:
            marker.unlink()


def _orphan(sidecar: Landed) -> _Untaken:
    wanted = readable(sidecar.path.name.removesuffix(SIDECAR_SUFFIX))
    return _Untaken(sidecar.feed, sidecar.path, "SC-001", wanted, int(sidecar.modified_at * 1e6), sidecar.path)


def _write_envelope(settings: Settings, untaken: _Untaken) -> None:
    received_at = datetime.now(UTC)
    envelope_id = new_envelope_id(received_at)
    copy = settings.work / "told" / f"{envelope_id}.copy"
    copy.parent.mkdir(parents=True, exist_ok=True)
    if untaken.content is None:
        copy.touch()
    else:
        shutil.copyfile(untaken.content, copy)
    sha256, size = store(settings, copy)
    envelope = Envelope(
        envelope_id=envelope_id,
        feed=readable(untaken.feed),
        file_name=readable(untaken.path.name),
        sha256=sha256,
        size=size,
        received_at=received_at,
        refused_rule=untaken.rule,
        refused_found=untaken.found,
    )
    write_envelope(settings, envelope)
