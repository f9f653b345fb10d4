"""The bounds of given cells, rows in quarantine and rejected files, as a release makes them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any

import pyarrow as pa

from pipelines.build import create, take
from warehouse.arrow import arrow_schema
from warehouse.connect import Connection
from warehouse.contract import table_contracts

__all__ = ["doubt", "made_bounds"]

Row = dict[str, Any]

_TEXTS = (
    "feed", "sample_key", "quarter", "sampling_type", "province_code", "prefecture_code", "category_code", "rule",
    "batch_id", "sheet",
)  # fmt: skip
_QUARANTINE = pa.schema([*(pa.field(name, pa.string()) for name in _TEXTS), pa.field("source_row", pa.int64())])
_REJECTED = pa.schema(
    [*(pa.field(name, pa.string()) for name in ("feed", "quarter_received")), pa.field("n_files", pa.int64())]
)


def made_bounds(
    connection: Connection,
    cells: Iterable[Row],
    waiting: Sequence[Row] = (),
    rejected: Sequence[Row] = (),
    provinces: Sequence[str] = ("510000",),
) -> list[Row]:
    """Rows of mart_bounds; needs the macros on the connection."""
    schema = arrow_schema(table_contracts("release")["mart_cells"])
    take(connection, "mart_cells", pa.Table.from_pylist([*cells], schema))
    placed = [{"batch_id": "b", "sheet": "", "source_row": k, "rule": "SH-102"} | row for k, row in enumerate(waiting)]
    take(connection, "core_quarantine", pa.Table.from_pylist(placed, _QUARANTINE))
    take(connection, "core_rejected", pa.Table.from_pylist([*rejected], _REJECTED))
    create(connection, "core_doubts")
    create(connection, "mart_bounds", {"provinces": [*provinces]})
    found: list[Row] = connection.sql("FROM mart_bounds").to_arrow_table().to_pylist()
    return found


def doubt(key: str | None = None, **given: Any) -> Row:
    """A row in quarantine of which all is known, in the cell of `cell()`, unless the test says otherwise."""
    known = {
        "feed": "food", "sample_key": key, "quarter": "2026Q2", "sampling_type": "evaluation",
        "province_code": "510000", "prefecture_code": "510100", "category_code": "F01",
    }  # fmt: skip
    return known | given
