"""Wide tables: a column for each item tested, or 项目1 结果1 标准1 … side by side, become the findings of one sample.

Only what failed is a finding: by a word (不合格, a column of failed items), or in a failed sample by a value outside
its limit, or, where nothing else tells why it failed, by a value that can't be read for sure. A value without limit
says nothing, and numbers never make a verdict.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import lru_cache

from pipelines.normalise.agreement import breaks
from pipelines.normalise.findings import says_nothing
from pipelines.normalise.header_words import column_of
from pipelines.normalise.items import direction_of, item_name_of
from pipelines.normalise.limits import limit_of, standard_in
from pipelines.normalise.measured import measured
from pipelines.normalise.numbers import unit_known
from pipelines.normalise.text import normal_header
from pipelines.normalise.words import conclusion_of
from warehouse.contract import Contract
from warehouse.script import simplified

__all__ = ["WideGroup", "told_by_groups", "wide_groups"]

_PARTS = {"item": 0, "value": 1, "limit": 2, "unit": 3, "verdict": 4}
_NUMBERED = re.compile(
    r"^(?:(?P<item>(?P<failed>不合格|不符合|问题)?(?:检验|检测|抽检|监测)?项目?(?:名称)?)"
    r"|(?P<value>(?:检验|检测|实测)?结果|(?:实测|检测|检验|检出)值)|(?P<limit>标准(?:值|要求|限值|指标)?|限量?值?|技术要求)"
    r"|(?P<unit>(?:计量)?单位)|(?P<verdict>(?:单项|项目)?(?:判定|结论)(?:结果)?))\(?(?P<number>\d{1,2})\)?$"
)
_REPEATED = re.compile(r"\.\d{1,2}$")
_TESTED = re.compile(r"(?:检验|检测|抽检|监测|测试|所检)?项目(?:名称)?")
_PART_OF_COLUMN = {
    "finding_item": "item", "finding_value": "value", "finding_limit": "limit", "finding_unit": "unit",
}  # fmt: skip
_BRACKET = re.compile(r"\(([^()]*)\)$")
_LIMIT = re.compile(r"[≤≥<>]|不得|限量|标准值")
_SAYS_ITSELF = frozenset({"findings_text", "finding_item"})
_ONLY_VERDICT = re.compile(r"^\s*不\s*(?:合\s*格|符\s*合)\s*[。.]?\s*$")
_MARKS = re.compile(r"[║‖∥∣丨｜|;；\n]")


@dataclass(frozen=True)
class WideGroup:
    """Columns (numbers from 1) of one item's result: item, value, limit, unit, verdict; those that the header alone
    tells stand in `said`. names_failures: the item's own header says that it failed.
    """

    columns: Mapping[str, int]
    said: Mapping[str, str] = field(default_factory=dict)
    names_failures: bool = False


def wide_groups(
    feed_contract: Contract, titles: Mapping[int, str], columns: Mapping[str, int]
) -> tuple[WideGroup, ...]:
    """The groups of a header; none where the feed has no findings or a single column of failures says what failed."""
    if "findings_text" not in feed_contract.names:
        return ()
    groups = _numbered(titles) or _repeated(feed_contract.feed, titles)
    taken = {number for group in groups for number in group.columns.values()}
    if any(number not in taken for name, number in columns.items() if name in _SAYS_ITSELF):
        return ()
    if groups:
        return groups
    mapped = set(columns.values())
    substances = {number: _substance(title) for number, title in titles.items() if number not in mapped}
    return tuple(WideGroup({"value": number}, told) for number, told in substances.items() if told is not None)


def told_by_groups(
    feed_contract: Contract, groups: tuple[WideGroup, ...], cells: Mapping[int, str | None], is_failed: bool
) -> str | None:
    """What failed, as a findings cell; 无 when every item was judged and none failed; None when nobody says.

    is_failed: the row's own conclusion says that the sample failed.
    """
    failed: list[str] = []
    beyond: list[str] = []
    unsure: list[str] = []
    is_judged = []
    for group in groups:
        parts = {**group.said, **{part: (cells.get(number) or "").strip() for part, number in group.columns.items()}}
        value, item, limit = (simplified(parts.get(part, "")) for part in ("value", "item", "limit"))
        if (says_nothing(value) and says_nothing(parts.get("verdict", ""))) if group.said else says_nothing(item):
            continue
        verdict = _verdict(feed_contract, group, parts)
        is_judged.append(verdict is not None)
        if verdict:
            failed.append(_written(parts))
        elif verdict is None and _is_beyond(item, value, limit):
            beyond.append(_written(parts))
        elif verdict is None and measured(value).is_uncertain:
            unsure.append(_written(parts))
    if is_failed:
        failed = failed + beyond or unsure
    if failed:
        return "；".join(failed)
    return "无" if is_judged and all(is_judged) and not is_failed else None


def _numbered(titles: Mapping[int, str]) -> tuple[WideGroup, ...]:
    found: dict[str, dict[str, int]] = {}
    named: set[str] = set()
    for column, title in titles.items():
        if (match := _NUMBERED.match(normal_header(title))) is None:
            continue
        part = next(name for name in _PARTS if match[name])
        found.setdefault(match["number"], {}).setdefault(part, column)
        if match["failed"]:
            named.add(match["number"])
    groups = {number: parts for number, parts in found.items() if "item" in parts}
    if len(found) < 2 or not groups:
        return ()
    return tuple(WideGroup(parts, names_failures=number in named) for number, parts in groups.items())


def _repeated(feed: str, titles: Mapping[int, str]) -> tuple[WideGroup, ...]:
    """检验项目, 检验结果, 检验项目, 检验结果: each item header begins a group (.1 and .2 are a program's)."""
    groups: list[WideGroup] = []
    for number in sorted(titles):
        normal = _REPEATED.sub("", normal_header(titles[number]))
        part = "item" if _TESTED.fullmatch(normal) else _PART_OF_COLUMN.get(column_of(feed, normal) or "")
        if part == "item":
            groups.append(WideGroup({"item": number}, names_failures="不" in normal or "超" in normal))
        elif part and groups and part not in groups[-1].columns:
            groups[-1] = WideGroup({**groups[-1].columns, part: number}, names_failures=groups[-1].names_failures)
    return tuple(groups) if len(groups) > 1 and all(len(group.columns) > 1 for group in groups) else ()


@lru_cache(maxsize=5_000)
def _substance(header: str) -> Mapping[str, str] | None:
    """Item, unit and limit that a header such as 铅(mg/kg) or 克百威，甲拌磷，毒死蜱 tells; None when it is none."""
    text = normal_header(header)
    if (standard := standard_in(text)) is not None:
        text = text.replace(standard, "").removesuffix("()").removesuffix("(")
    told: dict[str, str] = {}
    head, _, tail = text.rpartition(",")
    if head and unit_known(tail):
        text, told["unit"] = head, tail
    while bracket := _BRACKET.search(text):
        inner = bracket[1]
        if _LIMIT.search(inner):
            told["limit"] = inner
        elif unit_known(inner):
            told["unit"] = inner
        elif _known_item(text):
            break
        text = text[: bracket.start()]
    if (item := _known_item(text)) is not None:
        return {**told, "item": item}
    is_measured = standard is not None or "/" in told.get("unit", "")
    return {**told, "item": text} if text and is_measured else None


def _known_item(text: str) -> str | None:
    """The text when it is an item that is listed; several of them are one 或 the other: nobody says which failed."""
    if item_name_of(text):
        return text
    several = [part for part in re.split(r"[,、]", text) if part]
    return "或".join(several) if len(several) > 1 and all(item_name_of(part) for part in several) else None


def _verdict(feed_contract: Contract, group: WideGroup, parts: Mapping[str, str]) -> bool | None:
    """Whether words say that the item failed (True) or passed (False)."""
    for said in (parts.get("verdict", ""), parts.get("value", "")):
        code = conclusion_of(feed_contract, said) if said else None
        if code in ("conforming", "nonconforming"):
            return code == "nonconforming"
    return True if group.names_failures else None


def _is_beyond(item: str, value: str, limit: str) -> bool:
    return bool(limit) and breaks(measured(value), limit_of(limit), direction_of(item)) is True


def _written(parts: Mapping[str, str]) -> str:
    """item║value║limit; marks and semicolons inside a part become commas, so that the parts stay apart."""
    value, unit = _ONLY_VERDICT.sub("", parts.get("value", "")), parts.get("unit", "")
    if unit and re.fullmatch(r"[<>≤≥＜＞]?\s*[\d.]+", value):
        value += unit
    told = (parts.get("item", ""), value, parts.get("limit", ""))
    return "║".join(_MARKS.sub("，", part) for part in told)
