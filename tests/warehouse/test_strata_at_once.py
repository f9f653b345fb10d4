"""Methods that work on many strata at once, against each of them written for one stratum, step by step."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st
from scipy import stats

from tests.warehouse.test_statistics import alike
from warehouse import statistics


@dataclass(frozen=True)
class Judged:
    """What all methods say of one stratum, worked out step by step."""

    rank: list[int]
    low: list[int]
    high: list[int]
    alike: list[list[int]]
    rankability: float
    shrunken: list[float]
    dispersion: float
    is_overdispersed: bool
    limits: dict[float, list[tuple[float, float]]]
    is_alarm: list[bool]


Stratum = list[tuple[int, int]]


def judged(stratum: Stratum, target: float) -> Judged:
    areas = range(len(stratum))
    rates = [x / n for x, n in stratum]
    declared = declared_step_by_step(stratum)
    dispersion, is_overdispersed, limits, is_alarm = funnel_step_by_step(stratum, target)
    return Judged(
        rank=[1 + sum(other > rate for other in rates) for rate in rates],
        low=[1 + sum(j == area for _, j in declared) for area in areas],
        high=[len(stratum) - sum(i == area for i, _ in declared) for area in areas],
        alike=[[j for j in areas if j != i and not {(i, j), (j, i)} & declared] for i in areas],
        rankability=rankability_step_by_step(stratum),
        shrunken=shrunken_step_by_step(stratum, target),
        dispersion=dispersion,
        is_overdispersed=is_overdispersed,
        limits=limits,
        is_alarm=is_alarm,
    )


def declared_step_by_step(stratum: Stratum) -> set[tuple[int, int]]:
    """Every ordered pair tested, the smallest p first, until one doesn't hold."""
    tests = []
    for i, (x, n) in enumerate(stratum):
        for j, (other_x, other_n) in enumerate(stratum):
            if i != j:
                tests.append((float(stats.hypergeom.sf(x - 1, n + other_n, x + other_x, n)), i, j))
    declared = set()
    for k, (p, i, j) in enumerate(sorted(tests)):
        if p > (1 - 0.95) / (len(tests) - k):
            break
        declared.add((i, j))
    return declared


def moment_step_by_step(q: float, weights: list[float]) -> float:
    spread = math.fsum(weights) - math.fsum(w * w for w in weights) / math.fsum(weights)
    return max(0.0, (q - (len(weights) - 1)) / spread) if len(weights) > 1 else 0.0


def rankability_step_by_step(stratum: Stratum) -> float:
    smoothed = [(x + 0.5) / (n + 1) for x, n in stratum]
    variance = [p * (1 - p) / n for p, (_, n) in zip(smoothed, stratum, strict=True)]
    weights = [1 / each for each in variance]
    mean = math.fsum(w * x / n for w, (x, n) in zip(weights, stratum, strict=True)) / math.fsum(weights)
    q = math.fsum(w * (x / n - mean) ** 2 for w, (x, n) in zip(weights, stratum, strict=True))
    tau2 = moment_step_by_step(q, weights)
    return tau2 / (tau2 + float(np.median(variance)))


def shrunken_step_by_step(stratum: Stratum, overall: float) -> list[float]:
    total, pq = sum(n for _, n in stratum), overall * (1 - overall)
    room = total - sum(n * n for _, n in stratum) / total - (len(stratum) - 1)
    if pq == 0 or room <= 0:
        return [overall] * len(stratum)
    between = math.fsum(n * (x / n - overall) ** 2 for x, n in stratum)
    correlation = min(1.0, (between - pq * (len(stratum) - 1)) / (pq * room))
    if correlation <= 0:
        return [overall] * len(stratum)
    prior = (1 - correlation) / correlation
    return [(x + overall * prior) / (n + prior) for x, n in stratum]


def funnel_step_by_step(
    stratum: Stratum, target: float
) -> tuple[float, bool, dict[float, list[tuple[float, float]]], list[bool]]:
    areas, pq = len(stratum), target * (1 - target)
    if areas < 2 or pq == 0:
        nowhere = [(math.nan, math.nan)] * areas
        return math.nan, False, {0.95: nowhere, 0.998: nowhere}, [False] * areas
    z = [(x / n - target) / math.sqrt(pq / n) for x, n in stratum]
    low, high = float(np.quantile(z, 0.1)), float(np.quantile(z, 0.9))
    squares = math.fsum(min(max(each, low), high) ** 2 for each in z)
    limits: dict[float, list[tuple[float, float]]] = {}
    if squares > stats.chi2.ppf(0.95, areas - 1):
        tau2 = moment_step_by_step(squares, [n / pq for _, n in stratum])
        for level in (0.95, 0.998):
            reaches = [stats.norm.ppf((1 + level) / 2) * math.sqrt(pq / n + tau2) for _, n in stratum]
            limits[level] = [(max(0.0, target - reach), min(1.0, target + reach)) for reach in reaches]
        outside = [not lo <= x / n <= hi for (x, n), (lo, hi) in zip(stratum, limits[0.998], strict=True)]
        return squares / areas, True, limits, outside
    for level in (0.95, 0.998):
        tails = ((1 - level) / 2, (1 + level) / 2)
        limits[level] = [tuple(limit_step_by_step(n, target, p) for p in tails) for _, n in stratum]  # type: ignore[misc]
    tail = [min(stats.binom.cdf(x, n, target), stats.binom.sf(x - 1, n, target)) for x, n in stratum]
    return squares / areas, False, limits, [bool(each < (1 - 0.998) / 2) for each in tail]


