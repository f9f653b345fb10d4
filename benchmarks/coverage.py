"""Whether rank intervals and worst-case bounds hold what they promise, where the truth is known.

A draw counts as covered when the rank intervals of all prefectures at once hold all their true ranks; areas with equal
rates share theirs, so of 21 alike the interval of each has to be 1 to 21. Width is how many places an interval holds.
"""

from __future__ import annotations

import tempfile
from collections.abc import Mapping
from pathlib import Path

import numpy as np
from scipy import stats

from benchmarks.measuring import table
from pipelines.build import create, derive
from warehouse import statistics
from warehouse.connect import connect, sql_text
from warehouse.settings import Settings
from warehouse.statistics import Counts, Numbers

__all__ = ["of_bounds", "of_ranks"]

_AREAS = 21
_RATES: Mapping[str, Numbers] = {
    "all 95 %": np.full(_AREAS, 0.95),
    "all 97.5 %": np.full(_AREAS, 0.975),
    "all 99.5 %": np.full(_AREAS, 0.995),
    "95 to 99.5 %, even steps": np.linspace(0.95, 0.995, _AREAS),
    "95, 97.5, 99.5 %, seven of each": np.repeat([0.95, 0.975, 0.995], _AREAS // 3),
}
_SIZES: Mapping[str, Counts] = {
    **{f"{n:,}": np.full(_AREAS, n) for n in (30, 100, 300, 1_000, 2_000, 5_000)},
    "30 to 5,000, mixed": np.geomspace(30, 5_000, _AREAS).astype(np.int64),
}
# Quarters of samples that are what they are, of which some are quarantined, and some have lost place or category.
_SAMPLES = """
WITH drawn AS (
    SELECT
        printf('%dQ%d', 2000 + number % 100 // 4, 1 + number % 4) AS quarter,
        (510100 + 100 * (hash(number, 'place') % 21))::VARCHAR AS prefecture_code,
        'C' || hash(number, 'kind') % 5 AS category_code,
        hash(number, 'verdict') % 1000 >= 15 + hash(prefecture_code) % 60 AS conforms,
        hash(number, 'quarantine') % 1000 < CASE WHEN conforms THEN $passed ELSE $failed END AS is_quarantined,
        hash(number, 'no place') % 100 < 3 AS has_no_place,
        hash(number, 'no category') % 100 < 3 AS has_no_category
    FROM range($n_samples) samples(number)
)
SELECT
    *, 'food' AS feed, 'evaluation' AS sampling_type, '510000' AS province_code,
    if(has_no_place, 'unknown', prefecture_code) AS told_place,
    if(has_no_category, 'unknown', category_code) AS told_category
FROM drawn
"""
_CELLS = """
SELECT
    quarter, feed, sampling_type, province_code, told_place AS prefecture_code, told_category AS category_code,
    count(*) AS n_sampled, count(*) AS n_concluded, count_if(conforms)::BIGINT AS n_conforming,
    count_if(NOT conforms)::BIGINT AS n_nonconforming, 0::BIGINT AS n_undetermined, 0::BIGINT AS n_held,
    0::BIGINT AS n_provisional, 0::BIGINT AS n_inspections, 0.0::DOUBLE AS sum_points_squared,
    0.0::DOUBLE AS sum_conforming_squared_per_point
FROM drawn_samples WHERE NOT is_quarantined GROUP BY ALL
"""
_DOUBTS = """
SELECT
    feed, [sampling_type] AS types, [quarter] AS quarters, [province_code] AS provinces,
    if(has_no_place, [], [told_place]) AS prefectures, if(has_no_category, [], [told_category]) AS categories,
    count(*) AS n_samples
FROM drawn_samples WHERE is_quarantined GROUP BY ALL
"""
_HELD = """
WITH truths AS (
    SELECT
        quarter, coalesce(prefecture_code, 'all') AS prefecture_code, coalesce(category_code, 'all') AS category_code,
        avg(conforms::INTEGER) AS truth
    FROM drawn_samples
    GROUP BY quarter, GROUPING SETS ((), (prefecture_code), (category_code), (prefecture_code, category_code))
)
SELECT
    count(*), avg((truth BETWEEN rate_lowest - 1e-12 AND rate_highest + 1e-12)::INTEGER),
    avg((truth BETWEEN wilson_low(n_conforming, n_concluded) AND wilson_high(n_conforming, n_concluded))::INTEGER),
    avg(rate_highest - rate_lowest)
FROM mart_bounds INNER JOIN truths USING (quarter, prefecture_code, category_code)
WHERE bounds_status = 'ok' AND rate IS NOT NULL
"""
_QUARANTINED = {"none": (0, 0), "1 % of all": (10, 10), "2 % of passes, half of failures": (20, 500),
                "all failures": (0, 1000)}  # fmt: skip


def of_bounds(samples: int) -> str:
    """How often the rate that all samples have lies in the bounds, and how often in the Wilson interval alone."""
    rows = []
    with tempfile.TemporaryDirectory() as name, connect(Settings(home=Path(name))) as connection:
        connection.execute(sql_text("marts/macros"))
        derive(connection, "core_rejected", "SELECT '' AS feed, '' AS quarter_received, 0 AS n_files WHERE false")
        for case, (passed, failed) in _QUARANTINED.items():
            shares = {"n_samples": samples, "passed": passed, "failed": failed}
            derive(connection, "drawn_samples", _SAMPLES, shares)
            derive(connection, "mart_cells", _CELLS)
            derive(connection, "core_doubts", _DOUBTS)
            create(connection, "mart_bounds", {"provinces": ["all"]})
            n_areas, bounds, interval, width = connection.execute(_HELD).fetchall()[0]
            rows.append((case, f"{n_areas:,}", f"{bounds:.4f}", f"{interval:.4f}", f"{width:.3f}"))
    header = ("quarantined", "rates", "in the bounds", "in the interval alone", "mean width of bounds")
    return table(f"Worst-case bounds over 100 quarters, {samples:,} samples, 3 % without place", header, rows)


def of_ranks(simulations: int) -> str:
    """Simultaneous coverage, with the lower end of its own exact 95 % interval, and mean width."""
    random = np.random.default_rng(20_260_101)
    rows = [
        (rates, n, *_simulated(_RATES[rates], random.permuted(np.tile(_SIZES[n], (simulations, 1)), axis=1), random))
        for rates in _RATES
        for n in _SIZES
    ]
    header = ("true rates", "n of each", "covered", "at least", "mean width")
    return table(f"Rank intervals of {_AREAS} prefectures, {simulations:,} simulations each", header, rows)


def _simulated(rates: Numbers, n: Counts, random: np.random.Generator) -> tuple[str, str, str]:
    """n: one row a simulation."""
    sizes = np.full(len(n), _AREAS)
    ranking = statistics.ranking(statistics.Strata(random.binomial(n, rates).ravel(), n.ravel(), sizes))
    low, high = (each.reshape(n.shape) for each in (ranking.low, ranking.high))
    first = 1 + (rates[None, :] > rates[:, None]).sum(axis=1)
    last = _AREAS - (rates[None, :] < rates[:, None]).sum(axis=1)
    n_covered = ((low <= first) & (high >= last)).all(axis=1).sum()
    at_least = stats.binomtest(int(n_covered), len(n)).proportion_ci(0.95, "exact").low
    return f"{n_covered / len(n):.4f}", f"{at_least:.4f}", f"{(high - low + 1).mean():.1f}"
