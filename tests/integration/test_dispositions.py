"""Decisions as files: a right one takes effect once, a wrong one is answered, and none waits for ever."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines import dispositions
from pipelines.dispositions import complete_notice
from pipelines.process import process_chunk
from pipelines.receive import claim, pending
from warehouse import lake
from warehouse.connect import connect
from warehouse.landing import drop
from warehouse.receipts import Receipt
from warehouse.settings import Settings

DECISION = {
    "kind": "notice_complete",
    "feed": "food",
    "subject": "2026年第8号",
    "decided_by": "某科",
    "decided_at": "2026-05-01T09:00:00+08:00",
}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0)


def taken(settings: Settings, content: bytes) -> Receipt:
    drop(settings, "dispositions", "decision.json", content)
    (receipt,) = process_chunk(settings, claim(settings))
    return receipt


def decisions(settings: Settings) -> list[tuple[Any, ...]]:
    with connect(settings) as connection:
        table = lake.scan(settings, connection, "dispositions")
        columns = "disposition_id, feed, subject, decided_by, decided_at::VARCHAR, reason"
        return list(connection.execute(f"SELECT {columns} FROM {table}").fetchall())


def test_a_decision_is_kept_as_it_was_written(settings: Settings) -> None:
    receipt = taken(settings, json.dumps(DECISION | {"reason": "附表已齐"}, ensure_ascii=False).encode())
    assert (receipt.outcome, receipt.rows_read, receipt.problems) == ("accepted", 1, ())
    ((_, *said),) = decisions(settings)
    assert said == ["food", "2026年第8号", "某科", "2026-05-01 01:00:00+00", "附表已齐"]


def test_the_offices_own_command_writes_a_decision_that_is_accepted(settings: Settings) -> None:
    complete_notice(settings, "market", "2026年 第9号", decided_by="某科", reason=None)
    (receipt,) = process_chunk(settings, claim(settings))
    assert receipt.outcome == "accepted"
    assert [row[1:4] for row in decisions(settings)] == [("market", "2026年第9号", "某科")]


@pytest.mark.parametrize(
    ("content", "found"),
    [
        (DECISION | {"decided_by": 5}, "5"),
        (DECISION | {"decided_by": "  "}, "  "),
        (DECISION | {"subject": ["2026年第8号"]}, "['2026年第8号']"),
        (DECISION | {"reason": {}}, "{}"),
        (DECISION | {"kind": "forgiven"}, "forgiven"),
        (DECISION | {"kind": "\ud800"}, "\\ud800"),
        (DECISION | {"kind": "x" * 10_000}, "x" * 200),
        (DECISION | {"feed": "fireworks"}, "fireworks"),
        (DECISION | {"decided_at": 20260501}, "20260501"),
        (DECISION | {"decided_at": "2026-05-01"}, "2026-05-01"),
        (DECISION | {"decided_at": "0001-01-01T00:00:00+14:00"}, "0001-01-01T00:00:00+14:00"),
        (DECISION | {"remark": "\ud800"}, None),
        ({name: value for name, value in DECISION.items() if name != "decided_by"}, None),
        ([DECISION, "yes"], "yes"),
        ([], None),
        (b"[" * 100_000, None),
        (b'{"a": ' * 100_000, None),
        (b'{"kind": NaN}', "NaN"),
        (b"\xff\xff", "'utf-8' codec can't decode byte 0xff in position 0: invalid start byte"),
        (b" " * 1024 * 1024 + b"1", "1048577 bytes"),
    ],
)
def test_a_decision_that_says_something_else_is_rejected_in_both_languages(
    settings: Settings, content: object, found: str | None
) -> None:
    receipt = taken(settings, content if isinstance(content, bytes) else json.dumps(content).encode())
    assert (receipt.outcome, receipt.rows_read) == ("rejected", 0)
    (problem,) = receipt.problems
    assert (problem.rule, problem.found) == ("DS-001", found)
    assert problem.message_zh.startswith("决定文件有误：")
    assert problem.message_en.startswith("The decision can't be used: ")
    assert decisions(settings) == []
    assert pending(settings) == []


def test_a_number_without_end_is_no_decision(settings: Settings) -> None:
    receipt = taken(settings, b'{"kind": ' + b"1" * 5_000 + b"}")
    assert (receipt.outcome, receipt.problems[0].rule) == ("rejected", "DS-001")


def test_a_decision_whose_run_was_killed_before_its_receipt_is_in_effect_once(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def killed(settings: Settings, receipt: Receipt) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(dispositions, "store_receipt", killed)
        with pytest.raises(KeyboardInterrupt):
            taken(settings, json.dumps(DECISION).encode())
    (receipt,) = process_chunk(settings, claim(settings))
    assert receipt.outcome == "accepted"
    assert len(set(decisions(settings))) == 1
