"""Text that goes into a file which a spreadsheet opens: what it would run as a formula gets an apostrophe."""

from __future__ import annotations

import re
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

__all__ = ["FORMULA_STARTS", "harmless", "harmless_column"]

# A cell that begins with one of these is run, full-width forms included (OWASP, CSV injection).
FORMULA_STARTS = "=+-@\t\r\n＝＋－＠"
_PATTERN = f"^([{re.escape(FORMULA_STARTS)}])"


def harmless(text: str) -> str:
    """The text as a cell of its own."""
    return f"'{text}" if text.startswith(tuple(FORMULA_STARTS)) else text


def harmless_column(texts: pa.ChunkedArray[Any]) -> pa.ChunkedArray[Any]:
    """The same for a whole column of strings."""
    changed: pa.ChunkedArray[Any] = pc.replace_substring_regex(texts, _PATTERN, "'\\1")
    return changed
