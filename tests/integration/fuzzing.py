"""Damaged and made-up files for one reader after the other, each made of its number alone.

Run as `python -m tests.integration.fuzzing KIND FIRST LAST FOLDER`: reads cases FIRST…LAST-1 under the limits of the
child and prints a line of JSON for each that is answered wrongly. The case under way is told by FOLDER/case, so that
whoever started it knows which one ended it.
"""

from __future__ import annotations

import io
import json
import random
import re
import resource
import shutil
import signal
import sys
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime
from functools import cache
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
import xlsxwriter
from pyarrow import ipc

from pipelines import readers, readers_text
from pipelines.read_child import answer_of
from pipelines.reading_problems import READING_PROBLEMS, reading_problem

__all__ = ["KINDS", "case"]

KINDS = ("csv", "xlsx", "json", "jsonl", "any")
LIMITS = {
    "memory_mb": 2048, "max_rows": 10_000, "max_columns": 60, "max_cell_chars": 10_000, "max_expansion": 200,
    "max_members": 20,
}  # fmt: skip
_SECONDS = 120
_TABLE = (
    ("抽样编号", "序号", "食品名称", "规格型号", "检验结论", "不合格项目║检验结果║标准值"),
    ("DC001", "1", "挂面", "500克/袋", "合格", "/"),
    ("DC002", "2", "红薯淀粉", '15"屏', "不合格", "铅║0.5mg/kg║≤0.2mg/kg"),
    ("", "", "", "", "", "镉║0.3mg/kg║≤0.1mg/kg"),
    ("DC003", "3", "食醋\n（散装）", "1,5L", "未判定", "—"),
)
_CSV_PIECES = (
    '"', '"', '"', '"', '""', '"\n"', ',"', " \"", "\" ", ",", ";", "\t", "\r", "\n", "\r\n", "\n\n", " ", "sep=;\n",
    "\x00", "\ufeff", "\u3000", "甲", "=1", "'", "\\", "\x0b", "\x1a", "\x85", "\u2028", "x" * 300, "<", "\U00020000",
)  # fmt: skip
_JSON_PIECES = (
    "{", "}", "[", "]", '"', "\\", ":", ",", "null", "NaN", "-Infinity", "1e999", "0.50", "\\ud800", "\\u0000", "\n",
    '{"a":1}', "true", "[" * 2000, '"a":1,"a":2,', "[]", "{}", '"items":[1],', "\x00", "\x1f", "9" * 30, "甲",
)  # fmt: skip
_XML_PIECES = (
    'r="XFD1"', 'r="A0"', 'r=""', 'r="A4294967297"', 'r="ZZZ1"', 'r="B2"', 't="s"', 't="e"', 't="d"', 't="b"',
    't="str"', 't="inlineStr"', "<v>", "</v>", "<v>-1</v>", "<v>99999</v>", "<v>1e400</v>", "<v>#N/A</v>", "<v/>",
    "<f>A1</f>", "<f/>", '<f t="shared" si="9"/>', "<is><t>x</t></is>", "&#0;", "&#x41;", "&amp;", "&e;", "<!--", "-->",
    '<mergeCell ref="B2:C3"/>', '<mergeCell ref="C3:B2"/>', ' hidden="1"', ' s="99"', 'count="4294967295"',
    '<row r="0">', '<row r="9999">', "</row>", "<c/>", '<c r="E5"><f>B2</f></c>',
    '<col min="1" max="99999" hidden="1"/>', "<!DOCTYPE x>", "<![CDATA[x]]>", "\x00", "甲", "0", "1", "9" * 20, "/",
)  # fmt: skip
_ELEMENTS = (
    *(piece for piece in _XML_PIECES if piece.startswith("<") and piece.endswith("/>")),
    "<v>-1</v>", "<v>99999</v>", "<v>1e400</v>", "<v>#N/A</v>", "<f>A1</f>", "<is><t>x</t></is>",
    '<c r="E5"><f>B2</f></c>', '<c r="F2"><v>1</v></c>', '<row r="7"><c r="B7"><v>7</v></c></row>',
    '<row r="2"><c r="A2" t="str"><v>again</v></c></row>', "<row/>", "<!-- a -->", "<si><t>x</t></si>",
)  # fmt: skip
_VALUES = (
    "A1", "XFD1", "ZZ9", "A0", "", "0", "1", "-1", "s", "str", "e", "d", "b", "n", "inlineStr", "shared", "hidden",
    "A2:A3", "B3:A2", "true", "rId1", "rId2", "9999999", "99999999999999999999", "1e400", "#REF!", "甲", "&#0;",
    "&#10;", "2026-01-05T00:00:00Z", "xl/worksheets/sheet2.xml", "../../etc/passwd", "preserve",
)  # fmt: skip
_ATTRIBUTE_OR_TEXT = re.compile('="([^"]*)"|>([^<]+)<')
_TAG = re.compile("<[^<>]+>")
_STARTS = (
    b"PK\x03\x04", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", b"%PDF", b"\xff\xfe", b"\xfe\xff", b"\xef\xbb\xbf", b"<html>",
    b"<?xml?>", b"{", b"[", b'"', b"\x00", b"\n" * 5000, b"\x1f\x8b", b"sep=", b"\xff\xfe\x00\x00", b"RIFF", b" ",
)  # fmt: skip
_LAYOUT = re.compile('[",;\t|\r\n ]|^\ufeff')
Edit = Callable[[random.Random, Any, tuple[Any, ...]], Any]


