"""Maintain beside ingests, publications and readers: nothing that counts is taken for waste, and nobody notices."""

from __future__ import annotations

import os
import signal
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from pipelines import commit, maintain
from pipelines.explain import explain
from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim, pending
from tests.faults.stages import AS_OF, ended, food, home_at, run, served, started
from tests.warehouse.builder import Lake, batch, sample
from warehouse import lake
from warehouse.connect import connect
from warehouse.landing import drop
from warehouse.receipts import Receipt, receipts
from warehouse.settings import Settings

N_FILES = 6
PATIENCE = 200


def later() -> datetime:
    """When all that is written now has become old."""
    return datetime.now(UTC) + timedelta(days=2)


def did(done: list[maintain.Done]) -> dict[str, int]:
    return {each.step: each.n for each in done if each.n}


def until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + PATIENCE
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def commit_slowly(home: Path) -> list[str]:
    """Take everything in; each receipt waits until the file `go` is there, and says so in the file `waiting`."""
    store = commit.store_receipt

    def store_slowly(settings: Settings, receipt: Receipt) -> None:
        (home / "waiting").touch()
        until((home / "go").exists)
        store(settings, receipt)

    commit.store_receipt = store_slowly  # type: ignore[attr-defined]
    settings = home_at(home)
    return [receipt.outcome for receipt in process_chunk(settings, pending(settings))]


def test_a_commit_whose_receipt_is_slow_loses_nothing_and_one_that_was_killed_is_cleared(tmp_path: Path) -> None:
    home = tmp_path / "home"
    settings = home_at(home)
    drop(settings, "food", "a.csv", food("DC2651"))
    claim(settings)

    killed, _ = started(commit_slowly, home)
    until((home / "waiting").exists)
    os.kill(killed.pid or 0, signal.SIGKILL)
    killed.join(PATIENCE)
    assert "waste" not in did(maintain.clear_waste(settings))  # too young, though nobody holds its lock
    assert did(maintain.clear_waste(settings, now=later()))["waste"] == 4

    (home / "waiting").unlink()
    slow, answer = started(commit_slowly, home)
    until((home / "waiting").exists)
    assert did(maintain.clear_waste(settings, now=later())) == {}  # old enough, but its lock is held
    (home / "go").touch()
    assert answer.recv() == ["accepted_with_quarantine"]
    slow.join(PATIENCE)
    assert did(maintain.clear_waste(settings, now=later())) == {}
    state = ended(run, home).result
    assert (state.wrong, state.samples, state.left) == ((), (("a.csv", 3),), ())


def ingest_all(home: Path) -> int:
    """Drop and take in one file after the other."""
    settings = home_at(home)
    for number in range(N_FILES):
        drop(settings, "food", f"{number}.csv", food(f"DC26{number}"))
        process_chunk(settings, claim(settings))
    return N_FILES


def maintain_on(home: Path) -> set[str]:
    """Maintain again and again, as if all were old and any two files too many; returns which steps did anything."""
    maintain.MOST_SMALL_FILES = 1
    settings, did_ever = home_at(home), set()
    while not (home / "end").exists():
        for done in (
            maintain.clear_waste(settings, now=later()),
            maintain.compact(settings),
            maintain.forget(settings),
        ):
            did_ever |= set(did(done))
        maintain.check(settings)
    return did_ever


def publish_on(home: Path) -> int:
    settings, n_published = home_at(home), 0
    until(lambda: bool(receipts(settings)))  # so that no release is without a figure
    while not (home / "end").exists():
        n_published += publish(settings, AS_OF) is not None
    return n_published


def read_on(home: Path) -> int:
    """Read the lake, the release that serves, and what stands behind its figures; returns how often."""
    settings, n_read = home_at(home), 0
    while not (home / "end").exists():
        with connect(settings) as connection:
            for table in lake.LAKE_TABLES:
                view = lake.scan(settings, connection, table)
                connection.execute(f"SELECT count(*) FROM {view}").fetchall()
        release_id = served(settings)
        if release_id is not None:
            found = explain(settings, quarter="2026Q2", feed="food", sampling_type="supervision", release=release_id)
            assert found.num_rows > 0
        n_read += 1
    return n_read


@pytest.mark.timeout(600)
def test_maintaining_without_pause_beside_ingests_publications_and_readers_changes_nothing(tmp_path: Path) -> None:
    home, other = tmp_path / "home", tmp_path / "other"
    for each in (home, other):
        settings = home_at(each)
        Lake(settings).commit(batch("dead", sample("1")), batch("dead too", sample("2")), receipt=False)
    beside = [started(work, home) for work in (maintain_on, publish_on, read_on)]
    assert ended(ingest_all, home).result == N_FILES
    (home / "end").touch()
    steps, n_published, n_read = (answer.recv() for _, answer in beside)
    for process, _ in beside:
        process.join(PATIENCE)
        assert process.exitcode == 0
    assert {"waste", "compact samples", "compact receipts"} <= steps
    assert min(n_published, n_read) > 1
    assert ended(ingest_all, other).result == N_FILES
    state, expected = (ended(run, each).result for each in (home, other))
    assert state.wrong == ()
    assert (state.digest, state.outcomes, state.samples) == (expected.digest, expected.outcomes, expected.samples)
