"""Dates as senders write them; what is no full date stays unread rather than guessed."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass
from datetime import date, datetime, timedelta

from warehouse.office_time import OFFICE_TIME
from warehouse.script import simplified

__all__ = ["Produced", "date_of", "produced_in"]

_DASH = r"\s*[-/.年月—–−]{1,2}\s*"
_SEPARATED = rf"((?:19|20)\d\d){_DASH}(\d{{1,2}}){_DASH}(\d{{1,2}})\s*日?"
_WHOLE = re.compile(rf"^{_SEPARATED}(?:(?:\s+|T)\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?)?$")
_COMPACT = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)$")
_INSTANT = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$")
# Days as a spreadsheet counts them, from 1982 (1986 where it counts from 1904) to 2050: what lies outside is a batch.
_SERIAL = re.compile(r"^([345]\d{4})(?:\.0+)?$")
_LAST_DAY = date(2050, 7, 31)
_EPOCH, _EPOCH_1904 = date(1899, 12, 30), date(1904, 1, 1)
_BEFORE_DAY = r"(?:生产日期|生产|加工日期|制作日期|日期|批号)?\s*[:：]?\s*"
# A day with two digits may have a batch glued behind it: 2018.05.2818052803.
_WITHIN = re.compile(rf"(?<!\d)((?:19|20)\d\d){_DASH}(\d{{1,2}}){_DASH}(?:(\d{{2}})|(\d)(?!\d))\s*日?")
_DAY = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_COMPACT_WITHIN = re.compile(rf"(?<!\d)({_DAY})(?:\1)?(?!\d)")
_YEAR_AND_MONTH = re.compile(rf"^{_BEFORE_DAY}((?:19|20)\d\d)(?:年\s*|[-/—–−])(0?[1-9]|1[0-2])(?:月|月份)?$")
_MONTH_AND_YEAR = re.compile(r"^(0?[1-9]|1[0-2])/((?:19|20)\d\d)$")
_PURCHASED = re.compile(r"购进|购入|购买|进货")


@dataclass(frozen=True)
class Produced:
    """What a cell such as 生产日期/批号 says of time. precision: day, or month, and then `day` is the month's first;
    is_purchase: the day on which the goods were bought, which tells nothing of their production.
    """

    day: date
    precision: str = "day"
    is_purchase: bool = False


def date_of(text: str, *, counts_from_1904: bool = False) -> date | None:
    """The date when the cell is one: 2022-01-14, 2019/1/25, 2018.05.28, 2018年4月2日, 20180412, a spreadsheet's serial.

    An instant with its zone is the day in China. None for everything else, also for a month without a day.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := _WHOLE.match(plain) or _COMPACT.match(plain):
        return _date(*match.groups()[:3])
    if match := _SERIAL.match(plain):
        day = (_EPOCH_1904 if counts_from_1904 else _EPOCH) + timedelta(days=int(match.group(1)))
        return day if day <= _LAST_DAY else None
    return _day_in_china(plain) if _INSTANT.match(plain) else None


def produced_in(text: str, *, counts_from_1904: bool = False) -> Produced | None:
    """The date inside a text such as 生产日期/批号, beside or without a batch; None when there is none.

    Never decides a quarter.
    """
    plain = unicodedata.normalize("NFKC", simplified(text)).strip()
    is_purchase = _PURCHASED.search(plain) is not None
    day = date_of(plain, counts_from_1904=counts_from_1904) or _day_within(plain)
    if day is not None:
        return Produced(day, is_purchase=is_purchase)
    if match := _YEAR_AND_MONTH.match(plain):
        return Produced(date(int(match[1]), int(match[2]), 1), "month", is_purchase)
    if match := _MONTH_AND_YEAR.match(plain):
        return Produced(date(int(match[2]), int(match[1]), 1), "month", is_purchase)
    return None


def _day_within(plain: str) -> date | None:
    if match := _WITHIN.search(plain):
        return _date(match[1], match[2], match[3] or match[4])
    if match := _COMPACT_WITHIN.search(plain):
        day = match.group(1)
        return _date(day[:4], day[4:6], day[6:])
    return None


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None


def _day_in_china(instant: str) -> date | None:
    try:
        return datetime.fromisoformat(instant).astimezone(OFFICE_TIME).date()
    except ValueError:
        return None
