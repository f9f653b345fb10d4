"""Maintaining a home: what nobody counts or reads goes, and every figure ever published is explained as before."""

from __future__ import annotations

import os
import time
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from deltalake import DeltaTable

from pipelines import compaction, maintain
from pipelines.compaction import MOST_SMALL_FILES
from pipelines.explain import explain
from pipelines.locks import locked
from pipelines.publish import publish
from tests.warehouse.builder import Lake, batch, quarantined, sample
from tests.warehouse.reading import counts
from warehouse import lake, lake_upkeep
from warehouse.connect import connect
from warehouse.contract import table_contracts
from warehouse.settings import Settings

AS_OF = datetime(2026, 6, 20, 4, tzinfo=UTC)
DAY = timedelta(days=1)


def later() -> datetime:
    """When all that is written now has become old."""
    return datetime.now(UTC) + 2 * DAY


def n_rows(settings: Settings, table: str) -> int:
    with connect(settings) as connection:
        view = lake.scan(settings, connection, table)
        return int(connection.execute(f"SELECT count(*) FROM {view}").fetchall()[0][0])


def stored(settings: Settings, table: str) -> set[str]:
    """Names of the table's files on the disk, whoever reads them."""
    return {path.name for path in lake.table_path(settings, table).rglob("*.parquet") if "_delta_log" not in path.parts}


def did(done: list[maintain.Done]) -> dict[str, int]:
    return {each.step: each.n for each in done if each.n}


def lineage(settings: Settings, release_id: str | None) -> list[dict[str, object]]:
    found = explain(settings, quarter="2026Q2", feed="food", sampling_type="evaluation", release=release_id)
    return sorted(found.to_pylist(), key=repr)


@pytest.fixture
def dead(settings: Settings, lake_of: Lake) -> Lake:
    """A lake with one batch that counts, and an attempt that died before its receipt."""
    lake_of.commit(batch("b1", sample("1"), quarantine=(quarantined("food-9"),)))
    lake_of.commit(batch("b2", sample("2"), sample("3"), quarantine=(quarantined("food-8"),)), receipt=False)
    return lake_of


def test_rows_of_an_attempt_that_died_are_deleted_once_they_are_old(settings: Settings, dead: Lake) -> None:
    assert did(maintain.clear_waste(settings)) == {}
    assert (n_rows(settings, "samples"), n_rows(settings, "quarantine")) == (3, 2)
    assert did(maintain.clear_waste(settings, now=later())) == {"waste": 3}
    assert (n_rows(settings, "samples"), n_rows(settings, "quarantine")) == (1, 1)
    assert did(maintain.clear_waste(settings, now=later())) == {}


def test_rows_of_an_attempt_under_way_are_no_waste_however_old(settings: Settings, dead: Lake) -> None:
    with locked(settings, "attempt-attempt-000002"):
        assert did(maintain.clear_waste(settings, now=later())) == {}
    assert n_rows(settings, "samples") == 3


