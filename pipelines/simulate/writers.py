"""Rows to bytes: CSV in three encodings, XLSX with title rows and merged cells, JSON and JSON Lines.

Files are written row block by row block, so that memory stays bounded; the same rows give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Protocol, TextIO

import xlsxwriter

from pipelines.simulate.layout import Row

__all__ = ["FORMATS", "SUFFIXES", "Head", "SheetWriter", "open_json", "open_sheets", "writer_of"]

SUFFIXES = {
    "csv": ".csv",
    "csv_bom": ".csv",
    "csv_gb18030": ".csv",
    "xlsx": ".xlsx",
    "json": ".json",
    "jsonl": ".jsonl",
}
FORMATS = tuple(SUFFIXES)
_ENCODINGS = {"csv": "utf-8", "csv_bom": "utf-8-sig", "csv_gb18030": "gb18030"}
_CREATED = datetime(2026, 1, 1, tzinfo=UTC)
_DATED = {"抽样日期", "检验报告签发日期", "报告签发日期", "抽查日期"}
_ISO_DATE = re.compile(r"20\d\d-(?:0[1-9]|1[0-2])-(?:[01]\d|2[0-8])")
_NUMERIC = {"序号", "抽查点数", "符合点数"}


@dataclass(frozen=True)
class Head:
    """What stands above the data rows: title, declaration and header; JSON has keys alone.

    title_in_csv: the title rows stand in a CSV too, as an export from a spreadsheet leaves them.
    real_dates: ISO dates are written into a workbook as date cells and not as text.
    """

    headers: tuple[str, ...]
    title: str = ""
    declaration: str = ""
    sheet: str = "Sheet1"
    title_in_csv: bool = False
    real_dates: bool = False

    @property
    def above(self) -> tuple[str, ...]:
        """The rows above the header."""
        return tuple(text for text in (self.title, self.declaration) if text)


class SheetWriter(Protocol):
    """Takes the rows of one table in blocks."""

    def write(self, rows: list[Row], spans: list[tuple[int, int]]) -> None:
        """Append rows; `spans` names runs (first row of the block, length) whose unfilled cells are merged."""


@dataclass
class _Csv:
    file: TextIO
    writer: Any

    def write(self, rows: list[Row], spans: list[tuple[int, int]]) -> None:  # noqa: ARG002 - CSV merges nothing
        self.writer.writerows(rows)


@dataclass
class _Json:
    file: TextIO
    headers: tuple[str, ...]
    is_lines: bool
    n_written: int = 0

    def write(self, rows: list[Row], spans: list[tuple[int, int]]) -> None:  # noqa: ARG002 - JSON merges nothing
        for row in rows:
            if not self.is_lines:
                self.file.write(",\n" if self.n_written else "[\n")
            self.file.write(json.dumps(dict(zip(self.headers, row, strict=True)), ensure_ascii=False))
            if self.is_lines:
                self.file.write("\n")
            self.n_written += 1


@dataclass
class _Xlsx:
    sheet: Any
    head: Head
    merged: Any
    next_row: int
    as_date: Any

    def write(self, rows: list[Row], spans: list[tuple[int, int]]) -> None:
        for offset, row in enumerate(rows):
            for position, cell in enumerate(row):
                if cell:
                    self._write_cell(self.next_row + offset, position, cell)
        for start, length in spans:
            self._merge(rows[start : start + length], self.next_row + start)
        self.next_row += len(rows)

    def _write_cell(self, row: int, position: int, cell: str) -> None:
        header = self.head.headers[position]
        if header in _NUMERIC and cell.isdigit():
            self.sheet.write_number(row, position, int(cell))
        elif self.head.real_dates and header in _DATED and _ISO_DATE.fullmatch(cell):
            self.sheet.write_datetime(row, position, datetime.fromisoformat(cell), self.as_date)
        else:
            self.sheet.write_string(row, position, cell)

    def _merge(self, rows: list[Row], top: int) -> None:
        for position, cell in enumerate(rows[0]):
            if not any(row[position] for row in rows[1:]):
                self.sheet.merge_range(top, position, top + len(rows) - 1, position, cell, self.merged)


@contextmanager
def writer_of(path: Path, form: str, head: Head) -> Iterator[SheetWriter]:
    """A writer of a file with one table in one of FORMATS."""
    if form == "xlsx":
        with open_sheets(path, [head]) as writers:
            yield writers[0]
    elif form in _ENCODINGS:
        with path.open("w", encoding=_ENCODINGS[form], newline="") as file:
            writer = csv.writer(file, lineterminator="\r\n" if form == "csv_gb18030" else "\n")
            for text in head.above if head.title_in_csv else ():
                writer.writerow([text, *[""] * (len(head.headers) - 1)])
            writer.writerow(head.headers)
            yield _Csv(file, writer)
    else:
        with open_json(path, form, head) as json_writer:
            yield json_writer


@contextmanager
def open_json(path: Path, form: str, head: Head) -> Iterator[SheetWriter]:
    """A writer of a list of objects (json) or of one object a line (jsonl)."""
    with path.open("w", encoding="utf-8", newline="\n") as file:
        writer = _Json(file, head.headers, form == "jsonl")
        yield writer
        if form == "json":
            file.write("\n]\n" if writer.n_written else "[]\n")


@contextmanager
def open_sheets(path: Path, heads: list[Head]) -> Iterator[list[SheetWriter]]:
    """Writers of the sheets of one workbook, whose creation date is fixed."""
    content = io.BytesIO()
    book = xlsxwriter.Workbook(content, {"in_memory": True, "strings_to_numbers": False})
    book.set_properties({"created": _CREATED.replace(tzinfo=None)})
    bold, merged = book.add_format({"bold": True}), book.add_format({"valign": "vcenter"})
    yield [_open_sheet(book, head, bold, merged) for head in heads]
    book.close()
    path.write_bytes(content.getvalue())


def _open_sheet(book: Any, head: Head, bold: Any, merged: Any) -> SheetWriter:
    sheet = book.add_worksheet(head.sheet)
    for row, text in enumerate(head.above):
        sheet.merge_range(row, 0, row, len(head.headers) - 1, text, bold)
    for position, header in enumerate(head.headers):
        sheet.write_string(len(head.above), position, header, bold)
    return _Xlsx(sheet, head, merged, len(head.above) + 1, book.add_format({"num_format": "yyyy-mm-dd"}))
