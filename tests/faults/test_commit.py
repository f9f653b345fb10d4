"""kill -9 between the appends of a commit: nothing counts before the receipt, and the next run commits once."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from pipelines.process import process_chunk
from pipelines.receive import pending, receive_file
from tests.integration.feed_files import FOOD, query, write_csv
from warehouse import lake
from warehouse.connect import connect, sql_text
from warehouse.settings import Settings

PROJECT = Path(__file__).parents[2]
KILLED_AFTER_AN_APPEND = """
import os, signal, sys
from pathlib import Path
from pipelines.process import process_chunk
from pipelines.receive import pending
from warehouse import lake
from warehouse.settings import Settings

append, appended = lake.append, []

def killing(settings, table, rows):
    append(settings, table, rows)
    appended.append(table)
    if len(appended) == int(sys.argv[2]):
        print(*appended, flush=True)
        os.kill(os.getpid(), signal.SIGKILL)

lake.append = killing
settings = Settings(home=Path(sys.argv[1]), read_memory_mb=4096)
process_chunk(settings, pending(settings))
"""


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, read_memory_mb=4096)


def killed_after(settings: Settings, n_appends: int) -> list[str]:
    """The tables that were appended to when the process was killed."""
    command = [sys.executable, "-c", KILLED_AFTER_AN_APPEND, str(settings.home), str(n_appends)]
    ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
    assert ended.returncode == -signal.SIGKILL, ended.stderr
    return ended.stdout.split()


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


def verified(settings: Settings) -> dict[str, bool]:
    """What `choucha verify` says of each of its checks."""
    command = [sys.executable, "-c", "from pipelines.cli import main; main()", "verify", "--json"]
    environment = os.environ | {"CHOUCHA_HOME": str(settings.home)}
    ended = subprocess.run(command, cwd=PROJECT, env=environment, capture_output=True, text=True, check=False)
    return {check["check"]: check["ok"] for check in map(json.loads, ended.stdout.splitlines())}


@pytest.mark.parametrize(
    ("n_appends", "appended"), [(1, ["samples"]), (2, ["samples", "quarantine"])], ids=["samples", "quarantine"]
)
def test_a_commit_killed_before_its_receipt_counts_for_nothing_and_is_done_once_by_the_next_run(
    settings: Settings, tmp_path: Path, n_appends: int, appended: list[str]
) -> None:
    envelope_id = receive_file(settings, "food", write_csv(tmp_path / "a.csv", FOOD))
    assert killed_after(settings, n_appends) == appended
    assert query(settings, "SELECT count(*) FROM {samples}") == [(3,)]
    assert counting(settings) == []
    assert pending(settings) == [envelope_id]
    process_chunk(settings, pending(settings))
    assert counting(settings) == [("accepted_with_quarantine", 3, 1)]
    assert query(settings, "SELECT count(*) FROM {samples}") == [(6,)]  # the waste of the attempt without receipt
    assert pending(settings) == []
    assert verified(settings) == dict.fromkeys(("archive", "receipts", "conservation", "release"), True)


def test_a_commit_killed_after_its_receipt_is_done(settings: Settings, tmp_path: Path) -> None:
    receive_file(settings, "food", write_csv(tmp_path / "a.csv", FOOD))
    assert killed_after(settings, 3) == ["samples", "quarantine", "receipts"]
    assert pending(settings) == []
    assert counting(settings) == [("accepted_with_quarantine", 3, 1)]
    assert verified(settings) == dict.fromkeys(("archive", "receipts", "conservation", "release"), True)
