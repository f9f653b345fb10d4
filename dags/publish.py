"""publish: what the lake holds becomes a release; nothing happens when nothing changed."""

from __future__ import annotations

from typing import Any

from airflow.sdk import dag, task
from airflow.sdk.exceptions import AirflowSkipException

from dags.assets import DEFAULTS, LAKE, RELEASE, SETTINGS, doc


@dag(
    dag_display_name="publish 发布",
    description="Lake → release. 汇总并发布",
    schedule=LAKE,
    catchup=False,
    max_active_runs=1,
    default_args=DEFAULTS,
    tags=["choucha", "publish"],
    doc_md=doc("publish"),
)
def publish() -> None:
    @task(outlets=[RELEASE])
    def release(*, outlet_events: Any = None) -> str:
        """Build the touched quarters, verify, and flip the pointer."""
        from pipelines.publish import publish as publish_release  # noqa: PLC0415 - paid by the task, not by each parse

        release_id = publish_release(SETTINGS)
        if release_id is None:
            raise AirflowSkipException("nothing changed, or an operator holds publication: see choucha status")
        outlet_events[RELEASE].extra = {"release_id": release_id}
        return release_id

    release()


publish()
