"""Traditional characters, read like simplified ones; and simplified text, which is left alone."""

from __future__ import annotations

import pytest

from pipelines.normalise.categories import categorise
from pipelines.normalise.hazards import hazard_of
from pipelines.normalise.header_words import column_of
from pipelines.normalise.places import resolve
from pipelines.normalise.words import conclusion_of, sampling_type_of, verdict_in_name
from warehouse.contract import contract, feeds
from warehouse.reference import categories, divisions, hazard_items
from warehouse.script import simplified

FOOD = contract("food")


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("被抽樣單位名稱", "被抽样单位名称"),
        ("涼山彝族自治州", "凉山彝族自治州"),
        ("質量", "质量"),
        ("2021-04-15(購進日期)", "2021-04-15(购进日期)"),
        ("乾县某店", "乾县某店"),
        ("於潜镇", "於潜镇"),
        ("二噁英", "二噁英"),
        ("铅║0.5mg/kg║≤0.2mg/kg", "铅║0.5mg/kg║≤0.2mg/kg"),
        ("", ""),
    ],
)
def test_only_what_simplified_script_lacks_is_read_in_it(written: str, read: str) -> None:
    assert simplified(written) == read


def test_names_of_the_reference_lists_and_contracts_are_left_as_they_are() -> None:
    names = [division.name for level in ("province", "prefecture", "county") for division in divisions().at(level)]
    names += [each.category_name for each in categories().by_code.values()] + [each.pattern for each in hazard_items()]
    names += [column.title for feed in feeds() for column in contract(feed).columns]
    assert len(names) > 3000
    assert [name for name in names if simplified(name) != name] == []


def test_headers_verdicts_places_categories_and_items_mean_the_same_in_both_scripts() -> None:
    assert column_of("food", "被抽樣單位名稱") == "sampled_unit_name"
    assert conclusion_of(FOOD, "檢驗結論：合格") == conclusion_of(FOOD, "检验结论：合格") == "conforming"
    assert conclusion_of(FOOD, "鉛不符合國家標準") == "nonconforming"
    assert verdict_in_name("附件3_不合格產品信息.xlsx") == "nonconforming"
    assert sampling_type_of(FOOD, "食品安全監督抽檢") == "supervision"
    place = resolve(None, None, "四川省涼山彝族自治州西昌市某路1號", None, None)
    assert (place.prefecture_code, place.county_code) == ("513400", "513401")
    assert resolve("涼山彝族自治州", None, None, None, None).prefecture_code == "513400"
    assert categorise("food", "糧食加工品") == categorise("food", "粮食加工品") != ("unknown", "unknown")
    assert hazard_of("food", "鎘") == "heavy_metal"
