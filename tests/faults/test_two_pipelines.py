"""Two pipelines on one home and one landing: nothing is lost, nothing twice, and the figures are those of one."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from tests.faults.stages import Ended, State, command, csv_of, ended, food, home_at, result_of, run, started
from tests.integration.feed_files import CONSTRUCTION, MARKET
from warehouse.archive import envelope_ids
from warehouse.landing import drop

pytestmark = pytest.mark.timeout(1200)
FILES = (
    ("food", "a.csv", food("DC2651"), b'{"notice_no": "N1"}'),
    ("food", "a again.csv", food("DC2651"), b'{"notice_no": "N1"}'),
    ("market", "m.csv", csv_of(MARKET), None),
    ("construction", "c.csv", csv_of(CONSTRUCTION), None),
    ("food", "broken.csv", b"", None),
    ("food", "b.csv", food("DC2652"), b'{"notice_no": "N2"}'),
)


def running_until_told(home: Path) -> list[str]:
    """`choucha run`, again and again; what it complained of."""
    complaints = []
    while not (home / "end").exists():
        code, said = command(home, "run", "--json")
        if code:
            complaints.append(said)
    return complaints


def test_two_that_run_side_by_side_do_each_file_once(tmp_path: Path) -> None:
    home, alone = tmp_path / "home", tmp_path / "alone"
    pipelines = [started(running_until_told, home) for _ in range(2)]
    for feed, name, content, sidecar in FILES:
        drop(home_at(home), feed, name, content, sidecar=sidecar)
        time.sleep(0.2)
    while any((home / "landing").rglob("*.*")):
        assert all(process.is_alive() for process, _ in pipelines)
        time.sleep(0.05)
    (home / "end").touch()
    assert [result_of(*pipeline) for pipeline in pipelines] == [Ended(0, [])] * 2
    reached: State = ended(run, home).result
    for feed, name, content, sidecar in FILES:
        drop(home_at(alone), feed, name, content, sidecar=sidecar)
    expected: State = ended(run, alone).result
    assert len(envelope_ids(home_at(home))) == len(FILES)
    assert sum(reached.outcomes.values()) == len(FILES)
    assert (reached.digest, reached.wrong, reached.left) == (expected.digest, (), ())
    assert len(set(reached.events)) == len(reached.events)
