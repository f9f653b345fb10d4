"""Questions on counts and rates as parameters of the one statement behind tables, rankings and pages."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from starlette.concurrency import run_in_threadpool

from api.problems import ParameterError, Problem, Text
from api.questions import quarter_span
from api.release_reader import OpenRelease
from api.tables import read_rows

__all__ = ["STATEMENT", "cell_parameters", "check_first_level"]

STATEMENT = "results"
_MOST_CATEGORIES = 10_000


def cell_parameters(
    *,
    feed: str | None,
    sampling_type: str | None,
    quarter: str | None,
    by: Collection[str] = (),
    province: str | None = None,
    prefecture: str | None = None,
    category: str | None = None,
    level: str | None = None,
    stage: str | None = None,
) -> dict[str, Any]:
    """Parameters of `results.sql`: filters, and the dimensions whose values get rows of their own."""
    span = quarter_span(quarter, by_quarter="quarter" in by)
    return {
        "feed": feed,
        "sampling_type": sampling_type,
        "first_quarter": span.first,
        "last_quarter": span.last,
        "period": span.period,
        "by": sorted(by),
        "province": province,
        "prefecture": prefecture,
        "category": category,
        "level": level,
        "stage": stage,
    }


async def check_first_level(release: OpenRelease, feed: str | None, category: str) -> None:
    """Raises Problem for a category of the second level, where only those of the first are told apart."""
    known = await run_in_threadpool(read_rows, release, "categories", {"feed": feed}, n_rows=_MOST_CATEGORIES)
    parent = {row["category_code"]: row["parent_code"] for row in known}.get(category)
    if parent is not None:
        text = Text(
            f"此处类别只到第一级，可用 {parent}",
            f"only categories of the first level here: use {parent}",
        )
        raise Problem("invalid-parameter", text, [ParameterError("category", category, text, (parent,))])
