"""A run that is killed while a file is read takes its reader with it: the next run reads in the same folder."""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from pathlib import Path

import pytest

from pipelines.read_child import _end_with
from tests.faults.stages import started

PROJECT = Path(__file__).parents[2]


def run_with_a_reader(told: Path) -> None:
    if os.fork() == 0:
        _end_with(os.getppid())
        told.with_suffix(".part").write_text(str(os.getpid()))
        told.with_suffix(".part").rename(told)
    time.sleep(600)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux ends a process with its parent")
def test_a_reader_ends_with_the_run_that_started_it(tmp_path: Path) -> None:
    told = tmp_path / "pid"
    run, _ = started(run_with_a_reader, told)
    while not told.exists():
        assert run.is_alive()
        time.sleep(0.01)
    reader = Path("/proc", told.read_text())
    assert reader.exists()
    run.kill()
    run.join()
    limit = time.monotonic() + 120
    while reader.exists() and "State:\tZ" not in (reader / "status").read_text():
        assert time.monotonic() < limit, "it outlives the run"
        time.sleep(0.01)


def test_a_reader_whose_run_is_gone_before_it_began_reads_nothing(tmp_path: Path) -> None:
    request = tmp_path / "request.json"
    request.write_text(json.dumps({"parent": -1, "folder": str(tmp_path)}))
    child = [sys.executable, "-m", "pipelines.read_child", str(request)]
    told = subprocess.run(child, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert (told.returncode, told.stderr.strip()) == (1, "the run that started the reader is gone")
    assert list(tmp_path.iterdir()) == [request]
