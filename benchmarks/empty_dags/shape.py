"""ingest and publish with the same assets, tasks and mapping; files are moved along and never read."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from airflow.sdk import dag, task

from dags.assets import DEFAULTS, LAKE, LANDING, RELEASE, SETTINGS


def folder(name: str) -> Path:
    made = SETTINGS.home / name
    made.mkdir(parents=True, exist_ok=True)
    return made


@dag(schedule=LANDING, catchup=False, max_active_runs=1, default_args=DEFAULTS)
def ingest() -> None:
    @task
    def claim() -> list[list[str]]:
        names = []
        for path in sorted(SETTINGS.landing.glob("*/*.csv")):
            path.rename(folder("claimed") / path.name)
            names.append(path.name)
        return [names[start : start + 10] for start in range(0, len(names), 10)]

    @task(outlets=[LAKE], max_active_tis_per_dagrun=2)
    def process(names: list[str]) -> None:
        for name in names:
            (folder("claimed") / name).rename(folder("processed") / name)

    @task(retries=0, trigger_rule="all_done")
    def nothing_is_stuck() -> None:
        pass

    claimed = claim()
    process.expand(names=claimed)
    claimed >> nothing_is_stuck()


@dag(schedule=LAKE, catchup=False, max_active_runs=1, default_args=DEFAULTS)
def publish() -> None:
    @task(outlets=[RELEASE])
    def release(*, outlet_events: Any = None) -> None:
        for path in folder("processed").iterdir():
            path.rename(folder("released") / path.name)
        outlet_events[RELEASE].extra = {"release_id": "none"}

    release()


ingest()
publish()
