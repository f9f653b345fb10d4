"""The p-chart: limits worked apart, rules one by one, and how often it is wrong where nothing changed."""

from __future__ import annotations

import math
from itertools import pairwise

import numpy as np
import pytest

from warehouse.control_chart import FEWEST_QUARTERS, MOST_QUARTERS, ControlChart, control_chart

TAIL = 0.0013498980316300933  # beyond three standard deviations of a normal variable, one side


def chart(x: list[int], n: list[int] | int) -> ControlChart:
    sizes = [n] * len(x) if isinstance(n, int) else n
    return control_chart(np.zeros(len(x), dtype=np.int64), np.array(x), np.array(sizes))


def binomial(size: int, p: float) -> list[float]:
    return [math.comb(size, k) * p**k * (1 - p) ** (size - k) for k in range(size + 1)]


def test_limits_are_those_of_the_binomial_worked_apart() -> None:
    """Eight quarters of 300 with 2,328 of 2,400 conforming, then one of 300: it counts as 300 · 2400 / 2700 = 266."""
    x = [291, 290, 292, 291, 293, 289, 291, 291, 280]
    found = chart(x, 300)
    centre = sum(x[:8]) / 2400
    at = binomial(266, centre)
    low = next(k for k in range(267) if sum(at[: k + 1]) >= TAIL)
    high = next(k for k in range(266, -1, -1) if sum(at[k:]) >= TAIL)
    assert found.n_before.tolist() == [*range(9)]
    assert (found.centre[8], found.sigma_z[8]) == (pytest.approx(0.97), 1.0)
    assert (found.low[8], found.high[8]) == (pytest.approx(low / 266), pytest.approx(high / 266))
    assert found.signals[8] == ["below_limits"]
    assert chart([*x[:8], 285], 300).signals[8] == []


def test_limits_come_with_the_ninth_quarter() -> None:
    found = chart([290] * 10, 300)
    assert np.isnan(found.low).tolist() == [True] * FEWEST_QUARTERS + [False] * 2
    assert np.isnan(found.centre).tolist() == [True] + [False] * 9


def test_quarters_that_vary_by_more_than_chance_get_the_limits_of_laney() -> None:
    rates = [0.90, 0.98, 0.91, 0.97, 0.90, 0.98, 0.92, 0.97]
    x = [round(1000 * rate) for rate in rates]
    p = sum(x) / 8000
    z = [(each / 1000 - p) / math.sqrt(p * (1 - p) / 1000) for each in x]
    assert sum(each * each for each in z) > 14.067  # χ² of seven degrees at 5 %
    sigma_z = sum(abs(b - a) for a, b in pairwise(z)) / 7 / 1.128
    reach = 3 * sigma_z * math.sqrt(p * (1 - p) / 888)  # 1000 · 8000 / 9000
    found = chart([*x, 900], 1000)
    assert found.sigma_z[8] == pytest.approx(sigma_z, abs=1e-12)
    assert (found.low[8], found.high[8]) == (pytest.approx(p - reach, abs=1e-12), 1.0)
    assert found.signals[8] == []


def test_a_level_that_moved_long_ago_does_not_widen_the_limits() -> None:
    """The dispersion test rejects, but from quarter to quarter nothing varies: the moving range stays small."""
    assert chart([970] * 5 + [940] * 5, 1000).sigma_z[9] == 1.0


def test_a_first_failure_after_a_clean_record_is_judged_by_half_a_failure() -> None:
    assert chart([100] * 8 + [99], 100).signals[8] == []
    assert chart([100] * 8 + [90], 100).signals[8] == ["below_limits"]
    assert chart([100] * 8 + [90], 100).centre[8] == 1.0


def test_nine_on_one_side_of_the_centre_signal_and_eight_do_not() -> None:
    quiet = [970, 972, 968, 971, 969, 972, 970, 966]
    later = [976, 975, 977, 976, 975, 976, 977, 975, 976]  # the last of nine is the seventeenth point
    found = chart([*quiet, *later], 1000)
    assert [k for k, each in enumerate(found.signals) if "nine_above" in each] == [16]
    fallen = chart([1000 - each + 900 for each in (*quiet, *later)], 1000)
    assert [k for k, each in enumerate(fallen.signals) if "nine_below" in each] == [16]


def test_small_numbers_near_full_marks_make_no_run_though_nearly_all_lie_above_the_mean() -> None:
    x = [40, 40, 40, 39, 40, 40, 40, 40, 40, 38] + [40] * 14
    assert [signal for each in chart(x, 40).signals for signal in each] == []


def test_six_rising_or_falling_in_a_row_signal_and_a_tie_ends_the_row() -> None:
    quiet = [950, 951, 949, 950, 951, 949, 950]
    falling = [949, 948, 947, 946, 945]
    assert chart([*quiet, *falling], 1000).signals[11] == ["six_falling"]
    assert chart([1900 - each for each in (*quiet, *falling)], 1000).signals[11] == ["six_rising"]
    assert chart([*quiet, 949, 948, 948, 947, 946], 1000).signals[11] == []


def test_series_do_not_touch_and_what_comes_later_changes_nothing() -> None:
    random = np.random.default_rng(7)
    sizes = [3, 26, 12]
    series = np.repeat([1, 2, 5], sizes)
    n = random.integers(30, 400, len(series))
    x = random.binomial(n, 0.95)
    together = control_chart(series, x, n)
    ends = np.cumsum(sizes)
    for start, end in zip(ends - sizes, ends, strict=True):
        for last in range(start + 1, end + 1):
            alone = chart(x[start:last].tolist(), n[start:last].tolist())
            assert alone.signals[-1] == together.signals[last - 1]
            assert alone.low[-1] == pytest.approx(together.low[last - 1], nan_ok=True)
    assert together.n_before.max() == MOST_QUARTERS


@pytest.mark.parametrize(("size", "rate"), [(30, 0.9), (30, 0.99), (200, 0.95), (1000, 0.98), (5000, 0.999)])
def test_false_alarms_are_as_rare_as_said(size: int, rate: float) -> None:
    """Of points where nothing changed at most 0.4 % lie outside the limits, and at most 1 % signal at all."""
    random = np.random.default_rng(size)
    series = np.repeat(np.arange(1500), 24)
    n = random.integers(max(30, size // 2), size * 3 // 2 + 1, len(series))
    found = control_chart(series, random.binomial(n, rate), n)
    charted = found.n_before >= FEWEST_QUARTERS
    outside = sum(bool({"above_limits", "below_limits"} & {*each}) for each in found.signals)
    assert charted.sum() == 24_000
    assert outside / charted.sum() < 0.004
    assert sum(map(bool, found.signals)) / charted.sum() < 0.01


def test_no_points_are_no_chart() -> None:
    assert chart([], 1).signals == []
