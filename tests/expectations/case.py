"""What a case is: rows that differ from a good one, and the rules that each of them breaks."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.expectations.tables import finding

__all__ = ["AFTER", "RECEIVED", "Case", "Row", "failed", "undated"]

Row = tuple[Mapping[str, Any], set[str]]

RECEIVED = date(2026, 7, 1)
AFTER = date(2026, 7, 2)


@dataclass(frozen=True)
class Case:
    """rows: what is changed in the feed's good row, and the rules that the row then breaks.

    together: the rows are of one sample.
    """

    feed: str
    says: str
    rows: tuple[Row, ...]
    together: bool = False


def failed(**changes: Any) -> Mapping[str, Any]:
    return {
        "conclusion": "不合格",
        "conclusion_code": "nonconforming",
        "findings": [finding("菌落总数", "1.7×10⁴CFU/g", "≤1.0×10⁴CFU/g")],
        **changes,
    }


def undated(**changes: Any) -> Mapping[str, Any]:
    return {"concluded_on": None, "conclusion_date": None, **changes}
