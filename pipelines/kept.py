"""What one release has in common with the next: the rows of all periods that a publication does not touch.

They stay in files of work/, which a publication copies and changes where a period was made anew, so that it neither
reads nor writes what it leaves as it is. A cache: lost, everything is built.
"""

from __future__ import annotations

from collections.abc import Iterable
from functools import cache
from hashlib import sha256
from importlib.metadata import version
from pathlib import Path

import pyarrow as pa

from pipelines.build import rename, take
from warehouse.connect import Connection, quote
from warehouse.settings import Settings

__all__ = [
    "KEPT_FIGURES",
    "carry",
    "figures_path",
    "join_kept",
    "memory_folder",
    "open_figures",
    "program_digest",
    "program_files",
]

KEPT_FIGURES = "kept_figures"
_PROJECT = Path(__file__).parents[1]
_PACKAGES = ("pipelines", "warehouse")
_MADE_OF = (".py", ".sql", ".csv", ".yaml")
# Libraries that calculate what is kept; DuckDB tells its version itself.
_CALCULATING = ("numpy", "scipy")


def memory_folder(settings: Settings) -> Path:
    """Where a publication leaves what the next one begins with."""
    return settings.work / "publish"


def figures_path(settings: Settings, release_id: str, artefact: str) -> Path:
    """The tables by period of one artefact of a release, and nothing else of it."""
    return memory_folder(settings) / f"{release_id}.{artefact}.duckdb"


def open_figures(settings: Settings, connection: Connection, release_id: str) -> None:
    """Let statements read what the release says, the office's rows too, as KEPT_FIGURES.

    Raises DatabaseError where a file, the public's too, is missing or damaged so that it can't be opened.
    """
    public, office = (quote(str(figures_path(settings, release_id, artefact))) for artefact in ("public", "office"))
    connection.execute(f"ATTACH {public} AS {KEPT_FIGURES} (READ_ONLY)")
    connection.execute(f"DETACH {KEPT_FIGURES}")
    connection.execute(f"ATTACH {office} AS {KEPT_FIGURES} (READ_ONLY)")


def join_kept(connection: Connection, name: str, kept_in: str, made: Iterable[str]) -> None:
    """Let `name` be what was just made of some periods, and of all others what the database `kept_in` has.

    What was made is `fresh_<name>` from here on.
    """
    rename(connection, name, f"fresh_{name}")
    take(connection, f"made_{name}", pa.table({"quarter": pa.array(sorted(made), pa.string())}))
    kept = f"SELECT * FROM {kept_in}.{name} WHERE quarter NOT IN (SELECT quarter FROM made_{name})"  # noqa: S608
    connection.execute(f"CREATE OR REPLACE TEMP VIEW {name} AS FROM fresh_{name} UNION ALL BY NAME {kept}")


def carry(connection: Connection, name: str, database: str, condition: str = "true") -> None:
    """Bring a table in a copy of what was kept to what `name` is after `join_kept`; condition: which fresh rows."""
    connection.execute(f"DELETE FROM {database}.{name} WHERE quarter IN (SELECT quarter FROM made_{name})")  # noqa: S608
    fresh = f"SELECT * FROM fresh_{name} WHERE {condition} ORDER BY ALL"  # noqa: S608
    connection.execute(f"INSERT INTO {database}.{name} BY NAME {fresh}")


def program_files() -> list[Path]:
    """All that decides what is made of the lake: code, statements, contracts and reference data of every stage."""
    return sorted(path for package in _PACKAGES for path in (_PROJECT / package).rglob("*") if path.suffix in _MADE_OF)


@cache
def program_digest() -> str:
    """A hash of the program that makes a release: what another one made of a period is not kept."""
    told = [f"{name} {version(name)}".encode() for name in _CALCULATING]
    return sha256(b"".join((*(path.read_bytes() for path in program_files()), *told))).hexdigest()
