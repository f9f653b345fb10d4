"""A SQLAlchemy dialect for DuckDB that Great Expectations can use: `duckdb+buffered:///FILE`.

Great Expectations fetches rows after it has given the connection back, and DuckDB then has dropped them; so every
result is read whole while the statement runs. Guarantees that what GX sees is what the statement returned.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import duckdb
import duckdb_engine
from sqlalchemy.dialects import registry
from sqlalchemy.dialects.postgresql.psycopg2 import PGExecutionContext_psycopg2
from sqlalchemy.engine.cursor import FullyBufferedCursorFetchStrategy

if TYPE_CHECKING:
    from pathlib import Path

    from warehouse.settings import Settings

__all__ = ["BufferedDialect", "connect_arguments", "register", "url"]


class _BufferedContext(PGExecutionContext_psycopg2):
    """Takes the rows out of the cursor before the connection goes back to the pool."""

    def post_exec(self) -> None:
        super().post_exec()  # type: ignore[no-untyped-call]
        if self.cursor.description:
            self.cursor_fetch_strategy = FullyBufferedCursorFetchStrategy(
                self.cursor, initial_buffer=self.cursor.fetchall()
            )


class BufferedDialect(duckdb_engine.Dialect):
    """duckdb-engine's dialect with results that outlive their connection."""

    driver = "buffered"
    execution_ctx_cls = _BufferedContext
    supports_statement_cache = False

    def connect(self, *arguments: Any, **parameters: Any) -> Any:
        """Opened as `warehouse.connect` opens it: who shares a database in memory has to use the same configuration."""
        parameters.pop("url_config", None)
        if _is_in_memory(arguments[0] if arguments else parameters["database"]):
            parameters["read_only"] = False  # nobody can open it otherwise
        connection = duckdb.connect(*arguments, **parameters)
        connection.execute("SET enable_progress_bar = false")
        return duckdb_engine.ConnectionWrapper(connection)


def register() -> None:
    """Makes the dialect known to SQLAlchemy; calling it again changes nothing."""
    registry.register("duckdb.buffered", __name__, "BufferedDialect")


def url(database: Path) -> str:
    """The SQLAlchemy URL of a DuckDB file, or of a database in memory."""
    return f"duckdb+buffered:///{database if _is_in_memory(str(database)) else database.absolute()}"


def _is_in_memory(database: str) -> bool:
    return database.startswith(":memory:")


def connect_arguments(settings: Settings) -> dict[str, object]:
    """How a file is opened: read only, so that a rule can change nothing, and within the limits of the settings."""
    return {
        "read_only": True,
        "config": {
            "memory_limit": settings.duckdb_memory,
            "threads": str(settings.duckdb_threads),
            "temp_directory": str(settings.work / "duckdb"),
            "autoinstall_known_extensions": "false",
            "autoload_known_extensions": "false",
        },
    }
