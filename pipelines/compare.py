"""Compare: rates of a period with those of an earlier one, and of a quarter with all before it.

Tables mart_changes and mart_control_chart, for each stratum, prefecture and the province as a whole (code `all`). Only
periods that a changed quarter enters are made anew; sampling types never meet.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

import numpy as np
import pyarrow as pa

from pipelines.build import Sources, create, take
from warehouse.connect import Connection, quote
from warehouse.control_chart import control_chart
from warehouse.release import release_path

__all__ = ["COMPARED", "make_comparisons", "periods_that_compare"]

COMPARED = ("mart_changes", "mart_control_chart")


def periods_that_compare(quarters: Iterable[str]) -> list[str]:
    """Quarters and years to date with one of these quarters on either side of a comparison."""
    touched: set[str] = set()
    for quarter in quarters:
        year = int(quarter[:4])
        touched |= {quarter, _later(quarter, 1), _later(quarter, 4), f"{year}YTD", f"{year + 1}YTD"}
    return sorted(touched)


def make_comparisons(sources: Sources, quarters: Sequence[str], previous: str | None) -> None:
    """Make both tables after these quarters changed; all else is taken from the release before, if it is named.

    Needs mart_cells of all quarters, and the macros.
    """
    connection, periods = sources.connection, periods_that_compare(quarters)
    create(connection, "core_comparisons", {"periods": periods})
    needed = connection.execute("SELECT list(DISTINCT member) FROM core_comparisons").fetchall()[0][0]
    create(connection, "core_mixes", {"quarters": needed or [], "provinces": [*sources.settings.provinces]})
    create(connection, "mart_changes")
    if previous is not None:
        _keep(sources, previous, "mart_changes", "NOT list_contains($periods, quarter)", {"periods": periods})
    _chart(connection)
    first = min(quarters, default="9999Q4")
    if previous is not None:
        connection.execute("DELETE FROM mart_control_chart WHERE quarter < $first", {"first": first})
        _keep(sources, previous, "mart_control_chart", "quarter < $first", {"first": first})
    for name in ("core_comparisons", "core_mixes"):
        connection.execute(f"DROP TABLE {name}")


def _later(quarter: str, steps: int) -> str:
    number = int(quarter[:4]) * 4 + int(quarter[5]) - 1 + steps
    return f"{number // 4}Q{number % 4 + 1}"


def _keep(sources: Sources, previous: str, name: str, condition: str, parameters: dict[str, object]) -> None:
    connection, office = sources.connection, release_path(sources.settings, previous, "office")
    connection.execute(f"ATTACH {quote(str(office))} AS compared_before (READ_ONLY)")
    connection.execute(f"INSERT INTO {name} SELECT * FROM compared_before.{name} WHERE {condition}", parameters)  # noqa: S608
    connection.execute("DETACH compared_before")


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
