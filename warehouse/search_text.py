"""How names are compared when somebody looks for one: one form for what is stored and for what is asked."""

from __future__ import annotations

import re
import unicodedata

from warehouse.script import simplified

__all__ = ["search_key"]

_BESIDE_THE_WORD = re.compile(r"[\W_]+")


def search_key(text: str) -> str:
    """The text in half-width forms, lower case and simplified characters, without blanks, punctuation and symbols.

    It may be empty.
    """
    return simplified(_BESIDE_THE_WORD.sub("", unicodedata.normalize("NFKC", text).casefold()))
