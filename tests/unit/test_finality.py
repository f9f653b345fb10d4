"""Finality: windows counted by the official calendar, and unknown where it ends."""

from __future__ import annotations

from datetime import date, timedelta

import pytest

from warehouse import finality
from warehouse.contract import feeds
from warehouse.finality import final_after, receipt_windows_table, windows_table
from warehouse.reference import objection_windows, working_days


def received(feed: str, day: date) -> date | None:
    return final_after(objection_windows()[feed], day)


def concluded(feed: str, day: date) -> date | None:
    return received(feed, day + timedelta(days=objection_windows()[feed].delivery_days))


@pytest.mark.parametrize(
    ("received_on", "final"),
    [
        (date(2024, 6, 17), date(2024, 6, 27)),  # Monday; the seventh working day is Wednesday of the next week
        (date(2024, 6, 14), date(2024, 6, 26)),  # Friday
        (date(2024, 6, 15), date(2024, 6, 26)),  # Saturday
        (date(2024, 9, 26), date(2024, 10, 12)),  # National Day, with make-up days on 29 September and 12 October
        (date(2024, 9, 27), date(2024, 10, 13)),
        (date(2024, 9, 30), date(2024, 10, 16)),
        (date(2026, 2, 10), date(2026, 2, 27)),  # Spring Festival 15 to 23 February, made up on 14 and 28
        (date(2025, 1, 24), date(2025, 2, 11)),  # Spring Festival 28 January to 4 February, made up on 26 and 8
    ],
)
def test_food_is_final_the_day_after_seven_working_days_from_receipt(received_on: date, final: date) -> None:
    assert received("food", received_on) == final


def test_the_last_day_of_the_window_is_still_open() -> None:
    final = received("food", date(2024, 6, 17))
    assert final is not None
    open_days = [date(2024, 6, 17) + timedelta(days=n) for n in range(1, 10)]
    assert sum(working_days()[day] for day in open_days) == 7
    assert max(open_days) == final - timedelta(days=1)


def test_other_products_are_final_after_fifteen_days_of_the_calendar() -> None:
    assert received("market", date(2024, 9, 20)) == date(2024, 10, 6)
    assert received("construction", date(2024, 3, 1)) == date(2024, 3, 17)


@pytest.mark.parametrize("feed", feeds())
def test_beyond_the_known_calendar_a_result_stays_provisional(feed: str) -> None:
    end = max(working_days())
    assert received(feed, end) is None
    assert received(feed, end + timedelta(days=1)) is None
    assert received(feed, date(2013, 12, 31)) is None
    assert received(feed, date(2014, 1, 1)) is not None
    assert received(feed, end - timedelta(days=40)) is not None


def test_the_last_known_window_ends_on_the_last_known_day() -> None:
    end = max(working_days())
    assert received("market", end - timedelta(days=15)) == end + timedelta(days=1)
    assert received("market", end - timedelta(days=14)) is None


def test_the_table_for_sql_says_the_same_as_the_function() -> None:
    rows = windows_table().to_pylist()
    assert len(rows) == len({(row["feed"], row["from_on"]) for row in rows})
    assert {row["feed"] for row in rows} == set(feeds())
    assert min(row["from_on"] for row in rows) == date(2014, 1, 1)
    sample = rows[:: len(rows) // 200]
    assert [row["final_on"] for row in sample] == [concluded(row["feed"], row["from_on"]) for row in sample]


def test_the_table_has_no_row_where_a_day_of_the_window_is_unknown(monkeypatch: pytest.MonkeyPatch) -> None:
    known = {day: each for day, each in finality.working_days().items() if day.year != 2022}
    monkeypatch.setattr(finality, "working_days", lambda: known)
    found = {(row["feed"], row["from_on"]): row["final_on"] for row in windows_table().to_pylist()}
    for feed in feeds():
        days = [date(2021, 12, 1) + timedelta(days=number) for number in range(31)]
        days += [date(2022, 12, 1) + timedelta(days=number) for number in range(62)]
        assert [found.get((feed, day)) for day in days] == [concluded(feed, day) for day in days]
        assert (feed, date(2021, 12, 30)) not in found and (feed, date(2021, 12, 1)) in found


def test_the_table_by_receipt_leaves_delivery_out() -> None:
    found = {(row["feed"], row["from_on"]): row["final_on"] for row in receipt_windows_table().to_pylist()}
    assert found["food", date(2024, 9, 27)] == date(2024, 10, 13)
    assert ("food", max(working_days())) not in found
