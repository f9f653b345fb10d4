"""Whether rank intervals hold what they promise: prefectures drawn with known rates, ranked as a release ranks them.

A simulation counts as covered when the interval of every prefecture at once holds all its true ranks; areas with equal
rates share theirs, so of 21 alike the interval of each has to be 1 to 21. Width is how many places an interval holds.
"""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np

from benchmarks.measuring import table
from warehouse import statistics
from warehouse.statistics import Counts, Numbers

__all__ = ["of_ranks"]

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
    n_covered = ((low <= first) & (high >= last)).all(axis=1).sum(keepdims=True)
    at_least, _ = statistics.clopper_pearson(n_covered, np.array([len(n)]))
    return f"{n_covered[0] / len(n):.4f}", f"{at_least[0]:.4f}", f"{(high - low + 1).mean():.1f}"
