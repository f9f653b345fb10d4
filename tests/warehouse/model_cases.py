"""Runs one model, a SQL file of the warehouse, on the rows of a case, and says how its result differs.

A case is a file tests/warehouse/models/<model>/<case>.yaml: `about` (a sentence), `parameters`, `given` (rows of the
relations that the model reads; those that are not given are empty) and `expect` (rows of the result, in any order). A
table is written as text: a line of column names, then a line a row, cells between bars, each read as YAML, an empty one
as NULL. Only columns that matter stand in it. Those left out of a given table are as in an ordinary sample
(models/ordinary.yaml) and else NULL; those left out of the expectation are not compared. DOUBLEs are compared to six
decimals.
"""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import yaml

from docs.models import models
from warehouse.connect import Connection, quote, sql_text

__all__ = ["CASES", "Case", "Catalogue", "Table", "described", "difference", "read_case", "relations_read", "statement"]

CASES = Path(__file__).parent / "models"
# A check whose relations are filled in where it runs.
_FILLED_IN = {
    "core_conservation": {
        "receipts": "FROM core_receipts",
        "samples": "lake_samples",
        "quarantine": "lake_quarantine",
        "forms": " UNION ALL ".join(
            f"SELECT attempt_id FROM lake_{table}" for table in ("figures", "recalls", "measures")
        ),
    }
}

Row = dict[str, Any]
Columns = Mapping[str, str]
Table = tuple[list[str], list[Row]]
NOTHING: Table = ([], [])


@dataclass(frozen=True)
class Case:
    """What a model is given, and what it makes of it; the first line of a table names its columns."""

    model: str
    about: str
    parameters: Mapping[str, Any]
    given: Mapping[str, Table]
    expect: Table


def read_case(path: Path) -> Case:
    """The case of a file, whose folder is its model."""
    document = yaml.safe_load(path.read_text(encoding="utf-8"))
    if foreign := document.keys() - {"about", "parameters", "given", "expect"}:
        raise ValueError(f"{path}: a case has no {', '.join(sorted(foreign))}")
    return Case(
        model=path.parent.name,
        about=document["about"],
        parameters=document.get("parameters", {}),
        given={name: _table(text) for name, text in document["given"].items()},
        expect=_table(document["expect"]),
    )


def _table(text: str) -> Table:
    head, *lines = [[cell.strip() for cell in line.split("|")] for line in text.strip().splitlines()]
    return head, [dict(zip(head, (yaml.safe_load(cell) for cell in line), strict=True)) for line in lines]


def statement(model: str) -> str:
    """The SELECT of a model."""
    text = sql_text(f"{'marts' if model.startswith('mart_') else 'core'}/{model}")
    return text.format(**_FILLED_IN[model]) if model in _FILLED_IN else text


def relations_read(connection: Connection, query: str) -> set[str]:
    """The relations that a query reads, by DuckDB's parser. Raises ValueError unless it is one SELECT."""
    (tree,) = connection.execute("SELECT json_serialize_sql($query)", {"query": query}).fetchall()[0]
    parsed = json.loads(tree)
    if parsed["error"] or len(parsed["statements"]) != 1:
        raise ValueError(parsed.get("error_message", "more than one statement"))
    nodes = [*_nodes(parsed)]
    named = {entry["key"] for node in nodes for entry in node.get("cte_map", {}).get("map", ())}
    return {node["table_name"] for node in nodes if node.get("type") == "BASE_TABLE"} - named


def _nodes(tree: Any) -> list[dict[str, Any]]:
    if isinstance(tree, list):
        return [node for each in tree for node in _nodes(each)]
    return [tree, *_nodes([*tree.values()])] if isinstance(tree, dict) else []


class Catalogue:
    """The columns of every relation by name and type: of a model what it makes of no rows, of others those observed."""

    def __init__(self, connection: Connection, observed: Mapping[str, Columns]) -> None:
        self.connection = connection
        self.models = {model.name: model for model in models()}
        self._known = {name: columns for name, columns in observed.items() if name not in self.models}

    def columns(self, relation: str) -> Columns:
        """Empties the relations that it looks into: ask before filling any."""
        if relation not in self._known:
            self.fill(dict.fromkeys(self.models[relation].reads, NOTHING))
            parameters = read_case(min((CASES / relation).glob("*.yaml"))).parameters
            self._known[relation] = _made(self.connection, relation, parameters)
        return self._known[relation]

    def fill(self, given: Mapping[str, Table]) -> None:
        """Make these relations, of these rows."""
        columns = {name: self.columns(name) for name in given}
        for name, (names, rows) in given.items():
            _fill(self.connection, name, columns[name], names, [_ordinary(columns[name]) | row for row in rows])


