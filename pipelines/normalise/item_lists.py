"""Several items in one cell, and the values and limits that go with them. Names that hold separators stay whole."""

from __future__ import annotations

import re
import unicodedata

from pipelines.normalise.items import item_name_of
from pipelines.normalise.limits import limit_of
from pipelines.normalise.measured import measured
from pipelines.normalise.numbers import unit_known

__all__ = ["outside_brackets", "paired", "split_items"]

_NUMBERED = re.compile(r"^(?:[①-⑳]|[（(]\d{1,2}[)）]|\d{1,2}[.、．)）](?=[一-鿿]))\s*")
_RECORDS = ";；\n"
_LISTS = "、，"
# Only where each piece between them is a known item: an ASCII comma or a slash belongs to many names.
_DOUBTFUL = re.compile(r"([,，、/;；+]|\s+)")
_MOST_PIECES = 40
_UNIT_WORD = re.compile(r"^单位\s*[:：]?")
_DEMAND = re.compile("[<>≤≥＜＞≦≧]|不得|未检出|检出|不符合|违反|(?:标准|设计|实测|推定)(?:值|要求)?[:：为A-Z0-9]")
_ENUMERATED = re.compile(r"[（(](\d{1,2})[)）]|[①-⑳]")


def split_items(text: str) -> list[str]:
    """The items that a cell lists: by semicolons and line breaks, else by 、 and ，, never inside brackets.

    ASCII commas, slashes and blanks part items only when every piece is a known one: 2,4-滴 stays whole.
    """
    whole = text.strip()
    if not whole or item_name_of(whole):
        return [whole] if whole else []
    if (numbered := _enumerated(whole)) is not None:
        return numbered
    for marks in (_RECORDS, _LISTS):
        parts = outside_brackets(whole, marks)
        if any(map(_is_no_item, parts[1:])):
            return [whole]
        if len(parts) > 1:
            joined = _of_known(whole) if marks == _LISTS else None
            return joined or _unnumbered(parts)
    return _of_known(whole) or _unnumbered(parts)


def paired(text: str | None, items: int, plans: list[str | None]) -> list[str | None] | None:
    """One text for each of several items; None when nothing says which part belongs to which.

    plans are the limits, whose n tells how many replicates an item has.
    """
    if text is None:
        return [None] * items
    for marks in (";", "；", "\n", _RECORDS, "、", "，"):
        parts = outside_brackets(text, marks)
        if len(parts) == items:
            return list(parts)
    counts = [limit.plan.n if (limit := limit_of(each)).plan else 1 for each in plans]
    parts = outside_brackets(text, _RECORDS)
    if len(plans) != items or len(parts) != sum(counts):
        return None
    dealt = iter(parts)
    return ["；".join(next(dealt) for _ in range(count)) for count in counts]


def outside_brackets(text: str, marks: str) -> list[str]:
    """The text split at marks that stand outside brackets, blank parts left out."""
    parts, depth = [""], 0
    for character in text:
        depth = max(depth + (character in "（(﹙[【") - (character in "）)﹚]】"), 0)
        if character in marks and depth == 0:
            parts.append("")
        else:
            parts[-1] += character
    return [part.strip() for part in parts if part.strip()]


def _is_no_item(part: str) -> bool:
    """Whether a part of the text is a result, a limit or a unit, so that the text is no list of items."""
    is_unit = unit_known(_UNIT_WORD.sub("", part)) is not None
    return is_unit or bool(_DEMAND.match(part) or (part[0].isdigit() and measured(part).readings))


def _enumerated(text: str) -> list[str] | None:
    """（1）绝缘厚度（2）导体电阻: what stands behind (1), (2) and so on; None where the text is no such list."""
    marks = list(_ENUMERATED.finditer(text))
    numbers = [int(mark[1] or unicodedata.numeric(mark[0])) for mark in marks]
    if len(marks) < 2 or marks[0].start() != 0 or numbers != list(range(1, len(marks) + 1)):
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    parts = [text[mark.end() : end].strip(" \n、，,;；。") for mark, end in zip(marks, ends, strict=True)]
    return parts if all(parts) else None


def _unnumbered(parts: list[str]) -> list[str]:
    """The parts without their numbers; 1.4-氯苯氧乙酸钠 loses its 1. only where the next part is numbered 2."""
    if len(parts) > 1 and all(re.match(rf"{k}[.、．)）]", part) for k, part in enumerate(parts, start=1)):
        return [re.sub(r"^\d+[.、．)）]\s*", "", part) for part in parts]
    return [_NUMBERED.sub("", part) for part in parts]


def _of_known(text: str) -> list[str] | None:
    """The text as a list of known items, with as few pieces joined again as can be; None when it is none."""
    pieces = _DOUBTFUL.split(text)
    if not 3 <= len(pieces) <= _MOST_PIECES:
        return None
    best: dict[int, list[str]] = {0: []}
    for end in range(1, len(pieces) + 1, 2):
        for start in range(0, end, 2):
            before, name = best.get(start), "".join(pieces[start:end]).strip()
            if before is not None and item_name_of(name) and end + 1 not in best:
                best[end + 1] = [*before, name]
    return best.get(len(pieces) + 1)
