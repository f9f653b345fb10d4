"""Commit: a judged batch goes into the lake under a fresh attempt; its receipt comes last and makes it count."""

from __future__ import annotations

import json
import uuid
from collections import Counter
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from expectations.rules import RULES_VERSION
from pipelines.normalise.batch import Normalised
from pipelines.quarantined import QuarantinedRow, quarantined_rows
from pipelines.receive import locked
from pipelines.sql import statement
from warehouse import lake
from warehouse.archive import Envelope
from warehouse.connect import Connection, connect
from warehouse.contract import Contract
from warehouse.failpoint import failpoint
from warehouse.lake_copy import append_query
from warehouse.receipts import Problem, Receipt, batch_of_envelope, is_taken_apart, store_receipt
from warehouse.settings import Settings

__all__ = ["commit", "commit_archive", "commit_duplicate", "commit_rejection", "samples_of", "superseded_batch"]

# A receipt that listed a million rows would help nobody; the last entry says how many more there are.
MOST_PROBLEMS_IN_RECEIPT = 1000


@dataclass(frozen=True)
class _Quarantined:
    rows: pa.Table
    problems: tuple[Problem, ...]


def commit(
    settings: Settings,
    envelope: Envelope,
    feed_contract: Contract,
    batch: Normalised,
    database: Path,
    *,
    encoding: str,
    timings: dict[str, float],
    replay_no: int | None = None,
) -> Receipt:
    """Append the batch's samples and quarantined rows, then its receipt; returns the receipt.

    replay_no: how often the batch was worked off before; then this attempt counts instead of those.
    A run that dies in between leaves an attempt without receipt, which no reader counts.
    """
    attempt_id = uuid.uuid4().hex
    # While this is held the rows are no waste, however long the receipt takes: see pipelines/maintain.py.
    with locked(settings, f"attempt-{attempt_id}"):
        with connect(settings, database) as connection:
            quarantined = _quarantined(connection, envelope, feed_contract, batch, attempt_id)
            counts = _counts(connection, batch.notice)
            told = _told_of_samples(settings, envelope, batch, attempt_id)
            append_query(settings, connection, "samples", statement("samples"), told)
        failpoint("commit.samples")
        lake.append(settings, "quarantine", quarantined.rows)
        failpoint("commit.quarantine")
        receipt = Receipt(
            **_provenance(settings, envelope, feed_contract, batch.batch_id),
            **counts,
            attempt_id=attempt_id,
            outcome="accepted_with_quarantine" if counts["rows_quarantined"] else "accepted",
            n_samples=counts["rows_accepted"],
            problems=_shortened(batch.batch_id, (*batch.problems, *quarantined.problems)),
            encoding=encoding,
            timings=timings,
            replay_no=replay_no,
        )
        store_receipt(settings, receipt)
    return receipt


def commit_rejection(
    settings: Settings,
    envelope: Envelope,
    batch_id: str,
    problems: tuple[Problem, ...],
    *,
    feed_contract: Contract | None,
    rows_read: int = 0,
) -> Receipt:
    """The receipt of a file that can't be used as a whole; its bytes stay in the archive."""
    receipt = Receipt(
        **_provenance(settings, envelope, feed_contract, batch_id),
        outcome="rejected",
        rows_read=rows_read,
        rows_quarantined=rows_read,
        problems=_shortened(batch_id, problems),
    )
    store_receipt(settings, receipt)
    return receipt


def commit_duplicate(
    settings: Settings, envelope: Envelope, feed_contract: Contract, batch: Normalised, *, encoding: str
) -> Receipt:
    """The receipt of a file whose batch counts already; it changes nothing."""
    receipt = Receipt(
        **_provenance(settings, envelope, feed_contract, batch.batch_id),
        outcome="duplicate",
        rows_read=batch.rows.num_rows,
        rows_duplicate=batch.rows.num_rows,
        problems=batch.problems,
        encoding=encoding,
    )
    store_receipt(settings, receipt)
    return receipt


def commit_archive(
    settings: Settings, envelope: Envelope, feed_contract: Contract, batch_id: str, problems: tuple[Problem, ...]
) -> Receipt:
    """The receipt of a ZIP whose files await receipts of their own; it counts no row, and a repeated one is known."""
    receipt = Receipt(
        **_provenance(settings, envelope, feed_contract, batch_id),
        outcome="duplicate" if is_taken_apart(settings, batch_id) else "accepted",
        problems=_shortened(batch_id, problems),
        encoding="zip",
    )
    store_receipt(settings, receipt)
    return receipt


def superseded_batch(settings: Settings, envelope: Envelope) -> str | None:
    """The batch that this envelope puts another in the place of: what the envelope it supersedes became."""
    if envelope.supersedes_envelope_id is None:
        return None
    return batch_of_envelope(settings, envelope.supersedes_envelope_id)


