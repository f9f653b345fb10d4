"""From when a failed result is final: objection windows counted by the official calendar.

A day of a year that the calendar file does not know gives no date, for any feed: such results stay provisional.
"""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterator
from dataclasses import replace
from datetime import date, timedelta

import pyarrow as pa

from warehouse.reference import ObjectionWindow, objection_windows, working_days

__all__ = ["FIRST_DAY", "final_after", "receipt_windows_table", "reinspection_ends_on", "windows_table"]

FIRST_DAY = date(2014, 1, 1)
_FIELDS: dict[str, pa.DataType] = {"feed": pa.string(), "from_on": pa.date32(), "final_on": pa.date32()}


def final_after(window: ObjectionWindow, received_on: date) -> date | None:
    """First day on which a failed result received on this day is final; None where the calendar does not reach.

    The day of receipt does not count, and on the last day of the window it may still be contested.
    Sources: 食品安全抽样检验管理办法 art. 30; 产品质量法 art. 15.
    """
    known = working_days()
    if received_on < FIRST_DAY or received_on not in known:
        return None
    if window.kind == "calendar":
        last = received_on + timedelta(days=window.days)
        return last + timedelta(days=1) if last in known else None
    day, left = received_on, window.days
    while left:
        day += timedelta(days=1)
        if day not in known:
            return None
        left -= known[day]
    return day + timedelta(days=1)


def reinspection_ends_on(feed: str, asked_on: date) -> date | None:
    """First day on which a second test that was asked for should have been answered and concluded."""
    window = objection_windows()[feed]
    return final_after(replace(window, days=window.answer_days + window.reinspection_days), asked_on)


def windows_table() -> pa.Table:
    """For SQL: feed, from_on (date of the conclusion), final_on; no row where the calendar does not reach.

    Covers every day from 2014-01-01. A result whose receipt is dated goes by `receipt_windows_table` instead.
    """
    return _table(from_conclusion=True)


def receipt_windows_table() -> pa.Table:
    """As `windows_table`, with from_on the day on which the result was received."""
    return _table(from_conclusion=False)


def _table(*, from_conclusion: bool) -> pa.Table:
    rows = list(_rows(from_conclusion))
    columns = [list(column) for column in zip(*rows, strict=True)]
    return pa.table(columns, schema=pa.schema(_FIELDS))


def _rows(from_conclusion: bool) -> Iterator[tuple[str, date, date]]:
    for feed, window in sorted(objection_windows().items()):
        delivery = timedelta(days=window.delivery_days if from_conclusion else 0)
        for received_on, final in _finals(window):
            if received_on - delivery >= FIRST_DAY:
                yield feed, received_on - delivery, final


def _finals(window: ObjectionWindow) -> Iterator[tuple[date, date]]:
    """Each day of receipt with what `final_after` says of it, all at once."""
    known = sorted(day for day in working_days() if day >= FIRST_DAY)
    counted = [position for position, day in enumerate(known) if window.kind == "calendar" or working_days()[day]]
    for position, day in enumerate(known):
        last = bisect_right(counted, position) + window.days - 1
        # Positions that lie as far apart as their days: no day between them is unknown.
        if last < len(counted) and (known[counted[last]] - day).days == counted[last] - position:
            yield day, known[counted[last]] + timedelta(days=1)
