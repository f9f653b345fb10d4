"""Failed items out of the shapes they come in: triples in one cell, columns of their own, limits inside the item.

Values stay as written; what can't be split stays whole in `item`, and `raw` always holds the source.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from typing import TypedDict

from pipelines.normalise.json_findings import json_entries

__all__ = ["Finding", "Hazard", "findings_in_cell", "findings_in_columns", "findings_in_verdict", "says_passed"]

_MARKS = re.compile(r"[║‖∥∣丨｜|]+")
_BETWEEN = re.compile(r"[;；\n]+")
_BETWEEN_TRIPLES = re.compile(r"[、,，;；。\s]+(?=[^、,，;；。\s]*$)")
# A slash parts item, value and limit, unless it belongs to a unit such as mg/kg or CFU/25g.
_SLASH = re.compile(r"/(?!(?:k?g|mg|μg|ug|m?[lL]|100|25|10|kJ|cm|m2|dm|cm2|片|瓶|只|kg)(?![A-Za-z]))")
_LIMIT_IN_ITEM = re.compile(r"^(.*?)[（(]((?:[^（）()]|[（(][^（）()]*[）)])*)[）)]$", re.DOTALL)
_LOOKS_LIKE_LIMIT = re.compile(r"[≤≥<>＜＞]|不得|n\s*=|标准值|^\d+(?:\.\d+)?\s*[a-zμ%％]", re.IGNORECASE)
_VALUE_WORD = r"(?:检测值|实测值|检出值|检验值|检验结果|检测结果|实测结果)\s*(?:为|[:：])\s*"
_LIMIT_WORD = r"(?:标准值|标准要求|标准限值|限量值|标准规定)\s*(?:为|[:：])\s*"
# 过氧化值（标准值：≤5.0mmol/kg/实测值：5.2mmol/kg）, and the same the other way round.
_LABELLED = re.compile(rf"^(?:{_LIMIT_WORD}(?P<limit>.+?)[/，,；;、\s]*)?{_VALUE_WORD}(?P<value>.+)$", re.DOTALL)
_NARRATIVE = re.compile(
    rf"^(?P<item>.+?){_VALUE_WORD}(?P<value>.+?)[，,；;/]?\s*[（(]?\s*{_LIMIT_WORD}(?P<limit>.+?)[）)]?$", re.DOTALL
)
# 铅:0.5mg/kg(≤0.2mg/kg), as under the header 不合格项目:检验结果(标准值).
_COLON = re.compile(r"^([^:：]+)[:：]\s*([<>≤≥＜＞]?\s*(?:\d|未?检出)[^（(]*)[（(]([^（()）]+)[)）]$")
_NUMBERED = re.compile(r"^(?:[①-⑳]|\d{1,2}[.、．](?=[一-鿿]))\s*")
_VERDICT = re.compile(r"^\s*(?:一般|严重)?不(?:合格|符合)\s*[:：]\s*", re.DOTALL)
# 铝不符合国家标准, as a conclusion: what did not conform, unless it is the sample as a whole.
_TOLD_BY_VERDICT = re.compile(
    r"^(?:经?(?:检验|检测|抽检|抽样检验)(?:结[果论])?[为，,、：:\s]*)?(?P<item>.{1,40}?)(?:项目|指标|含量)?(?:检验结果)?不(?:符合|合格)(?P<rest>.*)$",
    re.DOTALL,
)
_NO_ITEM = re.compile(
    r"^(?:[本该此]?(?:批次?|样品|产品|食品|商品)|所检|抽检|检验|检测|抽样|抽查|结[果论]|综合|判定|总体|整体|一般|部分|"
    r"严重|初检|复检|经|有|的|项目?|[、，,：:]|\d|[一二三四五六七八九十两]项|为|均|全部|该项|存在)*$"
)
_SUPERSCRIPT = re.compile(r"<sup>([0-9+\-−n]+)</sup>", re.IGNORECASE)
_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")
_OPERATOR = re.compile(r"≤|≥|＜|＞|<|>|不得检出|不得使用|不得添加|不得超过|未检出")
_UNIT = re.compile(r"^[<>≤≥＜＞]?\s*\d[\d.,×xX^⁰¹²³⁴⁵⁶⁷⁸⁹]*\s*([A-Za-zμµ%％‰°℃Ω][A-Za-zμµ%％‰°℃Ω/0-9·²³]*)$")
_NONE = {"", "[]", "{}", "/", "//", "-", "--", "—", "——", "无", "暂无", "无不合格项目"}


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
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)) in _NONE


def findings_in_cell(text: str, order: tuple[str, ...], hazard: Hazard) -> list[Finding]:
    """Findings of a cell such as `item║value║limit`; order names its parts. Empty when the cell says passed."""
    if says_passed(text):
        return []
    if (entries := json_entries(text)) is not None:
        return [found for entry in entries for found in _from_entry(entry, hazard)]
    if not _MARKS.search(text):
        plain = _VERDICT.sub("", _raised(text))
        parts = _SLASH.split(plain)
        if len(parts) == len(order) == 3:
            return [_from_parts(parts, order, text, hazard)]
        if told := _COLON.match(plain):
            return [_from_parts([*told.groups()], ("item", "value", "limit"), text, hazard)]
        return findings_in_columns(item=text, hazard=hazard)
    records = [record for record in _BETWEEN.split(text) if record.strip()]
    if not all(_MARKS.search(record) for record in records):  # replicates of one value, parted by semicolons
        records = [text]
    found = []
    for record in records:
        for parts in _triples(_MARKS.split(record), len(order)):
            found.append(_from_parts(parts, order, record, hazard))
    return found


def findings_in_columns(
    *,
    item: str | None,
    value: str | None = None,
    limit: str | None = None,
    unit: str | None = None,
    standard: str | None = None,
    hazard: Hazard,
) -> list[Finding]:
    """Findings of one row whose item, value and limit have columns of their own; several items are paired up."""
    if item is None or says_passed(item):
        return []
    if value is None and limit is None and _MARKS.search(item):  # the triple under the item's header alone
        found = findings_in_cell(item, ("item", "value", "limit"), hazard)
        return [Finding({**each, "unit": each["unit"] or unit, "standard": standard}) for each in found]
    items = _split(_VERDICT.sub("", item))
    values, limits, units = (_paired(text, len(items)) for text in (value, limit, unit))
    units = [unit] * len(items) if units[1:] == [None] * (len(items) - 1) else units
    return [
        _finding(
            item=name,
            value=values[k],
            limit=limits[k],
            unit=units[k],
            standard=standard,
            raw=item if len(items) == 1 else name,
            hazard=hazard,
        )
        for k, name in enumerate(items)
    ]


def findings_in_verdict(text: str, hazard: Hazard) -> list[Finding]:
    """Findings named by a verdict in its own cell; empty when it names none.

    `不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg` lists them, `铝不符合国家标准` names the item.
    """
    if opening := _VERDICT.match(text):
        return findings_in_cell(text[opening.end() :], ("item", "value", "limit"), hazard)
    told = _TOLD_BY_VERDICT.match(text)
    if told is None or _NO_ITEM.match(told["item"]) or re.search("合格|符合", told["item"] + told["rest"]):
        return []
    return [Finding({**found, "raw": text}) for found in findings_in_columns(item=told["item"], hazard=hazard)]


def _raised(text: str) -> str:
    """Text whose <sup> is written in superscript characters: 10<sup>4</sup> must not become 104."""
    return _SUPERSCRIPT.sub(lambda match: match[1].translate(_RAISED), text) if "<" in text else text


def _triples(parts: list[str], n_parts: int) -> list[list[str]]:
    """Parts of several records on one line, `A║1║2、B║3║4`: behind a limit stands the item of the next record."""
    if len(parts) <= n_parts or (len(parts) - 1) % (n_parts - 1):
        return [parts]
    joints = parts[n_parts - 1 : -1 : n_parts - 1]
    broken = [_BETWEEN_TRIPLES.split(joint.strip(), maxsplit=1) for joint in joints]
    if any(len(pair) != 2 for pair in broken):
        return [parts]
    flat = [parts[0]]
    for k, part in enumerate(parts[1:], start=1):
        flat.extend(broken[k // (n_parts - 1) - 1] if k % (n_parts - 1) == 0 and k < len(parts) - 1 else [part])
    return [flat[k : k + n_parts] for k in range(0, len(flat), n_parts)]


def _from_parts(parts: list[str], order: tuple[str, ...], raw: str, hazard: Hazard) -> Finding:
    named = {part: (parts[k].strip() or None) if k < len(parts) else None for k, part in enumerate(order)}
    return _finding(
        item=named.get("item"),
        value=named.get("value"),
        limit=named.get("limit"),
        unit=named.get("unit"),
        raw=raw,
        hazard=hazard,
    )


def _from_entry(entry: str | dict[str, str | None], hazard: Hazard) -> list[Finding]:
    if isinstance(entry, str):
        return findings_in_cell(entry, ("item", "value", "limit"), hazard)
    parts = {part: entry.get(part) for part in ("item", "value", "limit", "unit", "standard")}
    return [_finding(**parts, raw=entry["raw"], hazard=hazard)]


def _finding(
    *,
    item: str | None,
    value: str | None,
    limit: str | None,
    unit: str | None = None,
    standard: str | None = None,
    raw: str | None,
    hazard: Hazard,
) -> Finding:
    name, value, limit = _from_within_item(_VERDICT.sub("", item.strip()) if item else None, value, limit)
    value, limit = _raised(value) if value else value, _raised(limit) if limit else limit
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


def _from_within_item(
    name: str | None, value: str | None, limit: str | None
) -> tuple[str | None, str | None, str | None]:
    """Item, value and limit, of which the latter two may stand inside the item's own text."""
    if not name or limit:
        return name, value, limit
    if not value and (told := _NARRATIVE.match(name)):
        return told["item"].strip(" 的"), told["value"].strip(), told["limit"].strip()
    bracket = _LIMIT_IN_ITEM.match(name)
    if bracket is None:
        return name, value, limit
    inner = bracket.group(2).strip()
    if not value and (told := _LABELLED.match(inner)):
        return bracket.group(1).strip(), told["value"].strip(), (told["limit"] or "").strip() or None
    if _LOOKS_LIKE_LIMIT.search(inner):
        return bracket.group(1).strip(), value, re.sub(rf"^{_LIMIT_WORD}", "", inner)
    return name, value, limit


def _split(item: str) -> list[str]:
    """Items of one cell: by semicolons and line breaks, else by 、 and ， outside brackets."""
    parts = [_NUMBERED.sub("", part.strip()) for part in _BETWEEN.split(item) if part.strip()]
    if len(parts) > 1 or _NARRATIVE.match(item):
        return parts
    outside, depth = [""], 0
    for character in item.strip():
        depth += (character in "（(") - (character in "）)")
        if character in "、，" and depth == 0:  # an ASCII comma belongs to names such as 2,4-滴
            outside.append("")
        else:
            outside[-1] += character
    return [_NUMBERED.sub("", part.strip()) for part in outside if part.strip()]


def _paired(text: str | None, count: int) -> list[str | None]:
    """One value an item when there are as many; else the whole text with the first item."""
    if text is None:
        return [None] * count
    for separators in (_BETWEEN, re.compile(r"[、，]")):
        parts = [part.strip() for part in separators.split(text)]
        if count > 1 and len(parts) == count:
            return list(parts)
    return [text, *([None] * (count - 1))]
