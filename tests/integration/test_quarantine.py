"""What senders are told of rows in quarantine: the right rule, beside the right cell; and that nothing else waits."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipelines.check import check_file
from pipelines.cli import cli
from pipelines.process import process, understand_document
from pipelines.read import read
from pipelines.receive import receive_file
from tests.integration.feed_files import FOOD, Table, ingest, query, write_csv
from tests.integration.zip_files import locked, zip_of
from warehouse import lake
from warehouse.archive import object_path, read_envelope
from warehouse.connect import connect
from warehouse.contract import contract
from warehouse.errors import InfrastructureError, UserError
from warehouse.landing import drop
from warehouse.release import current_release_id, release_path
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
    checked = check_file(settings, "food", path, tmp_path / "scratch")
    assert checked.problems == ingest(settings, "food", path).problems
    assert len(checked.problems) == 2


def test_a_row_taken_along_names_the_row_that_is_to_blame(settings: Settings, tmp_path: Path) -> None:
    table: Table = [HEADER, row("DC1"), row("DC1", 公告日期="2099-05-01"), row("DC2")]
    receipt = ingest(settings, "food", write_csv(tmp_path / "表.csv", table))
    kept = query(settings, "SELECT source_row, rule, found FROM {quarantine} ORDER BY source_row")
    told = query(settings, "SELECT message_zh, message_en FROM {quarantine} WHERE source_row = 2")
    assert [problem.row for problem in receipt.problems] == [3]
    assert str(told[0][0]).startswith("同一批次第 3 行有误，本行一并隔离：")
    assert str(told[0][1]).startswith("Row 3 of the same sample is wrong")
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
    document = read(settings, path, path.name, tmp_path / "scratch")
    assert understand_document(settings, envelope, document).batch.rows.num_rows == 1
    assert query(settings, "SELECT count(*) FROM {samples}") == [(0,)]
    assert query(settings, "SELECT count(*) FROM {receipts}") == [(0,)]


@pytest.fixture
def choucha(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """A command with --json, run in this process; gives the objects that it prints."""
    monkeypatch.setenv("CHOUCHA_HOME", str(settings.home))
    monkeypatch.setenv("CHOUCHA_SETTLE_SECONDS", "0")

    def command(*words: str) -> list[Any]:
        ended = CliRunner().invoke(cli, [*words, "--json"], standalone_mode=False, catch_exceptions=False)
        return [json.loads(line) for line in ended.stdout.splitlines()]

    return command


def test_samples_that_contradict_each_other_across_files_are_listed(
    settings: Settings, tmp_path: Path, choucha: Callable[..., list[Any]]
) -> None:
    failed = {"检验结论": "不合格", "不合格项目║检验结果║标准值": "铅║1║≤0.5"}
    ingest(settings, "food", write_csv(tmp_path / "一.csv", [HEADER, row("DC1"), row("DC2")]))
    ingest(settings, "food", write_csv(tmp_path / "二.csv", [HEADER, row("DC1", **failed)]))
    choucha("publish")
    listed = choucha("quarantine", "list")
    assert {(entry["rule"], entry["file_name"]) for entry in listed} == {
        ("conflicting", "一.csv"),
        ("conflicting", "二.csv"),
    }
    told = {entry["found"]: entry["message_zh"] for entry in listed}
    assert told["conforming"].startswith("抽样编号 DC1：")
    assert told["conforming"].endswith("；与之矛盾 二.csv 第 2 行（nonconforming）")
    assert told["nonconforming"].endswith("；与之矛盾 一.csv 第 2 行（conforming）")
    (shown,) = choucha("quarantine", "show", str(listed[0]["batch_id"]), "2")
    assert "Sample DC1: " in shown["message_en"]
    assert " row 2 (" in shown["message_en"]


def test_files_and_forms_that_were_rejected_are_listed_with_the_rows_until_they_are_taken_in(
    settings: Settings, tmp_path: Path, choucha: Callable[..., list[Any]]
) -> None:
    good = write_csv(tmp_path / "好.csv", [HEADER, row("DC2")]).read_bytes()
    bare = write_csv(tmp_path / "无表头.csv", [["DC9", "挂面", "合格", "2026-05-01", "省级监督抽检"]])
    for feed, name, content in (
        ("food", bare.name, bare.read_bytes()),
        ("food", "行.csv", write_csv(tmp_path / "行.csv", [HEADER, row("DC1", 检验结论="好")]).read_bytes()),
        ("food", "批.zip", locked(zip_of(("bad.csv", b"x"), ("好.csv", good)), b"bad.csv")),
        ("figures", "数字.csv", "指标,年度,数值,来源,发布日期\n无,2025,1,某局,\n".encode()),
        ("recalls", "召回.csv", b"a,b\n1,2\n"),
        ("dispositions", "决定.json", b'{"decided_by": "x"}'),
    ):
        (tmp_path / name).write_bytes(content)
        process(settings, receive_file(settings, feed, tmp_path / name))
    listed = {(entry["file_name"], entry["source_row"]): entry for entry in choucha("quarantine", "list")}
    assert {place: (entry["feed"], entry["rule"]) for place, entry in listed.items()} == {
        (bare.name, None): ("food", "HD-001"),
        ("行.csv", 2): ("food", "SH-102"),
        ("bad.csv", None): ("food", "ZP-003"),
        ("数字.csv", 2): ("figures", "FG-001"),
        ("召回.csv", None): ("recalls", "HD-001"),
        ("决定.json", None): ("dispositions", "DS-001"),
    }
    assert len(choucha("quarantine", "list", "--feed", "figures")) == 1
    (shown,) = choucha("quarantine", "show", listed[bare.name, None]["batch_id"])
    assert "No header row is recognised" in shown["message_en"]

    columns = {"columns": ["sample_no", "product_name", "conclusion", "published_on", "task"]}
    (tmp_path / f"{bare.name}.meta.json").write_text(json.dumps(columns))
    assert ingest(settings, "food", bare).outcome == "accepted"
    assert {entry["file_name"] for entry in choucha("quarantine", "list")} == {place[0] for place in listed} - {
        bare.name
    }
    assert (bare.name, "left") in {
        (each["file_name"], each["state"]) for each in choucha("quarantine", "list", "--all")
    }


def test_who_sent_what_waits_is_listed_counted_most_first_and_exported(
    settings: Settings, tmp_path: Path, choucha: Callable[..., list[Any]]
) -> None:
    bad = {"检验结论": "好"}
    for name, sender, table in (
        ("甲.csv", "甲\x00市局", [HEADER, row("DC1", **bad), row("DC2", **bad), row("DC3", 公告日期="2099-05-01")]),
        ("乙.csv", None, [HEADER, row("DC4", **bad)]),
    ):
        path = write_csv(tmp_path / name, table)
        if sender is not None:
            (tmp_path / f"{name}.meta.json").write_text(json.dumps({"sender": sender}))
        ingest(settings, "food", path)
    listed = choucha("quarantine", "list")
    assert {(each["file_name"], each["sender"]) for each in listed} == {("甲.csv", "甲\x00市局"), ("乙.csv", None)}
    counted = choucha("quarantine", "list", "--summary")
    batches = {each["file_name"]: each["batch_id"] for each in listed}
    assert counted[0] == {
        "feed": "food", "file_name": "甲.csv", "sender": "甲\x00市局", "rule": "SH-102", "n": 2,
        "batch_id": batches["甲.csv"],
    }  # fmt: skip
    assert [each["n"] for each in counted] == [2, 1, 1]
    assert sum(each["n"] for each in counted) == len(listed)
    (status,) = choucha("status")
    assert (status["n_rows_waiting"], status["n_files_rejected"], status["n_quarantined"]) == (4, 0, 0)
    (told,) = status["attention"]
    assert "no row of the newest batch could be used: 乙.csv" in told["en"]
    choucha("quarantine", "export", str(tmp_path / "out.csv"), "--batch", batches["甲.csv"])
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        assert {each["sender"] for each in csv.DictReader(file)} == {"甲\x00市局"}


def test_a_rebuild_equals_the_release_also_when_files_came_after_it(
    settings: Settings, tmp_path: Path, choucha: Callable[..., list[Any]]
) -> None:
    ingest(settings, "food", write_csv(tmp_path / "一.csv", [HEADER, row("DC1")]))
    choucha("publish")
    ingest(settings, "food", write_csv(tmp_path / "二.csv", [HEADER, row("DC2")]))
    (rebuilt,) = choucha("rebuild", str(tmp_path / "again"))
    assert rebuilt["digest"] == rebuilt["expected_digest"]
    assert (rebuilt["n_files"], rebuilt["n_later"]) == (2, 1)
    again = Settings(home=tmp_path / "again")
    assert query(again, "SELECT count(*) FROM {samples}") == [(2,)]


def test_queries_see_what_counts_and_reach_no_other_file(
    settings: Settings, tmp_path: Path, choucha: Callable[..., list[Any]]
) -> None:
    ingest(settings, "food", write_csv(tmp_path / "一.csv", [HEADER, row("DC1")]))
    written = query(settings, "SELECT * FROM {samples}")
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "samples")
        again = connection.sql(f"SELECT * REPLACE ('dead' AS attempt_id) FROM {view}").to_arrow_table()
    lake.append(settings, "samples", again)
    choucha("publish")
    assert len(written) == 1
    assert choucha("sql", "SELECT count(*) AS n FROM samples") == [{"n": 1}]
    assert choucha("sql", "SELECT count(*) AS n FROM lake_samples") == [{"n": 2}]
    assert choucha("sql", "SELECT sum(n_sampled)::BIGINT AS n FROM mart_cells") == [{"n": 1}]
    for refused in ("SELECT * FROM read_csv('/etc/passwd')", "SELECT 1; SELECT 2", "DROP VIEW samples"):
        with pytest.raises(UserError):
            choucha("sql", refused)


def test_a_file_where_nobody_looks_is_told_of(settings: Settings, choucha: Callable[..., list[Any]]) -> None:
    for place in ("stray.csv", "food/deeper/stray.csv"):
        path = settings.landing / place
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("x")
    (told,) = choucha("status")
    assert (told["n_misplaced"], told["n_in_landing"]) == (2, 0)


def test_an_export_runs_nothing_in_the_spreadsheet_that_opens_it(
    settings: Settings, tmp_path: Path, choucha: Callable[..., list[Any]]
) -> None:
    ingest(settings, "food", write_csv(tmp_path / "一.csv", [HEADER, row("DC1", 检验结论='＝HYPERLINK("x")')]))
    choucha("quarantine", "export", str(tmp_path / "out.csv"))
    with (tmp_path / "out.csv").open(encoding="utf-8-sig", newline="") as file:
        (exported,) = csv.DictReader(file)
    assert exported["found"] == '\'＝HYPERLINK("x")'


def test_a_file_that_cannot_be_archived_is_told_after_the_others_were_published(
    settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck = settings.work / "claims" / "20260101T000000000000-00000000"
    (stuck / "content").mkdir(parents=True)
    (stuck / "claim.json").write_text(
        json.dumps({"feed": "food", "file_name": "卡.csv", "received_at": "2026-01-01T00:00:00+00:00"})
    )
    drop(settings, "food", "好.csv", write_csv(tmp_path / "好.csv", [HEADER, row("DC2")]).read_bytes())
    monkeypatch.setenv("CHOUCHA_HOME", str(settings.home))
    monkeypatch.setenv("CHOUCHA_SETTLE_SECONDS", "0")
    ended = CliRunner().invoke(cli, ["run", "--json"], standalone_mode=False)
    assert json.loads(ended.stdout.splitlines()[-1])["release_id"] is not None
    assert isinstance(ended.exception, InfrastructureError)


NEW_KIND = {"任务来源/项目名称": "新型任务"}
CHECKS = ("archive", "receipts", "conservation", "lake", "release")


def lenient(monkeypatch: pytest.MonkeyPatch) -> None:
    """From here on the contract of food knows what kind of sampling 新型任务 is."""
    known = contract("food")
    kinds = known.vocabularies["sampling_type"]
    words = dict(kinds) | {"supervision": (*kinds["supervision"], "新型任务")}
    changed = replace(known, version="9.9.9", vocabularies=dict(known.vocabularies) | {"sampling_type": words})
    for module in ("pipelines.process", "pipelines.replay"):
        monkeypatch.setattr(f"{module}.contract", lambda feed: changed if feed == "food" else contract(feed))


def figures(settings: Settings) -> tuple[int, int]:
    with connect(
        settings, release_path(settings, str(current_release_id(settings)), "office"), read_only=True
    ) as office:
        ((n_conforming, n_rows),) = office.execute(
            "SELECT (SELECT sum(n_conforming)::BIGINT FROM mart_cells),"
            " (SELECT coalesce(sum(n_rows), 0)::BIGINT FROM mart_quarantine)"
        ).fetchall()
    return n_conforming, n_rows


def test_a_replay_says_first_what_would_change_then_does_it_once_and_equals_a_rebuild(
    settings: Settings, tmp_path: Path, choucha: Callable[..., list[Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    odd: Table = [HEADER, row("DC1"), row("DC2", **NEW_KIND), row("DC3", 公告日期="2099-05-01")]
    before = ingest(settings, "food", write_csv(tmp_path / "一.csv", odd))
    wide = ingest(replace(settings, read_max_columns=5), "food", write_csv(tmp_path / "二.csv", [HEADER, row("DC4")]))
    assert (before.outcome, wide.outcome) == ("accepted_with_quarantine", "rejected")
    choucha("publish")
    assert figures(settings) == (1, 2)
    lenient(monkeypatch)
    planned = choucha("quarantine", "replay")
    assert [(each["rows_accepted_before"], each["rows_accepted"], each["is_done"]) for each in planned] == [
        (1, 2, False),
        (0, 1, False),
    ]
    assert choucha("publish") == [{"release_id": None}]
    done = choucha("quarantine", "replay", "--yes")
    assert [(each["file_name"], each["outcome_before"], each["outcome"], each["is_done"]) for each in done] == [
        ("一.csv", "accepted_with_quarantine", "accepted_with_quarantine", True),
        ("二.csv", "rejected", "accepted", True),
    ]
    choucha("publish")
    assert figures(settings) == (3, 1)
    assert [told["outcome"] for told in choucha("quarantine", "replay", "--yes")] == ["unchanged"]
    assert choucha("publish") == [{"release_id": None}]
    assert {check["check"]: check["ok"] for check in choucha("verify")} == dict.fromkeys(CHECKS, True)
    history = "SELECT source_row, count(*) FROM {quarantine} WHERE file_name = '一.csv' GROUP BY 1 ORDER BY 1"
    assert query(settings, history) == [(3, 1), (4, 2)]
    versions = "SELECT batch_id, contract_version, replay_no FROM {receipts} WHERE file_name = '一.csv' ORDER BY 3"
    assert query(settings, versions) == [
        (before.batch_id, "9.9.9", 1),
        (before.batch_id, before.contract_version, None),
    ]
    (rebuilt,) = choucha("rebuild", str(tmp_path / "again"))
    assert rebuilt["digest"] == rebuilt["expected_digest"]


def test_a_replay_that_fails_on_one_file_goes_on_with_the_others_and_leaves_what_is_unusable_as_it_was(
    settings: Settings, tmp_path: Path, choucha: Callable[..., list[Any]]
) -> None:
    lost = ingest(settings, "food", write_csv(tmp_path / "失.csv", [HEADER, row("DC1", 检验结论="好")]))
    ingest(settings, "food", write_csv(tmp_path / "二.csv", [["姓名", "电话"], ["王", "1"]]))
    object_path(settings, lost.sha256).unlink()
    ended = CliRunner().invoke(cli, ["quarantine", "replay", "--yes", "--json"], standalone_mode=False)
    (told,) = [json.loads(line) for line in ended.stdout.splitlines()]
    assert (told["file_name"], told["outcome"], told["is_done"]) == ("二.csv", "rejected", False)
    assert told["problems"][0]["rule"] == "HD-001"
    assert isinstance(ended.exception, InfrastructureError)
    assert "失.csv" in str(ended.exception)
    assert query(settings, "SELECT count(*) FROM {receipts}") == [(2,)]
    with pytest.raises(UserError, match="quarantine list"):
        choucha("quarantine", "replay", "--batch", "nothing")


def test_rows_whose_sample_was_accepted_since_have_left_and_are_still_there_as_history(
    settings: Settings, tmp_path: Path, choucha: Callable[..., list[Any]]
) -> None:
    ingest(
        settings,
        "food",
        write_csv(tmp_path / "一.csv", [HEADER, row("DC1", 公告日期="2099-05-01"), row("DC2", 检验结论="好")]),
    )
    assert len(choucha("quarantine", "list")) == 2
    ingest(settings, "food", write_csv(tmp_path / "二.csv", [HEADER, row("DC1")]))
    assert [(entry["source_row"], entry["rule"]) for entry in choucha("quarantine", "list")] == [(3, "SH-102")]
    assert [(entry["source_row"], entry["state"]) for entry in choucha("quarantine", "list", "--all")] == [
        (2, "left"),
        (3, "waiting"),
    ]
