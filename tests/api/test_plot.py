"""The axis of the interval plot holds every interval and says where it begins and ends."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.plot import axis_for
from api.templating import percent

RATES = st.floats(0, 1)


@given(st.lists(RATES, min_size=1, max_size=40))
def test_every_bound_lies_on_the_axis(bounds: list[float]) -> None:
    axis = axis_for(bounds)
    assert axis is not None and 0 <= axis.low < axis.high <= 1
    assert axis.low - 1e-9 <= min(bounds) and max(bounds) <= axis.high + 1e-9
    assert 2 <= len(axis.ticks) <= 6
    assert all(0 <= float(axis.x(bound).rstrip("%")) <= 100 for bound in bounds)


@given(RATES, RATES, RATES)
def test_marks_stand_in_the_order_of_their_rates(one: float, two: float, three: float) -> None:
    low, at, high = sorted((one, two, three))
    axis = axis_for((low, high))
    assert axis is not None
    mark = axis.mark(low, at, high)
    assert float(mark.low[:-1]) <= float(mark.at[:-1]) <= float(mark.high[:-1])


def test_steps_are_round_and_labels_show_them() -> None:
    axis = axis_for([0.835, 0.999])
    assert axis is not None
    assert [tick.label for tick in axis.ticks] == ["80%", "85%", "90%", "95%", "100%"]
    fine = axis_for([0.973, 0.985])
    assert fine is not None
    assert [tick.label for tick in fine.ticks] == ["97.0%", "97.5%", "98.0%", "98.5%"]


def test_without_rates_there_is_no_axis() -> None:
    assert axis_for([]) is None


@pytest.mark.parametrize(
    ("rate", "text"),
    [(0, "0%"), (1, "100%"), (0.982, "98.2%"), (0.9996, "99.96%"), (0.99999, "99.99%"), (0.0004, "0.04%"),
     (0.00001, "0.01%")],
)  # fmt: skip
def test_what_is_not_quite_all_or_nothing_never_reads_so(rate: float, text: str) -> None:
    assert percent(rate) == text
