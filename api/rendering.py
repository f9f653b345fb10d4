"""Tables as bytes: JSON, CSV, Parquet and XLSX, each with the same rows and the release they come from.

What is null in one format is null (or empty) in all; text can never act as a formula in a spreadsheet.
"""

from __future__ import annotations

import codecs
import json
from collections.abc import Mapping, Sequence
from datetime import date, datetime
from io import BytesIO
from typing import Any

import pyarrow as pa
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import xlsxwriter

from api.problems import Text
from api.release_reader import ReleaseInfo
from warehouse.spreadsheet import harmless_column

__all__ = ["MEDIA_TYPES", "csv_bytes", "json_bytes", "meta_of", "table_bytes"]

MEDIA_TYPES = {
    "json": "application/json",
    "csv": "text/csv; charset=utf-8; header=present",
    "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
MAX_CELL_CHARS = 32_767


def meta_of(info: ReleaseInfo, notes: Sequence[Text]) -> dict[str, Any]:
    """What an answer says about its release, and what its reader must know."""
    return {
        "release": info.release_id,
        "data_as_of": info.data_as_of,
        "method": info.method_version,
        "next_update_due": info.next_update_due,
        "notes": [{"zh": note.zh, "en": note.en} for note in notes],
    }


def json_bytes(document: Any) -> bytes:
    """The document as UTF-8 JSON; dates and instants in ISO 8601; a number that is none raises ValueError."""
    return json.dumps(document, default=_iso, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()


def table_bytes(rows: pa.Table, kind: str, meta: Mapping[str, Any], source: str) -> bytes:
    """The rows as a file of the kind csv, parquet or xlsx; `source` is the path and query they answer."""
    if kind == "parquet":
        return _parquet(rows, meta)
    flat = _flattened(rows)
    return csv_bytes(flat) if kind == "csv" else _xlsx(flat, meta, source)


def _iso(value: Any) -> str:
    if isinstance(value, date | datetime):
        return value.isoformat()
    raise TypeError(f"{type(value).__name__} has no JSON form")


def _flattened(rows: pa.Table) -> pa.Table:
    """Lists and structs as JSON text, since neither CSV nor a worksheet holds them."""
    for index, column in enumerate(rows.schema):
        if pa.types.is_nested(column.type):
            values = [None if cell is None else json_bytes(cell).decode() for cell in rows.column(index).to_pylist()]
            rows = rows.set_column(index, column.name, pa.array(values, pa.string()))
    return rows


def csv_bytes(rows: pa.Table, *, has_header: bool = True) -> bytes:
    """Flat rows as CSV in UTF-8; text can never act as a formula in a spreadsheet. A header begins with the byte order
    mark, by which a spreadsheet on a Chinese Windows knows that it is no GBK.
    """
    for index, column in enumerate(rows.schema):
        if pa.types.is_string(column.type):
            rows = rows.set_column(index, column.name, harmless_column(rows.column(index)))
    sink = BytesIO()
    if has_header:
        sink.write(codecs.BOM_UTF8)
    pa_csv.write_csv(rows, sink, pa_csv.WriteOptions(include_header=has_header))
    return sink.getvalue()


def _parquet(rows: pa.Table, meta: Mapping[str, Any]) -> bytes:
    sink = BytesIO()
    kept = {name: json_bytes(value) for name, value in meta.items()}
    pq.write_table(rows.replace_schema_metadata(kept), sink, compression="zstd")
    return sink.getvalue()


def _xlsx(rows: pa.Table, meta: Mapping[str, Any], source: str) -> bytes:
    sink = BytesIO()
    plain = {"in_memory": True, "strings_to_formulas": False, "strings_to_urls": False, "strings_to_numbers": False}
    with xlsxwriter.Workbook(sink, plain) as book:
        bold = book.add_format({"bold": True, "bottom": 1})
        day = book.add_format({"num_format": "yyyy-mm-dd"})
        sheet = book.add_worksheet("data")
        sheet.write_row(0, 0, rows.column_names, bold)
        sheet.freeze_panes(1, 0)
        sheet.set_column(0, max(rows.num_columns - 1, 0), 16)
        for number, values in enumerate(zip(*(column.to_pylist() for column in rows.columns), strict=True), start=1):
            for position, value in enumerate(values):
                _write_cell(sheet, number, position, value, day)
        _write_about(book.add_worksheet("about"), meta, source)
    return sink.getvalue()


def _write_cell(sheet: Any, row: int, column: int, value: Any, day: Any) -> None:
    match value:
        case None:
            return
        case bool():
            sheet.write_boolean(row, column, value)
        case int() | float():
            sheet.write_number(row, column, value)
        case datetime():
            sheet.write_string(row, column, value.isoformat())
        case date():
            sheet.write_datetime(row, column, value, day)
        case _:
            sheet.write_string(row, column, _fitting(str(value)))


def _fitting(text: str) -> str:
    """A worksheet's cell ends at 32,767 characters: what is longer says so in its place."""
    if len(text) <= MAX_CELL_CHARS:
        return text
    mark = "……（本格过长，全文见 JSON 或 Parquet。Too long for a cell: see JSON or Parquet.）"
    return text[: MAX_CELL_CHARS - len(mark)] + mark


def _write_about(sheet: Any, meta: Mapping[str, Any], source: str) -> None:
    lines = [("source", source), *((name, value) for name, value in meta.items() if name != "notes")]
    lines += [("note", f"{note['zh']} {note['en']}") for note in meta["notes"]]
    sheet.set_column(1, 1, 60)
    for number, (name, value) in enumerate(lines):
        sheet.write_string(number, 0, name)
        text = value.isoformat() if isinstance(value, datetime) else "" if value is None else str(value)
        sheet.write_string(number, 1, text)
