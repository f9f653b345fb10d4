"""What the parts of a workbook say before a parser sees them: bombs, DTDs and far-flung cells are refused here.

And what no parser tells: formulas that were never calculated, and what is hidden.
"""

from __future__ import annotations

import errno
import html
import lzma
import re
import struct
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

from pipelines.readers import Refused

__all__ = ["Part", "parts_of_sheets"]

_MIB = 1024 * 1024
_HEAD = 64 * 1024
_MOST_SHEETS = 1000
# Every pattern is bounded, so that no XML makes a search take the square of its length.
_FAR_COLUMN = re.compile(rb'<c [^>]{0,200}?r="[A-Z]{3}[0-9]')
_LAST_ROWS = re.compile(rb'<row [^>]{0,200}?r="([0-9]{1,9})"')
# Something that a parser takes for a cell of the first column; a formula alone, or a blank result, is none.
_CELL_IN_FIRST_COLUMN = re.compile(
    rb'<c r="A[0-9]{1,9}"[^>]{0,200}>\s*(?:<f[^>]{0,300}/>|<f[^>]{0,300}>[^<]*</f>)?\s*(?:<v>[^<]|<is>)'
)
# A value from 1E+15 on; may also be the text of a formula, so that the cells themselves decide.
_LONG_NUMBER = re.compile(rb"v>-?(?:[0-9]{16}|[0-9][0-9.]*[Ee][+]?[0-9]{2})")
_BARE_FORMULA = re.compile(
    rb"<c( [^>]{0,300})?>\s*<f(?:[^>]{0,300}/>|[^>]{0,300}>([^<]*)</f>)\s*(?:<v\s*/>|<v></v>)?\s*</c>"
)
_REFERENCE = re.compile(rb' r="([A-Z]{1,3})([0-9]{1,7})"')
_HIDDEN_ROW = re.compile(rb'<row [^>]{0,300}?r="([0-9]{1,7})"[^>]{0,300}? hidden="(?:1|true)"')
_HIDDEN_COLUMNS = re.compile(rb'<col(?: [^>]{0,300}?)? hidden="(?:1|true)"[^>]{0,300}>')
_SHEET = re.compile(r"<(?:\w+:)?sheet\s([^>]{0,1000})>")
_RELATIONSHIP = re.compile(r"<(?:\w+:)?Relationship\s([^>]{0,1000})>")
_ATTRIBUTE = re.compile(r"""([\w:]+)\s*=\s*("[^"]*"|'[^']*')""")
_DAMAGED = (
    zipfile.BadZipFile, EOFError, NotImplementedError, RuntimeError, ValueError,
    struct.error, zlib.error, lzma.LZMAError,
)  # fmt: skip
# A place before the file's beginning, and what bzip2 says of bytes that aren't its own.
_DAMAGED_NUMBERS = (errno.EINVAL, None)


@dataclass(frozen=True)
class Part:
    """What the XML of one sheet says; of one that isn't where it is expected, the parser is asked everything.

    needs_ranges: merged cells, or the first column may be blank, which the parser leaves out; bare_formulas: by row and
    column, from 1, the formulas without a result; hidden_rows, hidden_columns: from 1.
    """

    needs_ranges: bool = True
    has_long_numbers: bool = True
    is_hidden: bool = False
    bare_formulas: dict[tuple[int, int], str] = field(default_factory=dict)
    hidden_rows: frozenset[int] = frozenset()
    hidden_columns: frozenset[int] = frozenset()


