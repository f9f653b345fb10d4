"""Many files at a real Airflow, and files that misbehave: nothing lost, nothing twice, nothing left waiting."""

from __future__ import annotations

import fcntl
import os
import random
import threading
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from pipelines.simulate import simulate
from pipelines.upkeep import verify
from tests.integration.live import PATIENCE, figures_in_api, figures_of
from warehouse.landing import SIDECAR_SUFFIX
from warehouse.receipts import receipts
from warehouse.settings import Settings

if TYPE_CHECKING:
    from tests.integration.conftest import Running

pytestmark = [pytest.mark.airflow, pytest.mark.timeout(3600)]

QUARTERS = tuple(f"{year}Q{quarter}" for year in (2022, 2023, 2024) for quarter in (1, 2, 3, 4))[1:11]


def test_bursts_repeats_a_replaced_file_and_one_dropped_while_a_release_is_made_count_once_each(
    choucha: Running, tmp_path: Path
) -> None:
    simulated = simulate(tmp_path / "set", start=QUARTERS[0], quarters=len(QUARTERS), samples=400, seed=4, quirks=0.0)
    files = [path for path in simulated.files if not path.name.endswith(SIDECAR_SUFFIX)]
    random.Random(1).shuffle(files)  # so that those of all feeds come interleaved
    replaced = next(path for path in files if path.suffix == ".csv" and "数据" in path.name and len(lines_of(path)) > 2)
    files.remove(replaced)
    at_once, during, over_time = files[:95], files[95], files[96:]
    assert len(over_time) > 30
    before, earlier = len(receipts(choucha.settings)), {run["dag_run_id"] for run in choucha.runs("ingest")}

    with being_replaced(choucha.settings, replaced):
        named = choucha.drop(at_once)
        for number in range(5):  # the same file under five other names
            named += choucha.drop(at_once[:1], again=f"又报{number}-")
        choucha.until(lambda: lying(choucha.settings).isdisjoint(named), PATIENCE)
    when_publishing(choucha.settings)
    named += choucha.drop([during])
    maintained = choucha.trigger("maintain")
    second = [(path, "") for path in over_time] + [(path, "再报-") for path in at_once[: 100 - len(over_time)]]
    for path, again in second:  # a hundred in five seconds
        named += choucha.drop([path], again=again)
        time.sleep(0.05)

    expected = figures_of(simulated)
    choucha.until(lambda: choucha.is_settled() and figures_in_api(choucha, *QUARTERS) == expected, 4 * PATIENCE)
    answered = receipts(choucha.settings)[before:]
    told = Counter(receipt.file_name for receipt in answered)
    assert told.pop(replaced.name) >= 1
    assert told == Counter(named)
    outcomes = Counter(receipt.outcome for receipt in answered if receipt.file_name != replaced.name)
    assert outcomes == {"accepted": len(files), "duplicate": 5 + 100 - len(over_time)}
    assert {check.name: check.detail for check in verify(choucha.settings) if not check.ok} == {}
    choucha.until(lambda: choucha.is_answered("maintain"), PATIENCE)
    assert {run["dag_run_id"]: run["state"] for run in choucha.runs("maintain")}[maintained] == "success"
    assert [
        run for run in choucha.runs("ingest") if run["state"] == "failed" and run["dag_run_id"] not in earlier
    ] == []


def lines_of(path: Path) -> list[bytes]:
    return path.read_bytes().splitlines(keepends=True)


def lying(settings: Settings) -> set[str]:
    return {path.name for path in settings.landing.rglob("*") if path.is_file()}


@contextmanager
def being_replaced(settings: Settings, path: Path) -> Iterator[None]:
    """Writes a longer and a shorter beginning of the file again and again over itself in landing, then all of it.

    Each looks as if it had lain there for long, so that a claim may take any of them at any moment.
    """
    lines, target, ended = lines_of(path), settings.landing / path.parent.name / path.name, threading.Event()
    sidecar = path.with_name(f"{path.name}{SIDECAR_SUFFIX}")

    def place(name: str, content: bytes) -> None:
        part = target.with_name(f".{name}.part")
        part.write_bytes(content)
        os.utime(part, (time.time() - 60, time.time() - 60))
        part.replace(target.with_name(name))

    def replace_on() -> None:
        number = 0
        while not ended.wait(0.005):
            number += 1
            place(path.name, b"".join(lines[: 2 + number % (len(lines) - 1)]))

    assert not sidecar.exists()
    target.parent.mkdir(parents=True, exist_ok=True)
    writer = threading.Thread(target=replace_on)
    writer.start()
    try:
        yield
    finally:
        ended.set()
        writer.join()
        place(path.name, b"".join(lines))


def when_publishing(settings: Settings) -> None:
    """Wait for a moment at which a release is being made."""
    deadline = time.monotonic() + PATIENCE
    with (settings.work / "publish.lock").open("a") as lock:
        while time.monotonic() < deadline:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return
            fcntl.flock(lock, fcntl.LOCK_UN)
            time.sleep(0.005)
    pytest.fail("no release was made")
