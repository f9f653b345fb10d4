"""Appending to the lake what a query selects: DuckDB writes the files, Delta commits them.

The rows stand in memory a piece at a time, and both processors write, where a table of Arrow would be made whole first.
"""

from __future__ import annotations

import json
import time
import uuid
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from deltalake import CommitProperties, DeltaTable
from deltalake.exceptions import CommitFailedError
from deltalake.transaction import AddAction

from warehouse import lake
from warehouse.arrow import arrow_schema
from warehouse.connect import Connection, quote
from warehouse.contract import TableContract
from warehouse.failpoint import failpoint
from warehouse.settings import Settings

__all__ = ["append_query"]


def append_query(
    settings: Settings, connection: Connection, table: str, query: str, parameters: Mapping[str, Any]
) -> int:
    """Add the rows of a query on this connection in one commit, as `lake.append` does; returns how many.

    Columns may come in any order, and all of the contract must be there. Raises duckdb.Error for a required one that
    holds a null. A crash before the commit leaves files that no version names, which `maintain` deletes.
    """
    declared, delta = lake.opened_for_writing(settings, table)
    if not lake.holds_every_column(delta, declared):  # the contract has grown since: what merges schemas does it
        rows = connection.sql(query, params=dict(parameters)).to_arrow_table()
        lake.append(settings, table, rows)
        return int(rows.num_rows)
    files = _written(connection, declared, lake.table_path(settings, table), query, parameters)
    failpoint("lake.copied")
    if files:
        _commit(delta, declared, files)
    return sum(json.loads(file.stats)["numRecords"] for file in files)


def _written(
    connection: Connection, declared: TableContract, folder: Path, query: str, parameters: Mapping[str, Any]
) -> list[AddAction]:
    """Files of the rows, by partition, which no version of the table names yet."""
    of_all = _only_partition(connection, declared, query, parameters)
    columns = [column for column in declared.columns if column.name not in (of_all or ())]
    selected = ", ".join(_typed(column.name, column.physical_type, column.is_required) for column in columns)
    target, options = folder, "FORMAT parquet, RETURN_STATS"
    if of_all is None:
        partitions = ", ".join(lake.partitions_of(declared))
        options += f", FILENAME_PATTERN 'part-{{uuid}}', APPEND true, PARTITION_BY ({partitions})"
    else:  # to part rows by a partition that is the only one takes as long as to write them
        target = folder.joinpath(*(f"{name}={value}" for name, value in of_all.items()), f"part-{uuid.uuid4()}.parquet")
        target.parent.mkdir(parents=True, exist_ok=True)
    copied = connection.execute(
        f"COPY (SELECT {selected} FROM ({query})) TO {quote(str(target))} ({options})",  # noqa: S608 - of the contract
        dict(parameters),
    )
    names = [column[0] for column in copied.description or []]
    now = int(time.time() * 1000)
    return [
        AddAction(
            path=str(Path(file["filename"]).relative_to(folder)),
            size=file["file_size_bytes"],
            partition_values=of_all or dict(file["partition_keys"] or {}),
            modification_time=now,
            data_change=True,
            stats=json.dumps({"numRecords": file["count"]}),
        )
        for file in (dict(zip(names, row, strict=True)) for row in copied.fetchall())
        if file["count"]
    ]


def _only_partition(
    connection: Connection, declared: TableContract, query: str, parameters: Mapping[str, Any]
) -> dict[str, str] | None:
    """The partition that all rows belong to; None when there are several, or none that is known."""
    partitions = lake.partitions_of(declared)
    listed = ", ".join(partitions)
    found = connection.execute(f"SELECT DISTINCT {listed} FROM ({query})", dict(parameters)).fetchall()  # noqa: S608
    return dict(zip(partitions, found[0], strict=True)) if len(found) == 1 and None not in found[0] else None


def _typed(name: str, kind: str, is_required: bool) -> str:
    value = f'CAST("{name}" AS {kind})'
    if is_required:
        value = f"coalesce({value}, error({quote(f'{name} is required and holds a null')}))"
    return f'{value} AS "{name}"'


def _commit(delta: DeltaTable, declared: TableContract, files: list[AddAction]) -> None:
    for tries_left in reversed(range(lake.APPEND_TRIES)):
        try:
            delta.create_write_transaction(
                actions=[*files],
                mode="append",
                schema=arrow_schema(declared),
                partition_by=lake.partitions_of(declared),
                commit_properties=CommitProperties(max_commit_retries=lake.COMMIT_RETRIES),
            )
        except CommitFailedError:
            # See lake.append: nothing was committed, and a fresh look at the table settles it.
            if not tries_left:
                raise
            delta.update_incremental()
        else:
            return
