"""Hazard classes: by table, never by merging substances."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipelines.normalise.hazards import OTHER, hazard_of
from warehouse.reference import hazard_items, hazards

REAL = Path(__file__).parents[2] / "../shared/data/real/food_export"


@pytest.mark.parametrize(
    ("item", "hazard"),
    [
        ("菌落总数（n=5,c=2,m=10000,M=100000）", "microbial_indicator"),
        ("大肠菌群", "microbial_indicator"),
        ("沙门氏菌", "pathogen"),
        ("毒死蜱", "pesticide_residue"),
        ("6-苄基腺嘌呤(6-BA)(mg/kg)（不得检出）", "pesticide_residue"),
        ("多菌灵(", "pesticide_residue"),
        ("2,4-滴", "pesticide_residue"),
        ("恩诺沙星", "veterinary_drug"),
        ("孔雀石绿（不得检出）", "veterinary_drug"),
        ("镉(以Cd计\n)", "heavy_metal"),
        ("铅", "heavy_metal"),
        ("铝的残留量（干样品，以Al计）", "additive"),
        ("黄曲霉毒素B₁", "mycotoxin"),
        ("苯并[a]芘", "contaminant"),
        ("苯并(α)芘", "contaminant"),
        ("苯并（а）芘", "contaminant"),
        ("N-二甲基亚硝胺", "contaminant"),
        ("防腐剂混合使用时各自用量占其最大使用量比例之和", "additive"),
        ("苏丹红Ⅰ", "banned_substance"),
        ("氨基酸态氮（≥0.40g/100mL）", "quality_index"),
        ("营养标签中碳水化合物修约间隔错误", "label"),
        ("接地措施", "electrical_safety"),
        ("从未听说的项目", OTHER),
        ("某某磷", OTHER),
    ],
)
def test_food_items_have_their_class(item: str, hazard: str) -> None:
    assert hazard_of("food", item) == hazard


@pytest.mark.parametrize(
    ("item", "hazard"),
    [
        ("输入功率和电流", "electrical_safety"),
        ("小零件", "mechanical_safety"),
        ("邻苯二甲酸酯(DBP+BBP+DEHP)", "chemical_migration"),
        ("甲醛含量", "chemical_migration"),
        ("厚度和厚度偏差", "quality_index"),
        ("阻燃性能", "fire_safety"),
        ("警示标志", "label"),
        ("从未听说的项目", OTHER),
    ],
)
def test_market_items_have_their_class(item: str, hazard: str) -> None:
    assert hazard_of("market", item) == hazard


@pytest.mark.parametrize(
    ("item", "hazard"),
    [("混凝土强度", "structure"), ("水泥安定性", "building_material"), ("接地电阻", "workmanship"), ("其它", OTHER)],
)
def test_construction_items_have_their_class(item: str, hazard: str) -> None:
    assert hazard_of("construction", item) == hazard


def test_the_same_word_may_mean_different_hazards_in_different_feeds() -> None:
    assert hazard_of("food", "甲醛") == "banned_substance"
    assert hazard_of("market", "甲醛") == "chemical_migration"


def test_every_listed_item_has_the_class_that_its_row_gives() -> None:
    rows = [each for each in hazard_items() if each.feed != "*" and each.match != "first"]
    asked = {(each.feed, each.pattern): each.hazard_code for each in rows}
    differing = {key for key, code in asked.items() if hazard_of(*key) not in (code, "label")}
    assert len(asked) > 1000
    assert differing == set()


def test_only_known_classes_come_out() -> None:
    assert OTHER in hazards()


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason="shared/data/real/food_export is not here")
def test_nearly_every_failed_item_of_the_real_exports_has_a_class() -> None:
    items = set()
    for path in REAL.glob("*.csv"):
        if "RASFF" not in path.name:
            with path.open(encoding="utf-8-sig", newline="") as file:
                items |= {
                    row["检测项目"] for row in csv.DictReader(file) if "不合格" in row["判定"] and row["检测项目"]
                }
    assert len(items) > 80
    unknown = {item for item in items if hazard_of("food", item) == OTHER}
    assert len(unknown) / len(items) < 0.05
