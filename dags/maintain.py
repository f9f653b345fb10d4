"""maintain: once a day, beside whatever runs: waste goes, small files are written together, and all is verified."""

from __future__ import annotations

from airflow.sdk import CronTriggerTimetable, dag, task

from dags.assets import DEFAULTS, SETTINGS, doc
from warehouse.office_time import OFFICE_TIME


@dag(
    dag_display_name="maintain 维护",
    description="Clears waste, compacts, verifies. 清理、合并、核验",
    schedule=CronTriggerTimetable(SETTINGS.maintain_cron, timezone=str(OFFICE_TIME)),
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["choucha", "maintain"],
    doc_md=doc("maintain"),
)
def maintain() -> None:
    @task
    def clear_waste() -> list[str]:
        """Rows of attempts that died before their receipt, and scratch."""
        from pipelines import maintain as steps  # noqa: PLC0415 - paid by the task, not by each parse

        return [str(done) for done in steps.clear_waste(SETTINGS)]

    @task
    def compact() -> list[str]:
        """Small files of the lake, written together."""
        from pipelines import maintain as steps  # noqa: PLC0415 - paid by the task, not by each parse

        return [str(done) for done in steps.compact(SETTINGS)]

    @task
    def forget() -> list[str]:
        """Files that no version in use reads, and old logs."""
        from pipelines import maintain as steps  # noqa: PLC0415 - paid by the task, not by each parse

        return [str(done) for done in steps.forget(SETTINGS)]

    @task
    def verify() -> None:
        """Red when anything was lost or altered."""
        from pipelines import maintain as steps  # noqa: PLC0415 - paid by the task, not by each parse

        steps.check(SETTINGS)

    clear_waste() >> compact() >> forget() >> verify()


maintain()
