"""Answers of one release, kept as bytes: a release never changes, so neither do they.

Used from the event loop only. Bounded by bytes; what was asked longest ago goes first. A request that is spelt as one
before it is answered without being read again, by what its spelling was found to ask.
"""

from __future__ import annotations

import hashlib
from collections import OrderedDict
from collections.abc import Mapping
from dataclasses import dataclass

__all__ = ["Representation", "RepresentationCache", "Spelling", "representation"]

Key = tuple[str, ...]
Spelling = tuple[bytes, ...]
"""A request as it came: everything in it that an answer depends on."""
RawHeaders = list[tuple[bytes, bytes]]

_MAX_BYTES = 64 * 1024 * 1024
_MAX_ENTRY_BYTES = 1024 * 1024
_MAX_SPELLINGS = 4_096
_MAX_SPELLING_BYTES = 512


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
    """Least recently used representations, by key, and the spellings of requests that ask for them."""

    def __init__(self, max_bytes: int = _MAX_BYTES) -> None:
        self._max_bytes = max_bytes
        self._n_bytes = 0
        self._kept: OrderedDict[Key, Representation] = OrderedDict()
        self._spellings: OrderedDict[Spelling, tuple[Key, RawHeaders, str]] = OrderedDict()

    def get(self, key: Key) -> Representation | None:
        found = self._kept.get(key)
        if found is not None:
            self._kept.move_to_end(key)
        return found

    def put(self, key: Key, value: Representation) -> None:
        """Keeps the value, unless it alone would push out too much else."""
        if len(value.body) > _MAX_ENTRY_BYTES or key in self._kept:
            return
        self._kept[key] = value
        self._n_bytes += len(value.body)
        while self._n_bytes > self._max_bytes:
            _, dropped = self._kept.popitem(last=False)
            self._n_bytes -= len(dropped.body)

    def remember(self, spelling: Spelling, key: Key, headers: RawHeaders, route: str) -> None:
        """Notes what a spelling asks for, all headers of the answer, and the route; a long one is not worth it."""
        if sum(map(len, spelling)) > _MAX_SPELLING_BYTES or key not in self._kept:
            return
        self._spellings[spelling] = (key, headers, route)
        if len(self._spellings) > _MAX_SPELLINGS:
            self._spellings.popitem(last=False)

    def answer_to(self, spelling: Spelling) -> tuple[RawHeaders, bytes, str] | None:
        """Headers, body and route for a spelling that was met before, as long as its representation is kept."""
        known = self._spellings.get(spelling)
        found = None if known is None else self.get(known[0])
        if known is None or found is None:
            return None
        self._spellings.move_to_end(spelling)
        return known[1], found.body, known[2]
