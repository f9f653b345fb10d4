"""What the rows of a file mean: verdict, halves, identity, type and level, by the precedence of the contract."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipelines.normalise.batch import Normalised, normalise
from pipelines.normalise.measure_rows import measure_rows
from pipelines.read import Document, Sheet
from pipelines.readers import table_of
from pipelines.reading_problems import Unreadable
from warehouse.archive import Envelope
from warehouse.contract import contract

FOOD = ["抽样编号", "食品名称", "被抽样单位名称", "公告日期", "任务来源"]
MARKET = ["序号", "产品名称", "受检单位", "标称生产单位", "生产日期/批号", "检验结论", "主要不合格项目"]
TASK = "省级食品安全监督抽检"
ENVELOPE = Envelope("id", "food", "表.xlsx", "00", 1, datetime(2026, 5, 31, 17, 0, tzinfo=UTC))
Rows = list[list[str | None]]


def normalised(
    *sheets: tuple[str, Rows], feed: str = "food", file_name: str = "表.xlsx", sidecar: dict[str, Any] | None = None
) -> Normalised:
    tables = [Sheet(name, table_of(rows, list(range(1, len(rows) + 1)))) for name, rows in sheets]
    envelope = replace(ENVELOPE, feed=feed, file_name=file_name, sidecar=sidecar)
    return normalise(envelope, Document("xlsx", "xlsx", tuple(tables)), contract(feed))


def column(batch: Normalised, name: str) -> list[Any]:
    cells: list[Any] = batch.rows[name].to_pylist()
    return cells


def food_row(number: str, *more: str | None, task: str | None = TASK) -> list[str | None]:
    return [number, "挂面", "甲超市", "2026-05-01", task, *more]


PASSED: Rows = [FOOD, food_row("DC001"), food_row("DC002")]
FAILED: Rows = [[*FOOD, "不合格项目║检验结果║标准值"], food_row("DC003", "铅║0.5mg/kg║≤0.2mg/kg")]


def test_the_sheet_speaks_before_the_file_and_both_are_halves_of_the_notice() -> None:
    batch = normalised(("合格", PASSED), ("不合格", FAILED), file_name="附件3_合格产品信息.xlsx")
    assert column(batch, "conclusion_code") == ["conforming", "conforming", "nonconforming"]
    assert column(batch, "conclusion_source") == ["sheet", "sheet", "findings"]
    assert column(batch, "half") == ["conforming", "conforming", "nonconforming"]
    assert column(batch, "is_contradicting") == [False, False, False]
    assert not batch.is_complete


def test_a_sheet_for_failures_that_is_there_and_empty_completes_the_notice() -> None:
    assert normalised(("合格", PASSED), ("不合格", FAILED[:1])).is_complete
    assert not normalised(("合格", PASSED)).is_complete
    assert not normalised(("合格", PASSED), ("合格续", PASSED[:1])).is_complete


def test_the_name_of_the_file_gives_a_verdict_and_becomes_part_of_the_batch() -> None:
    passed = normalised(("", PASSED), file_name="附件1_合格产品信息.csv")
    renamed = normalised(("", PASSED), file_name="另一个合格产品名单.csv")
    failed = normalised(("", PASSED), file_name="附件2_不合格产品信息.csv")
    assert column(passed, "conclusion_source") == ["file", "file"]
    assert passed.batch_id == renamed.batch_id
    assert passed.batch_id != failed.batch_id
    assert column(failed, "conclusion_code") == ["nonconforming", "nonconforming"]


def test_a_batch_does_not_depend_on_sender_or_name_but_on_what_the_side_car_declares() -> None:
    plain = normalised(("", PASSED), file_name="a.csv").batch_id
    sent = {"sender": "某局", "upload": {"id": "u-1", "key": "某局"}}
    assert normalised(("", PASSED), file_name="b.csv", sidecar=sent).batch_id == plain
    assert normalised(("", PASSED), file_name="a.csv", sidecar={"notice_no": "1"}).batch_id != plain
    assert normalised(("", PASSED[:2]), file_name="a.csv").batch_id != plain


def test_a_conclusion_column_holds_before_the_findings_and_a_file_with_both_verdicts_is_no_half() -> None:
    rows: Rows = [
        [*FOOD, "检验结论", "不合格项目"],
        food_row("DC001", "合格", "/"),
        food_row("DC002", "不合格", "铅"),
        food_row("DC003", "未判定", None),
        food_row("DC004", "不合格", "/"),
        food_row("DC005", "合格", "铅"),
        food_row("DC006", "看附件", None),
    ]
    batch = normalised(("", rows))
    assert column(batch, "conclusion_code") == [
        "conforming",
        "nonconforming",
        "undetermined",
        "nonconforming",
        "conforming",
        None,
    ]
    assert column(batch, "is_contradicting") == [False, False, False, False, True, False]
    assert set(column(batch, "half")) == {"together"}


def test_findings_alone_tell_the_verdict_and_none_means_passed() -> None:
    rows: Rows = [[*FOOD, "不合格项目"], food_row("DC001", "无"), food_row("DC002", "铅"), food_row("DC003", None)]
    rows.append(food_row("DC004", "無"))
    batch = normalised(("", rows))
    assert column(batch, "conclusion_code") == ["conforming", "nonconforming", None, "conforming"]
    assert [len(found) for found in column(batch, "findings")] == [0, 1, 0, 0]


def test_a_cell_that_says_an_item_conforms_gives_no_verdict_and_contradicts_none() -> None:
    told = ("接地措施合格", "铅、镉合格", "接地措施合格；绝缘", "除铅外均合格")
    rows: Rows = [[*FOOD, "不合格项目"], *(food_row(str(number), cell) for number, cell in enumerate(told))]
    batch = normalised(("", rows))
    assert column(batch, "conclusion_code") == [None, None, "nonconforming", "nonconforming"]
    found = [[found["item"] for found in each] for each in column(batch, "findings")]
    assert found == [[], [], ["绝缘"], ["除铅外均合格"]]
    judged = [[*FOOD, "检验结论", "不合格项目"], food_row("A", "合格", "接地措施合格")]
    batch = normalised(("", judged))
    assert (column(batch, "conclusion_code"), column(batch, "is_contradicting")) == (["conforming"], [False])


def test_a_list_of_everything_tested_is_no_list_of_failures() -> None:
    rows: Rows = [[*FOOD, "检测项目"], food_row("DC001", "铅、镉、砷")]
    assert column(normalised(("合格产品", rows)), "conclusion_code") == ["conforming"]


def test_a_row_that_contradicts_the_name_of_its_sheet_is_told() -> None:
    rows: Rows = [[*FOOD, "检验结论"], food_row("DC001", "合格"), food_row("DC002", "不合格")]
    assert column(normalised(("不合格产品", rows)), "is_contradicting") == [True, False]
    passed_by_mark: Rows = [[*FOOD, "不合格项目"], food_row("DC001", "/")]
    assert column(normalised(("不合格产品", passed_by_mark)), "is_contradicting") == [True]


def test_a_table_of_failures_with_a_conclusion_column_is_a_half_when_its_name_says_so() -> None:
    rows: Rows = [[*FOOD, "检验结论"], food_row("DC001", "不合格"), food_row("DC002", "未判定")]
    assert column(normalised(("", rows), file_name="不合格产品信息.xlsx"), "half") == ["nonconforming"] * 2
    assert column(normalised(("", rows), file_name="五月.xlsx"), "half") == ["together"] * 2


@pytest.mark.parametrize(
    ("verdicts", "halves"),
    [
        ("together", ["together", "together"]),
        ("failures_only", ["failures_only", "failures_only"]),
        ("split", ["nonconforming", "nonconforming"]),
    ],
)
def test_the_side_car_says_how_the_verdicts_come(verdicts: str, halves: list[str]) -> None:
    rows: Rows = [[*FOOD, "检验结论"], food_row("DC001", "不合格"), food_row("DC002", "未判定")]
    assert column(normalised(("", rows), sidecar={"verdicts": verdicts}), "half") == halves


def test_a_half_has_a_place_only_where_a_column_of_places_holds_something() -> None:
    with_address: Rows = [[*FOOD, "被抽样单位地址"], food_row("DC001", "成都市武侯区"), food_row("DC002", None)]
    blank: Rows = [[*FOOD, "被抽样单位地址"], food_row("DC001", None)]
    assert column(normalised(("合格", with_address)), "half_has_place") == [True, True]
    assert column(normalised(("合格", blank)), "half_has_place") == [False]
    assert column(normalised(("合格", PASSED)), "half_has_place") == [False, False]


def test_the_verdict_cell_that_names_the_failed_item_gives_the_finding() -> None:
    rows: Rows = [[*FOOD, "检验结论"], food_row("DC001", "不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg")]
    ((finding,),) = column(normalised(("", rows)), "findings")
    assert (finding["item"], finding["value_text"], finding["limit_text"]) == ("吡虫啉", "7.47mg/kg", "≤0.2mg/kg")


@pytest.mark.parametrize(
    ("task", "title", "file_name", "sidecar", "meant"),
    [
        ("评价性抽检", "监督抽检信息", "风险监测.xlsx", "supervision", "evaluation"),
        (None, "食品安全评价性抽检信息", "监督抽检.xlsx", None, "evaluation"),
        ("食品安全监督抽检和风险监测", None, "评价性抽检.xlsx", None, "evaluation"),
        (None, None, "五月.xlsx", "例行监测", "routine_monitoring"),
        (None, None, "五月.xlsx", None, None),
    ],
)
def test_the_first_place_that_names_one_sampling_type_decides(
    task: str | None, title: str | None, file_name: str, sidecar: str | None, meant: str | None
) -> None:
    rows: Rows = [[title, None, None, None, None], FOOD, food_row("DC001", task=task)]
    declared = {"sampling_type": sidecar} if sidecar else None
    batch = normalised(("Sheet1", rows), file_name=file_name, sidecar=declared)
    assert column(batch, "sampling_type_code") == [meant]


def test_the_side_car_fills_what_the_rows_leave_out_and_nothing_else() -> None:
    rows: Rows = [
        [*FOOD[:3], "公告日期", "公告号"],
        ["DC001", "挂面", "甲", None, None],
        ["DC002", "面", "乙", "2026-04-01", "7"],
    ]
    batch = normalised(("", rows), sidecar={"published_on": "2026-05-02", "notice_no": "2026年第8号"})
    assert column(batch, "publication_date") == [date(2026, 5, 2), date(2026, 4, 1)]
    assert column(batch, "notice_key") == ["2026年第8号", "7"]
    assert column(batch, "quarter") == ["2026Q2", "2026Q2"]


def test_the_day_of_receipt_is_that_of_china() -> None:
    assert column(normalised(("", PASSED)), "received_on") == [date(2026, 6, 1), date(2026, 6, 1)]


def market(*rows: list[str | None]) -> list[str | None]:
    return column(normalised(("", [MARKET, *rows]), feed="market"), "identity")


def test_serial_numbers_of_rows_do_not_part_a_sample_that_failed_in_several_items() -> None:
    first, second, other = market(
        ["1", "电热水壶", "甲商场", "乙厂", "20260101", "不合格", "接地措施"],
        ["2", "电热水壶", "甲商场", "乙厂", "20260101", "不合格", "输入功率和电流"],
        ["3", "电热水壶", "丙商场", "乙厂", "20260101", "不合格", "接地措施"],
    )
    assert first == second
    assert other != first


def test_serial_numbers_of_samples_tell_samples_apart_that_are_equal_in_all_else() -> None:
    passed = market(
        ["1", "电热水壶", "甲商场", "乙厂", "20260101", "合格", None],
        ["2", "电热水壶", "甲商场", "乙厂", "20260101", "合格", None],
    )
    failed_alike = market(
        ["1", "电热水壶", "甲商场", "乙厂", "20260101", "不合格", "接地措施"],
        ["2", "电热水壶", "甲商场", "乙厂", "20260101", "不合格", "接地措施"],
    )
    mixed = market(
        ["1", "电热水壶", "甲商场", "乙厂", "20260101", "不合格", "接地措施"],
        ["2", "电热水壶", "甲商场", "乙厂", "20260101", "不合格", "输入功率"],
        ["3", "电热水壶", "甲商场", "乙厂", "20260101", "合格", None],
    )
    assert [len(set(found)) for found in (passed, failed_alike, mixed)] == [2, 2, 3]


def test_a_batch_that_is_a_day_is_known_by_the_day_and_a_time_of_day_tells_batches_apart() -> None:
    def of(*days: str) -> list[str | None]:
        return market(*([None, "电热水壶", "甲商场", "乙厂", day, "合格", None] for day in days))

    assert len(set(of("2026-01-05", "2026-01-05 00:00:00", "2026/1/5", "2026年1月5日", "20260105"))) == 1
    assert len(set(of("2026-01-05", "2026-01-05 08:00", "2026-01-05 16:00", "A20260105", "2026.1"))) == 5


def test_the_identity_of_a_numbered_sample_is_its_number_alone() -> None:
    batch = normalised(("", PASSED))
    (one, _) = column(batch, "identity")
    assert one.split("\x1f") == ["food", "number", "DC001"]
    assert column(batch, "is_identity_derived") == [False, False]


def test_a_number_that_a_spreadsheet_made_a_float_or_text_is_the_same_sample_and_the_cell_stays_as_it_was() -> None:
    batch = normalised(("", [FOOD, *(food_row(number) for number in ("202651", "202651.0", "'202651", "202651.5"))]))
    assert column(batch, "sample_no") == ["202651"] * 3 + ["202651.5"]
    assert len(set(column(batch, "identity"))) == 2
    assert column(batch, "group_no") == [1, 1, 1, 2]
    (sheet, _) = batch.sheets[""]
    assert sheet.table["c1"].to_pylist()[1:4] == ["202651", "202651.0", "'202651"]


def test_a_measure_names_its_sample_as_the_samples_own_row_does() -> None:
    rows = [["报送来源", "抽样编号", "处置类型", "处置日期", "处置机关"]]
    rows += [["食品", number, "整改", "2026-06-01", "某局"] for number in ("'202651", "202651.0")]
    document = Document("csv", "csv", (Sheet("", table_of(rows, [1, 2, 3])),))
    assert measure_rows(document, ENVELOPE).rows["subject"].to_pylist() == ["202651", "202651"]


def test_a_derived_identity_survives_line_breaks_and_needs_no_sampled_unit() -> None:
    header = ["食品名称", "被抽样单位名称", "公告日期", "任务来源"]
    rows: Rows = [
        header,
        ["挂面", "大同市东瑞餐饮\n有限责任公司 ", "2026-05-01", TASK],
        ["挂面", "大同市东瑞餐饮有限责任公司", "2026/5/1", TASK],
        ["挂面", None, "2026-05-01", TASK],
        [None, "某店", "2026-05-01", TASK],
    ]
    broken, whole, without_unit, without_product = column(normalised(("", rows)), "identity")
    assert broken == whole
    assert without_unit is not None
    assert without_product is None


def test_a_sheet_whose_header_is_unknown_is_named_and_the_others_are_read() -> None:
    batch = normalised(("说明", [["填表说明", None]]), ("合格", PASSED))
    assert [(problem.rule, problem.sheet) for problem in batch.problems] == [("HD-001", "说明")]
    assert batch.rows.num_rows == 2


@pytest.mark.parametrize(
    ("sheets", "sidecar", "rule"),
    [
        ([("", [["姓名", "电话"]])], None, "HD-001"),
        ([("", [FOOD])], None, "HD-004"),
        ([("", PASSED)], {"verdict": "split"}, "HD-003"),
        ([("", PASSED)], {"sampling_type": "不知道"}, "HD-003"),
        ([("", [])], None, "RD-001"),
    ],
)
def test_a_file_that_cannot_be_understood_is_rejected_with_its_rule(
    sheets: list[tuple[str, Rows]], sidecar: dict[str, Any] | None, rule: str
) -> None:
    with pytest.raises(Unreadable) as raised:
        normalised(*sheets, sidecar=sidecar)
    assert raised.value.problem.rule == rule
    assert raised.value.problem.message_zh
    assert raised.value.problem.message_en


def test_dates_that_are_none_are_named_and_leave_no_quarter() -> None:
    rows: Rows = [
        [*FOOD, "抽样日期"],
        ["DC001", "挂面", "甲", "待补", TASK, "2026-13-45"],
        food_row("DC002", "2026-04-01"),
    ]
    batch = normalised(("", rows))
    assert column(batch, "unreadable_dates") == [["sampled_on", "published_on"], []]
    assert column(batch, "quarter") == [None, "2026Q2"]
