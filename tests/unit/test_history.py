"""When Airflow's memory of its runs is cut back; that it is, and stops nothing, a real Airflow shows."""

from __future__ import annotations

import os
import time
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.up.history import EVERY_SECONDS, History, cut_command
from warehouse.settings import Settings


@pytest.fixture
def history(tmp_path: Path) -> History:
    settings = Settings(home=tmp_path)
    (tmp_path / "airflow").mkdir()
    return History(settings, {})


def test_a_new_home_begins_to_count_now(history: History) -> None:
    history.look()
    assert history.process is None
    assert time.time() - (history.settings.home / "airflow" / "history_cut").stat().st_mtime < EVERY_SECONDS


def test_nothing_is_cut_before_a_day_has_passed(history: History) -> None:
    noted = history.settings.home / "airflow" / "history_cut"
    noted.touch()
    almost = time.time() - EVERY_SECONDS + 600
    os.utime(noted, (almost, almost))
    history.look()
    assert history.process is None
    assert noted.stat().st_mtime == pytest.approx(almost)


def test_what_is_in_use_however_old_is_not_among_what_is_cut() -> None:
    words = cut_command(datetime(2026, 7, 1, tzinfo=UTC))
    tables = words[words.index("--tables") + 1].split(",")
    assert {"dag_run", "task_instance", "asset_event"} <= set(tables)
    assert {"dag", "dag_version", "trigger"}.isdisjoint(tables)
    assert words[-1] == "2026-07-01T00:00:00+00:00"
