"""Header rows as real workbooks have them: broken, starred, below title and declaration, or not there at all."""

from __future__ import annotations

import csv
import re
from dataclasses import replace
from pathlib import Path

import pytest

from pipelines.normalise.header_words import column_of, column_of_levels, findings_order, is_ambiguous
from pipelines.normalise.headers import match_header, titles_above
from pipelines.normalise.text import normal_header
from pipelines.read import Merge, Sheet
from pipelines.readers import table_of
from warehouse.contract import contract, feeds

FOOD, MARKET = contract("food"), contract("market")
KNOWN_HEADERS = Path(__file__).parents[2] / "../shared/data/reference/known_headers.csv"
HEADER = ["抽样编号", "食品名称", "被抽样单位名称", "公告日期", "备注"]


def sheet_of(*rows: list[str | None], first_row: int = 1) -> Sheet:
    return Sheet("", table_of(list(rows), list(range(first_row, first_row + len(rows)))))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("检验结\r果", "finding_value"),
        ("被抽样单位\xa0\xa0名称", "sampled_unit_name"),
        ("样品名称*", "product_name"),
        ("公告日期（隐藏栏）", "published_on"),
        ("备注.1", "remark"),
        ("规格／型号", "spec"),
        ("抽样编号：", "sample_no"),
        ("不合格项目‖检验结果‖", "findings_text"),
        ("不合格项目:检验结果(标准值)", "findings_text"),
        ("不合格项目标准值及检出值", "findings_text"),
        ("product_name", "product_name"),
        ("Product_Name", "product_name"),
        ("finding_item", "finding_item"),
        ("findings", "findings_text"),
        ("毒死蜱", None),
        ("铅(mg/kg)", None),
        ("检验项目\u3000", None),
        ("检验项目", None),
        ("分类\r(食\r品一\r类)", "category"),
        ("抽查结\n果", "finding_value"),
        ("抽样数量(★必填)", None),
        ("标称生成企业名称", "producer_name"),
        ("承捡单位", "laboratory"),
        ("检测", None),
        ("检測", None),
        ("检验报号编告", None),
        ("被抽目样单)位名称", "sampled_unit_name"),
        ("食品大类（一级）", "category"),
        ("食品细类(四级)", "category_2"),
        ("名称（生产企业）", None),
        ("单位（受检）", None),
    ],
)
def test_a_header_is_known_however_it_is_broken(written: str, meant: str | None) -> None:
    assert column_of("food", written) == meant


@pytest.mark.parametrize(
    ("header", "order"),
    [
        ("不合格项目║检验结果║标准值", ("item", "value", "limit")),
        ("不合格项目/标准值/检验结果", ("item", "limit", "value")),
        ("不合格项目标准值及检出值", ("item", "limit", "value")),
        ("不合格项目║检验结果║标准值║单位", ("item", "value", "limit", "unit")),
        ("不合格项目", ()),
    ],
)
def test_the_header_of_a_findings_cell_names_the_order_of_its_parts(header: str, order: tuple[str, ...]) -> None:
    assert findings_order(header) == order


def test_the_header_stands_below_title_and_declaration_rows() -> None:
    sheet = sheet_of(
        ["2026年省级食品安全监督抽检合格产品信息", None, None, None, None],
        ["（声明：以下信息仅指本次抽检标称的生产企业相关产品的生产日期/批号和所检项目）", None, None, None, None],
        HEADER,
        ["DC001", "挂面", "某超市", "2026-05-01", None],
    )
    header = match_header(sheet, FOOD)
    assert header is not None
    assert header.row_no == 3
    assert header.columns == {
        "sample_no": 1,
        "product_name": 2,
        "sampled_unit_name": 3,
        "published_on": 4,
        "remark": 5,
    }
    title, declaration = titles_above(sheet, header)
    assert (title, declaration[:4]) == ("2026年省级食品安全监督抽检合格产品信息", "（声明：")


def test_of_two_remark_columns_the_first_one_is_the_remark() -> None:
    header = match_header(sheet_of([*HEADER, "备注"]), FOOD)
    assert header is not None
    assert header.columns["remark"] == 5


def test_a_sheet_that_names_too_few_columns_has_no_header() -> None:
    assert match_header(sheet_of(["姓名", "电话", "备注"], ["王", "1", None]), FOOD) is None


def test_declared_columns_stand_in_for_a_missing_header_and_add_spellings() -> None:
    bare = sheet_of(["DC001", "挂面", "某超市", "2026-05-01"])
    by_order = match_header(bare, FOOD, ["sample_no", "product_name", "-", "published_on"])
    assert by_order is not None
    assert (by_order.row_no, by_order.columns) == (-1, {"sample_no": 1, "product_name": 2, "published_on": 4})
    spelt = match_header(sheet_of(["单号", "食品名称", "被抽样单位名称", "公告日期"]), FOOD, {"单号": "sample_no"})
    assert spelt is not None
    assert spelt.columns["sample_no"] == 1


