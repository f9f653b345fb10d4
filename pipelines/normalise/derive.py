"""What the rows of one sheet mean: conclusion, findings, type, level, stage, dates, place, category.

Works on columns; odd shapes are parsed once per distinct text. Precedence is the contract's.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.categories import categorise
from pipelines.normalise.dates import date_in, date_of
from pipelines.normalise.facts import Sidecar
from pipelines.normalise.findings import Finding, findings_in_cell, findings_in_columns, says_passed
from pipelines.normalise.hazards import hazard_of
from pipelines.normalise.people import is_natural_person, producer_status_of
from pipelines.normalise.places import resolve_many
from pipelines.normalise.sheet_rows import SheetRows
from pipelines.normalise.text import key_column, map_distinct
from pipelines.normalise.words import (
    conclusion_of,
    level_of,
    publisher_level_of,
    sampling_type_of,
    stage_of,
    verdict_in_name,
)
from warehouse.arrow import arrow_type
from warehouse.contract import Contract, table_contracts

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
_LABORATORY = r"院|所|中心|公司|实验室|站|局|检|研究|机构|大学|学院|集团|测"


@dataclass(frozen=True)
class Derived:
    """columns: the derived columns of table `rows`; facts: what was taken from the file's name, by kind."""

    columns: dict[str, pa.Array | pa.ChunkedArray]
    facts: dict[str, str]


def derive(rows: SheetRows, feed_contract: Contract, sidecar: Sidecar, file_name: str) -> Derived:
    """The derived columns of the sheet's rows."""
    facts: dict[str, str] = {}
    columns = _conclusion(rows, feed_contract, file_name, facts)
    columns["findings"] = _findings(rows, feed_contract, columns["conclusion_code"])
    columns["sampling_type_code"] = _spoken(rows, feed_contract, "sampling_type", sidecar, file_name, facts)
    level = _spoken(rows, feed_contract, "level", sidecar, file_name, facts)
    columns["level_code"] = pc.fill_null(level, "unknown")
    stage = map_distinct(rows.columns["stage"], partial(stage_of, feed_contract), pa.string())
    columns["stage_code"] = pc.fill_null(stage, feed_contract.default_stage)
    columns |= _dates(rows, feed_contract)
    columns |= _places(rows, columns["stage_code"])
    columns |= _categories(rows, feed_contract)
    columns |= _points(rows, feed_contract, columns["conclusion_code"])
    columns |= _marks(rows, feed_contract)
    return Derived(columns, facts)


def _conclusion(
    rows: SheetRows, feed_contract: Contract, file_name: str, facts: dict[str, str]
) -> dict[str, pa.Array | pa.ChunkedArray]:
    written = rows.columns["conclusion"]
    by_column = map_distinct(written, partial(conclusion_of, feed_contract), pa.string())
    names_failures = any("不" in rows.header.titles[rows.header.columns[name]] or name == "findings_text"
                         for name in ("findings_text", "finding_item") if name in rows.has)  # fmt: skip
    silent = pa.nulls(len(rows), pa.string())
    by_findings = map_distinct(rows.findings_cell, _verdict_of_findings, pa.string()) if names_failures else silent
    spoken: dict[str, Any] = {
        "conclusion": by_column,
        "findings": by_findings,
        "points": _verdict_of_points(rows),
        "sheet": pa.scalar(verdict_in_name(rows.sheet), pa.string()),
        "file": pa.scalar(verdict_in_name(file_name), pa.string()),
    }
    code, source = _first_that_speaks(spoken, feed_contract.precedence["conclusion"], len(rows))
    unread = pc.and_(pc.is_valid(written), pc.is_null(by_column))
    code = pc.if_else(unread, pa.scalar(None, pa.string()), code)
    if pc.any(pc.and_(pc.equal(source, "file"), pc.is_valid(code))).as_py():
        facts["conclusion"] = str(spoken["file"].as_py())
    contradicts = pc.and_(pc.equal(by_column, "conforming"), pc.equal(by_findings, "nonconforming"))
    speaks_of_points = "points" in feed_contract.precedence["conclusion"]
    return {
        "conclusion_code": code,
        "conclusion_source": source,
        "is_contradicting": pa.array([False] * len(rows)) if speaks_of_points else pc.fill_null(contradicts, False),
    }


def _verdict_of_findings(cell: str) -> str | None:
    return None if not cell else ("conforming" if says_passed(cell) else "nonconforming")


def _verdict_of_points(rows: SheetRows) -> pa.Array:
    checked, conforming = _integers(rows, "points_checked"), _integers(rows, "points_conforming")
    return pc.if_else(pc.less(conforming, checked), "nonconforming", "conforming")


def _first_that_speaks(spoken: dict[str, Any], order: tuple[str, ...], n_rows: int) -> tuple[Any, Any]:
    code: Any = pa.nulls(n_rows, pa.string())
    source: Any = pa.nulls(n_rows, pa.string())
    for place in order:
        here = pc.and_(pc.is_null(code), pc.is_valid(spoken[place]))
        source = pc.if_else(here, "column" if place == "conclusion" else place, source)
        code = pc.coalesce(code, spoken[place])
    return code, source


