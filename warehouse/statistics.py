"""What needs quantiles or many areas at once: rank intervals, funnel limits, shrinkage, change.

Counts come in as arrays, one entry an area, of one stratum only; rates are fractions. x counts conforming, n concluded
(in construction the effective ones). Counts, Wilson intervals and standardised rates are SQL: marts/macros.sql and
core/core_areas.sql. Each rule names its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
import numpy.typing as npt
from scipy import stats

__all__ = [
    "CONFIDENCE",
    "Funnel",
    "Ranking",
    "clopper_pearson",
    "difference",
    "funnel",
    "rankability",
    "ranking",
    "shrunken",
    "wilson",
]

Numbers: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]

CONFIDENCE = 0.95
_Z = float(stats.norm.ppf(1 - (1 - CONFIDENCE) / 2))
_WINSORISED = 0.10
_ALARM = 0.998


@dataclass(frozen=True)
class Ranking:
    """Competition ranks from 1 (the highest rate), with simultaneous intervals of the true ranks.

    is_better[i, j]: area i is declared better than j. Two areas of which neither is declared better can't be told
    apart; that is not transitive.
    """

    rank: Counts
    low: Counts
    high: Counts
    is_better: npt.NDArray[np.bool_]

    def indistinguishable_from(self, area: int) -> list[int]:
        """The other areas that this one can't be told apart from."""
        undeclared = ~(self.is_better[area] | self.is_better[:, area])
        return [int(other) for other in np.flatnonzero(undeclared) if other != area]


@dataclass(frozen=True)
class Funnel:
    """Control limits of each area round the target, and whether its rate is an alarm.

    limits: level → (low, high); is_overdispersed: areas differ by more than chance leaves room for, so that the limits
    are those of random effects; dispersion: mean of the squared winsorised z-scores.
    """

    target: float
    limits: dict[float, tuple[Numbers, Numbers]]
    is_alarm: npt.NDArray[np.bool_]
    is_overdispersed: bool
    dispersion: float


def wilson(x: Counts, n: Counts) -> tuple[Numbers, Numbers]:
    """95 % score interval; the same as the SQL macros wilson_low and wilson_high. Source: Wilson 1927."""
    p, z2 = x / n, _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return np.where(x == 0, 0.0, centre - half), np.where(x == n, 1.0, centre + half)


def clopper_pearson(x: Counts, n: Counts, confidence: float = CONFIDENCE) -> tuple[Numbers, Numbers]:
    """Exact interval of a proportion. Source: Clopper and Pearson 1934."""
    tail = (1 - confidence) / 2
    low = np.where(x > 0, stats.beta.ppf(tail, np.maximum(x, 1), n - x + 1), 0.0)
    high = np.where(x < n, stats.beta.ppf(1 - tail, x + 1, np.maximum(n - x, 1)), 1.0)
    return low, high


def ranking(x: Counts, n: Counts) -> Ranking:
    """Ranks of areas with their simultaneous 95 % intervals.

    Every pair is compared by Fisher's exact test in both directions, with Holm's step-down at 5 % over all of them; an
    area's interval is [1 + number declared better, K − number declared worse]. Source: Holm 1979.
    """
    rates = x / n
    rank = 1 + (rates[None, :] > rates[:, None]).sum(axis=1)
    is_better = _declared_better(x, n)
    return Ranking(rank=rank, low=1 + is_better.sum(axis=0), high=len(x) - is_better.sum(axis=1), is_better=is_better)


def _declared_better(x: Counts, n: Counts) -> npt.NDArray[np.bool_]:
    """[i, j]: i is declared better than j; the family-wise error over all ordered pairs is at most 5 %."""
    areas = len(x)
    first, second = np.nonzero(~np.eye(areas, dtype=bool))
    p = stats.hypergeom.sf(x[first] - 1, n[first] + n[second], x[first] + x[second], n[first])
    order = np.argsort(p, kind="stable")
    holds = p[order] <= (1 - CONFIDENCE) / np.arange(len(p), 0, -1)
    n_declared = len(p) if holds.all() else int(np.argmin(holds))
    declared = np.zeros((areas, areas), dtype=bool)
    declared[first[order[:n_declared]], second[order[:n_declared]]] = True
    return declared


def rankability(x: Counts, n: Counts) -> float:
    """Share of the differences between areas that is no chance, from 0 to 1; 0 for fewer than two areas.

    τ² / (τ² + median sᵢ²) on the rate scale. Source: Lingsma 2009; τ² by DerSimonian and Laird 1986.
    """
    if len(x) < 2:
        return 0.0
    variance = _sampling_variance(x, n)
    tau2 = _between(x / n, variance)
    return float(tau2 / (tau2 + np.median(variance)))


def _sampling_variance(x: Counts, n: Counts) -> Numbers:
    """Of a rate, from (x + ½)/(n + 1), which is never 0."""
    p = (x + 0.5) / (n + 1)
    variance: Numbers = p * (1 - p) / n
    return variance


