"""One failed item from its parts: what was found against which limit, and whether the two agree with the verdict.

Texts stay as written; numbers stand beside them only where they are sure. A limit or a value may hide in the item.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace
from typing import TypedDict

from pipelines.normalise.agreement import breaks, comparable
from pipelines.normalise.items import direction_of, item_name_of
from pipelines.normalise.limits import BANS, Limit, limit_of
from pipelines.normalise.measured import Measured, is_flattened, measured
from pipelines.normalise.numbers import plain, unit_known

__all__ = ["Finding", "Hazard", "finding", "labelled", "raised"]

Hazard = Callable[[str], str]


class _Numbers(TypedDict):
    value_numbers: list[float | None] | None
    value_operator: str | None
    initial_numbers: list[float | None] | None
    is_detected: bool | None


class _Bounds(TypedDict):
    limit_low: float | None
    limit_high: float | None
    limit_unit: str | None
    plan_n: int | None
    plan_c: int | None
    plan_m: float | None
    plan_max: float | None


class Finding(_Numbers, _Bounds):
    """One failed item; texts as written, None where the source has none or the reading is not sure.

    agrees: whether the value breaks the limit, as the verdict says; None when that can't be said.
    """

    item: str | None
    value_text: str | None
    limit_text: str | None
    unit: str | None
    operator: str | None
    standard: str | None
    hazard_code: str | None
    raw: str | None
    item_name: str | None
    value_uncertain: bool
    agrees: bool | None


_SUPERSCRIPT = re.compile(r"<sup>([0-9+\-−n]+)</sup>", re.IGNORECASE)
_RAISED = str.maketrans("0123456789+-−n", "⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻⁻ⁿ")
_LAST_BRACKET = re.compile(r"^(.*?)[（(﹙]((?:[^（）()﹙﹚]|[（(][^（）()]*[）)])*)[）)﹚]$", re.DOTALL)
_LAST_PART = re.compile(r"^(.*?)(?:[，,、]|(?<=[一-鿿）)])[/／])\s*(?:单位\s*[:：]?)?([^，,、]+)$", re.DOTALL)
_REQUIRED = re.compile(r"^(?:应|须|不得|不应|具有|标注|符合|标准值|标准要求|限量)")
# Bounds that stand in a bracket without an operator, told from conditions of the test such as (20℃) or (25g).
_BOUNDED = (
    "mass fraction", "mass concentration", "volume fraction", "count per", "count by", "amount", "mass per energy",
    "acid per mass", "equivalents", "colour",
)  # fmt: skip
_LABELS = re.compile(
    r"(?:(?P<value>(?<![未得应])(?:检测|实测|检出|检验|测定|实际)(?:结果|数值|含量|值|量)?)"
    r"|(?P<limit>(?:食品安全)?(?:国家|产品|企业)?标准(?:限值|限量|要求|规定|指标)?值?|(?:标准)?限量值?|限值|技术要求|最大(?:使用|残留限|允许限?)?量|要求|规定值?|标示值|明示值))"
    r"\s*(?:为|是|应?[:：]|应)*\s*(?=[≤≥<>＜＞≦≧0-9０-９不未阴阳检大小高低nN+\-]|GB|《)"
)
_NO_VALUE = re.compile(r"^[\"'“”/\\\-—－／\s]*$|^\s*无\s*$")
_NAME_AND_VALUE = re.compile(r"^(?P<item>.*?\S)(?:\s*[:：]\s*|\s+)(?P<value>[^:：]+)$", re.DOTALL)
_OF_WHAT = re.compile(r"[一-鿿]{2,10}(?=[\s:：为]*[<>≤≥＜＞]?\s*\d)")
_GRADES = re.compile(r"\s*[1-7]\s*[-~～—－]\s*[2-8]\s*")
_DEVIATION = re.compile("偏差|误差|允差|变化率")
_PROSE_ITEM = re.compile(
    r"^(?:经?(?:检验|检测|抽检)[，,：:]?)?(?:(?:不合格|检[验测])?(?:项目|指标)(?:名称)?(?:[:：]|为|是))?(?P<item>.+?)"
    r"(?:(?:项目|指标)?(?:的?(?:检验|检测)?结果)?不(?:符合|合格).*)?$",
    re.DOTALL,
)
_QUANTITY = re.compile(r"[<>≤≥＜＞]?\s*[0-9]")


def finding(
    *,
    item: str | None,
    value: str | None,
    limit: str | None,
    unit: str | None = None,
    standard: str | None = None,
    raw: str | None,
    hazard: Hazard,
    is_unpaired: bool = False,
) -> Finding:
    """The finding that these parts make; is_unpaired: the value may be that of several items."""
    value, limit = (None if text is None or _NO_VALUE.match(text) else raised(text) for text in (value, limit))
    name, value, limit = _parted(item, value, limit)
    said, allowed = _read(name, value, limit)
    if _is_certainly_swapped(said, allowed, value):
        value, limit = limit, value
        said, allowed = _read(name, value, limit)
    given = unit or (_unit_in(name) if name else None)
    said, allowed = _with_unit(said, given), _limit_with_unit(allowed, given)
    unsure = is_unpaired or _is_unsure(said, allowed, value)
    if unsure and (is_unpaired or not allowed.is_uncertain):
        said = replace(said, readings=(), initial=(), is_uncertain=True)
    return {
        "item": name or None,
        "value_text": value,
        "limit_text": limit,
        "unit": said.unit_name or _spelled(unit),
        "operator": allowed.operator,
        "standard": standard or allowed.standard,
        "hazard_code": hazard(name) if name else None,
        "raw": raw,
        "item_name": item_name_of(name) if name else None,
        **_numbers(said),
        **_bounds(allowed),
        "value_uncertain": unsure,
        "agrees": None if unsure else breaks(said, allowed, direction_of(name) if name else ""),
    }


def _read(name: str | None, value: str | None, limit: str | None) -> tuple[Measured, Limit]:
    """Value and limit as read; a grade such as 2-3 is told by its limit, a deviation by the item's name."""
    allowed = limit_of(limit)
    # 闭阀时间75s against 闭阀时间≤60s: both say of what, and nothing else.
    of = _OF_WHAT.match(value) if value and measured(value).is_uncertain else None
    if value and limit and of and limit.startswith(of[0]):
        value = value[of.end() :]
    is_grade = value and allowed.unit_name == "级" and _GRADES.fullmatch(value)
    said = measured(f"{value}级" if is_grade else value)
    return (replace(said, is_deviation=True) if name and _DEVIATION.search(name) else said), allowed


