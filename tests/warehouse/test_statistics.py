"""Formulas against second opinions: statsmodels, scipy's own tests, published examples, and plain arithmetic."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from scipy import stats
from statsmodels.stats.meta_analysis import combine_effects
from statsmodels.stats.multitest import multipletests
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from warehouse import statistics

N = np.unique(np.geomspace(1, 200_000, 60).astype(np.int64))
PAIRS = np.array([(x, n) for n in N for x in sorted({0, 1, n // 7, n // 2, n - 1, n}) if 0 <= x <= n], dtype=np.int64)
AREAS = np.array([[96, 100], [180, 200], [291, 300], [140, 150], [388, 400], [45, 60]], dtype=np.int64)


def split(pairs: npt.NDArray[np.int64]) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    return pairs[:, 0], pairs[:, 1]


def one_stratum(x: npt.ArrayLike, n: npt.ArrayLike) -> statistics.Strata:
    areas = np.asarray(x)
    return statistics.Strata(areas, np.asarray(n), np.array([len(areas)]))


@pytest.mark.parametrize(
    ("x", "n", "low", "high"), [(20, 20, 0.8389, 1.0), (98, 100, 0.9300, 0.9945), (485, 500, 0.9511, 0.9817)]
)
def test_wilson_gives_the_published_intervals(x: int, n: int, low: float, high: float) -> None:
    found = statistics.wilson(np.array([x]), np.array([n]))
    assert [round(float(side[0]), 4) for side in found] == [low, high]


def test_wilson_agrees_with_statsmodels_over_wide_ranges() -> None:
    theirs = np.array([proportion_confint(a, b, 0.05, "wilson") for a, b in PAIRS])
    np.testing.assert_allclose(np.column_stack(statistics.wilson(*split(PAIRS))), theirs, atol=1e-9)


def test_newcombes_interval_is_that_of_his_paper_and_of_statsmodels() -> None:
    rate, low, high = statistics.difference(*(np.array([each]) for each in (56, 70, 48, 80)))
    assert (round(float(rate[0]), 4), round(float(low[0]), 4), round(float(high[0]), 4)) == (0.2, 0.0524, 0.3339)
    pairs = PAIRS[PAIRS[:, 1] > 5]
    now, before = split(pairs), split(pairs[::-1])
    _, lows, highs = statistics.difference(*now, *before)
    for k in range(0, len(pairs), 7):
        x1, n1, x0, n0 = (int(each[k]) for each in (*now, *before))
        if 0 < x1 < n1 and 0 < x0 < n0:
            theirs = confint_proportions_2indep(x1, n1, x0, n0, method="newcomb", compare="diff", correction=False)
            np.testing.assert_allclose((lows[k], highs[k]), theirs, atol=1e-9)


def test_pairs_are_declared_by_fishers_exact_test_and_holms_step_down() -> None:
    x, n = split(AREAS)
    ordered = [(i, j) for i in range(len(x)) for j in range(len(x)) if i != j]
    p = [
        stats.fisher_exact([[x[i], n[i] - x[i]], [x[j], n[j] - x[j]]], alternative="greater").pvalue for i, j in ordered
    ]
    declared = {pair for pair, holds in zip(ordered, multipletests(p, 0.05, "holm")[0], strict=True) if holds}
    assert 0 < len(declared) < len(ordered) / 2
    found = statistics.ranking(one_stratum(x, n))
    assert set(zip(found.better.tolist(), found.worse.tolist(), strict=True)) == declared
    assert found.low.tolist() == [1 + sum(j == area for _, j in declared) for area in range(len(x))]
    assert found.high.tolist() == [len(x) - sum(i == area for i, _ in declared) for area in range(len(x))]
    assert alike(found)[5] == [other for other in range(5) if (other, 5) not in declared and (5, other) not in declared]


def alike(found: statistics.Ranking) -> list[list[int]]:
    """For each area the others that it can't be told apart from."""
    return [part.tolist() for part in np.split(found.alike, np.cumsum(found.n_alike)[:-1])]


def test_equal_rates_share_a_rank_and_the_next_one_is_left_out() -> None:
    found = statistics.ranking(one_stratum([99, 98, 196, 90], [100, 100, 200, 100]))
    assert found.rank.tolist() == [1, 2, 2, 4]


def test_ranks_follow_the_rates_that_are_shown_where_counts_are_rounded() -> None:
    rounded = one_stratum([78, 78, 77], [80, 80, 80])
    assert statistics.ranking(rounded).rank.tolist() == [1, 1, 3]
    assert statistics.ranking(rounded, np.array([0.973, 0.978, 0.967])).rank.tolist() == [2, 1, 3]


