"""The templates of the pages, with the few filters that they use; everything is escaped."""

from __future__ import annotations

from datetime import date, datetime
from pathlib import Path

from jinja2 import Environment, FileSystemLoader, StrictUndefined

from api import labels
from warehouse.office_time import OFFICE_TIME

__all__ = ["environment", "percent"]


def environment() -> Environment:
    """Templates of `api/templates`; an unknown name in one is an error, never an empty place."""
    made = Environment(
        loader=FileSystemLoader(Path(__file__).parent / "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters.update(percent=percent, day=_day, instant=_instant, count=_count)
    made.globals.update(labels=labels)
    return made


def percent(rate: float) -> str:
    """0.98214 → 98.2%; what is not quite 0 % or 100 % never reads as if it were."""
    if rate in (0, 1):
        return f"{rate:.0%}"
    text = f"{rate:.1%}"
    if text not in ("100.0%", "0.0%"):
        return text
    return f"{min(max(rate, 0.0001), 0.9999):.2%}"


def _day(value: date) -> str:
    return f"{value.year}年{value.month}月{value.day}日"


def _instant(value: datetime) -> str:
    """An instant on the clocks of its readers."""
    local = value.astimezone(OFFICE_TIME)
    return f"{_day(local)} {local:%H:%M}（北京时间）"


def _count(value: int) -> str:
    return f"{value:,}"
