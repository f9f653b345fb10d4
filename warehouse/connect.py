"""The only door to DuckDB: private connections with explicit limits, and SQL kept in files."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from functools import cache
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa

from warehouse.errors import InfrastructureError, may_not_write
from warehouse.settings import Settings

__all__ = [
    "Connection", "DatabaseError", "MissingError", "confine", "connect", "fetched", "in_memory", "quote", "sandboxed",
    "sql_text",
]  # fmt: skip

Connection = duckdb.DuckDBPyConnection
DatabaseError = duckdb.Error
# A table, column or macro that a database does not have.
MissingError = (duckdb.CatalogException, duckdb.BinderException)

_HERE = Path(__file__).parent
# What `fetched` takes into account.
warnings.filterwarnings("ignore", "Arrow output on a DB-API result makes an extra copy", UserWarning)


def connect(settings: Settings, database: Path | None = None, *, read_only: bool = False) -> Connection:
    """A connection of the caller's own, in memory or on a file; close it when done."""
    return _open(
        str(database) if database else ":memory:",
        read_only=read_only,
        memory=settings.duckdb_memory,
        threads=settings.duckdb_threads,
        temporary=_temporary(settings),
    )


def _temporary(settings: Settings) -> str:
    """Where a connection writes what its memory can't hold; nowhere in a home that may only be read."""
    folder = settings.work / "duckdb"
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        if may_not_write(error):
            return ""
        raise
    return str(folder)


def in_memory(name: str) -> Path:
    """A database in memory, for `connect`: shared in this process by its name, as long as a connection is open."""
    return Path(f":memory:{name}")


def sandboxed(folder: Path, *, memory: str, threads: int) -> Connection:
    """A connection that can reach the files of one folder and nothing else; for the child that parses raw files."""
    connection = _open(":memory:", read_only=False, memory=memory, threads=threads, temporary=str(folder))
    confine(connection, folder)
    return connection


def confine(connection: Connection, folder: Path) -> None:
    """From here on the connection reaches the files of one folder and what it has attached, for good."""
    connection.execute(f"SET allowed_directories = [{quote(str(folder))}]")
    connection.execute("SET enable_external_access = false")
    connection.execute("SET lock_configuration = true")


def _open(database: str, *, read_only: bool, memory: str, threads: int, temporary: str) -> Connection:
    connection = duckdb.connect(
        database,
        read_only=read_only,
        config={
            "memory_limit": memory,
            "threads": str(threads),
            "temp_directory": temporary,
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    )
    connection.execute("SET TimeZone = 'UTC'")
    connection.execute("SET enable_progress_bar = false")  # it is drawn where --json writes
    # Each statement opens the same small files of the lake, which never change.
    connection.execute("SET parquet_metadata_cache = true")
    return connection


def fetched(connection: Connection, text: str, parameters: Mapping[str, Any]) -> pa.Table:
    """The rows of a statement that gives few: planned once, where `sql` plans a relation once to know its columns and
    once more to run it. The rows are copied once more on the way, so many rows are better asked for by `sql`."""
    rows = connection.execute(text, dict(parameters)).to_arrow_table()
    if rows is None:  # as of a statement that is no query
        raise InfrastructureError(f"the statement gives no rows: {text[:200]}")
    return rows


def quote(text: str) -> str:
    """The text as an SQL string literal, for statements that take no parameters."""
    return "'" + text.replace("'", "''") + "'"


@cache
def sql_text(name: str) -> str:
    """The statement kept in `warehouse/<name>.sql`, e.g. `core/core_samples`."""
    return (_HERE / f"{name}.sql").read_text(encoding="utf-8")
