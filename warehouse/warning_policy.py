"""What decides on warnings and how they are worded, as data: thresholds, windows, texts and reasons by code.

Each table is a CSV file under warehouse/reference/; the office edits it, with the regulation beside each value.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from pathlib import Path
from types import MappingProxyType

import pyarrow as pa

from warehouse.hazard_severity import GRADES
from warehouse.reference_rows import reference_rows

__all__ = [
    "REVIEWS", "Reason", "WarningPolicy", "policies", "policies_table", "policy_digest", "reasons", "reasons_table",
    "risks_table", "texts_table",
]  # fmt: skip

REVIEWS = ("auto", "review")
_FOLDER = Path(__file__).parent / "reference"
_FILES = (
    "hazard_severities.csv",
    "warning_policies.csv",
    "warning_reasons.csv",
    "warning_texts.csv",
    "hazard_risks.csv",
)


@dataclass(frozen=True)
class WarningPolicy:
    """How a feed warns.

    review: auto, or review: what is ready waits for the office. least_grade: the mildest hazard that is warned of.
    archive_after_days: results older than this when they came become history. valid_days: how long a warning stands
    after its latest result.
    """

    feed: str
    review: str
    least_grade: str
    archive_after_days: int
    valid_days: int


@dataclass(frozen=True)
class Reason:
    """Why a sample is in no warning, or why a version differs from the one before."""

    reason: str
    reason_zh: str
    reason_en: str


@cache
def policies() -> Mapping[str, WarningPolicy]:
    """The policy of each feed. Raises ValueError for a value that none may have."""
    by_feed: dict[str, dict[str, str]] = {}
    for row in reference_rows("warning_policies.csv"):
        by_feed.setdefault(row["feed"], {})[row["setting"]] = row["value"]
    found = {
        feed: WarningPolicy(
            feed, given["review"], given["least_grade"], int(given["archive_after_days"]), int(given["valid_days"])
        )
        for feed, given in by_feed.items()
    }
    for policy in found.values():
        if policy.review not in REVIEWS or policy.least_grade not in GRADES:
            raise ValueError(f"warning_policies.csv: {policy.feed} has review {policy.review}, {policy.least_grade}")
    return MappingProxyType(found)


@cache
def reasons() -> Mapping[str, Reason]:
    """Reasons by code."""
    return MappingProxyType({row["reason"]: Reason(**row) for row in reference_rows("warning_reasons.csv")})


@cache
def policy_digest() -> str:
    """A hash of all files: when one was edited, warnings are made anew."""
    return sha256(b"".join((_FOLDER / name).read_bytes() for name in _FILES)).hexdigest()


def policies_table(given: Mapping[str, WarningPolicy] | None = None) -> pa.Table:
    """For SQL: one feed; grades as numbers, 1 the worst."""
    chosen = list((given or policies()).values())
    return pa.table(
        {
            "feed": [each.feed for each in chosen],
            "is_reviewed": [each.review == "review" for each in chosen],
            "least_grade": [GRADES.index(each.least_grade) + 1 for each in chosen],
            "archive_after_days": [each.archive_after_days for each in chosen],
            "valid_days": [each.valid_days for each in chosen],
        }
    )


def reasons_table() -> pa.Table:
    """For SQL: reason, reason_zh, reason_en."""
    return _table("warning_reasons.csv", "reason", "reason_zh", "reason_en")


def texts_table() -> pa.Table:
    """For SQL: text, text_zh, text_en; the places to fill stand in braces."""
    return _table("warning_texts.csv", "text", "text_zh", "text_en")


def risks_table() -> pa.Table:
    """For SQL: hazard_code, risk_zh, risk_en."""
    return _table("hazard_risks.csv", "hazard_code", "risk_zh", "risk_en")


def _table(name: str, *columns: str) -> pa.Table:
    rows = reference_rows(name)
    return pa.table({column: [row[column] for row in rows] for column in columns})
