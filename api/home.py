"""What the pages show, as values: the stratum that was chosen, its rows with their marks, and the sentences.

Figures come from what is behind /v1/results and warnings from the one behind /v1/warnings.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any
from urllib.parse import urlencode

from api import labels
from api.cells import cell_parameters, n_unknown_province, read_results
from api.plot import Axis, Mark, axis_for
from api.policy import require_published
from api.release_reader import OpenRelease
from warehouse.periods import is_over

__all__ = ["Choice", "Figures", "Line", "Stratum", "choose", "figures_of", "strata_of"]

ALL_ROWS = 100_000
# The kind of sampling that says something on an area comes first.
_PREFERENCE = (
    ("food", "evaluation"),
    ("food", "routine_monitoring"),
    ("market", "evaluation"),
    ("construction", "inspection"),
    ("market", "supervision"),
    ("food", "supervision"),
)


@dataclass(frozen=True)
class Stratum:
    """A feed and a sampling type, with the quarters that have figures, newest first."""

    feed: str
    sampling_type: str
    quarters: tuple[str, ...]

    @property
    def name(self) -> str:
        if self.feed == "construction":
            return labels.SAMPLING_TYPES[self.sampling_type].zh
        return f"{labels.FEEDS[self.feed].zh} · {labels.SAMPLING_TYPES[self.sampling_type].zh}"

    def link(self, quarter: str | None = None) -> str:
        """The address of its figures."""
        asked = {"feed": self.feed, "sampling_type": self.sampling_type}
        return "/?" + urlencode(asked | ({"quarter": quarter} if quarter else {})) + "#rates"


@dataclass(frozen=True)
class Choice:
    """The stratum and the period that a page shows. is_running: the quarter was not over when the data came."""

    stratum: Stratum
    quarter: str
    is_running: bool = False

    @property
    def is_supervision(self) -> bool:
        return self.stratum.sampling_type == "supervision"

    @property
    def is_construction(self) -> bool:
        return self.stratum.feed == "construction"

    @property
    def quarters(self) -> tuple[str, ...]:
        """What may be chosen instead: the quarters, and each year to date."""
        years = sorted({quarter[:4] for quarter in self.stratum.quarters}, reverse=True)
        return tuple(
            period
            for year in years
            for period in (f"{year}YTD", *(q for q in self.stratum.quarters if q.startswith(year)))
        )

    def table(self, extra: str = "") -> str:
        """The address of the same rows in /v1/results."""
        asked = {"feed": self.stratum.feed, "sampling_type": self.stratum.sampling_type, "quarter": self.quarter}
        return "/v1/results?" + urlencode(asked | {"by": "prefecture"}) + extra


@dataclass(frozen=True)
class Line:
    """One row of the figures; the rate is the failure rate for supervision sampling, and null when withheld.

    revision: as ResultRow has it.
    """

    name: str
    is_unknown: bool
    n_base: int
    n_failed: int
    n_inspections: int | None
    rate: float | None
    low: float | None
    high: float | None
    status: str
    is_provisional: bool
    revision: str | None
    mark: Mark | None


@dataclass(frozen=True)
class Figures:
    """The figures of a stratum by prefecture, in the order of the codes, with the total and the axis of the plot.

    n_unknown_province: samples (points in construction) in the total that belong to no province's figures.
    """

    choice: Choice
    total: Line
    totals: dict[str, Any]
    n_unknown_province: int
    lines: tuple[Line, ...]
    axis: Axis | None


def strata_of(release: OpenRelease) -> tuple[Stratum, ...]:
    """The strata that have figures, those first that may be called an area's rate."""
    quarters: dict[tuple[str, str], list[str]] = {}
    for row in release.strata:
        quarters.setdefault((row["feed"], row["sampling_type"]), []).append(row["quarter"])
    order = {pair: position for position, pair in enumerate(_PREFERENCE)}
    pairs = sorted(quarters, key=lambda pair: (order.get(pair, len(order)), pair))
    return tuple(Stratum(feed, kind, tuple(sorted(quarters[feed, kind], reverse=True))) for feed, kind in pairs)


def choose(
    strata: Sequence[Stratum],
    feed: str | None,
    sampling_type: str | None,
    quarter: str | None,
    *,
    data_on: date | None = None,
) -> Choice | None:
    """The stratum that fits what was asked, and its latest quarter unless one was named; None when there is none.

    data_on: the day of the newest data; a quarter that was not over by then is the latest only where there is no other.
    Raises Problem for what the public never sees.
    """
    require_published(sampling_type, feed)
    for stratum in strata:
        if feed in (None, stratum.feed) and sampling_type in (None, stratum.sampling_type):
            over = [each for each in stratum.quarters if data_on is None or is_over(each, data_on)]
            chosen = quarter or (over or stratum.quarters)[0]
            return Choice(stratum, chosen, chosen in stratum.quarters and chosen not in over)
    return None


def figures_of(release: OpenRelease, choice: Choice) -> Figures | None:
    """The rows of /v1/results for this choice, with their marks; None when the period has none."""
    asked = {"feed": choice.stratum.feed, "sampling_type": choice.stratum.sampling_type, "quarter": choice.quarter}
    rows = read_results(release, cell_parameters(by=["prefecture"], **asked), n_rows=ALL_ROWS).rows.to_pylist()
    totals = read_results(release, cell_parameters(**asked), n_rows=1).rows.to_pylist()
    if not totals:
        return None
    kind = "failure_rate" if choice.is_supervision else "rate"
    shown = [row for row in (*rows, *totals) if row[kind] is not None]
    axis = axis_for(bound for row in shown for bound in (row[f"{kind}_low"], row[f"{kind}_high"]))
    lines = tuple(_line(row, kind, axis) for row in rows)
    n_nowhere = n_unknown_province(release, cell_parameters(**asked))
    return Figures(choice, _line(totals[0], kind, axis), totals[0], n_nowhere, lines, axis)


def _line(row: dict[str, Any], kind: str, axis: Axis | None) -> Line:
    rate, low, high = row[kind], row[f"{kind}_low"], row[f"{kind}_high"]
    return Line(
        name=row["prefecture_name"] or "",
        is_unknown=row["prefecture_code"] == "unknown",
        n_base=row["n_concluded"],
        n_failed=row["n_nonconforming"],
        n_inspections=row["n_inspections"],
        rate=rate,
        low=low,
        high=high,
        status=row[f"{kind}_status"],
        is_provisional=row["is_provisional"],
        revision=row["revision"],
        mark=axis.mark(low, rate, high) if axis and rate is not None else None,
    )
