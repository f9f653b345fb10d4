"""Text in the child process: decoded strictly (BOM, UTF-8, GB18030), never guessed; CSV read here, JSON handed on."""

from __future__ import annotations

import contextlib
import csv
import io
import re
from collections import Counter
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.readers import Parsed, Refused, table_of
from pipelines.readers_json import table_of_json
from warehouse.connect import DatabaseError, quote, sandboxed

__all__ = ["decode", "sheets"]

_BOMS = ((b"\xef\xbb\xbf", "utf-8"), (b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UTF_32 = (b"\xff\xfe\x00\x00", b"\x00\x00\xfe\xff")
_DECLARED_DELIMITER = re.compile(r"sep=([^\r\n\"])\r?\n", re.IGNORECASE)
_BLANK_LINE = re.compile(r"(?:^|\n)[ \t]*\r?\n")
_DELIMITERS = (",", "\t", ";")
_SAMPLE_LINES = 50
_INPUT = "input.csv"
_CELL_IN_QUOTES = re.compile(r'\s*"((?:[^"]|"")*)"\s*')
# So many delimiters, in lines that each have as many as a record, are no text of a cell but records swallowed by it.
_DELIMITERS_OF_RECORDS = 6
# Of narrower tables the cells are compared; with fewer delimiters than these there is no table.
_FEWEST_DELIMITERS = 2
_LATIN, _HAN, _DIGITS = re.compile("[A-Za-z]+"), re.compile("[\u3400-\u9fff]+"), re.compile("[0-9]+")


def sheets(source: Path, request: dict[str, Any]) -> tuple[str, str, list[Parsed]]:
    """Kind, encoding, and the one nameless sheet. Raises Refused."""
    content = source.read_bytes()
    text, encoding = decode(content)
    if "\x00" in text:
        raise Refused("RD-010", row=1 + text.count("\n", 0, text.index("\x00")))
    first = text.lstrip()[:1]
    if not first:
        raise Refused("RD-001")
    if first in ("{", "["):
        return "json" if first == "[" else "jsonl", encoding, [Parsed("", table_of_json(text, request))]
    declared = _DECLARED_DELIMITER.match(text)
    if declared:  # a spreadsheet takes this line for itself, so that rows are counted after it
        return "csv", encoding, [Parsed("", _delimited(text[declared.end() :], request, delimiter=declared.group(1)))]
    if encoding == "utf-8":  # DuckDB can take the bytes as they are, where the file system lends them
        with contextlib.suppress(OSError):
            (Path(request["folder"]) / _INPUT).hardlink_to(source)
    del content
    return "csv", encoding, [Parsed("", _delimited(text, request))]


def decode(content: bytes) -> tuple[str, str]:
    """The text and the encoding that held: by BOM, else UTF-8, else GB18030. Raises Refused."""
    if content.startswith(_UTF_32):
        raise Refused("RD-003")
    for mark, encoding in _BOMS:
        if content.startswith(mark):
            try:
                return content[len(mark) :].decode(encoding), f"{encoding}-bom"
            except UnicodeDecodeError as error:
                raise Refused("RD-003") from error
    for encoding in ("utf-8", "gb18030"):
        try:
            return content.decode(encoding), encoding
        except UnicodeDecodeError:
            continue
    raise Refused("RD-003")


def _delimited(text: str, request: dict[str, Any], *, delimiter: str | None = None) -> pa.Table:
    """DuckDB reads what is regular; what has blank lines or ragged rows goes through Python, which keeps row numbers.

    A row is a record, counted as a spreadsheet counts it: blank lines too, line breaks inside quotes not.
    """
    head = _head(text)
    first_line = 1 if delimiter is None else 2
    delimiter = delimiter or max(_DELIMITERS, key=lambda mark: sum(line.count(mark) for line in head))
    broken, has_breaks = _quotes(text, delimiter)
    if broken is not None:
        line = first_line + text.count("\n", 0, broken)
        return _without_quoting(text, delimiter, request, line=line)
    width = max(line.count(delimiter) for line in head) + 1
    # DuckDB takes some blanks round quotes as the cell's and some not.
    is_regular = ' "' not in text and '" ' not in text and not _has_blank_lines(text)
    if is_regular and width <= request["max_columns"]:
        table = _by_duckdb(text, delimiter, width, request, has_breaks=has_breaks)
        if table is not None:
            return table
    return _by_python(text, delimiter, request, first_line=first_line)


def _head(text: str) -> list[str]:
    """The first lines, without copying all that follows."""
    end = 0
    for _ in range(_SAMPLE_LINES):
        end = text.find("\n", end) + 1
        if not end:
            return text.split("\n")
    return text[: end - 1].split("\n")


def _quotes(text: str, delimiter: str) -> tuple[int | None, bool]:
    """Where a cell begins that opens a quote and doesn't close it before a delimiter or the line's end; and whether a
    cell in quotes before it holds a line break.

    Neither DuckDB nor Python's csv can be trusted to tell: the one drops such a cell, the other fills it with rows.
    Only records with a quote are looked at: few files have many.
    """
    ends = rf"{re.escape(delimiter)}\r\n"
    cell = rf' *+"[^"]*+(?:""[^"]*+)*+" *+|(?! *")[^{ends}]++'
    sound = re.compile(rf"(?:(?:{cell})?{re.escape(delimiter)})*+(?:{cell})?(?:[\r\n]|\Z)")
    to_broken = re.compile(rf"(?:(?:{cell})?{re.escape(delimiter)})*+")
    has_breaks, end = False, 0
    while (quoted := text.find('"', end)) >= 0:
        start = max(end, text.rfind("\n", end, quoted) + 1, text.rfind("\r", end, quoted) + 1)
        record = sound.match(text, start)
        if record is None:
            broken = to_broken.match(text, start)
            return broken.end() if broken else start, has_breaks
        end = record.end()
        has_breaks = has_breaks or text.find("\n", start, end - 1) >= 0 or text.find("\r", start, end - 1) >= 0
    return None, has_breaks


def _has_blank_lines(text: str) -> bool:
    """Whether a line holds nothing but blanks; only a file whose lines begin with blanks is searched for a pattern."""
    if "\n\n" in text or "\n\r\n" in text or _BLANK_LINE.match(text):
        return True
    return ("\n " in text or "\n\t" in text) and _BLANK_LINE.search(text) is not None


def _by_duckdb(text: str, delimiter: str, width: int, request: dict[str, Any], *, has_breaks: bool) -> pa.Table | None:
    folder = Path(request["folder"])
    path = folder / _INPUT
    if not path.exists():
        path.write_text(text, encoding="utf-8", newline="")
    columns = ", ".join(f"'c{k + 1}': 'VARCHAR'" for k in range(width))
    cells = ", ".join(f"nullif(c{k + 1}, '') AS c{k + 1}" for k in range(width))
    statement = (
        f"SELECT {cells} "  # noqa: S608 - all parts are our own
        f"FROM read_csv({quote(str(path))}, header = false, auto_detect = false, columns = {{{columns}}}, "
        f"delim = {quote(delimiter)}, quote = '\"', escape = '\"', null_padding = true, "
        f"parallel = {str(not has_breaks).lower()}, max_line_size = 64000000)"
    )
    # Line breaks inside quotes, with rows of unequal length, are read by one thread only.
    try:
        with sandboxed(folder, memory=f"{request['memory_mb'] // 2}MB", threads=2) as connection:
            table: pa.Table = connection.sql(statement).to_arrow_table()
            if has_breaks and table.num_rows < text.count("\n") and _may_hold_records(table, delimiter):
                return None
            return table.add_column(0, "row_no", pa.array(range(1, table.num_rows + 1), pa.int64()))
    except DatabaseError:  # ragged, oddly quoted, or no memory left for it: the slower reader decides
        return None
    finally:
        path.unlink()


def _may_hold_records(table: pa.Table, delimiter: str) -> bool:
    return any(
        (pc.max(pc.count_substring(pc.filter(column, pc.match_substring(column, "\n")), delimiter)).as_py() or 0)
        >= _FEWEST_DELIMITERS
        for column in table.columns
    )


def _by_python(text: str, delimiter: str, request: dict[str, Any], *, first_line: int = 1) -> pa.Table:
    blanks_before_quotes = re.search(rf'(?:^|[{re.escape(delimiter)}\r\n]) +"', text) is not None
    rows, numbers, lines = _records(text, request, delimiter=delimiter, skipinitialspace=blanks_before_quotes)
    usual = _usual_width(rows)
    shapes: list[set[str]] = []
    for row, line in zip(rows, lines, strict=True):
        for cell in row:
            if "\n" not in cell or cell.count(delimiter) < _FEWEST_DELIMITERS:
                continue
            shapes = shapes or _shapes(rows, usual)
            if _holds_records(cell, delimiter, usual) or _are_records(delimiter.join(row), delimiter, shapes):
                raise _unclosed(line + first_line - 1)
    return table_of(rows, numbers)


def _without_quoting(text: str, delimiter: str, request: dict[str, Any], *, line: int) -> pa.Table:
    """Quotes as plain characters, as in `"标准"面粉`, where each row keeps its cells so; raises Refused elsewhere."""
    rows, numbers, _ = _records(text, request, delimiter=delimiter, quoting=csv.QUOTE_NONE)
    usual = _usual_width(rows)
    widths = [len(row) for row in rows]
    if usual == 1 or any(width != usual for width in widths[widths.index(usual) :]):
        raise _unclosed(line)
    for row in rows:
        for k, cell in enumerate(row):
            if cell.lstrip().startswith('"') and cell.count('"') % 2:
                raise _unclosed(line)
            if match := _CELL_IN_QUOTES.fullmatch(cell):
                row[k] = match.group(1).replace('""', '"')
    return table_of(rows, numbers)


def _records(text: str, request: dict[str, Any], **dialect: Any) -> tuple[list[list[str]], list[int], list[int]]:
    """The records that aren't blank, the number of each, and the line that each begins in."""
    csv.field_size_limit(request["max_cell_chars"])
    rows: list[list[str]] = []
    numbers: list[int] = []
    lines: list[int] = []
    reader = csv.reader(io.StringIO(text, newline=""), **dialect)
    line = 1
    try:
        for number, row in enumerate(reader, start=1):
            if len(row) > request["max_columns"]:
                raise Refused("RD-006", f"{len(row)} 列 columns")
            if any(row):
                rows.append(row)
                numbers.append(number)
                lines.append(line)
            line = reader.line_num + 1
    except csv.Error as error:
        raise Refused("RD-006", str(error)) from error
    return rows, numbers, lines


def _usual_width(rows: list[list[str]]) -> int:
    counts = Counter(len(row) for row in rows)
    return max(counts, key=lambda width: (counts[width], width), default=1)


def _holds_records(cell: str, delimiter: str, width: int) -> bool:
    """Whether lines of the cell, or its first and last together, look like records of this width."""
    first, *between, last = cell.split("\n")
    whole = sum(line.count(delimiter) == width - 1 for line in between)
    joined = first.count(delimiter) + last.count(delimiter) == width - 1
    return width > 2 and (whole + joined) * (width - 1) >= _DELIMITERS_OF_RECORDS


def _are_records(text: str, delimiter: str, shapes: list[set[str]]) -> bool:
    """Whether the lines are as many records that look like one another, or like others: quotes have joined them."""
    records = [line.rstrip("\r").split(delimiter) for line in text.split("\n")]
    if any(len(record) != len(shapes) for record in records):
        return False
    told = [{_shape(cell) for cell in column if cell} for column in zip(*records, strict=True)]
    return all(len(found) <= 1 or found <= looks for found, looks in zip(told, shapes, strict=True))


def _shapes(rows: list[list[str]], width: int) -> list[set[str]]:
    return [{_shape(row[k]) for row in rows if k < len(row)} for k in range(width)]


def _shape(cell: str) -> str:
    """The kinds of characters in a cell, in their order: DC001 and A2 look alike, 合格 and 2026-05-01 don't."""
    return _DIGITS.sub("9", _HAN.sub("中", _LATIN.sub("A", cell.strip())))


def _unclosed(line: int) -> Refused:
    return Refused("RD-012", f"第 {line} 行 line {line}")
