"""XLSX in the child process: its parts are checked first, then every cell is read as a string by calamine."""

from __future__ import annotations

import re
import zipfile
from collections import defaultdict
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc
import python_calamine

from pipelines.readers import Parsed, Refused, column_letters
from pipelines.xlsx_parts import Part, parts_of_sheets

__all__ = ["sheets"]

# A spreadsheet keeps fifteen digits of a number: from here on the last ones are not those that were typed.
_FIRST_INEXACT = 1e15
# What the parser says of a cell that it has no text for: a failed formula, or a date outside the calendar.
_FAILED = re.compile(r"'Error\((\w+)\)'")
_FAILURES = {
    "NA": "#N/A", "Ref": "#REF!", "Div0": "#DIV/0!", "Value": "#VALUE!", "Name": "#NAME?", "Null": "#NULL!",
    "Num": "#NUM!", "GettingData": "#GETTING_DATA!",
}  # fmt: skip
_NO_DATE = re.compile(r"value: (-?[0-9.eE+-]+)")

_EPOCH_1904 = re.compile(rb'<(?:\w+:)?workbookPr\b[^>]*\bdate1904="(?:1|true)"')

Texts = dict[int, dict[int, str]]


def sheets(source: Path, request: dict[str, Any]) -> list[Parsed]:
    """The sheets in their order; rows and columns are the sheet's own. Raises Refused."""
    known = parts_of_sheets(source, request)
    try:
        reader = fastexcel.read_excel(str(source))
        parts = {name: known.get(name, Part()) for name in reader.sheet_names}
        ranges = _ranges(source) if any(part.needs_ranges for part in parts.values()) else {}
        read = [
            _sheet(reader, name, ranges.get(name, (0, [])), part, request["max_columns"])
            for name, part in parts.items()
        ]
        if _counts_from_1904(source):
            read = [replace(parsed, counts_from_1904=True) for parsed in read]
        has_long_numbers = any(part.has_long_numbers for part in parts.values())
        return _with_inexact_numbers_told(source, read) if has_long_numbers else read
    except (fastexcel.FastExcelError, python_calamine.CalamineError, pa.ArrowInvalid) as error:
        raise Refused("RD-004", str(error).partition("\n")[0][:200]) from error


def _counts_from_1904(source: Path) -> bool:
    """Whether the workbook counts days from 1904; its parser knows that of dates, not of numbers without a format."""
    with zipfile.ZipFile(source) as archive, archive.open("xl/workbook.xml") as part:
        return _EPOCH_1904.search(part.read()) is not None


def _sheet(
    reader: fastexcel.ExcelReader, name: str, ranges: tuple[int, list[list[int]]], part: Part, max_columns: int
) -> Parsed:
    first_column, merges = ranges
    loaded = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    batch, errors = loaded.to_arrow_with_errors()
    table = pa.table(batch)
    blank = pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
    columns = [blank] * first_column + [_plain(table.column(k)) for k in range(table.num_columns)]
    told: Texts = defaultdict(dict)
    for error in errors.errors if errors else ():
        row, column = error.position
        told[first_column + column + 1][row] = _as_shown(error.detail)
    if part.bare_formulas:
        columns = _with_room(columns, table.num_rows, part.bare_formulas)
        if len(columns) > max_columns:
            raise Refused("RD-006", f"{len(columns)} 列 columns", name)
        for (row, column), formula in part.bare_formulas.items():
            told[column][row - 1] = formula
    n_rows = len(columns[0]) if columns else 0
    numbers = pa.array(range(1, n_rows + 1), pa.int64())
    whole = pa.table([numbers, *columns], names=["row_no", *(f"c{k + 1}" for k in range(len(columns)))])
    whole = _with_texts(whole, told)
    return Parsed(name, whole, _inside(merges, whole, name), _notes(whole, part))


def _as_shown(detail: str) -> str:
    """A failed formula as a spreadsheet shows it; of what is no date, the number that the cell holds."""
    if failed := _FAILED.search(detail):
        return _FAILURES.get(failed.group(1), "#VALUE!")
    number = _NO_DATE.search(detail)
    return number.group(1) if number else "#VALUE!"


