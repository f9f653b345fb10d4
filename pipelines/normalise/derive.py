"""What the rows of one sheet mean: conclusion, findings, type, level, stage, dates, place, category.

Works on columns; odd shapes are parsed once per distinct text. Precedence is the contract's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.categories import categorise
from pipelines.normalise.damage import garbled_column, shifted_column
from pipelines.normalise.dates import Produced, date_of, produced_in
from pipelines.normalise.facts import Sidecar
from pipelines.normalise.findings import (
    Finding,
    findings_in_cell,
    findings_in_columns,
    findings_in_verdict,
)
from pipelines.normalise.hazards import hazard_of
from pipelines.normalise.people import is_natural_person, producer_status_of
from pipelines.normalise.places import resolve_many
from pipelines.normalise.sheet_rows import SheetRows
from pipelines.normalise.text import Cells, key_column, map_distinct, whole
from pipelines.normalise.verdicts import conclusions, first_that_speaks, integers
from pipelines.normalise.words import (
    level_of,
    publisher_level_of,
    sampling_type_of,
    stage_of,
)
from warehouse.arrow import arrow_type
from warehouse.contract import Contract, table_contracts
from warehouse.script import simplified

__all__ = ["Derived", "derive"]

FINDINGS_TYPE = arrow_type(
    next(c.physical_type for c in table_contracts("lake")["samples"].columns if c.name == "findings")
)
_DATES = {
    "sampling_date": "sampled_on",
    "conclusion_date": "concluded_on",
    "publication_date": "published_on",
    "result_received_date": "result_received_on",
}


@dataclass(frozen=True)
class Derived:
    """columns: the derived columns of table `rows`; facts: what was taken from the file's name, by kind."""

    columns: dict[str, Cells]
    facts: dict[str, str]


def derive(rows: SheetRows, feed_contract: Contract, sidecar: Sidecar, file_name: str) -> Derived:
    """The derived columns of the sheet's rows."""
    facts: dict[str, str] = {}
    columns = conclusions(rows, feed_contract, file_name, facts)
    columns["findings"] = _findings(rows, feed_contract, columns["conclusion_code"])
    columns["sampling_type_code"] = _spoken(
        rows, feed_contract, "sampling_type", sidecar=sidecar, file_name=file_name, facts=facts
    )
    level = _spoken(rows, feed_contract, "level", sidecar=sidecar, file_name=file_name, facts=facts)
    columns["level_code"] = pc.fill_null(level, "unknown")
    stage = map_distinct(rows.columns["stage"], partial(stage_of, feed_contract), pa.string())
    columns["stage_code"] = pc.fill_null(stage, feed_contract.default_stage)
    columns |= _dates(rows, feed_contract)
    columns |= _places(rows, columns["stage_code"])
    columns |= _categories(rows, feed_contract)
    columns |= _points(rows, feed_contract, columns["conclusion_code"])
    columns |= _marks(rows, feed_contract)
    columns["shifted_column"] = shifted_column(rows.columns, columns["production_date_kind"])
    columns["garbled_column"] = garbled_column(rows.columns, columns["conclusion_code"], columns["prefecture_code"])
    return Derived(columns, facts)


def _findings(rows: SheetRows, feed_contract: Contract, conclusion: Any) -> pa.Array[Any]:
    """Findings of the failed rows, each distinct text parsed once; an empty list elsewhere."""
    hazard = partial(hazard_of, feed_contract.feed)
    names = (
        "findings_text", "finding_item", "finding_value", "finding_limit", "finding_unit", "finding_standard",
        "conclusion",
    )  # fmt: skip
    failed_rows = pc.indices_nonzero(pc.fill_null(pc.equal(conclusion, "nonconforming"), False))
    cells = [whole(rows.columns[name]).take(failed_rows).to_pylist() for name in names]
    place_of: dict[tuple[str | None, ...], int] = {}
    distinct: list[list[Finding]] = [[]]  # what a row without failure has stands first
    places = np.zeros(len(rows), dtype=np.int64)
    for k, key in zip(failed_rows.to_pylist(), zip(*cells, strict=True), strict=True):
        if key not in place_of:
            place_of[key] = len(distinct)
            distinct.append(_parse_findings(key, rows.header.order, hazard))
        places[k] = place_of[key]
    return pa.array(distinct, FINDINGS_TYPE).take(pa.array(places))


