"""How CAP 1.2 words the gravity of a warning: reference/alert_levels.csv, one row for each grade of a hazard."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from warehouse.hazard_severity import severities_table
from warehouse.reference_rows import reference_rows

__all__ = ["AlertLevel", "alert_levels", "level_of"]

_OVER = {"expired": "over", "archived": "over", "withdrawn": "withdrawn"}


@dataclass(frozen=True)
class AlertLevel:
    """The values of CAP's own lists for one level: a grade of hazards, over or withdrawn; meaning says why."""

    level: str
    severity: str
    urgency: str
    certainty: str
    response_type: str
    meaning: str


@cache
def alert_levels() -> Mapping[str, AlertLevel]:
    """All rows by level."""
    return MappingProxyType({row["level"]: AlertLevel(**row) for row in reference_rows("alert_levels.csv")})


def level_of(hazard_code: str, state: str) -> AlertLevel:
    """The level of a warning: by its state where it no longer stands, else by the grade of its class of hazards.

    A class that the file of severities no longer knows is taken for moderate, as `other` is.
    """
    return alert_levels()[_OVER.get(state) or _grades().get(hazard_code, "moderate")]


@cache
def _grades() -> Mapping[str, str]:
    return MappingProxyType({row["hazard_code"]: row["grade"] for row in severities_table().to_pylist()})