def _between(rates: Numbers, variance: Numbers) -> float:
    """Variance between areas by the method of moments, cut at 0."""
    weights = 1 / variance
    mean = np.average(rates, weights=weights)
    q = float((weights * (rates - mean) ** 2).sum())
    return max(0.0, (q - (len(rates) - 1)) / float(weights.sum() - (weights**2).sum() / weights.sum()))


def funnel(x: Counts, n: Counts, target: float) -> Funnel | None:
    """Limits round the target, the provincial rate; None where that is 0 or 1, or there are fewer than two areas.

    Exact binomial limits at 95 % and 99.8 %, interpolated between integers. Where the z-scores, the outer 10 % at
    either end drawn in, vary by more than chance (χ² at 5 %), limits of random effects. Source: Spiegelhalter 2005,
    doi 10.1002/sim.1970.

    An alarm is a rate outside the limits of 99.8 %; of exact limits, one whose own tail is below 0.1 %. For an upper
    limit drawn between counts lies below a count that is still likely: 30 of 30 would alarm at any target.
    """
    if len(x) < 2 or target in (0.0, 1.0):
        return None
    rates, variance = x / n, target * (1 - target) / n
    z = _winsorised((rates - target) / np.sqrt(variance))
    dispersion = float((z * z).mean())
    areas = len(x)
    is_overdispersed = bool(areas * dispersion > stats.chi2.ppf(CONFIDENCE, areas - 1))
    if is_overdispersed:
        weights = 1 / variance
        spread = float(weights.sum() - (weights**2).sum() / weights.sum())
        tau2 = max(0.0, (areas * dispersion - (areas - 1)) / spread)
        limits = {level: _normal_limits(target, np.sqrt(variance + tau2), level) for level in (CONFIDENCE, _ALARM)}
        is_alarm = (rates < limits[_ALARM][0]) | (rates > limits[_ALARM][1])
    else:
        limits = {level: _binomial_limits(target, n, level) for level in (CONFIDENCE, _ALARM)}
        tail = (1 - _ALARM) / 2
        is_alarm = (stats.binom.cdf(x, n, target) < tail) | (stats.binom.sf(x - 1, n, target) < tail)
    return Funnel(target, limits, is_alarm, is_overdispersed, dispersion)


def _winsorised(z: Numbers) -> Numbers:
    """The outer tenth at either end set to the tenth and ninetieth centile."""
    return np.clip(z, np.quantile(z, _WINSORISED), np.quantile(z, 1 - _WINSORISED))


def _normal_limits(target: float, deviation: Numbers, level: float) -> tuple[Numbers, Numbers]:
    reach = float(stats.norm.ppf(1 - (1 - level) / 2)) * deviation
    return np.clip(target - reach, 0, 1), np.clip(target + reach, 0, 1)


def _binomial_limits(target: float, n: Counts, level: float) -> tuple[Numbers, Numbers]:
    tail = (1 - level) / 2
    return _binomial_limit(target, n, tail), _binomial_limit(target, n, 1 - tail)


def _binomial_limit(target: float, n: Counts, p: float) -> Numbers:
    """Spiegelhalter 2005, appendix A.1.1: the count r with P(R ≤ r) just above p, drawn back to p by interpolation."""
    r = stats.binom.ppf(p, n, target)
    at, below = stats.binom.cdf(r, n, target), stats.binom.cdf(r - 1, n, target)
    limit: Numbers = np.clip((r - (at - p) / (at - below)) / n, 0, 1)
    return limit


def difference(x1: Counts, n1: Counts, x0: Counts, n0: Counts) -> tuple[Numbers, Numbers, Numbers]:
    """Rate 1 less rate 0, with the 95 % interval from both Wilson intervals. Source: Newcombe 1998, method 10."""
    (low1, high1), (low0, high0) = wilson(x1, n1), wilson(x0, n0)
    p1, p0 = x1 / n1, x0 / n0
    low = p1 - p0 - np.sqrt((p1 - low1) ** 2 + (high0 - p0) ** 2)
    high = p1 - p0 + np.sqrt((high1 - p1) ** 2 + (p0 - low0) ** 2)
    return p1 - p0, low, high


def shrunken(x: Counts, n: Counts, overall: float) -> Numbers:
    """Posterior means under a beta prior round the overall rate, its weight by the method of moments with weights n;
    the overall rate itself where areas differ no more than by chance.

    Source: Kleinman 1973, eq. 2.2.
    """
    areas, total = len(x), n.sum()
    pq = overall * (1 - overall)
    room = total - (n.astype(float) ** 2).sum() / total - (areas - 1)
    if pq == 0 or room <= 0:
        return np.full(areas, overall)
    between = (n * (x / n - overall) ** 2).sum()
    correlation = min(1.0, max(0.0, (between - pq * (areas - 1)) / (pq * room)))
    if correlation == 0:
        return np.full(areas, overall)
    prior = (1 - correlation) / correlation
    estimate: Numbers = (x + overall * prior) / (n + prior)
    return estimate
