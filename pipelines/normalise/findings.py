"""Failed items out of the shapes they come in: triples in one cell, columns of their own, limits inside the item.

Texts stay as written; what can't be split stays whole in `item`, and `raw` always holds the source. What each part
says in numbers is worked out in finding.py.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from itertools import combinations
from typing import TypeAlias

from pipelines.normalise.finding import Finding, Hazard, finding, labelled, raised
from pipelines.normalise.item_lists import outside_brackets, paired, split_items
from pipelines.normalise.items import item_name_of
from pipelines.normalise.json_findings import json_entries
from pipelines.normalise.limits import limit_of, standard_in
from pipelines.normalise.measured import measured
from pipelines.normalise.numbers import unit_known
from pipelines.normalise.passes import failed_alone, tells_passes_alone

__all__ = [
    "Finding", "Hazard", "findings_in_cell", "findings_in_columns", "findings_in_verdict",
    "says_nothing", "says_passed",
]  # fmt: skip

Parts: TypeAlias = Mapping[str, str | None]

_PARTS = ("item", "value", "limit")
_MARKS = re.compile(r"\|\||[║‖∥∣丨｜|︱│┃ǁ]")
_BETWEEN = ";；\n"
_BETWEEN_TRIPLES = re.compile(r"[、,，;；。\s]+(?=[^、,，;；。\s]*$)")
# A slash parts item, value and limit, unless it belongs to a unit such as mg/kg or CFU/25g.
_SLASH = re.compile(r"/(?!(?:k?g|mg|μg|ug|m?[lL]|100|25|10|kJ|cm|m2|dm|cm2|片|瓶|只|kg)(?![A-Za-z]))")
_COUNTED = re.compile(r"[;；，、\s]*[①-⑳]\s*(?=\D)")
_LISTED = re.compile(r"[、，,;；\n]")
_MOST_SLASHES = 16
_NEVER_IN_ITEM = re.compile(r"[;；\n≤≥<>＜＞]")
_LOST_POWER = re.compile(r"[①-⑳]?\s*\d+(?:\.\d+)?\s*[×xX]\s*10")
# 铅:0.5mg/kg(≤0.2mg/kg), as under the header 不合格项目:检验结果(标准值).
_COLON = re.compile(
    r"^((?:[^:：（()）]|[（(][^（()）]*[)）])+)[:：]\s*([<>≤≥＜＞]?\s*(?:\d|未?检出)[^（(]*)[（(]([^（()）]+)[)）]$"
)
_IN_WORDS = re.compile(r"不?(?:合格|符合)(?:要求|规定|标准)?|未?检出|[阴阳]性")
_BLANK = re.compile(r"[^\S\n]+")
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
_NONE = re.compile(r"[-—–/\\]*|\[\]|\{\}|N/A|暂?无[。.]?", re.IGNORECASE)
# In a cell of what failed they say that nothing did; 未检出 may as well be a result without its item.
_NOTHING_THERE = re.compile(r"没有|不适用|(?:未发现|无)异常|NONE|NIL", re.IGNORECASE)
# Words that all conformed, whole: 铅项目合格 or 部分合格 is no such word.
_PASSED = re.compile(
    r"(?:未(?:发现|检出|见)|没有|无)(?:有)?不(?:合格|符合)(?:项目?|指标|情况)?[。.]?"
    r"|(?:经?(?:检验|检测|抽检)[,，:]?)?(?:(?:所|本次)?(?:检验?|检测|抽检|全部|各)(?:的?全部)?(?:项目?|指标))?(?:均|全部|都)?(?:检验)?"
    r"(?:合格|符合(?:相关|国家|食品安全|产品|标准|规定|要求|的)*)[。.]?"
)


def says_passed(text: str) -> bool:
    """Whether the findings cell says that nothing failed: 无, / and 所检项目均合格 mean that the sample passed."""
    key = _key(text)
    return says_nothing(text) or _PASSED.fullmatch(key) is not None or _NOTHING_THERE.fullmatch(key) is not None


def says_nothing(text: str) -> bool:
    """Whether a cell holds nothing but a mark that says so: 无, /, dashes."""
    return _NONE.fullmatch(_key(text)) is not None


def findings_in_cell(text: str, order: tuple[str, ...], hazard: Hazard) -> list[Finding]:
    """Findings of a cell such as `item║value║limit`; order names its parts. Empty when the cell says passed, and
    without items of which it says so.
    """
    if says_passed(text) or tells_passes_alone(text):
        return []
    if (entries := json_entries(text)) is not None:
        return failed_alone([found for entry in entries for found in _from_entry(entry, hazard)])
    return failed_alone(_marked(text, order, {}, hazard) if _MARKS.search(text) else _unmarked(text, order, hazard))


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
    if value is not None and limit is None and len(parts := _MARKS.split(value)) > 1:  # the triple under the result
        if item is None or (len(parts) == 3 and item_name_of(parts[0]) == item_name_of(item)):
            return findings_in_cell(value, _PARTS, hazard)
        value, limit = parts if len(parts) == 2 else (value, limit)
    if item is None or says_passed(item) or (value is None and tells_passes_alone(item)):
        return []
    if value is None and limit is None and _MARKS.search(item):  # the triple under the item's header alone
        return failed_alone(_marked(item, _PARTS, {"unit": unit, "standard": standard}, hazard))
    said = {"item": item, "value": value, "limit": limit, "unit": unit, "standard": standard}
    return failed_alone(_of_row(said, item, hazard))


def findings_in_verdict(text: str, hazard: Hazard) -> list[Finding]:
    """Findings named by a verdict in its own cell; empty when it names none.

    `不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg` lists them, `铝不符合国家标准` names the item.
    """
    if opening := _VERDICT.match(text):
        return findings_in_cell(text[opening.end() :], _PARTS, hazard)
    told = _TOLD_BY_VERDICT.match(text)
    if told is None or _NO_ITEM.match(told["item"]) or re.search("合格|符合", told["item"] + told["rest"]):
        return []
    return [Finding({**found, "raw": text}) for found in findings_in_columns(item=told["item"], hazard=hazard)]


def _key(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text))


def _marked(text: str, order: tuple[str, ...], given: Parts, hazard: Hazard) -> list[Finding]:
    """Findings of records parted by ║ and the like; given: what columns of their own say of each."""
    records = outside_brackets(text, _BETWEEN)
    counted = [record for record in _COUNTED.split(text) if record.strip()]
    if len(counted) > 1 and all(len(_MARKS.findall(record)) == len(order) - 1 for record in counted):
        records = counted
    if not all(_begins_record(record) for record in records):  # replicates of one value, parted by semicolons
        records = [text]
    return [
        found
        for record in records
        for parts in _triples(_MARKS.split(record), len(order))
        for found in _from_parts(parts, order, record, hazard, given)
    ]


def _begins_record(text: str) -> bool:
    """Whether an item stands at the beginning, and not the next replicate of a value."""
    parts = _MARKS.split(text)
    return len(parts) > 1 and not measured(parts[0]).readings and not _LOST_POWER.match(parts[0])


def _unmarked(text: str, order: tuple[str, ...], hazard: Hazard) -> list[Finding]:
    """Findings of a cell without ║: parted by slashes, by colon and brackets or by blanks; else a list of items."""
    plain = _VERDICT.sub("", raised(text) or "")
    if (parts := _told(plain, order)) is not None:
        return _from_parts(parts, order if len(parts) == len(order) else _PARTS, text, hazard)
    for marks in (_BETWEEN, "、，"):
        records = outside_brackets(plain, marks)
        told = [_told(record, order) for record in records]
        if len(records) > 1 and all(each is not None for each in told):
            return [
                found
                for record, parts in zip(records, told, strict=True)
                for found in _from_parts(parts or [], order, record, hazard)
            ]
    return findings_in_columns(item=text, hazard=hazard)


def _told(text: str, order: tuple[str, ...]) -> list[str] | None:
    """Item, value and limit in the order of the header, when the text holds just these three; else None."""
    if len(order) == 3:
        pieces = text.split("/")
        if 3 <= len(pieces) <= _MOST_SLASHES and (parts := _slashed(pieces, order)):
            return parts
        if len(parts := _SLASH.split(text)) == 3 and ("".join(parts[1:]).strip() == "" or _in_words(parts, order)):
            return parts
    if told := _COLON.match(text):
        told_parts = dict(zip(_PARTS, told.groups(), strict=True))
        return [told_parts.get(part, "") for part in order]
    for words in (_BLANK.split(text.strip()), _LISTED.split(text)):
        if len(words) == len(order) == 3 and _fits(words, order) and item_name_of(words[order.index("item")]):
            return words
    return None


def _in_words(parts: list[str], order: tuple[str, ...]) -> bool:
    """Whether the three are a known item, what was found in words, and what is no item: 接地措施/不合格/GB 4706.1."""
    item, value, limit = (parts[order.index(part)].strip() for part in _PARTS)
    return bool(item_name_of(item) and _IN_WORDS.fullmatch(value) and not item_name_of(limit))


def _slashed(pieces: list[str], order: tuple[str, ...]) -> list[str] | None:
    """Pieces between slashes put together into three parts, of which value and limit are understood.

    mg/kg and 0.25g/100g hold slashes of their own, 8.2×10²/8.6×10² lists replicates: the one way that fits is taken,
    of several the one whose item is known.
    """
    ways = [
        ["/".join(pieces[:first]), "/".join(pieces[first:second]), "/".join(pieces[second:])]
        for first, second in combinations(range(1, len(pieces)), 2)
    ]
    whole = [way for way in ways if not any(unit_known(part.split("/")[0]) for part in way[1:])]
    named = [way for way in whole if not _NEVER_IN_ITEM.search(way[order.index("item")])]
    known = [way for way in named if item_name_of(way[order.index("item")])]
    fitting = [way for way in named if _fits(way, order)]
    if not fitting and len(outside_brackets("/".join(pieces), _BETWEEN)) == 1:
        fitting = [way for way in known if _fits(way, order, surely=False)]
    if len(fitting) > 1:
        fitting = [way for way in fitting if way in known] or fitting
    if len(fitting) > 1:
        fitting = [way for way in fitting if _has_units(way, order)] or fitting
    return fitting[0] if len(fitting) == 1 else None


def _fits(parts: list[str], order: tuple[str, ...], *, surely: bool = True) -> bool:
    """Whether value and limit are understood; surely: also that no number of theirs is in doubt."""
    said = dict(zip(order, parts, strict=True))
    value, limit = measured(said.get("value")), limit_of(said.get("limit"))
    is_told = bool(value.readings) or (said.get("value", "").strip() != "" and value.is_uncertain)
    return is_told and limit.is_understood and not (surely and (value.is_uncertain or limit.is_uncertain))


def _has_units(parts: list[str], order: tuple[str, ...]) -> bool:
    said = dict(zip(order, parts, strict=True))
    return measured(said.get("value")).unit is not None and limit_of(said.get("limit")).unit is not None


def _triples(parts: list[str], n_parts: int) -> list[list[str]]:
    """Parts of several records on one line, `A║1║2、B║3║4`: behind a limit stands the item of the next record."""
    if len(parts) > n_parts and len(parts) % n_parts == 0 and all(map(item_name_of, parts[::n_parts])):
        return [parts[k : k + n_parts] for k in range(0, len(parts), n_parts)]
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


def _from_parts(
    parts: list[str], order: tuple[str, ...], raw: str, hazard: Hazard, given: Parts | None = None
) -> list[Finding]:
    named = dict(given or {}) | {part: parts[k].strip() or None for k, part in enumerate(order[: len(parts)])}
    value, extra = named.get("value"), [part.strip() for part in parts[len(order) :] if part.strip()]
    if len(extra) == 1 and not named.get("unit") and unit_known(extra[0]):
        named["unit"] = extra.pop()
    if len(extra) == 1 and not named.get("standard") and standard_in(extra[0]):
        named["standard"] = extra.pop()
    if value and not named.get("limit") and not measured(value).readings:
        demand = limit_of(value)
        if demand.plan or demand.operator:  # of a pair, what can only be a limit
            named |= {"value": None, "limit": value}
    is_told = measured(named.get("value")).readings and limit_of(named.get("limit")).is_understood
    return _of_row(named, raw, hazard, is_unsure=bool(extra) and not is_told)


def _from_entry(entry: str | dict[str, str | None], hazard: Hazard) -> list[Finding]:
    if isinstance(entry, str):
        return findings_in_cell(entry, _PARTS, hazard)
    return [
        finding(
            item=entry.get("item"),
            value=entry.get("value"),
            limit=entry.get("limit"),
            unit=entry.get("unit"),
            standard=entry.get("standard"),
            raw=entry["raw"],
            hazard=hazard,
        )
    ]


def _of_row(parts: Parts, raw: str, hazard: Hazard, *, is_unsure: bool = False) -> list[Finding]:
    """The findings of one row or record. Values that can't be dealt out stay with the first item, and are not read."""
    item, value, limit, unit = (parts.get(part) for part in ("item", "value", "limit", "unit"))
    items: list[str | None] = list(_items(_VERDICT.sub("", item))) if item else [None]
    count = len(items)
    rest: list[str | None] = [None] * (count - 1)
    values, limits, units = ([text] if count == 1 else paired(text, count, []) for text in (value, limit, unit))
    if count > 1 and value is not None:
        values = paired(value, count, _limits_of(items, limit))
    is_unpaired = is_unsure or values is None or limits is None
    values, limits = values or [value, *rest], limits or [limit, *rest]
    return [
        finding(
            item=name,
            value=values[k],
            limit=limits[k],
            unit=units[k] if units else unit,
            standard=parts.get("standard"),
            raw=raw if count == 1 or name is None else name,
            hazard=hazard,
            is_unpaired=is_unpaired and (values[k] is not None or limits[k] is not None),
        )
        for k, name in enumerate(items)
    ]


def _items(text: str) -> list[str]:
    """The items of a cell; prose that labels its value and limit is one item, and so is each such record."""
    told = labelled(text)
    if told and (told[0] or (told[1] and told[2])):
        return [text]
    records = outside_brackets(text, _BETWEEN)
    if len(records) > 1 and all((told := labelled(record)) and told[0] for record in records):
        return records
    return split_items(text)


def _limits_of(items: list[str | None], limit: str | None) -> list[str | None]:
    """The limit of each item, for its number of replicates: from the limits' cell, or from within the items."""
    if limit is not None:
        return paired(limit, len(items), []) or []
    return [finding(item=name, value=None, limit=None, raw=None, hazard=str)["limit_text"] for name in items]