def _findings(rows: SheetRows, feed_contract: Contract, conclusion: Any) -> pa.Array:
    """Findings of the failed rows, each distinct text parsed once; an empty list elsewhere."""
    hazard = partial(hazard_of, feed_contract.feed)
    found: list[list[Finding]] = [[] for _ in range(len(rows))]
    is_failed = pc.fill_null(pc.equal(conclusion, "nonconforming"), False)
    names = ("findings_text", "finding_item", "finding_value", "finding_limit", "finding_unit", "finding_standard")
    failed = pa.table({"k": pa.array(range(len(rows)))} | {name: rows.columns[name] for name in names})
    seen: dict[tuple[str | None, ...], list[Finding]] = {}
    for k, *cells in zip(*(column.to_pylist() for column in failed.filter(is_failed).columns), strict=True):
        key = tuple(cells)
        if key not in seen:
            seen[key] = _parse_findings(key, rows.header.order, hazard)
        found[k] = seen[key]
    return pa.array(found, FINDINGS_TYPE)


def _parse_findings(
    cells: tuple[str | None, ...], order: tuple[str, ...], hazard: Callable[[str], str]
) -> list[Finding]:
    text, item, value, limit, unit, standard = cells
    if text is not None:
        return findings_in_cell(text, order, hazard)
    if item is not None and item.startswith("["):
        return findings_in_cell(item, order, hazard)
    return findings_in_columns(item, value, limit, unit, standard, hazard)


def _spoken(
    rows: SheetRows, feed_contract: Contract, kind: str, sidecar: Sidecar, file_name: str, facts: dict[str, str]
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
    code, source = _first_that_speaks(spoken, feed_contract.precedence[kind], len(rows))
    if pc.any(pc.equal(source, "file")).as_py():
        facts[kind] = str(spoken["file"].as_py())
    return code


def _dates(rows: SheetRows, feed_contract: Contract) -> dict[str, Any]:
    dates: dict[str, Any] = {
        derived: map_distinct(rows.columns[name], date_of, pa.date32()) for derived, name in _DATES.items()
    }
    unreadable: list[list[str]] = [[] for _ in range(len(rows))]
    for derived, name in _DATES.items():
        for k in pc.indices_nonzero(pc.and_(pc.is_valid(rows.columns[name]), pc.is_null(dates[derived]))).to_pylist():
            unreadable[k].append(name)
    of_column = {name: derived for derived, name in _DATES.items()}
    deciding = pc.coalesce(*(dates[of_column[name]] for name in feed_contract.precedence["quarter"]))
    quarter = pc.binary_join_element_wise(
        pc.year(deciding).cast(pa.string()), "Q", pc.quarter(deciding).cast(pa.string()), ""
    )
    return dates | {
        "production_date": map_distinct(rows.columns["batch_or_date"], date_in, pa.date32()),
        "unreadable_dates": pa.array(unreadable, pa.list_(pa.string())),
        "quarter": quarter,
    }


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
        pa.chunked_array([joined]) if isinstance(joined, pa.Array) else joined,
        lambda text: "\x1f".join(categorise(feed_contract.feed, *(part or None for part in text.split("\x1f")))),
        pa.string(),
    )
    first = map_distinct(pa.chunked_array([codes]), lambda pair: pair.split("\x1f")[0], pa.string())
    below = map_distinct(pa.chunked_array([codes]), lambda pair: pair.split("\x1f")[1], pa.string())
    return {"category_code": first, "category_2_code": below}


def _points(rows: SheetRows, feed_contract: Contract, conclusion: Any) -> dict[str, Any]:
    if "points_checked" in feed_contract.names:
        return {
            "n_points": _integers(rows, "points_checked"),
            "n_points_conforming": _integers(rows, "points_conforming"),
        }
    passed = pc.fill_null(pc.equal(conclusion, "conforming"), False)
    return {"n_points": pa.array([1] * len(rows), pa.int64()), "n_points_conforming": passed.cast(pa.int64())}


def _integers(rows: SheetRows, name: str) -> pa.Array:
    def read(text: str) -> int | None:
        plain = text.strip().removesuffix(".0").replace(",", "")
        return int(plain) if plain.isdecimal() and len(plain) < 10 else None

    return map_distinct(rows.columns[name], read, pa.int64())


def _marks(rows: SheetRows, feed_contract: Contract) -> dict[str, Any]:
    """Foreign results, shifted cells, natural persons, and what became of the producer's name."""
    foreign: Any = pa.array([False] * len(rows))
    for column, words in feed_contract.foreign.items():
        key = key_column(rows.columns[column])
        for word in words:
            foreign = pc.or_(foreign, pc.fill_null(pc.match_substring(key, word), False))
    laboratory = rows.columns["laboratory"]
    shifted = pc.and_(
        pc.invert(pc.match_substring_regex(laboratory, _LABORATORY)), pc.match_substring_regex(laboratory, r"\d|≤|≥")
    )
    person = map_distinct(rows.columns["sampled_unit_name"], is_natural_person, pa.bool_())
    producer = rows.columns["contractor_name" if feed_contract.feed == "construction" else "producer_name"]
    said = pc.binary_join_element_wise(pc.fill_null(producer, ""), pc.fill_null(rows.columns["remark"], ""), "\x1f")
    status = map_distinct(
        pa.chunked_array([said]) if isinstance(said, pa.Array) else said,
        lambda text: producer_status_of(*(part or None for part in text.split("\x1f"))),
        pa.string(),
    )
    return {
        "is_foreign": foreign,
        "is_shifted": pc.fill_null(shifted, False),
        "is_natural_person": pc.fill_null(person, False),
        "producer_status": status,
    }
