"""Dates as senders write them; what is no full date stays unread rather than guessed."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, timedelta, timezone

__all__ = ["CHINA", "date_in", "date_of"]

CHINA = timezone(timedelta(hours=8))

_DASH = r"\s*[-/.年月—–−]{1,2}\s*"
_SEPARATED = rf"((?:19|20)\d\d){_DASH}(\d{{1,2}}){_DASH}(\d{{1,2}})\s*日?"
_WHOLE = re.compile(rf"^{_SEPARATED}(?:(?:\s+|T)\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?)?$")
_COMPACT = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)$")
_INSTANT = re.compile(r"^\d{4}-\d\d-\d\d[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?(?:Z|[+-]\d\d:?\d\d)$")
# Days since 1899-12-30, as a spreadsheet counts them, from 1982 to 2050: what lies outside is a batch number.
_SERIAL = re.compile(r"^([345]\d{4})(?:\.0+)?$")
_LAST_SERIAL = 55_000
_EXCEL_EPOCH = date(1899, 12, 30)
_WITHIN = re.compile(_SEPARATED)
_DAY = r"(?:19|20)\d\d(?:0[1-9]|1[0-2])(?:0[1-9]|[12]\d|3[01])"
_COMPACT_WITHIN = re.compile(rf"(?<!\d)({_DAY})(?:\1)?(?!\d)")
_PURCHASED = re.compile(r"购进|購進|购入|购买|进货")


def date_of(text: str) -> date | None:
    """The date when the cell is one: 2022-01-14, 2019/1/25, 2018.05.28, 2018年4月2日, 20180412, a spreadsheet's serial.

    An instant with its zone is the day in China. None for everything else, also for a month without a day.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if match := _WHOLE.match(plain) or _COMPACT.match(plain):
        return _date(*match.groups()[:3])
    if match := _SERIAL.match(plain):
        days = int(match.group(1))
        return _EXCEL_EPOCH + timedelta(days=days) if days <= _LAST_SERIAL else None
    return _day_in_china(plain) if _INSTANT.match(plain) else None


def date_in(text: str) -> date | None:
    """The production date inside a text such as 生产日期/批号; None when there is none or it says purchase (购进).

    Never decides a quarter.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if _PURCHASED.search(plain):
        return None
    if (found := date_of(plain)) is not None:
        return found
    if match := _WITHIN.search(plain):
        return _date(*match.groups()[:3])
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
        return datetime.fromisoformat(instant).astimezone(CHINA).date()
    except ValueError:
        return None
