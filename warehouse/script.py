"""Traditional characters read like simplified ones: for meaning alone, the text as written stays what is kept."""

from __future__ import annotations

import re
from functools import cache

from opencc import OpenCC

__all__ = ["simplified"]

_IDEOGRAPHS = ((0x3400, 0x4DC0), (0x4E00, 0xA000), (0xF900, 0xFB00))
# The standard's own character in 二噁英 and 喹噁啉, which OpenCC holds for traditional.
_STANDARD = frozenset("噁")


def simplified(text: str) -> str:
    """The text in simplified characters; one without any character that only traditional script has is returned.

    What GB 2312 holds is simplified script, also where OpenCC would change it (乾县, 於潜).
    """
    if text.isascii() or not _traditional().search(text):
        return text
    return str(_converter().convert(text))


@cache
def _converter() -> OpenCC:
    return OpenCC("t2s")


@cache
def _traditional() -> re.Pattern[str]:
    """Any character that OpenCC turns into another and that simplified script doesn't have."""
    every = [chr(code) for first, end in _IDEOGRAPHS for code in range(first, end)]
    changed = zip(every, _converter().convert("\n".join(every)).split("\n"), strict=True)
    only = (old for old, new in changed if old != new and old not in _STANDARD and not old.encode("gb2312", "ignore"))
    return re.compile(f"[{''.join(only)}]")
