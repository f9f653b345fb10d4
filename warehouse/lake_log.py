"""Opening a Delta table; one whose log is damaged is told by file and remedy, never in the engine's own words."""

from __future__ import annotations

import json
from pathlib import Path

from deltalake import DeltaTable
from deltalake.exceptions import CommitFailedError, DeltaError, TableNotFoundError

from warehouse.errors import InfrastructureError

__all__ = ["LakeDamagedError", "open_table"]


class LakeDamagedError(InfrastructureError):
    """The log of a table of the lake can't be read; nothing of the table can be trusted until it is restored."""


def open_table(path: Path, version: int | None = None) -> DeltaTable:
    """The table at a version, by default the last. Raises TableNotFoundError, LakeDamagedError."""
    try:
        return DeltaTable(path, version=version)
    except (TableNotFoundError, CommitFailedError):
        raise
    except DeltaError as error:
        said = str(error).partition("\n")[0]
        raise LakeDamagedError(
            f"数据湖的日志已损坏 the log of the lake is damaged: {_damaged(path)} ({said})。请从备份恢复 lake/，或用 "
            "choucha rebuild 目录 由归档重建 restore lake/ from a backup, or build it again from the archive: "
            "choucha rebuild FOLDER"
        ) from error


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
