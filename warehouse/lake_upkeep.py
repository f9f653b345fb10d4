"""Taking out of the lake what no reader counts, and what no version in use reads.

Every version that a release was made of stays readable, for a published figure is explained by the lake as it was.
"""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Collection, Iterable
from datetime import UTC, datetime
from math import ceil
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, TableNotFoundError

from warehouse import lake
from warehouse.connect import connect, quote
from warehouse.lake_log import open_table, told_by_file
from warehouse.settings import Settings

__all__ = ["dead_attempts", "delete_unread_files", "keep_every_version", "remove_attempts"]

_REMOVAL_TRIES = 20
# Commits that take no file out of the table.
_ADDING = {"CREATE TABLE", "WRITE", "SET TBLPROPERTIES", "VACUUM START", "VACUUM END"}


def dead_attempts(settings: Settings, table: str, *, before: datetime) -> set[str]:
    """Attempts without a receipt whose rows were all written before an instant, as far as the files' own times say.

    A file that was compacted is as young as the compaction, which only puts its waste off.
    """
    files = lake.files(settings, table)
    if not files:
        return set()
    with told_by_file(settings), connect(settings) as connection:
        receipts = lake.scan(settings, connection, "receipts")
        listed = ", ".join(quote(path) for path in files)
        found = connection.execute(
            f"SELECT attempt_id, list(DISTINCT filename) FROM read_parquet([{listed}], filename = true)"  # noqa: S608
            f" WHERE attempt_id NOT IN (SELECT attempt_id FROM {receipts} WHERE attempt_id IS NOT NULL)"
            " GROUP BY attempt_id"
        ).fetchall()
    return {attempt_id for attempt_id, written_in in found if max(map(_written_at, written_in)) < before}


def remove_attempts(settings: Settings, table: str, attempt_ids: Collection[str]) -> int:
    """Delete the rows of these attempts; returns how many there were. Others may append meanwhile."""
    path = lake.table_path(settings, table)
    if not attempt_ids or not DeltaTable.is_deltatable(str(path)):
        return 0
    predicate = f"attempt_id IN ({', '.join(quote(each) for each in sorted(attempt_ids))})"
    for tries_left in reversed(range(_REMOVAL_TRIES)):
        try:
            return int(open_table(path).delete(predicate)["num_deleted_rows"])
        except CommitFailedError:
            if not tries_left:
                raise
    return 0


def delete_unread_files(settings: Settings, table: str, *, versions: Iterable[int], hours: float) -> int:
    """Delete files that neither the table as it is nor any of these versions reads; returns how many.

    Only those that left the table, or were written and never entered it, more than `hours` ago: a reader that listed
    its files, or a commit that is under way, takes less.
    """
    path = lake.table_path(settings, table)
    if not DeltaTable.is_deltatable(str(path)):
        return 0
    delta = open_table(path)
    kept = [version for version in _decisive(delta, versions) if _is_readable(path, version)]
    unread = _vacuum(delta, kept, hours, dry_run=True)
    return len(_vacuum(delta, kept, hours, dry_run=False)) if unread else 0


def keep_every_version(settings: Settings, table: str) -> bool:
    """Have a table made before this was the rule keep the log of all its versions; True when it did not yet."""
    path = lake.table_path(settings, table)
    if not DeltaTable.is_deltatable(str(path)):
        return False
    delta = open_table(path)
    if lake.EVERY_VERSION.items() <= delta.metadata().configuration.items():
        return False
    delta.alter.set_table_properties(lake.EVERY_VERSION)
    return True


def _written_at(path: str) -> datetime:
    return datetime.fromtimestamp(Path(path).stat().st_mtime, UTC)


def _decisive(delta: DeltaTable, versions: Iterable[int]) -> list[int]:
    """Of many versions those few that read every file that any of them reads and the table no longer does.

    A file that left at commit r was read by the last of them before r, if by any: they only gain files in between.
    """
    wanted = sorted({version for version in versions if version <= delta.version()})
    leaving = [entry["version"] for entry in delta.history() if entry["operation"] not in _ADDING]
    positions = {bisect_left(wanted, version) - 1 for version in leaving}
    return [wanted[position] for position in sorted(positions) if position >= 0]


def _is_readable(path: Path, version: int) -> bool:
    try:
        open_table(path, version)
    except TableNotFoundError:
        return False
    return True


def _vacuum(delta: DeltaTable, kept: list[int], hours: float, *, dry_run: bool) -> list[str]:
    return list(
        delta.vacuum(
            retention_hours=ceil(hours),
            dry_run=dry_run,
            enforce_retention_duration=False,
            full=True,
            keep_versions=kept or None,
        )
    )
