"""Within how many days each step should be done, per feed, with the regulation or whose standard it is: data of the
office, in reference/service_standards.csv."""

from __future__ import annotations

from functools import cache

import pyarrow as pa

from warehouse.reference_rows import reference_rows

__all__ = ["STEPS", "standards", "standards_table"]

STEPS = ("sampled_to_concluded", "concluded_to_final", "final_to_issued", "final_to_rectified")
_FIELDS: dict[str, pa.DataType] = {
    "feed": pa.string(),
    "step": pa.string(),
    "days": pa.int64(),
    "listed_days": pa.int64(),
    "source": pa.string(),
}


@cache
def standards() -> tuple[tuple[str, str, int, int | None, str], ...]:
    """Feed, step, days, for how many days what is not rectified stays listed, source.

    Raises ValueError for a step that nothing is measured by, and a standard without a source.
    """
    rows = tuple(
        (row["feed"], row["step"], int(row["days"]), int(row["listed_days"] or 0) or None, row["source"].strip())
        for row in reference_rows("service_standards.csv")
    )
    for feed, step, _, listed_days, source in rows:
        if step not in STEPS or not source or (step == "final_to_rectified") != (listed_days is not None):
            raise ValueError(f"service_standards.csv: {feed}, {step} is not a standard that can be held")
    return rows


def standards_table() -> pa.Table:
    """For SQL: feed, step, days, listed_days, source."""
    columns = list(zip(*standards(), strict=True))
    return pa.table([list(column) for column in columns], schema=pa.schema(_FIELDS))
