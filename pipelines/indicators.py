"""Indicators: what the province has promised, computed from what each may be computed from, against its target.

Made of the published cells and of the yearly figures that the office entered; all periods anew each time, for they are
few. The rules stand in the SQL: core_figures, core_indicator_windows, core_indicators, mart_indicators.
"""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.build import Sources, create, take
from warehouse import reference, statistics, targets

__all__ = ["make_indicators"]

_KEY = ("indicator_code", "province_code", "prefecture_code", "quarter")


def make_indicators(sources: Sources) -> None:
    """Make table mart_indicators. Needs mart_cells of all quarters."""
    connection, provinces = sources.connection, sources.settings.provinces
    take(connection, "given_indicators", targets.indicators_table(provinces))
    take(connection, "given_prefectures", reference.prefectures_table(provinces))
    for name in ("core_figures", "core_indicator_counts"):
        create(connection, name)
    create(connection, "core_indicator_windows", {"as_of_on": sources.as_of_on})
    create(connection, "core_indicators")
    take(connection, "given_changes", _changes(connection.sql("FROM core_indicators").to_arrow_table()))
    create(connection, "mart_indicators")


def _changes(indicators: pa.Table) -> pa.Table:
    """Newcombe's interval of each change between two rates that are shown."""
    is_shown = pc.and_(pc.is_valid(indicators["value"]), pc.is_valid(indicators["value_before"]))
    shown = indicators.filter(is_shown)
    counts = (shown[name].to_numpy() for name in ("x", "n_effective", "x_before", "n_effective_before"))
    _, low, high = statistics.difference(*counts)
    return pa.table({**{name: shown[name] for name in _KEY}, "change_low": low, "change_high": high})
