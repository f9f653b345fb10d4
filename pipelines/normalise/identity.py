"""The text that identifies a sample: its number, else what the published row says of it, with no trace of the file."""

from __future__ import annotations

import re
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.dates import date_of
from pipelines.normalise.sheet_rows import SheetRows
from pipelines.normalise.text import Cells, key_column, map_distinct, whole
from warehouse.contract import Contract
from warehouse.script import simplified

__all__ = ["identities"]

_SEPARATOR = "\x1f"
_DAYS = {"published_on": "publication_date", "sampled_on": "sampling_date"}
_TIME_OF_DAY = re.compile(r"\d[:：]\d")


def identities(found: SheetRows, derived: dict[str, Any], feed_contract: Contract) -> dict[str, Cells]:
    """Columns identity (null where a row tells too little) and is_identity_derived."""
    identity = feed_contract.identity
    number = pc.binary_join_element_wise(
        feed_contract.feed, "number", key_column(found.columns[identity.number]), _SEPARATOR
    )
    if not number.null_count:
        return {"identity": number, "is_identity_derived": pc.is_null(number)}
    has_essentials: Any = pc.greater(found.group_no, 0)
    for name in identity.essential:
        has_essentials = pc.and_(has_essentials, pc.is_valid(found.columns[name]))
    rest = _joined(found, derived, [name for name in identity.derived if name != "sequence_no"], feed_contract.feed)
    content = rest
    if identity.sequence_numbers_samples:
        sequence = _of_sample(key_column(found.columns["sequence_no"]), rest, number, found, derived)
        content = pc.binary_join_element_wise(rest, pc.fill_null(sequence, ""), _SEPARATOR)
    content = pc.if_else(has_essentials, content, pa.scalar(None, pa.string()))
    return {"identity": pc.coalesce(number, content), "is_identity_derived": pc.is_null(number)}


def _joined(found: SheetRows, derived: dict[str, Any], names: list[str], feed: str) -> Cells:
    parts: list[Any] = [feed, "derived"]
    for name in names:
        cells = found.columns[name]
        key = key_column(map_distinct(cells, simplified, pa.string()) if found.is_traditional else cells)
        if name in _DAYS:
            key = pc.coalesce(derived[_DAYS[name]].cast(pa.string()), key)
        elif name == "batch_or_date":
            key = pc.coalesce(
                map_distinct(found.columns[name], partial(_day_of_batch, found.counts_from_1904), pa.string()), key
            )
        parts.append(pc.fill_null(key, ""))
    joined: Cells = pc.binary_join_element_wise(*parts, _SEPARATOR)
    return joined


def _day_of_batch(counts_from_1904: bool, text: str) -> str | None:
    """The day, when that is all that the cell tells, however it is spelt: overlapping exports spell it differently.

    A time of day tells batches of one day apart.
    """
    if _TIME_OF_DAY.search(text):
        return None
    day = date_of(text, counts_from_1904=counts_from_1904)
    return day.isoformat() if day else None


def _of_sample(sequence: Cells, rest: Cells, number: Cells, found: SheetRows, derived: dict[str, Any]) -> Cells:
    """序号, where it numbers samples; where it numbers rows, that of the sample's first row.

    It numbers rows when several rows equal in all else each failed with an item of its own.
    """
    failed = pc.fill_null(pc.equal(derived["conclusion_code"], "nonconforming"), False)
    unnumbered = pc.and_(pc.is_null(number), pc.is_valid(sequence))
    at = pc.indices_nonzero(pc.and_(failed, unnumbered))
    items = pc.coalesce(found.columns["findings_text"], found.columns["finding_item"])
    groups: dict[str, list[tuple[int, str, str | None]]] = {}
    taken = (whole(cells).take(at).to_pylist() for cells in (rest, sequence, items))
    for place, key, mark, item in zip(at.to_pylist(), *taken, strict=True):
        groups.setdefault(key, []).append((place, mark, item))
    several = {key: rows for key, rows in groups.items() if _is_one_sample(rows)}
    if not several:
        return sequence
    candidates = pc.is_in(rest, value_set=pa.array(list(several), pa.string()))
    also_passed = set(pc.unique(pc.filter(rest, pc.and_(candidates, pc.invert(failed)))).to_pylist())
    marks = sequence.to_pylist()
    for key, rows in several.items():
        if key not in also_passed:
            for place, _, _ in rows:
                marks[place] = rows[0][1]
    return pa.array(marks, pa.string())


def _is_one_sample(rows: list[tuple[int, str, str | None]]) -> bool:
    items = [item for _, _, item in rows]
    return len({mark for _, mark, _ in rows}) > 1 and None not in items and len(set(items)) == len(items)