def case(kind: str, number: int) -> bytes:
    """The bytes of one case; the same number gives the same bytes. Case 0 of each kind is sound."""
    chance = random.Random(f"{kind} {number}")
    if kind == "any":
        return _any(chance)
    n_edits = chance.choice((1, 1, 2, 3, 6)) if number else 0
    if kind == "xlsx":
        return _workbook(chance, n_edits)
    if kind == "csv":
        seed, pieces = _csv(), _CSV_PIECES
    else:
        is_made_up = number > 0 and chance.random() < 0.7
        n_edits = chance.randrange(2) if is_made_up else n_edits
        seed, pieces = _json(chance if is_made_up else None, lines=kind == "jsonl"), _JSON_PIECES
    for _ in range(n_edits):
        seed = _edited(chance, seed, pieces)
    encoding = chance.choice(("utf-8", "utf-8", "utf-8", "gb18030", "utf-16", "utf-8-sig")) if number else "utf-8"
    return seed.encode(encoding, errors="replace")


def _any(chance: random.Random) -> bytes:
    content = case(chance.choice(KINDS[:-1]), chance.randrange(50))
    if chance.random() < 0.3:
        content = chance.choice(_STARTS) + content
    return bytes(_edited(chance, content, _STARTS)) if chance.random() < 0.8 else content


def _workbook(chance: random.Random, n_edits: int) -> bytes:
    if n_edits and chance.random() < 0.15:
        return bytes(_edited(chance, _plain_workbook(), _STARTS))
    parts = _parts()
    for _ in range(n_edits):
        name = chance.choice([*(["xl/worksheets/sheet1.xml"] * 6), "xl/sharedStrings.xml", *parts])
        edit = _edited_xml if chance.random() < 0.8 else _edited
        parts[name] = edit(chance, parts[name], _XML_PIECES)
    changed = io.BytesIO()
    with zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, text in parts.items():
            archive.writestr(zipfile.ZipInfo(name), text, zipfile.ZIP_DEFLATED)  # no time of writing in it
    return changed.getvalue()


def _edited(chance: random.Random, content: Any, pieces: tuple[Any, ...]) -> Any:
    """Text or bytes with one piece put in, taken out, doubled, moved, or cut off."""
    start, end = sorted(chance.randrange(len(content) + 1) for _ in range(2))
    end = min(end, start + chance.choice((1, 3, 20, len(content))))
    other = chance.randrange(len(content) + 1)
    match chance.randrange(6):
        case 0 | 1:
            return content[:start] + chance.choice(pieces) + content[start:]
        case 2:
            return content[:start] + chance.choice(pieces) + content[end:]
        case 3:
            return content[:start] + content[end:]
        case 4:
            return content[:other] + content[start:end] + content[other:]
        case _:
            return content[: max(start, 1)]


