"""Samples as columns: what a file will say of them, and beside it the cell that each must count in.

Columns whose name begins with `cell_` never reach a file; they are what the truth is counted from.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, timedelta
from typing import Any
from zlib import crc32

import numpy as np
import numpy.typing as npt

__all__ = ["Column", "Finding", "Samples", "column", "quarter_span", "quarters_from", "random_of"]

Column = npt.NDArray[Any]

UNKNOWN = "unknown"


@dataclass(frozen=True)
class Finding:
    """One failed item as a source writes it; value and limit carry the unit and contradict each other."""

    item: str
    value: str
    limit: str


@dataclass(frozen=True)
class Samples:
    """Columns of equal length; values are text, dates, tuples of findings or integers."""

    columns: dict[str, Column]

    def __len__(self) -> int:
        return len(next(iter(self.columns.values())))

    def __getitem__(self, name: str) -> Column:
        return self.columns[name]

    def __contains__(self, name: str) -> bool:
        return name in self.columns

    def take(self, which: npt.NDArray[Any]) -> Samples:
        """The samples at these positions, or where the mask is true."""
        return Samples({name: values[which] for name, values in self.columns.items()})

    def having(self, **changed: Column | str) -> Samples:
        """The same samples with some columns replaced or added; a text stands for a column of it."""
        filled = {name: column(value, len(self)) for name, value in changed.items()}
        return Samples(self.columns | filled)


def column(value: Column | Sequence[Any] | str, length: int | None = None) -> Column:
    """An object column of these values, or of one text repeated."""
    if isinstance(value, np.ndarray):
        return value
    if isinstance(value, str):
        return np.full(length or 0, value, dtype=object)
    filled: Column = np.empty(len(value), dtype=object)
    for position, each in enumerate(value):
        filled[position] = each
    return filled


def random_of(seed: int, *names: object) -> np.random.Generator:
    """A generator that depends on the seed and the names alone, so that no part disturbs another's numbers."""
    return np.random.default_rng([seed, *(crc32(str(name).encode()) for name in names)])


def quarter_span(quarter: str) -> tuple[date, date]:
    """First and last day of a quarter written 2026Q2."""
    year, number = int(quarter[:4]), int(quarter[5])
    following = date(year + number // 4, number * 3 % 12 + 1, 1)
    return date(year, number * 3 - 2, 1), following - timedelta(days=1)


def quarters_from(start: str, count: int) -> tuple[str, ...]:
    """`count` quarters in a row, beginning with `start`."""
    first = int(start[:4]) * 4 + int(start[5]) - 1
    return tuple(f"{n // 4}Q{n % 4 + 1}" for n in range(first, first + count))