def _provenance(
    settings: Settings, envelope: Envelope, feed_contract: Contract | None, batch_id: str
) -> dict[str, Any]:
    superseded = superseded_batch(settings, envelope)
    parent = envelope.parent_envelope_id
    return {
        "envelope_id": envelope.envelope_id,
        "batch_id": batch_id,
        "parent_batch_id": None if parent is None else batch_of_envelope(settings, parent),
        "feed": envelope.feed,
        "file_name": envelope.file_name,
        "sha256": envelope.sha256,
        "received_at": envelope.received_at,
        "committed_at": datetime.now(UTC),
        "contract_version": feed_contract.version if feed_contract else "",
        "rules_version": RULES_VERSION,
        "sidecar": envelope.sidecar,
        "supersedes_batch_id": superseded if superseded != batch_id else None,
    }


def samples_of(
    settings: Settings, connection: Connection, envelope: Envelope, batch: Normalised, attempt_id: str
) -> pa.Table:
    """The accepted samples of a judged batch, as the lake's table wants them; the connection is on its database."""
    told = _told_of_samples(settings, envelope, batch, attempt_id)
    samples: pa.Table = connection.sql(statement("samples"), params=told).to_arrow_table()
    return samples


def _told_of_samples(settings: Settings, envelope: Envelope, batch: Normalised, attempt_id: str) -> dict[str, Any]:
    """What holds for every sample of a batch."""
    return {
        "feed": envelope.feed,
        "provinces": list(settings.provinces),
        "is_notice_complete": batch.is_complete,
        "correction": batch.sidecar.correction,
        "corrects": batch.sidecar.corrects,
        "notice": batch.notice,
        "batch_id": batch.batch_id,
        "attempt_id": attempt_id,
        "file_name": envelope.file_name,
        "sha256": envelope.sha256,
        "received_at": envelope.received_at,
    }


def _counts(connection: Connection, notice: str) -> dict[str, Any]:
    result = connection.execute(statement("counts"), {"notice": notice})
    names = [column[0] for column in result.description or []]
    (values,) = result.fetchall()
    counts = dict(zip(names, values, strict=True))
    notices = sorted((entry["notice_key"], entry["half"]) for entry in counts["notices"] or [])
    return counts | {"notices": tuple(notices), "quarters": tuple(counts["quarters"] or [])}


def _quarantined(
    connection: Connection, envelope: Envelope, feed_contract: Contract, batch: Normalised, attempt_id: str
) -> _Quarantined:
    found = quarantined_rows(connection, batch, feed_contract)
    raw = _raw_rows(found, batch)
    rows = [
        values
        | {
            "feed": envelope.feed,
            "batch_id": batch.batch_id,
            "attempt_id": attempt_id,
            "column_name": problem.column,
            "message_zh": problem.message_zh,
            "message_en": problem.message_en,
            "raw": raw[values["sheet"], values["source_row"]],
            "file_name": envelope.file_name,
            "received_at": envelope.received_at,
        }
        for values, problem in ((row.values, row.problem) for row in found)
    ]
    to_blame = tuple(row.problem for row in found if row.is_to_blame)
    return _Quarantined(pa.Table.from_pylist(rows, schema=lake.schema("quarantine")), to_blame)


def _raw_rows(found: list[QuarantinedRow], batch: Normalised) -> dict[tuple[str, int], str]:
    """The quarantined rows as read: JSON of header → cell."""
    wanted: dict[str, list[int]] = {}
    for row in found:
        wanted.setdefault(row.values["sheet"], []).append(row.values["source_row"])
    raw: dict[tuple[str, int], str] = {}
    for name, numbers in wanted.items():
        sheet, header = batch.sheets[name]
        titles = _distinct_titles(header.titles, sheet.width)
        is_wanted = pc.is_in(sheet.table["row_no"], value_set=pa.array(numbers, pa.int64()))
        for read in sheet.table.filter(is_wanted).to_pylist():
            cells = {titles[k]: read[f"c{k}"] for k in range(1, sheet.width + 1)}
            raw[name, read["row_no"]] = json.dumps(cells, ensure_ascii=False)
    return raw


def _distinct_titles(titles: dict[int, str], width: int) -> dict[int, str]:
    """A title a column; one that occurs again, or is blank, gets its column's number."""
    seen = Counter(titles.values())
    return {
        k: titles[k] if k in titles and seen[titles[k]] == 1 else f"{titles.get(k, '')} #{k}".strip()
        for k in range(1, width + 1)
    }


def _shortened(batch_id: str, problems: tuple[Problem, ...]) -> tuple[Problem, ...]:
    more = len(problems) - MOST_PROBLEMS_IN_RECEIPT
    if more <= 0:
        return problems
    rest = Counter(problem.rule for problem in problems[MOST_PROBLEMS_IN_RECEIPT:])
    counted = "、".join(f"{name} × {n}" for name, n in rest.most_common())
    last = Problem(
        rule="RC-001",
        message_zh=(
            f"另有 {more} 处问题未列出（{counted}）；隔离的行全部列于 /v1/quarantine/{batch_id}（用报送的密钥），"
            "或 choucha quarantine list。"
        ),
        message_en=(
            f"{more} more problems aren't listed here ({counted}); every row in quarantine is at "
            f"/v1/quarantine/{batch_id}, with the key it was sent with, or in choucha quarantine list."
        ),
    )
    return (*problems[:MOST_PROBLEMS_IN_RECEIPT], last)
