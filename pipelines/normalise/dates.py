"""Dates as senders write them; what is no full date stays unread rather than guessed."""

from __future__ import annotations

import re
from datetime import date, timedelta

from pipelines.normalise.text import key_of

__all__ = ["date_in", "date_of", "quarter_of"]

_SEPARATED = r"((?:19|20)\d\d)[-/.年—–−]{1,2}(\d{1,2})[-/.月—–−]{1,2}(\d{1,2})日?"
_WHOLE = re.compile(rf"^{_SEPARATED}(?:[T]?\d{{1,2}}:\d{{2}}(?::\d{{2}}(?:\.\d+)?)?)?$")
_COMPACT = re.compile(r"^((?:19|20)\d\d)(\d\d)(\d\d)$")
_SERIAL = re.compile(r"^([2-6]\d{4})(?:\.0+)?$")
_WITHIN = re.compile(_SEPARATED)
_COMPACT_WITHIN = re.compile(r"(?<!\d)((?:19|20)\d\d)(0[1-9]|1[0-2])(0[1-9]|[12]\d|3[01])(?!\d)")
_EXCEL_EPOCH = date(1899, 12, 30)


def date_of(text: str) -> date | None:
    """The date when the cell is one: 2022-01-14, 2019/1/25, 2018.05.28, 2018年4月2日, 20180412, a spreadsheet's serial.

    None for everything else, also for a month without a day.
    """
    key = key_of(text)
    if match := _WHOLE.match(key) or _COMPACT.match(key):
        return _date(*match.groups()[:3])
    if match := _SERIAL.match(key):
        return _EXCEL_EPOCH + timedelta(days=int(match.group(1)))
    return None


def date_in(text: str) -> date | None:
    """The first date inside a text such as 生产日期/批号; None when there is none. Never decides a quarter."""
    key = key_of(text)
    if (whole := date_of(key)) is not None:
        return whole
    match = _WITHIN.search(key) or _COMPACT_WITHIN.search(key)
    return _date(*match.groups()[:3]) if match else None


def quarter_of(day: date) -> str:
    """The quarter as figures name it: 2026Q2."""
    return f"{day.year}Q{(day.month + 2) // 3}"


def _date(year: str, month: str, day: str) -> date | None:
    try:
        return date(int(year), int(month), int(day))
    except ValueError:
        return None
