"""Putting files into landing, and what became of them, for tests of claiming."""

from __future__ import annotations

import json
from pathlib import Path

from pipelines.receive import claim
from warehouse.archive import Envelope, read_envelope
from warehouse.settings import Settings

__all__ = ["claimed_side_car", "claims", "land", "told_once"]


def land(settings: Settings, name: str, content: bytes) -> Path:
    path = settings.landing / "food" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def claims(settings: Settings) -> list[Path]:
    return list((settings.work / "claims").iterdir())


def claimed_side_car(settings: Settings, content: bytes) -> Path:
    """A claim that was killed between the side-car and the file."""
    folder = settings.work / "claims" / "20260501T000000000000-00000000"
    folder.mkdir(parents=True)
    (folder / "claim.json").write_text(
        json.dumps({"feed": "food", "file_name": "a.csv", "received_at": "2026-05-01T00:00:00+00:00"})
    )
    (folder / "sidecar").write_bytes(content)
    return folder


def told_once(settings: Settings) -> Envelope:
    """The one envelope of what lies in landing and can't be taken; a further look tells of nothing more."""
    (envelope_id,) = claim(settings)
    assert claim(settings) == [envelope_id]
    return read_envelope(settings, envelope_id)