def _with_room(
    columns: list[pa.ChunkedArray[Any]], n_rows: int, formulas: dict[tuple[int, int], str]
) -> list[pa.ChunkedArray[Any]]:
    """Columns and rows added up to the last formula without a result: to the parser such a cell is none."""
    last_row = max(n_rows, *(row for row, _ in formulas))
    last_column = max(len(columns), *(column for _, column in formulas))
    blank = pa.chunked_array([pa.nulls(n_rows, pa.string())])
    below = pa.nulls(last_row - n_rows, pa.string())
    return [
        pa.chunked_array([*column.chunks, below]) for column in [*columns, *([blank] * (last_column - len(columns)))]
    ]


def _with_texts(table: pa.Table, told: Texts) -> pa.Table:
    for column, replaced in told.items():
        values = table.column(column).to_pylist()
        for row, value in replaced.items():
            values[row] = value
        table = table.set_column(column, f"c{column}", pa.array(values, pa.string()))
    return table


def _plain(column: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    """Without the blank text that a formula may give, and the hour of midnight at a date, which nobody wrote."""
    plain: pa.ChunkedArray[Any] = column.cast(pa.string())
    if pc.any(pc.equal(plain, "")).as_py():
        plain = pc.if_else(pc.equal(plain, ""), None, plain)
    if pc.any(pc.ends_with(plain, " 00:00:00")).as_py():
        plain = pc.replace_substring_regex(plain, r"^(\d{4}-\d{2}-\d{2}) 00:00:00$", r"\1")
    return plain


def _inside(merges: list[list[int]], table: pa.Table, sheet: str) -> list[list[int]]:
    """Merged ranges as far as there are rows. Raises Refused when they overlap: who fills them would never end."""
    clipped = [[top, left, min(bottom, table.num_rows), right] for top, left, bottom, right in merges]
    clipped = [merge for merge in clipped if merge[0] <= merge[2] and merge[1] <= merge[3]]
    n_cells: dict[int, int] = defaultdict(int)
    for top, left, bottom, _ in clipped:
        n_cells[left] += bottom - top + 1
    if any(n > table.num_rows for n in n_cells.values()):
        raise Refused("RD-004", "合并单元格重叠 merged cells overlap", sheet)
    return clipped


def _notes(table: pa.Table, part: Part) -> list[dict[str, Any]]:
    """What is hidden and yet was read, so that it is counted neither unseen nor left out unsaid."""
    told = ["整张工作表 the whole sheet"] if part.is_hidden else []
    hidden = sorted(row for row in part.hidden_rows if row <= table.num_rows)
    taken = table.take(pa.array([row - 1 for row in hidden], pa.int64())).to_pylist() if hidden else []
    rows = [row["row_no"] for row in taken if any(value for name, value in row.items() if name != "row_no")]
    if rows:
        told.append(f"{len(rows)} 行，从第 {rows[0]} 行起 rows, from row {rows[0]} on")
    columns = [
        column
        for column in sorted(part.hidden_columns)
        if column < table.num_columns and table.column(column).null_count < table.num_rows
    ]
    if columns:
        told.append("列 columns " + "、".join(column_letters(column) for column in columns[:10]))
    if not told or not table.num_rows:
        return []
    return [{"rule": "RD-014", "found": "；".join(told), "row": rows[0] if rows else None}]


def _with_inexact_numbers_told(source: Path, read: list[Parsed]) -> list[Parsed]:
    """Numbers that lost digits become scientific notation, so that none passes for the number that was meant."""
    workbook = python_calamine.CalamineWorkbook.from_path(str(source))
    told = []
    for parsed in read:
        found: Texts = defaultdict(dict)
        sheet = workbook.get_sheet_by_name(parsed.name)
        first_column = 1 + (sheet.start[1] if sheet.start else 0)
        for row, cells in enumerate(sheet.iter_rows()):
            for column, cell in enumerate(cells, start=first_column):
                if isinstance(cell, int | float) and abs(cell) >= _FIRST_INEXACT:
                    found[column][row] = f"{Decimal(repr(cell)).normalize():E}"
        told.append(replace(parsed, table=_with_texts(parsed.table, found)))
    return told


def _ranges(source: Path) -> dict[str, tuple[int, list[list[int]]]]:
    """First used column (from 0) and merged ranges (from 1, ends included) of each sheet."""
    workbook = python_calamine.CalamineWorkbook.from_path(str(source))
    found: dict[str, tuple[int, list[list[int]]]] = {}
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        merges = [
            [top + 1, left + 1, bottom + 1, right + 1]
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
        ]
        found[name] = (sheet.start[1] if sheet.start else 0, merges)
    return found
