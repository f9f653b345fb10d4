"""A clock that is set back, by an hour or a day, between two runs: order, releases and warnings stay right."""

from __future__ import annotations

import os
import time
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from pipelines import publish as publish_module
from pipelines import receive
from pipelines.publish import publish
from pipelines.receive import claim
from pipelines.upkeep import verify
from tests.warehouse.builder import Lake, batch, sample
from tests.warehouse.reading import rows
from warehouse import lake
from warehouse.archive import read_envelope
from warehouse.connect import connect
from warehouse.landing import drop
from warehouse.release import current_release_id, list_releases, read_manifest
from warehouse.settings import Settings

# By then the failure that the tests speak of is final; three weeks before it is not.
FINAL, PROVISIONAL = datetime(2026, 6, 20, 4, tzinfo=UTC), datetime(2026, 5, 30, 4, tzinfo=UTC)
BACK = [timedelta(hours=1), FINAL - PROVISIONAL]
FAILED = {"conclusion": "nonconforming", "concluded_on": date(2026, 5, 25)}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0)


def set_clock(patch: pytest.MonkeyPatch, instant: datetime) -> None:
    class Clock(datetime):
        @classmethod
        def now(cls, tz: Any = None) -> datetime:
            return instant

    for module in (publish_module, receive):
        patch.setattr(module, "datetime", Clock)


def events(settings: Settings) -> list[tuple[str, int, str, datetime]]:
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "warning_events")
        found = connection.execute(f"SELECT event, version, release_id, happened_at FROM {view} ORDER BY 2, 3")
        return [tuple(row) for row in found.fetchall()]


@pytest.mark.parametrize("back", BACK, ids=str)
def test_a_release_made_after_the_clock_went_back_is_the_latest_and_withdraws_nothing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, back: timedelta
) -> None:
    set_clock(monkeypatch, FINAL)
    Lake(settings).commit(batch("b1", sample("1", **FAILED)))
    first = publish(settings)
    assert publish(settings) is None
    set_clock(monkeypatch, FINAL - back)
    assert publish(settings) is None
    Lake(settings).commit(batch("b2", sample("2")), at=FINAL - back)
    second = publish(settings)
    assert second is not None
    assert list_releases(settings) == [first, second]
    assert current_release_id(settings) == second
    assert read_manifest(settings, second).as_of == FINAL
    assert rows(settings, "SELECT state FROM mart_warnings") == [("issued",)]
    assert [(event, version, release) for event, version, release, _ in events(settings)] == [("issued", 1, first)]


def test_an_instant_that_is_asked_for_is_used_whatever_the_clock_says(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    set_clock(monkeypatch, FINAL)
    Lake(settings).commit(batch("b1", sample("1", **FAILED)))
    first = publish(settings)
    second = publish(settings, PROVISIONAL)
    assert list_releases(settings) == [first, second]
    assert [(event, version, release) for event, version, release, _ in events(settings)] == [
        ("issued", 1, first),
        ("withdrawn", 2, second),
    ]
    happened = [instant for *_, instant in events(settings)]
    assert happened == sorted(set(happened))


def test_a_batch_committed_again_with_an_earlier_receipt_changes_no_figure(settings: Settings) -> None:
    writer = Lake(settings)
    writer.commit(batch("b1", sample("1", **FAILED)), at=FINAL)
    first = publish(settings, FINAL)
    writer.commit(batch("b1", sample("1", **FAILED)), at=FINAL - timedelta(days=1))
    second = publish(settings, FINAL) or first
    assert read_manifest(settings, str(first)).digest == read_manifest(settings, str(second)).digest
    assert len(events(settings)) == 1
    # Its receipts were written without the files that they speak of.
    assert [check.name for check in verify(settings) if not check.ok] == ["archive"]


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)], ids=str)
def test_a_late_side_car_finds_the_file_that_came_last_though_the_clock_went_back_before_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, back: timedelta
) -> None:
    set_clock(monkeypatch, FINAL)
    drop(settings, "food", "a.csv", b"first")
    (first,) = claim(settings)
    set_clock(monkeypatch, FINAL - back)
    drop(settings, "food", "a.csv", b"second")
    drop(settings, "food", "b.csv", b"third")
    assert claim(settings)[0] == first
    second = claim(settings)[1]
    (settings.landing / "food" / "a.csv.meta.json").write_bytes(b'{"notice_no": "N1"}')
    *before, late = claim(settings)
    assert len(before) == 3
    assert read_envelope(settings, late).supersedes_envelope_id == second
    assert read_envelope(settings, second).received_at == FINAL - back


@pytest.mark.parametrize("back", [timedelta(hours=1), timedelta(days=1)], ids=str)
def test_a_file_from_before_the_clock_went_back_is_taken_at_the_second_look(
    settings: Settings, back: timedelta
) -> None:
    path = drop(settings, "food", "a.csv", b"content")
    before = time.time() + back.total_seconds()
    os.utime(path, (before, before))
    claim(settings)
    (envelope_id,) = claim(settings)
    assert read_envelope(settings, envelope_id).file_name == "a.csv"
    assert list(path.parent.iterdir()) == []


def test_a_file_whose_sender_goes_on_writing_with_a_clock_ahead_is_not_taken(settings: Settings) -> None:
    slow = Settings(home=settings.home, settle_seconds=30)
    path = drop(settings, "food", "a.csv", b"content")
    for _ in range(3):
        ahead = time.time() + 3600
        os.utime(path, (ahead, ahead))
        assert claim(slow) == []
    assert path.read_bytes() == b"content"
