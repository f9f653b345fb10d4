"""Quarters as spans of days."""

from __future__ import annotations

from datetime import date, timedelta

__all__ = ["is_over", "last_day"]


def last_day(quarter: str) -> date:
    """`2026Q2` → 2026-06-30."""
    year, after = int(quarter[:4]), int(quarter[5]) * 3 + 1
    return (date(year, after, 1) if after <= 12 else date(year + 1, 1, 1)) - timedelta(days=1)


def is_over(quarter: str, day: date) -> bool:
    """Whether this day lies after the quarter, so that its results can be whole."""
    return day > last_day(quarter)
