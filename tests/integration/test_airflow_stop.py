"""A real Airflow forgets old runs, ends and starts again; it comes last, for it ends what the tests before it share."""

from __future__ import annotations

import contextlib
import os
import signal
import subprocess
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import psutil
import pytest

from pipelines.simulate import SimulatedSet
from pipelines.up.environment import airflow_environment
from pipelines.up.history import cut_command
from pipelines.up.postgres import prepare
from pipelines.up.processes import left_overs
from pipelines.up.secrets import load_secrets
from pipelines.up.supervisor import session_note
from tests.integration.live import PATIENCE
from warehouse.receipts import receipts

if TYPE_CHECKING:
    from tests.integration.conftest import Running

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1800)]


def test_what_airflow_remembers_is_cut_back_beside_it_and_files_still_come_through(
    choucha: Running, first: SimulatedSet
) -> None:
    choucha.drop(first.files[:2], again="before-")
    choucha.until(choucha.is_settled, PATIENCE)
    day_by_day = choucha.settings.home / "airflow" / "history_cut"
    os.utime(day_by_day, (0, 0))
    choucha.until(lambda: day_by_day.stat().st_mtime > 0 and not is_cutting(choucha), PATIENCE)
    log = (choucha.settings.home / "logs" / "history.log").read_text(encoding="utf-8")
    assert "dag_run" in log and "Traceback" not in log

    remembered = {run["dag_run_id"] for run in choucha.runs("ingest")}
    database = prepare(choucha.settings)
    environment = airflow_environment(
        choucha.settings,
        load_secrets(choucha.settings),
        database_url=database.url,
        airflow_port=choucha.airflow_port,
        inherited=os.environ,
    )
    subprocess.run(cut_command(datetime.now(UTC)), env=environment, check=True, capture_output=True)
    assert len(remembered) > 1
    assert len(remembered & {run["dag_run_id"] for run in choucha.runs("ingest")}) < len(remembered)
    names = choucha.drop(first.files[:2], again="after-")
    choucha.until(lambda: set(names) <= {receipt.file_name for receipt in receipts(choucha.settings)}, PATIENCE)


def is_cutting(choucha: Running) -> bool:
    for child in psutil.Process(choucha.process.pid).children():
        with contextlib.suppress(psutil.NoSuchProcess):  # it has ended, and nobody has asked for its end yet
            if "clean" in child.cmdline():
                return True
    return False


def test_ctrl_c_ends_everything_and_a_second_start_goes_on_from_there(choucha: Running) -> None:
    served = choucha.api("/v1/results", by="prefecture,quarter")
    parts = left_overs(session_note(choucha.settings))
    assert len(parts) >= 7
    assert choucha.end(signal.SIGINT) == 0
    assert [part for part in parts if part.is_running() and part.status() != psutil.STATUS_ZOMBIE] == []

    choucha.start()
    assert choucha.api("/v1/results", by="prefecture,quarter") == served
    assert choucha.end(signal.SIGTERM) == 0
