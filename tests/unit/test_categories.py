"""Categories: two levels from what sources call them, unknown where they say nothing known."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipelines.normalise.categories import categorise
from warehouse.reference import UNKNOWN, categories

REAL = Path(__file__).parents[2] / "../shared/data/real/food_export"
# Not a food by the national rules, or no category at all.
NO_FOOD = {"", "食品相关产品-->食品机械设备", "食品相关产品-->洗涤剂/消毒剂"}


def names(feed: str, *texts: str | None) -> tuple[str, str]:
    first, second = categorise(feed, *texts)
    known = categories().by_code
    return tuple(known[code].category_name if code != UNKNOWN else UNKNOWN for code in (first, second))  # type: ignore[return-value]


@pytest.mark.parametrize(
    ("text", "first", "second"),
    [
        ("调味品-->食醋", "调味品", "食醋"),
        ("调味品", "调味品", UNKNOWN),
        ("食醋", "调味品", "食醋"),
        ("粮食及其制品-->小麦粉", "粮食加工品", "小麦粉"),
        ("食用油脂及其制品-->食用植物油", "食用油、油脂及其制品", "食用植物油"),
        ("水产及其制品", "水产制品", UNKNOWN),
        ("水产及其制品-->生鲜（冻）水产品", "食用农产品", "水产品"),
        ("蛋及蛋制品-->鲜蛋", "食用农产品", "鲜蛋"),
        ("蔬菜及其制品-->鲜菜", "食用农产品", "蔬菜"),
        ("豆及豆制品-->黄豆", "食用农产品", "豆类"),
        ("豆及豆制品-->非发酵豆制品", "豆制品", UNKNOWN),
        ("可可及焙炒咖啡制品", "可可及焙烤咖啡产品", UNKNOWN),
        ("坚果与籽类食品", "炒货食品及坚果制品", UNKNOWN),
        ("餐饮环节产品-->复合调味料", "餐饮食品", UNKNOWN),
        ("食用农产品", "食用农产品", UNKNOWN),
        ("水果类", "食用农产品", "水果类"),
        (" 食用油、油脂及其制品 ", "食用油、油脂及其制品", UNKNOWN),
        ("从未听说的类别", UNKNOWN, UNKNOWN),
    ],
)
def test_food_names_of_any_age_lead_to_the_rules_of_2026(text: str, first: str, second: str) -> None:
    assert names("food", text, None, None) == (first, second)


def test_the_second_level_may_have_a_column_of_its_own() -> None:
    assert names("food", "糕点", "月饼") == ("糕点", "月饼")
    assert names("food", "糕点", "糕点") == ("糕点", "糕点")
    assert names("food", None, "食醋") == ("调味品", "食醋")


def test_a_second_level_that_belongs_elsewhere_is_unknown() -> None:
    assert names("food", "糕点", "食醋") == ("糕点", UNKNOWN)
    assert names("market", "电子电器", None, "儿童推车") == ("电子电器", UNKNOWN)


@pytest.mark.parametrize(
    ("product", "first", "second"),
    [
        ("电热水壶", "电子电器", "电热水壶"),
        ("家用电热水壶（1.8L）", "电子电器", "电热水壶"),
        ("电动自行车", "交通用具及相关产品", "电动自行车"),
        ("电动自行车充电器", "交通用具及相关产品", "电动自行车充电器"),
        ("儿童餐具", "儿童用品", "儿童餐具"),
        ("车用汽油", "危险化学品及其包装物容器", "车用汽油"),
        ("神秘装置", UNKNOWN, UNKNOWN),
    ],
)
def test_a_market_product_decides_both_levels_where_nothing_is_stated(product: str, first: str, second: str) -> None:
    assert names("market", None, None, product) == (first, second)


def test_a_food_product_is_not_guessed_from_the_end_of_its_name() -> None:
    assert categorise("food", None, None, "某某牌老陈醋") == (UNKNOWN, UNKNOWN)


@pytest.mark.parametrize(
    ("kind", "item", "first", "second"),
    [
        ("房屋建筑", "混凝土强度", "房屋建筑", "主体结构"),
        ("房屋建筑", "建筑节能", "房屋建筑", "建筑节能"),
        ("市政", "主体结构", "市政基础设施", "主体结构"),
        ("交通", "路面压实度", "公路", "地基基础"),
        ("水利", None, "水利", UNKNOWN),
        ("水利", "从未听说的项目", "水利", UNKNOWN),
        (None, "混凝土强度", UNKNOWN, UNKNOWN),
    ],
)
def test_construction_has_the_kind_of_work_and_the_inspected_item(
    kind: str | None, item: str | None, first: str, second: str
) -> None:
    assert names("construction", kind, item, None) == (first, second)


def test_every_category_is_found_by_its_own_name_under_its_first_level() -> None:
    known = categories().by_code
    firsts = {code: each for code, each in known.items() if not each.parent_code}
    assert {code for code, each in firsts.items() if categorise(each.feed, each.category_name)[0] != code} == set()
    for code, each in known.items():
        if each.parent_code:
            first = known[each.parent_code].category_name
            assert categorise(each.feed, first, each.category_name) == (each.parent_code, code)


def test_every_crosswalk_name_leads_where_it_says() -> None:
    for each in categories().crosswalk:
        if each.category_code != "*":
            assert categorise(each.feed, each.source_name)[0] == each.category_code, each.source_name


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason="shared/data/real/food_export is not here")
def test_every_category_of_the_real_exports_is_known() -> None:
    texts = set()
    for path in REAL.glob("*.csv"):
        if "RASFF" not in path.name:
            with path.open(encoding="utf-8-sig", newline="") as file:
                texts |= {row["产品分类"] for row in csv.DictReader(file) if "RASFF" not in row["信息来源"]}
    chinese = {text for text in texts if not text.isascii()} - NO_FOOD
    assert len(chinese) > 30
    assert {text for text in chinese if categorise("food", text)[0] == UNKNOWN} == set()
