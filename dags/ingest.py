"""ingest: what lies in landing is claimed, and every envelope without a receipt becomes rows of the lake."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task

from dags.assets import DEFAULTS, LAKE, LANDING, LEFT_IN_LANDING, SETTINGS, doc

FILES_PER_RUN = 1_000
TASKS_PER_RUN = 8
FILES_PER_TASK = 10


@dag(
    dag_display_name="ingest 接收入湖",
    description="Landing → archive → lake. 接收报送文件，校验后入湖",
    schedule=LANDING,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["choucha", "ingest"],
    doc_md=doc("ingest"),
)
def ingest() -> None:
    @task(outlets=[LEFT_IN_LANDING])
    def claim(*, outlet_events: Any = None) -> list[list[str]]:
        """Claim whatever is complete; rings again when a run's worth is exceeded."""
        from pipelines import receive  # noqa: PLC0415 - paid by the task, not by each parse

        waiting = receive.claim(SETTINGS)
        if len(waiting) > FILES_PER_RUN:
            outlet_events[LEFT_IN_LANDING].add(LANDING)
        now = waiting[:FILES_PER_RUN]
        return receive.chunks(now, max(FILES_PER_TASK, -(-len(now) // TASKS_PER_RUN)))

    @task(outlets=[LAKE], max_active_tis_per_dagrun=2)
    def process(envelope_ids: list[str]) -> list[str]:
        """Read, normalise, validate and commit each file; a bad file gets its receipt, bad infrastructure a retry."""
        from pipelines.process import process_chunk  # noqa: PLC0415 - paid by the task, not by each parse

        return [f"{receipt.file_name}: {receipt.outcome}" for receipt in process_chunk(SETTINGS, envelope_ids)]

    @task(retries=0, trigger_rule="all_done")
    def nothing_is_stuck() -> None:
        """Red while a claimed file can't be archived; beside the sound files, which never wait for it."""
        from pipelines import receive  # noqa: PLC0415 - paid by the task, not by each parse

        receive.check_claims(SETTINGS)

    claimed = claim()
    process.expand(envelope_ids=claimed)
    claimed >> nothing_is_stuck()


ingest()
