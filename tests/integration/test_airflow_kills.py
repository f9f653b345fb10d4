"""kill -9 of any part of a real Airflow while files arrive: nothing is lost, and the last release serves on.

CHOUCHA_KILLS_AIRFLOW says how often; `make faults` asks for more. Order and moments are drawn from a seed.
"""

from __future__ import annotations

import contextlib
import os
import random
import signal
import threading
import time
from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

import httpx
import psutil
import pytest

from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim
from pipelines.simulate import simulate
from pipelines.up.processes import left_overs
from pipelines.up.supervisor import session_note
from pipelines.upkeep import verify
from tests.integration.live import PATIENCE, figures_in_api, figures_of
from warehouse.landing import SIDECAR_SUFFIX, drop
from warehouse.release import current_release_id, read_manifest
from warehouse.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import Running

KILLS = int(os.environ.get("CHOUCHA_KILLS_AIRFLOW", "12"))
SEED = int(os.environ.get("CHOUCHA_SEED", "1"))
TASK, API = "a task", "public:api"
VICTIMS = ("airflow:triggerer", "airflow:scheduler", "airflow:dag-processor", "airflow:api-server", API, TASK)

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(1800 + 180 * KILLS)]


class Watch:
    """Asks the API for figures all the while; remembers every question that was not answered as it must be."""

    def __init__(self, port: int) -> None:
        self.address = f"http://127.0.0.1:{port}/v1/results"
        self.n_answered = 0
        self.unanswered: list[tuple[float, float, str]] = []
        self.excused: list[tuple[float, float]] = []
        self._ended = threading.Event()

    def ask_on(self) -> None:
        while not self._ended.wait(0.2):
            asked_at = time.monotonic()
            try:
                status = str(httpx.get(self.address, params={"by": "quarter"}, timeout=PATIENCE).status_code)
            except httpx.HTTPError as error:
                status = repr(error)
            self.n_answered += status == "200"
            if status != "200":
                self.unanswered.append((asked_at, time.monotonic(), status))

    def answers(self) -> bool:
        try:
            return httpx.get(self.address, timeout=PATIENCE).status_code == httpx.codes.OK
        except httpx.HTTPError:
            return False

    @contextlib.contextmanager
    def excusing(self) -> Iterator[None]:
        """What is asked until the block ends may stay without answer: it was the API itself that was killed."""
        began = time.monotonic()
        try:
            yield
        finally:
            self.excused.append((began, time.monotonic()))

    @contextlib.contextmanager
    def asking(self) -> Iterator[None]:
        thread = threading.Thread(target=self.ask_on)
        thread.start()
        try:
            yield
        finally:
            self._ended.set()
            thread.join()

    def unexcused(self) -> list[tuple[float, float, str]]:
        return [
            (asked, told, status)
            for asked, told, status in self.unanswered
            if not any(asked <= end and began <= told for began, end in self.excused)
        ]


def victims() -> Iterator[str]:
    """Every kind in each round, in an order of its own."""
    chance = random.Random(SEED)
    while True:
        yield from chance.sample(VICTIMS, len(VICTIMS))


def kill(choucha: Running, victim: str, watch: Watch) -> None:
    """kill -9, and wait until the process manager, or Airflow for a task, has another in its place."""
    if victim == TASK:
        choucha.until(lambda: bool(choucha.tasks()), PATIENCE)
        for task in choucha.tasks()[:1]:
            with contextlib.suppress(psutil.NoSuchProcess):  # it has just done its work
                task.send_signal(signal.SIGKILL)
        return
    with watch.excusing() if victim == API else contextlib.nullcontext():
        pid = choucha.kill(victim)
        choucha.until(lambda: choucha.is_back(victim, pid), PATIENCE)
        if victim == API:
            choucha.until(watch.answers, PATIENCE)


def test_parts_killed_at_random_while_files_arrive_lose_nothing_and_the_last_release_serves_on(
    choucha: Running, tmp_path: Path
) -> None:
    # A year that no other set of this system has: inspections are numbered by year.
    simulated = simulate(tmp_path / "set", start="2021Q1", quarters=1, samples=60, seed=3, quirks=0.0)
    files = [path for path in simulated.files if not path.name.endswith(SIDECAR_SUFFIX)]
    choucha.drop(files[:1])
    choucha.until(lambda: current_release_id(choucha.settings) is not None, PATIENCE)
    watch, chance = Watch(choucha.api_port), random.Random(SEED)
    choucha.until(watch.answers, PATIENCE)

    with watch.asking():
        for number, victim in zip(range(KILLS), victims(), strict=False):
            choucha.drop(files[(1 + number) % len(files) :][:1], again=f"{number}-")
            time.sleep(chance.uniform(0, 3))
            kill(choucha, victim, watch)
        choucha.drop(files[1 + KILLS :])
        expected = figures_of(simulated)
        choucha.until(lambda: figures_in_api(choucha, "2021Q1") == expected and choucha.is_settled(), PATIENCE)

    assert watch.unexcused() == []
    assert watch.n_answered > KILLS
    assert {check.name: check.detail for check in verify(choucha.settings) if not check.ok} == {}
    manifest = read_manifest(choucha.settings, str(current_release_id(choucha.settings)))
    undisturbed = Settings(home=tmp_path / "undisturbed", settle_seconds=0)
    assert manifest.digest == digest_of(undisturbed, choucha.dropped, manifest.as_of)
    choucha.until(lambda: orphans(choucha) == [], PATIENCE)


def digest_of(settings: Settings, files: list[Path], as_of: datetime) -> str:
    """What one undisturbed run of `choucha run` publishes of the same files."""
    for path in dict.fromkeys(files):
        sidecar = path.with_name(f"{path.name}{SIDECAR_SUFFIX}")
        declared = sidecar.read_bytes() if sidecar.exists() else None
        drop(settings, path.parent.name, path.name, path.read_bytes(), sidecar=declared)
    process_chunk(settings, claim(settings))
    return read_manifest(settings, str(publish(settings, as_of))).digest


def orphans(choucha: Running) -> list[str]:
    """Processes that outlived the part they belong to."""
    manager = psutil.Process(choucha.process.pid)
    living = {process.pid for process in manager.children(recursive=True)}
    return [repr(process) for process in left_overs(session_note(choucha.settings)) if process.pid not in living]
