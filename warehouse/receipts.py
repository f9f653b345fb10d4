"""Receipts: what became of each file, as stored in the lake and as shown to a sender."""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass, field
from datetime import datetime
from typing import Any

import pyarrow as pa

from warehouse import lake
from warehouse.connect import connect, fetched
from warehouse.failpoint import failpoint
from warehouse.settings import Settings
from warehouse.uploads import upload_of

__all__ = [
    "Problem",
    "Receipt",
    "answered_envelopes",
    "batch_of_envelope",
    "is_committed",
    "is_taken_apart",
    "receipts",
    "receipts_inside",
    "receipts_of_batch",
    "receipts_of_upload",
    "store_receipt",
]

# Every receipt is a file of its own at first, and every run reads them all.
_MOST_FILES = 64
_FULL_BYTES = 1024 * 1024
_HOLDS_FIRST = (
    "outcome NOT IN ('accepted', 'accepted_with_quarantine'), outcome = 'rejected', coalesce(replay_no, 0) DESC,"
    " committed_at, attempt_id"
)


@dataclass(frozen=True)
class Problem:
    """One thing that a sender can act on: where it stands, which rule, what was found, what to do."""

    rule: str
    message_zh: str
    message_en: str
    sheet: str | None = None
    row: int | None = None
    column: str | None = None
    found: str | None = None


@dataclass(frozen=True)
class Receipt:
    """What became of one file. rows_read = accepted + quarantined + continuation + duplicate, always.

    outcome: accepted, accepted_with_quarantine, rejected or duplicate (the same batch was committed before).
    """

    envelope_id: str
    batch_id: str
    feed: str
    file_name: str
    sha256: str
    outcome: str
    received_at: datetime
    committed_at: datetime
    contract_version: str
    rules_version: str
    rows_read: int = 0
    rows_accepted: int = 0
    rows_quarantined: int = 0
    rows_continuation: int = 0
    rows_duplicate: int = 0
    n_samples: int = 0
    problems: tuple[Problem, ...] = ()
    parent_batch_id: str | None = None
    attempt_id: str | None = None
    supersedes_batch_id: str | None = None
    replay_no: int | None = None
    notices: tuple[tuple[str, str], ...] = ()
    quarters: tuple[str, ...] = ()
    sidecar: dict[str, Any] | None = None
    encoding: str | None = None
    timings: dict[str, float] = field(default_factory=dict)

    def __post_init__(self) -> None:
        parts = self.rows_accepted + self.rows_quarantined + self.rows_continuation + self.rows_duplicate
        if parts != self.rows_read:
            raise ValueError(f"{self.file_name}: {self.rows_read} rows read but {parts} accounted for")

    def public(self) -> dict[str, Any]:
        """The receipt as a sender sees it, ready for JSON."""
        shown = (
            "batch_id", "parent_batch_id", "feed", "file_name", "sha256", "outcome", "rows_read", "rows_accepted",
            "rows_quarantined", "rows_continuation", "rows_duplicate", "n_samples",
        )  # fmt: skip
        return {name: getattr(self, name) for name in shown} | {
            "problems": [asdict(problem) for problem in self.problems],
            "received_at": self.received_at.isoformat(),
            "contract_version": self.contract_version,
        }


def store_receipt(settings: Settings, receipt: Receipt) -> None:
    """Append the receipt; from this commit on its attempt's rows count."""
    values = {name: getattr(receipt, name) for name in lake.schema("receipts").names}
    values["problems"] = json.dumps([asdict(problem) for problem in receipt.problems], ensure_ascii=False)
    values["notices"] = [{"notice_key": key, "half": half} for key, half in receipt.notices]
    values["quarters"] = list(receipt.quarters)
    values["sidecar"] = None if receipt.sidecar is None else json.dumps(receipt.sidecar, ensure_ascii=False)
    values["timings"] = json.dumps(receipt.timings)
    lake.append(settings, "receipts", pa.Table.from_pylist([values], schema=lake.schema("receipts")))
    failpoint("commit.receipt")
    lake.compact(settings, "receipts", most_files=_MOST_FILES, full_bytes=_FULL_BYTES)


