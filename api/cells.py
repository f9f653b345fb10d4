"""Questions on counts and rates as parameters of the one statement behind tables, rankings and pages."""

from __future__ import annotations

from collections.abc import Collection
from typing import Any

from api.parameters import quarter_span

__all__ = ["STATEMENT", "cell_parameters"]

STATEMENT = "results"


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
