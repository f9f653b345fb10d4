"""A file that comes over the network: on the disk as it comes, hashed and counted, and placed into landing whole.

How it came is said in its side-car under `upload`, which the archive keeps with the bytes: by that its receipt is found
again, and that it goes with no other file. Nothing of a file that did not come to its end stays.
"""

from __future__ import annotations

import contextlib
import hashlib
import json
import re
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, BinaryIO

from warehouse.landing import part_file, place
from warehouse.settings import Settings

__all__ = [
    "UPLOAD_KEY",
    "Event",
    "Upload",
    "UploadTooLargeError",
    "is_of",
    "is_upload_id",
    "most_bytes",
    "receiving",
    "upload_of",
]

UPLOAD_KEY = "upload"
"""What of a side-car says how the file came; provenance only."""
_ID = re.compile(r"u-[0-9a-f]{32}")


class UploadTooLargeError(Exception):
    """More bytes came than the settings allow."""


@dataclass(frozen=True)
class Event:
    """What a CloudEvent says of itself: together, source and id name it for good."""

    source: str
    id: str
    type: str


class Upload:
    """One file on its way in; write its bytes, then land it."""

    def __init__(self, part: BinaryIO, most: int) -> None:
        self.upload_id = f"u-{uuid.uuid4().hex}"
        self.size = 0
        self._part = part
        self._most = most
        self._digest = hashlib.sha256()

    @property
    def sha256(self) -> str:
        return self._digest.hexdigest()

    def write(self, data: bytes) -> None:
        """Raises UploadTooLargeError instead of writing more than is allowed."""
        self.size += len(data)
        if self.size > self._most:
            raise UploadTooLargeError
        self._digest.update(data)
        self._part.write(data)

    def land(
        self, name: str, *, key: str, declared: Mapping[str, Any] | None = None, event: Event | None = None
    ) -> Path:
        """Place it under its sender's name, with what the sender declares and how it came; returns where it lies.

        key: the name of the key that it was sent with. declared: as `declared_in` gave it.
        """
        came = {"id": self.upload_id, "key": key, "sha256": self.sha256} | (
            {} if event is None else {"event": asdict(event)}
        )
        sidecar = json.dumps({**(declared or {}), UPLOAD_KEY: came}, ensure_ascii=False, separators=(",", ":"))
        return place(self._part, name, sidecar=sidecar.encode())


@contextlib.contextmanager
def receiving(settings: Settings, feed: str) -> Iterator[Upload]:
    """An upload that leaves nothing behind unless it is landed."""
    with part_file(settings, feed) as part:
        yield Upload(part, most_bytes(settings))


def most_bytes(settings: Settings) -> int:
    """The largest file that is taken."""
    return settings.intake_max_mb * 1024 * 1024


def is_upload_id(text: str) -> bool:
    return _ID.fullmatch(text) is not None


def is_of(sidecar: Mapping[str, Any] | None, sha256: str) -> bool:
    """Whether a side-car may stand beside these bytes: one that came over the network stands beside its own alone."""
    return UPLOAD_KEY not in (sidecar or {}) or upload_of(sidecar).get("sha256") == sha256


def upload_of(sidecar: Mapping[str, Any] | None) -> dict[str, Any]:
    """What a side-car says of how its file came; empty where it came otherwise."""
    said = (sidecar or {}).get(UPLOAD_KEY)
    return said if isinstance(said, dict) else {}
