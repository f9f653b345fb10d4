"""What the province has promised, as tables of a release: indicators with their targets, and lines beside them."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import pyarrow as pa

from warehouse.arrow import arrow_schema
from warehouse.contract import table_contracts
from warehouse.reference import divisions, indicators
from warehouse.reference_rows import reference_rows

__all__ = ["Baseline", "baselines", "baselines_table", "indicators_table"]


@dataclass(frozen=True, slots=True)
class Baseline:
    """What a city's own papers call its rate: a line to read an indicator by, counted by other rules than ours."""

    indicator_code: str
    prefecture_code: str
    name_zh: str
    name_en: str
    baseline_value: float
    source: str


@cache
def baselines() -> tuple[Baseline, ...]:
    """The lines of all cities, as the file has them."""
    return tuple(
        Baseline(**row | {"baseline_value": float(row["baseline_value"])})  # type: ignore[arg-type]
        for row in reference_rows("indicator_baselines.csv")
    )


def indicators_table(provinces: tuple[str, ...]) -> pa.Table:
    """The indicators of these provinces (`all`: of every one), with the columns of ref_indicators."""
    schema = arrow_schema(table_contracts("release")["ref_indicators"])
    rows = [
        {name: _plain(getattr(each, name)) for name in schema.names}
        for each in indicators()
        if "all" in provinces or each.province_code in provinces
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def baselines_table(provinces: tuple[str, ...]) -> pa.Table:
    """The lines of the cities of these provinces, with the columns of ref_baselines."""
    schema = arrow_schema(table_contracts("release")["ref_baselines"])
    rows = [
        {name: getattr(each, name) for name in schema.names}
        for each in baselines()
        if "all" in provinces or divisions().by_code[each.prefecture_code].parent_code in provinces
    ]
    return pa.Table.from_pylist(rows, schema=schema)


def _plain(value: object) -> object:
    """As the table has it: what the file leaves empty is null, and a target a plain number."""
    if value == "":
        return None
    return value if isinstance(value, str | int | bool) or value is None else float(str(value))
