"""Normalise: the sheets of one file become the table `rows`, and the batch gets its id.

The only stage that gives meaning. The id is the hash of what was read and of the facts used from outside it.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, timedelta
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.derive import derive
from pipelines.normalise.facts import Sidecar, SidecarError, parse_sidecar
from pipelines.normalise.headers import HeaderMatch, match_header
from pipelines.normalise.sheet_rows import SheetRows, sheet_rows
from pipelines.normalise.text import key_column
from pipelines.normalise.words import verdict_in_name
from pipelines.read import Document, Sheet
from pipelines.reading_problems import Unreadable, reading_problem
from warehouse.archive import Envelope
from warehouse.contract import Contract
from warehouse.receipts import Problem

__all__ = ["CHINA_OFFSET", "Normalised", "batch_id_of", "normalise"]

CHINA_OFFSET = timedelta(hours=8)
_PLACE_COLUMNS = frozenset({"sampled_unit_prefecture", "sampled_unit_county", "sampled_unit_address"})


@dataclass(frozen=True)
class Normalised:
    """rows: table `rows` (see docs/architecture.md), with `identity`, the text that sample_key is the hash of.

    sheets: what was read, to show raw rows; problems: sheets that no contract knows; is_complete: the side-car says
    that the notice has no further part, or a sheet named for the other verdict is there and empty.
    """

    batch_id: str
    rows: pa.Table
    sidecar: Sidecar
    sheets: dict[str, tuple[Sheet, HeaderMatch]]
    problems: tuple[Problem, ...] = ()
    is_complete: bool = False


def normalise(envelope: Envelope, document: Document, feed_contract: Contract) -> Normalised:
    """The rows of a file in contract columns. Raises Unreadable when no sheet has a header or rows, or the side-car
    is wrong.
    """
    if envelope.sidecar_problem is not None:
        raise Unreadable(reading_problem("HD-003", found=envelope.sidecar_problem))
    try:
        sidecar = parse_sidecar(feed_contract, envelope.sidecar)
    except SidecarError as error:
        raise Unreadable(reading_problem("HD-003", found=str(error))) from error
    understood: dict[str, tuple[Sheet, HeaderMatch]] = {}
    problems: list[Problem] = []
    for sheet in document.sheets:
        header = match_header(sheet, feed_contract, sidecar.columns)
        if header is not None:
            understood[sheet.name] = (sheet, header)
        elif sheet.table.num_rows:
            wanted = "、".join(feed_contract.column(name).title for name in _wanted(feed_contract))
            problems.append(reading_problem("HD-001", found=wanted, sheet=sheet.name or None))
    if not understood:
        raise Unreadable(problems[0] if problems else reading_problem("RD-001"))
    facts: dict[str, str] = {}
    tables = []
    empty_halves = False
    for sheet, header in understood.values():
        found = _with_declared(sheet_rows(sheet, header, feed_contract), sidecar)
        empty_halves = empty_halves or (not len(found) and verdict_in_name(sheet.name) is not None)
        if len(found):
            derived = derive(found, feed_contract, sidecar, envelope.file_name)
            facts |= derived.facts
            tables.append(_assembled(found, derived.columns, feed_contract, sidecar))
    if not tables:
        raise Unreadable(reading_problem("HD-004"))
    rows = pa.concat_tables(tables)
    received_on = (envelope.received_at.astimezone(UTC) + CHINA_OFFSET).date()
    rows = rows.append_column("row_no", pa.array(range(1, rows.num_rows + 1), pa.int64()))
    rows = rows.append_column("received_on", pa.array([received_on] * rows.num_rows, pa.date32()))
    return Normalised(
        batch_id=batch_id_of(envelope, document, facts),
        rows=rows,
        sidecar=sidecar,
        sheets=understood,
        problems=tuple(problems),
        is_complete=sidecar.complete or empty_halves,
    )


def batch_id_of(envelope: Envelope, document: Document | None, facts: dict[str, str]) -> str:
    """Hash of feed, decoded tables and outside facts; of the bytes where nothing could be decoded.

    Neither the file's name nor its sender nor its encoding is in it.
    """
    declared = {name: value for name, value in (envelope.sidecar or {}).items() if name != "sender"}
    outside = json.dumps([envelope.feed, declared, facts], ensure_ascii=False, sort_keys=True)
    digest = hashlib.sha256(outside.encode())
    if document is None:
        digest.update(envelope.sha256.encode())
    else:
        for sheet in document.sheets:
            digest.update(sheet.content_hash())
    return digest.hexdigest()[:32]


def _wanted(feed_contract: Contract) -> tuple[str, ...]:
    return tuple(dict.fromkeys((*feed_contract.header_needs_any_of, feed_contract.identity.number, "conclusion")))


def _with_declared(found: SheetRows, sidecar: Sidecar) -> SheetRows:
    """Notice number, date and publisher from the side-car, where the row itself is silent."""
    for name in ("notice_no", "published_on", "publisher"):
        declared = getattr(sidecar, name)
        if declared is not None:
            found.columns[name] = pc.fill_null(found.columns[name], declared)
    return found


def _assembled(
    found: SheetRows, derived: dict[str, Any], feed_contract: Contract, sidecar: Sidecar
) -> pa.Table:
    columns: dict[str, Any] = dict(found.columns)
    if feed_contract.feed == "construction":
        columns["product_name"] = columns["sampled_unit_name"] = columns["project_name"]
        columns["producer_name"] = columns["contractor_name"]
    columns |= derived
    columns |= _identity(found, derived, feed_contract)
    n_rows = len(found)
    columns |= {
        "sheet": pa.array([found.sheet] * n_rows, pa.string()),
        "source_row": found.source_row,
        "group_no": found.group_no,
        "notice_key": key_column(columns["notice_no"]),
        "half": _half(derived, feed_contract, sidecar, n_rows),
        "half_has_place": pa.array([bool(_PLACE_COLUMNS & found.has)] * n_rows),
    }
    return pa.table(columns)


def _identity(found: SheetRows, derived: dict[str, Any], feed_contract: Contract) -> dict[str, Any]:
    """The text that identifies a sample: its number, else what the published row says of it."""
    identity = feed_contract.identity
    columns = found.columns
    number = pc.binary_join_element_wise(feed_contract.feed, "number", key_column(columns[identity.number]), "|")
    has_essentials: Any = pc.greater(found.group_no, 0)
    for name in identity.essential:
        has_essentials = pc.and_(has_essentials, pc.is_valid(columns[name]))
    parts: list[Any] = [feed_contract.feed, "derived"]
    for name in identity.derived:
        if name == "sequence_no" and not identity.sequence_numbers_samples:
            continue
        key = key_column(columns[name])
        if name in ("published_on", "sampled_on"):
            day = derived["publication_date" if name == "published_on" else "sampling_date"]
            key = pc.coalesce(day.cast(pa.string()), key)
        parts.append(pc.fill_null(key, ""))
    content = pc.binary_join_element_wise(*parts, "|")
    content = pc.if_else(has_essentials, content, pa.scalar(None, pa.string()))
    return {"identity": pc.coalesce(number, content), "is_identity_derived": pc.is_null(number)}


def _half(derived: dict[str, Any], feed_contract: Contract, sidecar: Sidecar, n_rows: int) -> Any:
    """Whether the sheet is one half of a notice: its verdict has no column of its own and is the same throughout."""
    if sidecar.verdicts in ("together", "failures_only"):
        return pa.array([sidecar.verdicts] * n_rows, pa.string())
    verdicts = pc.unique(pc.drop_null(_chunk(derived["conclusion_code"]))).to_pylist()
    if sidecar.verdicts == "split":
        return pc.fill_null(_chunk(derived["conclusion_code"]), "together")
    sources = set(pc.unique(pc.drop_null(_chunk(derived["conclusion_source"]))).to_pylist())
    is_half = feed_contract.recognises_halves and len(verdicts) == 1 and not sources & {"column", "points"}
    is_half = is_half and verdicts[0] in ("conforming", "nonconforming")
    return pa.array([verdicts[0] if is_half else "together"] * n_rows, pa.string())


def _chunk(cells: Any) -> Any:
    return cells.combine_chunks() if isinstance(cells, pa.ChunkedArray) else cells

