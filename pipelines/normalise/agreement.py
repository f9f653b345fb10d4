"""Whether what was measured breaks its limit, as a failed result says: true, false, or None when it can't be said.

Bounds of every kind count, lower ones included; a microbial plan is judged as GB 4789.1 and GB 29921 say. An open
value (＞3) is judged by all numbers that it can stand for.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from math import inf, isclose

from pipelines.normalise.limits import BANS, Limit, Plan
from pipelines.normalise.measured import Measured, Reading
from warehouse.vocabulary import Unit

__all__ = ["breaks", "comparable"]

_PERCENT = "%"
# A lower bound is judged as the upper bound of what is below zero.
_TURNED = {"<": ">", "≤": "≥", ">": "<", "≥": "≤"}


def breaks(value: Measured, limit: Limit, direction: str = "") -> bool | None:
    """Whether the value is outside the limit; None when either is uncertain, in words, or of another dimension.

    direction (upper, lower) is what the item's standard sets, for limits that come without an operator.
    """
    if value.is_uncertain or limit.is_uncertain or not value.readings:
        return None
    if limit.operator in BANS or (limit.operator is None and limit.low == limit.high == 0):
        return _any(_breaks_ban(each) for each in value.readings)
    factor = comparable(value, limit)
    if factor is None or (limit.is_deviation and not value.is_deviation):
        return None
    readings = [_scaled(each, factor) for each in value.readings]
    if limit.plan is not None:
        return _breaks_plan(readings, limit.plan)
    bound = _directed(limit, direction)
    if bound is None:
        return None
    return _any(_breaks_bound(each, bound) for each in readings)


def comparable(value: Measured, limit: Limit) -> float | None:
    """By what the value is multiplied to stand in the limit's unit; None when the two can't be compared.

    A value without unit is in the limit's, except that 0.00564 against 99 % may be a fraction as a spreadsheet keeps
    it. A limit without unit is in the value's.
    """
    if value.unit_name is None and limit.unit_name == _PERCENT:
        return None if any(number is not None and abs(number) <= 1 for number in value.numbers) else 1.0
    if value.unit_name is None or limit.unit_name is None or value.unit_name == limit.unit_name:
        return 1.0
    if value.unit is None or limit.unit is None or not _same_dimension(value.unit, limit.unit):
        return None if value.numbers else 1.0
    return value.unit.factor / limit.unit.factor


def _same_dimension(one: Unit, other: Unit) -> bool:
    """Whether units compare. Against /25g, a count of what was found in such a sample does."""
    return one.dimension == other.dimension or (one.is_count and other.dimension.startswith("sample of"))


def _any(judged: Iterable[bool | None]) -> bool | None:
    """True when one is, None when one can't be judged, else false."""
    all_judged = list(judged)
    return True if True in all_judged else (None if None in all_judged else False)


def _scaled(reading: Reading, factor: float) -> Reading:
    return reading if reading.number is None else replace(reading, number=reading.number * factor)


def _span(reading: Reading) -> tuple[float, float]:
    """The numbers that a reading can stand for; its ends are not among them when they are open."""
    if reading.number is None:
        return (0.0, 0.0)
    low = -inf if reading.operator in ("<", "≤") else reading.number
    high = inf if reading.operator in (">", "≥") else reading.number
    return low, high


def _above(number: float, bound: float) -> bool:
    return number > bound and not isclose(number, bound, rel_tol=1e-9)


def _breaks_ban(reading: Reading) -> bool | None:
    if reading.is_detected is not None:
        return reading.is_detected
    if reading.operator in ("<", "≤"):
        return False
    return (reading.number or 0) > 0


def _directed(limit: Limit, direction: str) -> Limit | None:
    if limit.operator is not None:
        return limit if limit.is_number else None
    if limit.low is None or not direction:
        return None
    return replace(limit, operator="≤", low=None) if direction == "upper" else replace(limit, operator="≥", high=None)


def _breaks_bound(reading: Reading, limit: Limit) -> bool | None:
    if reading.is_detected:
        return None
    low, high = _span(reading)
    beyond = [_breaks_high(reading, low, high, limit)] if limit.high is not None else []
    if limit.low is not None:
        mirrored = replace(limit, high=-limit.low, operator=_TURNED.get(limit.operator or "", limit.operator))
        turned = replace(reading, operator=_TURNED.get(reading.operator or ""))
        beyond.append(_breaks_high(turned, -high, -low, mirrored))
    return _any(beyond)


def _breaks_high(reading: Reading, low: float, high: float, limit: Limit) -> bool | None:
    """Whether all numbers from low to high are above the limit (true), none is (false), or some (None)."""
    bound = limit.high or 0.0
    touches = isclose(low, bound, rel_tol=1e-9)
    if _above(low, bound) or (touches and (limit.operator == "<" or reading.operator == ">")):
        return True
    return False if high <= bound or isclose(high, bound, rel_tol=1e-9) else None


def _breaks_plan(readings: list[Reading], plan: Plan) -> bool | None:
    """Failed when one unit is above M, or more than c are above m; a plan without M allows c units above m.

    Units that were not reported may be in order or not: only a failure can then be told.
    """
    m, most = plan.m, plan.most
    if m is None and most is None:
        return None
    over_most = [_over(each, most) for each in readings]
    over_m = [_over(each, most if m is None else m) for each in readings]
    if True in over_most or over_m.count(True) > plan.c:
        return True
    is_whole = len(readings) == plan.n and None not in over_most and None not in over_m
    return False if is_whole else None


def _over(reading: Reading, bound: float | None) -> bool | None:
    if bound is None:
        return False
    if reading.is_detected is not None:
        return reading.is_detected if bound == 0 or not reading.is_detected else None
    return _breaks_bound(reading, Limit("≤", high=bound))
