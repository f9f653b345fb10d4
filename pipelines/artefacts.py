"""The two files of a release, public.duckdb and office.duckdb: written to their contract, then read back.

What the public may not see is never written into the public one.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from shutil import copyfile

import pyarrow as pa

from pipelines.build import PUBLISHED, Sources, create, rename, take
from pipelines.compare import COMPARED
from pipelines.follow_up import FOLLOWED
from pipelines.kept import carry, figures_path, memory_folder
from pipelines.rank import RANKED
from warehouse import reference, targets
from warehouse.arrow import arrow_schema
from warehouse.connect import Connection, DatabaseError, connect, quote, sql_text
from warehouse.contract import TableContract, table_contracts
from warehouse.errors import InfrastructureError
from warehouse.failpoint import failpoint
from warehouse.release import ARTEFACTS
from warehouse.sampling_types import PUBLISHED_TYPES, RANKED_TYPES
from warehouse.settings import Settings

__all__ = [
    "ReleaseCheckError",
    "check_readable",
    "content_digest",
    "keep_figures",
    "prepare",
    "verify",
    "write_artefacts",
]


class ReleaseCheckError(InfrastructureError):
    """A release is not what it must be; it was not published, and the one before serves on."""


_REFERENCE = ("ref_indicators", "ref_baselines", "ref_prefectures", "ref_categories", "ref_hazards")
# Tables whose rows are either everybody's or the office's alone, and which rows the public sees; those of _BY_PERIOD
# are made anew for touched periods alone.
_IS_PUBLISHED = f"(sampling_type IS NULL OR sampling_type IN {PUBLISHED_TYPES})"
_BY_PERIOD = {
    **dict.fromkeys(PUBLISHED, _IS_PUBLISHED),
    **dict.fromkeys((*RANKED, *COMPARED), f"sampling_type IN {RANKED_TYPES}"),
}
_SHARED = {
    **dict.fromkeys((*FOLLOWED, "mart_indicators", "mart_bounds", "mart_revisions"), _IS_PUBLISHED),
    **dict.fromkeys(_REFERENCE, "true"),
}


def prepare(sources: Sources) -> None:
    """From the built quarters and warnings to every table of both artefacts: those that each has of its own as
    `<artefact>_<table>`, the shared ones under their names.
    """
    connection = sources.connection
    _find_released(sources)
    create(connection, "core_quarantine")
    for artefact in ARTEFACTS:
        for name in ("mart_notices", "mart_quarantine", "mart_quarantine_rows"):
            create(connection, name, {"is_office": artefact == "office"})
            rename(connection, name, f"{artefact}_{name}")
    provinces = sources.settings.provinces
    create(connection, "core_doubts")
    create(connection, "core_rejected")
    create(connection, "mart_bounds", {"provinces": [*provinces]})
    for name, rows in zip(
        _REFERENCE,
        (
            targets.indicators_table(provinces),
            targets.baselines_table(provinces),
            reference.prefectures_table(provinces),
            reference.categories_table(),
            reference.hazards_table(),
        ),
        strict=True,
    ):
        take(connection, name, rows)


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


def keep_figures(sources: Sources, release_id: str, kept: str | None) -> None:
    """Write the tables by period of both artefacts, which the files of this release and of the next begin with.

    kept: the release whose untouched periods go on. Without one all is written, and what the public sees only once:
    the office's file begins as a copy of it. Raises ReleaseCheckError when a table does not have exactly the columns
    of the contract.
    """
    settings, connection = sources.settings, sources.connection
    memory_folder(settings).mkdir(parents=True, exist_ok=True)
    for artefact in ("public", "office"):
        path = figures_path(settings, release_id, artefact)
        unfinished = path.with_suffix(".tmp")
        unfinished.unlink(missing_ok=True)
        if kept is not None:
            copyfile(figures_path(settings, kept, artefact), unfinished)
        elif artefact == "office":
            copyfile(figures_path(settings, release_id, "public"), unfinished)
        with _attached(connection, unfinished):
            for name, is_public in _BY_PERIOD.items():
                if kept is not None:
                    carry(connection, name, "artefact", is_public if artefact == "public" else "true")
                elif artefact == "public":
                    _create(connection, name, name)
                    _insert(connection, name, name, is_public)
                else:
                    _insert(connection, name, name, f"({is_public}) IS NOT TRUE")
        unfinished.replace(path)
        failpoint("publish.figures_kept")


def write_artefacts(sources: Sources, folder: Path, info: dict[str, object]) -> dict[str, int]:
    """Write both files into the folder, after `keep_figures`; info: the row of release_info without `artefact`.

    Returns the number of rows of each of the office's tables. Raises ReleaseCheckError as `keep_figures` does.
    """
    connection = sources.connection
    counts: dict[str, int] = {}
    for artefact in ("public", "office"):
        path = folder / f"{artefact}.duckdb"
        copyfile(figures_path(sources.settings, str(info["release_id"]), artefact), path)
        with _attached(connection, path):
            for name, is_public in _SHARED.items():
                _create(connection, name, name)
                _insert(connection, name, name, is_public if artefact == "public" else "true")
            counts = _write_own(connection, artefact, info | {"artefact": artefact})
    return counts


@contextmanager
def _attached(connection: Connection, path: Path) -> Iterator[None]:
    """Write into a file, in one transaction: nobody reads it yet, and each commit would go to the disk by itself.

    What raises within ends the publication, and the connection with it.
    """
    connection.execute(f"ATTACH {quote(str(path))} AS artefact")
    connection.begin()
    yield
    connection.commit()
    connection.execute("DETACH artefact")


def _write_own(connection: Connection, artefact: str, info: dict[str, object]) -> dict[str, int]:
    """The tables that an artefact shares with no other, and the macros; returns the rows of all its tables."""
    tables = table_contracts("release")
    take(
        connection,
        f"{artefact}_release_info",
        pa.Table.from_pylist([info], schema=arrow_schema(tables["release_info"])),
    )
    for name in tables:
        if name not in _SHARED and name not in _BY_PERIOD:
            _create(connection, name, f"{artefact}_{name}")
            _insert(connection, name, f"{artefact}_{name}", "true")
    connection.execute("USE artefact")
    connection.execute(sql_text("marts/macros"))
    connection.execute("USE memory")
    return {name: _n_rows(connection, f"artefact.{name}") for name in tables}


def _create(connection: Connection, name: str, source: str) -> None:
    table = table_contracts("release")[name]
    _compare(connection, source, table)
    columns = ", ".join(
        f'"{column.name}" {column.physical_type}{" NOT NULL" if column.is_required else ""}' for column in table.columns
    )
    connection.execute(f"CREATE TABLE artefact.{name} ({columns})")


def _insert(connection: Connection, name: str, source: str, condition: str) -> None:
    query = f"INSERT INTO artefact.{name} BY NAME SELECT * FROM {source} WHERE {condition} ORDER BY ALL"  # noqa: S608
    connection.execute(query)


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
    for name, what in (
        ("mart_quarantine_rows", "rows of the quarantine"),
        ("mart_warning_candidates", "candidates"),
        ("mart_overdue", "what is not rectified"),
    ):
        if _n_rows(public, name):
            raise ReleaseCheckError(f"the public file holds {what}")
    for table in tables:
        is_typed = any(column.name == "sampling_type" for column in table.columns)
        allowed, done = (
            (RANKED_TYPES, "compares") if table.name in (*RANKED, *COMPARED) else (PUBLISHED_TYPES, "publishes")
        )
        if is_typed and _n_rows(public, table.name, f"sampling_type NOT IN {allowed}"):
            raise ReleaseCheckError(f"the public file holds sampling in {table.name} that nobody {done}")


def _n_rows(connection: Connection, table: str, condition: str = "true") -> int:
    query = f"SELECT count(*) FROM {table} WHERE {condition}"  # noqa: S608 - names of the contract
    return int(connection.execute(query).fetchall()[0][0])
