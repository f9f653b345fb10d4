"""What became of a file, for its sender: its receipt, or that it still waits.

A file goes from landing to a claim, from there into the archive, and then has a receipt; it is looked for in that
order, so that one that moves on meanwhile is never missed.
"""

from __future__ import annotations

import contextlib
import json
import os
import stat
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from warehouse.archive import EnvelopeDamagedError, envelope_ids, read_envelope
from warehouse.landing import SIDECAR_SUFFIX
from warehouse.receipts import Receipt, answered_envelopes, receipts_inside, receipts_of_batch, receipts_of_upload
from warehouse.settings import Settings
from warehouse.uploads import is_upload_id, upload_of

__all__ = ["Answer", "ask", "keys_of_batch"]

_MOST_BYTES = 2 * 1024 * 1024


@dataclass(frozen=True)
class Answer:
    """The receipt and those of a ZIP's files; no receipt: the file waits. keys: names of the keys it was sent with."""

    receipt: Receipt | None
    inside: tuple[Receipt, ...]
    keys: frozenset[str]


def ask(settings: Settings, asked: str) -> Answer | None:
    """What is known under the id of an upload or of a batch; None where there is nothing of that id."""
    if not is_upload_id(asked):
        found = receipts_of_batch(settings, asked)
        return _answered(settings, found, found)
    if answer := _of_upload(settings, asked):
        return answer
    waiting = next((each for each in _waiting(settings, asked) if each.get("id") == asked), None)
    if waiting is not None:
        return Answer(None, (), frozenset({str(waiting.get("key"))}))
    return _of_upload(settings, asked)


def keys_of_batch(settings: Settings, batch_id: str) -> frozenset[str] | None:
    """Names of the keys that the batch was sent with; None where no receipt names it."""
    found = receipts_of_batch(settings, batch_id)
    return _keys(found) if found else None


def _of_upload(settings: Settings, upload_id: str) -> Answer | None:
    """What it became; who sent it is told by its own receipt alone, not by those of a ZIP's files."""
    found = receipts_of_upload(settings, upload_id)
    return _answered(settings, found, found[:1])


def _answered(settings: Settings, found: list[Receipt], own: list[Receipt]) -> Answer | None:
    if not found:
        return None
    return Answer(found[0], tuple(receipts_inside(settings, found[0])), _keys(own))


def _keys(found: list[Receipt]) -> frozenset[str]:
    return frozenset(str(upload["key"]) for each in found if "key" in (upload := upload_of(each.sidecar)))


def _waiting(settings: Settings, upload_id: str) -> Iterator[dict[str, Any]]:
    """How the files came that have no receipt yet; of those in landing and in claims, whose side-car names the id."""
    for path in settings.landing.glob(f"*/*{SIDECAR_SUFFIX}"):
        yield _said(path, upload_id)
    for path in (settings.work / "claims").glob("*/sidecar"):
        yield _said(path, upload_id)
    listed = envelope_ids(settings)  # before the receipts, or one that is answered meanwhile would wait
    answered = answered_envelopes(settings)
    for envelope_id in reversed(listed):
        if envelope_id not in answered:
            with contextlib.suppress(EnvelopeDamagedError):  # `verify` tells of it; the others are asked for as well
                yield upload_of(read_envelope(settings, envelope_id).sidecar)


def _said(path: Path, upload_id: str) -> dict[str, Any]:
    try:
        if not stat.S_ISREG(os.lstat(path).st_mode):  # a pipe would keep us waiting
            return {}
        with path.open("rb") as file:
            raw = file.read(_MOST_BYTES)
        if upload_id.encode() not in raw:
            return {}
        said = json.loads(raw)
    except (OSError, ValueError, RecursionError):  # it moved on, or is a sender's and will be answered as such
        return {}
    return upload_of(said) if isinstance(said, dict) else {}
