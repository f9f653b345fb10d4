"""Files of each feed and format through receive, read, normalise, validate and commit, into a lake of their own."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from pipelines.process import process, process_chunk
from pipelines.receive import claim, receive_file
from tests.integration.feed_files import (
    CONSTRUCTION,
    FOOD,
    MARKET,
    Table,
    ingest,
    query,
    write_csv,
    write_json,
    write_xlsx,
)
from warehouse.archive import object_path, read_envelope
from warehouse.errors import InfrastructureError
from warehouse.receipts import Receipt, receipts
from warehouse.settings import Settings

TITLES = (
    "2026年第8期食品安全监督抽检信息",
    "（声明：以下信息仅指本次抽检标称的生产企业相关产品的生产日期/批号和所检项目）",
)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0, read_memory_mb=4096)


def counts(receipt: Receipt) -> tuple[int, int, int, int, int, int]:
    """Rows read, accepted, continuation, duplicate, quarantined; samples."""
    return (
        receipt.rows_read,
        receipt.rows_accepted,
        receipt.rows_continuation,
        receipt.rows_duplicate,
        receipt.rows_quarantined,
        receipt.n_samples,
    )


def write(path: Path, form: str, table: Table) -> Path:
    match form:
        case "utf-8" | "utf-8-sig" | "gb18030" | "utf-16":
            return write_csv(path.with_suffix(".csv"), table, form)
        case "json" | "jsonl":
            return write_json(path.with_suffix(f".{form}"), table, lines=form == "jsonl")
        case _:
            return write_xlsx(path.with_suffix(".xlsx"), {"Sheet1": table}, titles=TITLES)


FORMS = ("utf-8", "utf-8-sig", "gb18030", "utf-16", "json", "jsonl", "xlsx")


@pytest.mark.parametrize("form", FORMS)
def test_a_food_file_says_the_same_in_every_format(settings: Settings, tmp_path: Path, form: str) -> None:
    receipt = ingest(settings, "food", write(tmp_path / "food", form, FOOD))
    assert counts(receipt) == (6, 3, 1, 1, 1, 3)
    assert receipt.outcome == "accepted_with_quarantine"
    (problem,) = receipt.problems
    assert (problem.rule, problem.column, problem.found) == ("SH-116", "公告日期", "2099-05-01")
    # JSON counts objects, a text file records, a workbook the sheet's own rows.
    assert problem.row == {"json": 6, "jsonl": 6, "xlsx": 9}.get(form, 7)
    rows = query(
        settings,
        "SELECT sample_no, conclusion, sampling_type, level, prefecture_code, quarter, published_on::VARCHAR, "
        "list_transform(findings, lambda f: f.item || ' ' || f.value_text || ' ' || f.limit_text), producer_name "
        "FROM {samples} ORDER BY sample_no",
    )
    every = ("supervision", "provincial")
    assert rows == [
        ("DC26510000001", "conforming", *every, "510100", "2026Q2", "2026-05-01", [], "成都某面业有限公司"),
        (
            "DC26510000002",
            "nonconforming",
            *every,
            "510700",
            "2026Q2",
            "2026-05-01",
            ["铅 0.5mg/kg ≤0.2mg/kg", "镉 0.3mg/kg ≤0.1mg/kg"],
            "绵阳某食品厂",
        ),
        ("DC26510000003", "undetermined", *every, "511100", "2026Q2", "2026-05-01", [], None),
    ]


def test_the_same_batch_under_another_name_and_encoding_is_a_duplicate(settings: Settings, tmp_path: Path) -> None:
    first = ingest(settings, "food", write_csv(tmp_path / "a.csv", FOOD))
    again = ingest(settings, "food", write_csv(tmp_path / "b.csv", FOOD, "gb18030"))
    other_feed_bytes = ingest(settings, "food", write_csv(tmp_path / "c.csv", FOOD[:3]))
    assert (again.outcome, again.batch_id, again.rows_duplicate) == ("duplicate", first.batch_id, 6)
    assert other_feed_bytes.batch_id != first.batch_id
    assert query(settings, "SELECT count(*) FROM {samples} WHERE batch_id = '" + first.batch_id + "'") == [(3,)]


def test_a_market_table_whose_serial_number_counts_rows_has_one_sample_for_several_failed_items(
    settings: Settings, tmp_path: Path
) -> None:
    receipt = ingest(settings, "market", write_xlsx(tmp_path / "市.xlsx", {"结果": MARKET}))
    assert counts(receipt) == (3, 2, 1, 0, 0, 2)
    rows = query(
        settings,
        "SELECT product_name, stage, conclusion, prefecture_code, list_transform(findings, lambda f: f.item), "
        "is_identity_derived, half, source_rows FROM {samples} ORDER BY product_name",
    )
    assert rows == [
        ("电热毯", "distribution", "nonconforming", "510800", ["接地措施", "输入功率和电流"], True, "together", [3, 4]),
        ("电热水壶", "production", "conforming", "510100", [], True, "together", [2]),
    ]


@pytest.mark.parametrize("merged", [False, True])
def test_the_points_of_an_inspection_are_added_and_none_is_counted_twice(
    settings: Settings, tmp_path: Path, merged: bool
) -> None:
    table = [list(row) for row in CONSTRUCTION]
    if merged:  # the sheet merges the inspection's own cells over its item rows
        for column in (0, 1, 2, 3, 4, 10):
            table[2][column] = table[3][column] = None
    ranges = [(column, 1, 3) for column in (0, 1, 2, 3, 4, 10)] if merged else []
    receipt = ingest(settings, "construction", write_xlsx(tmp_path / "工.xlsx", {"结果": table}, merged=ranges))
    assert counts(receipt) == (4, 2, 1, 1, 0, 2)
    rows = query(
        settings,
        "SELECT sample_no, n_points, n_points_conforming, conclusion, sampling_type, concluded_on::VARCHAR, quarter "
        "FROM {samples} ORDER BY sample_no",
    )
    assert rows == [
        ("GC001", 50, 48, "nonconforming", "inspection", "2026-04-10", "2026Q2"),
        ("GC002", 20, 20, "conforming", "inspection", "2026-04-11", "2026Q2"),
    ]


HALF = ("抽样编号", "食品名称", "被抽样单位名称", "公告日期", "公告号", "任务来源")


def half(*numbers: str, findings: bool = False) -> Table:
    header = (*HALF, "被抽样单位地址", "不合格项目║检验结果║标准值") if findings else (*HALF, "被抽样单位所在省份")
    own = ("成都市武侯区某路", "铅║0.5║0.2") if findings else ("四川",)
    return (
        header,
        *((number, "挂面", "某店", "2026-05-01", "2026年第8号", "省级监督抽检", *own) for number in numbers),
    )


def test_sheets_of_one_workbook_are_the_halves_of_their_notice(settings: Settings, tmp_path: Path) -> None:
    sheets = {"合格": half("DC1", "DC2"), "不合格": half("DC3", findings=True)}
    receipt = ingest(settings, "food", write_xlsx(tmp_path / "附件.xlsx", sheets))
    assert counts(receipt) == (3, 3, 0, 0, 0, 3)
    assert receipt.notices == (("2026年第8号", "conforming"), ("2026年第8号", "nonconforming"))
    rows = query(
        settings,
        "SELECT sample_no, conclusion, half, half_has_place, is_notice_complete, province_code FROM {samples} "
        "ORDER BY sample_no",
    )
    assert rows == [
        ("DC1", "conforming", "conforming", False, False, "510000"),
        ("DC2", "conforming", "conforming", False, False, "510000"),
        ("DC3", "nonconforming", "nonconforming", True, False, "510000"),
    ]


def test_an_empty_sheet_for_failures_says_that_the_notice_is_complete(settings: Settings, tmp_path: Path) -> None:
    sheets = {"合格": half("DC1"), "不合格": half(findings=True)}
    ingest(settings, "food", write_xlsx(tmp_path / "附件.xlsx", sheets))
    assert query(settings, "SELECT half, is_notice_complete FROM {samples}") == [("conforming", True)]


def test_two_reports_of_a_sample_in_one_file_stay_two_reports_of_one_sample(settings: Settings, tmp_path: Path) -> None:
    header = (*FOOD[0][:10], "任务来源/项目名称", "检验结论", "不合格项目║检验结果║标准值")
    told = (None, "某厂", "某店", "成都市武侯区某路", "挂面", None, None, None, "2026-05-01")
    table = (
        header,
        ("DC1", *told, "县级监督抽检", "不合格", "铅║0.5║0.2"),
        ("DC1", *told, "省级监督抽检", "合格", "/"),
    )
    receipt = ingest(settings, "food", write_csv(tmp_path / "a.csv", table))
    assert counts(receipt) == (2, 1, 1, 0, 0, 1)
    rows = query(settings, "SELECT level, conclusion, len(findings), source_rows FROM {samples} ORDER BY level")
    assert rows == [("county", "nonconforming", 1, [2]), ("provincial", "conforming", 0, [3])]


def test_one_bad_row_takes_its_whole_sample_along_and_is_kept_as_it_was_read(
    settings: Settings, tmp_path: Path
) -> None:
    table = [list(row) for row in FOOD[:4]]
    table[2][9] = "待补"
    receipt = ingest(settings, "food", write_csv(tmp_path / "a.csv", table))
    assert counts(receipt) == (3, 1, 0, 0, 2, 1)
    rows = query(settings, "SELECT source_row, rule, column_name, found, raw FROM {quarantine} ORDER BY source_row")
    assert [row[:2] for row in rows] == [(3, "SH-112"), (4, "SH-112")]
    raw = json.loads(str(rows[0][4]))
    assert (raw["抽样编号"], raw["公告日期"], raw["备注"]) == ("DC26510000002", "待补", "/")


@pytest.mark.parametrize(
    ("name", "content", "rule"),
    [
        ("empty.csv", b"", "RD-001"),
        ("blank.csv", b"\xef\xbb\xbf \r\n", "RD-001"),
        ("old.xls", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + b"\x00" * 600, "RD-002"),
        ("page.xls", b"<html><table><tr><td>1</td></tr></table></html>", "RD-002"),
        ("paper.pdf", b"%PDF-1.7", "RD-013"),
        ("latin.csv", "抽样".encode()[:-1] + b"\xff\xff\xfe", "RD-003"),
        ("locked.xlsx", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + "EncryptedPackage".encode("utf-16-le"), "RD-005"),
        ("nul.csv", b"a,b\x00,c\n1,2,3\n", "RD-010"),
        ("utf-16 without mark.csv", "抽样编号,食品名称\n".encode("utf-16-le") + b"a\x00", "RD-010"),
        ("broken.json", b'[{"a": 1}, {"a": ]', "RD-007"),
        ("broken.jsonl", b'{"a": 1}\n{"a": \n', "RD-007"),
        ("list of numbers.json", b"[1, 2]", "RD-007"),
        ("unknown.csv", "姓名,电话\n王,1\n".encode(), "HD-001"),
        ("latin1.csv", "Prénom,Région\nHélène,Béarn\n".encode("latin-1"), "HD-001"),
        ("header only.csv", ",".join(HALF).encode(), "HD-004"),
    ],
)
def test_a_file_that_cannot_be_used_is_kept_and_answered_in_both_languages(
    settings: Settings, tmp_path: Path, name: str, content: bytes, rule: str
) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    receipt = ingest(settings, "food", path)
    assert (receipt.outcome, counts(receipt)) == ("rejected", (0,) * 6)
    (problem,) = receipt.problems
    assert problem.rule == rule
    assert any(character > "\u4e00" for character in problem.message_zh)
    assert any("a" <= character <= "z" for character in problem.message_en)
    assert object_path(settings, receipt.sha256).read_bytes() == content
    assert query(settings, "SELECT count(*) FROM {samples}") == [(0,)]


def test_a_truncated_workbook_is_rejected_as_damaged(settings: Settings, tmp_path: Path) -> None:
    path = write_xlsx(tmp_path / "a.xlsx", {"表": FOOD})
    path.write_bytes(path.read_bytes()[:-200])
    assert [problem.rule for problem in ingest(settings, "food", path).problems] == ["RD-004"]


def test_a_feed_without_contract_is_answered(settings: Settings, tmp_path: Path) -> None:
    receipt = ingest(settings, "fireworks", write_csv(tmp_path / "a.csv", FOOD))
    assert (receipt.outcome, receipt.problems[0].rule) == ("rejected", "HD-002")


def land(settings: Settings, path: Path, sidecar: dict[str, Any] | None = None) -> Path:
    folder = settings.landing / "food"
    folder.mkdir(parents=True, exist_ok=True)
    if sidecar is not None:
        (folder / f"{path.name}.meta.json").write_text(json.dumps(sidecar, ensure_ascii=False), encoding="utf-8")
    return path.rename(folder / path.name)


def taken(settings: Settings) -> list[Receipt]:
    return process_chunk(settings, claim(settings))


def test_a_side_car_declares_what_the_table_leaves_out(settings: Settings, tmp_path: Path) -> None:
    table = (("抽样编号", "食品名称", "被抽样单位名称", "检验结论"), ("DC1", "挂面", "成都市某店", "合格"))
    sidecar = {
        "sender": "某局",
        "notice_no": "2026年第9号",
        "published_on": "2026-05-06",
        "sampling_type": "评价性抽检",
        "level": "省级",
        "corrects": "2026年第8号",
        "complete": True,
        "verdicts": "split",
    }
    land(settings, write_csv(tmp_path / "a.csv", table), sidecar)
    (receipt,) = taken(settings)
    assert receipt.sidecar == sidecar
    rows = query(
        settings,
        "SELECT notice_no, published_on::VARCHAR, sampling_type, level, correction, corrects, half, "
        "is_notice_complete FROM {samples}",
    )
    every = ("2026年第9号", "2026-05-06", "evaluation", "provincial", "amend", "2026年第8号", "conforming", True)
    assert rows == [every]


def test_a_table_without_header_is_read_by_the_columns_that_its_side_car_names(
    settings: Settings, tmp_path: Path
) -> None:
    columns = ["sample_no", "product_name", "", "conclusion", "published_on", "task"]
    table = (("DC1", "挂面", "x", "合格", "2026-05-01", "省级监督抽检"),) * 1
    land(settings, write_csv(tmp_path / "bare.csv", table), {"columns": columns})
    spelt = (
        ("单号", "品名", "检验结论", "公告日期", "任务来源"),
        ("DC2", "食醋", "合格", "2026-05-01", "省级监督抽检"),
    )
    land(settings, write_csv(tmp_path / "spelt.csv", spelt), {"columns": {"单号": "sample_no"}})
    assert [counts(receipt)[:2] for receipt in taken(settings)] == [(1, 1), (1, 1)]
    assert query(settings, "SELECT sample_no, product_name FROM {samples} ORDER BY 1") == [
        ("DC1", "挂面"),
        ("DC2", "食醋"),
    ]


def test_a_side_car_that_another_replaced_before_its_file_was_taken_has_a_receipt_that_says_so(
    settings: Settings, tmp_path: Path
) -> None:
    folder = settings.work / "claims" / "20260501T000000000000-00000000"
    folder.mkdir(parents=True)
    note = {"feed": "food", "file_name": "a.csv", "received_at": "2026-05-01T00:00:00+00:00"}
    (folder / "claim.json").write_text(json.dumps(note))
    (folder / "sidecar").write_text('{"sampling_type": "监督抽检"}', encoding="utf-8")
    land(settings, write_csv(tmp_path / "a.csv", NO_TYPE), {"sampling_type": "评价性抽检"})
    replaced, counting = taken(settings)
    assert (replaced.file_name, replaced.outcome) == ("a.csv.meta.json", "rejected")
    assert [problem.rule for problem in replaced.problems] == ["HD-003"]
    assert (counting.outcome, counting.sidecar) == ("accepted", {"sampling_type": "评价性抽检"})


def test_a_wrong_side_car_rejects_its_file_with_what_is_wrong(settings: Settings, tmp_path: Path) -> None:
    land(settings, write_csv(tmp_path / "a.csv", FOOD), {"sampling_typ": "监督抽检"})
    (receipt,) = taken(settings)
    assert (receipt.outcome, receipt.problems[0].rule) == ("rejected", "HD-003")
    assert "sampling_typ?" in receipt.problems[0].message_zh


NO_TYPE: Table = (
    ("抽样编号", "食品名称", "被抽样单位名称", "检验结论", "公告日期"),
    ("DC1", "挂面", "成都市某店", "合格", "2026-05-01"),
)


@pytest.mark.parametrize("late_first", [False, True])
def test_a_late_side_car_takes_the_place_of_the_batch_in_whatever_order_they_are_worked_off(
    settings: Settings, tmp_path: Path, late_first: bool
) -> None:
    path = land(settings, write_csv(tmp_path / "a.csv", NO_TYPE))
    claim(settings)
    sidecar = path.with_name("a.csv.meta.json")
    sidecar.write_text(json.dumps({"sampling_type": "评价性抽检"}), encoding="utf-8")
    first, second = claim(settings)
    for envelope_id in (second, first) if late_first else (first, second):
        process(settings, envelope_id)
    by_envelope = {receipt.envelope_id: receipt for receipt in receipts(settings)}
    assert by_envelope[first].rows_quarantined == 1
    assert counts(by_envelope[second]) == (1, 1, 0, 0, 0, 1)
    assert by_envelope[second].supersedes_batch_id == by_envelope[first].batch_id


def test_a_side_car_that_takes_back_an_earlier_one_counts_again(settings: Settings, tmp_path: Path) -> None:
    path = land(settings, write_csv(tmp_path / "a.csv", NO_TYPE))
    for declared in (None, {"sampling_type": "评价性抽检"}, {}):
        if declared is not None:
            path.with_name("a.csv.meta.json").write_text(json.dumps(declared), encoding="utf-8")
        taken(settings)
    first, second, third = receipts(settings)
    assert third.outcome == "accepted_with_quarantine"
    assert (second.supersedes_batch_id, third.supersedes_batch_id) == (first.batch_id, second.batch_id)
    assert len({first.batch_id, second.batch_id, third.batch_id}) == 3


def test_a_file_that_fails_keeps_no_other_from_its_receipt(settings: Settings, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        land(settings, write_csv(tmp_path / name, FOOD if name == "a.csv" else FOOD[:3]))
    broken, sound = claim(settings)
    object_path(settings, read_envelope(settings, broken).sha256).unlink()
    with pytest.raises(InfrastructureError, match="1 of 2 files stay unprocessed"):
        process_chunk(settings, [broken, sound])
    assert [receipt.envelope_id for receipt in receipts(settings)] == [sound]


def test_an_envelope_is_answered_once(settings: Settings, tmp_path: Path) -> None:
    envelope_id = receive_file(settings, "food", write_csv(tmp_path / "a.csv", FOOD))
    assert len(process(settings, envelope_id)) == 1
    assert process(settings, envelope_id) == []
    assert claim(settings) == []
