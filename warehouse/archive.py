"""The archive: bytes under their own hash, and one envelope for each drop; nothing in it ever changes.

objects/ab/abcdef… holds the bytes, envelopes/<envelope_id>.json what is known of the drop.
"""

from __future__ import annotations

import hashlib
import json
import os
import uuid
from dataclasses import asdict, dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from warehouse.durable import sync
from warehouse.errors import InfrastructureError
from warehouse.settings import Settings

__all__ = [
    "Envelope",
    "EnvelopeDamagedError",
    "envelope_ids",
    "has_envelope",
    "new_envelope_id",
    "object_path",
    "read_envelope",
    "store",
    "write_atomically",
    "write_envelope",
]


@dataclass(frozen=True)
class Envelope:
    """One drop: which bytes, from whom, under which name, with which side-car, and when (UTC).

    parent_envelope_id: the ZIP that it came in. refused_rule, refused_found: what keeps it from being read at all; then
    the bytes are those that it stands in (of the ZIP it could not be taken out of), or none.
    """

    envelope_id: str
    feed: str
    file_name: str
    sha256: str
    size: int
    received_at: datetime
    sidecar: dict[str, Any] | None = None
    sidecar_problem: str | None = None
    supersedes_envelope_id: str | None = None
    parent_envelope_id: str | None = None
    refused_rule: str | None = None
    refused_found: str | None = None


class EnvelopeDamagedError(InfrastructureError):
    """An envelope that can't be read; what it tells is kept nowhere else."""


def new_envelope_id(received_at: datetime) -> str:
    """An id that sorts by time of receipt."""
    return f"{received_at.astimezone(UTC):%Y%m%dT%H%M%S%f}-{uuid.uuid4().hex[:8]}"


def object_path(settings: Settings, sha256: str) -> Path:
    return settings.archive / "objects" / sha256[:2] / sha256


def store(settings: Settings, path: Path) -> tuple[str, int]:
    """Move the file into the archive under its hash; returns hash and size in bytes.

    Bytes that are there already stay as they are.
    """
    with path.open("rb") as file:
        sha256 = hashlib.file_digest(file, "sha256").hexdigest()
        size = os.fstat(file.fileno()).st_size
        os.fsync(file.fileno())
    target = object_path(settings, sha256)
    target.parent.mkdir(parents=True, exist_ok=True)
    if not target.exists():
        path.chmod(0o444)
        path.replace(target)
        sync(target.parent)
    return sha256, size


def has_envelope(settings: Settings, envelope_id: str) -> bool:
    return _envelope_path(settings, envelope_id).exists()


def write_envelope(settings: Settings, envelope: Envelope) -> None:
    values = asdict(envelope) | {"received_at": envelope.received_at.isoformat()}
    text = json.dumps(values, ensure_ascii=False, indent=1)
    write_atomically(_envelope_path(settings, envelope.envelope_id), text.encode())


def read_envelope(settings: Settings, envelope_id: str) -> Envelope:
    """Raises FileNotFoundError when there is no such envelope, EnvelopeDamagedError when it is not what was written."""
    path = _envelope_path(settings, envelope_id)
    text = path.read_bytes()
    try:
        values = json.loads(text)
        return Envelope(**values | {"received_at": datetime.fromisoformat(values["received_at"])})
    except (ValueError, TypeError, KeyError) as error:
        raise EnvelopeDamagedError(
            f"{path}: 接收单已损坏，请从备份恢复此文件 this envelope is damaged; restore the file from a backup of "
            "archive/"
        ) from error


def envelope_ids(settings: Settings) -> list[str]:
    """All envelopes, oldest first."""
    folder = settings.archive / "envelopes"
    if not folder.is_dir():
        return []
    return sorted(path.stem for path in folder.iterdir() if path.suffix == ".json" and not path.name.startswith("."))


def write_atomically(target: Path, content: bytes) -> None:
    """Write a file so that it is there whole or not at all, also after a power cut."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.parent / f".{uuid.uuid4().hex}.part"
    try:
        with part.open("wb") as file:
            file.write(content)
            file.flush()
            os.fsync(file.fileno())
        part.replace(target)
    except OSError:  # tried again and again on a full disk, the parts would fill it for good
        part.unlink(missing_ok=True)
        raise
    sync(target.parent)


def _envelope_path(settings: Settings, envelope_id: str) -> Path:
    return settings.archive / "envelopes" / f"{envelope_id}.json"
