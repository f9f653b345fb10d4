"""Seconds from a file's arrival to its figure in the API under Airflow, beside empty DAGs of the same shape.

`python -m benchmarks.airflow_latency [--files 30] [--burst 100]`: starts the system twice, as `choucha up` does, first
with empty DAGs in place of its own. Takes minutes, so `make bench` leaves it out.
"""

from __future__ import annotations

import argparse
import json
import os
import shutil
import signal
import socket
import subprocess
import sys
import tempfile
import time
import urllib.error
import urllib.request
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from unittest.mock import patch

from benchmarks.files import batch_file
from benchmarks.measuring import table
from warehouse.landing import drop
from warehouse.settings import Settings

__all__ = ["latency", "up"]

_SAMPLES = 5
_FEED = "food"
_START_SECONDS = 600.0
_EMPTY_DAGS = Path(__file__).parent / "empty_dags"
_PROJECT = Path(__file__).parents[1]
Seen = Callable[[], int]
"""How many files have come through."""


def latency(n_files: int, n_burst: int) -> str:
    """p50 and p95 of files dropped one by one, and of a burst; both systems, one after the other."""
    measured = {}
    for name, is_empty in (("empty DAGs of the same shape", True), ("choucha", False)):
        with tempfile.TemporaryDirectory(prefix="choucha-latency-") as folder, _running(Path(folder), is_empty) as run:
            settings, seen = run
            files = [batch_file(Path(folder), samples=_SAMPLES, number=k) for k in range(1 + n_files + n_burst)]
            _one_by_one(settings, files[:1], seen, done=0)  # the first file pays for what is started late
            one_by_one = _one_by_one(settings, files[1 : 1 + n_files], seen, done=1)
            burst = _at_once(settings, files[1 + n_files :], seen, done=1 + n_files)
            measured[name] = (one_by_one, burst)
    empty = measured["empty DAGs of the same shape"]
    rows = []
    for name, kinds in measured.items():
        cells = []
        for taken, of_empty in zip(kinds, empty, strict=True):
            for share in (0.5, 0.95):
                mine, theirs = _quantile(taken, share), _quantile(of_empty, share)
                cells.append(f"{mine:.1f} ({mine / theirs:.2f})")
        rows.append((name, *cells))
    header = ("seconds (empty = 1)", f"{n_files} one by one, p50", "p95", f"burst of {n_burst}, p50", "p95")
    return table("A file's arrival to its figure in the API, under Airflow", header, rows)


def _one_by_one(settings: Settings, files: list[Path], seen: Seen, *, done: int) -> list[float]:
    return [_at_once(settings, [path], seen, done=done + k)[0] for k, path in enumerate(files)]


def _at_once(settings: Settings, files: list[Path], seen: Seen, *, done: int) -> list[float]:
    """Seconds until the first, second, … of the files has come through."""
    dropped = time.perf_counter()
    for path in files:
        drop(settings, _FEED, path.name, path.read_bytes())
    taken: list[float] = []
    while len(taken) < len(files):
        if time.perf_counter() - dropped > _START_SECONDS:
            raise RuntimeError(f"{len(files) - len(taken)} of {len(files)} files did not come through")
        time.sleep(0.05)
        taken += [time.perf_counter() - dropped] * (seen() - done - len(taken))
    return taken


def _quantile(values: list[float], share: float) -> float:
    return sorted(values)[round(share * (len(values) - 1))]


@contextmanager
def _running(folder: Path, is_empty: bool) -> Iterator[tuple[Settings, Seen]]:
    """The system, started and answering, and how to ask it what has come through."""
    folder.chmod(0o755)  # a server that root starts runs as another user
    settings = Settings(home=folder / "home")
    airflow_port, api_port = _free_port(), _free_port()
    said = folder / "said.txt"
    arguments = [str(airflow_port), str(api_port), str(_EMPTY_DAGS if is_empty else "")]
    code = "import sys; from benchmarks.airflow_latency import up; sys.exit(up(*sys.argv[1:]))"
    environment = os.environ | {"CHOUCHA_HOME": str(settings.home), "PYTHONPATH": str(_PROJECT)}
    with said.open("wb") as output:
        started = subprocess.Popen(
            [sys.executable, "-c", code, *arguments], env=environment, stdout=output, stderr=output
        )
    try:
        deadline = time.monotonic() + _START_SECONDS
        while "Ctrl-C ends everything" not in said.read_text(encoding="utf-8"):
            if started.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(said.read_text(encoding="utf-8"))
            time.sleep(0.5)
        released = settings.home / "released"
        yield settings, (lambda: len(list(released.glob("*")))) if is_empty else (lambda: _n_samples(api_port))
    finally:
        started.send_signal(signal.SIGINT)
        started.wait(120)
        shutil.rmtree(settings.home, ignore_errors=True)


def up(airflow_port: str, api_port: str, dags_folder: str) -> int:
    """`choucha up`, with another folder of DAGs where one is named."""
    from pipelines.up import environment, run  # noqa: PLC0415 - in the process that starts the parts

    def elsewhere(*given: Any, **named: Any) -> dict[str, str]:
        own = environment.airflow_environment(*given, **named)
        return {**own, **({"AIRFLOW__CORE__DAGS_FOLDER": dags_folder} if dags_folder else {})}

    settings = Settings.from_environment()
    with patch.object(run, "airflow_environment", elsewhere):
        return run.up(settings, airflow_port=int(airflow_port), api_port=int(api_port), simulate=False)


def _n_samples(api_port: int) -> int:
    """Files whose samples the public API counts."""
    try:
        with urllib.request.urlopen(f"http://127.0.0.1:{api_port}/v1/results?feed={_FEED}") as answer:
            return int(sum(row["n_sampled"] for row in json.load(answer)["items"])) // _SAMPLES
    except urllib.error.HTTPError:  # nothing has been published yet
        return 0


def _free_port() -> int:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port: int = probe.getsockname()[1]
        return port


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks.airflow_latency", description=__doc__)
    parser.add_argument("--files", type=int, default=30, help="files dropped one by one")
    parser.add_argument("--burst", type=int, default=100, help="files dropped at once")
    chosen = parser.parse_args()
    print(latency(chosen.files, chosen.burst))


if __name__ == "__main__":
    main()