def _parse_findings(
    cells: tuple[str | None, ...], order: tuple[str, ...], hazard: Callable[[str], str]
) -> list[Finding]:
    plain = tuple(simplified(cell) if cell else cell for cell in cells)
    if plain != cells:  # the script is for reading: what was written stays in `raw`
        written = cells[0] or cells[1] or cells[-1]
        return [Finding({**found, "raw": written}) for found in _parse_findings(plain, order, hazard)]
    text, item, value, limit, unit, standard, conclusion = cells
    if text is not None:
        return findings_in_cell(text, order, hazard)
    if item is not None and item.startswith(("[", "{")):
        return findings_in_cell(item, order, hazard)
    found = findings_in_columns(item=item, value=value, limit=limit, unit=unit, standard=standard, hazard=hazard)
    if item is None and not found and conclusion is not None:
        return findings_in_verdict(conclusion, hazard)
    return found


def _spoken(
    rows: SheetRows, feed_contract: Contract, kind: str, *, sidecar: Sidecar, file_name: str, facts: dict[str, str]
) -> Any:
    """The sampling type or level: the first place that speaks, in the contract's order."""
    if kind == "sampling_type" and feed_contract.fixed_sampling_type:
        return pa.array([feed_contract.fixed_sampling_type] * len(rows), pa.string())
    read = partial(sampling_type_of if kind == "sampling_type" else level_of, feed_contract)
    spoken: dict[str, Any] = {
        name: map_distinct(rows.columns[name], read, pa.string()) for name in (kind, "task", "publisher")
    }
    if kind == "level":
        by_name = partial(publisher_level_of, feed_contract)
        spoken["publisher"] = map_distinct(rows.columns["publisher"], by_name, pa.string())
    spoken |= {
        "title": pa.scalar(read(rows.title), pa.string()),
        "sheet": pa.scalar(read(rows.sheet), pa.string()),
        "file": pa.scalar(read(file_name), pa.string()),
        "sidecar": pa.scalar(sidecar.sampling_type if kind == "sampling_type" else sidecar.level, pa.string()),
    }
    code, source = first_that_speaks(spoken, feed_contract.precedence[kind], len(rows))
    if pc.any(pc.equal(source, "file")).as_py():
        facts[kind] = str(spoken["file"].as_py())
    return code


def _dates(rows: SheetRows, feed_contract: Contract) -> dict[str, Any]:
    dates: dict[str, Any] = {
        derived: map_distinct(rows.columns[name], partial(date_of, counts_from_1904=rows.counts_from_1904), pa.date32())
        for derived, name in _DATES.items()
    }
    of_column = {name: derived for derived, name in _DATES.items()}
    deciding = pc.coalesce(*(dates[of_column[name]] for name in feed_contract.precedence["quarter"]))
    quarter = pc.binary_join_element_wise(
        pc.year(deciding).cast(pa.string()), "Q", pc.quarter(deciding).cast(pa.string()), ""
    )
    return dates | {
        **_production(rows),
        "unreadable_dates": _unreadable(rows, dates),
        "quarter": quarter,
    }


def _production(rows: SheetRows) -> dict[str, Any]:
    """When the goods were made, to the day or month; a day on which they were bought is told apart."""

    def told(found: Produced | None) -> dict[str, Any] | None:
        if found is None:
            return None
        return {
            "day": None if found.is_purchase else found.day,
            "kind": "purchase" if found.is_purchase else found.precision,
        }

    read = partial(produced_in, counts_from_1904=rows.counts_from_1904)
    kind = pa.struct([("day", pa.date32()), ("kind", pa.string())])
    made = map_distinct(rows.columns["batch_or_date"], lambda text: told(read(text)), kind)
    return {"production_date": pc.struct_field(made, "day"), "production_date_kind": pc.struct_field(made, "kind")}


