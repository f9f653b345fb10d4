"""Finding the header row of a sheet and which contract column stands where."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow.compute as pc

from pipelines.normalise.text import normal_header
from pipelines.read import Sheet
from warehouse.contract import Contract, contract

__all__ = ["HeaderMatch", "column_of", "findings_order", "match_header", "title_of"]

_SEARCHED_ROWS = 40
_PART_WORDS = {
    "item": ("不合格项目", "不符合项目", "问题项目", "项目"),
    "value": ("检验结果", "检测结果", "检出值", "不合格值", "实测值", "结果"),
    "limit": ("标准值", "标准要求", "标准规定", "标准限量", "限量值", "限值"),
    "unit": ("单位",),
}


@dataclass(frozen=True)
class HeaderMatch:
    """Where the header stands and what it says.

    row_no: the sheet's own row; columns: contract column → column number from 1; titles: column number → header as
    written; order: the parts of a findings cell, in the order that its header names them.
    """

    row_no: int
    columns: dict[str, int]
    titles: dict[int, str]
    order: tuple[str, ...]


def match_header(
    sheet: Sheet, feed_contract: Contract, declared: dict[str, str] | list[str] | None = None
) -> HeaderMatch | None:
    """The row among the first ones that names most contract columns; None when none names enough.

    declared is the side-car's `columns`: further spellings (header → contract column), or for a table without
    header the contract columns in order.
    """
    if isinstance(declared, list):
        columns = {name: number for number, name in enumerate(declared, start=1) if name in feed_contract.names}
        titles = dict(enumerate(declared, start=1))
        return HeaderMatch(-1, columns, titles, findings_order("")) if columns else None
    extra = {normal_header(header): column for header, column in (declared or {}).items()}
    best: HeaderMatch | None = None
    for row in sheet.table.slice(0, _SEARCHED_ROWS).to_pylist():
        found = _match_row(row, feed_contract, extra)
        if found is not None and (best is None or len(found.columns) > len(best.columns)):
            best = found
    return best


def title_of(sheet: Sheet, header: HeaderMatch) -> str:
    """The text above the header: title and declaration rows."""
    above = sheet.table.filter(pc.less(sheet.table.column("row_no"), header.row_no))
    return " ".join(str(cell) for row in above.to_pylist() for name, cell in row.items() if cell and name != "row_no")


def column_of(feed_contract: Contract, header: str) -> str | None:
    """The contract column that a header names, None when it names none."""
    normal = normal_header(header).lower()
    aliases = _aliases(feed_contract.feed)
    if normal in aliases:
        return aliases[normal]
    if "findings_text" in feed_contract.names and len(findings_order(normal)) > 1 and "不" in normal:
        return "findings_text"
    without_remark = re.sub(r"\([^()]*\)$", "", normal)
    return aliases.get(without_remark)


def findings_order(header: str) -> tuple[str, ...]:
    """The parts of a composite findings header in its own order, e.g. (item, limit, value)."""
    normal = normal_header(header)
    places: dict[str, int] = {}
    for part, words in _PART_WORDS.items():
        hits = [normal.find(word) for word in words if word in normal]
        if hits:
            places[part] = min(hits)
    if "item" not in places or len(places) < 2:
        return ("item", "value", "limit") if not normal else ()
    return tuple(sorted(places, key=lambda part: places[part]))


def _match_row(row: dict[str, Any], feed_contract: Contract, extra: dict[str, str]) -> HeaderMatch | None:
    columns: dict[str, int] = {}
    titles: dict[int, str] = {}
    order: tuple[str, ...] = ()
    for name, cell in row.items():
        if name == "row_no" or cell is None:
            continue
        number = int(name[1:])
        titles[number] = str(cell)
        column = extra.get(normal_header(str(cell))) or column_of(feed_contract, str(cell))
        if column is not None and column not in columns:
            columns[column] = number
            if column == "findings_text":
                order = findings_order(str(cell))
    enough = len(columns) >= feed_contract.header_needs_at_least
    if not enough or not any(column in columns for column in feed_contract.header_needs_any_of):
        return None
    return HeaderMatch(row["row_no"], columns, titles, order or ("item", "value", "limit"))


@cache
def _aliases(feed: str) -> dict[str, str]:
    """Every spelling, the contract's own names among them: senders of JSON use those."""
    columns = contract(feed).columns
    return {normal_header(alias).lower(): column.name for column in columns for alias in (column.name, *column.aliases)}
