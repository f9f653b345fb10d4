"""Header rows as real workbooks have them: broken, starred, below title and declaration, or not there at all."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipelines.normalise.header_words import column_of, findings_order
from pipelines.normalise.headers import match_header, titles_above
from pipelines.normalise.text import normal_header
from pipelines.read import Sheet
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
