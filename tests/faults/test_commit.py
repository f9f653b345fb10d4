"""kill -9 between the appends of a commit: nothing counts before the receipt, and the next run commits once."""

from __future__ import annotations

import signal
from pathlib import Path

import pytest

from pipelines.process import process_chunk
from pipelines.receive import claim, pending
from pipelines.upkeep import verify
from tests.faults.stages import Ended, ended, food, home_at
from tests.integration.feed_files import query
from warehouse import lake
from warehouse.connect import connect, sql_text
from warehouse.landing import drop
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return home_at(tmp_path / "home")


def committing(home: Path) -> None:
    process_chunk(home_at(home), pending(home_at(home)))


def counting(settings: Settings) -> list[tuple[object, ...]]:
    """Outcome, and samples and quarantined rows that count, of each batch that counts."""
    with connect(settings) as connection:
        samples, quarantine = (lake.scan(settings, connection, name) for name in ("samples", "quarantine"))
        lake.scan(settings, connection, "receipts")
        statement = f"""
            SELECT outcome,
                (SELECT count(*) FROM {samples} AS s WHERE s.attempt_id = receipts.attempt_id),
                (SELECT count(*) FROM {quarantine} AS q WHERE q.attempt_id = receipts.attempt_id)
            FROM ({sql_text("core/core_receipts")}) AS receipts
        """
        return list(connection.execute(statement).fetchall())


@pytest.mark.parametrize("point", ["commit.samples", "commit.quarantine"])
def test_a_commit_killed_before_its_receipt_counts_for_nothing_and_is_done_once_by_the_next_run(
    settings: Settings, point: str
) -> None:
    drop(settings, "food", "a.csv", food("DC2651"))
    (envelope_id,) = claim(settings)
    assert ended(committing, settings.home, CHOUCHA_FAILPOINT=point) == Ended(-signal.SIGKILL, None)
    assert query(settings, "SELECT count(*) FROM {samples}") == [(3,)]
    assert query(settings, "SELECT count(*) FROM {quarantine}") == [(0 if point == "commit.samples" else 1,)]
    assert counting(settings) == []
    assert pending(settings) == [envelope_id]
    assert ended(committing, settings.home) == Ended(0, None)
    assert counting(settings) == [("accepted_with_quarantine", 3, 1)]
    assert query(settings, "SELECT count(*) FROM {samples}") == [(6,)]  # the waste of the attempt without receipt
    assert pending(settings) == []
    assert [check.name for check in verify(settings) if not check.ok] == []


def test_a_commit_killed_after_its_receipt_is_done(settings: Settings) -> None:
    drop(settings, "food", "a.csv", food("DC2651"))
    claim(settings)
    assert ended(committing, settings.home, CHOUCHA_FAILPOINT="commit.receipt") == Ended(-signal.SIGKILL, None)
    assert pending(settings) == []
    assert counting(settings) == [("accepted_with_quarantine", 3, 1)]
    assert [check.name for check in verify(settings) if not check.ok] == []
