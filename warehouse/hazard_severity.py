"""Which hazard class is the worst of several: reference/hazard_severities.csv, 1 the worst. The office edits it."""

from __future__ import annotations

import csv
from pathlib import Path

import pyarrow as pa

__all__ = ["severities_table"]

_FILE = Path(__file__).parent / "reference" / "hazard_severities.csv"


def severities_table() -> pa.Table:
    """For SQL: hazard_code, severity."""
    with _FILE.open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    codes = [row["hazard_code"] for row in rows]
    return pa.table({"hazard_code": codes, "severity": pa.array([int(row["severity"]) for row in rows], pa.int64())})
