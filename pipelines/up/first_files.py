"""At the very first start there is nothing to see; the simulator's first feed files make something to see."""

from __future__ import annotations

import tempfile
from collections.abc import Callable
from pathlib import Path

from pipelines.simulate import first_drop
from warehouse.landing import SIDECAR_SUFFIX, drop
from warehouse.settings import Settings

__all__ = ["drop_first_files", "is_first_start"]

SECONDS_BETWEEN = 1.0


def is_first_start(settings: Settings) -> bool:
    """Whether nothing was ever received here, and nothing waits."""
    folders = (settings.archive, settings.landing)
    return not any(path.is_file() for folder in folders for path in folder.rglob("*"))


def drop_first_files(settings: Settings, pause: Callable[[float], None]) -> None:
    """Drop the simulator's first files, one after the other, into landing; each arrives whole, its side-car first."""
    with tempfile.TemporaryDirectory(prefix="choucha-first-") as name:
        for path in first_drop(Path(name)):
            if path.name.endswith(SIDECAR_SUFFIX):
                continue
            sidecar = path.with_name(f"{path.name}{SIDECAR_SUFFIX}")
            declared = sidecar.read_bytes() if sidecar.exists() else None
            drop(settings, path.parent.name, path.name, path.read_bytes(), sidecar=declared)
            pause(SECONDS_BETWEEN)