def raised(text: str | None) -> str | None:
    """Text whose <sup> is written in superscript characters: 10<sup>4</sup> must not become 104."""
    return _SUPERSCRIPT.sub(lambda match: match[1].translate(_RAISED), text) if text and "<" in text else text


def labelled(text: str) -> tuple[str, str | None, str | None] | None:
    """What stands before the labels 检出值 and 标准值, and behind each; None where neither label stands."""
    marks = list(_LABELS.finditer(text))
    kinds = [mark.lastgroup for mark in marks]
    if not marks or len(set(kinds)) != len(kinds):
        return None
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    told = {mark.lastgroup: _trimmed(text[mark.end() : end]) for mark, end in zip(marks, ends, strict=True)}
    return _trimmed(text[: marks[0].start()]), told.get("value"), told.get("limit")


def _numbers(said: Measured) -> _Numbers:
    operators = {each.operator for each in said.readings}
    detections = {each.is_detected for each in said.readings} - {None} if not said.numbers else set()
    first = [each.number for each in said.initial]
    return {
        "value_numbers": list(said.numbers) or None,
        "value_operator": next(iter(operators)) if len(operators) == 1 else None,
        "initial_numbers": first or None,
        "is_detected": (True in detections) if detections else None,
    }


def _bounds(allowed: Limit) -> _Bounds:
    plan = allowed.plan
    return {
        "limit_low": allowed.low,
        "limit_high": allowed.high,
        "limit_unit": allowed.unit_name,
        "plan_n": plan.n if plan else None,
        "plan_c": plan.c if plan else None,
        "plan_m": plan.m if plan else None,
        "plan_max": plan.most if plan else None,
    }


def _parted(item: str | None, value: str | None, limit: str | None) -> tuple[str | None, str | None, str | None]:
    """Item, value and limit, of which the latter two may stand inside the item or behind labels in one cell."""
    name = item.strip() if item else None
    if value and not limit and (told := labelled(value)) and told[2] and (told[1] or told[0]):
        value, limit = told[1] or told[0], told[2]
    if not name or limit:
        return name, value, limit
    if not value and (told := labelled(name)) and (told[0] or (told[1] and told[2])):
        name, value, limit = _told_item(told[0]), told[1], told[2]
        if value or not name:
            return name, value, limit
    bracket = _LAST_BRACKET.match(name)
    if bracket is not None and not limit:
        inner = bracket.group(2).strip()
        if not value and (told := labelled(inner)) and told[1]:
            return bracket.group(1).strip(), told[1], told[2]
        if _is_limit(inner):
            name, limit = bracket.group(1).strip(), (told[2] if (told := labelled(inner)) and not told[0] else inner)
    if not value and (limit or not item_name_of(name)):
        split_name, split_value = _name_and_value(name)
        if limit or (item_name_of(split_name) and measured(split_value).unit_name):
            name, value = split_name, split_value
    return name, value, limit


