"""Text of cells: cleaned for reading, and reduced to keys for comparing. Works on whole columns."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable, Iterable
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

from warehouse.script import simplified

__all__ = [
    "Cells", "clean_column", "closed_up", "key_column", "key_of", "map_distinct", "normal_header", "number_column",
    "whole",
]  # fmt: skip

# A column of cells; whether it comes in one array or in several chunks makes no difference to any function here.
Cells: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

# Without width: they come from web pages, and tell no two numbers apart.
_UNSEEN = "\u200b\u200c\u200d\u2060\ufeff\u00ad"
_BLANK = re.compile(rf"[{_UNSEEN}\s]+")
_SPACED = re.compile(r"(?<=[一-鿿])\s+(?=[一-鿿])")
# A spreadsheet's date comes with a time of day that nobody wrote.
_MIDNIGHT = re.compile(r"(\d{4}[-/.]\d{1,2}[-/.]\d{1,2})[ T]0?0:00(?::00(?:\.0+)?)?$")
# Letters, digits and marks of numbers; not brackets and commas, nor what NFKC changes beyond width (10⁵ into 105).
_FULL_WIDTH = "０-９Ａ-Ｚａ-ｚ％／．－＋"
_TO_HALF_WIDTH = {code: code - 0xFEE0 for code in range(0xFF01, 0xFF5F) if re.match(f"[{_FULL_WIDTH}]", chr(code))}
_BREAK = re.compile(r"\s*[\r\n]+\s*")
_BREAK_BETWEEN_WORDS = re.compile(r"(?<=[0-9A-Za-z])\s*[\r\n]+\s*(?=[0-9A-Za-z])")
_MARK_OF_ORDER = "\ufeff"
# What makes a cell need tidying: a pattern for RE2, and the bytes without which no cell of a column can match it.
_UNTIDY = rf"[ T]0?0:00|[\r\n{_MARK_OF_ORDER}{_FULL_WIDTH}]|&#?\w+;|<[bB][rR]"
_UNTIDY_BYTES = (b":", b"\r", b"\n", b"\xef", b"&", b"<")
# What a spreadsheet adds to a number: the apostrophe that makes it text, and the zeros of a float. Of more than fifteen
# digits a float has lost some, so that such a one stays as it is.
_APOSTROPHES = "'＇‘’"
_AS_TEXT = rf"^[{_APOSTROPHES}]+([^{_APOSTROPHES}]+)$"
_AS_FLOAT = r"^([0-9]{1,15})\.0+$"
_ADDED_BYTES = (b".0", *(mark.encode() for mark in _APOSTROPHES))
_LINE_BREAK = re.compile(r"<br\s*/?>", re.IGNORECASE)
_ESCAPED = re.compile(r"&#?\w+;")
_HEADER_NOISE = re.compile(r"\([*★☆]?(?:隐藏栏|必填|选填)\)|[*★☆]|\.\d$|^[:、.]+|[:：]$")


def key_of(text: str) -> str:
    """The text as a key: NFKC, no blanks nor characters without width, capitals."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).upper()


def normal_header(text: str) -> str:
    """A header as contracts spell it: NFKC, simplified, without blanks, line feeds, stars and hidden-column remarks."""
    return _HEADER_NOISE.sub("", _BLANK.sub("", unicodedata.normalize("NFKC", simplified(text))))


def clean_column(cells: Cells, missing_marks: frozenset[str], *, keeps_lines: bool = False) -> Cells:
    """Cells trimmed (also of no-break and ideographic blanks); blank ones and marks of absence become null.

    Letters and digits of full width become those of half width, escaped marks of a web page what they stand for, a
    date loses the midnight that a spreadsheet adds, and the line breaks of a wrapped cell go, except where they part
    what the cell lists (keeps_lines).
    """
    trimmed = _tidied(pc.utf8_trim_whitespace(cells), _tidy if keeps_lines else _tidy_line)
    marks = pa.array(sorted({form for mark in ("", *missing_marks) for form in _widths(mark)}), pa.string())
    is_missing = pc.is_in(trimmed, value_set=marks)
    cleaned: Cells = pc.if_else(is_missing, pa.scalar(None, pa.string()), trimmed)
    return cleaned


