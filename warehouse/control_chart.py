"""A p-chart over the quarters of many series at once: each point against the quarters before it.

A point is judged by what was known before it came, so what was once said of a quarter changes only when figures are
corrected. Counts are those of marts: x conforming of n concluded (in construction the effective ones).
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

import numpy as np
import numpy.typing as npt
from scipy import stats

from warehouse.statistics import CONFIDENCE, Counts, Numbers

__all__ = ["FEWEST_QUARTERS", "MOST_QUARTERS", "ControlChart", "control_chart"]

Flags: TypeAlias = npt.NDArray[np.bool_]
AnyT = TypeVar("AnyT", bound=np.generic)

FEWEST_QUARTERS = 8
MOST_QUARTERS = 20
_ONE_SIDE = 9
_STEADY = 6
_TAIL = float(stats.norm.sf(3))
_MEAN_RANGE = 1.128  # of two standard normal variables: Laney's constant


@dataclass(frozen=True)
class ControlChart:
    """One entry a point; NaN where there is no limit yet.

    n_before: quarters that centre and limits come from. sigma_z: Laney's, where the quarters before vary by more than
    chance, else 1. signals: names of the rules that the point breaks.
    """

    n_before: Counts
    centre: Numbers
    low: Numbers
    high: Numbers
    sigma_z: Numbers
    signals: list[list[str]]


def control_chart(series: Counts, x: Counts, n: Counts) -> ControlChart:
    """The charts of series whose points stand one after the other, each in the order of time; n > 0.

    Centre: the pooled rate of up to 20 quarters before the point; limits from 8 quarters on. The baseline is itself
    uncertain, so that a point counts as n·N / (n + N) samples, N those of its baseline. Limits are the outermost rates
    whose binomial tail is at least that of 3 sigma (0.135 %): a rate that chance gives more often is never outside.
    Where the baseline varies by more than chance (χ² at 5 %) and Laney's σz exceeds 1, they are no narrower than
    those of his p′ chart. Without any failure (or pass) before, half a one is counted.

    Signals, Nelson 1984, rules 1 to 3: a rate outside the limits; nine quarters in a row on one side of the centre
    (beyond the median of what chance gives); six in a row rising or falling.
    Sources: Nelson 1984, J. Quality Technology 16(4); Laney 2002, Quality Engineering 14(4).
    """
    earlier = _earlier(series)
    has_limits = (earlier >= 0).sum(axis=1) >= FEWEST_QUARTERS
    before_x, before_n = _taken(x, earlier).sum(axis=1), _taken(n, earlier).sum(axis=1)
    with np.errstate(invalid="ignore"):
        centre = before_x / before_n
    expected = np.where((before_x == 0) | (before_x == before_n), (before_x + 0.5) / (before_n + 1), centre)
    expected[before_n == 0] = 0.5
    sigma_z = np.where(has_limits, _sigma_z(x, n, earlier, expected), 1.0)
    low, high = _limits(n, before_n, expected, sigma_z)
    above, below = _sides(x, n, expected)
    rules = {
        "above_limits": has_limits & (x / n > high),
        "below_limits": has_limits & (x / n < low),
        "nine_above": has_limits & _run(above & (before_n > 0), series, _ONE_SIDE),
        "nine_below": has_limits & _run(below & (before_n > 0), series, _ONE_SIDE),
        "six_rising": has_limits & _steady(x / n, series, 1),
        "six_falling": has_limits & _steady(x / n, series, -1),
    }
    return ControlChart(
        n_before=(earlier >= 0).sum(axis=1),
        centre=centre,
        low=np.where(has_limits, low, np.nan),
        high=np.where(has_limits, high, np.nan),
        sigma_z=sigma_z,
        signals=[[name for name, holds in rules.items() if holds[k]] for k in range(len(x))],
    )


def _earlier(series: Counts) -> Counts:
    """[point, j]: the j-th point before it in its series, −1 where there is none."""
    places = np.arange(len(series))[:, None] - np.arange(1, MOST_QUARTERS + 1)[None, :]
    is_same = (places >= 0) & (series[np.maximum(places, 0)] == series[:, None])
    return np.where(is_same, places, -1)


def _taken(values: Counts, places: Counts) -> Numbers:
    return np.where(places >= 0, values[np.maximum(places, 0)], 0).astype(float)


def _sigma_z(x: Counts, n: Counts, earlier: Counts, expected: Numbers) -> Numbers:
    """Laney's σz of each baseline: mean moving range of its z-scores over 1.128, at least 1; 1 where the dispersion
    test does not reject."""
    is_there = earlier >= 0
    sizes = np.where(is_there, _taken(n, earlier), 1.0)
    rates, centre = _taken(x, earlier) / sizes, expected[:, None]
    z = np.where(is_there, (rates - centre) / np.sqrt(centre * (1 - centre) / sizes), 0.0)
    degrees = np.maximum(is_there.sum(axis=1) - 1, 1)
    is_dispersed = (z * z).sum(axis=1) > stats.chi2.ppf(CONFIDENCE, degrees)
    ranges = np.abs(np.diff(z, axis=1)) * is_there[:, 1:]
    laney: Numbers = ranges.sum(axis=1) / degrees / _MEAN_RANGE
    return np.where(is_dispersed, np.maximum(laney, 1.0), 1.0)


def _limits(n: Counts, before_n: Numbers, expected: Numbers, sigma_z: Numbers) -> tuple[Numbers, Numbers]:
    counted = np.maximum(np.floor(n * before_n / (n + before_n)), 1.0)
    low = stats.binom.ppf(_TAIL, counted, expected) / counted
    high = stats.binom.isf(_TAIL, counted, expected) / counted
    reach = 3 * sigma_z * np.sqrt(expected * (1 - expected) / counted)
    is_wider = sigma_z > 1
    return (
        np.where(is_wider, np.minimum(low, np.maximum(expected - reach, 0.0)), low),
        np.where(is_wider, np.maximum(high, np.minimum(expected + reach, 1.0)), high),
    )


def _sides(x: Counts, n: Counts, expected: Numbers) -> tuple[Flags, Flags]:
    """Whether chance gives at least even odds of strictly less (above), or of strictly more (below): never both, and
    under no change neither is likelier than a coin's side, however skewed small numbers are."""
    return stats.binom.cdf(x - 1, n, expected) >= 0.5, stats.binom.sf(x, n, expected) >= 0.5


def _run(holds: Flags, series: Counts, length: int) -> Flags:
    """Whether this point and those before it, `length` in all, are of one series and hold."""
    result = np.ones(len(holds), dtype=bool)
    for back in range(length):
        result &= _shifted(holds, back) & (_shifted(series + 1, back) == series + 1)
    return result


def _steady(rates: Numbers, series: Counts, direction: int) -> Flags:
    """Whether six points in a row rise (or fall) from each to the next."""
    moves = np.zeros(len(rates), dtype=bool)
    moves[1:] = (np.sign(np.diff(rates)) == direction) & (series[1:] == series[:-1])
    return _run(moves, series, _STEADY - 1)


def _shifted(values: npt.NDArray[AnyT], back: int) -> npt.NDArray[AnyT]:
    """The values `back` places earlier; nothing before the first."""
    return np.concatenate([np.zeros(back, dtype=values.dtype), values])[: len(values)]
