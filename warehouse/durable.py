"""What lies on the disk: its hash, and that it is still there after a power cut."""

from __future__ import annotations

import os
from hashlib import file_digest
from pathlib import Path

__all__ = ["file_hash", "sync"]


def file_hash(path: Path) -> str:
    """SHA-256 of a file's bytes, in memory that does not grow with it. Raises OSError."""
    with path.open("rb") as file:
        return file_digest(file, "sha256").hexdigest()


def sync(path: Path) -> None:
    """Returns once a file, or the names in a folder, are on the disk. Raises OSError."""
    descriptor = os.open(path, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
