"""Arrow schemas of the tables that a contract declares, so that no second list of columns or types exists."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

import pyarrow as pa

from warehouse.contract import Column, TableContract

__all__ = ["arrow_schema", "arrow_type", "json_structure"]

_PLAIN: dict[str, pa.DataType] = {
    "VARCHAR": pa.string(),
    "BOOLEAN": pa.bool_(),
    "BIGINT": pa.int64(),
    "DOUBLE": pa.float64(),
    "DATE": pa.date32(),
    "TIMESTAMP WITH TIME ZONE": pa.timestamp("us", tz="UTC"),
}


def arrow_schema(table: TableContract) -> pa.Schema:
    """The Arrow schema of a table; a column that the contract requires is not nullable."""
    fields = [(column.name, arrow_type(column.physical_type), column.is_required) for column in table.columns]
    return pa.schema([pa.field(name, kind, nullable=not is_required) for name, kind, is_required in fields])


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


def json_structure(columns: Iterable[Column]) -> str:
    """The columns as DuckDB's from_json wants to be told them; a missing key reads as null."""
    return json.dumps({column.name: _shape(arrow_type(column.physical_type)) for column in columns})


def _shape(kind: pa.DataType) -> Any:
    if pa.types.is_list(kind):
        return [_shape(kind.value_type)]
    if pa.types.is_struct(kind):
        return {field.name: _shape(field.type) for field in kind}
    return next(name for name, plain in _PLAIN.items() if plain == kind)
