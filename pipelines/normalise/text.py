"""Text of cells: cleaned for reading, and reduced to keys for comparing. Works on whole columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any, TypeAlias

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["Cells", "clean_column", "key_column", "key_of", "map_distinct", "normal_header", "whole"]

# A column of cells; whether it comes in one array or in several chunks makes no difference to any function here.
Cells: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

_BLANK = re.compile(r"\s+")
_HEADER_NOISE = re.compile(r"\([*★☆]?(?:隐藏栏|必填|选填)\)|[*★☆]|\.\d$|^[:、.]+|[:：]$")


def key_of(text: str) -> str:
    """The text as a key: NFKC, no blanks, capitals."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).upper()


def normal_header(text: str) -> str:
    """A header as contracts spell it: NFKC, without blanks, line feeds, stars and hidden-column remarks."""
    return _HEADER_NOISE.sub("", _BLANK.sub("", unicodedata.normalize("NFKC", text)))


def clean_column(cells: Cells, missing_marks: frozenset[str]) -> Cells:
    """Cells trimmed (also of no-break and ideographic blanks); blank ones and marks of absence become null."""
    trimmed = pc.utf8_trim_whitespace(cells)
    marks = pa.array(sorted({form for mark in ("", *missing_marks) for form in _widths(mark)}), pa.string())
    is_missing = pc.is_in(trimmed, value_set=marks)
    cleaned: Cells = pc.if_else(is_missing, pa.scalar(None, pa.string()), trimmed)
    return cleaned


def _widths(mark: str) -> tuple[str, str]:
    """The mark in half-width and in full-width characters: to compare two forms is cheaper than to normalise all."""
    half = unicodedata.normalize("NFKC", mark)
    return half, "".join(chr(ord(each) + 0xFEE0) if "!" <= each <= "~" else each for each in half)


def key_column(cells: Cells) -> Cells:
    """`key_of` for a whole column; null stays null."""
    normal = pc.utf8_normalize(cells, form="NFKC")
    key: Cells = pc.utf8_upper(pc.replace_substring_regex(normal, pattern=r"\s+", replacement=""))
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