def test_alike_areas_cannot_be_told_apart_and_any_rank_is_possible() -> None:
    found = statistics.ranking(one_stratum([295, 290, 297], [300, 300, 300]))
    assert (found.low.tolist(), found.high.tolist()) == ([1, 1, 1], [3, 3, 3])
    assert alike(found) == [[1, 2], [0, 2], [0, 1]]


def test_a_single_area_has_rank_one() -> None:
    found = statistics.ranking(one_stratum([95], [100]))
    assert (found.rank.tolist(), found.low.tolist(), found.high.tolist(), alike(found)) == ([1], [1], [1], [[]])
    assert_no_limits(one_stratum([95], [100]), 0.95)


def assert_no_limits(strata: statistics.Strata, target: float) -> None:
    found = statistics.funnel(strata, np.array([target]))
    assert found.has_limits.tolist() == found.is_overdispersed.tolist() == [False]
    assert not found.is_alarm.any()
    assert all(np.isnan(side).all() for sides in found.limits.values() for side in sides)
    assert np.isnan(found.dispersion).all()


def test_rankability_uses_the_variance_of_dersimonian_and_laird() -> None:
    x, n = split(AREAS)
    p = (x + 0.5) / (n + 1)
    variance = p * (1 - p) / n
    tau2 = combine_effects(x / n, variance, method_re="chi2").tau2
    assert tau2 > 0
    expected = tau2 / (tau2 + np.median(variance))
    assert statistics.rankability(one_stratum(x, n)).tolist() == [pytest.approx(expected, abs=1e-12)]
    assert statistics.rankability(one_stratum([97, 97], [100, 100])).tolist() == [0.0]


def test_binomial_limits_lie_where_the_interpolated_distribution_reaches_the_level() -> None:
    n = np.array([30, 57, 200, 1_000, 5_000])
    x = (n * 0.97).astype(np.int64)
    found = funnel(x, n, 0.968)
    assert not found.is_overdispersed[0]
    for level, sides in found.limits.items():
        for side, p in zip(sides, ((1 - level) / 2, (1 + level) / 2), strict=True):
            for limit, size in zip(side, n, strict=True):
                assert limit == pytest.approx(interpolated_quantile(int(size), 0.968, p) / size, abs=1e-9)


def funnel(x: npt.ArrayLike, n: npt.ArrayLike, target: float) -> statistics.Funnel:
    """Of one stratum, which has limits."""
    found = statistics.funnel(one_stratum(x, n), np.array([target]))
    assert found.has_limits.tolist() == [True]
    return found


def interpolated_quantile(n: int, target: float, p: float) -> float:
    """The count at which the binomial distribution function, drawn straight between counts, reaches p; at most n."""
    below = 0.0
    for count in range(n + 1):
        at = below + math.exp(
            math.lgamma(n + 1) - math.lgamma(count + 1) - math.lgamma(n - count + 1)
            + count * math.log(target) + (n - count) * math.log(1 - target)
        )  # fmt: skip
        if at >= p - 1e-12:
            return min(max(count - (at - p) / (at - below), 0.0), float(n))
        below = at
    return float(n)


def test_areas_that_differ_more_than_chance_get_limits_of_random_effects() -> None:
    """Worked apart, step by step: eight areas of 400 between 88 % and 99 %, mean 0.944375."""
    x = np.array([352, 360, 372, 380, 384, 388, 390, 396])
    n = np.full(8, 400)
    target = sum(x.tolist()) / 3200
    deviation = math.sqrt(target * (1 - target) / 400)
    z = sorted((each / 400 - target) / deviation for each in x.tolist())
    low, high = z[0] + 0.7 * (z[1] - z[0]), z[6] + 0.3 * (z[7] - z[6])  # the tenth and ninetieth centile of eight
    drawn_in = [min(max(each, low), high) for each in z]
    dispersion = sum(each * each for each in drawn_in) / 8
    tau2 = (8 * dispersion - 7) * deviation**2 / 7  # equal weights w: Σw − Σw²/Σw = 7w
    reach = 3.090232306167813 * math.sqrt(deviation**2 + tau2)
    found = funnel(x, n, target)
    assert found.is_overdispersed[0]
    assert found.dispersion[0] == pytest.approx(dispersion, abs=1e-12)
    assert found.limits[0.998][0][0] == pytest.approx(target - reach, abs=1e-9)
    assert not found.is_alarm.any()


