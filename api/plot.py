"""Where the marks of an interval plot stand: one axis for all rows, positions in per cent of its width.

The axis shows the part of the scale that holds the intervals, and says which; it is never stretched for one row.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass

__all__ = ["Axis", "Mark", "Tick", "axis_for"]

_STEPS = (0.001, 0.002, 0.005, 0.01, 0.02, 0.05, 0.1, 0.2, 0.25)
_MOST_STEPS = 5
_MARGIN = 5.0


@dataclass(frozen=True)
class Tick:
    """A labelled place of the axis; `anchor` keeps the outer labels inside."""

    x: str
    label: str


@dataclass(frozen=True)
class Mark:
    """One rate with its interval, in per cent of the width."""

    low: str
    at: str
    high: str


@dataclass(frozen=True)
class Axis:
    """The part of the scale between two rates."""

    low: float
    high: float
    step: float

    @property
    def ticks(self) -> tuple[Tick, ...]:
        n_steps = round((self.high - self.low) / self.step)
        places = 0 if self.step >= 0.01 else 1
        values = (self.low + self.step * position for position in range(n_steps + 1))
        return tuple(Tick(self.x(value), f"{value * 100:.{places}f}%") for value in values)

    def x(self, rate: float) -> str:
        """Position of a rate; margins leave room for the mark at either end."""
        inside = (rate - self.low) / (self.high - self.low)
        return f"{_MARGIN + inside * (100 - 2 * _MARGIN):.2f}%"

    def mark(self, low: float, rate: float, high: float) -> Mark:
        return Mark(self.x(low), self.x(rate), self.x(high))


def axis_for(bounds: Iterable[float]) -> Axis | None:
    """The narrowest axis of round steps that holds all bounds; None when there are none."""
    known = sorted(bounds)
    if not known:
        return None
    for step in _STEPS:
        low = math.floor(known[0] / step + 1e-9) * step
        high = min(math.ceil(known[-1] / step - 1e-9) * step, 1.0)
        if high > low and round((high - low) / step) <= _MOST_STEPS:
            return Axis(low, high, step)
    return Axis(0.0, 1.0, 0.25)
