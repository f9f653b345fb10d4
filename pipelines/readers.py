"""The parsers of the child process: bytes of one file to sheets of strings, written as Arrow files.

Loaded only in the child, after its limits stand. The kind is told by content, never by the file's name.
"""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

__all__ = ["Refused", "parse"]

_ZIP = b"PK\x03\x04"
# Web pages that an office system exports under the name .xls.
_MARKUP = (b"<html", b"<!doctype", b"<table", b"<?xml", b"<meta", b"<head")
_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"


class Refused(Exception):  # noqa: N818 - it becomes an answer to the parent
    """The file isn't read; rule is an id of pipelines.reading_problems."""

    def __init__(self, rule: str, found: str | None = None, sheet: str | None = None) -> None:
        super().__init__(rule)
        self.rule, self.found, self.sheet = rule, found, sheet


def parse(request: dict[str, Any]) -> dict[str, Any]:
    """Write `sheet_<n>.arrow` for each sheet; returns kind, encoding, and name and merged ranges of each.

    Raises Refused.
    """
    source = Path(request["source"])
    with source.open("rb") as file:
        start = file.read(4096)
    if not start.strip(b"\x00 \t\r\n"):
        raise Refused("RD-001")
    if start.startswith(_ZIP):
        kind, encoding, sheets = _workbook(source, request)
    elif start.startswith(_OLE):
        raise Refused("RD-005" if _has_encrypted_package(source) else "RD-002", "xls")
    elif start.lstrip().lower().startswith(_MARKUP):
        raise Refused("RD-002", "HTML/XML")
    elif start.startswith((b"%PDF", b"Rar!", b"7z\xbc\xaf", b"\x1f\x8b", b"\x89PNG", b"\xff\xd8\xff")):
        raise Refused("RD-002", request["file_name"].rpartition(".")[2])
    else:
        kind, encoding, sheets = _text(source, request)
    answer = []
    for number, (name, whole, merges) in enumerate(sheets):
        table = _trimmed(whole)
        _check_size(table, name, request)
        with ipc.new_file(str(Path(request["folder"]) / f"sheet_{number}.arrow"), table.schema) as writer:
            writer.write_table(table)
        answer.append({"name": name, "merges": merges})
    return {"kind": kind, "encoding": encoding, "sheets": answer}


def _workbook(source: Path, request: dict[str, Any]) -> tuple[str, str, list[tuple[str, pa.Table, list[Any]]]]:
    from pipelines import readers_xlsx  # noqa: PLC0415 - each file loads only the parser it needs

    return "xlsx", "xlsx", readers_xlsx.sheets(source, request)


def _text(source: Path, request: dict[str, Any]) -> tuple[str, str, list[tuple[str, pa.Table, list[Any]]]]:
    from pipelines import readers_text  # noqa: PLC0415

    return readers_text.sheets(source, request)


def _has_encrypted_package(source: Path) -> bool:
    return "EncryptedPackage".encode("utf-16-le") in source.read_bytes()


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
        longest = pc.max(pc.utf8_length(table.column(name))).as_py() or 0
        if longest > request["max_cell_chars"]:
            raise Refused("RD-006", f"{longest} 字符 characters", sheet)


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