def difference(catalogue: Catalogue, case: Case) -> str:
    """What the model makes of the case beside what is expected: the rows that are missing and too many; else empty."""
    connection = catalogue.connection
    reads = catalogue.models[case.model].reads
    if foreign := case.given.keys() - {*reads}:
        raise ValueError(f"{case.model} does not read {', '.join(sorted(foreign))}")
    catalogue.fill({name: case.given.get(name, NOTHING) for name in reads})
    types = _made(connection, case.model, case.parameters)
    names, rows = case.expect
    _fill(connection, "expected", {name: types[name] for name in names}, names, rows)
    shown = ", ".join(f'round("{name}", 6)' if types[name] == "DOUBLE" else f'"{name}"' for name in names)
    missing, extra = (
        connection.execute(f"SELECT {shown} FROM {one} EXCEPT ALL SELECT {shown} FROM {other}").fetchall()
        for one, other in (("expected", "made"), ("made", "expected"))
    )
    told = [("missing", row) for row in missing] + [("too many", row) for row in extra]
    lines = [f"{what:8} | {' | '.join('' if cell is None else str(cell) for cell in row)}" for what, row in told]
    return "\n".join([f"         | {' | '.join(names)}", *lines]) if lines else ""


def _made(connection: Connection, model: str, parameters: Mapping[str, Any]) -> Columns:
    """Make table `made` as the model says; its columns."""
    connection.execute(f"CREATE OR REPLACE TEMP TABLE made AS {statement(model)}", parameters or None)
    return described(connection, "made")


def described(connection: Connection, relation: str) -> Columns:
    """The columns of a relation by name and type."""
    return {row[0]: row[1] for row in connection.execute(f'DESCRIBE "{relation}"').fetchall()}


def _fill(connection: Connection, relation: str, columns: Columns, names: Sequence[str], rows: Sequence[Row]) -> None:
    if foreign := [name for name in names if name not in columns]:
        raise ValueError(f"{relation} has no column {', '.join(foreign)}; it has {', '.join(columns)}")
    declared = ", ".join(f'"{name}" {kind}' for name, kind in columns.items())
    connection.execute(f'CREATE OR REPLACE TEMP TABLE "{relation}" ({declared})')
    if not rows:
        return
    structure = json.dumps([{column[0]: _structure(column[1]) for column in _types(connection, relation)}])
    connection.execute(
        f'INSERT INTO "{relation}" SELECT unnest(from_json($rows, {quote(structure)}), max_depth := 2)',
        {"rows": json.dumps(rows, default=str)},
    )
    _refuse_lost(connection, relation, rows)


def _types(connection: Connection, relation: str) -> list[tuple[str, Any]]:
    made = connection.sql(f'FROM "{relation}" LIMIT 0')
    return [*zip(made.columns, made.types, strict=True)]


def _structure(kind: Any) -> Any:
    """A type as DuckDB's from_json reads it."""
    if kind.id == "list":
        return [_structure(kind.children[0][1])]
    if kind.id == "struct":
        return {name: _structure(child) for name, child in kind.children}
    return str(kind)


def _refuse_lost(connection: Connection, relation: str, rows: Sequence[Row]) -> None:
    # from_json makes NULL of what it can't read.
    names = sorted({name for row in rows for name, value in row.items() if value is not None})
    counts = ", ".join(f'count("{name}")' for name in names)
    for name, n in zip(names, connection.execute(f'SELECT {counts} FROM "{relation}"').fetchall()[0], strict=True):
        if n != sum(row.get(name) is not None for row in rows):
            raise ValueError(f"{relation}.{name} holds what is none of its type")


@cache
def _ordinary_values() -> Row:
    found: Row = yaml.safe_load((CASES / "ordinary.yaml").read_text(encoding="utf-8"))
    return found


def _ordinary(columns: Columns) -> Row:
    return {name: value for name, value in _ordinary_values().items() if name in columns}