def parts_of_sheets(source: Path, request: dict[str, Any]) -> dict[str, Part]:
    """The part of each sheet, by the sheet's name. Raises Refused."""
    try:
        with zipfile.ZipFile(source) as archive:
            names = archive.namelist()
            if "xl/workbook.xml" not in names:
                raise Refused("RD-002", "zip")
            whole = sum(entry.file_size for entry in archive.infolist())
            allowed = max(50 * _MIB, source.stat().st_size * request["max_expansion"])
            if whole > min(allowed, request["memory_mb"] * _MIB // 2):
                raise Refused("RD-006", f"{whole // _MIB} MiB")
            _refuse_doctypes(archive, names)
            return _parts(archive, names, request)
    except _DAMAGED as error:
        raise Refused("RD-004", str(error)[:200]) from error
    except OSError as error:
        if error.errno not in _DAMAGED_NUMBERS:
            raise  # the machine's
        raise Refused("RD-004", str(error)[:200]) from error


def _refuse_doctypes(archive: zipfile.ZipFile, names: list[str]) -> None:
    for name in names:
        if name.lower().endswith((".xml", ".rels")):
            with archive.open(name) as part:
                if b"<!doctype" in part.read(_HEAD).lower():
                    raise Refused("RD-011")


def _parts(archive: zipfile.ZipFile, names: list[str], request: dict[str, Any]) -> dict[str, Part]:
    by_path = {
        name: _part(archive.read(name), request)
        for name in names
        if name.startswith("xl/worksheets/") and name.endswith(".xml")
    }
    if len(by_path) > _MOST_SHEETS:
        raise Refused("RD-006", f"{len(by_path)} 张工作表 sheets")
    named: dict[str, Part] = {}
    for sheet, path, is_hidden in _sheets(archive, names):
        if sheet in named:
            raise Refused("RD-004", f"两张工作表同名 two sheets are named {sheet[:50]}")
        is_chart = path.startswith("xl/chartsheets/")
        part = by_path.get(path, Part(needs_ranges=not is_chart, has_long_numbers=not is_chart))
        named[sheet] = replace(part, is_hidden=is_hidden)
    return named


def _sheets(archive: zipfile.ZipFile, names: list[str]) -> Iterator[tuple[str, str, bool]]:
    """Name, path and whether it is hidden, of each sheet that the workbook lists."""
    relations = "xl/_rels/workbook.xml.rels"
    targets = {}
    if relations in names:
        for found in _RELATIONSHIP.findall(archive.read(relations).decode("utf-8", errors="replace")):
            told = _attributes(found)
            targets[told.get("Id")] = told.get("Target", "")
    for found in _SHEET.findall(archive.read("xl/workbook.xml").decode("utf-8", errors="replace")):
        told = _attributes(found)
        target = targets.get(next((value for name, value in told.items() if name.endswith(":id")), ""), "")
        path = target.removeprefix("/") if target.startswith("/") else f"xl/{target}"
        yield told.get("name", ""), path, told.get("state", "visible") != "visible"


def _attributes(text: str) -> dict[str, str]:
    return {name: html.unescape(value[1:-1]) for name, value in _ATTRIBUTE.findall(text)}


def _part(xml: bytes, request: dict[str, Any]) -> Part:
    if _FAR_COLUMN.search(xml):
        raise Refused("RD-006", "> 702 列 columns")
    last_rows = _LAST_ROWS.findall(xml, max(0, len(xml) - 4 * _MIB))
    if last_rows and int(last_rows[-1]) > request["max_rows"]:
        raise Refused("RD-006", f"{int(last_rows[-1])} 行 rows")
    # A few rows that claim to stand at the foot of the sheet make the parser allocate all that lies between.
    if last_rows and int(last_rows[-1]) > 100_000 and len(xml) < int(last_rows[-1]) * 10:
        raise Refused("RD-006", f"第 {int(last_rows[-1])} 行 row {int(last_rows[-1])}")
    bare_formulas = dict(_bare_formulas(xml)) if b"<f" in xml else {}
    return Part(
        needs_ranges=b"<mergeCell " in xml or bool(bare_formulas) or not _CELL_IN_FIRST_COLUMN.search(xml),
        has_long_numbers=_LONG_NUMBER.search(xml) is not None,
        bare_formulas=bare_formulas,
        hidden_rows=frozenset(map(int, _HIDDEN_ROW.findall(xml))) if b" hidden=" in xml else frozenset(),
        hidden_columns=frozenset(_hidden_columns(xml, request["max_columns"])) if b" hidden=" in xml else frozenset(),
    )


def _bare_formulas(xml: bytes) -> Iterator[tuple[tuple[int, int], str]]:
    """Formulas without a result, as programs write them that don't calculate; a result that is blank text is one."""
    for attributes, formula in _BARE_FORMULA.findall(xml):
        if b' t="str"' in attributes:
            continue
        place = _REFERENCE.search(attributes)
        if place is None:
            raise Refused("RD-004", "公式没有计算结果 formulas without results")
        column = 0
        for letter in place.group(1):
            column = column * 26 + letter - ord("A") + 1
        text = html.unescape(formula.decode("utf-8", errors="replace"))
        yield (int(place.group(2)), column), f"={text}"


def _hidden_columns(xml: bytes, most: int) -> Iterator[int]:
    for found in _HIDDEN_COLUMNS.findall(xml):
        told = _attributes(found.decode("utf-8", errors="replace"))
        first, last = (told.get(end, "0") for end in ("min", "max"))
        if first.isascii() and first.isdigit() and last.isascii() and last.isdigit():
            yield from range(int(first), min(int(last), most) + 1)
