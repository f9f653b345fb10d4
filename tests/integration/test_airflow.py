"""A real Airflow, from dropped files to the public API: what is found there is what the simulator says is true."""

from __future__ import annotations

import contextlib
import json
import os
import signal
from collections import Counter
from typing import TYPE_CHECKING, Any

import psutil
import pytest

from pipelines.simulate import SimulatedSet, simulate
from pipelines.up.processes import left_overs
from pipelines.up.supervisor import session_note
from warehouse.landing import SIDECAR_SUFFIX

if TYPE_CHECKING:
    from tests.integration.conftest import Running

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(900)]

PATIENCE = 240.0  # seconds; a machine of its own needs a fifth of it
KEY = ("quarter", "feed", "sampling_type", "prefecture_code")
COUNTS = ("n_sampled", "n_concluded", "n_conforming", "n_nonconforming", "n_undetermined")
Figures = dict[tuple[str, ...], tuple[int, ...]]


@pytest.fixture(scope="module")
def first(tmp_path_factory: pytest.TempPathFactory) -> SimulatedSet:
    return simulate(tmp_path_factory.mktemp("first"), start="2026Q1", quarters=1, samples=200, seed=1, quirks=0.0)


@pytest.fixture(scope="module")
def second(tmp_path_factory: pytest.TempPathFactory) -> SimulatedSet:
    feeds = ("market", "construction")
    folder = tmp_path_factory.mktemp("second")
    return simulate(folder, start="2025Q3", quarters=1, samples=60, seed=2, quirks=0.0, feeds=feeds)


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
    assert {run["run_type"] for run in since} == {"operator_triggered"}


def test_ctrl_c_ends_everything_and_a_second_start_goes_on_from_there(
    choucha: Running, first: SimulatedSet, second: SimulatedSet
) -> None:
    parts = left_overs(session_note(choucha.settings))
    assert len(parts) >= 7
    assert choucha.end(signal.SIGINT) == 0
    assert [part for part in parts if part.is_running() and part.status() != psutil.STATUS_ZOMBIE] == []

    choucha.start()
    assert figures_in_api(choucha, "2026Q1") == figures_of(first)
    assert figures_in_api(choucha, "2025Q3") == figures_of(second)
    assert choucha.end(signal.SIGTERM) == 0


def kill_triggerer(choucha: Running) -> None:
    """kill -9 of the triggerer and of the child that runs its triggers; the process manager starts it again."""
    victim = psutil.Process(choucha.supervisor.pid("airflow:triggerer"))
    for process in [victim, *victim.children(recursive=True)]:
        with contextlib.suppress(ProcessLookupError):
            os.kill(process.pid, signal.SIGKILL)


def figures_of(simulated: SimulatedSet) -> Figures:
    """What the truth says of each stratum and prefecture, as far as the public may see it."""
    totals: dict[tuple[str, ...], Counter[str]] = {}
    for cell in json.loads(simulated.truth.read_text(encoding="utf-8"))["cells"]:
        if cell["public"]:
            totals.setdefault(_key(cell), Counter()).update({name: cell[name] for name in COUNTS})
    return {key: tuple(counts[name] for name in COUNTS) for key, counts in totals.items()}


def figures_in_api(choucha: Running, quarter: str) -> Figures:
    """What the public API serves of the quarter."""
    rows = choucha.api("/v1/results", by="prefecture,quarter", quarter=quarter)
    figures = {_key(row): tuple(row[name] for name in COUNTS) for row in rows}
    return {key: counts for key, counts in figures.items() if any(counts)}


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)
