"""What needs quantiles or many areas at once: rank intervals, funnel limits, shrinkage, change.

Areas come in as arrays, one entry an area, of any number of strata at once, each judged by itself: a release has tens
of thousands. Rates are fractions. x counts conforming, n concluded (in construction the effective ones). Counts, Wilson
intervals and standardised rates are SQL: marts/macros.sql and core/core_areas.sql. Each rule names its source.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import special, stats

__all__ = [
    "CONFIDENCE", "FUNNEL_LEVELS", "Counts", "Funnel", "Numbers", "Ranking", "Strata", "difference", "funnel",
    "funnel_limits", "rankability", "ranking", "shrunken", "wilson",
]  # fmt: skip

Numbers: TypeAlias = npt.NDArray[np.float64]
Counts: TypeAlias = npt.NDArray[np.int64]
Flags: TypeAlias = npt.NDArray[np.bool_]
AnyT = TypeVar("AnyT", bound=np.generic)

CONFIDENCE = 0.95
_Z = float(stats.norm.ppf(1 - (1 - CONFIDENCE) / 2))
_WINSORISED = 0.10
_ALARM = 0.998
FUNNEL_LEVELS = (CONFIDENCE, _ALARM)
_SLACK = 1.01  # far more than what logarithms of factorials are wrong by


@dataclass(frozen=True)
class Strata:
    """x conforming of n concluded, one entry an area, those of a stratum side by side.

    sizes: how many areas each stratum has, at least one.
    """

    x: Counts
    n: Counts
    sizes: Counts

    @property
    def rates(self) -> Numbers:
        rates: Numbers = self.x / self.n
        return rates

    @property
    def starts(self) -> Counts:
        """Where each stratum begins."""
        return np.cumsum(self.sizes) - self.sizes

    def of_areas(self, values: npt.NDArray[AnyT]) -> npt.NDArray[AnyT]:
        """What is said of strata, said of each of their areas."""
        return np.repeat(values, self.sizes)

    def total(self, values: npt.NDArray[AnyT]) -> npt.NDArray[AnyT]:
        """Sums over the areas of each stratum."""
        sums: npt.NDArray[AnyT] = np.add.reduceat(values, self.starts) if len(values) else values
        return sums

    def quantile(self, values: Numbers, share: float) -> Numbers:
        """Of each stratum, drawn straight between its values."""
        in_order = values[np.lexsort((values, self.of_areas(self.starts)))]
        place = share * (self.sizes - 1)
        below = np.floor(place).astype(np.int64)
        low, high = (in_order[self.starts + each] for each in (below, np.minimum(below + 1, self.sizes - 1)))
        quantiles: Numbers = low + (place - below) * (high - low)
        return quantiles


@dataclass(frozen=True)
class Ranking:
    """Competition ranks from 1 (the highest rate) of each area, with simultaneous intervals of the true ranks.

    better[k] is declared better than worse[k]: places of areas. Two areas of which neither is declared better can't be
    told apart; that is not transitive. alike: for area after area the n_alike others that it can't be told apart from.
    """

    rank: Counts
    low: Counts
    high: Counts
    better: Counts
    worse: Counts
    alike: Counts
    n_alike: Counts


@dataclass(frozen=True)
class Funnel:
    """Control limits of each area round the target of its stratum, and whether its rate is an alarm.

    limits: level → (low, high), NaN in strata without limits; is_overdispersed, of strata: areas differ by more than
    chance leaves room for, so that the limits are those of random effects; between, of strata: the variance between
    areas that these make room for, 0 of exact limits; dispersion, of strata: mean of the squared winsorised z-scores,
    NaN without limits.
    """

    has_limits: Flags
    limits: dict[float, tuple[Numbers, Numbers]]
    is_alarm: Flags
    is_overdispersed: Flags
    between: Numbers
    dispersion: Numbers


def wilson(x: Counts, n: Counts) -> tuple[Numbers, Numbers]:
    """95 % score interval; the same as the SQL macros wilson_low and wilson_high. Source: Wilson 1927."""
    p, z2 = x / n, _Z * _Z
    centre = (p + z2 / (2 * n)) / (1 + z2 / n)
    half = _Z / (1 + z2 / n) * np.sqrt(p * (1 - p) / n + z2 / (4 * n * n))
    return np.where(x == 0, 0.0, centre - half), np.where(x == n, 1.0, centre + half)


def ranking(strata: Strata, shown: Numbers | None = None) -> Ranking:
    """Ranks of areas within their strata, with simultaneous 95 % intervals in each stratum.

    shown: the rates that readers see and ranks follow, where x and n are rounded to what a sample is worth.

    Every pair is compared by Fisher's exact test in both directions, with Holm's step-down at 5 % over all those of a
    stratum; an area's interval is [1 + number declared better, K − number declared worse]. Source: Holm 1979.
    """
    areas = len(strata.x)
    first, second = _pairs(strata)
    is_in_order = strata.rates[first] >= strata.rates[second]
    better, worse = np.where(is_in_order, first, second), np.where(is_in_order, second, first)
    is_declared = _declared(strata, better, worse)
    one, other = first[~is_declared], second[~is_declared]
    area, alike = np.divmod(np.sort(np.concatenate([one * areas + other, other * areas + one])), max(areas, 1))
    better, worse = better[is_declared], worse[is_declared]
    return Ranking(
        rank=_competition_ranks(strata, strata.rates if shown is None else shown),
        low=1 + np.bincount(worse, minlength=areas),
        high=strata.of_areas(strata.sizes) - np.bincount(better, minlength=areas),
        better=better,
        worse=worse,
        alike=alike,
        n_alike=np.bincount(area, minlength=areas),
    )


def _competition_ranks(strata: Strata, rates: Numbers) -> Counts:
    starts = strata.of_areas(strata.starts)
    order = np.lexsort((-rates, starts))
    is_new = np.ones(len(order), dtype=bool)
    is_new[1:] = (np.diff(rates[order]) != 0) | (np.diff(starts) != 0)
    rank = np.empty_like(starts)
    rank[order] = 1 + np.maximum.accumulate(np.where(is_new, np.arange(len(order)), 0)) - starts
    return rank


def _pairs(strata: Strata) -> tuple[Counts, Counts]:
    """The places of both areas of each pair within a stratum; each pair once."""
    areas = np.arange(len(strata.x))
    n_later = strata.of_areas(strata.starts + strata.sizes) - 1 - areas
    first = np.repeat(areas, n_later)
    return first, first + 1 + np.arange(len(first)) - np.repeat(np.cumsum(n_later) - n_later, n_later)


def _declared(strata: Strata, better: Counts, worse: Counts) -> Flags:
    """Whether an area is declared better than one whose rate is no higher; the family-wise error over the pairs of a
    stratum, in both directions, is at most 5 %.

    The two p of a pair add up to more than 1, and the one against the rates is at least 1/2. So at most half of the m
    comparisons of a stratum are declared: none with a p above 5 % / (m/2 + 1), all with one of at most 5 % / m. Only
    between these two is the p itself needed.
    """
    comparisons = strata.of_areas(strata.sizes * (strata.sizes - 1))[better]
    at_least, at_most = _bounds_of_p(strata, better, worse)
    open_ = np.flatnonzero(at_least <= _SLACK * (1 - CONFIDENCE) / (comparisons / 2 + 1))
    is_close = _SLACK * at_most[open_] > (1 - CONFIDENCE) / comparisons[open_]
    i, j, x, n = better[open_[is_close]], worse[open_[is_close]], strata.x, strata.n
    p = np.zeros(len(open_))
    p[is_close] = stats.hypergeom.sf(x[i] - 1, n[i] + n[j], x[i] + x[j], n[i])

    stratum = strata.of_areas(strata.starts)[better[open_]]
    order = np.lexsort((p, stratum))
    begins = np.searchsorted(stratum[order], stratum[order])
    holds = p[order] <= (1 - CONFIDENCE) / (comparisons[open_[order]] - (np.arange(len(order)) - begins))
    n_failed = np.concatenate([[0], np.cumsum(~holds)])
    is_declared = np.zeros(len(better), dtype=bool)
    is_declared[open_[order]] = n_failed[1:] == n_failed[begins]
    return is_declared


def _bounds_of_p(strata: Strata, better: Counts, worse: Counts) -> tuple[Numbers, Numbers]:
    """Fisher's one-sided p lies between the probability of this table and the sum of a geometric series from it on,
    since the probabilities of more extreme tables fall ever faster."""
    x, n, failed = strata.x, strata.n, strata.n - strata.x
    ways = _log_ways(x, n)
    point = np.exp(ways[better] + ways[worse] - _log_ways(x[better] + x[worse], n[better] + n[worse]))
    falls_to = x[worse] / (x[better] + 1) * (failed[better] / (failed[worse] + 1))
    return point, point / (1 - falls_to)


def _log_ways(x: Counts, n: Counts) -> Numbers:
    """Logarithm of the number of ways to choose x of n."""
    ways: Numbers = special.gammaln(n + 1) - special.gammaln(x + 1) - special.gammaln(n - x + 1)
    return ways


def rankability(strata: Strata) -> Numbers:
    """Of each stratum the share of the differences between areas that is no chance, from 0 to 1; 0 for a single area.

    τ² / (τ² + median sᵢ²) on the rate scale. Source: Lingsma 2009; τ² by DerSimonian and Laird 1986.
    """
    p = (strata.x + 0.5) / (strata.n + 1)
    variance = p * (1 - p) / strata.n  # from (x + ½)/(n + 1), so that it is never 0
    weights = 1 / variance
    mean = strata.total(weights * strata.rates) / strata.total(weights)
    tau2 = _between(strata, strata.total(weights * (strata.rates - strata.of_areas(mean)) ** 2), weights)
    share: Numbers = tau2 / (tau2 + strata.quantile(variance, 0.5))
    return share


def _between(strata: Strata, q: Numbers, weights: Numbers) -> Numbers:
    """Variance between the areas of each stratum by the method of moments, cut at 0; q: their weighted squares."""
    total = strata.total(weights)
    room = np.where(strata.sizes > 1, total - strata.total(weights**2) / total, np.inf)
    return np.maximum(0.0, (q - (strata.sizes - 1)) / room)


def funnel(strata: Strata, targets: Numbers) -> Funnel:
    """Limits round each stratum's target, the provincial rate; none where that is 0 or 1, or there is a single area.

    Exact binomial limits at 95 % and 99.8 %, interpolated between integers. Where the z-scores, the outer 10 % at
    either end drawn in, vary by more than chance (χ² at 5 %), limits of random effects. Source: Spiegelhalter 2005,
    doi 10.1002/sim.1970.

    An alarm is a rate outside the limits of 99.8 %; of exact limits, one whose own tail is below 0.1 %. For an upper
    limit drawn between counts lies below a count that is still likely: 30 of 30 would alarm at any target.
    """
    sizes, n = strata.sizes, strata.n
    has_limits = (sizes > 1) & (targets > 0) & (targets < 1)
    target = strata.of_areas(np.where(has_limits, targets, np.nan))
    variance = target * (1 - target) / n
    z = _winsorised(strata, (strata.rates - target) / np.sqrt(variance))
    squares = strata.total(z * z)
    is_overdispersed = squares > stats.chi2.ppf(CONFIDENCE, sizes - 1)
    between = np.where(is_overdispersed, _between(strata, squares, 1 / variance), 0.0)
    limits = {level: funnel_limits(target, n, strata.of_areas(between), level) for level in FUNNEL_LEVELS}
    is_alarm = (strata.rates < limits[_ALARM][0]) | (strata.rates > limits[_ALARM][1])

    exact = np.flatnonzero(strata.of_areas(has_limits & ~is_overdispersed))
    x, n, target = strata.x[exact], n[exact], target[exact]
    tail = (1 - _ALARM) / 2
    is_alarm[exact] = (stats.binom.cdf(x, n, target) < tail) | (stats.binom.sf(x - 1, n, target) < tail)
    return Funnel(has_limits, limits, is_alarm, is_overdispersed, between, squares / sizes)


def funnel_limits(target: Numbers, n: Counts, between: Numbers, level: float) -> tuple[Numbers, Numbers]:
    """The limits of `funnel` round these targets for areas of these sizes, which may be of no area; NaN of NaN."""
    low, high = _normal_limits(target, np.sqrt(target * (1 - target) / n + between), level)
    exact = np.flatnonzero((between == 0) & ~np.isnan(target))
    tail = (1 - level) / 2
    low[exact], high[exact] = (_binomial_limit(target[exact], n[exact], p) for p in (tail, 1 - tail))
    return low, high


def _winsorised(strata: Strata, z: Numbers) -> Numbers:
    """The outer tenth at either end set to the tenth and ninetieth centile of its stratum."""
    low, high = (strata.of_areas(strata.quantile(z, share)) for share in (_WINSORISED, 1 - _WINSORISED))
    return np.clip(z, low, high)


def _normal_limits(target: Numbers, deviation: Numbers, level: float) -> tuple[Numbers, Numbers]:
    reach = float(stats.norm.ppf(1 - (1 - level) / 2)) * deviation
    return np.clip(target - reach, 0, 1), np.clip(target + reach, 0, 1)


def _binomial_limit(target: Numbers, n: Counts, p: float) -> Numbers:
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


def shrunken(strata: Strata, overall: Numbers) -> Numbers:
    """Posterior means under a beta prior round each stratum's overall rate, its weight by the method of moments with
    weights n; the overall rate itself where areas differ no more than by chance.

    Source: Kleinman 1973, eq. 2.2.
    """
    x, n, others = strata.x, strata.n, strata.sizes - 1
    total, pq, mean = strata.total(n), overall * (1 - overall), strata.of_areas(overall)
    room = pq * (total - strata.total(n.astype(np.float64) ** 2) / total - others)
    between = strata.total(n * (strata.rates - mean) ** 2) - pq * others
    correlation = np.clip(np.divide(between, room, out=np.zeros_like(room), where=room > 0), 0.0, 1.0)
    own = strata.of_areas(correlation)
    estimate: Numbers = (own * x + (1 - own) * mean) / (own * n + (1 - own))
    return estimate
