"""Rankings of one touched quarter and of a whole build, beside the bare adding up of the same cells.

Cells are generated in DuckDB, large ones and small ones: four kinds of sampling, 21 prefectures and `unknown`, five
stages, 40 categories of the first level and 700 of the second.
"""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.measuring import Spent, in_a_fresh_process, median, spent, table
from pipelines.build import Sources, derive
from pipelines.rank import make_rankings
from warehouse.connect import connect, sql_text
from warehouse.settings import Settings

__all__ = ["over_cells"]

_QUARTERS = tuple(f"{year}Q{quarter}" for year in (2025, 2026) for quarter in range(1, 5))
_CELLS = """
WITH drawn AS (
    SELECT
        quarter, category, prefecture, stage,
        (hash(quarter, category, prefecture, stage) % 1000003 + 1) / 1000004.0 AS luck,
        (hash(category, prefecture) % 1000003) / 1000003.0 AS place_luck
    FROM (SELECT unnest($quarters) AS quarter), range(700) c(category), range(22) p(prefecture), range(5) s(stage)
    WHERE hash(stage, prefecture, category, quarter) % 100 < 66
),
sized AS (
    SELECT *, -ln(luck) / (4 + category) / (1 + prefecture) AS weight FROM drawn
),
counted AS (
    SELECT *, greatest(1, round($samples * weight / sum(weight) OVER ()))::BIGINT AS n FROM sized
),
judged AS (
    SELECT *, least(n, round(n * (0.01 + 0.04 * place_luck) * luck * 2))::BIGINT AS failed FROM counted
)
SELECT
    quarter,
    ['food', 'food', 'market', 'construction'][1 + category % 4] AS feed,
    ['evaluation', 'supervision', 'supervision', 'inspection'][1 + category % 4] AS sampling_type,
    'provincial' AS level, 'S' || stage AS stage, '510000' AS province_code,
    CASE WHEN prefecture = 21 THEN 'unknown' ELSE (510100 + 100 * prefecture)::VARCHAR END AS prefecture_code,
    printf('C%02d', category % 40) AS category_code, printf('C%02d-%03d', category % 40, category) AS category_2_code,
    n AS n_sampled, n AS n_concluded, n - failed AS n_conforming, failed AS n_nonconforming,
    0::BIGINT AS n_undetermined, 0::BIGINT AS n_held, 0::BIGINT AS n_provisional,
    CASE WHEN feed = 'construction' THEN ceil(n / 5)::BIGINT ELSE 0 END AS n_inspections,
    n * 5.0::DOUBLE AS sum_points_squared, (n - failed) * (n - failed) * 5.0::DOUBLE / n
        + failed * 0.5 AS sum_conforming_squared_per_point
FROM judged
"""
_BARE = """
SELECT quarter, feed, sampling_type, province_code, stage, category_code, prefecture_code, sum(n_concluded) AS n,
    sum(n_conforming) AS x
FROM mart_cells WHERE list_contains($quarters, quarter) GROUP BY ALL
"""


def over_cells(samples: int, repeats: int) -> str:
    """Seconds of processor of both, and their ratios to the bare GROUP BY."""
    with tempfile.TemporaryDirectory() as name:
        return in_a_fresh_process(_measure, Path(name), samples, repeats)


def _measure(home: Path, samples: int, repeats: int) -> str:
    settings = Settings(home=home)
    with connect(settings) as connection:
        connection.execute(sql_text("marts/macros"))
        derive(connection, "mart_cells", _CELLS, {"quarters": [*_QUARTERS], "samples": samples})
        sources = Sources(settings, connection, {}, datetime(2027, 1, 4, tzinfo=UTC))
        rows = []
        for name, quarters in (("the last quarter", _QUARTERS[-1:]), ("all eight", _QUARTERS)):
            bare, ranked = [], []
            for _ in range(repeats):
                bare.append(spent(lambda: derive(connection, "bare", _BARE, {"quarters": [*quarters]}))[1])  # noqa: B023
                ranked.append(spent(lambda: make_rankings(sources, quarters, has_kept=False))[1])  # noqa: B023
            n_strata, n_ranked = (
                connection.execute(f"SELECT count(*) FROM {each}").fetchall()[0][0]
                for each in ("mart_strata", "mart_rankings")
            )
            rows.append((name, f"{n_strata:,}", f"{n_ranked:,}", *_cells(bare, ranked)))
        n_cells = connection.execute("SELECT count(*) FROM mart_cells").fetchall()[0][0]
    header = ("quarters", "strata", "ranked", "bare cpu s", "cpu s", "bare = 1", "clock s", "peak MB")
    return table(f"Rankings of {n_cells:,} cells, {samples:,} samples, medians of {repeats}", header, rows)


def _cells(bare: Sequence[Spent], ranked: Sequence[Spent]) -> tuple[str, ...]:
    simple, whole = (median(each.cpu_seconds for each in measured) for measured in (bare, ranked))
    seconds, peak = median(each.seconds for each in ranked), max(each.peak_mb for each in ranked)
    return f"{simple:.2f}", f"{whole:.2f}", f"{whole / simple:.0f}", f"{seconds:.2f}", f"{peak:,.0f}"
