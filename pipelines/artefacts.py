"""The two files of a release, public.duckdb and office.duckdb: written to their contract, then read back.

What the public may not see is never written into the public one.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

import pyarrow as pa

from pipelines.build import PUBLISHED, Sources, create, derive, rename, take
from pipelines.compare import COMPARED
from pipelines.rank import RANKED
from warehouse import reference, targets
from warehouse.arrow import arrow_schema
from warehouse.connect import Connection, DatabaseError, connect, quote, sql_text
from warehouse.contract import TableContract, table_contracts
from warehouse.errors import InfrastructureError
from warehouse.release import ARTEFACTS
from warehouse.settings import Settings

__all__ = ["ReleaseCheckError", "check_readable", "content_digest", "prepare", "verify", "write_artefacts"]


class ReleaseCheckError(InfrastructureError):
    """A release is not what it must be; it was not published, and the one before serves on."""


def prepare(sources: Sources) -> None:
    """From the built quarters and warnings to every table of both artefacts, as `<artefact>_<table>`."""
    connection = sources.connection
    _find_released(sources)
    create(connection, "core_quarantine")
    for artefact in ARTEFACTS:
        is_office = artefact == "office"
        for name in ("mart_notices", "mart_quarantine", "mart_quarantine_rows"):
            create(connection, name, {"is_office": is_office})
            rename(connection, name, f"{artefact}_{name}")
        for name in PUBLISHED:
            derive(
                connection,
                f"{artefact}_{name}",
                f"SELECT * FROM {name} WHERE $is_office OR sampling_type <> 'risk_monitoring'",  # noqa: S608
                {"is_office": is_office},
            )
        for name in (*RANKED, *COMPARED):
            derive(
                connection,
                f"{artefact}_{name}",
                f"SELECT * FROM {name} WHERE $is_office OR sampling_type NOT IN ('risk_monitoring', 'supervision')",  # noqa: S608
                {"is_office": is_office},
            )
        derive(
            connection,
            f"{artefact}_mart_indicators",
            "SELECT * FROM mart_indicators WHERE $is_office OR sampling_type IS DISTINCT FROM 'risk_monitoring'",
            {"is_office": is_office},
        )
        take(connection, f"{artefact}_ref_indicators", targets.indicators_table(sources.settings.provinces))
        take(connection, f"{artefact}_ref_baselines", targets.baselines_table(sources.settings.provinces))
        take(connection, f"{artefact}_ref_prefectures", reference.prefectures_table(sources.settings.provinces))
        take(connection, f"{artefact}_ref_categories", reference.categories_table())
        take(connection, f"{artefact}_ref_hazards", reference.hazards_table())


def _find_released(sources: Sources) -> None:
    # Rows leave quarantine when their sample has been accepted; without such rows the samples need not be read.
    connection = sources.connection
    create(connection, "core_quarantined_keys")
    has_any = connection.execute("SELECT count(*) > 0 FROM core_quarantined_keys").fetchall()[0][0]
    sources.scan("samples", None if has_any else [])
    create(connection, "core_released")


def content_digest(connection: Connection) -> str:
    """Hash of what is published, over the office's tables: those that mart_digest reads are visible."""
    return str(connection.execute(sql_text("marts/mart_digest")).fetchall()[0][0])


def write_artefacts(sources: Sources, folder: Path, info: dict[str, object]) -> dict[str, int]:
    """Write both files into the folder; info: the row of release_info without `artefact`.

    Returns the number of rows of each of the office's tables. Raises ReleaseCheckError when a table does not have
    exactly the columns of the contract.
    """
    counts: dict[str, int] = {}
    for artefact in ARTEFACTS:
        counts = _write(sources.connection, folder / f"{artefact}.duckdb", artefact, info | {"artefact": artefact})
    return counts


def _write(connection: Connection, path: Path, artefact: str, info: dict[str, object]) -> dict[str, int]:
    rows = pa.Table.from_pylist([info], schema=arrow_schema(table_contracts("release")["release_info"]))
    take(connection, f"{artefact}_release_info", rows)
    connection.execute(f"ATTACH {quote(str(path))} AS artefact")
    counts = {}
    for table in table_contracts("release").values():
        source = f"{artefact}_{table.name}"
        _compare(connection, source, table)
        columns = ", ".join(
            f'"{column.name}" {column.physical_type}{" NOT NULL" if column.is_required else ""}'
            for column in table.columns
        )
        connection.execute(f"CREATE TABLE artefact.{table.name} ({columns})")
        connection.execute(f"INSERT INTO artefact.{table.name} BY NAME FROM {source} ORDER BY ALL")
        counts[table.name] = _n_rows(connection, f"artefact.{table.name}")
    connection.execute("USE artefact")
    connection.execute(sql_text("marts/macros"))
    connection.execute("USE memory")
    connection.execute("DETACH artefact")
    return counts


def _compare(connection: Connection, source: str, table: TableContract) -> None:
    found = {row[0]: row[1] for row in connection.execute(f"DESCRIBE {source}").fetchall()}
    wanted = {column.name: column.physical_type for column in table.columns}
    if found != wanted:
        differing = sorted(name for name in found.keys() | wanted.keys() if found.get(name) != wanted.get(name))
        raise ReleaseCheckError(f"{table.name} differs from its contract in {', '.join(differing)}: {found}")


def verify(settings: Settings, folder: Path, digest: str, counts: dict[str, int]) -> None:
    """Read both files back. Raises ReleaseCheckError when they are not what was written, or say too much."""
    with connect(settings, folder / "office.duckdb", read_only=True) as office:
        _check_contract(office)
        if (found := content_digest(office)) != digest:
            raise ReleaseCheckError(f"the digest read back is {found}, not {digest}")
        for name, n_rows in counts.items():
            if (n_found := _n_rows(office, name)) != n_rows:
                raise ReleaseCheckError(f"{name} reads back {n_found} rows, not {n_rows}")
    with connect(settings, folder / "public.duckdb", read_only=True) as public:
        _check_contract(public)
        _check_silence(public, table_contracts("release").values())


def check_readable(settings: Settings, folder: Path) -> None:
    """Raises ReleaseCheckError when a release has not the tables of today's contract, so that nobody could serve it."""
    try:
        for artefact in ARTEFACTS:
            with connect(settings, folder / f"{artefact}.duckdb", read_only=True) as connection:
                _check_contract(connection)
    except (DatabaseError, ReleaseCheckError) as error:
        raise ReleaseCheckError(f"{folder.name} was made by another version of choucha: {error}") from error


def _check_contract(connection: Connection) -> None:
    for table in table_contracts("release").values():
        _compare(connection, table.name, table)


def _check_silence(public: Connection, tables: Iterable[TableContract]) -> None:
    for name, what in (("mart_quarantine_rows", "rows of the quarantine"), ("mart_warning_candidates", "candidates")):
        if _n_rows(public, name):
            raise ReleaseCheckError(f"the public file holds {what}")
    for table in tables:
        is_typed = any(column.name == "sampling_type" for column in table.columns)
        if is_typed and _n_rows(public, table.name, "sampling_type = 'risk_monitoring'"):
            raise ReleaseCheckError(f"the public file holds risk monitoring in {table.name}")


def _n_rows(connection: Connection, table: str, condition: str = "true") -> int:
    query = f"SELECT count(*) FROM {table} WHERE {condition}"  # noqa: S608 - names of the contract
    return int(connection.execute(query).fetchall()[0][0])
