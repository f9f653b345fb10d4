"""Which verdict a row gives, who gives it, and whether the row's own sources of a verdict disagree."""

from __future__ import annotations

from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.findings import says_passed
from pipelines.normalise.passes import tells_passes_alone
from pipelines.normalise.sheet_rows import SheetRows
from pipelines.normalise.text import Cells, map_distinct, normal_header
from pipelines.normalise.words import conclusion_of, verdict_in_name
from warehouse.contract import Contract
from warehouse.script import simplified

__all__ = ["conclusions", "first_that_speaks", "integers"]


# Names of the column of failed items that say so without 不.
_OWN_NAMES = ("finding_item", "findings")


def conclusions(rows: SheetRows, feed_contract: Contract, file_name: str, facts: dict[str, str]) -> dict[str, Cells]:
    """conclusion_code, conclusion_source and is_contradicting; a verdict in the file's name is put into facts."""
    written = rows.columns["conclusion"]
    by_column = map_distinct(written, partial(conclusion_of, feed_contract), pa.string())
    titles = {name: rows.header.titles[rows.header.columns[name]] for name in rows.has}
    of_item = titles.get("finding_item", "")
    names_failures = "findings_text" in titles or "不" in of_item or normal_header(of_item) in _OWN_NAMES
    by_findings = (
        map_distinct(rows.findings_cell, _verdict_of_findings, pa.string())
        if names_failures
        else pa.nulls(len(rows), pa.string())
    )
    spoken: dict[str, Any] = {
        "conclusion": by_column,
        "findings": by_findings,
        "points": _verdict_of_points(rows),
        "sheet": pa.scalar(verdict_in_name(rows.sheet), pa.string()),
        "title": pa.scalar(verdict_in_name(rows.verdict_title), pa.string()),
        "file": pa.scalar(verdict_in_name(file_name), pa.string()),
    }
    order = feed_contract.precedence["conclusion"]
    code, source = first_that_speaks(spoken, order, len(rows))
    unread = pc.and_(pc.is_valid(written), pc.is_null(by_column))
    code = pc.if_else(unread, pa.scalar(None, pa.string()), code)
    if "file" in order and spoken["file"].is_valid and not (spoken["sheet"].is_valid or spoken["title"].is_valid):
        facts["conclusion"] = spoken["file"].as_py()
    return {
        "conclusion_code": code,
        "conclusion_source": source,
        "is_contradicting": _contradicting(spoken, order, len(rows)),
    }


def _contradicting(spoken: dict[str, Any], order: tuple[str, ...], n_rows: int) -> Cells:
    """Whether the row's sources of a verdict disagree.

    A failure whose item is left out (/) is no contradiction, it is a gap; a pass in a sheet named for failures is one.
    """
    if "points" in order:  # the rate is made of the points; a rule of its own compares the conclusion with them
        return pa.array([False] * n_rows, pa.bool_())
    named = pc.coalesce(spoken["sheet"], spoken["title"], spoken["file"])
    by_row = pc.coalesce(spoken["conclusion"], spoken["findings"])
    passed_with_findings = pc.and_kleene(
        pc.equal(spoken["conclusion"], "conforming"), pc.equal(spoken["findings"], "nonconforming")
    )
    against_name = pc.and_kleene(pc.not_equal(by_row, named), pc.not_equal(by_row, "undetermined"))
    contradicts: Cells = pc.or_(pc.fill_null(passed_with_findings, False), pc.fill_null(against_name, False))
    return contradicts


def _verdict_of_findings(cell: str) -> str | None:
    """None where the cell says of single items that they conform: which failed, if any did, is not told."""
    plain = simplified(cell)
    if not cell or (tells_passes_alone(plain) and not says_passed(plain)):
        return None
    return "conforming" if says_passed(plain) else "nonconforming"


def _verdict_of_points(rows: SheetRows) -> Cells:
    checked, conforming = integers(rows, "points_checked"), integers(rows, "points_conforming")
    verdict: Cells = pc.if_else(pc.less(conforming, checked), "nonconforming", "conforming")
    return verdict


def first_that_speaks(spoken: dict[str, Any], order: tuple[str, ...], n_rows: int) -> tuple[Any, Any]:
    """For each row what the first place in the order says, and the place; both null where none speaks."""
    code: Any = pa.nulls(n_rows, pa.string())
    source: Any = pa.nulls(n_rows, pa.string())
    for place in order:
        here = pc.and_(pc.is_null(code), pc.is_valid(spoken[place]))
        source = pc.if_else(here, "column" if place == "conclusion" else place, source)
        code = pc.coalesce(code, spoken[place])
    return code, source


def integers(rows: SheetRows, name: str) -> pa.Array[Any]:
    """Whole numbers as written (1,200 and 12.0 too); null for everything else."""

    def read(text: str) -> int | None:
        plain = text.strip().removesuffix(".0").replace(",", "")
        return int(plain) if plain.isdecimal() and len(plain) < 10 else None

    return map_distinct(rows.columns[name], read, pa.int64())
