"""Files that a sender should not have sent, or could not know better than to send; all content is made up."""

from __future__ import annotations

import io
import json
import re
import zipfile
from collections.abc import Callable
from functools import cache

import xlsxwriter

from tests.integration.feed_files import FOOD

__all__ = ["MIB", "compound_file", "csv_of", "entity_bomb", "json_of", "rewritten", "with_cells", "workbook", "zip_of"]

MIB = 1024 * 1024
_NAMESPACE = "http://schemas.openxmlformats.org/spreadsheetml/2006/main"


def csv_of(*rows: tuple[str | None, ...], delimiter: str = ",", end: str = "\r\n") -> bytes:
    """Rows whose cells need no quotes."""
    return "".join(delimiter.join(cell or "" for cell in row) + end for row in rows).encode()


def workbook(build: Callable[[xlsxwriter.Workbook], object], **options: object) -> bytes:
    content = io.BytesIO()
    with xlsxwriter.Workbook(content, {"in_memory": True, **options}) as book:
        build(book)
    return content.getvalue()


@cache
def _plain() -> bytes:
    def build(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("表")
        for number, row in enumerate(FOOD):
            sheet.write_row(number, 0, [cell or "" for cell in row])

    return workbook(build)


def rewritten(part: str, change: Callable[[bytes], bytes], *, content: bytes | None = None) -> bytes:
    """A workbook of the food table, one of whose parts is changed."""
    changed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content or _plain())) as source,
        zipfile.ZipFile(changed, "w", zipfile.ZIP_DEFLATED) as target,
    ):
        assert part in source.namelist()
        for name in source.namelist():
            target.writestr(name, change(source.read(name)) if name == part else source.read(name))
    return changed.getvalue()


def with_cells(cells: str) -> bytes:
    """A workbook whose one sheet holds these rows as XML."""
    sheet = f'<?xml version="1.0"?><worksheet xmlns="{_NAMESPACE}"><sheetData>{cells}</sheetData></worksheet>'
    return rewritten("xl/worksheets/sheet1.xml", lambda _: sheet.encode())


def entity_bomb(part: str) -> bytes:
    """A workbook with entities that grow tenfold nine times."""
    entities = "".join(f'<!ENTITY e{n} "{(f"&e{n - 1};" if n else "ha") * 10}">' for n in range(10))
    doctype = f"<!DOCTYPE x [{entities}]>".encode()
    used = re.compile("挂面".encode())
    return rewritten(part, lambda xml: used.sub(b"&e9;", re.sub(rb"<(?=[a-z])", doctype + b"<", xml, count=1)))


def zip_of(**parts: bytes) -> bytes:
    """A ZIP; `__` in a name stands for a slash, `_xml` at its end for .xml."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, part in parts.items():
            archive.writestr(re.sub("_xml$", ".xml", name).replace("__", "/"), part)
    return content.getvalue()


def compound_file(stream: str) -> bytes:
    """The beginning of a compound file (old Office formats, encrypted new ones) with one stream of that name."""
    header = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1".ljust(512, b"\x00")
    entries = [name.encode("utf-16-le").ljust(128, b"\x00") for name in ("Root Entry", stream)]
    return header + b"".join(entries).ljust(512, b"\x00")


def json_of(*entries: object) -> bytes:
    return json.dumps(entries, ensure_ascii=False).encode()
