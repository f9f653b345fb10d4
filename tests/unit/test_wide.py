"""Wide tables: which columns are results of items, and what of them is a finding."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipelines.normalise.header_words import column_of
from pipelines.normalise.headers import HeaderMatch, match_header
from pipelines.normalise.wide import told_by_groups
from pipelines.read import Sheet
from pipelines.readers import table_of
from warehouse.contract import contract

FOOD = contract("food")
KNOWN_HEADERS = Path(__file__).parents[2] / "../shared/data/reference/known_headers.csv"
COMMON = ["抽样编号", "食品名称", "被抽样单位名称", "公告日期"]


def header_of(*more: str) -> HeaderMatch:
    header = match_header(Sheet("", table_of([[*COMMON, *more]], [1])), FOOD)
    assert header is not None
    return header


def told(titles: list[str], cells: list[str | None], *, is_failed: bool) -> str | None:
    header = header_of(*titles)
    return told_by_groups(FOOD, header.wide, dict(enumerate(cells, start=len(COMMON) + 1)), is_failed)


@pytest.mark.parametrize(
    ("header", "said"),
    [
        ("毒死蜱", {"item": "毒死蜱"}),
        ("铅(mg/kg)", {"item": "铅", "unit": "mg/kg"}),
        ("铅，mg/kg", {"item": "铅", "unit": "mg/kg"}),
        ("镉(≤0.1mg/kg)", {"item": "镉", "limit": "≤0.1mg/kg"}),
        ("克百威，甲拌磷，毒死蜱，氧乐果", {"item": "克百威或甲拌磷或毒死蜱或氧乐果"}),
        ("铝的残留量(干样品，以Al计)，mg/kg", {"item": "铝的残留量(干样品,以Al计)", "unit": "mg/kg"}),
        ("α-六六六NY/T761-2008", {"item": "α-六六六"}),
        ("三唑磷（CMA无公害食品稻米）", {"item": "三唑磷"}),
        ("苯并(a)芘", {"item": "苯并(a)芘"}),
        ("氯黴素", {"item": "氯霉素"}),
    ],
)
def test_a_column_of_a_substance_says_item_unit_and_limit(header: str, said: dict[str, str]) -> None:
    (group,) = header_of(header).wide
    assert (group.columns, group.said) == ({"value": 5}, said)


@pytest.mark.parametrize("header", ["内部样品编号", "包装状态", "抽样数（kg）", "实物质量", "检验目的小类", "备份位置"])
def test_other_columns_are_no_substances(header: str) -> None:
    assert header_of(header).wide == ()


def test_numbered_and_repeated_columns_are_groups_and_no_findings_of_their_own() -> None:
    numbered = header_of("项目1", "结果1", "标准1", "项目11", "结果11", "标准11")
    assert [group.columns for group in numbered.wide] == [
        {"item": 5, "value": 6, "limit": 7},
        {"item": 8, "value": 9, "limit": 10},
    ]
    repeated = header_of("检验项目", "检验结果", "技术要求", "检验项目.1", "检验结果.1", "技术要求.1", "备注", "备注.1")
    assert [group.columns for group in repeated.wide] == [
        {"item": 5, "value": 6, "limit": 7},
        {"item": 8, "value": 9, "limit": 10},
    ]
    assert set(repeated.columns) == {"sample_no", "product_name", "sampled_unit_name", "published_on", "remark"}


def test_beside_a_column_of_failures_nothing_else_is_a_finding() -> None:
    assert header_of("铅(mg/kg)", "不合格项目").wide == ()


@pytest.mark.parametrize(
    ("titles", "cells", "is_failed", "found"),
    [
        (["铅(mg/kg)"], ["0.5"], True, None),
        (["铅(mg/kg)"], ["0.5"], False, None),
        (["铅(mg/kg)"], ["不合格"], False, "铅║║"),
        (["铅(≤0.2mg/kg)"], ["0.5"], True, "铅║0.5║≤0.2mg/kg"),
        (["铅(≤0.2mg/kg)"], ["0.5"], False, None),
        (["铅(≤0.2mg/kg)"], ["0.1"], True, None),
        (["蛋白质(≥2.9g/100g)"], ["2.5"], True, "蛋白质║2.5║≥2.9g/100g"),
        (["铅", "镉"], ["合格", "合格"], False, "无"),
        (["铅", "镉"], ["合格", "0.1"], False, None),
        (["铅", "镉"], ["/", None], False, None),
        (["不合格项目1", "结果1", "不合格项目2", "结果2"], ["铅", "0.5mg/kg", "/", "/"], False, "铅║0.5mg/kg║"),
        (
            ["项目1", "结果1", "单项判定1", "项目2", "结果2", "单项判定2"],
            ["铅", "1", "不合格", "镉", "0", "合格"],
            False,
            "铅║1║",
        ),
        (["项目1", "结果1", "项目2", "结果2"], ["铅", "5;6", "镉", "不合格"], True, "镉║║"),
        (["铅（\r\n≤0.2mg/kg）*"], ["0.5"], True, "铅║0.5║≤0.2mg/kg"),
        (["菌落总数(≤1000CFU/g)"], ["1.3×10CFU/g"], True, "菌落总数║1.3×10CFU/g║≤1000CFU/g"),
        (["菌落总数(≤1000CFU/g)", "铅(≤0.2mg/kg)"], ["1.3×10CFU/g", "0.5"], True, "铅║0.5║≤0.2mg/kg"),
        (["项目1", "结果1", "项目2", "结果2"], ["铅", "不合格", "無", "無"], True, "铅║║"),
    ],
)
def test_words_fail_an_item_and_numbers_only_in_a_failed_sample(
    titles: list[str], cells: list[str | None], is_failed: bool, found: str | None
) -> None:
    assert told(titles, cells, is_failed=is_failed) == found


@pytest.mark.real
def test_substance_columns_of_provincial_workbooks_are_told_from_other_columns() -> None:
    if not KNOWN_HEADERS.exists():
        pytest.skip("../shared/data/reference is absent")
    with KNOWN_HEADERS.open(encoding="utf-8-sig", newline="") as file:
        rows = [row for row in csv.DictReader(file) if not column_of("food", row["header"])]
    is_wide = {row["header"]: bool(header_of(row["header"]).wide) for row in rows}
    outcomes = [row["header"] for row in rows if row["third_party_field"] == "test_outcome"]
    missed = [header for header in outcomes if not is_wide[header] and not header.startswith("结果")]
    assert len(outcomes) > 120
    assert len(missed) <= 20
    other = {row["header"] for row in rows if row["third_party_field"] not in ("test_outcome", "adulterant")}
    assert [header for header in other if is_wide[header]] == []
