"""Publishing: nothing new publishes nothing, and a crash leaves the release before serving."""

from __future__ import annotations

import multiprocessing
import os
import signal
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, date, datetime
from hashlib import file_digest
from pathlib import Path
from shutil import copytree, rmtree
from typing import Any

import pytest

from pipelines import changes, shelf
from pipelines import publish as publish_module
from pipelines.kept import figures_path
from pipelines.publish import publish
from tests.warehouse.builder import Lake, batch, sample
from tests.warehouse.reading import counts, rows
from warehouse import lake
from warehouse.connect import connect
from warehouse.release import ARTEFACTS, current_release_id, list_releases, read_manifest, release_path
from warehouse.settings import Settings

pytestmark = pytest.mark.timeout(1200)  # dozens of releases each
AS_OF = datetime(2026, 6, 20, 4, tzinfo=UTC)


def test_nothing_new_publishes_nothing_also_without_its_memory(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1", conclusion="nonconforming", notice_no="N1")))
    first = publish(settings, AS_OF)
    assert publish(settings, AS_OF) is None
    for memory in (settings.work / "publish").iterdir():
        memory.unlink()
    assert publish(settings, AS_OF) is None
    assert all(figures_path(settings, str(first), artefact).exists() for artefact in ARTEFACTS)
    lake_of.commit(batch("b1", sample("1", conclusion="nonconforming", notice_no="N1")))
    lake_of.commit(batch("b2", sample("2"), outcome="rejected"))
    assert publish(settings, AS_OF) is None
    assert list_releases(settings) == [first]


def test_untouched_quarters_are_not_read_again(
    settings: Settings, lake_of: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    lake_of.commit(batch("b1", sample("1", quarter="2025Q4", concluded_on=date(2025, 12, 1)), sample("2")))
    publish(settings, AS_OF)
    built: list[tuple[str, ...]] = []
    build = publish_module.build_quarters

    def watched(sources: Any, quarters: Any, *each: Any) -> None:
        built.append(tuple(quarters))
        build(sources, quarters, *each)

    monkeypatch.setattr(publish_module, "build_quarters", watched)
    lake_of.commit(batch("b2", sample("3", quarter="2026Q1", concluded_on=date(2026, 2, 1))))
    publish(settings, AS_OF)
    assert built == [("2026Q1",)]
    assert counts(settings) == {"sampled": 3, "concluded": 3, "conforming": 3}


def test_a_rebuild_in_a_new_home_gives_the_same_digest(tmp_path: Path, lake_of: Lake, settings: Settings) -> None:
    batches = [
        batch("b1", sample("1", conclusion="nonconforming", notice_no="N1")),
        batch("b2", sample("2", conclusion="nonconforming", notice_no="N2", concluded_on=date(2026, 5, 1))),
    ]
    for each in batches:
        lake_of.commit(each)
        publish(settings, AS_OF)
    elsewhere = Settings(home=tmp_path / "elsewhere")
    Lake(elsewhere).commit(*batches)
    publish(elsewhere, AS_OF)
    first, second = (read_manifest(each, str(current_release_id(each))) for each in (settings, elsewhere))
    assert first.digest == second.digest
    # Elsewhere nothing was told before, so that there are fewer versions of the same warning.
    assert first.counts.pop("mart_warning_versions") == 2
    assert second.counts.pop("mart_warning_versions") == 1
    # Nor is there a release that its figures could differ from.
    assert (first.counts.pop("mart_revisions"), second.counts.pop("mart_revisions")) == (1, 0)
    assert first.counts == second.counts


def test_an_earlier_instant_makes_results_provisional_again(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1", conclusion="nonconforming", concluded_on=date(2026, 6, 1))))
    publish(settings, datetime(2026, 7, 20, tzinfo=UTC))
    assert counts(settings).get("provisional") is None
    publish(settings, datetime(2026, 6, 3, tzinfo=UTC))
    assert counts(settings)["provisional"] == 1


class _KilledError(BaseException):
    """Stands for the end of the process: nothing in the code under test catches it."""


def _dying(call: Callable[..., Any], remaining: list[int]) -> Callable[..., Any]:
    def dies(*arguments: Any, **named: Any) -> Any:
        remaining[0] -= 1
        if remaining[0] == 0:
            raise _KilledError
        return call(*arguments, **named)

    return dies


def _events(settings: Settings) -> list[tuple[str, int, str]]:
    with connect(settings) as connection:
        lake.scan(settings, connection, "warning_events")
        query = "SELECT warning_id, version, release_id FROM lake_warning_events ORDER BY ALL"
        return [tuple(row) for row in connection.execute(query).fetchall()]


def test_a_crash_at_any_step_leaves_a_release_serving_and_no_event_twice(tmp_path: Path) -> None:
    start = Settings(home=tmp_path / "start")
    Lake(start).commit(batch("b1", sample("1", conclusion="nonconforming", notice_no="N1")))
    before = publish(start, AS_OF)
    Lake(start).commit(batch("b2", sample("2", conclusion="nonconforming", notice_no="N1", product_name="腐竹")))
    for step in range(1, 100):
        settings = Settings(home=tmp_path / str(step))
        copytree(start.home, settings.home)
        with pytest.MonkeyPatch.context() as patch:
            remaining = [step]
            for module, name in (
                (shelf, "_write"), (shelf, "sync"), (shelf, "file_hash"), (shelf, "_enter_events"),
                (publish_module, "verify"), (publish_module, "remember"), (changes, "create"),
            ):  # fmt: skip
                patch.setattr(module, name, _dying(getattr(module, name), remaining))
            patch.setattr(Path, "rename", _dying(Path.rename, remaining))
            patch.setattr(Path, "replace", _dying(Path.replace, remaining))
            try:
                publish(settings, AS_OF)
            except _KilledError:
                serving = str(current_release_id(settings))
                assert counts(settings)["sampled"] == (1 if serving == before else 2)
            else:
                assert step > 15
                return
        publish(settings, AS_OF)
        assert counts(settings) == {"sampled": 2, "concluded": 2, "nonconforming": 2}
        others = {path.name for path in settings.releases.iterdir() if not path.name[:8].isdigit()}
        assert others == {"current", "parts"}
        known = {row[0] for row in rows(settings, "SELECT warning_id FROM mart_warnings")}
        events = _events(settings)
        assert len(events) == 2
        assert {event[0] for event in events} == known
        assert {event[2] for event in events} <= set(list_releases(settings))
        public = Settings(home=settings.public_releases.parent)
        assert (current_release_id(public), list_releases(public)) == (
            current_release_id(settings),
            list_releases(settings),
        )
    pytest.fail("publication never ended")


def test_a_release_is_on_the_disk_whole_before_it_has_its_name(
    settings: Settings, lake_of: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    synced: set[Path] = set()
    missing: list[set[Path]] = []
    sync, rename = shelf.sync, Path.rename

    def syncing(path: Path) -> None:
        sync(path)
        synced.add(path)

    def renaming(path: Path, target: Path) -> Path:
        if path.parent == settings.releases:
            missing.append({path, *path.iterdir()} - synced)
        return rename(path, target)

    monkeypatch.setattr(shelf, "sync", syncing)
    monkeypatch.setattr(Path, "rename", renaming)
    lake_of.commit(batch("b1", sample("1", conclusion="nonconforming", notice_no="N1")))
    assert publish(settings, AS_OF)
    assert missing == [set()]
    assert settings.releases in synced


def _publish_and_die(home: Path) -> None:
    def die(*_: object) -> None:
        os.kill(os.getpid(), signal.SIGKILL)

    shelf._enter_events = die
    publish(Settings(home=home), AS_OF)


def test_a_killed_process_is_finished_by_the_next_run(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1", conclusion="nonconforming", notice_no="N1")))
    child = multiprocessing.get_context("spawn").Process(target=_publish_and_die, args=(settings.home,))
    child.start()
    child.join(120)
    assert child.exitcode == -signal.SIGKILL
    serving = current_release_id(settings)
    assert (serving, _events(settings)) == (list_releases(settings)[0], [])
    assert publish(settings, AS_OF) is None
    assert [event[1:] for event in _events(settings)] == [(1, serving)]


def test_events_of_earlier_releases_are_not_looked_through_again(
    settings: Settings, lake_of: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []
    reading = shelf._read_events

    def watched(path: Path) -> Any:
        read.append(path.parent.name)
        return reading(path)

    monkeypatch.setattr(shelf, "_read_events", watched)
    released = []
    for number in range(3):
        lake_of.commit(batch(f"b{number}", sample(str(number))))
        released.append(publish(settings, AS_OF))
    assert read == released
    read.clear()
    (settings.work / "events_entered.json").write_text("torn", encoding="utf-8")
    assert publish(settings, AS_OF) is None
    assert read == released


@pytest.mark.parametrize("is_of_yesterday", [False, True], ids=["gone", "of yesterday"])
def test_a_lake_that_lost_what_the_public_was_told_is_told_it_again(
    settings: Settings, lake_of: Lake, tmp_path: Path, is_of_yesterday: bool
) -> None:
    table, kept = lake.table_path(settings, "warning_events"), tmp_path / "yesterday"
    for number in range(2):
        name = f"腐竹{number}"
        lake_of.commit(batch(f"b{number}", sample(str(number), conclusion="nonconforming", product_name=name)))
        assert publish(settings, AS_OF)
        if number == 0:
            copytree(table, kept)
    told = _events(settings)
    assert len(told) == 2
    rmtree(table)
    if is_of_yesterday:
        copytree(kept, table)
    assert publish(settings, AS_OF) is None
    assert _events(settings) == told


def _publish_once(home: Path) -> None:
    publish(Settings(home=home), AS_OF)


def test_processes_that_publish_at_once_publish_once(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1", conclusion="nonconforming", notice_no="N1")))
    context = multiprocessing.get_context("spawn")
    publishers = [context.Process(target=_publish_once, args=(settings.home,)) for _ in range(3)]
    for publisher in publishers:
        publisher.start()
    for publisher in publishers:
        publisher.join(120)
    assert [publisher.exitcode for publisher in publishers] == [0, 0, 0]
    assert len(list_releases(settings)) == 1
    assert len(_events(settings)) == 1


def test_what_a_public_api_is_given_holds_nothing_of_the_office(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1", conclusion="nonconforming", notice_no="N1")))
    first = publish(settings, AS_OF)
    rmtree(settings.public_releases)  # a home of before there was this folder
    lake_of.commit(batch("b2", sample("2")))
    second = publish(settings, AS_OF)
    public = Settings(home=settings.public_releases.parent)
    assert current_release_id(public) == second
    assert {path.relative_to(public.releases).as_posix() for path in public.releases.rglob("*") if path.is_file()} == {
        "current",
        *(f"{each}/{name}" for each in (first, second) for name in ("public.duckdb", "manifest.json")),
        *(
            f"parts/{part.sha256}.parquet"
            for each in (first, second)
            for part in read_manifest(public, str(each)).parts
        ),
    }
    assert counts(public, artefact="public")["sampled"] == 2
    files = read_manifest(public, str(second)).files
    with release_path(public, str(second), "public").open("rb") as file:
        assert file_digest(file, "sha256").hexdigest() == files["public.duckdb"]


def test_other_provinces_installed_are_a_reason_to_publish(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1")))
    publish(settings, AS_OF)
    both = replace(settings, provinces=("510000", "440000"))
    assert publish(both, AS_OF) is not None
    assert rows(both, "SELECT DISTINCT province_code FROM ref_prefectures ORDER BY 1") == [("440000",), ("510000",)]
