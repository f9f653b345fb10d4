"""XLSX in the child process: checked as a ZIP first, then every cell as a string by calamine."""

from __future__ import annotations

import errno
import lzma
import re
import struct
import zipfile
import zlib
from decimal import Decimal
from pathlib import Path
from typing import Any

import fastexcel
import pyarrow as pa
import pyarrow.compute as pc
import python_calamine

from pipelines.readers import Refused

__all__ = ["sheets"]

_FAR_COLUMN = re.compile(rb'<c [^>]*?r="[A-Z]{3}[0-9]')
_LAST_ROWS = re.compile(rb'<row [^>]*?r="([0-9]+)"')
_CELL_IN_FIRST_COLUMN = re.compile(rb'<c r="A[0-9]+"[^>]*?>\s*<(?:v|is|f)')
# A value from 1E+15 on; may also be the text of a formula, so that the cells themselves decide.
_LONG_NUMBER = re.compile(rb"v>-?(?:[0-9]{16}|[0-9][0-9.]*[Ee][+]?[0-9]{2})")
# A spreadsheet keeps fifteen digits of a number: from here on the last ones are not those that were typed.
_FIRST_INEXACT = 1e15
_MIB = 1024 * 1024
_DAMAGED = (
    zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError,
    struct.error, zlib.error, lzma.LZMAError,
)  # fmt: skip
# A place before the file's beginning, and what bzip2 says of bytes that aren't its own.
_DAMAGED_NUMBERS = (errno.EINVAL, None)


def sheets(source: Path, request: dict[str, Any]) -> list[tuple[str, pa.Table, list[Any]]]:
    """Name, table and merged ranges of each sheet; rows and columns are the sheet's own. Raises Refused."""
    needs_ranges, has_long_numbers = _check_parts(source, request)
    try:
        reader = fastexcel.read_excel(str(source))
        ranges = _ranges(source) if needs_ranges else {}
        read = [_sheet(reader, name, *ranges.get(name, (0, []))) for name in reader.sheet_names]
        return _with_inexact_numbers_told(source, read) if has_long_numbers else read
    except (fastexcel.FastExcelError, python_calamine.CalamineError, pa.ArrowInvalid) as error:
        raise Refused("RD-004", str(error).partition("\n")[0][:200]) from error


def _sheet(
    reader: fastexcel.ExcelReader, name: str, first_column: int, merges: list[Any]
) -> tuple[str, pa.Table, list[Any]]:
    loaded = reader.load_sheet(name, header_row=None, skip_rows=0, dtypes="string")
    table = pa.table(loaded.to_arrow())
    blank = pa.nulls(table.num_rows, pa.string())
    columns = [blank] * first_column + [_plain_dates(table.column(k)) for k in range(table.num_columns)]
    numbers = pa.array(range(1, table.num_rows + 1), pa.int64())
    names = ["row_no", *(f"c{k + 1}" for k in range(len(columns)))]
    return name, pa.table([numbers, *columns], names=names), merges


def _plain_dates(column: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    """A date of a workbook comes with the hour of midnight, which nobody wrote."""
    if not pc.any(pc.ends_with(column, " 00:00:00")).as_py():
        return column.cast(pa.string())
    plain: pa.ChunkedArray[Any] = pc.replace_substring_regex(
        column.cast(pa.string()), r"^(\d{4}-\d{2}-\d{2}) 00:00:00$", r"\1"
    )
    return plain


def _with_inexact_numbers_told(
    source: Path, read: list[tuple[str, pa.Table, list[Any]]]
) -> list[tuple[str, pa.Table, list[Any]]]:
    """Numbers that lost digits become scientific notation, so that none passes for the number that was meant."""
    workbook = python_calamine.CalamineWorkbook.from_path(str(source))
    told = []
    for name, table, merges in read:
        found: dict[int, dict[int, str]] = {}
        sheet = workbook.get_sheet_by_name(name)
        first_column = 1 + (sheet.start[1] if sheet.start else 0)
        for row, cells in enumerate(sheet.iter_rows()):
            for column, cell in enumerate(cells, start=first_column):
                if isinstance(cell, int | float) and abs(cell) >= _FIRST_INEXACT:
                    found.setdefault(column, {})[row] = f"{Decimal(repr(cell)).normalize():E}"
        for column, replaced in found.items():
            values = table.column(column).to_pylist()
            for row, value in replaced.items():
                values[row] = value
            table = table.set_column(column, f"c{column}", pa.array(values, pa.string()))  # noqa: PLW2901
        told.append((name, table, merges))
    return told


def _ranges(source: Path) -> dict[str, tuple[int, list[Any]]]:
    """First used column (from 0) and merged ranges (from 1, ends included) of each sheet."""
    workbook = python_calamine.CalamineWorkbook.from_path(str(source))
    found: dict[str, tuple[int, list[Any]]] = {}
    for name in workbook.sheet_names:
        sheet = workbook.get_sheet_by_name(name)
        merges = [
            [top + 1, left + 1, bottom + 1, right + 1]
            for (top, left), (bottom, right) in sheet.merged_cell_ranges or []
        ]
        found[name] = (sheet.start[1] if sheet.start else 0, merges)
    return found


def _check_parts(source: Path, request: dict[str, Any]) -> tuple[bool, bool]:
    """Refuse bombs, far-flung cells and DTDs before a parser sees them; whether to look up ranges, and long numbers."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                raise Refused("RD-002", "zip")
            whole = sum(entry.file_size for entry in archive.infolist())
            allowed = max(50 * _MIB, source.stat().st_size * request["max_expansion"])
            if whole > min(allowed, request["memory_mb"] * _MIB // 2):
                raise Refused("RD-006", f"{whole // _MIB} MiB")
            parts = [name for name in names if name.startswith("xl/worksheets/") and name.endswith(".xml")]
            needs = [_check_sheet(archive.read(name), request) for name in parts]
            return any(ranges for ranges, _ in needs), any(long_numbers for _, long_numbers in needs)
    except _DAMAGED as error:
        raise Refused("RD-004", str(error)[:200]) from error
    except OSError as error:
        if error.errno not in _DAMAGED_NUMBERS:
            raise  # the machine's
        raise Refused("RD-004", str(error)[:200]) from error


def _check_sheet(xml: bytes, request: dict[str, Any]) -> tuple[bool, bool]:
    if b"<!DOCTYPE" in xml:
        raise Refused("RD-011")
    if _FAR_COLUMN.search(xml):
        raise Refused("RD-006", "> 702 列 columns")
    last_rows = _LAST_ROWS.findall(xml, max(0, len(xml) - 4 * _MIB))
    if last_rows and int(last_rows[-1]) > request["max_rows"]:
        raise Refused("RD-006", f"{int(last_rows[-1])} 行 rows")
    # A few rows that claim to stand at the foot of the sheet make the parser allocate all that lies between.
    if last_rows and int(last_rows[-1]) > 100_000 and len(xml) < int(last_rows[-1]) * 10:
        raise Refused("RD-006", f"第 {int(last_rows[-1])} 行 row {int(last_rows[-1])}")
    needs_ranges = b"<mergeCell " in xml or not _CELL_IN_FIRST_COLUMN.search(xml)
    return needs_ranges, _LONG_NUMBER.search(xml) is not None
