"""What was allowed: upper, lower and range limits, bans, microbial plans, with their unit and standard.

A limit that holds a number but is not understood whole is uncertain and yields no number; words stay words.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache
from math import isnan

from pipelines.normalise.numbers import Number, Scanned, number_at, plain, scan_unit
from warehouse.vocabulary import Unit

__all__ = ["BANS", "Limit", "Plan", "limit_of", "standard_in"]

BANS = ("不得检出", "不得使用", "不得添加", "非法添加")
_STANDARD = re.compile(
    r"(?:GB(?:/?[TZ])?|DBS?\d{2}/?T?|(?:NY|SB|QB|SN|LY|SC|LS|GH|HG|JC|JG|JB|YY|YC|FZ|WS|CJ|JT|BB|YD|SJ|XF|GA|HJ)(?:/?T)?"
    r"|JGJ|JJF|CECS|Q/[A-Z]{2,6}|T/[A-Z]{2,10}|BJS|KJ)\s?\d{1,9}(?:\.\d+)?S?(?:[-—–][12]\d{3})?(?![\d.])"
    r"|(?:农业(?:农村)?部|卫生部|卫生计生委|市场监管总局)[^，。；]{0,12}?公告\s?第?\d+号"
    r"|整顿办函[\[〔﹝]\d{4}[\]〕﹞]\d+号",
)
_WITH_STANDARD = re.compile(
    r"(?:按照?|依据|根据|符合)?《?(?:食品安全)?(?:国家|地方|行业|企业)?(?:标准)?\s*"
    rf"(?:{_STANDARD.pattern})(?:[^<>≤≥0-9;]{{0,30}}》)?(?:中)?(?:的)?(?:规定|要求|标准)*[:为]*"
)
_LABEL = re.compile(
    r"^(?:(?:食品安全)?(?:国家|地方|行业|企业)?标准(?:值|要求|规定|限值|限量|指标)?(?:值)?|产品标签明示值(?![的±])"
    r"|(?:产品|标签)?(?:明示|标示)(?:值|要求)?(?!值?的|值?±)|(?:技术|质量|产品)(?:要求|指标)|限量(?:值|要求|标准)?|限值|指标值?|规定值?(?![的±])|合格值"
    r"|判定值|要求)(?:规定|要求)?(?:为|是|:|应|须)*|^(?:应|须|应当|必须)(?:为|是|符合)?"
)
_UNIT_BEHIND = re.compile(r"\(单位[:为]?([^()]+)\)$")
_BAN = re.compile(
    r"(?:(?P<detected>不得检出|不应检出|不能检出|不可检出|未检出|阴性|absence|absent|notdetected)"
    r"|(?P<used>不得使用|不应使用|禁止使用|禁用|不允许使用)|(?P<added>不得添加|不应添加|禁止添加|不允许添加)|(?P<illegal>非法添加))",
    re.IGNORECASE,
)
_PLAN = re.compile(
    r"(?<![A-Za-z0-9/])(?:n=(?P<n>\d{1,2})[^0-9a-zA-Z]*c=(?P<c>\d{1,2})|c=(?P<c_>\d{1,2})[^0-9a-zA-Z]*n=(?P<n_>\d{1,2}))(?![\d.])"
)
# n:5 and N=5 are n=5; M=10⁵ may follow m=10⁴ with a blank or nothing between.
_PLAN_LETTER = re.compile(r"(?<![A-Za-z])([nNcCmM])[:=](?=[\d/-])")
_PLAN_GAP = re.compile(r"(?<=[^\s,，;；、(（])\s+(?=[nNcCmM]\s*[=:：＝])|(?<=[\d}])(?=[ncmM]=)")
_PLAN_THOUSANDS = re.compile(r"([mM]=\d{1,3}) (?=000(?!\d))")
_PLAN_M = re.compile(r"(?<![A-Za-z])([mM])=(?!-)")
_PLAN_NONE = re.compile(r"(?<![A-Za-z])([mM])=(?:-|/(?!\d)|$)")
_POWER_OF_TEN = re.compile(r"10([1-9])(?!\d|[.,]\d|[×^])")
_UPPER = r"不[得应]?(?:大于|超过|高于)|小于(?:或)?等于|最大(?:使用|残留限|残留|限)量|最大值?|最高|≤"
_LOWER = r"不[得应]?(?:小于|低于|少于)|大于(?:或)?等于|至少|最小值?|最低|≥"
_SIGN = re.compile(
    rf"(?P<upper>{_UPPER})|(?P<lower>{_LOWER})|(?P<below><|小于|低于|少于)|(?P<above>>|大于|高于|超过|多于)"
)
_SIGNS = {"upper": "≤", "lower": "≥", "below": "<", "above": ">"}
_BEHIND = re.compile(r"(?:\(含\))?(?:(?P<upper>以下|以内)|(?P<lower>以上))")
_TO = re.compile(r"~|-|至|到|\.\.\.")
_JOINED = re.compile(r"且|并且|和|及|、|,|;")
_REFERENCE = re.compile(r"(?:标称|额定|标示|明示|标签标示|标签明示|规定)值?(?:的|(?=\(?±)|$)")
_REMARK = re.compile(
    r"\((?:E[0-2]级?|以[^()]*计|\d+(?:\.\d+)?(?:℃|°C)|[A-C甲乙丙]类|(?![^()]*\d)[^()]*[一-鿿a-z]{2}[^()]*)\)|[、,;]?以[^0-9≤≥<>]*计$"
)
_HALF_GRADE = re.compile(r"([1-7])[-~]([2-8])(?=级)")
_SPREAD = re.compile(r"^\(([^()]+[±~][^()]+)\)([A-Za-zμ%℃].*)$")  # (40±1)%vol
_SHIFT = r"(?:[+-]\d+(?:\.\d+)?|(?<![\d.])0(?![\d.]))"
_LEANING = re.compile(
    rf"(?P<base>\d+(?:\.\d+)?)?[A-Za-zμ%]*[(、,]*(?P<first>{_SHIFT})[A-Za-zμ%]*[、,;/~]*(?P<second>{_SHIFT})[A-Za-zμ%]*(?P<close>\)?)[A-Za-zμ%]*$"
)
_HAN = re.compile(r"[一-鿿]")
_MOSTLY_WORDS = 4
_DETECTION_LIMIT = re.compile(r"\((?:[^()]*(?:检出限|定量限|LOD|LOQ)|<)[^()]*\)")
_CHAPTER = re.compile(r"第?\d+(?:\.\d+)*[章条款项]|[表图]\d+|附录[A-Z]\d*")
_QUANTITY = re.compile(r"[≤≥<>]\s*\d|\d\s*(?:[mμnpk]?g/|CFU|MPN|%|‰|m?mol/|IU|dB|M?Ω)")
# What a bound is said of, before its sign: 一级≥0.80, DBP≤0.3; and the class of a product, 4.0～8.5 of B类.
_BEFORE = re.compile(
    r"^(?:E[0-2])?[^0-9≤≥<>±~;/]*?(?=[≤≥<>])|^[A-C甲乙丙]类[:]?|^(?:特级|[一二三优]级|合格品|一等品|优等品)[:]?"
)
_EMPTY = re.compile(r"[（(][\s:：,，、]*[）)]")


@dataclass(frozen=True, slots=True)
class Plan:
    """A microbial plan of GB 4789.1: of n units at most c between m and M, none above M (None where there is none)."""

    n: int
    c: int
    m: float | None
    most: float | None


@dataclass(frozen=True, slots=True)
class Limit:
    """What a limit says. A number without operator is both low and high, and nobody says which is meant.

    is_deviation: the bounds are of the difference from a declared value (标称值的±10%).
    """

    operator: str | None = None
    low: float | None = None
    high: float | None = None
    unit: Unit | None = None
    unit_name: str | None = None
    plan: Plan | None = None
    standard: str | None = None
    is_uncertain: bool = False
    is_deviation: bool = False

    @property
    def is_number(self) -> bool:
        """Whether it sets a bound at all."""
        return self.low is not None or self.high is not None

    @property
    def is_understood(self) -> bool:
        """Whether it says something that a value can be held against."""
        return self.is_number or self.operator in BANS or self.plan is not None


@lru_cache(maxsize=20_000)
def limit_of(text: str | None) -> Limit:
    """What a limit says, in its own unit; requirements in words say nothing and are not uncertain."""
    if not text:
        return Limit()
    standard = standard_in(text)
    text = _PLAN_GAP.sub(",", text)
    written = plain(_EMPTY.sub("", _WITH_STANDARD.sub("", text)) if standard else text)
    return replace(_understood(written), standard=standard)


def standard_in(text: str) -> str | None:
    """The number of the standard that a text names, as written; None when it names none."""
    found = _STANDARD.search(text)
    return found[0].strip() if found else None


def _understood(text: str) -> Limit:
    core = _UNIT_BEHIND.sub(r"\1", _LABEL.sub("", text).strip(":。;、,"))
    core = _SPREAD.sub(r"\1\2", core)
    if core.startswith("(") and core.endswith(")") and ")" not in core[:-1]:
        core = core[1:-1]
    core = _PLAN_LETTER.sub(lambda found: (found[1].lower() if found[1] in "NC" else found[1]) + "=", core)
    core = _PLAN_THOUSANDS.sub(r"\1", _PLAN_GAP.sub(",", core))
    if plan := _PLAN.search(core):
        return _planned(core, plan)
    if ban := _BAN.search(core):
        return _banned(core, ban)
    bare = _REMARK.sub("", core)
    for candidate in (core, bare, _BEFORE.sub("", bare)):
        for read in (_ranged, _bounded, _leaning):
            if found := read(candidate):
                return _of_declared(candidate, found)
    if found := _several(core):
        return _of_declared(core, found)
    return Limit(is_uncertain=_holds_number(core))


def _holds_number(text: str) -> bool:
    """Whether a text that was not understood sets a bound in numbers; a chapter or table of a standard does not."""
    text = _CHAPTER.sub("", text)
    if not any(each.isdigit() for each in text):
        return False
    return len(_HAN.findall(text)) < _MOSTLY_WORDS or _QUANTITY.search(text) is not None


def _banned(text: str, ban: re.Match[str]) -> Limit:
    """不得检出μg/kg, 不得检出/25g, absence /25g: the ban, with what it is reckoned by."""
    written = {"detected": "不得检出", "used": "不得使用", "added": "不得添加", "illegal": "非法添加"}
    operator = written[str(ban.lastgroup)]
    rest = _DETECTION_LIMIT.sub("", text[: ban.start()] + text[ban.end() :])
    rest = re.sub(r"^\((.*)\)$", r"\1", rest.strip(":、,;。"))
    scanned = scan_unit(rest, 0) if rest else None
    if scanned and scanned.end == len(rest):
        return Limit(operator, unit=scanned.known, unit_name=scanned.name)
    is_more = any(each.isdigit() for each in rest) and not re.fullmatch(r"[^0-9]*\d+(?:g|mL|ml)[^0-9]*", rest)
    return Limit(operator, is_uncertain=is_more)


def _planned(text: str, plan: re.Match[str]) -> Limit:
    """n=5,c=2,m=10⁴,M=10⁵CFU/g. Plans hold powers of ten: m=104 is 10⁴."""
    bounds: dict[str, float | None] = {}
    unit, unit_name, is_uncertain = None, None, False
    for mark in _PLAN_M.finditer(text):
        number = number_at(text, mark.end())
        value, end = (number.value, number.end) if number else (None, mark.end())
        if flat := _POWER_OF_TEN.match(text, mark.end()):
            value, end = 10.0 ** int(flat[1]), flat.end()
        scanned = scan_unit(text, end)
        if scanned:
            end = scanned.end
            if scanned.known is None or not (unit and scanned.name.startswith("/")):
                unit, unit_name = scanned.known, scanned.name
        whole = end == len(text) or re.match(r"[;、,/)(\n。mM]", text[end]) is not None
        is_uncertain |= value is None or not whole or mark[1] in bounds
        bounds[mark[1]] = value
    known = Plan(int(plan["n"] or plan["n_"]), int(plan["c"] or plan["c_"]), bounds.get("m"), bounds.get("M"))
    if is_uncertain or ("m" not in bounds and "M" not in bounds):
        unsure = is_uncertain or not _PLAN_NONE.search(text)
        return Limit(unit=unit, unit_name=unit_name, plan=Plan(known.n, known.c, None, None), is_uncertain=unsure)
    return Limit(unit=unit, unit_name=unit_name, plan=known)


def _ranged(text: str) -> Limit | None:
    """12.0g/100g～29.0g/100g, 4.0≤pH≤8.5, ≥3且≤5, 100±5g, 标称值的±10%."""
    core = _REFERENCE.sub("", text)
    if spread := re.match(r"\(?(?:±|\+/-)", core):
        number = number_at(core, spread.end())
        told = number and _range(core.rstrip(")"), -_value(number), number, number.end)
        return replace(told, is_deviation=True) if told else None
    if named := re.match(r"(?P<low>.+?)(?P<first>[≤<])[^0-9≤≥<>]{1,12}(?P<second>[≤<])(?P<high>.+)$", core):
        core = f"{named['low']}~{named['high']}"
    first = re.match(rf"(?:{_LOWER}|>|大于)?", core)
    low = number_at(core, first.end() if first else 0)
    if low is None or _HALF_GRADE.match(core, first.end() if first else 0):
        return None
    unit = scan_unit(core, low.end)
    at = unit.end if unit else low.end
    if core[at : at + 1] == "±":
        return _around(core, low, unit, at + 1)
    joint = re.match(rf"(?:{_TO.pattern})", core[at:]) or re.match(
        rf"(?:{_JOINED.pattern})*(?=(?:{_UPPER}|<))", core[at:]
    )
    if joint is None or (not joint[0] and not (first and first[0])):
        return None
    second = re.compile(rf"(?:{_UPPER}|<)?").match(core, at + joint.end())
    high = number_at(core, second.end() if second else at + joint.end())
    return _range(core, _value(low), high, high.end, unit.name if unit else None) if high else None


def _around(text: str, middle: Number, unit: Scanned | None, at: int) -> Limit | None:
    """100±5g, 53%vol±1%vol, 100g±5%: a share of the middle where that is no percentage itself."""
    number = number_at(text, at)
    if number is None:
        return None
    behind = scan_unit(text, number.end)
    base, width = _value(middle), _value(number)
    if behind and unit and behind.name != unit.name:
        if behind.name != "%":
            return None
        return _range(unit.name, base - base * width / 100, base + base * width / 100, 0)
    return _range(text, base - width, base + width, number.end, unit.name if unit else None)


def _leaning(text: str) -> Limit | None:
    """+10mm，-5mm and 120mm(-5,+10): how far a measure may be above and below what was declared."""
    found = _LEANING.match(text)
    if found is None:
        return None
    base = number_at(found["base"], 0) if found["base"] else None
    units = [scan_unit(text, found.end(part)) for part in ("base", "first", "second", "close") if found[part]]
    known = [each for each in units if each is not None]
    shifts = sorted((float(found["first"]), float(found["second"])))
    names, middle = list(dict.fromkeys(each.name for each in known)), _value(base) if base else 0.0
    if len(names) == 2 and names[1] == "%" and base:  # 1800W(+5%,-10%)
        shifts = [shift * middle / 100 for shift in shifts]
    elif len(names) > 1:
        return None
    if shifts[0] > 0 or shifts[1] < 0:
        return None
    limit = _range(names[0] if names else "", middle + shifts[0], middle + shifts[1], 0)
    return replace(limit, is_deviation=base is None) if limit else None


def _value(number: object) -> float:
    value = getattr(number, "value", None)
    return float("nan") if value is None else float(value)


def _range(text: str, low: float | None, high: object, end: int, unit_name: str | None = None) -> Limit | None:
    top = high if isinstance(high, float) else _value(high)
    scanned = scan_unit(text, end)
    rest = text[scanned.end if scanned else end :].strip(")。 ")
    if low is None or rest or not low <= top:
        return None
    if scanned is None and unit_name is not None:
        scanned = scan_unit(unit_name, 0)
    if scanned and unit_name and scanned.name != unit_name:
        return None
    return Limit("~", low, top, scanned.known if scanned else None, scanned.name if scanned else None)


def _of_declared(text: str, found: Limit) -> Limit:
    """The limit as one of a declared value, where the text says so."""
    return replace(found, is_deviation=True) if _REFERENCE.search(text) else found


def _bounded(text: str) -> Limit | None:
    """≤0.2mg/kg, 200≤mg/kg, 1.0以下, 200mg/kg, ≤103(CFU/g), ≥3-4级."""
    core = _REFERENCE.sub("", text)
    sign = _SIGN.match(core)
    operator = _SIGNS[str(sign.lastgroup)] if sign else None
    at = sign.end() if sign else 0
    while core[at : at + 1] in ("为", ":", "于"):
        at += 1
    if grade := _HALF_GRADE.match(core, at):
        value, at = (int(grade[1]) + int(grade[2])) / 2, grade.end()
        if int(grade[2]) != int(grade[1]) + 1:
            return None
    elif number := number_at(core, at):
        value, at = _value(number), number.end
    else:
        return None
    flat = _POWER_OF_TEN.fullmatch(core[sign.end() if sign else 0 : at])
    misplaced = re.match(r"[≤≥<>]", core[at:])
    if misplaced and operator is None:
        operator, at = misplaced[0], at + 1
    scanned = scan_unit(core, at)
    at = scanned.end if scanned else at
    behind = _BEHIND.match(core, at)
    if behind and operator is None:
        operator, at = ("≤" if behind["upper"] else "≥"), behind.end()
    if core[at:].strip(")。 ") or isnan(value):
        return None
    if flat and scanned and scanned.known and scanned.known.is_count:
        value = 10.0 ** int(flat[1])
    low = value if operator in ("≥", ">", None) else None
    high = value if operator in ("≤", "<", None) else None
    return Limit(operator, low, high, scanned.known if scanned else None, scanned.name if scanned else None)


def _several(text: str) -> Limit | None:
    """食品安全国家标准≥0.4g/100mL；产品标签明示值≥0.7g/100mL: of limits in one direction the stricter one."""
    parts = [part for part in re.split(r"[;\n]", text) if part]
    if len(parts) < 2:
        return None
    limits = [_bounded(_LABEL.sub("", part).strip(":、,")) for part in parts]
    known = [each for each in limits if each is not None]
    if len(known) != len(parts) or len({(each.operator, each.unit_name) for each in known}) != 1:
        return None
    if known[0].operator in ("≥", ">"):
        return max(known, key=lambda each: each.low or 0.0)
    return min(known, key=lambda each: each.high or 0.0) if known[0].operator in ("≤", "<") else None
