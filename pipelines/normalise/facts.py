"""Facts from outside the table: what the side-car declares, and what titles and names say."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from pipelines.normalise.dates import date_of
from pipelines.normalise.header_words import column_of
from pipelines.normalise.words import level_of, sampling_type_of
from warehouse.contract import Contract
from warehouse.uploads import UPLOAD_KEY

__all__ = ["PROVENANCE_KEYS", "SIDECAR_KEYS", "Sidecar", "SidecarError", "parse_sidecar"]

SIDECAR_KEYS = (
    "sender", "publisher", "notice_no", "published_on", "sampling_type", "level", "columns", "corrects", "mode",
    "verdicts", "complete",
)  # fmt: skip
# Who sent it and how: never part of what a batch is.
PROVENANCE_KEYS = frozenset({"sender", UPLOAD_KEY})
_VERDICTS = ("together", "split", "failures_only")
_MODES = ("amend", "replace")
_LEFT_OUT = ("", "-")


class SidecarError(ValueError):
    """The side-car says something that can't be used; the message names key and remedy."""


@dataclass(frozen=True)
class Sidecar:
    """What `<file>.meta.json` declares; None or False where it is silent."""

    publisher: str | None = None
    notice_no: str | None = None
    published_on: str | None = None
    sampling_type: str | None = None
    level: str | None = None
    columns: dict[str, str] | list[str] | None = None
    corrects: str | None = None
    correction: str = "none"
    verdicts: str | None = None
    complete: bool = False


def parse_sidecar(feed_contract: Contract, content: dict[str, Any] | None) -> Sidecar:
    """The declared facts, checked. Raises SidecarError."""
    if content is None:
        return Sidecar()
    if unknown := sorted(set(content) - {*SIDECAR_KEYS, UPLOAD_KEY}):
        raise SidecarError(f"{', '.join(unknown)}? ({', '.join(SIDECAR_KEYS)})")
    _text(content, "sender")  # who sent it is no part of what is read, but must be text
    published_on = _text(content, "published_on")
    if published_on is not None and date_of(published_on) is None:
        raise SidecarError(f"published_on={published_on} (2026-03-31)")
    corrects, correction = _correction(content)
    return Sidecar(
        publisher=_text(content, "publisher"),
        notice_no=_text(content, "notice_no"),
        published_on=published_on,
        sampling_type=_worded(content, "sampling_type", lambda text: sampling_type_of(feed_contract, text)),
        level=_worded(content, "level", lambda text: level_of(feed_contract, text)),
        columns=_columns(feed_contract, content.get("columns")),
        corrects=corrects,
        correction=correction,
        verdicts=_one_of(content, "verdicts", _VERDICTS),
        complete=_boolean(content, "complete"),
    )


def _text(content: dict[str, Any], key: str) -> str | None:
    value = content.get(key)
    if value is None or isinstance(value, str):
        return value.strip() or None if value else None
    raise SidecarError(f"{key}={value!r} (text)")


def _worded(content: dict[str, Any], key: str, read: Any) -> str | None:
    text = _text(content, key)
    if text is None:
        return None
    code = read(text)
    if code is None:
        raise SidecarError(f"{key}={text}")
    return str(code)


def _one_of(content: dict[str, Any], key: str, allowed: tuple[str, ...]) -> str | None:
    text = _text(content, key)
    if text is not None and text not in allowed:
        raise SidecarError(f"{key}={text} ({', '.join(allowed)})")
    return text


def _boolean(content: dict[str, Any], key: str) -> bool:
    value = content.get(key, False)
    if not isinstance(value, bool):
        raise SidecarError(f"{key}={value!r} (true, false)")
    return value


def _correction(content: dict[str, Any]) -> tuple[str | None, str]:
    """What is corrected and how: "NO", or {"notice_no" | "batch_id": "NO", "mode": "amend" | "replace"}."""
    value = content.get("corrects")
    mode = content.get("mode")
    if isinstance(value, dict):
        mode = value.get("mode", mode)
        value = value.get("notice_no") or value.get("batch_id")
    if mode is not None and mode not in _MODES:
        raise SidecarError(f"mode={mode} ({', '.join(_MODES)})")
    if value is None:
        if mode is not None:
            raise SidecarError(f"mode={mode}: corrects?")
        return None, "none"
    if not isinstance(value, str) or not value.strip():
        raise SidecarError(f"corrects={value!r} (notice_no)")
    return value.strip(), mode or "amend"


def _columns(feed_contract: Contract, value: Any) -> dict[str, str] | list[str] | None:
    if value is None:
        return None
    names = list(value.values()) if isinstance(value, dict) else value
    if not isinstance(names, list) or not all(isinstance(name, str) for name in names):
        raise SidecarError("columns ({header: column} / [column, …])")
    meant = [_column(feed_contract, name) for name in names]
    unknown = [name for name, column in zip(names, meant, strict=True) if column is None]
    if unknown or (isinstance(value, dict) and "" in meant):
        raise SidecarError(f"columns: {', '.join(unknown) or '-'}? ({', '.join(feed_contract.names)})")
    if twice := sorted({name for name in meant if name and meant.count(name) > 1}):
        raise SidecarError(f"columns: {', '.join(twice)} × 2")
    return (
        dict(zip(map(str, value), map(str, meant), strict=True)) if isinstance(value, dict) else list(map(str, meant))
    )


def _column(feed_contract: Contract, name: str) -> str | None:
    """The contract column meant by its name or by a header; empty for one that is left out, None for an unknown one."""
    return "" if name.strip() in _LEFT_OUT else column_of(feed_contract.feed, name)
