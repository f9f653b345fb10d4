"""Compare: rates of a period with those of an earlier one, and of a quarter with all before it.

Tables mart_changes and mart_control_chart, for each stratum, prefecture and the province as a whole (code `all`). Only
periods that a changed quarter enters are made anew; sampling types never meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from pipelines.build import Sources, create, take
from pipelines.kept import KEPT_FIGURES, join_kept
from warehouse.connect import Connection
from warehouse.control_chart import control_chart

__all__ = ["COMPARED", "make_comparisons", "periods_that_compare"]

COMPARED = ("mart_changes", "mart_control_chart")


def periods_that_compare(quarters: Iterable[str]) -> list[str]:
    """Quarters and years to date with one of these quarters on either side of a comparison."""
    touched: set[str] = set()
    for quarter in quarters:
        year = int(quarter[:4])
        touched |= {quarter, _later(quarter, 1), _later(quarter, 4), f"{year}YTD", f"{year + 1}YTD"}
    return sorted(touched)


def make_comparisons(sources: Sources, quarters: Sequence[str], *, has_kept: bool) -> None:
    """Make both tables after these quarters changed; has_kept: all else says what it said.

    Needs mart_cells of all quarters, the macros, and what `kept.open_figures` opens.
    """
    connection, periods = sources.connection, periods_that_compare(quarters)
    create(connection, "core_comparisons", {"periods": periods})
    needed = connection.execute("SELECT list(DISTINCT member) FROM core_comparisons").fetchall()[0][0]
    create(connection, "core_mixes", {"quarters": needed or [], "provinces": [*sources.settings.provinces]})
    create(connection, "mart_changes")
    if has_kept:
        join_kept(connection, "mart_changes", KEPT_FIGURES, periods)
    _chart(connection)
    if has_kept:
        _keep_chart(connection, min(quarters, default="9999Q4"))
    for name in ("core_comparisons", "core_mixes"):
        connection.execute(f"DROP TABLE {name}")


def _later(quarter: str, steps: int) -> str:
    number = int(quarter[:4]) * 4 + int(quarter[5]) - 1 + steps
    return f"{number // 4}Q{number % 4 + 1}"


def _keep_chart(connection: Connection, first: str) -> None:
    # A quarter is charted after all before it: what stands before the first that changed is as it was.
    connection.execute("DELETE FROM mart_control_chart WHERE quarter < $first", {"first": first})
    charted = "SELECT quarter FROM mart_control_chart WHERE quarter >= $first"
    made = connection.execute(
        f"{charted} UNION {charted.replace('mart', f'{KEPT_FIGURES}.mart')}", {"first": first}
    ).fetchall()
    join_kept(connection, "mart_control_chart", KEPT_FIGURES, (quarter for (quarter,) in made))


def _chart(connection: Connection) -> None:
    create(connection, "core_chart_points")
    points = connection.sql("FROM core_chart_points").to_arrow_table()
    series, x, n = (points.column(name).to_numpy() for name in ("series_no", "x", "n_effective"))
    chart = control_chart(series, x, n)
    for name, values in (
        ("n_quarters_before", chart.n_before),
        ("centre", chart.centre),
        ("limit_low", chart.low),
        ("limit_high", chart.high),
        ("sigma_z", np.where(np.isnan(chart.low), np.nan, chart.sigma_z)),
    ):
        points = points.append_column(name, pa.array(values, from_pandas=True))
    take(connection, "core_charted", points.append_column("signals", pa.array(chart.signals, pa.list_(pa.string()))))
    create(connection, "mart_control_chart")
