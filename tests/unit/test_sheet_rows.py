"""Which rows of a sheet are data, and which of them are one sample."""

from __future__ import annotations

import pytest

from pipelines.normalise.headers import match_header
from pipelines.normalise.sheet_rows import SheetRows, sheet_rows
from pipelines.read import Merge, Sheet
from pipelines.readers import table_of
from warehouse.contract import contract

HEADER = ["抽样编号", "食品名称", "被抽样单位名称", "公告日期", "不合格项目", "检验结果"]


def rows_of(*rows: list[str | None], feed: str = "food", merges: tuple[Merge, ...] = ()) -> SheetRows:
    table = table_of([list(row) for row in rows], list(range(1, len(rows) + 1)))
    sheet = Sheet("", table, merges)
    feed_contract = contract(feed)
    header = match_header(sheet, feed_contract)
    assert header is not None
    return sheet_rows(sheet, header, feed_contract)


def column(found: SheetRows, name: str) -> list[str | None]:
    cells: list[str | None] = found.columns[name].to_pylist()
    return cells


def test_title_declaration_blank_note_and_repeated_header_rows_are_no_data() -> None:
    found = rows_of(
        ["2026年抽检信息", None, None, None, None, None],
        ["（声明：以下信息仅指本次抽检）", None, None, None, None, None],
        HEADER,
        ["DC001", "挂面", "甲超市", "2026-05-01", "/", None],
        [" ", "\u3000", None, None, None, None],
        HEADER,
        ["DC002", "食醋", "乙超市", "2026-05-01", "/", None],
        ["注：本表只列本次抽检批次", None, None, None, None, None],
        ["备注：以上", None, None, None, None, None],
    )
    assert column(found, "sample_no") == ["DC001", "DC002"]
    assert found.source_row.to_pylist() == [4, 7]


@pytest.mark.parametrize(
    "footer",
    [
        ["合计", "2批次", None, None, None, None],
        ["总计：2", None, None, None, None, None],
        [None, "小 计", "2", None, None, None],
        ["合计2批次", None, None, None, None, "1"],
        ["制表人：张三", None, None, "审核人：李四", None, None],
        ["填报单位：某局", None, None, None, "填报日期：2026-05-01", None],
        ["审核：", None, None, None, None, None],
        [None, None, "负责人", None, None, "某某"],
        ["单位负责人（签字）：", None, None, None, None, None],
        ["合計：2批次", None, None, None, None, None],
        ["備註：以上由承檢機構提供", None, None, None, None, None],
    ],
)
def test_sums_and_signatures_at_the_foot_are_no_data(footer: list[str | None]) -> None:
    found = rows_of(HEADER, ["DC001", "挂面", "甲超市", "2026-05-01", "/", None], footer)
    assert column(found, "sample_no") == ["DC001"]


@pytest.mark.parametrize(
    "row",
    [
        ["DC002", "合计牌挂面", None, None, None, None],
        [None, "合计", "甲超市", "2026-05-01", "铅", None],
        ["合计", "挂面", "甲超市", "2026-05-01", None, None],
        [None, None, None, None, "负责人未到岗", None],
        [None, None, None, None, "总计量误差", "5"],
        [None, None, None, None, "审核记录缺失", None],
        [None, "小计算器", "甲超市", None, None, None],
        ["DC002", None, "制表人：张三", None, None, None],
    ],
)
def test_a_row_of_data_is_kept_whatever_word_it_begins_with(row: list[str | None]) -> None:
    found = rows_of(HEADER, ["DC001", "挂面", "甲超市", "2026-05-01", "镉", None], row)
    assert found.source_row.to_pylist() == [2, 3]


def test_continuation_rows_take_from_the_row_that_opened_their_sample_all_but_the_finding() -> None:
    found = rows_of(
        HEADER,
        ["DC001", "红薯淀粉", "西点商贸", "2026-05-01", "菌落总数", "5.2×10³CFU/g"],
        [None, None, None, None, "大肠菌群", None],
        ["DC002", "挂面", "甲超市", "2026-05-01", None, None],
    )
    assert found.group_no.to_pylist() == [1, 1, 2]
    assert column(found, "sample_no") == ["DC001", "DC001", "DC002"]
    assert column(found, "sampled_unit_name") == ["西点商贸", "西点商贸", "甲超市"]
    assert column(found, "finding_item") == ["菌落总数", "大肠菌群", None]
    assert column(found, "finding_value") == ["5.2×10³CFU/g", None, None]


def test_a_row_without_number_that_says_something_else_opens_a_sample_of_its_own() -> None:
    found = rows_of(
        HEADER,
        ["DC001", "辣椒", "甲超市", "2026-05-01", None, None],
        [None, "辣椒", "乙超市", "2026-05-01", None, None],
        [None, "辣椒", "乙超市", "2026-05-01", "镉", "0.5"],
    )
    assert found.group_no.to_pylist() == [1, 2, 2]
    assert column(found, "sampled_unit_name") == ["甲超市", "乙超市", "乙超市"]