def test_the_published_case_of_the_bristol_inquiry_has_its_one_outlier() -> None:
    """Deaths after open heart surgery under one year of age, twelve centres, 1991 to 1995, Bristol first.

    Counts: Lunn, Jackson, Best, Thomas & Spiegelhalter 2012, The BUGS Book, example 8.3.1. Finding: Aylin et al. 2001,
    Lancet 358, 181: Bristol was an outlier, with 24.1 (12 to 34) of its 41 deaths in excess by random effects.
    """
    deaths = np.array([41, 25, 24, 23, 25, 42, 24, 53, 26, 25, 58, 31])
    n = np.array([143, 187, 323, 122, 164, 405, 239, 482, 195, 177, 581, 301])
    others = 1 - deaths[1:].sum() / n[1:].sum()
    for target in (others, 1 - deaths.sum() / n.sum()):
        found = funnel(n - deaths, n, target)
        assert found.is_overdispersed[0]
        assert found.is_alarm.tolist() == [True] + [False] * 11
    assert 12 < 41 - 143 * (1 - others) < 34


def test_only_an_area_outside_the_outer_limits_alarms() -> None:
    n = np.full(20, 500)
    x = np.array([485] * 10 + [486] * 9 + [440])
    found = funnel(x, n, 0.968)
    assert found.is_alarm.tolist() == [False] * 19 + [True]


def alarms_beside_calm_areas(x: int, n: int, target: float) -> bool:
    """Whether an area of x in n alarms among twenty that lie on the target."""
    found = funnel([x] + [round(500 * target)] * 20, [n] + [500] * 20, target)
    assert not found.is_overdispersed[0]
    return bool(found.is_alarm[0])


def test_a_full_score_that_chance_gives_often_is_no_alarm_and_one_that_it_hardly_gives_is() -> None:
    """At a target of 97.6 % all of 48 conform with probability 0.31, all of 400 with 0.00006."""
    assert not alarms_beside_calm_areas(48, 48, 0.976)
    assert alarms_beside_calm_areas(400, 400, 0.976)


def test_an_alarm_is_a_tail_below_a_thousandth_on_either_side() -> None:
    at = [math.comb(200, k) * 0.9**k * 0.1 ** (200 - k) for k in range(201)]
    expected = [k for k in range(201) if sum(at[: k + 1]) < 0.001 or sum(at[k:]) < 0.001]
    assert [k for k in range(201) if alarms_beside_calm_areas(k, 200, 0.9)] == expected
    assert {165, 195} <= set(expected)
    assert expected != list(range(201))


def test_there_are_no_limits_round_a_rate_of_nought_or_one() -> None:
    assert_no_limits(one_stratum([50, 60], [50, 60]), 1.0)
    assert_no_limits(one_stratum([0, 0], [50, 60]), 0.0)


def test_shrunken_rates_follow_the_method_of_moments_step_by_step() -> None:
    x, n = split(AREAS)
    total = sum(n.tolist())
    p = sum(x.tolist()) / total
    moment = sum(b * (a / b - p) ** 2 for a, b in AREAS.tolist())
    expected_by_chance = p * (1 - p) * (len(x) - 1)
    room = p * (1 - p) * (total - sum(b * b for b in n.tolist()) / total - (len(x) - 1))
    correlation = (moment - expected_by_chance) / room
    assert 0 < correlation < 1
    prior = 1 / correlation - 1
    expected = [(a + p * prior) / (b + prior) for a, b in AREAS.tolist()]
    np.testing.assert_allclose(statistics.shrunken(one_stratum(x, n), np.array([p])), expected, atol=1e-12)
    assert all(abs(s - p) < abs(a / b - p) for s, (a, b) in zip(expected, AREAS.tolist(), strict=True))


def test_areas_as_alike_as_chance_makes_them_are_shrunken_to_the_overall_rate() -> None:
    alike_areas = one_stratum([97, 194, 291], [100, 200, 300])
    assert statistics.shrunken(alike_areas, np.array([0.97])).tolist() == [0.97] * 3
    assert statistics.shrunken(one_stratum([50, 60], [50, 60]), np.array([1.0])).tolist() == [1.0, 1.0]


def test_of_the_two_p_of_a_pair_the_one_against_the_rates_is_at_least_a_half() -> None:
    """And so never declared, which is why it isn't worked out; all tables of up to 16 in either area."""
    x, n, other_x, other_n = (each.ravel() for each in np.meshgrid(*(np.arange(17),) * 4, indexing="ij"))
    is_table = (n > 0) & (other_n > 0) & (x <= n) & (other_x <= other_n) & (x * other_n <= other_x * n)
    x, n, other_x, other_n = (each[is_table] for each in (x, n, other_x, other_n))
    assert len(x) > 10_000
    assert stats.hypergeom.sf(x - 1, n + other_n, x + other_x, n).min() >= 0.5 - 1e-12
