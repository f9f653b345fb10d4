"""Normalise: the sheets of one file become the table `rows`, and the batch gets its id.

The only stage that gives meaning. The id is the hash of what was read and of the facts used from outside it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass, replace
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.derive import derive
from pipelines.normalise.facts import PROVENANCE_KEYS, Sidecar, SidecarError, parse_sidecar
from pipelines.normalise.feed_of_sheet import other_feed
from pipelines.normalise.halves import HALVES, half_has_place, halves, is_other_half_empty
from pipelines.normalise.headers import HeaderMatch, match_header
from pipelines.normalise.identity import identities
from pipelines.normalise.sheet_rows import SheetRows, sheet_rows
from pipelines.normalise.text import key_column
from pipelines.read import Document, Sheet
from pipelines.reading_problems import Unreadable, reading_problem
from warehouse.archive import Envelope
from warehouse.contract import Contract
from warehouse.office_time import OFFICE_TIME
from warehouse.receipts import Problem

__all__ = ["Normalised", "batch_id_of", "normalise"]


@dataclass(frozen=True)
class Normalised:
    """rows: table `rows` (see docs/architecture.md), with `identity`, the text that sample_key is the hash of.

    sheets: what was read, to show raw rows; problems: sheets that no contract knows; is_complete: the side-car says
    that the notice has no further part, or a sheet named for the other verdict is there and empty. notice: what stands
    for the notice where a row has no number.
    """

    batch_id: str
    rows: pa.Table
    sidecar: Sidecar
    sheets: dict[str, tuple[Sheet, HeaderMatch]]
    notice: str
    problems: tuple[Problem, ...] = ()
    is_complete: bool = False

    def with_rows_elsewhere(self) -> Normalised:
        """The same once the rows have been loaded: of them only the numbers stay, which is to free their memory."""
        return replace(self, rows=self.rows.select(["row_no"]))


def normalise(
    envelope: Envelope, document: Document, feed_contract: Contract, *, archive_batch: str | None = None
) -> Normalised:
    """The rows of a file in contract columns; archive_batch: the batch of the whole ZIP that it came
    in.

    Raises Unreadable when no sheet has a header or rows, or the side-car is wrong.
    """
    if envelope.sidecar_problem is not None:
        raise Unreadable(reading_problem("HD-003", found=envelope.sidecar_problem))
    try:
        sidecar = parse_sidecar(feed_contract, envelope.sidecar)
    except SidecarError as error:
        raise Unreadable(reading_problem("HD-003", found=str(error))) from error
    understood, problems = _understood(document, feed_contract, sidecar)
    if not understood:
        raise Unreadable(problems[0] if problems else reading_problem("RD-001"))
    facts: dict[str, str] = {}
    tables: list[pa.Table] = []
    empty_sheets = []
    for sheet, header in tuple(understood.values()):
        found = _with_declared(sheet_rows(sheet, header, feed_contract), sidecar)
        understood[sheet.name] = (sheet, found.header)
        if not len(found):
            empty_sheets.append(sheet.name)
            continue
        derived = derive(found, feed_contract, sidecar, envelope.file_name)
        facts |= derived.facts
        tables.append(_assembled(found, derived.columns, feed_contract, sidecar, envelope.file_name))
    if not tables:
        raise Unreadable(reading_problem("HD-004"))
    rows = pa.concat_tables(tables)
    stands_for_notice = archive_batch if _is_half_without_number(rows) else None
    if stands_for_notice is not None:
        facts["notice"] = stands_for_notice
    batch_id = batch_id_of(envelope, document, facts)
    return Normalised(
        batch_id=batch_id,
        rows=_numbered(rows, envelope),
        sidecar=sidecar,
        sheets=understood,
        notice=stands_for_notice or batch_id,
        problems=tuple(problems),
        is_complete=sidecar.complete or is_other_half_empty(empty_sheets, pc.unique(rows["half"]).to_pylist()),
    )


def _is_half_without_number(rows: pa.Table) -> bool:
    """Then the archive that it came in stands for the notice. All else is the same batch, in an archive or alone."""
    is_half = pc.is_in(rows["half"], value_set=pa.array(HALVES))
    return bool(pc.any(pc.and_(is_half, pc.is_null(rows["notice_key"]))).as_py())


def batch_id_of(envelope: Envelope, document: Document | None, facts: dict[str, str]) -> str:
    """Hash of feed, decoded tables and outside facts; of the bytes where nothing could be decoded.

    Neither the file's name nor its sender nor its encoding is in it.
    """
    declared = {name: value for name, value in (envelope.sidecar or {}).items() if name not in PROVENANCE_KEYS}
    outside = json.dumps([envelope.feed, declared, facts], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(outside.encode())
    if document is None or not document.sheets:
        digest.update(envelope.sha256.encode())
    else:
        for sheet in document.sheets:
            digest.update(sheet.content_hash())
    return digest.hexdigest()[:32]


def _wanted(feed_contract: Contract) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*feed_contract.header_needs_any_of, feed_contract.identity.number, "conclusion")))


def _understood(
    document: Document, feed_contract: Contract, sidecar: Sidecar
) -> tuple[dict[str, tuple[Sheet, HeaderMatch]], list[Problem]]:
    """The sheets whose header is known; a problem for each that has content and no known header, and for each header
    that may mean several columns.
    """
    understood: dict[str, tuple[Sheet, HeaderMatch]] = {}
    problems: list[Problem] = []
    for sheet in document.sheets:
        header = match_header(sheet, feed_contract, sidecar.columns)
        feed = other_feed(sheet, header, feed_contract) if sheet.table.num_rows else None
        if feed is not None:
            problems.append(reading_problem("HD-006", found=feed, sheet=sheet.name or None))
        elif header is not None:
            understood[sheet.name] = (sheet, header)
            problems += [
                reading_problem("HD-005", found=" ".join(title.split()), sheet=sheet.name or None, row=header.row_no)
                for title in header.ambiguous
            ]
        elif sheet.table.num_rows:
            wanted = "、".join(feed_contract.column(name).title for name in _wanted(feed_contract))
            problems.append(reading_problem("HD-001", found=wanted, sheet=sheet.name or None))
        problems += sheet.notes
    return understood, problems


def _with_declared(found: SheetRows, sidecar: Sidecar) -> SheetRows:
    """Notice number, date and publisher from the side-car, where the row itself is silent."""
    declared = {name: getattr(sidecar, name) for name in ("notice_no", "published_on", "publisher")}
    filled = {name: pc.fill_null(found.columns[name], text) for name, text in declared.items() if text is not None}
    return replace(found, columns=found.columns | filled)


def _assembled(
    found: SheetRows, derived: dict[str, Any], feed_contract: Contract, sidecar: Sidecar, file_name: str
) -> pa.Table:
    columns: dict[str, Any] = dict(found.columns)
    if feed_contract.feed == "construction":
        columns["product_name"] = columns["sampled_unit_name"] = columns["project_name"]
        columns["producer_name"] = columns["contractor_name"]
    columns |= derived
    columns |= identities(found, derived, feed_contract)
    n_rows = len(found)
    columns |= {
        "sheet": pa.array([found.sheet] * n_rows, pa.string()),
        "source_row": found.source_row,
        "group_no": found.group_no,
        "notice_key": key_column(columns["notice_no"]),
        "half": halves(found, derived, feed_contract, sidecar, file_name),
        "half_has_place": pa.array([half_has_place(found)] * n_rows),
    }
    return pa.table(columns)


def _numbered(rows: pa.Table, envelope: Envelope) -> pa.Table:
    """With the number of each row in the batch, and the day the file came in, as the calendar in China had it."""
    received_on = envelope.received_at.astimezone(OFFICE_TIME).date()
    rows = rows.append_column("row_no", pa.array(range(1, rows.num_rows + 1), pa.int64()))
    return rows.append_column("received_on", pa.array([received_on] * rows.num_rows, pa.date32()))
