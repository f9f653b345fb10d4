"""Files that aren't read, told by how they begin, never by their name; each with what its sender is told it is."""

from __future__ import annotations

import re
from pathlib import Path

__all__ = ["unread_kind"]

_OLE = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
# Streams of a compound file; the first that is there says what it is.
_OLE_STREAMS = (
    ("EncryptedPackage", "RD-005", None),
    ("Workbook", "RD-002", "旧版工作簿 an old workbook, xls"),
    ("WordDocument", "RD-013", "Word 文档 a Word document"),
    ("PowerPoint Document", "RD-013", "幻灯片 a slide show"),
    ("Book", "RD-002", "旧版工作簿 an old workbook, xls"),
)
_STARTS = (
    (b"%PDF", "RD-013", "PDF"),
    (b"\x89PNG", "RD-013", "图片 a picture (PNG)"),
    (b"\xff\xd8\xff", "RD-013", "图片 a picture (JPEG)"),
    (b"GIF8", "RD-013", "图片 a picture (GIF)"),
    (b"II*\x00", "RD-013", "图片 a picture (TIFF)"),
    (b"MM\x00*", "RD-013", "图片 a picture (TIFF)"),
    (b"{\\rtf", "RD-013", "Word 文档 a Word document (RTF)"),
    (b"Rar!", "RD-002", "RAR"),
    (b"7z\xbc\xaf", "RD-002", "7z"),
    (b"\x1f\x8b", "RD-002", "gzip"),
    (b"SQLite format 3\x00", "RD-002", "SQLite"),
    (b"PAR1", "RD-002", "Parquet"),
)
_UTF_16 = ((b"\xff\xfe", "utf-16-le"), (b"\xfe\xff", "utf-16-be"))
_UTF_8_BOM = b"\xef\xbb\xbf"
_MARKUP = re.compile(r"<[a-z!?]", re.IGNORECASE)
_DOCTYPE = re.compile(r"<!doctype(?!\s+html\b)", re.IGNORECASE)


def unread_kind(start: bytes, source: Path) -> tuple[str, str | None] | None:
    """The rule that keeps a file from being read and what the file is; None where it may be a text.

    start: its first bytes, enough to hold the head of an XML.
    """
    if start.startswith(_OLE):
        return _compound(source)
    for mark, rule, kind in _STARTS:
        if start.startswith(mark):
            return rule, kind
    if start.startswith(b"RIFF") and start[8:12] == b"WEBP":
        return "RD-013", "图片 a picture (WebP)"
    return _markup(_text(start).lstrip())


def _compound(source: Path) -> tuple[str, str | None]:
    content = source.read_bytes()
    for stream, rule, kind in _OLE_STREAMS:
        if stream.encode("utf-16-le") in content:
            return rule, kind
    return "RD-002", "旧版 Office 文件 an old Office file"


def _markup(text: str) -> tuple[str, str | None] | None:
    """Web pages and XML that an office system exports under the name .xls, and saved web archives."""
    if text.startswith("MIME-Version:"):
        return "RD-002", "网页 a web page (MHT)"
    if not _MARKUP.match(text):
        return None
    if _DOCTYPE.search(text):
        return "RD-011", None
    if text.startswith("<?xml"):
        return "RD-002", "XML"
    return "RD-002", "网页 a web page (HTML)"


def _text(start: bytes) -> str:
    for mark, encoding in _UTF_16:
        if start.startswith(mark):
            return start.decode(encoding, errors="replace")[1:]
    return start.removeprefix(_UTF_8_BOM).decode("utf-8", errors="replace")