def _told_item(text: str) -> str | None:
    """The item that prose names before it says what was found: 经检验，苯甲酸项目不符合GB 2760要求."""
    told = _PROSE_ITEM.match(text)
    return (told["item"] if told and told["item"] else text) or None


def _is_limit(text: str) -> bool:
    """Whether the text of a bracket behind an item is its limit."""
    told = limit_of(text)
    if told.operator in BANS or told.plan is not None or _REQUIRED.match(text):
        return True
    if not told.is_number:
        return bool(re.search(r"[≤≥<>＜＞]", text))
    if told.operator not in (None, "~"):
        return True
    return told.unit.dimension.startswith(_BOUNDED) if told.unit else told.operator == "~" and not told.unit_name


def _name_and_value(text: str) -> tuple[str, str | None]:
    """铅：0.5mg/kg or 吡虫啉7.47mg/kg: the item and what was measured, where the first is a known item."""
    if (told := _NAME_AND_VALUE.match(text)) and measured(told["value"]).readings and not told["item"][-1].isdigit():
        return told["item"], told["value"].strip()
    for start in (match.start() for match in _QUANTITY.finditer(text)):
        if start and item_name_of(text[:start]) and measured(text[start:]).readings:
            return text[:start].strip(" ;；,，、\n"), text[start:].strip()
    return text, None


def _trimmed(text: str) -> str:
    """The text without the marks that parted it from its neighbours, and without half a pair of brackets."""
    text = text.strip(" \n，,;；/、。:：")
    text = re.sub(r"[（(]$", "", text).strip(" \n，,;；/、。:：为的")
    text = re.sub(r"^[（(]", "", text) if _depth(text) > 0 else text
    return text[:-1] if _depth(text) < 0 and text[-1] in "）)" else text


def _depth(text: str) -> int:
    return sum(text.count(mark) for mark in "（(") - sum(text.count(mark) for mark in "）)")


def _is_certainly_swapped(said: Measured, allowed: Limit, value: str | None) -> bool:
    """不得检出 and n=5,c=2 are never results: with a number as limit, the two stand in each other's place."""
    in_place_of_value = limit_of(value)
    is_demand = in_place_of_value.plan is not None or (in_place_of_value.operator in BANS and not said.readings)
    return is_demand and allowed.is_number and allowed.operator is None


def _is_unsure(said: Measured, allowed: Limit, value: str | None) -> bool:
    """Whether the number found may be another: not read, in a unit that nobody knows, or not in its place."""
    if said.is_uncertain or allowed.is_uncertain or not said.numbers:
        return said.is_uncertain or allowed.is_uncertain
    unit = said.unit or allowed.unit
    strange = [each.unit_name for each in (said, allowed) if each.unit_name and each.unit is None]
    is_bare = allowed.is_number and allowed.operator is None
    return (
        any(name != other for name in strange for other in (said.unit_name, allowed.unit_name))
        or (said.unit_name is None and comparable(said, allowed) is None)
        or is_flattened(plain(value or ""), unit)
        # A demand where the result should be, or replicates whose last one stands in the limit's place.
        or ((is_bare or not allowed.is_understood) and said.readings[0].operator in ("≤", "≥"))
        or (is_bare and len(said.readings) > 1 and bool(allowed.unit and allowed.unit.is_count))
    )


def _unit_in(name: str) -> str | None:
    """The unit that the item's last bracket names: 6-苄基腺嘌呤(6-BA)(mg/kg)."""
    bracket = _LAST_BRACKET.match(name) or _LAST_PART.match(name)
    known = unit_known(bracket.group(2)) if bracket else None
    return known.unit if known else None


def _spelled(unit: str | None) -> str | None:
    if not unit or _NO_VALUE.match(unit):
        return None
    known = unit_known(unit)
    return known.unit if known else unit.strip()


def _with_unit(said: Measured, unit: str | None) -> Measured:
    """The measurement in the unit of its column, where its own cell names none, or only the half before the slash."""
    if not unit or not (said.readings or said.unit_name):
        return said
    joined = f"{said.unit_name}{unit}" if said.unit_name and unit.strip().startswith("/") else unit
    if said.unit_name and joined is unit:
        return said
    known = unit_known(joined)
    if said.unit_name and known is None:
        return said
    return replace(said, unit=known, unit_name=known.unit if known else _spelled(joined))


def _limit_with_unit(allowed: Limit, unit: str | None) -> Limit:
    if not unit or allowed.unit_name or not (allowed.is_number or allowed.plan):
        return allowed
    known = unit_known(unit)
    return replace(allowed, unit=known, unit_name=known.unit if known else _spelled(unit))
