"""The DAG bag as Airflow's own processor sees it: parsed in a process of its own, reported as JSON."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

PROJECT = Path(__file__).parents[2]
REPORT = Path(__file__).with_name("bag_report.py")


def _load_bag(folder: Path, **settings: str) -> dict[str, Any]:
    """What bag_report.py says of the DAG folder, under these settings."""
    environment = {
        "PATH": os.environ["PATH"],
        "PYTHONPATH": str(PROJECT),
        "AIRFLOW_HOME": str(folder / "airflow"),
        "AIRFLOW__CORE__DAGS_FOLDER": str(PROJECT / "dags"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "CHOUCHA_HOME": str(folder / "home"),
        **settings,
    }
    command = [sys.executable, str(REPORT), str(PROJECT / "dags"), str(folder / "bag.json")]
    result = subprocess.run(command, env=environment, capture_output=True, text=True, timeout=120, check=False)
    assert result.returncode == 0, result.stderr[-3000:]
    content: dict[str, Any] = json.loads((folder / "bag.json").read_text(encoding="utf-8"))
    return content


@pytest.fixture(scope="session")
def load_bag() -> Callable[..., dict[str, Any]]:
    return _load_bag


@pytest.fixture(scope="session")
def bag(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return _load_bag(tmp_path_factory.mktemp("bag"))