@pytest.mark.parametrize(
    ("levels", "meant"),
    [
        (("被抽样单位", "名称"), "sampled_unit_name"),
        (("被抽样单位", "所在地"), "sampled_unit_address"),
        (("受检单位信息", "地址"), "sampled_unit_address"),
        (("标称生产企业", "名称"), "producer_name"),
        (("标称生产企业", "省份"), None),
        (("不合格项目", "检验结果"), "finding_value"),
        (("不合格项目", "项目名称"), "finding_item"),
        (("产品信息", "名称"), "product_name"),
        (("产品信息", "规格型号"), "spec"),
        (("抽样", "日期"), "sampled_on"),
        (("抽样", "单位"), None),
        (("基本信息", "公告号"), "notice_no"),
        (("序号", "被抽检人"), "sampled_unit_name"),
        (("Unnamed: 3_level_0", "抽样编号"), "sample_no"),
        (("抽样编号", "Unnamed: 0_level_1"), "sample_no"),
    ],
)
def test_a_word_below_a_group_is_read_with_it(levels: tuple[str, ...], meant: str | None) -> None:
    assert column_of_levels("food", levels) == meant


UPPER = ["序号", "食品名称", "被抽样单位", None, None, "检验结论", "公告日期"]
LOWER = [None, None, "名称", "地址", "联系电话", None, None]
TWO_ROWS = {
    "sequence_no": 1, "product_name": 2, "sampled_unit_name": 3, "sampled_unit_address": 4, "conclusion": 6,
    "published_on": 7,
}  # fmt: skip


@pytest.mark.parametrize(
    "merges", [(), (Merge(2, 1, 3, 1), Merge(2, 2, 3, 2), Merge(2, 3, 2, 5), Merge(2, 6, 3, 6), Merge(2, 7, 3, 7))]
)
def test_a_header_of_two_rows_is_one_header_merged_or_not(merges: tuple[Merge, ...]) -> None:
    rows = [["2026年抽检信息", *[None] * 6], UPPER, LOWER, ["1", "挂面", "甲", "成都", "1", "合格", "2026-05-01"]]
    sheet = sheet_of(*rows)
    header = match_header(Sheet("", sheet.table, merges), FOOD)
    assert header is not None
    assert (header.first_row_no, header.row_no, header.columns) == (2, 3, TWO_ROWS)
    assert header.titles[3] == "被抽样单位 名称"
    assert titles_above(sheet, header) == ["2026年抽检信息"]


def test_a_row_of_data_below_a_header_is_never_a_part_of_it() -> None:
    header = match_header(sheet_of(UPPER, ["1", "挂面", "甲超市", "名称", "地址", "合格", "2026-05-01"]), FOOD)
    assert header is not None
    assert header.row_no == 1
    blanks = match_header(sheet_of(HEADER, [None, "挂面", "甲超市", None, "备注信息"]), FOOD)
    assert blanks is not None
    assert blanks.row_no == 1


def test_what_may_mean_several_columns_is_asked_back_and_not_used() -> None:
    header = match_header(sheet_of([*HEADER, "单位名称", "地址", "检验项目"]), FOOD)
    assert header is not None
    assert header.ambiguous == ("单位名称", "地址")
    assert set(header.columns.values()) == {1, 2, 3, 4, 5}


def test_a_contract_may_list_the_columns_of_tables_without_header() -> None:
    headless = replace(FOOD, columns_without_header=("sample_no", "product_name", "", "published_on"))
    header = match_header(sheet_of(["DC001", "挂面", "甲", "2026-05-01"]), headless)
    assert header is not None
    assert (header.row_no, header.columns) == (-1, {"sample_no": 1, "product_name": 2, "published_on": 4})
    assert match_header(sheet_of(["DC001", "挂面", "甲"]), headless) is None


def test_a_header_under_a_declared_list_is_no_row_of_data() -> None:
    header = match_header(
        sheet_of(HEADER, ["DC001"]), FOOD, ["sample_no", "product_name", "", "published_on", "remark"]
    )
    assert header is not None
    assert (header.row_no, "sampled_unit_name" in header.columns) == (1, False)


@pytest.mark.parametrize("feed", feeds())
def test_no_header_matches_the_patterns_of_two_columns(feed: str) -> None:
    """Asked of every spelling of every feed: what one column lists, no other column's pattern takes."""
    columns = contract(feed).columns
    patterns = {column.name: re.compile("|".join(column.patterns)) for column in columns if column.patterns}
    spelt = {
        normal_header(a).lower() for other in feeds() for c in contract(other).columns for a in (c.title, *c.aliases)
    }
    named = {header: [name for name, pattern in patterns.items() if pattern.fullmatch(header)] for header in spelt}
    assert len(named) > 300
    assert {header: names for header, names in named.items() if len(names) > 1} == {}
    own = {normal_header(a).lower(): c.name for c in columns for a in c.aliases}
    assert {
        header: names for header, names in named.items() if header in own and names not in ([], [own[header]])
    } == {}


