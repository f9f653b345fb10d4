"""Which hazard class is the worst of several, and how grave each is: reference/hazard_severities.csv, the office's."""

from __future__ import annotations

import pyarrow as pa

from warehouse.reference_rows import reference_rows

__all__ = ["GRADES", "severities_table"]

GRADES = ("serious", "moderate", "minor")


def severities_table() -> pa.Table:
    """For SQL: hazard_code; severity, 1 the worst, to each class its own; grade, and its number in GRADES from 1."""
    rows = reference_rows("hazard_severities.csv")
    return pa.table(
        {
            "hazard_code": [row["hazard_code"] for row in rows],
            "severity": pa.array([int(row["severity"]) for row in rows], pa.int64()),
            "grade": [row["grade"] for row in rows],
            "grade_no": pa.array([GRADES.index(row["grade"]) + 1 for row in rows], pa.int64()),
        }
    )
