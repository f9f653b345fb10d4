"""A small builder of lake rows: tests state what matters to them, the rest has quiet defaults."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field, replace
from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from typing import Any

import pyarrow as pa

from warehouse import lake
from warehouse.settings import Settings

RECEIVED = datetime(2026, 6, 30, 9, tzinfo=UTC)

FINDING = {
    "item": "苯甲酸",
    "value_text": "1.5",
    "limit_text": "1.0",
    "unit": "g/kg",
    "operator": "<=",
    "standard": "GB 2760-2024",
    "hazard_code": "unknown",
    "raw": "苯甲酸║1.5g/kg║≤1.0g/kg",
}

SAMPLE: dict[str, Any] = {
    "feed": "food",
    "quarter": "2026Q2",
    "is_identity_derived": False,
    "sampling_type": "evaluation",
    "level": "provincial",
    "stage": "distribution",
    "province_code": "510000",
    "prefecture_code": "510100",
    "county_code": "unknown",
    "place_evidence": "address",
    "is_out_of_province": False,
    "category_code": "unknown",
    "category_2_code": "unknown",
    "product_name": "豆腐干",
    "sampled_unit_name": "成都某某超市有限公司",
    "is_natural_person": False,
    "producer_name": "四川某某食品有限公司",
    "producer_status": "named",
    "conclusion": "conforming",
    "n_points": 1,
    "findings": [],
    "notice_key": "notice",
    "half": "together",
    "half_has_place": True,
    "is_notice_complete": False,
    "correction": "none",
    "concluded_on": date(2026, 5, 10),
    "flags": [],
    "file_name": "f.csv",
    "sheet": "",
    "received_at": RECEIVED,
}


def sample(number: str, **given: Any) -> dict[str, Any]:
    """A report of sample `number`; a failure carries a finding unless told otherwise."""
    row = SAMPLE | {"sample_no": number, "source_rows": [int(sha256(number.encode()).hexdigest()[:4], 16)]} | given
    row.setdefault("sample_key", f"{row['feed']}-{number}")
    failed = row["conclusion"] == "nonconforming"
    row.setdefault("n_points_conforming", 0 if failed else row["n_points"])
    if failed and "findings" not in given:
        row["findings"] = [FINDING]
    said = {key: value for key, value in row.items() if key not in ("received_at", "source_rows", "file_name")}
    row.setdefault("content_hash", sha256(repr(sorted(said.items())).encode()).hexdigest())
    return row


@dataclass(frozen=True)
class Batch:
    """What one file brought: its samples, and what its receipt says beside them."""

    batch_id: str
    samples: tuple[dict[str, Any], ...]
    feed: str = "food"
    supersedes: str | None = None
    quarantine: tuple[dict[str, Any], ...] = ()
    outcome: str = "accepted"
    receipt: dict[str, Any] = field(default_factory=dict)
    measures: tuple[dict[str, Any], ...] = ()


def batch(batch_id: str, *samples: dict[str, Any], **given: Any) -> Batch:
    feed = given.pop("feed", samples[0]["feed"] if samples else "food")
    return Batch(batch_id, tuple(samples), feed=feed, **given)


def arrivals(drops: Iterable[tuple[Batch, str | None]]) -> list[Batch]:
    """Files as they come, each in the ZIP named beside it or alone; one that came before brings no rows again."""
    came: list[Batch] = []
    for each, archive in drops:
        is_first = each.batch_id not in {other.batch_id for other in came}
        first = each if is_first else replace(each, outcome="duplicate", samples=(), quarantine=())
        within: dict[str, Any] = {"parent_batch_id": archive} | ({} if is_first else {"attempt_id": None})
        came.append(replace(first, receipt=each.receipt | within))
    return came


class Lake:
    """Writes batches the way the commit stage does: rows under an attempt, the receipt last."""

    def __init__(self, settings: Settings) -> None:
        self.settings = settings
        self.n_attempts = 0

    def commit(self, *batches: Batch, receipt: bool = True, at: datetime | None = None) -> None:
        for each in batches:
            self.n_attempts += 1
            attempt = f"attempt-{self.n_attempts:06d}"
            self._rows("samples", [row | _origin(each, attempt) for row in each.samples])
            self._rows(
                "quarantine", [row | {"batch_id": each.batch_id, "attempt_id": attempt} for row in each.quarantine]
            )
            self._rows("measures", [row | _origin(each, attempt) for row in each.measures])
            if receipt:
                committed = at or RECEIVED + timedelta(seconds=self.n_attempts)
                lake.append(self.settings, "receipts", _table("receipts", [_receipt(each, attempt, committed)]))

    def dispose(
        self, kind: str, subject: str, feed: str = "food", *, outcome: str | None = None, at: datetime = RECEIVED
    ) -> None:
        self._rows(
            "dispositions",
            [
                {
                    "feed": feed,
                    "disposition_id": sha256(f"{feed}{kind}{subject}{outcome}{at}".encode()).hexdigest(),
                    "kind": kind,
                    "subject": subject,
                    "outcome": outcome,
                    "decided_at": at,
                    "envelope_id": "envelope",
                }
            ],
        )

    def _rows(self, table: str, rows: Iterable[dict[str, Any]]) -> None:
        if listed := list(rows):
            lake.append(self.settings, table, _table(table, listed))


def quarantined(sample_key: str | None, **given: Any) -> dict[str, Any]:
    defaults = {
        "feed": "food",
        "sheet": "",
        "source_row": 7,
        "rule": "FD-001",
        "column_name": "抽样编号",
        "found": "",
        "message_zh": "缺抽样编号",
        "message_en": "no sample number",
        "sample_key": sample_key,
        "sampling_type": "evaluation",
        "quarter": "2026Q2",
        "raw": "{}",
        "file_name": "f.csv",
        "received_at": RECEIVED,
    }
    return defaults | given


def measure(subject: str, kind: str, result: str, **given: Any) -> dict[str, Any]:
    """A measure on sample `subject` as an agency reports it."""
    defaults = {
        "feed": "food",
        "happened_on": date(2026, 6, 1),
        "authority": "某市场监督管理局",
        "file_name": "m.csv",
        "sheet": "",
        "source_row": 2,
        "received_at": RECEIVED,
    }
    return {"subject": subject, "kind": kind, "result": result} | defaults | given


def _origin(each: Batch, attempt: str) -> dict[str, str]:
    return {
        "batch_id": each.batch_id,
        "attempt_id": attempt,
        "sha256": sha256(each.batch_id.encode()).hexdigest(),
    }


def _receipt(each: Batch, attempt: str, committed: datetime) -> dict[str, Any]:
    notices = sorted({(row["notice_key"], row["half"]) for row in each.samples})
    return {
        "envelope_id": f"envelope-{attempt}",
        "batch_id": each.batch_id,
        "attempt_id": attempt,
        "supersedes_batch_id": each.supersedes,
        "feed": each.feed,
        "file_name": "f.csv",
        "sha256": sha256(each.batch_id.encode()).hexdigest(),
        "outcome": each.outcome,
        "rows_read": len(each.samples) + len(each.quarantine),
        "rows_accepted": len(each.samples),
        "rows_quarantined": len(each.quarantine),
        "rows_continuation": 0,
        "rows_duplicate": 0,
        "n_samples": len(each.samples),
        "problems": "[]",
        "notices": [{"notice_key": key, "half": half} for key, half in notices],
        "quarters": sorted({row["quarter"] for row in each.samples}),
        "contract_version": "1.0.0",
        "rules_version": "1",
        "timings": "{}",
        "received_at": RECEIVED,
        "committed_at": committed,
    } | each.receipt


def _table(name: str, rows: list[dict[str, Any]]) -> pa.Table:
    wanted = lake.schema(name)
    return pa.Table.from_arrays(
        [pa.array([row.get(column.name) for row in rows], column.type) for column in wanted], schema=wanted
    )
