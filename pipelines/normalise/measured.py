"""What was measured: the numbers of a result cell, replicates and re-tests among them, with their unit.

A cell that holds a number but is not understood whole is uncertain and yields no number; nothing is repaired.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import lru_cache

from pipelines.normalise.numbers import Scanned, is_size, number_at, plain, scan_unit
from warehouse.vocabulary import Unit

__all__ = ["Measured", "Reading", "is_flattened", "measured"]

_SEPARATOR = re.compile(r"(?:[;、,/|\n]|及|和|与|and|und|bzw\.|(?<=[0-9A-Za-z}%‰℃)])(?:~|至|到|-)(?=[0-9]))+")
_NUMBERING = re.compile(
    r"(?:(?:[纵横经纬直]向|[干湿](?:摩擦?|态)|变色|沾色)[:]?|n\d{1,2}|样品?\d{1,2}|第\d{1,2}次|\d{1,2}#)[:=]?|结果\d?[:]"
)
_SIGN = re.compile(r"[≤≥<>]|大于等于|大于或等于|小于等于|小于或等于|大于|高于|超过|小于|低于|约为?|≈")
_SAID_OF = re.compile(r"\((?:[纵横经纬直]向?|[干湿](?:摩擦?|态)|变色|沾色)\)")
_IN_BRACKETS = re.compile(r"^\(([^()]*[;、,/][^()]*)\)(?=[A-Za-z%/]|$)")
_MEANS = {"大于": ">", "高于": ">", "超过": ">", "小于": "<", "低于": "<", "约": "≈", "约为": "≈"} | {
    "大于等于": "≥", "大于或等于": "≥", "小于等于": "≤", "小于或等于": "≤",
}  # fmt: skip
_LABEL = re.compile(
    r"^(?:pH值?=?|平均值?|均|(?:检测|实测|检出|检验|测定|测试|测得)(?:结果|值|量|含量)?|(?:检验|检测|实测)?结果|实际值)(?:为|是|:)*(?=[≤≥<>≈0-9未阴阳约大小低高超N.+-])"
)
_REFERENCE = re.compile(r"(?:标称|额定|标示|明示|标签标示)值?的|偏差(?:为)?")
_UNIT_BEHIND = re.compile(r"(?:结果均?(?:大于|超过|高于)[Mm])?\(单位[:为]?(?P<unit>[^()]+(?:\([^()]*\))?)\)$")
_TOLERANCE = re.compile(r"\(?(?:±|\+/-|\+-)\d+(?:[.,]\d+)?%?U?\)?")
_REMARK = re.compile(r"\((?:\d+(?:\.\d+)?°C|(?![^()]*\d)[^()]*[一-鿿a-z]{2}[^()]*)\)$")
_VERDICT_BEHIND = re.compile(r"(?<=[0-9A-Za-z%级)}])[;、,]*(?:不合格|不符合(?:要求|标准)?|超标)$")
_DETECTION_LIMIT = r"(?:\((?:[^()]*(?:检出限|定量限|LOD|LOQ)|[<＜])[^()]*\))?"
_SAMPLE = r"(?:[/(]*/?(?:\d+(?:g|mL|ml|L|cm2)|cm2|g|mL)\)?)?"
_ABSENT = re.compile(
    rf"(?:{_SAMPLE}(?:样品)?中?)(?:未检出|未检测到|未发现|ND|N\.D\.?|阴性|<LO[DQ]|(?:低于|小于|<)(?:方法)?(?:检出限|定量限)"
    rf"|notdetected|nichtnachweisbar|absent|absence){_DETECTION_LIMIT}{_SAMPLE}",
    re.IGNORECASE,
)
_PRESENT = re.compile(
    rf"(?:{_SAMPLE}(?:样品)?中?)(?:检出|阳性|detected|positive|nachgewiesen|presence|present){_SAMPLE}", re.IGNORECASE
)
# Counts are whole: 12,000CFU/g is no decimal.
_THOUSANDS = re.compile(r"[1-9]\d{0,2},\d{3}")
_HALF_GRADE = re.compile(r"([1-7])[-~]([2-8])级")
_RETEST = re.compile(
    r"(?P<which>初检|首检|初次|原检|原|复检|复验|复测)(?:验|测)?(?:机构)?(?:结果|结论|值|检测值|检验结果|检测结果|实测值)?(?:为|是|:|=)*"
)
_RETEST_BEHIND = re.compile(r"([^;、,]+?)\((初检|原检|复检)(?:值|结果)?\)")
_IS_RETEST = re.compile(r"(?:初检|首检|原检|初次|复检|复验|复测)")
# A count of 104 has a digit more than plate counts are reported with (GB 4789.2): as likely it was 10⁴.
_FLATTENED = re.compile(r"(?<![\d.,×])10[2-9](?![\d.,])")
_BEFORE_UNIT = re.compile(r"\d(?=[A-Za-zμΩ%‰°])")
# Some are left out; 2 of 5, or a slope of 1/180; a date; a number with a leading zero that is no quantity.
_NO_MEASUREMENT = re.compile(r"\.\.\.|^\d{1,2}/\d{1,4}$|\d-\d+-\d|(?<![\d.,^{+-])0\d")
_HAN = re.compile(r"[一-鿿]")
_MOSTLY_WORDS = 4


@dataclass(frozen=True, slots=True)
class Reading:
    """One measurement: a number with its sign, or whether something was detected at all."""

    number: float | None
    operator: str | None = None
    is_detected: bool | None = None


@dataclass(frozen=True, slots=True)
class Measured:
    """What a result cell says. initial: what was found first, where a re-test decides.

    is_deviation: the numbers are differences from a declared value (标称值的-12.3%).
    unit is the cell's own, None where it has none or the table of units does not know it as one (then unit_name).
    """

    readings: tuple[Reading, ...] = ()
    initial: tuple[Reading, ...] = ()
    unit: Unit | None = None
    unit_name: str | None = None
    is_uncertain: bool = False
    is_deviation: bool = False

    @property
    def numbers(self) -> tuple[float | None, ...]:
        """Numbers in order, None for what was not detected; empty when there is no number at all."""
        numbers = tuple(each.number for each in self.readings)
        return numbers if any(number is not None for number in numbers) else ()


@lru_cache(maxsize=20_000)
def measured(text: str | None) -> Measured:
    """What a result cell says, in its own unit; prose says nothing and is not uncertain."""
    if not text:
        return Measured()
    written = plain(text)
    if _IS_RETEST.search(written):
        return _retested(written)
    return _understood(written)


def _retested(text: str) -> Measured:
    """初检结果：231mg/kg复检结果：236mg/kg: the re-test decides, the first result is kept beside it."""
    text = _RETEST_BEHIND.sub(r"\2\1", text)
    marks = list(_RETEST.finditer(text))
    ends = [mark.start() for mark in marks[1:]] + [len(text)]
    said = {
        ("again" if mark["which"].startswith("复") else "first"): _understood(
            text[mark.end() : end].strip(";、,/。() ")
        )
        for mark, end in zip(marks, ends, strict=True)
    }
    first, again = said.get("first"), said.get("again")
    if not marks or marks[0].start() != 0 or len(said) != len(marks):
        return replace(_understood(text), is_uncertain=_holds_number(text))
    if first is None or again is None:
        return again or first or Measured()
    if not again.readings:  # 复检不合格: no number of its own
        return replace(first, is_uncertain=first.is_uncertain or again.is_uncertain)
    if first.unit_name and again.unit_name and first.unit_name != again.unit_name:
        return Measured(is_uncertain=True)
    known = again if again.unit_name else first
    uncertain = first.is_uncertain or again.is_uncertain
    return Measured(again.readings, first.readings, known.unit, known.unit_name, is_uncertain=uncertain)


def _understood(text: str) -> Measured:
    core, unit, unit_name = text, None, None
    if behind := _UNIT_BEHIND.search(core):
        core = core[: behind.start()].rstrip(";、,")
        scanned = scan_unit(behind["unit"], 0)
        unit, unit_name = (scanned.known, scanned.name) if scanned else (None, behind["unit"])
    core = _IN_BRACKETS.sub(r"\1", core)
    for candidate in (core, _VERDICT_BEHIND.sub("", _REMARK.sub("", core))):
        found = _scanned(_LABEL.sub("", candidate))
        if found is not None:
            return found if found.unit_name or not unit_name else replace(found, unit=unit, unit_name=unit_name)
    return Measured(is_uncertain=_holds_number(text))


@dataclass(frozen=True, slots=True)
class _Step:
    """One reading, with its unit as scanned, up to position `end`."""

    reading: Reading
    end: int
    unit: Scanned | None = None
    is_sure: bool = True
    is_glued: bool = False
    has_comma: bool = False


def _scanned(text: str) -> Measured | None:
    """Measurements that fill the whole text; None when something else stands between them."""
    steps: list[_Step] = []
    if _NO_MEASUREMENT.search(text):
        return None
    at, end = 0, len(text.rstrip(";、,/。. "))
    while at < end:
        for lead in (_SEPARATOR, _NUMBERING, _REFERENCE):
            found = lead.match(text, at)
            at = found.end() if found and (steps or lead is not _SEPARATOR or text[at] in ";、") else at
        step = _word(text, at) or _grade(text, at) or _quantity(text, at)
        if step is None:
            return None
        steps.append(step)
        at = step.end
        if at < end and not (_SEPARATOR.match(text, at) or _NUMBERING.match(text, at) or text[at:] == ")"):
            return None
    if not steps:
        return None
    units = {step.unit.name: step.unit.known for step in steps if step.unit}
    unit = next(iter(units.values()), None)
    is_flat = is_flattened(text, unit)
    is_size_like = is_size(unit) and any(step.is_glued for step in steps)
    is_bound = {step.reading.operator in ("≤", "≥") for step in steps}
    holds_limit = len(is_bound) > 1  # a limit stands among the results
    is_doubtful = is_flat or is_size_like or holds_limit or len(units) > 1 or _may_list_by_comma(text, steps, unit)
    if is_doubtful or not all(step.is_sure for step in steps):
        return Measured(is_uncertain=True)
    is_deviation = _REFERENCE.search(text) is not None or text[0] in "+-"
    return Measured(tuple(step.reading for step in steps), (), unit, next(iter(units), None), is_deviation=is_deviation)


def _may_list_by_comma(text: str, steps: list[_Step], unit: Unit | None) -> bool:
    """Whether a comma within a number may part two: 35、20,10 are two results or three; no count has decimals."""
    is_listed = len(steps) > 1 and re.search(r"、|,(?!\d)|(?<!\d),", text) is not None
    numbers = [step.reading.number or 0.0 for step in steps if step.has_comma]
    is_fraction = any(not number.is_integer() for number in numbers)
    return (is_listed and 0 < len(numbers) < len(steps)) or (is_fraction and unit is not None and unit.is_count)


def _word(text: str, at: int) -> _Step | None:
    """未检出 and 检出, with what they are reckoned by."""
    for words, is_detected in ((_ABSENT, False), (_PRESENT, True)):
        if word := words.match(text, at):
            return _Step(Reading(None, is_detected=is_detected), word.end())
    return None


def _grade(text: str, at: int) -> _Step | None:
    """3-4级 is the half grade between the two (GB/T 250), no range."""
    grade = _HALF_GRADE.match(text, at)
    if grade is None:
        return None
    is_half = int(grade[2]) == int(grade[1]) + 1
    return _Step(Reading(int(grade[1]) + 0.5), grade.end(), scan_unit("级", 0), is_sure=is_half)


def _quantity(text: str, at: int) -> _Step | None:
    """＞3mg/kg, 0.46±0.23, 1.5×10³(CFU/g): sign, number, tolerance and unit."""
    sign = _SIGN.match(text, at)
    start = sign.end() if sign else at
    number = number_at(text, start)
    if number is None:
        return None
    operator = _MEANS.get(sign[0], sign[0]) if sign else None
    has_comma = "," in text[start : number.end]
    at = _behind_tolerance(text, number.end)
    is_joined = _SEPARATOR.match(text, at) is not None and text[at] != "/"
    unit = None if is_joined else scan_unit(text, at)
    end = _behind_tolerance(text, unit.end if unit else at)
    if said_of := _SAID_OF.match(text, end):
        end = said_of.end()
    value = number.value
    if value is None and unit and unit.known and unit.known.is_count and _THOUSANDS.fullmatch(text[start : number.end]):
        value = float(text[start : number.end].replace(",", ""))
    is_plus = text[start] == "+" and unit is None
    is_sure = value is not None and operator != "≈" and not is_plus
    return _Step(Reading(value, operator), end, unit, is_sure, number.is_glued, has_comma)


def _behind_tolerance(text: str, at: int) -> int:
    tolerance = _TOLERANCE.match(text, at)
    return tolerance.end() if tolerance else at


def is_flattened(text: str, unit: Unit | None) -> bool:
    """Whether a count by the gram or millilitre holds a number such as 104, which as likely was 10⁴."""
    return unit is not None and unit.is_count and unit.factor == 1 and _FLATTENED.search(text) is not None


def _holds_number(text: str) -> bool:
    """Whether a text that was not understood holds a number and is no prose, or prose with a quantity."""
    if not any(each.isdigit() for each in text):
        return False
    is_quantity = any((unit := scan_unit(text, found.end())) and unit.known for found in _BEFORE_UNIT.finditer(text))
    return is_quantity or len(_HAN.findall(text)) < _MOSTLY_WORDS
