"""Answers of the API to questions that nobody has asked of a release before: nothing of them is kept yet.

One process of the API on a release of eight quarters; each question once, one after the other, as it comes from a
client that is there for the first time. The first question of each kind only starts what is started late.
"""

from __future__ import annotations

import os
import tempfile
import time
import urllib.request
from pathlib import Path

from benchmarks.api_load import served
from benchmarks.measuring import median, table
from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim
from pipelines.simulate import simulate
from warehouse.landing import drop
from warehouse.settings import Settings

__all__ = ["first_answers"]

_START, _N_QUARTERS = "2024Q3", 8
_KINDS = {"food": ("evaluation", "supervision"), "market": ("supervision",), "construction": ("inspection",)}
_RANKED = {"food": "evaluation", "construction": "inspection"}


def first_answers(samples: int) -> str:
    """Milliseconds of the first answer to questions of each kind, and of the office's object of a quarter."""
    with tempfile.TemporaryDirectory() as name:
        settings = Settings(home=Path(name) / "home", settle_seconds=0)
        made = simulate(Path(name) / "simulated", start=_START, quarters=_N_QUARTERS, samples=samples, quirks=0.0)
        for path in made.files:
            drop(settings, path.parent.name, path.name, path.read_bytes())
        process_chunk(settings, claim(settings))
        publish(settings)
        rows = []
        with served("api.app:create_app", os.environ | {"CHOUCHA_HOME": str(settings.home)}) as ours:
            for kind, paths in _questions().items():
                taken = [_ask(ours.port, path) for path in paths][1:]
                slowest = sorted(taken)[round(0.95 * (len(taken) - 1))]
                rows.append((kind, str(len(taken)), f"{median(taken):.0f}", f"{slowest:.0f}"))
    header = ("first answer to", "questions", "p50 ms", "p95 ms")
    return table(f"Questions never asked before, {samples:,} samples in {_N_QUARTERS} quarters", header, rows)


def _questions() -> dict[str, list[str]]:
    first = int(_START[:4]) * 4 + int(_START[-1]) - 1
    quarters = [f"{number // 4}Q{1 + number % 4}" for number in range(first, first + _N_QUARTERS)]
    strata = [(feed, kind) for feed, kinds in _KINDS.items() for kind in kinds]
    asked = [f"feed={feed}&sampling_type={kind}&quarter={quarter}" for feed, kind in strata for quarter in quarters]
    ranked = [f"feed={feed}&sampling_type={kind}&quarter={each}" for feed, kind in _RANKED.items() for each in quarters]
    return {
        "`/v1/results`, a stratum by prefecture": [f"/v1/results?{each}&by=prefecture" for each in asked],
        "`/v1/results`, a stratum by category": [f"/v1/results?{each}&by=category" for each in asked],
        "`/v1/rankings`, a stratum": [f"/v1/rankings?{each}" for each in ranked],
        "`/v1/comparisons`, a stratum": [f"/v1/comparisons?{each}" for each in asked],
        "`/v1/bounds`, a stratum": [f"/v1/bounds?{each}" for each in asked],
        "`/v1/indicators`, a quarter": [f"/v1/indicators?quarter={each}" for each in quarters],
        "`/v1/quarters/{quarter}`, all of it": [f"/v1/quarters/{each}" for each in quarters],
        "`/v1/warnings`, a page": [f"/v1/warnings?limit={number}" for number in range(10, 30)],
    }


def _ask(port: int, path: str) -> float:
    """Milliseconds until the last byte."""
    started = time.perf_counter()
    with urllib.request.urlopen(f"http://127.0.0.1:{port}{path}") as answer:
        answer.read()
    return 1000 * (time.perf_counter() - started)
