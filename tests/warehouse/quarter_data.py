"""A quarter with something in every part of its results: all strata, changes, a failure of each kind, what waits."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pyarrow as pa

from tests.warehouse.builder import FINDING, Lake, batch, quarantined, sample
from warehouse.lake import append, schema

PROMPT = datetime(2026, 5, 20, 9, tzinfo=UTC)
_ITEMS = (
    FINDING | {"item_name": "苯甲酸及其钠盐", "hazard_code": "additive"},
    FINDING | {"item": "菌落<总数&\x0b{{ quarter }}", "item_name": None, "hazard_code": "microbial_indicator"},
)
# Conforming and failed by prefecture: 510700 is far outside the funnel, 511100 too small to be shown; chance explains
# the others, so that the funnel keeps its exact limits.
_USUAL = ("510100", "510300", "510400", "510500", "510600", "510800", "510900", "511000", "511300", "511400", "511500")
AREAS = {code: (97 - k % 3, 3 + k % 3) for k, code in enumerate(_USUAL)} | {
    "510700": (78, 22), "511100": (12, 1), "unknown": (40, 1),
}  # fmt: skip


def area_samples(areas: dict[str, tuple[int, int]], prefix: str, **given: Any) -> list[dict[str, Any]]:
    """Samples of a stratum: every second failure fails on two items, the fifth producer of each area is disputed."""
    found = []
    for code, (conforming, failed) in areas.items():
        for number in range(conforming + failed):
            is_failed = number < failed
            row: dict[str, Any] = {
                "prefecture_code": code,
                "conclusion": "nonconforming" if is_failed else "conforming",
                "findings": [*_ITEMS[: 1 + number % 2]] if is_failed else [],
                "producer_name": f"四川第{number // 2}食品有限公司",
                "producer_status": "disputed" if number == 4 else "unnamed" if number == 6 else "named",
                "sampled_unit_name": f"{code}第{number}超市",
                "stage": "catering" if number % 3 == 0 else "distribution",
                "category_code": "F01" if number % 3 else "F03",
                "received_at": PROMPT,
                "sampled_on": date(2026, 3, 1 + number % 20),
            }
            found.append(sample(f"{prefix}-{code}-{number}", **(row | given)))
    return found


def visits(n: int, code: str) -> list[dict[str, Any]]:
    """Construction inspections of forty points, every fourth with failures."""
    return [
        sample(
            f"GC-{code}-{number}",
            feed="construction",
            sampling_type="inspection",
            stage="site",
            prefecture_code=code,
            n_points=40,
            n_points_conforming=34 if number % 4 == 0 else 40,
            conclusion="nonconforming" if number % 4 == 0 else "conforming",
        )
        for number in range(n)
    ]


def commit_figure(lake: Lake, **given: Any) -> None:
    """A yearly figure of what is not sampled."""
    attempt = f"attempt-{lake.n_attempts + 1:06d}"
    row = {
        "indicator_code": "manufacturing_competitiveness", "province_code": "510000", "source": "市场监管总局公告",
        "corrected_on": None, "batch_id": attempt, "attempt_id": attempt, "file_name": "f.csv", "sheet": "",
        "source_row": 2, "received_at": PROMPT,
    } | given  # fmt: skip
    append(lake.settings, "figures", pa.Table.from_pylist([row], schema("figures")))
    lake.commit(batch(attempt, feed="figures"))


def commit_quarter(lake: Lake) -> None:
    """2026Q2 with a quarter before it, and a yearly figure of two years before."""
    late = {"concluded_on": date(2026, 4, 1)}
    half = {"half": "conforming", "notice_key": "half", "sampling_type": "supervision"}
    prompt = {"receipt": {"received_at": PROMPT}}
    commit_figure(lake, year=2024, value=89.1, published_on=date(2025, 11, 20))
    lake.commit(
        batch("now", *area_samples(AREAS, "P"), quarantine=(quarantined("food-x"),), **prompt),
        batch("late", *area_samples({"510100": (3, 0)}, "L", **late)),
        batch("before", *area_samples({"510100": (60, 40), "510300": (96, 4)}, "B", quarter="2026Q1"), **prompt),
        batch("targeted", *area_samples({"510100": (80, 20), "510700": (45, 5)}, "S", sampling_type="supervision")),
        batch("risky", *area_samples({"510100": (30, 9)}, "R", sampling_type="risk_monitoring")),
        batch("held", sample("H-1", **half), sample("H-2", **half)),
        batch("visits", *visits(16, "510100"), *visits(12, "510700"), feed="construction"),
    )
