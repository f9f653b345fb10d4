"""Answers of one release, kept as bytes: a release never changes, so neither do they.

Used from the event loop only. Bounded by bytes; what was asked longest ago goes first.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Representation", "RepresentationCache", "representation"]

_MAX_BYTES = 64 * 1024 * 1024
_MAX_ENTRY_BYTES = 1024 * 1024


@dataclass(frozen=True)
class Representation:
    """The bytes of an answer with the headers that belong to them."""

    body: bytes
    etag: str
    headers: Mapping[str, str]


def representation(body: bytes, headers: Mapping[str, str], artefact_sha256: str) -> Representation:
    """A representation with its strong ETag: a hash over the artefact's hash, the headers and the bytes."""
    digest = hashlib.sha256(artefact_sha256.encode())
    for name, value in sorted(headers.items()):
        digest.update(f"\0{name}:{value}".encode())
    digest.update(b"\0" + body)
    return Representation(body, f'"{digest.hexdigest()[:32]}"', headers)


class RepresentationCache:
    """Least recently used representations, by key."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._kept: OrderedDict[tuple[str, ...], Representation] = OrderedDict()

    def get(self, key: tuple[str, ...]) -> Representation | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: tuple[str, ...], value: Representation) -> None:
        """Keeps the value, unless it alone would push out too much else."""
        if len(value.body) > _MAX_ENTRY_BYTES or key in self._kept:
            return
        self._kept[key] = value
        self._n_bytes += len(value.body)
        while self._n_bytes > self._max_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._n_bytes -= len(dropped.body)
