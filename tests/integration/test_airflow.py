"""A real Airflow, from dropped files to the public API: what is found there is what the simulator says is true."""

from __future__ import annotations

import contextlib
import os
import signal
from typing import TYPE_CHECKING

import psutil
import pytest

from pipelines.simulate import SimulatedSet
from tests.integration.live import PATIENCE, figures_in_api, figures_of
from warehouse.landing import SIDECAR_SUFFIX

if TYPE_CHECKING:
    from tests.integration.conftest import Running

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1800)]


def test_every_sample_is_found_once_though_the_triggerer_was_killed_and_files_came_meanwhile(
    choucha: Running, first: SimulatedSet
) -> None:
    files = [path for path in first.files if not path.name.endswith(SIDECAR_SUFFIX)]
    opening = [next(path for path in files if path.parent.name == feed) for feed in ("market", "food", "construction")]
    choucha.drop(opening)
    choucha.until(lambda: bool(choucha.api("/v1/results", by="prefecture,quarter")), PATIENCE)

    kill_triggerer(choucha)
    choucha.drop([path for path in files if path not in opening])
    choucha.drop(opening)  # sent once more

    expected = figures_of(first)
    choucha.until(lambda: figures_in_api(choucha, "2026Q1") == expected, PATIENCE)
    assert sum(counts[0] for counts in expected.values()) > 200
    assert "asset_triggered" in {run["run_type"] for run in choucha.runs("ingest")}


def test_the_clock_alone_reaches_the_same_state_when_nobody_rings(choucha: Running, second: SimulatedSet) -> None:
    choucha.stop("airflow:triggerer")
    choucha.until(lambda: choucha.is_answered("ingest"), PATIENCE)  # a ring from before may still wait for its run
    before = {run["dag_run_id"] for run in choucha.runs("ingest")}
    choucha.drop(list(second.files))

    expected = figures_of(second)
    choucha.until(lambda: figures_in_api(choucha, "2025Q3") == expected, PATIENCE)
    since = [run for run in choucha.runs("ingest") if run["dag_run_id"] not in before]
    assert {run["run_type"] for run in since} == {"asset_triggered"}
    assert set.union(*map(choucha.rung_by, since)) == {"reconcile"}
    choucha.start_part("airflow:triggerer")


def kill_triggerer(choucha: Running) -> None:
    """kill -9 of the triggerer and of the child that runs its triggers; the process manager starts it again."""
    victim = psutil.Process(choucha.supervisor.pid("airflow:triggerer"))
    for process in [victim, *victim.children(recursive=True)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)
