"""Tables of warehouse/reference/ as texts, without Arrow: settings and DAG files, which are read often, need some."""

from __future__ import annotations

import csv
from functools import cache
from pathlib import Path

__all__ = ["province_codes", "reference_rows"]

_FOLDER = Path(__file__).parent / "reference"


def reference_rows(name: str) -> list[dict[str, str]]:
    """The rows of a table, by column."""
    with (_FOLDER / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


@cache
def province_codes() -> frozenset[str]:
    """GB/T 2260 codes of the provinces."""
    return frozenset(row["code"] for row in reference_rows("divisions.csv") if row["level"] == "province")