def _edited_xml(chance: random.Random, text: str, pieces: tuple[str, ...]) -> str:
    """XML that stays XML, mostly: another value of an attribute or text, an element more, less, or twice."""
    places = list(_ATTRIBUTE_OR_TEXT.finditer(text))
    tags = list(_TAG.finditer(text))
    if not places or not tags:
        return text
    place, tag = chance.choice(places), chance.choice(tags)
    match chance.randrange(5):
        case 0 | 1:
            start, end = place.span(1) if place.group(1) is not None else place.span(2)
            return text[:start] + chance.choice(_VALUES) + text[end:]
        case 2 | 3:
            return text[: tag.end()] + chance.choice(_ELEMENTS) + text[tag.end() :]
        case _:
            other = chance.choice(tags)
            start, end = sorted((tag.start(), other.start()))
            moved = text[start:end] if end - start < 300 else ""
            return text[:end] + moved + text[end:]


def _csv() -> str:
    return "".join(",".join(_quoted(cell) for cell in row) + "\r\n" for row in _TABLE)


def _quoted(cell: str) -> str:
    return '"' + cell.replace('"', '""') + '"' if re.search('[",\n]', cell) else cell


def _json(chance: random.Random | None, *, lines: bool) -> str:
    entries: list[Any] = [
        dict(zip(_TABLE[0], row, strict=True)) | {"n": 0.5, "f": [{"item": "铅"}]} for row in _TABLE[1:]
    ]
    if chance is not None:
        entries = [_value(chance, 3) if chance.random() < 0.1 else _object(chance, 3) for _ in range(4)]
    told = [json.dumps(entry, ensure_ascii=chance is not None and chance.random() < 0.3) for entry in entries]
    if lines:
        return (chance.choice(("\n", "\r\n", "\n\n", "\n ")) if chance else "\n").join(told)
    wrapped = chance.choice(("{}", "{}", '{{"items": {}}}', '{{"data": {}, "n": 1}}')) if chance else "{}"
    return wrapped.format(f"[{', '.join(told)}]")


def _object(chance: random.Random, depth: int) -> dict[str, Any]:
    keys = chance.sample(("抽样编号", "a", "b", "", "items", "\U00020000", "c" * 50), chance.randrange(4))
    return {key: _value(chance, depth - 1) for key in keys}


def _value(chance: random.Random, depth: int) -> Any:
    plain = (None, True, 0, -1.50, 1e300, 10**25, "", "甲\n乙", '"', "\u2028", "x\x00", "\ud800", float("nan"), [], {})
    if depth > 0 and chance.random() < 0.3:
        return chance.choice(([_value(chance, depth - 1)], _object(chance, depth)))
    return chance.choice(plain[:10] if chance.random() < 0.9 else plain)


@cache
def _plain_workbook() -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True}) as book:
        book.set_properties({"created": datetime(2026, 1, 1, tzinfo=UTC)})
        sheet = book.add_worksheet("表")
        for number, row in enumerate(_TABLE):
            sheet.write_row(number, 0, row)
        sheet.write_formula("G2", "=1/0", None, "#DIV/0!")
        sheet.write_formula("H2", "=B2", None, "")
        sheet.write_number("G3", 46027, book.add_format({"num_format": "yyyy-mm-dd"}))
        sheet.write_number("H3", 2026510000000012341)
        sheet.write_boolean("G4", True)
        sheet.merge_range("A3:A4", "DC002")
        sheet.set_row(4, None, None, {"hidden": True})
        book.add_worksheet("空").hide()
    return content.getvalue()


def _parts() -> dict[str, str]:
    with zipfile.ZipFile(io.BytesIO(_plain_workbook())) as archive:
        return {name: archive.read(name).decode() for name in archive.namelist()}


