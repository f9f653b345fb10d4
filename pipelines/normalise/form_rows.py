"""The rows of a form without samples: what was written, and beside it what was understood, for the rules to judge."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.text import clean_column, normal_header, number_column
from pipelines.read import Document, Sheet
from pipelines.reading_problems import Unreadable, reading_problem
from warehouse.contract import Column, Form, form

__all__ = ["FormRows", "Understand", "column_of", "form_rows", "word_code"]

Understand = Callable[[Mapping[str, Any], bool], dict[str, Any]]
"""From a row as written, and whether its workbook counts days from 1904, to the columns understood."""

_SEARCHED_ROWS = 40
# What names a sample, as the feeds' own rows do.
_NUMBERS = frozenset({"subject", "sample_no"})
_PLACE: Mapping[str, pa.DataType] = MappingProxyType(
    {"row_no": pa.int64(), "sheet": pa.string(), "source_row": pa.int64()}
)


@dataclass(frozen=True)
class FormRows:
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


def form_rows(name: str, document: Document, understood: Mapping[str, pa.DataType], understand: Understand) -> FormRows:
    """The data rows of all sheets under a header that the form knows; understood: the columns that `understand` gives.

    Raises Unreadable where no sheet has such a header, or no row below it.
    """
    known = form(name)
    headers = [(sheet, header) for sheet in document.sheets if (header := _header(known, sheet)) is not None]
    if not headers:
        wanted = "、".join(column.title for column in known.columns if column.is_required)
        raise Unreadable(reading_problem("HD-001", found=wanted))
    rows: list[dict[str, Any]] = []
    for sheet, header in headers:
        for row in _written(known, sheet, header):
            place = {"row_no": len(rows) + 1, "sheet": sheet.name}
            rows.append(row | place | understand(row, sheet.counts_from_1904))
    if not rows:
        raise Unreadable(reading_problem("HD-004"))
    kinds = {column.name: pa.string() for column in known.columns} | {**_PLACE} | {**understood}
    titles = {sheet.name: header.titles for sheet, header in headers}
    return FormRows(pa.Table.from_pylist(rows, schema=pa.schema(kinds)), titles)


def column_of(known: Form, title: str) -> Column | None:
    """The column that a header names, in any spelling of the contract."""
    normal = normal_header(title).lower()
    return next((column for column in known.columns if normal in (column.title, *column.aliases)), None)


def word_code(known: Form, vocabulary: str, text: str | None) -> str | None:
    """The code whose words have this one; None where none has."""
    word = (text or "").lower()
    return next((code for code, words in known.vocabularies[vocabulary].items() if word in (code, *words)), None)


def _header(known: Form, sheet: Sheet) -> _Header | None:
    for row in sheet.table.slice(0, _SEARCHED_ROWS).to_pylist():
        titles = {number: row[f"c{number}"] for number in range(1, sheet.width + 1) if row[f"c{number}"]}
        named = {column.name: number for number, title in titles.items() if (column := column_of(known, title))}
        if all(column.name in named for column in known.columns if column.is_required):
            return _Header(row["row_no"], named, {name: titles[number] for name, number in named.items()})
    return None


def _written(known: Form, sheet: Sheet, header: _Header) -> list[dict[str, Any]]:
    """The rows below the header that hold anything, as contract columns."""
    below = sheet.table.filter(pc.greater(sheet.table["row_no"], header.row_no))
    cells = {name: clean_column(below[f"c{number}"], known.missing_marks) for name, number in header.columns.items()}
    for name in _NUMBERS & cells.keys():
        cells[name] = number_column(cells[name], known.missing_marks)
    rows: list[dict[str, Any]] = pa.table({**cells, "source_row": below["row_no"]}).to_pylist()
    return [row for row in rows if any(row[name] is not None for name in cells)]
