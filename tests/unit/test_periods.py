"""A quarter that is not over is not shown as one that is."""

from __future__ import annotations

from datetime import date

import pytest

from api.home import Choice, Stratum, choose
from warehouse.periods import is_over, last_day

FOOD = Stratum("food", "evaluation", ("2026Q4", "2026Q3", "2026Q2"))
NEW = Stratum("market", "supervision", ("2026Q4",))


@pytest.mark.parametrize(
    ("quarter", "day"),
    [
        ("2026Q1", date(2026, 3, 31)),
        ("2026Q2", date(2026, 6, 30)),
        ("2026Q3", date(2026, 9, 30)),
        ("2026Q4", date(2026, 12, 31)),
    ],
)
def test_a_quarter_is_over_the_day_after_its_last(quarter: str, day: date) -> None:
    assert last_day(quarter) == day
    assert not is_over(quarter, day)
    assert is_over(quarter, date.fromordinal(day.toordinal() + 1))


@pytest.mark.parametrize(
    ("stratum", "asked", "day", "shown"),
    [
        (FOOD, None, date(2026, 11, 22), ("2026Q3", False)),
        (FOOD, None, date(2027, 1, 1), ("2026Q4", False)),
        (FOOD, "2026Q4", date(2026, 11, 22), ("2026Q4", True)),
        (FOOD, "2026YTD", date(2026, 11, 22), ("2026YTD", False)),
        (FOOD, None, None, ("2026Q4", False)),
        (NEW, None, date(2026, 11, 22), ("2026Q4", True)),
    ],
)
def test_the_latest_quarter_that_is_over_is_shown_unless_there_is_none(
    stratum: Stratum, asked: str | None, day: date | None, shown: tuple[str, bool]
) -> None:
    assert choose([stratum], None, None, asked, data_on=day) == Choice(stratum, *shown)
