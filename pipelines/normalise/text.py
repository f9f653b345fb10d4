"""Text of cells: cleaned for reading, and reduced to keys for comparing. Works on whole columns."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["clean_column", "key_column", "key_of", "map_distinct", "normal_header"]

_BLANK = re.compile(r"\s+")
_HEADER_NOISE = re.compile(r"[*★☆]|\((?:隐藏栏|必填|选填)\)|\.\d$|^[:、.]+|[:：]$")


def key_of(text: str) -> str:
    """The text as a key: NFKC, no blanks, capitals."""
    return _BLANK.sub("", unicodedata.normalize("NFKC", text)).upper()


def normal_header(text: str) -> str:
    """A header as contracts spell it: NFKC, without blanks, line feeds, stars and hidden-column remarks."""
    return _HEADER_NOISE.sub("", _BLANK.sub("", unicodedata.normalize("NFKC", text)))


def clean_column(cells: pa.ChunkedArray, missing_marks: frozenset[str]) -> pa.ChunkedArray:
    """Cells trimmed (also of no-break and ideographic blanks); blank ones and marks of absence become null."""
    trimmed = pc.utf8_trim_whitespace(cells)
    marks = pa.array(sorted({*missing_marks, ""}), pa.string())
    is_missing = pc.is_in(pc.utf8_normalize(trimmed, form="NFKC"), value_set=marks)
    return pc.if_else(is_missing, pa.scalar(None, pa.string()), trimmed)


def key_column(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """`key_of` for a whole column; null stays null."""
    normal = pc.utf8_normalize(cells, form="NFKC")
    return pc.utf8_upper(pc.replace_substring_regex(normal, pattern=r"\s+", replacement=""))


def map_distinct(
    cells: pa.ChunkedArray, function: Callable[[str], Any], kind: pa.DataType
) -> pa.Array:
    """The function's value for each cell, worked out once per distinct text; null stays null."""
    encoded = cells.combine_chunks().dictionary_encode()
    if isinstance(encoded, pa.ChunkedArray):
        encoded = encoded.unify_dictionaries().combine_chunks()
        encoded = encoded.chunk(0) if isinstance(encoded, pa.ChunkedArray) else encoded
    values = pa.array([function(text) for text in encoded.dictionary.to_pylist()], kind)
    return values.take(encoded.indices)
