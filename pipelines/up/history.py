"""Airflow's memory of its own runs, cut back once a day: it grows with every look of the clock, and no task reaches it.

What concerns figures stands in receipts and releases, never there.
"""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path

from warehouse.settings import Settings

__all__ = ["History", "cut_command"]

EVERY_SECONDS = 24 * 3600
# Not what it says of DAGs and of the doorbell's trigger, however old: those are in use.
TABLES = (
    "dag_run", "task_instance", "task_instance_history", "task_reschedule", "xcom", "asset_event", "log", "job",
    "callback", "import_error",
)  # fmt: skip


def cut_command(before: datetime) -> list[str]:
    """Deletes what ended before an instant, in pieces, beside whatever runs; the last run of each DAG stays."""
    return [
        *(sys.executable, "-m", "airflow", "db", "clean", "--yes", "--skip-archive", "--error-on-cleanup-failure"),
        *("--batch-size", "5000", "--tables", ",".join(TABLES), "--clean-before-timestamp", before.isoformat()),
    ]


@dataclass
class History:
    """Looks now and then whether it is time, and starts the program that does it; a failure waits for the next day."""

    settings: Settings
    environment: Mapping[str, str]
    process: subprocess.Popen[bytes] | None = field(default=None)

    def look(self) -> None:
        """Start it when a day has passed since it was last begun; a new home begins to count now."""
        if self.process is not None and self.process.poll() is None:
            return
        noted = self.settings.home / "airflow" / "history_cut"
        is_due = noted.exists() and time.time() - noted.stat().st_mtime >= EVERY_SECONDS
        if is_due or not noted.exists():
            noted.touch()
        if is_due:
            self.process = self._start(datetime.now(UTC) - timedelta(days=self.settings.history_days))

    def close(self) -> None:
        """End the program if it runs; what it has deleted so far is gone, the rest goes the next day."""
        if self.process is not None:
            self.process.kill()
            self.process.wait()

    def _start(self, before: datetime) -> subprocess.Popen[bytes]:
        log: Path = self.settings.home / "logs" / "history.log"
        with log.open("wb") as output:
            return subprocess.Popen(
                cut_command(before),
                env=dict(self.environment),
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )
