"""reconcile: by the clock, whatever happened to the events; rings for ingest and for publish, as the doorbell does.

It rings and starts no runs: Airflow 3.3 does not count a run that an operator started as over, so that a DAG with one
run at a time is held up until its file is parsed again, half a minute later.
"""

from __future__ import annotations

from datetime import timedelta

from airflow.sdk import DeltaTriggerTimetable, dag, task

from dags.assets import DEFAULTS, LAKE, LANDING, SETTINGS, doc


@dag(
    dag_display_name="reconcile 对账",
    description="By the clock: works off what no event told of. 定时补做",
    schedule=DeltaTriggerTimetable(timedelta(minutes=SETTINGS.reconcile_minutes)),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS | {"retries": 1},  # the clock itself is the next try
    tags=["choucha", "reconcile"],
    doc_md=doc("reconcile"),
)
def reconcile() -> None:
    @task(outlets=[LANDING, LAKE])
    def ring() -> None:
        """Something may lie in landing, something may have become final with time: who listens will see."""

    ring()


reconcile()