def number_column(cells: Cells, missing_marks: frozenset[str]) -> Cells:
    """Cleaned numbers of samples without what a spreadsheet added: '202651 and 202651.0 are 202651, and A-1.0 stays."""
    if not _may_hold(cells, _ADDED_BYTES):
        return cells
    plain: Cells = pc.replace_substring_regex(cells, pattern=_AS_TEXT, replacement=r"\1")
    plain = pc.replace_substring_regex(plain, pattern=_AS_FLOAT, replacement=r"\1")
    return clean_column(plain, missing_marks)


def closed_up(cells: Cells) -> Cells:
    """Cells without the blanks that space out a short word for looks: 合  格."""
    return map_distinct(cells, lambda text: _SPACED.sub("", text), pa.string())


def _tidied(cells: Cells, tidy: Callable[[str], str]) -> Cells:
    """The column with the few untidy cells put right, each distinct one once."""
    if not _may_hold(cells, _UNTIDY_BYTES):
        return cells
    column = whole(cells)
    is_untidy = pc.fill_null(pc.match_substring_regex(column, _UNTIDY), False)
    if not pc.any(is_untidy).as_py():
        return column
    put_right = map_distinct(column.filter(is_untidy), tidy, pa.string())
    tidied: Cells = pc.replace_with_mask(column, is_untidy, put_right)
    return tidied


def _tidy(text: str) -> str:
    if "&" in text or "<" in text:
        text = _LINE_BREAK.sub("\n", _unescaped(text))
    return _MIDNIGHT.sub(r"\1", text.translate(_TO_HALF_WIDTH).replace(_MARK_OF_ORDER, "")).strip()


def _unescaped(text: str) -> str:
    """Text of a page whose marks were escaped, maybe several times over: &amp;amp;amp; is one &."""
    while _ESCAPED.search(text) and (plain := html.unescape(text)) != text:
        text = plain
    return text


def _tidy_line(text: str) -> str:
    return _BREAK.sub("", _BREAK_BETWEEN_WORDS.sub(" ", _tidy(text)))


def _may_hold(cells: Cells, marks: Iterable[bytes]) -> bool:
    """Whether the column's bytes hold any of the marks: far cheaper than a pattern on each cell."""
    chunks = cells.chunks if isinstance(cells, pa.ChunkedArray) else [cells]
    for chunk in chunks:
        text = chunk.buffers()[2]
        held = text.to_pybytes() if text is not None else b""
        if any(mark in held for mark in marks):
            return True
    return False


def _widths(mark: str) -> tuple[str, str]:
    """The mark in half-width and in full-width characters: to compare two forms is cheaper than to normalise all."""
    half = unicodedata.normalize("NFKC", mark)
    return half, "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in half)


def key_column(cells: Cells) -> Cells:
    """`key_of` for a whole column; null stays null."""
    normal = pc.utf8_normalize(cells, form="NFKC")
    key: Cells = pc.utf8_upper(pc.replace_substring_regex(normal, pattern=f"[{_UNSEEN}\\s]+", replacement=""))
    return key


def map_distinct(cells: Cells, function: Callable[[str], Any], kind: pa.DataType) -> pa.Array[Any]:
    """The function's value for each cell, worked out once per distinct text; null stays null."""
    encoded: Any = pc.dictionary_encode(whole(cells))
    values = pa.array([function(text) for text in encoded.dictionary.to_pylist()], kind)
    return values.take(encoded.indices)


def whole(cells: Cells) -> pa.Array[Any]:
    """The column in one piece."""
    if not isinstance(cells, pa.ChunkedArray):
        return cells
    return pa.concat_arrays(cells.chunks) if cells.num_chunks else pa.array([], cells.type)