def test_food_and_market_know_the_same_headers_of_the_columns_that_they_share() -> None:
    shared = {column.name for column in FOOD.columns} & {column.name for column in MARKET.columns}
    assert len(shared) > 25
    differing = [
        name
        for name in sorted(shared)
        if (FOOD.column(name).aliases, FOOD.column(name).patterns)
        != (MARKET.column(name).aliases, MARKET.column(name).patterns)
    ]
    assert differing == []
    assert FOOD.ambiguous_headers == MARKET.ambiguous_headers


@pytest.mark.parametrize(
    ("feed", "header", "meant"),
    [
        ("food", "抽样单编号*", "sample_no"),
        ("food", "受检单位所在市（州）", "sampled_unit_prefecture"),
        ("food", "被抽样单位所属地市", "sampled_unit_prefecture"),
        ("food", "被抽样单位所在县（区）", "sampled_unit_county"),
        ("food", "被抽检单位详细地址", "sampled_unit_address"),
        ("food", "标称生产厂家名称", "producer_name"),
        ("food", "标识生产者所在地", "producer_address"),
        ("food", "检验检测机构名称", "laboratory"),
        ("food", "初检机构", "laboratory"),
        ("food", "复检机构", None),
        ("food", "不合格检验项目", "finding_item"),
        ("food", "合格项目", None),
        ("food", "不合格率", None),
        ("food", "抽样单位", None),
        ("food", "委托单位", None),
        ("market", "不合格项目及检验结果", "findings_text"),
        ("market", "抽查结论", "conclusion"),
        ("market", "抽查产品名称", "product_name"),
        ("market", "生产日期或批次", "batch_or_date"),
        ("market", "经销单位", None),
        ("construction", "受检工程名称", "project_name"),
        ("construction", "抽查项目名称", "inspected_item"),
        ("construction", "施工总承包单位名称", "contractor_name"),
        ("construction", "监理公司", "supervisor_name"),
        ("construction", "检测点位数", "points_checked"),
        ("construction", "合格点（处）数", "points_conforming"),
        ("construction", "不合格点数", None),
        ("construction", "存在的主要质量问题", "finding_item"),
        ("construction", "整改完成时限", "rectify_by"),
        ("construction", "工程所在县（市、区）", "sampled_unit_county"),
    ],
)
def test_headers_of_other_provinces_are_known_by_how_they_are_built(feed: str, header: str, meant: str | None) -> None:
    assert column_of(feed, header) == meant


@pytest.mark.parametrize(
    "header", ["标称生产企业所在省份", "生产企业省份", "购进日期/批号", "报告编号", "单项判定", "复检结果", "标准10"]
)
def test_what_belongs_to_another_is_never_taken_for_the_sampled_unit_s_or_the_sample_s(header: str) -> None:
    assert column_of("food", header) is None


@pytest.mark.parametrize("header", ["单位名称", "经销单位", "所在地", "购进日期", "样品名称及规格", "抽样企业地址"])
def test_a_doubtful_header_is_told_as_such(header: str) -> None:
    assert column_of("food", header) is None
    assert is_ambiguous(FOOD, header)


@pytest.mark.parametrize("feed", feeds())
def test_no_spelling_of_a_feed_names_two_columns(feed: str) -> None:
    named: dict[str, set[str]] = {}
    for column in contract(feed).columns:
        for alias in column.aliases:
            named.setdefault(normal_header(alias), set()).add(column.name)
    assert named
    assert {alias: columns for alias, columns in named.items() if len(columns) > 1} == {}


@pytest.mark.parametrize("feed", feeds())
def test_every_column_of_a_contract_is_known_by_its_own_name(feed: str) -> None:
    names = contract(feed).names
    assert {name: column_of(feed, name) for name in names} == {name: name for name in names}


@pytest.mark.real
def test_headers_of_provincial_workbooks_that_leave_no_doubt_are_all_known() -> None:
    if not KNOWN_HEADERS.exists():
        pytest.skip("../shared/data/reference is absent")
    here = {"findings": "findings_text", "produced_on": "batch_or_date"}
    second_level = {"细类", "食品亚类", "食品大类(二级)", "食品大类（二级）", "食品细类"}
    with KNOWN_HEADERS.open(encoding="utf-8-sig", newline="") as file:
        scored = [(row["header"], row["contract_column"]) for row in csv.DictReader(file) if row["scored"] == "1"]
    assert len(scored) == 328
    wanted = {header: "category_2" if header in second_level else here.get(column, column) for header, column in scored}
    assert {header: column_of("food", header) for header in wanted} == wanted
