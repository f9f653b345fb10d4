"""Failed items out of the shapes they come in: triples in one cell, columns of their own, limits inside the item.

Values stay as written; what can't be split stays whole in `item`, and `raw` always holds the source.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Callable
from typing import TypedDict

__all__ = ["Finding", "findings_in_cell", "findings_in_columns", "says_passed"]

_MARKS = r"[║‖∥∣丨｜|]+"
_BETWEEN = re.compile(r"[;；\n]+")
# A slash parts item, value and limit, unless it belongs to a unit such as mg/kg or CFU/25g.
_SLASH = re.compile(r"/(?!(?:k?g|mg|μg|ug|m?[lL]|100|25|10|kJ|cm|m2|dm|cm2|片|瓶|只|kg)(?![A-Za-z]))")
_LIMIT_IN_ITEM = re.compile(r"^(.*?)[（(]((?:[^（）()]|[（(][^（）()]*[）)])*)[）)]$", re.DOTALL)
_LOOKS_LIKE_LIMIT = re.compile(r"[≤≥<>＜＞]|不得|n\s*=|标准值|^\d+(?:\.\d+)?\s*[a-zμ%％]", re.IGNORECASE)
_OPERATOR = re.compile(r"≤|≥|＜|＞|<|>|不得检出|不得使用|不得添加|不得超过|未检出")
_UNIT = re.compile(r"^[<>≤≥＜＞]?\s*[\d.×xX^⁰¹²³⁴⁵⁶⁷⁸⁹,]+\s*([^\d\s；;，,、（(]\S*)$")
_NONE = {"", "/", "//", "-", "--", "—", "——", "无", "暂无", "无不合格项目"}


class Finding(TypedDict):
    """One failed item; all parts as written, None where the source has none."""

    item: str | None
    value_text: str | None
    limit_text: str | None
    unit: str | None
    operator: str | None
    standard: str | None
    hazard_code: str | None
    raw: str | None


Hazard = Callable[[str], str]


def says_passed(text: str) -> bool:
    """Whether the findings cell says that nothing failed: 无, / and the like mean that the sample passed."""
    return _plain(text) in _NONE


def findings_in_cell(text: str, order: tuple[str, ...], hazard: Hazard) -> list[Finding]:
    """Findings of a cell such as `item║value║limit`; order names its parts. Empty when the cell says passed."""
    if says_passed(text):
        return []
    if text.startswith("["):
        return _from_json(text, hazard)
    if not re.search(_MARKS, text):
        parts = _SLASH.split(text)
        if len(parts) == len(order) == 3:
            return [_from_parts(parts, order, text, hazard)]
        return findings_in_columns(text, None, None, None, None, hazard)
    records = [record for record in _BETWEEN.split(text) if record.strip()]
    if not all(re.search(_MARKS, record) for record in records):
        records = [text]
    return [_from_parts(re.split(_MARKS, record), order, record, hazard) for record in records]


def findings_in_columns(
    item: str | None, value: str | None, limit: str | None, unit: str | None, standard: str | None, hazard: Hazard
) -> list[Finding]:
    """Findings of one row whose item, value and limit have columns of their own; several items are paired up."""
    if item is None or says_passed(item):
        return []
    items = _split(item)
    values = _paired(value, len(items))
    limits = _paired(limit, len(items))
    return [
        _finding(name, values[k], limits[k], unit, standard, item if len(items) == 1 else name, hazard)
        for k, name in enumerate(items)
    ]


def _from_parts(parts: list[str], order: tuple[str, ...], raw: str, hazard: Hazard) -> Finding:
    named = {part: (parts[k].strip() or None) if k < len(parts) else None for k, part in enumerate(order)}
    return _finding(named.get("item"), named.get("value"), named.get("limit"), None, None, raw, hazard)


def _from_json(text: str, hazard: Hazard) -> list[Finding]:
    """Findings that came as a JSON list of objects or of strings."""
    try:
        entries = json.loads(text)
    except json.JSONDecodeError:
        return findings_in_columns(text.strip("[]"), None, None, None, None, hazard)
    found: list[Finding] = []
    for entry in entries:
        if isinstance(entry, dict):
            parts = [next((str(entry[k]) for k in keys if entry.get(k) is not None), None) for keys in _JSON_KEYS]
            found.append(_finding(*parts, raw=json.dumps(entry, ensure_ascii=False), hazard=hazard))
        else:
            found.extend(findings_in_cell(str(entry), ("item", "value", "limit"), hazard))
    return found


_JSON_KEYS = (
    ("item", "不合格项目", "项目"),
    ("value", "value_text", "检验结果", "结果"),
    ("limit", "limit_text", "标准值", "限量值"),
    ("unit", "单位"),
    ("standard", "判定依据", "标准"),
)


def _finding(
    item: str | None,
    value: str | None,
    limit: str | None,
    unit: str | None,
    standard: str | None,
    raw: str | None,
    hazard: Hazard,
) -> Finding:
    name = item.strip() if item else None
    if name and not limit and (match := _LIMIT_IN_ITEM.match(name)) and _LOOKS_LIKE_LIMIT.search(match.group(2)):
        name, limit = match.group(1).strip(), match.group(2).strip()
    operator = _OPERATOR.search(limit) if limit else None
    measured = _UNIT.match(value.strip()) if value and not unit else None
    return Finding(
        item=name or None,
        value_text=value,
        limit_text=limit,
        unit=unit or (measured.group(1) if measured else None),
        operator=unicodedata.normalize("NFKC", operator.group(0)) if operator else None,
        standard=standard,
        hazard_code=hazard(name) if name else None,
        raw=raw,
    )


def _split(item: str) -> list[str]:
    """Items of one cell: by semicolons and line breaks, else by 、 outside brackets."""
    parts = [part.strip() for part in _BETWEEN.split(item) if part.strip()]
    if len(parts) > 1:
        return parts
    outside, depth = [""], 0
    for character in item.strip():
        depth += (character in "（(") - (character in "）)")
        if character == "、" and depth == 0:
            outside.append("")
        else:
            outside[-1] += character
    return [part.strip() for part in outside if part.strip()]


def _paired(text: str | None, count: int) -> list[str | None]:
    """One value an item when there are as many; else the whole text with the first item."""
    if text is None:
        return [None] * count
    parts = [part.strip() for part in _BETWEEN.split(text)]
    if count > 1 and len(parts) == count:
        return list(parts)
    return [text, *([None] * (count - 1))]


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))
