"""Opening a Delta table; what is damaged of the lake is told by file and remedy, never in the engine's own words."""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from warehouse.connect import DatabaseError, connect
from warehouse.errors import InfrastructureError
from warehouse.settings import Settings

__all__ = ["LakeDamagedError", "open_table", "told_by_file"]

_REMEDY = (
    "。请从备份恢复 lake/，或用 choucha rebuild 目录 由归档重建 restore lake/ from a backup, or build it again from "
    "the archive: choucha rebuild FOLDER"
)
# Of the machine and not of the file, whatever file the message names.
_MACHINE = tuple(map(os.strerror, (errno.ENOSPC, errno.EDQUOT, errno.EROFS, errno.EACCES)))
_OF_PARQUET = ("Parquet", "TProtocolException", "don't know what type")


class LakeDamagedError(InfrastructureError):
    """The log or a file of a table of the lake can't be read; nothing of the table is to be trusted till it is back."""


def open_table(path: Path, version: int | None = None) -> DeltaTable:
    """The table at a version, by default the last. Raises TableNotFoundError, LakeDamagedError."""
    try:
        return DeltaTable(path, version=version)
    except (TableNotFoundError, CommitFailedError):
        raise
    except DeltaError as error:
        said = str(error).partition("\n")[0]
        raise LakeDamagedError(
            f"数据湖的日志已损坏 the log of the lake is damaged: {_damaged(path)} ({said}){_REMEDY}"
        ) from error


@contextmanager
def told_by_file(settings: Settings) -> Iterator[None]:
    """What DuckDB can't read of the lake within the block is told with the file and the remedy. Raises
    LakeDamagedError.
    """
    try:
        yield
    except DatabaseError as error:
        said = str(error).partition("\n\nLINE ")[0]  # what follows repeats the statement, which names every file
        path = _unreadable(settings, said)
        if path is None:
            raise
        raise LakeDamagedError(
            f"数据湖的文件缺失或已损坏 a file of the lake is missing or damaged: {path} ({said}){_REMEDY}"
        ) from error


def _unreadable(settings: Settings, said: str) -> Path | None:
    """The file of the lake that an error is about; None where it is about none."""
    if any(each in said for each in _MACHINE):
        return None
    if named := re.search(rf"{re.escape(str(settings.lake))}/[^\"']+\.parquet", said):
        return Path(named[0])
    if not any(each in said for each in _OF_PARQUET):
        return None
    with connect(settings) as connection:
        for path in sorted(settings.lake.rglob("*.parquet")):
            try:
                connection.execute("SELECT count(*) FROM parquet_metadata($path)", {"path": str(path)})
            except DatabaseError:
                return path
    return None


def _damaged(path: Path) -> Path:
    """The first file of the log that is no log, or the log as a whole."""
    folder = path / "_delta_log"
    for file in sorted(folder.glob("*.json")):
        try:
            for line in file.read_text(encoding="utf-8").splitlines():
                json.loads(line)
        except (ValueError, OSError):
            return file
    return folder
