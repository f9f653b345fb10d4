"""Answers of the API to questions that nobody has asked of a release before: nothing of them is kept yet.

One process of the API on a release of a history (history.py); each question once, one after the other, each over a
connection of its own. The first question of each kind only starts what is started late.
"""

from __future__ import annotations

import os
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.api_load import served
from benchmarks.history import QUARTERS, fill
from benchmarks.measuring import in_a_fresh_process, median, table
from pipelines.publish import publish
from warehouse.settings import Settings

__all__ = ["first_answers"]

_PATHS = {
    "`/v1/results` by prefecture": "/v1/results?feed=food&sampling_type=evaluation&quarter={}&by=prefecture",
    "`/v1/results` by stage": "/v1/results?feed=food&sampling_type=evaluation&quarter={}&by=stage",
    "`/v1/rankings`": "/v1/rankings?feed=food&sampling_type=evaluation&quarter={}",
    "`/v1/comparisons`": "/v1/comparisons?feed=food&sampling_type=evaluation&quarter={}&kind=year_before",
    "`/v1/bounds`": "/v1/bounds?feed=food&sampling_type=evaluation&quarter={}",
    "`/v1/indicators`": "/v1/indicators?quarter={}",
    "`/v1/quarters/{quarter}`, all of it": "/v1/quarters/{}",
}


def first_answers(samples: int) -> str:
    """Milliseconds of the first answer to questions of each kind, one for each quarter."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(home=Path(name) / "home")
        in_a_fresh_process(_publish, settings, samples)
        rows = []
        with served("api.app:create_app", os.environ | {"CHOUCHA_HOME": str(settings.home)}) as ours:
            for kind, path in _PATHS.items():
                taken = [_ask(ours.port, path.format(quarter)) for quarter in QUARTERS][1:]
                slowest = sorted(taken)[round(0.95 * (len(taken) - 1))]
                rows.append((kind, str(len(taken)), f"{median(taken):.0f}", f"{slowest:.0f}"))
    header = ("first answer to", "questions", "p50 ms", "p95 ms")
    return table(f"Questions never asked before, {samples:,} samples in {len(QUARTERS)} quarters", header, rows)


def _publish(settings: Settings, samples: int) -> None:
    fill(settings, samples)
    publish(settings)


def _ask(port: int, path: str) -> float:
    """Milliseconds until the last byte."""
    started = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        answer.read()
    return 1000 * (time.perf_counter() - started)