def test_cells_merged_downwards_hold_in_every_row_but_a_finding_is_not_doubled() -> None:
    found = rows_of(
        HEADER,
        ["DC001", "红薯淀粉", "西点商贸", "2026-05-01", "菌落总数", "5"],
        [None, None, None, None, "大肠菌群", None],
        merges=tuple(Merge(2, k, 3, k) for k in (1, 2, 3, 4, 6)),
    )
    assert column(found, "product_name") == ["红薯淀粉", "红薯淀粉"]
    assert column(found, "finding_value") == ["5", None]
    assert found.group_no.to_pylist() == [1, 1]


def test_a_serial_number_merged_over_item_rows_is_one_sample() -> None:
    header = ["序号", "产品名称", "受检单位", "标称生产单位", "主要不合格项目", "检验结论"]
    found = rows_of(
        header,
        ["1", "电热水壶", "甲商场", "乙厂", "接地措施", "不合格"],
        [None, None, None, None, "输入功率和电流", None],
        ["2", "电热水壶", "甲商场", "丙厂", None, "合格"],
        feed="market",
        merges=tuple(Merge(2, k, 3, k) for k in (1, 2, 3, 4, 6)),
    )
    assert found.group_no.to_pylist() == [1, 1, 2]
    assert column(found, "conclusion") == ["不合格", "不合格", "合格"]


def test_rows_above_the_first_sample_belong_to_none() -> None:
    found = rows_of(HEADER, [None, None, None, None, "镉", "0.5"], ["DC001", "挂面", "甲", "2026-05-01", None, None])
    assert found.group_no.to_pylist() == [0, 1]
    assert column(found, "sample_no") == [None, "DC001"]


def test_a_result_column_that_holds_verdicts_alone_is_the_conclusion() -> None:
    found = rows_of(
        HEADER,
        ["DC001", "挂面", "甲", "2026-05-01", "吡虫啉", "不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg"],
        ["DC002", "食醋", "乙", "2026-05-01", None, "合  格"],
    )
    assert column(found, "conclusion") == ["不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg", "合格"]
    assert column(found, "finding_value") == [None, None]
    measured = rows_of(
        HEADER,
        ["DC001", "挂面", "甲", "2026-05-01", "吡虫啉", "7.47mg/kg"],
        ["DC002", "食醋", "乙", "2026-05-01", None, "合格"],
    )
    assert column(measured, "conclusion") == [None, "合格"]
    assert column(measured, "finding_value") == ["7.47mg/kg", None]


@pytest.mark.parametrize(
    ("title", "unit"), [("检验结果(μg/kg)", "μg/kg"), ("实测值（单位：mg/kg）", "mg/kg"), ("检测值(标注单位)", None)]
)
def test_a_unit_in_the_header_is_that_of_its_values(title: str, unit: str | None) -> None:
    found = rows_of([*HEADER[:5], title], ["DC001", "挂面", "甲", "2026-05-01", "氯霉素", "5"])
    assert column(found, "finding_unit") == [unit]


def test_a_header_that_comes_again_with_other_blanks_its_title_and_a_continuation_mark_are_no_data() -> None:
    title: list[str | None] = ["2026年抽检信息", *[None] * 5]
    data: list[str | None] = ["DC001", "挂面", "甲超市", "2026-05-01", "/", None]
    again: list[str | None] = ["抽样 编号", "食品\n名称", *HEADER[2:]]
    found = rows_of(title, HEADER, data, title, again, ["续表", *[None] * 5], ["DC002", *data[1:]])
    assert found.source_row.to_pylist() == [3, 7]


def test_cells_that_name_a_header_in_a_row_of_data_do_not_make_it_one() -> None:
    found = rows_of(HEADER, ["抽样编号", "食品名称", "甲超市", "2026-05-01", None, None])
    assert found.source_row.to_pylist() == [2]


def test_a_mark_of_absence_stays_in_the_findings_as_written_for_it_means_passed() -> None:
    found = rows_of(HEADER, ["DC001", "挂面", "甲", "2026-05-01", " 无 ", "/"])
    assert found.findings_cell.to_pylist() == ["无"]
    assert column(found, "finding_item") == [None]


def test_two_columns_of_conclusions_stand_together_where_they_differ() -> None:
    found = rows_of(
        ["抽样编号", "食品名称", "检验结论", "公告日期", "结论"],
        ["DC001", "挂面", "合格", "2026-05-01", "合格"],
        ["DC002", "食醋", "合格", "2026-05-01", "不合格"],
        ["DC003", "食盐", None, "2026-05-01", "不合格"],
        ["DC004", "酱油", "合格", "2026-05-01", None],
    )
    assert column(found, "conclusion") == ["合格", "合格|不合格", "不合格", "合格"]
    assert [found.header.columns["conclusion"], *found.header.verdicts] == [3, 5]
