"""The statistical rules kept in every release, against their published checks and their boundaries."""

from __future__ import annotations

from collections.abc import Iterator
from math import isclose

import pytest
from statsmodels.stats.proportion import proportion_confint

from warehouse.connect import Connection, connect, sql_text
from warehouse.settings import Settings


@pytest.fixture
def connection(settings: Settings) -> Iterator[Connection]:
    with connect(settings) as opened:
        opened.execute(sql_text("marts/macros"))
        yield opened


def _value(connection: Connection, expression: str) -> object:
    return connection.execute(f"SELECT {expression}").fetchall()[0][0]


def _interval(connection: Connection, x: int, n: int) -> tuple[float, float]:
    return connection.execute(f"SELECT wilson_low({x}, {n}), wilson_high({x}, {n})").fetchall()[0]


@pytest.mark.parametrize(
    ("x", "n", "low", "high"), [(20, 20, 0.8389, 1), (98, 100, 0.9300, 0.9945), (485, 500, 0.9511, 0.9817)]
)
def test_wilson_gives_the_published_intervals(connection: Connection, x: int, n: int, low: float, high: float) -> None:
    found = _interval(connection, x, n)
    assert (round(found[0], 4), round(found[1], 4)) == (low, high)


@pytest.mark.parametrize(("x", "n"), [(0, 1), (1, 1), (0, 30), (30, 30), (17, 31), (999_999, 1_000_000), (3, 10**9)])
def test_wilson_agrees_with_a_second_implementation(connection: Connection, x: int, n: int) -> None:
    low, high = _interval(connection, x, n)
    other_low, other_high = proportion_confint(x, n, method="wilson")
    assert isclose(low, other_low, abs_tol=1e-12)
    assert isclose(high, other_high, abs_tol=1e-12)
    assert 0 <= low <= x / n <= high <= 1


def test_nothing_concluded_has_no_interval(connection: Connection) -> None:
    assert _interval(connection, 0, 0) == (None, None)


@pytest.mark.parametrize(
    ("x", "n", "n_inspections", "status"),
    [
        (0, 0, "NULL", "no_data"),
        (0, 0, 3, "no_data"),
        (29, 29, "NULL", "withheld_small_n"),
        (30, 30, "NULL", "boundary"),
        (31, 31, "NULL", "boundary"),
        (30, 31, "NULL", "ok"),
        (500, 500, 9, "withheld_few_inspections"),
        (500, 500, 10, "boundary"),
        (20, 20, 9, "withheld_few_inspections"),
        (20, 20, 10, "withheld_small_n"),
        (15, 30, "NULL", "withheld_wide"),
        (19, 38, "NULL", "withheld_wide"),
        (3, 60, "NULL", "withheld_wide"),
        (0, 60, "NULL", "boundary"),
        (0, 80, "NULL", "boundary"),
        (1, 5000, "NULL", "ok"),
        (97, 100, "NULL", "ok"),
    ],
)
def test_a_pass_rate_is_shown_only_where_it_means_something(
    connection: Connection, x: int, n: int, n_inspections: object, status: str
) -> None:
    assert _value(connection, f"rate_status({x}, {n}, {n_inspections})") == status


@pytest.mark.parametrize(
    ("x", "n", "n_inspections", "status"),
    [
        (0, 0, "NULL", "no_data"),
        (1, 29, "NULL", "withheld_small_n"),
        (0, 30, "NULL", "boundary"),
        (30, 30, "NULL", "boundary"),
        (0, 500, 9, "withheld_few_inspections"),
        (15, 30, "NULL", "withheld_wide"),
        (3, 100, "NULL", "unreliable"),
        (100, 1000, "NULL", "ok"),
    ],
)
def test_a_failure_rate_has_a_status_of_its_own(
    connection: Connection, x: int, n: int, n_inspections: object, status: str
) -> None:
    assert _value(connection, f"failure_rate_status({x}, {n}, {n_inspections})") == status


def _icc(connection: Connection, visits: list[tuple[int, int]]) -> float:
    """Of visits (conforming, points), from the sums that cells hold."""
    n, x = sum(points for _, points in visits), sum(conforming for conforming, _ in visits)
    squares, ratios = sum(p * p for _, p in visits), sum(c * c / p for c, p in visits)
    found = _value(connection, f"icc({len(visits)}, {n}, {x}, {squares}, {ratios}::DOUBLE)")
    assert isinstance(found, float)
    return found


def test_the_intra_class_correlation_is_that_of_a_hand_calculation(connection: Connection) -> None:
    # k 2, N 8, X 4: mean squares between (10/4 − 16/8) / 1 = .5, within (4 − 10/4) / 6 = .25, n0 4: .25 / 1.25
    assert isclose(_icc(connection, [(3, 4), (1, 4)]), 0.2)


def test_the_intra_class_correlation_stays_within_its_bounds(connection: Connection) -> None:
    assert _icc(connection, [(4, 4), (0, 4)]) == 1
    assert _icc(connection, [(2, 4), (2, 4)]) == 0
    assert _icc(connection, [(4, 4), (7, 7)]) == 0
    assert _icc(connection, [(0, 4), (0, 7)]) == 0
    assert _icc(connection, [(1, 1), (0, 1)]) == 0
    assert _icc(connection, [(3, 4)]) == 1


@pytest.mark.parametrize(
    ("points", "inspections", "icc", "effective"),
    [
        (1000, 50, 0, 1000),
        (1000, 50, 1, 50),
        (1000, 50, 0.1, 344),
        (999, 27, 1, 27),
        (0, 0, 0.3, 0),
        (700, "NULL", 0, 700),
    ],
)
def test_alike_points_count_for_less(
    connection: Connection, points: int, inspections: object, icc: float, effective: int
) -> None:
    assert _value(connection, f"effective_n({points}, {inspections}, {icc}::DOUBLE)") == effective


def test_effective_conforming_points_are_rounded(connection: Connection) -> None:
    assert _value(connection, "effective_x(970, 1000, 344)") == 334
    assert _value(connection, "effective_x(0, 0, 0)") == 0
