"""What senders are told of rows in quarantine: the right rule, beside the right cell; and that nothing else waits."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.check import check_file
from pipelines.cli import cli
from pipelines.process import understand
from pipelines.receive import receive_file
from tests.integration.feed_files import FOOD, Table, ingest, query, write_csv
from warehouse.archive import object_path, read_envelope
from warehouse.landing import drop
from warehouse.settings import Settings

HEADER = FOOD[0]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0)


def row(number: str | None, **changed: str | None) -> list[str | None]:
    values = dict(zip(HEADER, FOOD[1], strict=True)) | {"抽样编号": number} | changed
    return [values[name] for name in HEADER]


def test_each_row_is_told_its_own_worst_problem_with_the_cell_that_it_speaks_of(
    settings: Settings, tmp_path: Path
) -> None:
    table: Table = [
        HEADER,
        row(None, 食品名称=None, 公告日期="2099-05-01"),
        row("DC1", 公告日期="2026年13月45日"),
        row("DC1", 公告日期="2099-05-01"),
        row("DC2"),
    ]
    receipt = ingest(settings, "food", write_csv(tmp_path / "表.csv", table))
    told = {problem.row: (problem.rule, problem.column, problem.found) for problem in receipt.problems}
    assert receipt.rows_quarantined == 3
    assert told[3][1:] == ("公告日期", "2026年13月45日")
    assert told[4][1:] == ("公告日期", "2099-05-01")
    assert told[3][0] != told[4][0]
    for problem in receipt.problems:
        assert problem.column is not None
        assert problem.column in problem.message_zh
        if problem.found is not None:
            assert problem.found in problem.message_zh
    assert told[2][1] != "公告日期"
    assert told[2][2] != "2099-05-01"


def test_a_check_says_what_the_receipt_will_say(settings: Settings, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "表.csv", [HEADER, row("DC1", 公告日期="2099-05-01"), row("DC2", 检验结论="好")])
    envelope = read_envelope(settings, receive_file(settings, "food", path))
    checked = check_file(settings, envelope, path, tmp_path / "scratch")
    assert checked.problems == ingest(settings, "food", path).problems
    assert len(checked.problems) == 2


def test_a_row_taken_along_names_the_row_that_is_to_blame(settings: Settings, tmp_path: Path) -> None:
    table: Table = [HEADER, row("DC1"), row("DC1", 公告日期="2099-05-01"), row("DC2")]
    receipt = ingest(settings, "food", write_csv(tmp_path / "表.csv", table))
    kept = query(settings, "SELECT source_row, rule, found FROM {quarantine} ORDER BY source_row")
    assert [problem.row for problem in receipt.problems] == [3]
    assert kept == [(2, receipt.problems[0].rule, "2099-05-01"), (3, receipt.problems[0].rule, "2099-05-01")]


def test_one_file_that_fails_neither_hides_the_others_nor_stops_publication(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    bad = receive_file(settings, "food", write_csv(tmp_path / "失.csv", [HEADER, row("DC1")]))
    lost = object_path(settings, read_envelope(settings, bad).sha256)
    lost.chmod(0o644)
    lost.unlink()
    drop(settings, "food", "好.csv", write_csv(tmp_path / "好.csv", [HEADER, row("DC2")]).read_bytes())
    monkeypatch.setenv("CHOUCHA_HOME", str(settings.home))
    monkeypatch.setenv("CHOUCHA_SETTLE_SECONDS", "0")
    ended = CliRunner().invoke(cli, ["run", "--json"], standalone_mode=False)
    printed = [json.loads(line) for line in ended.stdout.splitlines()]
    assert printed[0]["file_name"] == "好.csv"
    assert printed[-1]["release_id"] is not None
    assert bad in str(ended.exception)


def test_understanding_commits_nothing(settings: Settings, tmp_path: Path) -> None:
    path = write_csv(tmp_path / "表.csv", [HEADER, row("DC1")])
    envelope = read_envelope(settings, receive_file(settings, "food", path))
    assert understand(settings, envelope, path, tmp_path / "scratch").batch.rows.num_rows == 1
    assert query(settings, "SELECT count(*) FROM {samples}") == [(0,)]
    assert query(settings, "SELECT count(*) FROM {receipts}") == [(0,)]