def fault(content: bytes, folder: Path) -> str | None:
    """What is wrong with the answer to a case; None when it is one that a parent and a sender can live with."""
    source = folder / "source"
    source.write_bytes(content)
    answer = answer_of(readers, {"source": str(source), "file_name": "case", "folder": str(folder), **LIMITS})
    if "failure" in answer:
        return f"the machine is blamed: {answer['failure']}"
    json.dumps(answer).encode()
    if "problem" in answer:
        return _fault_of_problem(answer)
    for number, entry in enumerate(answer["sheets"]):
        with ipc.open_file(str(folder / f"sheet_{number}.arrow")) as file:
            table = file.read_all()
        said = _fault_of_table(table) or _fault_of_entry(entry, table)
        if said is None and answer["kind"] == "csv":
            said = _fault_of_text(content, table)
        if said is not None:
            return said
    return None


def _fault_of_problem(answer: dict[str, Any]) -> str | None:
    if answer["problem"] not in READING_PROBLEMS:
        return f"no such problem: {answer['problem']}"
    problem = reading_problem(answer["problem"], **{k: answer.get(k) for k in ("found", "sheet", "row", "column")})
    f"{problem.message_zh}{problem.message_en}".encode()
    return None


def _fault_of_table(table: pa.Table) -> str | None:
    table.validate(full=True)
    if table.column_names != ["row_no", *(f"c{k}" for k in range(1, table.num_columns))]:
        return f"columns {table.column_names}"
    if any(kind != pa.string() for kind in table.schema.types[1:]) or table.schema.types[0] != pa.int64():
        return f"types {table.schema.types}"
    numbers = table.column("row_no").to_pylist()
    if numbers != sorted(set(numbers)):
        return f"rows {numbers}"
    if any(pc.any(pc.equal(column, "")).as_py() for column in table.columns[1:]):
        return "a blank cell that is no null"
    return None


def _fault_of_entry(entry: dict[str, Any], table: pa.Table) -> str | None:
    last = table.num_rows
    if any(not 1 <= top <= bottom <= last or not 1 <= left <= right for top, left, bottom, right in entry["merges"]):
        return f"merged cells {entry['merges']} in {last} rows"
    if any(note["rule"] not in READING_PROBLEMS for note in entry["notes"]):
        return f"notes {entry['notes']}"
    return None


def _fault_of_text(content: bytes, table: pa.Table) -> str | None:
    """Read line by line, the cells say what the text says but for its layout: nothing is lost, moved or added."""
    text, _ = readers_text.decode(content)
    text = re.sub(r'\Asep=[^\r\n"]\r?\n', "", text, flags=re.IGNORECASE)
    cells = "".join(cell or "" for row in table.to_pylist() for name, cell in row.items() if name != "row_no")
    said, written = _LAYOUT.sub("", cells), _LAYOUT.sub("", text)
    return None if said == written else f"the cells say {said[:500]!r}, the text {written[:500]!r}"


def main(kind: str, first: str, last: str, folder: str) -> int:
    # One reading after the other: twice what a child has for one, of which DuckDB reserves much and uses little.
    for limit, most in ((resource.RLIMIT_AS, 2 * LIMITS["memory_mb"] << 20), (resource.RLIMIT_CORE, 0)):
        resource.setrlimit(limit, (most, most))
    scratch = Path(folder) / "scratch"
    for number in range(int(first), int(last)):
        shutil.rmtree(scratch, ignore_errors=True)
        scratch.mkdir()
        (Path(folder) / "case").write_text(str(number), encoding="ascii")
        signal.alarm(_SECONDS)
        try:
            said = fault(case(kind, number), scratch)
        except Exception as error:  # noqa: BLE001 - every one is a finding
            said = f"{type(error).__name__}: {error}"[:1000]
        if said is not None:
            print(json.dumps([kind, number, said]), flush=True)  # noqa: T201 - its answer
    return 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
