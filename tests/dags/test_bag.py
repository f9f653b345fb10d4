"""The DAGs as Airflow sees them."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path
from typing import Any

from warehouse.office_time import OFFICE_TIME

PROJECT = Path(__file__).parents[2]
DAGS = {"ingest", "maintain", "publish", "reconcile"}


def test_the_folder_holds_exactly_these_dags_and_no_import_error(bag: dict[str, Any]) -> None:
    assert bag["import_errors"] == {}
    assert set(bag["dags"]) == DAGS


def test_every_task_has_an_owner_and_is_tried_again_with_growing_pauses(bag: dict[str, Any]) -> None:
    tasks = {(dag_id, name): task for dag_id, dag in bag["dags"].items() for name, task in dag["tasks"].items()}
    assert set(tasks) == {
        ("ingest", "claim"),
        ("ingest", "nothing_is_stuck"),
        ("ingest", "process"),
        ("maintain", "clear_waste"),
        ("maintain", "compact"),
        ("maintain", "forget"),
        ("maintain", "verify"),
        ("publish", "release"),
        ("reconcile", "ring"),
    }
    assert {task["owner"] for task in tasks.values()} == {"data-engineering"}
    assert {key: task["retries"] for key, task in tasks.items()} == {
        ("ingest", "claim"): 3,
        ("ingest", "nothing_is_stuck"): 0,  # it only tells; the next run is the next try
        ("ingest", "process"): 3,
        ("maintain", "clear_waste"): 3,
        ("maintain", "compact"): 3,
        ("maintain", "forget"): 3,
        ("maintain", "verify"): 3,
        ("publish", "release"): 3,
        ("reconcile", "ring"): 1,
    }
    assert {task["backoff"] for task in tasks.values()} == {2}


def test_every_dag_runs_once_at_a_time_and_never_catches_up(bag: dict[str, Any]) -> None:
    assert {dag_id: dag["max_active_runs"] for dag_id, dag in bag["dags"].items()} == dict.fromkeys(DAGS, 1)
    assert {dag["catchup"] for dag in bag["dags"].values()} == {False}


def test_every_dag_tells_the_engineer_on_call_what_to_do_in_both_languages(bag: dict[str, Any]) -> None:
    for dag_id, dag in bag["dags"].items():
        assert f"## {dag_id}：" in dag["doc_md"]
        assert f"## {dag_id}: " in dag["doc_md"]
        assert "任务变红时" in dag["doc_md"]
        assert "A red task" in dag["doc_md"]
        assert dag["tags"] == sorted(["choucha", dag_id])


def test_events_run_from_landing_to_lake_to_release(bag: dict[str, Any]) -> None:
    dags = bag["dags"]
    assert dags["ingest"]["listens_to"] == ["landing"]
    assert dags["ingest"]["tasks"]["process"]["outlets"] == ["lake"]
    assert dags["ingest"]["tasks"]["process"]["is_mapped"]
    assert dags["publish"]["listens_to"] == ["lake"]
    assert dags["publish"]["tasks"]["release"]["outlets"] == ["release"]


def test_a_file_that_cannot_be_archived_is_told_beside_the_sound_ones(bag: dict[str, Any]) -> None:
    tasks = bag["dags"]["ingest"]["tasks"]
    assert tasks["claim"]["downstream"] == ["nothing_is_stuck", "process"]
    # Both are leaves, so that either makes the run red and neither waits for the other.
    assert (tasks["process"]["downstream"], tasks["nothing_is_stuck"]["downstream"]) == ([], [])


def test_reconcile_rings_for_landing_and_lake_and_starts_no_runs_of_its_own(bag: dict[str, Any]) -> None:
    # A run that an operator started holds up its DAG's next one for half a minute (dags/reconcile.py).
    assert {name: task["outlets"] for name, task in bag["dags"]["reconcile"]["tasks"].items()} == {
        "ring": ["landing", "lake"]
    }
    assert bag["dags"]["reconcile"]["delta_seconds"] == 120


def test_maintain_clears_compacts_and_forgets_before_it_verifies_at_night_in_the_offices_time(
    bag: dict[str, Any],
) -> None:
    maintain = bag["dags"]["maintain"]
    order = ["clear_waste", "compact", "forget", "verify"]
    assert [maintain["tasks"][name]["downstream"] for name in order] == [["compact"], ["forget"], ["verify"], []]
    assert {task["trigger_rule"] for task in maintain["tasks"].values()} == {"all_success"}
    assert maintain["cron"] == "30 3 * * *"
    assert maintain["time_zone"] == str(OFFICE_TIME)


def test_the_doorbell_watches_landing_every_second(bag: dict[str, Any]) -> None:
    assert bag["dags"]["ingest"]["watchers"] == [["doorbell", "dags.doorbell.Doorbell", {"watch_seconds": 1.0}]]


def test_settings_take_the_doorbell_off_and_set_the_clocks(
    load_bag: Callable[..., dict[str, Any]], tmp_path: Path
) -> None:
    settings = {"WATCH_SECONDS": "0", "RECONCILE_MINUTES": "0.5", "MAINTAIN_CRON": "0 1 * * 7"}
    bag = load_bag(tmp_path, **{f"CHOUCHA_{name}": value for name, value in settings.items()})
    assert bag["dags"]["ingest"]["watchers"] == []
    assert bag["dags"]["ingest"]["listens_to"] == ["landing"]
    assert bag["dags"]["reconcile"]["delta_seconds"] == 30
    assert bag["dags"]["maintain"]["cron"] == "0 1 * * 7"


def test_parsing_the_dags_imports_nothing_heavy_and_uses_nothing_deprecated(bag: dict[str, Any]) -> None:
    assert bag["heavy_modules"] == []
    assert bag["warnings"] == []


def test_dag_files_only_wire() -> None:
    lines = {dag_id: len((PROJECT / "dags" / f"{dag_id}.py").read_text().splitlines()) for dag_id in DAGS}
    assert max(lines.values()) <= 60, lines


def test_what_the_scheduler_imports_beforehand_is_none_of_the_project() -> None:
    text = (PROJECT / "dags" / "config" / "airflow_local_settings.py").read_text()
    named = re.findall(r'"(\w+)"', text.split("for _name in")[1])
    assert named == ["great_expectations", "duckdb", "pyarrow", "deltalake"]
