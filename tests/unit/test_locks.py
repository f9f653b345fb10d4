"""Locks of the home: one process at a time, and nothing left behind."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from pipelines import receive
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0)


COUNTING = """
import sys
from pathlib import Path
from pipelines.receive import locked
from warehouse.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
counter = settings.home / "counter"
for _ in range(200):
    with locked(settings, "one"):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


def test_a_lock_lets_one_process_in_at_a_time_and_leaves_no_file(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "counter").write_text("0")
    project = Path(__file__).parents[2]
    command = [sys.executable, "-c", COUNTING, str(settings.home)]
    processes = [subprocess.Popen(command, cwd=project) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert (settings.home / "counter").read_text() == "800"
    assert list((settings.work / "locks").iterdir()) == []


def test_a_lock_whose_work_fails_is_given_back(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), receive.locked(settings, "one"):
        raise ZeroDivisionError
    with receive.locked(settings, "one"):
        assert [path.name for path in (settings.work / "locks").iterdir()] == ["one.lock"]
    assert list((settings.work / "locks").iterdir()) == []
