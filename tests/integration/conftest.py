"""The whole of choucha as an operator starts it: `choucha up` in a home of its own, once for all tests here."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest

from pipelines.receive import pending
from pipelines.simulate import SimulatedSet, simulate
from pipelines.up.supervisor import Supervisor, socket_path
from tests.integration.live import PATIENCE
from warehouse.landing import SIDECAR_SUFFIX, drop
from warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]
RECONCILE_MINUTES = 0.5


@dataclass
class Running:
    """A `choucha up` and how to reach it; `start` again after `end` goes on with the same home."""

    settings: Settings
    airflow_port: int
    api_port: int
    output: Path
    processes: list[subprocess.Popen[bytes]] = field(default_factory=list)
    dropped: list[Path] = field(default_factory=list)

    @property
    def process(self) -> subprocess.Popen[bytes]:
        return self.processes[-1]

    @property
    def supervisor(self) -> Supervisor:
        return Supervisor(self.process, socket_path(self.settings))

    def start(self) -> None:
        """Start, and wait until every part answers."""
        words = ["up", "--airflow-port", str(self.airflow_port), "--api-port", str(self.api_port), "--no-simulate"]
        environment = os.environ | {
            "CHOUCHA_HOME": str(self.settings.home),
            "CHOUCHA_RECONCILE_MINUTES": str(RECONCILE_MINUTES),
            "PYTHONPATH": str(PROJECT),
        }
        self.output.write_bytes(b"")
        with self.output.open("ab") as output:
            command = [sys.executable, "-c", "from pipelines.cli import main; main()", *words]
            self.processes.append(subprocess.Popen(command, env=environment, stdout=output, stderr=output))
        self.until(lambda: "Ctrl-C ends everything" in self.said(), PATIENCE)

    def stop(self, part: str) -> None:
        """Stop one part, named `group:name`, as an operator does, and wait until it has ended."""
        self._control("stop", part)

    def _control(self, word: str, part: str) -> None:
        control = [sys.executable, "-m", "supervisor.supervisorctl", "-c", str(self.settings.home / "supervisord.conf")]
        subprocess.run([*control, word, part], check=True)

    def start_part(self, part: str) -> None:
        """Start a part that was stopped, and wait until the process manager calls it running."""
        if self.supervisor.states()[part] != "RUNNING":
            self._control("start", part)

    def kill(self, part: str) -> int:
        """kill -9 of a running part, its own process and no other; returns the number that it had."""
        self.until(lambda: self.supervisor.states()[part] == "RUNNING", PATIENCE)
        pid = self.supervisor.pid(part)
        os.kill(pid, signal.SIGKILL)
        return pid

    def is_back(self, part: str, pid: int) -> bool:
        """Whether the process manager has started the part again after that process."""
        return self.supervisor.pid(part) not in (0, pid)

    def tasks(self) -> list[psutil.Process]:
        """The processes that run a task now: the scheduler's workers fork one each."""
        with contextlib.suppress(psutil.Error):
            workers = psutil.Process(self.supervisor.pid("airflow:scheduler")).children()
            return [task for worker in workers for task in worker.children()]
        return []

    def said(self) -> str:
        return self.output.read_text(encoding="utf-8")

    def end(self, number: signal.Signals = signal.SIGINT) -> int:
        self.process.send_signal(number)
        return self.process.wait(90)

    def until(self, holds: Callable[[], bool], seconds: float) -> None:
        """Wait until it holds; a system that ended, or takes longer, fails with what the parts said last."""
        deadline = time.monotonic() + seconds
        while not holds():
            if self.process.poll() is not None or time.monotonic() > deadline:
                pytest.fail(f"not within {seconds} s\n{self.said()}\n{self._last_words()}")
            time.sleep(0.5)

    def _last_words(self) -> str:
        runs = [
            f"{dag_id} {run['run_type']} {run['state']} {run['start_date']} {run['end_date']}"
            for dag_id in ("ingest", "publish", "reconcile")
            for run in (self.runs(dag_id) if self.process.poll() is None else [])
        ]
        logs = sorted((self.settings.home / "logs").rglob("*.log"), key=lambda path: path.stat().st_mtime)[-6:]
        return "\n".join(runs + [f"== {path}\n{path.read_text(errors='replace')[-1500:]}" for path in logs])

    def drop(self, files: Sequence[Path], *, again: str = "") -> list[str]:
        """Drop files named `<feed>/<name>` by atomic rename, each with the side-car that lies beside it.

        again: what their names begin with this time. Returns the names under which they landed.
        """
        names = []
        for path in files:
            if path.name.endswith(SIDECAR_SUFFIX):
                continue
            sidecar = path.with_name(f"{path.name}{SIDECAR_SUFFIX}")
            declared = sidecar.read_bytes() if sidecar.exists() else None
            feed, name = path.parent.name, f"{again}{path.name}"
            names.append(drop(self.settings, feed, name, path.read_bytes(), sidecar=declared).name)
            self.dropped.append(path)
        return names

    def is_settled(self) -> bool:
        """Whether nothing lies in landing, nothing waits for a receipt, and no run is under way or due to an event."""
        landing = (path for path in self.settings.landing.rglob("*") if path.is_file())
        return (
            not any(landing)
            and not pending(self.settings)
            and self.is_answered("ingest")
            and self.is_answered("publish")
        )

    def runs(self, dag_id: str) -> list[dict[str, Any]]:
        """Every run of a DAG, the newest first, as Airflow's API tells them."""
        answer = self._airflow(f"dags/{dag_id}/dagRuns", order_by="-run_after", limit="100").raise_for_status()
        runs: list[dict[str, Any]] = answer.json()["dag_runs"]
        return runs

    def rung_by(self, run: dict[str, Any]) -> set[str | None]:
        """The DAGs whose tasks rang for this run; None stands for the doorbell."""
        answer = self._airflow(f"dags/{run['dag_id']}/dagRuns/{run['dag_run_id']}/upstreamAssetEvents")
        return {event["source_dag_id"] for event in answer.raise_for_status().json()["asset_events"]}

    def is_answered(self, dag_id: str) -> bool:
        """Whether no event waits for a run of the DAG, and none of its runs is under way."""
        waiting = self._airflow(f"dags/{dag_id}/assets/queuedEvents")
        if waiting.status_code != httpx.codes.NOT_FOUND and waiting.raise_for_status().json()["queued_events"]:
            return False
        return all(run["state"] in ("success", "failed") for run in self.runs(dag_id))

    def trigger(self, dag_id: str) -> str:
        """Start a run of a DAG by hand; returns its id."""
        address = f"http://127.0.0.1:{self.airflow_port}/api/v2/dags/{dag_id}/dagRuns"
        answer = httpx.post(address, json={"logical_date": None}, timeout=PATIENCE).raise_for_status()
        return str(answer.json()["dag_run_id"])

    def _airflow(self, path: str, **parameters: str) -> httpx.Response:
        return httpx.get(f"http://127.0.0.1:{self.airflow_port}/api/v2/{path}", params=parameters, timeout=PATIENCE)

    def api(self, path: str, **parameters: str) -> list[dict[str, Any]]:
        """All rows of a table of the public API, page by page; none before the first release."""
        rows: list[dict[str, Any]] = []
        address: str | None = f"{path}?{httpx.QueryParams(parameters)}"
        while address:
            answer = httpx.get(f"http://127.0.0.1:{self.api_port}{address}", timeout=PATIENCE)
            if answer.status_code == httpx.codes.SERVICE_UNAVAILABLE:
                return []
            page = answer.raise_for_status().json()
            rows += page["items"]
            address = page["links"]["next"]
        return rows


@pytest.fixture(scope="session")
def choucha() -> Iterator[Running]:
    # Not under pytest's own folder: that is closed to others, and a server that root starts runs as another user.
    folder = Path(tempfile.mkdtemp(prefix="choucha-airflow-"))
    running = Running(Settings(home=folder / "home"), _free_port(), _free_port(), folder / "said.txt")
    try:
        running.start()
        yield running
    finally:
        if running.process.poll() is None:
            running.end()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def first(tmp_path_factory: pytest.TempPathFactory) -> SimulatedSet:
    return simulate(tmp_path_factory.mktemp("first"), start="2026Q1", quarters=1, samples=200, seed=1, quirks=0.0)


@pytest.fixture(scope="session")
def second(tmp_path_factory: pytest.TempPathFactory) -> SimulatedSet:
    feeds = ("market", "construction")
    folder = tmp_path_factory.mktemp("second")
    return simulate(folder, start="2025Q3", quarters=1, samples=60, seed=2, quirks=0.0, feeds=feeds)


def _free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port: int = probe.getsockname()[1]
        return port
