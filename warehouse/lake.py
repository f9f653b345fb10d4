"""The Delta tables behind every figure: appending to them side by side, and reading them as DuckDB relations.

A reader gets every column of the contract in its type, also while a table is empty or does not exist yet.
"""

from __future__ import annotations

import fcntl
import os
import time
from collections import Counter, OrderedDict
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path
from urllib.parse import unquote

import pyarrow as pa
import pyarrow.compute as pc
from deltalake import CommitProperties, DeltaTable, Schema, write_deltalake
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from warehouse.arrow import arrow_schema
from warehouse.connect import Connection, quote
from warehouse.contract import Column, TableContract, table_contracts
from warehouse.failpoint import failpoint
from warehouse.lake_log import open_table, told_by_file
from warehouse.settings import Settings

__all__ = [
    "ABSENT", "APPEND_TRIES", "COMMIT_RETRIES", "EVERY_VERSION", "LAKE_TABLES", "append", "compact", "files",
    "holds_every_column", "identity", "opened_for_writing", "partitions_of", "scan", "schema", "standing", "table_path",
    "versions",
]  # fmt: skip

LAKE_TABLES = ("samples", "quarantine", "receipts", "dispositions", "warning_events", "figures", "recalls", "measures")
ABSENT = -1
_CREATION_TRIES = 20
COMMIT_RETRIES = 100
APPEND_TRIES = 5
_FULL_BYTES = 64 * 1024 * 1024
# Else the log of a version older than a month is deleted by the next checkpoint, and with it the table as a release
# of then saw it.
EVERY_VERSION = {"delta.enableExpiredLogCleanup": "false"}
Made = tuple[Path, int, int, int]
# Tables at a version, which never changes, those opened last; they are only read.
_OPENED: OrderedDict[Made | None, DeltaTable] = OrderedDict()
_MOST_OPENED = 32


def schema(table: str) -> pa.Schema:
    """Arrow schema of a table of the lake, as the contract declares it."""
    return arrow_schema(_table(table))


def append(settings: Settings, table: str, rows: pa.Table) -> None:
    """Add rows in one commit; either all of them are there afterwards or none.

    Safe from several processes at once, also when the table does not exist yet. Columns may come in any order; a
    nullable one may be missing. Raises ValueError for a column that the contract does not know or a required one
    that is absent or holds a null.
    """
    declared = _table(table)
    data = _conforming(declared, rows)
    if not data.num_rows:
        return
    for tries_left in reversed(range(APPEND_TRIES)):
        try:
            _append_once(settings, declared, data)
        except CommitFailedError:
            # Beside a checkpoint or a compaction delta-rs at times takes what it reads for a change of the schema.
            # Nothing was committed then, and a fresh look at the table settles it.
            if not tries_left:
                raise
        else:
            return


def _append_once(settings: Settings, declared: TableContract, data: pa.Table) -> None:
    _, delta = opened_for_writing(settings, declared.name)
    write_deltalake(
        delta,
        data,
        mode="append",
        schema_mode=None if holds_every_column(delta, declared) else "merge",
        commit_properties=CommitProperties(max_commit_retries=COMMIT_RETRIES),
    )


def opened_for_writing(settings: Settings, table: str) -> tuple[TableContract, DeltaTable]:
    """A table's contract and the table, made if it did not exist."""
    declared = _table(table)
    delta = _created(settings, declared)
    failpoint("lake.created")
    return declared, delta


def holds_every_column(delta: DeltaTable, declared: TableContract) -> bool:
    """Whether the table was made, or last grew, with every column and nested field of the contract."""
    known = {field.name: field.type for field in delta.schema().fields}
    wanted = {field.name: field.type for field in Schema.from_arrow(arrow_schema(declared)).fields}
    return known == known | wanted


def compact(settings: Settings, table: str, *, most_files: int, full_bytes: int = _FULL_BYTES) -> int:
    """Write small files together where a partition has more than most_files of them; returns how many it replaced.

    A file of full_bytes is never written again, so that what is kept for earlier versions stays in proportion to the
    rows. Rows stay as they are, and so do the old files, which earlier versions read. Beside it others may append; of
    two that compact at once one gives way, and the next one tries again. A lock sees to that: delta-rs 1.6 lets both
    through, and the rows would be there twice.
    """
    with _alone(settings, table) as is_alone:
        return _compact_alone(settings, table, most_files, full_bytes) if is_alone else 0