def test_a_receipt_that_came_while_the_lock_was_awaited_keeps_its_rows(
    settings: Settings, dead: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    asked = lake_upkeep.dead_attempts
    answers: list[set[str]] = []

    def asked_before_the_receipt(*arguments: object, **named: object) -> set[str]:
        answers.append(asked(*arguments, **named))  # type: ignore[arg-type]
        if len(answers) == 2:  # both tables in which the attempt has rows were asked once
            dead.n_attempts -= 1
            dead.commit(batch("b2", sample("2"), sample("3"), quarantine=(quarantined("food-8"),)))
        return answers[-1]

    monkeypatch.setattr(lake_upkeep, "dead_attempts", asked_before_the_receipt)
    assert did(maintain.clear_waste(settings, now=later())) == {}
    n_tables = len(maintain.ATTEMPTED)
    assert answers == [{"attempt-000002"}, {"attempt-000002"}, *[set()] * (2 * n_tables - 2)]


def test_every_table_whose_rows_stand_under_an_attempt_is_cleared() -> None:
    under_an_attempt = {
        table.name
        for table in table_contracts("lake").values()
        if any(column.name == "attempt_id" and column.is_required for column in table.columns)
    }
    assert set(maintain.ATTEMPTED) == under_an_attempt


def test_a_superseded_batch_is_no_waste(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1")), batch("b2", sample("2"), supersedes="b1"))
    assert did(maintain.clear_waste(settings, now=later())) == {}
    assert n_rows(settings, "samples") == 2


def test_only_a_partition_with_many_small_files_is_compacted(settings: Settings, lake_of: Lake) -> None:
    for k in range(MOST_SMALL_FILES):
        lake_of.commit(batch(f"b{k}", sample(str(k)), sample(f"m{k}", feed="market")))
    assert "compact samples" not in did(maintain.compact(settings))
    lake_of.commit(batch("last", sample("last")))
    assert did(maintain.compact(settings))["compact samples"] == MOST_SMALL_FILES + 1
    assert len(lake.files(settings, "samples")) == 1 + MOST_SMALL_FILES
    assert n_rows(settings, "samples") == 2 * MOST_SMALL_FILES + 1


def test_a_publication_leaves_few_small_files_behind_and_what_it_said_stays_explained(
    settings: Settings, lake_of: Lake
) -> None:
    for k in range(MOST_SMALL_FILES + 1):
        lake_of.commit(batch(f"b{k}", sample(str(k))))
    first = publish(settings, AS_OF)
    assert len(lake.files(settings, "samples")) == 1
    lake_of.commit(batch("after", sample("after")))
    second = publish(settings, AS_OF)
    assert len(lake.files(settings, "samples")) == 2
    assert counts(settings)["sampled"] == MOST_SMALL_FILES + 2
    assert [len(lineage(settings, each)) for each in (first, second)] == [MOST_SMALL_FILES + 1, MOST_SMALL_FILES + 2]


def test_a_file_that_fills_up_and_all_while_maintain_runs_are_left_to_it(
    settings: Settings, lake_of: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    for k in range(MOST_SMALL_FILES + 1):
        lake_of.commit(batch(f"b{k}", sample(str(k))))
    monkeypatch.setattr(compaction, "_READ_BY_EACH_RELEASE", ("samples",))
    sizes = [Path(path).stat().st_size for path in lake.files(settings, "samples")]
    with locked(settings, "maintain"):
        assert compaction.compact_between(settings) == 0
    with monkeypatch.context() as patch:
        patch.setattr(compaction, "_FULL_BYTES", 2 * min(sizes))
        assert compaction.compact_between(settings) == 0
    assert compaction.compact_between(settings) == len(sizes) == MOST_SMALL_FILES + 1


def test_old_figures_are_explained_as_before_though_files_that_no_release_reads_are_gone(
    settings: Settings, lake_of: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintain, "MOST_SMALL_FILES", 1)
    lake_of.commit(batch("b1", sample("1"), sample("2")))
    first = publish(settings, AS_OF)
    read_by_first = stored(settings, "samples")
    lake_of.commit(batch("dead", sample("7")), receipt=False)
    lake_of.commit(batch("b2", sample("3", conclusion="nonconforming")))
    maintain.clear_waste(settings, now=later())
    maintain.compact(settings)
    second = publish(settings, AS_OF)
    before = [lineage(settings, release_id) for release_id in (first, second)]
    assert [len(samples) for samples in before] == [2, 3]

    unread = stored(settings, "samples") - set(read_by_first) - {Path(p).name for p in lake.files(settings, "samples")}
    assert len(unread) == 2  # the dead attempt's, and that of b2 before it was compacted
    assert "files of samples" not in did(maintain.forget(settings))
    assert did(maintain.forget(replace(settings, waste_hours=0)))["files of samples"] == len(unread)
    assert stored(settings, "samples") == read_by_first | {Path(p).name for p in lake.files(settings, "samples")}
    assert [lineage(settings, release_id) for release_id in (first, second)] == before
    assert publish(settings, AS_OF) is None
    assert counts(settings)["sampled"] == 3


def test_of_many_releases_every_version_is_kept_readable(settings: Settings, lake_of: Lake) -> None:
    named = []
    for k in range(6):
        lake_of.commit(batch(f"b{k}", sample(str(k))))
        if k in (1, 2, 4):
            named.append(lake.versions(settings)["samples"])
        if k in (0, 3):
            lake.compact(settings, "samples", most_files=1)
    lake.compact(settings, "samples", most_files=1)
    lost = {version: _rows_at(settings, version) for version in range(1, lake.versions(settings)["samples"] + 1)}
    assert lake_upkeep.delete_unread_files(settings, "samples", versions=named, hours=0) > 0
    assert {version: _rows_at(settings, version) for version in named} == {v: lost[v] for v in named}
    assert _rows_at(settings, None) == 6


def _rows_at(settings: Settings, version: int | None) -> int:
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "samples", version=version, name="samples_then")
        return int(connection.execute(f"SELECT count(*) FROM {view}").fetchall()[0][0])


def test_a_reader_that_listed_its_files_before_they_were_compacted_reads_on(
    settings: Settings, lake_of: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(maintain, "MOST_SMALL_FILES", 1)
    lake_of.commit(batch("b1", sample("1")), batch("b2", sample("2")))
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "samples")
        maintain.maintain(settings)
        assert connection.execute(f"SELECT count(*) FROM {view}").fetchall() == [(2,)]


@pytest.mark.parametrize("is_old_lake", [False, True], ids=["made now", "made before this was the rule"])
def test_a_version_older_than_a_month_stays_readable(settings: Settings, lake_of: Lake, is_old_lake: bool) -> None:
    lake_of.commit(batch("b1", sample("1")))
    version = lake.versions(settings)["samples"]
    path = lake.table_path(settings, "samples")
    if is_old_lake:
        DeltaTable(path).alter.set_table_properties({"delta.enableExpiredLogCleanup": "true"})
        maintain.forget(settings)
    long_ago = time.time() - 40 * 24 * 3600
    DeltaTable(path).create_checkpoint()
    for each in (path / "_delta_log").iterdir():
        os.utime(each, (long_ago, long_ago))
    lake_of.commit(batch("b2", sample("2")))
    DeltaTable(path).create_checkpoint()
    assert _rows_at(settings, version) == 1


def test_scratch_that_a_killed_process_left_goes_once_it_is_old_and_nothing_else_does(settings: Settings) -> None:
    left = [
        settings.work / "batches" / "answered" / "read" / "sheet.arrow",
        settings.work / "checks" / "0123" / "request.json",
        settings.work / "duckdb" / "spilled.tmp",
        settings.landing / "food" / f".{'0a' * 16}.part",
        settings.work / "locks" / "attempt-0123.lock",
    ]
    kept = [
        settings.work / "claims" / "envelope" / "content",
        settings.work / "publish" / "memory.duckdb",
        settings.landing / "food" / ".sent.csv.part",
        settings.work / "batches" / "held" / "batch.duckdb",
    ]
    for path in (*left, *kept):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(b"")
    with locked(settings, "envelope-held"):
        assert did(maintain.clear_waste(settings)) == {"scratch": 1}  # the lock, whose holder is dead at any age
        assert did(maintain.clear_waste(settings, now=later())) == {"scratch": 4}
    assert [path for path in left if path.exists()] == []
    assert [path for path in kept if not path.exists()] == []


def test_logs_of_tasks_go_with_the_history_and_those_of_the_process_manager_stay(settings: Settings) -> None:
    old, young, managers = (
        settings.home / "logs" / name for name in ("tasks/dag_id=a/1.log", "tasks/dag_id=a/2.log", "api.log")
    )
    for path in (old, young, managers):
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    for path in (old, managers):
        os.utime(path, (time.time() - 31 * 24 * 3600,) * 2)
    assert did(maintain.forget(settings)) == {"logs": 1}
    assert [path.exists() for path in (old, young, managers)] == [False, True, True]


def test_a_home_without_anything_is_maintained(settings: Settings) -> None:
    done, checks = maintain.maintain(settings)
    assert did(done) == {}
    assert {check.name: check.ok for check in checks} == dict.fromkeys(
        ("archive", "receipts", "conservation", "lake", "release"), True
    )
