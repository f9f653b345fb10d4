"""Office decisions as input: a JSON file in landing/dispositions becomes rows of the lake like any other drop.

So a decision survives a rebuild from the archive.
"""

from __future__ import annotations

import hashlib
import json
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from pipelines.normalise.text import key_of
from warehouse import lake
from warehouse.archive import Envelope, object_path
from warehouse.contract import feeds
from warehouse.landing import drop
from warehouse.receipts import Problem, Receipt, store_receipt
from warehouse.settings import Settings

__all__ = ["KINDS", "complete_notice", "take_dispositions"]

KINDS = ("notice_complete",)
_VERSION = "1.0.0"


def complete_notice(settings: Settings, feed: str, notice: str, *, decided_by: str, reason: str | None) -> Path:
    """Put the decision that a notice has no further part into landing; returns where it lies."""
    decision = {
        "kind": "notice_complete",
        "feed": feed,
        "subject": notice,
        "decided_by": decided_by,
        "decided_at": datetime.now(UTC).isoformat(),
        "reason": reason,
    }
    content = json.dumps(decision, ensure_ascii=False).encode()
    return drop(settings, "dispositions", f"notice_complete-{hashlib.sha256(content).hexdigest()[:10]}.json", content)


def take_dispositions(settings: Settings, envelope: Envelope) -> Receipt:
    """Append the decisions of one file, then its receipt; a file that says something else is rejected."""
    content = object_path(settings, envelope.sha256).read_bytes()
    problems: tuple[Problem, ...] = ()
    rows: list[dict[str, Any]] = []
    try:
        loaded = json.loads(content)
        entries = loaded if isinstance(loaded, list) else [loaded]
        rows = [_row(entry, envelope) for entry in entries]
    except (ValueError, KeyError, TypeError) as error:
        problems = (
            Problem(
                rule="DS-001",
                message_zh=f"决定文件有误（{error}）。须为 JSON 对象，含 kind、feed、subject、decided_by、decided_at。",
                message_en=f"The decision can't be used ({error}). It must be a JSON object with kind, feed, subject, "
                "decided_by and decided_at.",
                found=str(error),
            ),
        )
    lake.append(settings, "dispositions", pa.Table.from_pylist(rows, schema=lake.schema("dispositions")))
    receipt = Receipt(
        envelope_id=envelope.envelope_id,
        batch_id=hashlib.sha256(b"dispositions" + content).hexdigest()[:32],
        feed=envelope.feed,
        file_name=envelope.file_name,
        sha256=envelope.sha256,
        outcome="rejected" if problems else "accepted",
        received_at=envelope.received_at,
        committed_at=datetime.now(UTC),
        contract_version=_VERSION,
        rules_version=_VERSION,
        rows_read=len(rows),
        rows_accepted=len(rows),
        problems=problems,
    )
    store_receipt(settings, receipt)
    return receipt


def _row(entry: dict[str, Any], envelope: Envelope) -> dict[str, Any]:
    if entry["kind"] not in KINDS:
        raise ValueError(f"kind={entry['kind']} ({', '.join(KINDS)})")
    if entry["feed"] not in feeds():
        raise ValueError(f"feed={entry['feed']} ({', '.join(feeds())})")
    row = {name: entry.get(name) for name in ("feed", "kind", "decided_by", "reason")}
    row["subject"] = key_of(entry["subject"]) if not _is_batch_id(entry["subject"]) else entry["subject"]
    row["decided_at"] = datetime.fromisoformat(entry["decided_at"])
    content = json.dumps(entry, ensure_ascii=False, sort_keys=True)
    row["disposition_id"] = hashlib.sha256(content.encode()).hexdigest()[:32]
    row["envelope_id"] = envelope.envelope_id
    return row


def _is_batch_id(text: str) -> bool:
    return len(text) == 32 and all(character in "0123456789abcdef" for character in text)
