"""The tables that a YAML contract declares: columns, types and partitions of the lake and of a release.

One declaration; Arrow schemas and SQL types are read off it, so they cannot drift from it.
"""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pyarrow as pa
import yaml

__all__ = ["Column", "Table", "arrow_schema", "arrow_type", "tables"]

_CONTRACTS = Path(__file__).parent / "contracts"
_PLAIN: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
}


@dataclass(frozen=True)
class Column:
    """A column as the contract declares it; `sql_type` is DuckDB's spelling."""

    name: str
    sql_type: str
    is_required: bool


@dataclass(frozen=True)
class Table:
    """A table as the contract declares it; `partitions` in the order of their keys."""

    name: str
    columns: tuple[Column, ...]
    partitions: tuple[str, ...]

    @property
    def column_names(self) -> tuple[str, ...]:
        return tuple(column.name for column in self.columns)


@cache
def tables(contract: str) -> dict[str, Table]:
    """The tables of `warehouse/contracts/<contract>.odcs.yaml`, in its order."""
    document = yaml.safe_load((_CONTRACTS / f"{contract}.odcs.yaml").read_text(encoding="utf-8"))
    found = {}
    for entry in document["schema"]:
        properties = entry["properties"]
        columns = tuple(Column(p["name"], p["physicalType"], bool(p.get("required"))) for p in properties)
        keys = sorted((p["partitionKeyPosition"], p["name"]) for p in properties if p.get("partitioned"))
        found[entry["name"]] = Table(entry["name"], columns, tuple(name for _, name in keys))
    return found


def arrow_schema(table: Table) -> pa.Schema:
    """The Arrow schema of a table; a column that the contract requires is not nullable."""
    return pa.schema(
        [
            pa.field(column.name, arrow_type(column.sql_type), nullable=not column.is_required)
            for column in table.columns
        ]
    )


def arrow_type(sql_type: str) -> pa.DataType:
    """The Arrow type of a contract's type: the plain ones, lists of them and of structs of them.

    Raises KeyError for a type that no contract uses yet.
    """
    if sql_type.endswith("[]"):
        return pa.list_(arrow_type(sql_type[:-2]))
    if sql_type.startswith("STRUCT("):
        members = (member.strip().split(" ", 1) for member in sql_type.removeprefix("STRUCT(")[:-1].split(","))
        return pa.struct([pa.field(name.strip('"'), arrow_type(kind)) for name, kind in members])
    return _PLAIN[sql_type]