def _unreadable(rows: SheetRows, dates: dict[str, Any]) -> pa.Array[Any]:
    """For each row the date columns that hold something that is no date; each combination is made once."""
    combination = np.zeros(len(rows), dtype=np.int64)
    names = list(_DATES.values())
    for bit, (derived, name) in enumerate(_DATES.items()):
        is_unread = pc.and_(pc.is_valid(rows.columns[name]), pc.is_null(dates[derived]))
        combination |= whole(is_unread).to_numpy(zero_copy_only=False).astype(np.int64) << bit
    lists = [[name for bit, name in enumerate(names) if mask >> bit & 1] for mask in range(1 << len(names))]
    return pa.array(lists, pa.list_(pa.string())).take(pa.array(combination))


def _places(rows: SheetRows, stage: Any) -> dict[str, Any]:
    is_online = pc.equal(stage, "online")
    name = pc.if_else(is_online, pa.scalar(None, pa.string()), rows.columns["sampled_unit_name"])
    return dict(
        resolve_many(
            rows.columns["sampled_unit_prefecture"],
            rows.columns["sampled_unit_county"],
            rows.columns["sampled_unit_address"],
            rows.columns["sampled_unit_province"],
            name,
        )
    )


def _categories(rows: SheetRows, feed_contract: Contract) -> dict[str, Any]:
    second = rows.columns["inspected_item" if feed_contract.feed == "construction" else "category_2"]
    product = rows.columns["product_name"] if feed_contract.feed == "market" else pa.nulls(len(rows), pa.string())
    parts = [pc.fill_null(cells, "") for cells in (rows.columns["category"], second, product)]
    joined = pc.binary_join_element_wise(*parts, "\x1f")
    codes = map_distinct(
        joined,
        lambda text: "\x1f".join(categorise(feed_contract.feed, *(part or None for part in text.split("\x1f")))),
        pa.string(),
    )
    first = map_distinct(codes, lambda pair: pair.split("\x1f")[0], pa.string())
    below = map_distinct(codes, lambda pair: pair.split("\x1f")[1], pa.string())
    return {"category_code": first, "category_2_code": below}


def _points(rows: SheetRows, feed_contract: Contract, conclusion: Any) -> dict[str, Any]:
    if "points_checked" in feed_contract.names:
        return {
            "n_points": integers(rows, "points_checked"),
            "n_points_conforming": integers(rows, "points_conforming"),
        }
    passed = pc.fill_null(pc.equal(conclusion, "conforming"), False)
    return {"n_points": pa.array([1] * len(rows), pa.int64()), "n_points_conforming": passed.cast(pa.int64())}


def _marks(rows: SheetRows, feed_contract: Contract) -> dict[str, Any]:
    """Foreign results, natural persons, and what became of the producer's name."""
    foreign: Any = pa.array([False] * len(rows))
    for column, words in feed_contract.foreign.items():
        key = key_column(rows.columns[column])
        for word in words:
            foreign = pc.or_(foreign, pc.fill_null(pc.match_substring(key, word), False))
    person = map_distinct(rows.columns["sampled_unit_name"], is_natural_person, pa.bool_())
    producer = rows.columns["contractor_name" if feed_contract.feed == "construction" else "producer_name"]
    said = pc.binary_join_element_wise(pc.fill_null(producer, ""), pc.fill_null(rows.columns["remark"], ""), "\x1f")
    status = map_distinct(
        said,
        lambda text: producer_status_of(*(part or None for part in text.split("\x1f"))),
        pa.string(),
    )
    return {
        "is_foreign": foreign,
        "is_natural_person": pc.fill_null(person, False),
        "producer_status": status,
    }
