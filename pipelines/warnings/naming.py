"""Who may be named: what the public reads of each party, and earlier versions without those who were wrongly named."""

from __future__ import annotations

import json
from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from pathlib import Path

import pyarrow as pa

from pipelines.build import create, take
from pipelines.normalise.people import named_persons, public_code, public_name, public_text
from pipelines.normalise.roles import importer_in, maker_in, orderer_in
from warehouse.connect import Connection

__all__ = ["judgement_digest", "read_cells", "unnamed", "unnamed_contents"]

_PROJECT = Path(__file__).parents[2]
NAME_REMOVED = "（名称已删除）"
_PARTIES = ("producer_name", "sampled_unit_name", "orderer_name", "importer_name")


@cache
def judgement_digest() -> str:
    """A hash of all that decides how a text is read: another one means that every text is judged anew."""
    folders = (_PROJECT / "pipelines" / "normalise", _PROJECT / "warehouse" / "reference")
    paths = sorted(path for folder in folders for path in folder.iterdir() if path.suffix in (".py", ".csv"))
    return sha256(b"".join(path.read_bytes() for path in (Path(__file__), *paths))).hexdigest()


def read_cells(connection: Connection) -> None:
    """Make core_cells_read: what the public may read of each text, and who may be named in which role.

    core_cells_before, where there is such a table, holds what was judged before in the same way (`judgement_digest`).
    """
    if not connection.execute(
        "SELECT 1 FROM information_schema.tables WHERE table_name = 'core_cells_before'"
    ).fetchall():
        take(connection, "core_cells_before", _judged([]))
    connection.execute(
        "CREATE OR REPLACE TEMP TABLE core_cells_read AS FROM core_cells_before SEMI JOIN core_cells USING (given)"
    )
    rows = connection.execute("SELECT given FROM core_cells ANTI JOIN core_cells_before USING (given) ORDER BY given")
    judged = _judged([row[0] for row in rows.fetchall()])
    connection.register("judged_cells", judged)
    connection.execute("INSERT INTO core_cells_read BY NAME FROM judged_cells")
    connection.unregister("judged_cells")


def _judged(given: list[str]) -> pa.Table:
    columns: dict[str, list[str | None]] = {"given": [*given]}
    for role, find in (("maker", maker_in), ("orderer", orderer_in), ("importer", importer_in)):
        found = [find(text) for text in given]
        columns[role] = [*found]
        columns[f"public_{role}"] = [name and public_name(name) for name in found]
    columns |= {
        "public_name": [public_name(text) for text in given],
        "public_text": [public_text(text) for text in given],
        "public_code": [public_code(text) for text in given],
    }
    persons = [[chr(31).join(each) for each in named_persons(text).items()] or None for text in given]
    arrays = {name: pa.array(values, pa.string()) for name, values in columns.items()}
    return pa.table(arrays | {"persons": pa.array(persons, pa.list_(pa.string()))})


def unnamed_contents(connection: Connection) -> tuple[pa.Table, dict[str, set[str]]]:
    """Versions that are told again without names: those of persons that an earlier judgement let through, and of
    producers who turned out not to be at fault; and the names of the latter by warning.
    """
    create(connection, "core_wronged")
    create(connection, "core_told_parties")
    names = _names_of_wronged(connection)
    contents = {
        (warning_id, version): without(content, names[warning_id])
        for warning_id, version, content in connection.execute(
            "SELECT warning_id, version, content FROM core_wronged"
        ).fetchall()
    }
    contents |= _without_persons(connection, contents)
    columns = {
        "warning_id": pa.array([key[0] for key in contents], pa.string()),
        "version": pa.array([key[1] for key in contents], pa.int64()),
        "content": pa.array([*contents.values()], pa.string()),
    }
    return pa.table(columns), names


def _names_of_wronged(connection: Connection) -> dict[str, set[str]]:
    names: dict[str, set[str]] = {}
    rows = connection.execute("SELECT warning_id, unnest(producers) FROM core_wronged").fetchall()
    for warning_id, producer in rows:
        parties = {producer, maker_in(producer), orderer_in(producer), importer_in(producer)} - {None}
        names.setdefault(warning_id, set()).update(
            shown for party in parties if party for shown in (party, public_name(party))
        )
    return names


def _without_persons(connection: Connection, changed: dict[tuple[str, int], str]) -> dict[tuple[str, int], str]:
    given = [row[0] for row in connection.execute("SELECT given FROM core_told_parties").fetchall() if row[0]]
    if not (hidden := [text for text in given if public_name(text) != text]):
        return {}
    rows = connection.execute(
        "SELECT warning_id, version, content FROM lake_warning_events"
        " WHERE len(list_filter($hidden, lambda name: contains(content, name))) > 0",
        {"hidden": [_in_json(text) for text in hidden]},
    ).fetchall()
    return {(row[0], row[1]): unnamed(changed.get((row[0], row[1]), row[2])) for row in rows}


def unnamed(content: str, wronged: Iterable[str] = ()) -> str:
    """What the public once read, without persons whom an earlier judgement let through, nor producers not at fault."""
    loaded = json.loads(content)
    cells = {loaded.get(name) for name in _PARTIES}
    cells |= {each.get("sampled_unit_name") for each in loaded.get("samples") or ()}
    for cell in sorted((cell for cell in cells if cell), key=len, reverse=True):
        if (shown := public_name(cell)) != cell:
            content = content.replace(_in_json(cell), _in_json(shown))
    return without(content, wronged)


def without(content: str, names: Iterable[str]) -> str:
    """A content in which names are struck out."""
    for name in sorted(names, key=len, reverse=True):
        content = content.replace(_in_json(name), NAME_REMOVED)
    return content


def _in_json(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]
