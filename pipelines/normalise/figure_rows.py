"""The rows of a form of yearly figures: what was written, and beside it what was understood, for the rules to judge."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.dates import CHINA, date_of
from pipelines.normalise.text import clean_column, key_of, normal_header
from pipelines.read import Document, Sheet
from pipelines.reading_problems import Unreadable, reading_problem
from warehouse.archive import Envelope
from warehouse.contract import FORMS, Column, form
from warehouse.reference import divisions, indicators

__all__ = ["FIGURES", "FigureRows", "figure_rows"]

(FIGURES,) = FORMS
_SEARCHED_ROWS = 40
_YEAR = re.compile(r"(\d{4})(?:\.0+)?年?(?:度)?")
_VALUE = re.compile(r"(\d{1,6}(?:\.\d{1,10})?)")
_UNDERSTOOD: Mapping[str, pa.DataType] = {
    "row_no": pa.int64(),
    "sheet": pa.string(),
    "source_row": pa.int64(),
    "indicator_code": pa.string(),
    "province_code": pa.string(),
    "unit_code": pa.string(),
    "indicator_unit": pa.string(),
    "is_sampled": pa.bool_(),
    "has_target": pa.bool_(),
    "year_no": pa.int64(),
    "value_number": pa.float64(),
    "published_day": pa.date32(),
    "corrected_day": pa.date32(),
    "received_on": pa.date32(),
}


@dataclass(frozen=True)
class FigureRows:
    """rows: a line a data row, the contract's columns as written and those understood; titles: by sheet, contract
    column → header as the sender spells it.
    """

    rows: pa.Table
    titles: Mapping[str, Mapping[str, str]]


@dataclass(frozen=True)
class _Header:
    """Where a sheet's header stands: contract column → column number from 1, and how the sender spells it."""

    row_no: int
    columns: Mapping[str, int]
    titles: Mapping[str, str]


def figure_rows(document: Document, envelope: Envelope, provinces: tuple[str, ...]) -> FigureRows:
    """The data rows of all sheets under a known header; a row that names no province is of the only one installed.

    Raises Unreadable where no sheet has such a header, or no row below it.
    """
    headers = [(sheet, header) for sheet in document.sheets if (header := _header(sheet)) is not None]
    if not headers:
        wanted = "、".join(column.title for column in form(FIGURES).columns if column.is_required)
        raise Unreadable(reading_problem("HD-001", found=wanted))
    rows: list[dict[str, Any]] = []
    for sheet, header in headers:
        for row in _written(sheet, header):
            place = {"row_no": len(rows) + 1, "sheet": sheet.name}
            rows.append(row | place | _understood(row, envelope, provinces, sheet.counts_from_1904))
    if not rows:
        raise Unreadable(reading_problem("HD-004"))
    kinds = {column.name: pa.string() for column in form(FIGURES).columns} | {**_UNDERSTOOD}
    return FigureRows(
        pa.Table.from_pylist(rows, schema=pa.schema(kinds)), {sheet.name: header.titles for sheet, header in headers}
    )


def _header(sheet: Sheet) -> _Header | None:
    columns = form(FIGURES).columns
    for row in sheet.table.slice(0, _SEARCHED_ROWS).to_pylist():
        titles = {number: row[f"c{number}"] for number in range(1, sheet.width + 1) if row[f"c{number}"]}
        named = {column.name: number for number, title in titles.items() if (column := _column(columns, title))}
        if all(column.name in named for column in columns if column.is_required):
            return _Header(row["row_no"], named, {name: titles[number] for name, number in named.items()})
    return None


def _column(columns: tuple[Column, ...], title: str) -> Column | None:
    normal = normal_header(title).lower()
    return next((column for column in columns if normal in (column.title, *column.aliases)), None)


def _written(sheet: Sheet, header: _Header) -> list[dict[str, Any]]:
    """The rows below the header that hold anything, as contract columns."""
    below = sheet.table.filter(pc.greater(sheet.table["row_no"], header.row_no))
    cells = {
        name: clean_column(below[f"c{number}"], form(FIGURES).missing_marks) for name, number in header.columns.items()
    }
    rows: list[dict[str, Any]] = pa.table({**cells, "source_row": below["row_no"]}).to_pylist()
    return [row for row in rows if any(row[name] is not None for name in cells)]


def _understood(
    row: Mapping[str, Any], envelope: Envelope, provinces: tuple[str, ...], counts_from_1904: bool
) -> dict[str, Any]:
    code = _indicators().get(key_of(row["indicator"] or ""))
    province_code = _province(row.get("province"), provinces)
    about = [each for each in indicators() if each.indicator_code == code]
    units = form(FIGURES).vocabularies["unit"]
    unit = (row.get("unit") or "").lower()
    published, corrected = (
        date_of(row.get(name) or "", counts_from_1904=counts_from_1904) for name in ("published_on", "corrected_on")
    )
    year, value = _read(_YEAR, row["year"]), _read(_VALUE, row["value"])
    return {
        "indicator_code": code,
        "province_code": province_code,
        "unit_code": next((each for each, words in units.items() if unit in words), None),
        "indicator_unit": about[0].unit if about else None,
        "is_sampled": any(each.feed for each in about),
        "has_target": not about or any(each.province_code == province_code for each in about),
        "year_no": None if year is None else int(year),
        "value_number": None if value is None else float(value),
        "published_day": published,
        "corrected_day": corrected,
        "received_on": envelope.received_at.astimezone(CHINA).date(),
    }


def _read(pattern: re.Pattern[str], text: str | None) -> str | None:
    match = pattern.fullmatch(unicodedata.normalize("NFKC", text or ""))
    return match[1] if match else None


@cache
def _indicators() -> Mapping[str, str]:
    """Key of a code or name → indicator."""
    named = ((each, (each.indicator_code, each.name_zh, each.name_en)) for each in indicators())
    return {key_of(name): each.indicator_code for each, names in named for name in names}


@cache
def _provinces() -> Mapping[str, str]:
    """Key of a code, name or other name → province."""
    known = divisions()
    codes = {each.code for each in known.at("province")}
    by_name = {each.alias: each.code for each in known.aliases if each.code in codes}
    by_name |= {name: each.code for each in known.at("province") for name in (each.name, each.code)}
    return {key_of(name): code for name, code in by_name.items()}


def _province(text: str | None, provinces: tuple[str, ...]) -> str | None:
    if text is not None:
        return _provinces().get(key_of(text))
    return provinces[0] if len(provinces) == 1 and provinces != ("all",) else None
