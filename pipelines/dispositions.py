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
from warehouse.failpoint import failpoint
from warehouse.landing import drop
from warehouse.receipts import Problem, Receipt, store_receipt
from warehouse.reviews import ACTIONS
from warehouse.settings import Settings

__all__ = ["KINDS", "complete_notice", "take_dispositions"]

REVIEWS = tuple(f"warning_{action}" for action in ACTIONS)
OUTCOMES = {"reinspection": ("pending", "upheld", "overturned"), "objection": ("disputed", "upheld", "disowned")}
KINDS = ("notice_complete", *REVIEWS, *OUTCOMES)
_VERSION = "1.0.0"
_MOST_BYTES = 1024 * 1024
_LONGEST_SHOWN = 200


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
    """Append the decisions of one file, then its receipt; a file that says something else is rejected.

    A run that dies in between appends the same rows again when it is repeated. That changes nothing in effect:
    disposition_id is the hash of a decision's content, and what reads decisions takes each subject or id once.
    """
    problems: tuple[Problem, ...] = ()
    rows: list[dict[str, Any]] = []
    try:
        rows = _rows(object_path(settings, envelope.sha256), envelope)
    except _Wrong as wrong:
        problems = (wrong.problem(),)
    lake.append(settings, "dispositions", pa.Table.from_pylist(rows, schema=lake.schema("dispositions")))
    failpoint("commit.dispositions")
    receipt = Receipt(
        envelope_id=envelope.envelope_id,
        batch_id=hashlib.sha256(f"dispositions{envelope.sha256}".encode()).hexdigest()[:32],
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
        sidecar=envelope.sidecar,
    )
    store_receipt(settings, receipt)
    return receipt


class _Wrong(Exception):  # noqa: N818 - it becomes a problem of the receipt
    """What is wrong with a decision, in both languages, and what stands there."""

    def __init__(self, zh: str, en: str, found: object = None) -> None:
        super().__init__(en)
        self.zh, self.en = zh, en
        # Whatever a sender wrote must go into the lake: short, and text.
        shown = str(found)[:_LONGEST_SHOWN].encode(errors="backslashreplace").decode()
        self.found = None if found is None else shown

    def problem(self) -> Problem:
        found_zh, found_en = (f"（{self.found}）", f" ({self.found})") if self.found is not None else ("", "")
        return Problem(
            rule="DS-001",
            message_zh=f"决定文件有误：{self.zh}{found_zh}。须为 JSON 对象，含 kind、feed、subject、decided_by、"
            "decided_at，可含 reason。",
            message_en=f"The decision can't be used: {self.en}{found_en}. It must be a JSON object with kind, feed, "
            "subject, decided_by and decided_at; it may have a reason.",
            found=self.found,
        )


def _rows(path: Path, envelope: Envelope) -> list[dict[str, Any]]:
    size = path.stat().st_size
    if size > _MOST_BYTES:
        raise _Wrong("超过 1 MiB", "it is larger than 1 MiB", f"{size} bytes")
    try:
        loaded = json.loads(path.read_bytes(), parse_constant=_no_constant)
    except RecursionError as error:
        raise _Wrong("嵌套过深", "it is nested too deeply") from error
    except ValueError as error:
        raise _Wrong("不是 JSON", "it is no JSON", error) from error
    entries = loaded if isinstance(loaded, list) else [loaded]
    if not entries:
        raise _Wrong("没有任何决定", "it holds no decision")
    return [_row(entry, envelope) for entry in entries]


def _row(entry: object, envelope: Envelope) -> dict[str, Any]:
    if not isinstance(entry, dict):
        raise _Wrong("不是对象", "that is no object", entry)
    row: dict[str, Any] = {name: _text(entry, name) for name in ("kind", "feed", "subject", "decided_by")}
    for name, known in (("kind", KINDS), ("feed", feeds())):
        if row[name] not in known:
            raise _Wrong(f"{name} 须为 {'、'.join(known)} 之一", f"{name} must be one of {', '.join(known)}", row[name])
    if row["kind"] not in REVIEWS and not _is_batch_id(row["subject"]):
        row["subject"] = key_of(row["subject"])
    row["decided_at"] = _instant(_text(entry, "decided_at"))
    row["reason"] = None if entry.get("reason") is None else _text(entry, "reason")
    row["outcome"] = _outcome(entry) if row["kind"] in OUTCOMES else None
    row["details"] = _details(entry) if row["kind"] in REVIEWS else None
    row["disposition_id"] = _content_hash(entry)
    row["envelope_id"] = envelope.envelope_id
    return row


def _outcome(entry: dict[str, Any]) -> str:
    outcome, known = _text(entry, "outcome"), OUTCOMES[entry["kind"]]
    if outcome not in known:
        raise _Wrong(f"outcome 须为 {'、'.join(known)} 之一", f"outcome must be one of {', '.join(known)}", outcome)
    return outcome


def _details(entry: dict[str, Any]) -> str:
    """What a decision on a warning says beside who, when and why: the samples it is about, and texts."""
    samples = entry.get("samples")
    if not isinstance(samples, list) or not samples or not all(isinstance(key, str) and key for key in samples):
        raise _Wrong("samples 须列出批次标识", "samples must list the keys of the warning's samples", samples)
    texts = ("advice_zh", "advice_en", "reason_en")
    details = {name: _text(entry, name) for name in texts if entry.get(name) is not None}
    if entry["kind"] == "warning_edit" and not details.keys() & {"advice_zh", "advice_en"}:
        raise _Wrong("修改须含 advice_zh 或 advice_en", "an edit must have advice_zh or advice_en")
    if entry["kind"] in ("warning_hold", "warning_withdraw"):
        _text(entry, "reason")
    return json.dumps(details | {"samples": samples}, ensure_ascii=False)


def _text(entry: dict[str, Any], name: str) -> str:
    value = entry.get(name)
    if not isinstance(value, str) or not value.strip():
        raise _Wrong(f"{name} 须为文字", f"{name} must be text", value)
    try:
        value.encode()
    except UnicodeEncodeError as error:
        raise _Wrong(f"{name} 含有不成字的编码", f"{name} holds half a character", value) from error
    return value


def _instant(text: str) -> datetime:
    try:
        instant = datetime.fromisoformat(text)
        if instant.tzinfo is None:
            raise ValueError(text)
        return instant.astimezone(UTC)
    except (ValueError, OverflowError) as error:
        raise _Wrong(
            "decided_at 须为带时区的时间，如 2026-05-01T09:00:00+08:00",
            "decided_at must be an instant with its offset, e.g. 2026-05-01T09:00:00+08:00",
            text,
        ) from error


def _content_hash(entry: dict[str, Any]) -> str:
    """Over all that was written, also what isn't understood here."""
    try:
        content = json.dumps(entry, ensure_ascii=False, sort_keys=True)
        return hashlib.sha256(content.encode()).hexdigest()[:32]
    except RecursionError as error:
        raise _Wrong("嵌套过深", "it is nested too deeply") from error
    except UnicodeEncodeError as error:
        raise _Wrong("含有不成字的编码", "it holds half a character") from error


def _no_constant(name: str) -> None:
    raise ValueError(name)


def _is_batch_id(text: str) -> bool:
    return len(text) == 32 and all(character in "0123456789abcdef" for character in text)
