"""Parses a DAG folder in this process and writes what it found to a file: `bag_report.py FOLDER REPORT`."""

from __future__ import annotations

import json
import sys
import warnings
from pathlib import Path
from typing import Any

HEAVY = ("great_expectations", "duckdb", "deltalake", "pandas", "scipy", "pyarrow")


def describe(dag: Any) -> dict[str, Any]:
    condition = getattr(dag.timetable, "asset_condition", None)
    assets = [condition] if condition else []
    delta = getattr(dag.timetable, "delta", None)
    return {
        "tags": sorted(dag.tags),
        "doc_md": dag.doc_md,
        "max_active_runs": dag.max_active_runs,
        "catchup": dag.catchup,
        "delta_seconds": delta.total_seconds() if delta else None,
        "cron": getattr(dag.timetable, "expression", None),
        "time_zone": str(getattr(dag.timetable, "timezone", "")),
        "listens_to": [asset.name for asset in assets],
        "watchers": [[watcher.name, *watcher.trigger.serialize()] for asset in assets for watcher in asset.watchers],
        "tasks": {
            task.task_id: {
                "owner": task.owner,
                "retries": task.retries,
                "backoff": task.retry_exponential_backoff,
                "downstream": sorted(task.downstream_task_ids),
                "outlets": [outlet.name for outlet in task.outlets],
                "is_mapped": task.is_mapped,
                "trigger_rule": task.trigger_rule.value,
            }
            for task in dag.tasks
        },
    }


def main(folder: str, report: str) -> None:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        from airflow.dag_processing.dagbag import DagBag  # noqa: PLC0415 - its warnings are recorded too

        bag = DagBag(folder)
    content = {
        "import_errors": bag.import_errors,
        "dags": {dag_id: describe(dag) for dag_id, dag in bag.dags.items()},
        "heavy_modules": [name for name in HEAVY if name in sys.modules],
        "warnings": [str(each.message) for each in caught if Path(each.filename).is_relative_to(folder)],
    }
    Path(report).write_text(json.dumps(content), encoding="utf-8")


if __name__ == "__main__":
    main(*sys.argv[1:])