def answered_envelopes(settings: Settings) -> set[str]:
    """Envelopes that have a receipt."""
    return {row[0] for row in _query(settings, "SELECT DISTINCT envelope_id FROM {receipts}")}


def is_committed(settings: Settings, batch_id: str) -> bool:
    """Whether a receipt makes this batch count already."""
    return bool(
        _query(
            settings,
            "SELECT 1 FROM {receipts} WHERE batch_id = $batch_id AND attempt_id IS NOT NULL LIMIT 1",
            batch_id=batch_id,
        )
    )


def is_taken_apart(settings: Settings, batch_id: str) -> bool:
    """Whether a ZIP of this content was taken apart before; its own receipt has no attempt, for it has no rows."""
    return bool(
        _query(
            settings,
            "SELECT 1 FROM {receipts} WHERE batch_id = $batch_id AND outcome = 'accepted' LIMIT 1",
            batch_id=batch_id,
        )
    )


def batch_of_envelope(settings: Settings, envelope_id: str) -> str | None:
    """The batch that an envelope became, None while it has no receipt."""
    found = _query(
        settings,
        "SELECT batch_id FROM {receipts} WHERE envelope_id = $envelope_id"
        " ORDER BY outcome = 'rejected', committed_at, attempt_id LIMIT 1",
        envelope_id=envelope_id,
    )
    return found[0][0] if found else None


def receipts(settings: Settings) -> list[Receipt]:
    """All receipts, oldest first."""
    with connect(settings) as connection:
        table = connection.sql(
            f"SELECT * FROM {lake.scan(settings, connection, 'receipts')} "  # noqa: S608 - our own name
            "ORDER BY committed_at, envelope_id"
        ).to_arrow_table()
    return [_receipt(values) for values in table.to_pylist()]


def receipts_of_upload(settings: Settings, upload_id: str) -> list[Receipt]:
    """The receipts of what came over the network under this id: its own, the one that holds first, then those of a
    ZIP's files.
    """
    found = _read(
        settings, f"contains(sidecar, $upload_id) ORDER BY length(envelope_id), {_HOLDS_FIRST}", upload_id=upload_id
    )
    return [each for each in found if upload_of(each.sidecar).get("id") == upload_id]


def receipts_of_batch(settings: Settings, batch_id: str) -> list[Receipt]:
    """Every receipt that names the batch, the one that holds first."""
    return _read(settings, f"batch_id = $batch_id ORDER BY {_HOLDS_FIRST}", batch_id=batch_id)


def receipts_inside(settings: Settings, receipt: Receipt) -> list[Receipt]:
    """One receipt for each file of this drop of a ZIP, as they stand in it."""
    return _read(
        settings,
        "parent_batch_id = $batch_id AND starts_with(envelope_id, $drop)"
        f" QUALIFY row_number() OVER (PARTITION BY envelope_id ORDER BY {_HOLDS_FIRST}) = 1 ORDER BY envelope_id",
        batch_id=receipt.batch_id,
        drop=f"{receipt.envelope_id}-",
    )


def _read(settings: Settings, which: str, **parameters: str) -> list[Receipt]:
    with connect(settings) as connection:
        text = f"SELECT * FROM {lake.scan(settings, connection, 'receipts')} WHERE {which}"  # noqa: S608 - our own
        table = fetched(connection, text, parameters)
    return [_receipt(values) for values in table.to_pylist()]


def _receipt(values: dict[str, Any]) -> Receipt:
    notices = tuple((entry["notice_key"], entry["half"]) for entry in values["notices"] or [])
    return Receipt(
        **values
        | {
            "problems": tuple(Problem(**problem) for problem in json.loads(values["problems"])),
            "notices": notices,
            "quarters": tuple(values["quarters"] or []),
            "sidecar": None if values["sidecar"] is None else json.loads(values["sidecar"]),
            "timings": json.loads(values["timings"]),
        }
    )


def _query(settings: Settings, statement: str, **parameters: str) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        text = statement.format(receipts=lake.scan(settings, connection, "receipts"))
        return list(connection.execute(text, parameters).fetchall())
