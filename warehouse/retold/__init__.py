"""Warnings of an earlier release as the public may read them today: as they stood then, in the words of now.

Who turned out not to be at fault, and persons whom an earlier judgement let through, are named by no vintage.
"""

from __future__ import annotations

from pathlib import Path

from warehouse.arrow import json_structure
from warehouse.connect import Connection, quote, sql_text
from warehouse.contract import WARNING_STATE_COLUMNS, table_contracts

__all__ = ["let_go", "retell"]

_UNTOLD = {
    "$untold_zh": "现行发布未列出的消费提示",
    "$untold_en": "A warning that the release that serves does not tell",
}


def retell(connection: Connection, earlier: str, serving: Path) -> str:
    """Tables on warnings of the attached release `earlier`, in the words of the release in the file `serving`.

    Gives the search path with which statements read them instead of its own; a cursor has to set it for itself.
    """
    connection.execute("ATTACH ':memory:' AS retold")
    connection.execute(f"ATTACH {quote(str(serving))} AS serving (READ_ONLY)")
    known = {row[0] for row in connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE database_name = $earlier", {"earlier": earlier}
    ).fetchall()}  # fmt: skip
    structure = json_structure(
        column
        for column in table_contracts("release")["mart_warnings"].columns
        if column.name not in WARNING_STATE_COLUMNS
    )
    given = {"$structure": structure, **_UNTOLD}
    for name in sorted({"mart_warnings", "mart_warning_versions"} & known):
        text = sql_text(f"retold/{name}").replace("{earlier}", f'"{earlier}"')
        for parameter, value in given.items():  # a view takes none
            text = text.replace(parameter, quote(value))
        connection.execute(f"CREATE VIEW retold.{name} AS {text}")
    return f"retold.main,{earlier}.main"


def let_go(connection: Connection) -> None:
    """Ends what `retell` began; the search path must be another one by then."""
    connection.execute("DETACH retold")
    connection.execute("DETACH serving")