@contextmanager
def _alone(settings: Settings, table: str) -> Iterator[bool]:
    """Whether there is such a table and nobody else compacts it; nobody does until the block ends.

    The lock is on the table's folder and falls with its process.
    """
    try:
        folder = os.open(table_path(settings, table), os.O_RDONLY | os.O_DIRECTORY)
    except FileNotFoundError:
        yield False
        return
    try:
        fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
    except BlockingIOError:
        yield False
    else:
        yield True
    finally:
        os.close(folder)


def _compact_alone(settings: Settings, table: str, most_files: int, full_bytes: int) -> int:
    try:
        delta = open_table(table_path(settings, table))
    except TableNotFoundError:
        return 0
    added = pa.table(delta.get_add_actions(flatten=True))
    keys = [f"partition.{column}" for column in delta.metadata().partition_columns]
    # Two files below half always fit into one, so that a look that finds many of them never finds them again.
    small = added.filter(pc.less(added["size_bytes"], full_bytes // 2)).select(keys).to_pylist()
    n_small = Counter(tuple(file[key] for key in keys) for file in small)
    n_replaced = 0
    for values, n_files in sorted(n_small.items()):
        if n_files > most_files:
            n_replaced += _compacted(delta, list(zip(keys, values, strict=True)), full_bytes)
    return n_replaced


def _compacted(delta: DeltaTable, partition: list[tuple[str, str]], full_bytes: int) -> int:
    filters = [(key.removeprefix("partition."), "=", value) for key, value in partition]
    try:
        metrics = delta.optimize.compact(partition_filters=filters or None, target_size=full_bytes)
    except CommitFailedError:
        return 0
    return int(metrics["numFilesRemoved"])


def files(settings: Settings, table: str) -> list[str]:
    """Paths of the files that hold a table's rows now."""
    delta = _opened(settings, table, None)
    return [] if delta is None else _files(delta, _table(table), None, None)


def scan(
    settings: Settings,
    connection: Connection,
    table: str,
    *,
    version: int | None = None,
    feed: str | None = None,
    quarters: Iterable[str] | None = None,
    name: str | None = None,
) -> str:
    """Make the temporary view `lake_<table>` (or `name`) over a table at a version, and return the view's name.

    It has exactly the contract's columns in their types. A table that is absent (or was, which version ABSENT says)
    yields no rows. Called again, it replaces the connection's view of that name. Filters on partition columns (see the
    contract) leave whole files out.
    """
    declared = _table(table)
    chosen = None if quarters is None else sorted(set(quarters))
    view = name or f"lake_{table}"
    select = _select(declared, _opened(settings, table, version), feed, chosen)
    with told_by_file(settings):  # the view looks at every file
        connection.execute(f'CREATE OR REPLACE TEMP VIEW "{view}" AS {select}')
    return view


def versions(settings: Settings) -> dict[str, int]:
    """Version of every table that exists, for manifests and time travel.

    Receipts are asked first: a receipt is written after its rows, so the rows of every receipt of this version are in
    the other tables' versions, whoever commits meanwhile.
    """
    order = sorted(LAKE_TABLES, key=lambda table: table != "receipts")
    opened = [(table, _opened(settings, table, None)) for table in order]
    return {table: delta.version() for table, delta in opened if delta is not None}


def identity(settings: Settings) -> str | None:
    """Tells a lake from another one at the same place, say one that was built again; None before its first receipt."""
    receipts = standing(settings, "receipts")
    return None if receipts is None else receipts[0]


def standing(settings: Settings, table: str) -> tuple[str, int] | None:
    """What tells a table from another one at the same place, and its version now; None where there is none."""
    delta = _opened(settings, table, None)
    return None if delta is None else (str(delta.metadata().id), delta.version())


def table_path(settings: Settings, table: str) -> Path:
    """Folder of a Delta table, which may not exist yet."""
    return settings.lake / _table(table).name


def _table(name: str) -> TableContract:
    return table_contracts("lake")[name]


def partitions_of(declared: TableContract) -> list[str]:
    """Columns that a table's files are parted by."""
    return [column.name for column in declared.columns if column.is_partition]


def _conforming(declared: TableContract, rows: pa.Table) -> pa.Table:
    wanted = arrow_schema(declared)
    if foreign := set(rows.column_names) - set(wanted.names):
        raise ValueError(f"{declared.name} has no column {', '.join(sorted(foreign))}")
    columns = []
    for field in wanted:
        if field.name in rows.column_names:
            column = rows.column(field.name).cast(field.type)
        else:
            column = pa.chunked_array([pa.nulls(rows.num_rows, field.type)])
        if not field.nullable and column.null_count:
            raise ValueError(f"{declared.name}.{field.name} is required and holds {column.null_count} nulls")
        columns.append(column)
    return pa.Table.from_arrays(columns, schema=wanted)


def _created(settings: Settings, declared: TableContract) -> DeltaTable:
    path = settings.lake / declared.name
    path.parent.mkdir(parents=True, exist_ok=True)
    for attempt in range(_CREATION_TRIES):
        try:
            return open_table(path)
        except TableNotFoundError:
            # Two processes may create it at the same instant: one commit wins, the other opens what it made.
            try:
                return DeltaTable.create(
                    path,
                    schema=arrow_schema(declared),
                    mode="ignore",
                    partition_by=partitions_of(declared),
                    configuration=EVERY_VERSION,
                )
            except (CommitFailedError, DeltaError):
                time.sleep(0.01 * (attempt + 1))
    return open_table(path)


def _opened(settings: Settings, table: str, version: int | None) -> DeltaTable | None:
    path = table_path(settings, table)
    if version == ABSENT or not (path / "_delta_log").is_dir():
        return None
    made = None if version is None else _made(path, version)
    if made in _OPENED:
        return _OPENED[made]
    try:
        delta = open_table(path, version)
    except TableNotFoundError:
        return None
    if made := _made(path, delta.version()):
        _OPENED[made] = delta
        while len(_OPENED) > _MOST_OPENED:
            _OPENED.popitem(last=False)
    return delta


def _made(path: Path, version: int) -> Made | None:
    """What tells a version from one of that number of another table at the same place; None where its log is gone."""
    try:
        log = (path / "_delta_log" / f"{version:020}.json").stat()
    except FileNotFoundError:
        return None
    return path, version, log.st_ino, log.st_mtime_ns


def _files(delta: DeltaTable, declared: TableContract, feed: str | None, quarters: Iterable[str] | None) -> list[str]:
    wanted: list[tuple[str, str, str | list[str]]] = []
    if feed is not None and "feed" in partitions_of(declared):
        wanted.append(("feed", "=", feed))
    if quarters is not None and "quarter" in partitions_of(declared):
        chosen = sorted(set(quarters))
        if not chosen:
            return []
        wanted.append(("quarter", "in", chosen))
    uris = delta.file_uris(file_pruning_predicate=wanted) if wanted else delta.file_uris()
    return sorted(unquote(uri.removeprefix("file://")) if uri.startswith("file://") else uri for uri in uris)


def _select(declared: TableContract, delta: DeltaTable | None, feed: str | None, quarters: list[str] | None) -> str:
    files = [] if delta is None else _files(delta, declared, feed, quarters)
    if delta is None or not files:
        nothing = ", ".join(f'NULL::{column.physical_type} AS "{column.name}"' for column in declared.columns)
        return f"SELECT {nothing} WHERE false"
    known = {field.name for field in delta.schema().fields}
    selected = ", ".join(_selected(column, column.name in known) for column in declared.columns)
    conditions = ["true"]
    if feed is not None:
        conditions.append(f"feed = {quote(feed)}")
    if quarters is not None and "quarter" in arrow_schema(declared).names:
        conditions.append(f"quarter IN ({', '.join(quote(quarter) for quarter in quarters)})")
    listed = ", ".join(quote(path) for path in files)
    source = f"read_parquet([{listed}], hive_partitioning = true, hive_types_autocast = false, union_by_name = true)"
    return f"SELECT {selected} FROM {source} WHERE {' AND '.join(conditions)}"  # noqa: S608 - every part is quoted


def _selected(column: Column, is_known: bool) -> str:
    # A column that joined the contract later is null in what was written before.
    source = f'"{column.name}"' if is_known else "NULL"
    return f'CAST({source} AS {column.physical_type}) AS "{column.name}"'