def limit_step_by_step(n: int, target: float, p: float) -> float:
    r = stats.binom.ppf(p, n, target)
    at, below = stats.binom.cdf(r, n, target), stats.binom.cdf(r - 1, n, target)
    return float(min(max((r - (at - p) / (at - below)) / n, 0.0), 1.0))


@st.composite
def areas(draw: st.DrawFn) -> tuple[int, int]:
    """x of n: n from 1 to 100,000; all, none, or near one of a few rates, so that ties and close calls are common."""
    n = draw(st.one_of(st.integers(1, 40), st.sampled_from([60, 300, 1_000]), st.integers(1, 100_000)))
    rate = draw(st.sampled_from([0.0, 0.5, 0.9, 0.95, 0.97, 0.98, 0.99, 1.0]))
    aside = draw(st.integers(-3, 3)) * math.sqrt(n * rate * (1 - rate))
    return min(max(round(n * rate + aside), 0), n), n


@settings(max_examples=60, deadline=None, derandomize=True, suppress_health_check=[HealthCheck.too_slow])
@given(st.lists(st.tuples(st.lists(areas(), min_size=1, max_size=6), st.sampled_from([0, 30, 5_000])), max_size=4))
@example([([(300, 300), (290, 300), (299, 300)], 0), ([(1, 1)], 0), ([(0, 50), (0, 60)], 0), ([(50, 50), (60, 60)], 0)])
@example([([(round(4_000 * (0.9 + k / 210)), 4_000) for k in range(21)], 0), ([(90, 100), (180, 200)], 10)])
@example([([(119 * 30, 119 * 30), (29, 30), (30, 30)], 0)])
def test_many_strata_at_once_are_each_judged_as_if_they_were_alone(drawn: list[tuple[Stratum, int]]) -> None:
    """Beside the areas of a stratum, all of whose rates are shown, some conforming samples of unknown place."""
    strata = [stratum for stratum, _ in drawn]
    targets = [(sum(x for x, _ in each) + more) / (sum(n for _, n in each) + more) for each, more in drawn]
    assert_judged_alike(strata, targets)


def test_a_stratum_of_all_prefectures_is_judged_alike_wherever_it_stands_and_over_any_numbers() -> None:
    random = np.random.default_rng(7)
    strata = []
    for n_areas in (21, 1, 2, 21, 17, 3):
        n = np.round(np.exp(random.uniform(np.log(30), np.log(20_000), n_areas))).astype(np.int64)
        x = random.binomial(n, random.uniform(0.93, 0.999, n_areas))
        strata.append(list(zip(x.tolist(), n.tolist(), strict=True)))
    targets = [sum(x for x, _ in each) / sum(n for _, n in each) for each in strata]
    assert_judged_alike(strata, targets)
    assert_judged_alike(strata[::-1], targets[::-1])


def assert_judged_alike(strata: list[Stratum], targets: list[float]) -> None:
    flat = np.array([area for stratum in strata for area in stratum], dtype=np.int64).reshape(-1, 2)
    together = statistics.Strata(flat[:, 0], flat[:, 1], np.array([len(stratum) for stratum in strata], dtype=np.int64))
    overall = np.array(targets, dtype=np.float64)
    expected = [judged(stratum, target) for stratum, target in zip(strata, targets, strict=True)]
    starts = together.of_areas(together.starts)
    ranking = statistics.ranking(together)
    for name in ("rank", "low", "high"):
        assert getattr(ranking, name).tolist() == [each for stratum in expected for each in getattr(stratum, name)]
    if strata:
        apart = [[other - int(start) for other in area] for area, start in zip(alike(ranking), starts, strict=True)]
        assert apart == [each for stratum in expected for each in stratum.alike]
    found = statistics.funnel(together, overall)
    assert found.has_limits.tolist() == [not math.isnan(each.dispersion) for each in expected]
    assert found.is_overdispersed.tolist() == [each.is_overdispersed for each in expected]
    assert found.is_alarm.tolist() == [each for stratum in expected for each in stratum.is_alarm]
    # One weight can outweigh all others by far, and then τ² is over a difference of nearly equal sums.
    assert statistics.rankability(together).tolist() == pytest.approx([e.rankability for e in expected], abs=1e-9)
    pairs = [
        (statistics.shrunken(together, overall), [each for stratum in expected for each in stratum.shrunken]),
        (found.dispersion, [each.dispersion for each in expected]),
    ]
    for level, sides in found.limits.items():
        limits = [each for stratum in expected for each in stratum.limits[level]]
        pairs += [(side, [limit[k] for limit in limits]) for k, side in enumerate(sides)]
    for ours, theirs in pairs:
        np.testing.assert_allclose(ours, theirs, rtol=1e-12, atol=1e-12)
