"""Rows to bytes: CSV in three encodings, XLSX with title rows and merged cells, JSON and JSON Lines.

Files are written row block by row block, so that memory stays bounded; the same rows give the same bytes.
"""

from __future__ import annotations

import csv
import io
import json
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
_NUMERIC = {"序号", "抽查点数", "符合点数"}


@dataclass(frozen=True)
class Head:
    """What stands above the data rows: title and declaration (none for CSV and JSON) and the header."""

    headers: tuple[str, ...]
    title: str = ""
    declaration: str = ""
    sheet: str = "Sheet1"


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
    headers: tuple[str, ...]
    merged: Any
    next_row: int

    def write(self, rows: list[Row], spans: list[tuple[int, int]]) -> None:
        numeric = {position for position, header in enumerate(self.headers) if header in _NUMERIC}
        for offset, row in enumerate(rows):
            for position, cell in enumerate(row):
                if not cell:
                    continue
                if position in numeric and cell.isdigit():
                    self.sheet.write_number(self.next_row + offset, position, int(cell))
                else:
                    self.sheet.write_string(self.next_row + offset, position, cell)
        for start, length in spans:
            self._merge(rows[start : start + length], self.next_row + start)
        self.next_row += len(rows)

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
    row = 0
    for text in (head.title, head.declaration):
        if text:
            sheet.merge_range(row, 0, row, len(head.headers) - 1, text, bold)
            row += 1
    for position, header in enumerate(head.headers):
        sheet.write_string(row, position, header, bold)
    return _Xlsx(sheet, head.headers, merged, row + 1)
