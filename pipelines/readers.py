"""The parsers of the child process: bytes of one file to sheets of strings, written as Arrow files.

Loaded only in the child, after its limits stand. The kind is told by content, never by the file's name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from pipelines.unread_kinds import unread_kind

__all__ = ["Parsed", "Refused", "column_letters", "json_cell", "parse", "table_of"]

_HEAD = 4096
# A file's beginning, an archive without files, and one written in pieces.
_ZIP = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")


class Refused(Exception):  # noqa: N818 - it becomes an answer to the parent
    """The file isn't read; rule is an id of pipelines.reading_problems, row and column are the sheet's own."""

    def __init__(
        self,
        rule: str,
        found: str | None = None,
        sheet: str | None = None,
        *,
        row: int | None = None,
        column: str | None = None,
    ) -> None:
        super().__init__(rule)
        self.rule, self.found, self.sheet, self.row, self.column = rule, found, sheet, row, column


@dataclass(frozen=True)
class Parsed:
    """One sheet: its table, merged ranges (from 1, ends included), and notes on it: rule, found and row.

    counts_from_1904: a bare number under a date counts days from 1904, as workbooks of older Macs do.
    """

    name: str
    table: pa.Table
    merges: list[list[int]] = field(default_factory=list)
    notes: list[dict[str, Any]] = field(default_factory=list)
    counts_from_1904: bool = False


def parse(request: dict[str, Any]) -> dict[str, Any]:
    """Write `sheet_<n>.arrow` for each sheet; returns kind, encoding, and name and merged ranges of each.

    Of an archive the files are written instead, see readers_zip. Raises Refused.
    """
    source = Path(request["source"])
    with source.open("rb") as file:
        start = file.read(_HEAD)
    if len(start) < _HEAD and not start.strip(b"\x00 \t\r\n"):
        raise Refused("RD-001")
    if start.startswith(_ZIP):
        from pipelines import readers_zip  # noqa: PLC0415 - each file loads only the parser it needs

        if readers_zip.is_archive(source, start, request["file_name"]):
            return readers_zip.taken_apart(source, request)
        kind, encoding, sheets = _workbook(source, request)
    elif (unread := unread_kind(start, source)) is not None:
        raise Refused(*unread)
    else:
        kind, encoding, sheets = _text(source, request)
    answer = []
    for number, parsed in enumerate(sheets):
        table = _trimmed(parsed.table)
        _check_size(table, parsed.name, request)
        if kind != "csv":  # whose text was looked through as a whole
            _check_characters(table, parsed.name)
        with ipc.new_file(str(Path(request["folder"]) / f"sheet_{number}.arrow"), table.schema) as writer:
            writer.write_table(table)
        told = {"name": parsed.name, "merges": parsed.merges, "notes": parsed.notes}
        answer.append(told | {"counts_from_1904": parsed.counts_from_1904})
    return {"kind": kind, "encoding": encoding, "sheets": answer}


def _workbook(source: Path, request: dict[str, Any]) -> tuple[str, str, list[Parsed]]:
    from pipelines import readers_xlsx  # noqa: PLC0415 - each file loads only the parser it needs

    return "xlsx", "xlsx", readers_xlsx.sheets(source, request)


def _text(source: Path, request: dict[str, Any]) -> tuple[str, str, list[Parsed]]:
    from pipelines import readers_text  # noqa: PLC0415

    return readers_text.sheets(source, request)


def _trimmed(table: pa.Table) -> pa.Table:
    """Without the blank columns at the right, which depend on the reader and say nothing."""
    width = table.num_columns
    while width > 1 and table.column(width - 1).null_count == table.num_rows:
        width -= 1
    return table.select(table.column_names[:width])


def _check_size(table: pa.Table, sheet: str, request: dict[str, Any]) -> None:
    if table.num_rows > request["max_rows"]:
        raise Refused("RD-006", f"{table.num_rows} 行 rows", sheet)
    if table.num_columns - 1 > request["max_columns"]:
        raise Refused("RD-006", f"{table.num_columns - 1} 列 columns", sheet)
    for name in table.column_names[1:]:
        lengths = pc.utf8_length(table.column(name))
        longest = pc.max(lengths).as_py() or 0
        if longest > request["max_cell_chars"]:
            where = _place(table, name, pc.equal(lengths, longest))
            raise Refused("RD-006", f"{longest} 字符 characters", sheet or None, **where)


def _check_characters(table: pa.Table, sheet: str) -> None:
    for name in table.column_names[1:]:
        holds_nul = pc.match_substring(table.column(name), "\x00")
        if pc.any(holds_nul).as_py():
            raise Refused("RD-010", None, sheet or None, **_place(table, name, holds_nul))


def _place(table: pa.Table, name: str, where: Any) -> dict[str, Any]:
    """Row and column of the first cell for which it holds."""
    return {"row": table["row_no"][pc.index(where, True).as_py()].as_py(), "column": column_letters(int(name[1:]))}


def column_letters(number: int) -> str:
    """A column as a spreadsheet names it: 1 is A, 27 is AA."""
    letters = ""
    while number:
        number, rest = divmod(number - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def table_of(rows: Sequence[Sequence[str | None]], row_numbers: list[int]) -> pa.Table:
    """Rows of any length as one table; short rows are filled with nulls, blank cells are null."""
    width = max((len(row) for row in rows), default=0)
    columns = [[(row[k] or None) if k < len(row) else None for row in rows] for k in range(width)]
    arrays = [pa.array(row_numbers, pa.int64()), *(pa.array(column, pa.string()) for column in columns)]
    return pa.table(arrays, names=["row_no", *(f"c{k + 1}" for k in range(width))])


def json_cell(value: object) -> str | None:
    """A JSON value as the string of a cell; lists and objects stay JSON text, and what is empty is blank."""
    if value is None or value in ("", [], {}):
        return None
    if isinstance(value, str):
        return value
    if isinstance(value, bool | int | float):
        return json.dumps(value)
    return json.dumps(value, ensure_ascii=False)
