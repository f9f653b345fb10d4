"""reconcile: by the clock, whatever happened to the events; starts ingest, then publish, and waits for both."""

from __future__ import annotations

from datetime import timedelta

from airflow.providers.standard.operators.trigger_dagrun import TriggerDagRunOperator
from airflow.sdk import DeltaTriggerTimetable, TriggerRule, dag

from dags.assets import DEFAULTS, SETTINGS, doc


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
    started_ingest, started_publish = (
        TriggerDagRunOperator(
            task_id=dag_id,
            trigger_dag_id=dag_id,
            wait_for_completion=True,
            poke_interval=3,
            fail_when_dag_is_paused=True,
            trigger_rule=TriggerRule.ALL_DONE,
        )
        for dag_id in ("ingest", "publish")
    )
    started_ingest >> started_publish


reconcile()
