"""Names of items: variants of one thing have one name, different things never do."""

from __future__ import annotations

import itertools

import pytest

from pipelines.normalise.hazards import OTHER, hazard_of
from pipelines.normalise.item_lists import split_items
from pipelines.normalise.items import direction_of, item_name_of
from warehouse.contract import feeds
from warehouse.vocabulary import item_aliases, items, units


@pytest.mark.parametrize(
    ("name", "variants"),
    [
        (
            "铝的残留量",
            ["铝的残留量(干样品，以Al计)", "铝的残留量（干样品，以Al计）", "铝的残留量（以干基计）", "铝残留量"],
        ),
        ("苯并[a]芘", ["苯并(α)芘", "苯并（а）芘", "苯并(a)芘", "苯并[a]芘（≤10μg/kg）"]),
        ("黄曲霉毒素B1", ["黄曲霉毒素B₁", "黄曲霉毒素 B1", "黃曲霉毒素B₁"]),
        ("镉", ["镉(以Cd计\n)", "镉（以Cd计）", "鎘", "镉含量", "镉/(mg/kg)"]),
        ("多菌灵", ["多菌灵(", "多菌灵(mg/kg)"]),
        ("甲拌磷", ["甲拌磷（甲拌磷及其氧类似物(亚砜、砜)之和，以甲拌磷表示）"]),
        ("多西环素", ["多西环素（强力霉素）", "强力霉素(多西环素)"]),
        ("甜蜜素", ["环己基氨基磺酸钠（又名甜蜜素）", "甜蜜素（以环己基氨基磺酸计）"]),
        ("苯甲酸", ["苯甲酸及其钠盐（以苯甲酸计）", "苯甲酸及其钠盐"]),
        ("2,4-滴", ["2，4-滴", "2,4-D", "2,4-滴和2,4-滴钠盐"]),
        ("N-二甲基亚硝胺", ["N－二甲基亚硝胺", "N-亚硝基二甲胺"]),
        ("6-苄基腺嘌呤", ["6-苄基腺嘌呤(6-BA)(mg/kg)", "6-苄基腺嘌呤（6-BA）"]),
        ("菌落总数", ["菌落总数﹙CFU/g﹚", "菌落总数（n=5,c=2,m=10000,M=100000）", "菌落总数超标"]),
        (
            "防腐剂混合使用时各自用量占其最大使用量的比例之和",
            ["防腐剂混合使用时各自用量占其最大使用量比例之和"],
        ),
    ],
)
def test_variants_of_one_thing_have_one_name(name: str, variants: list[str]) -> None:
    if name == "苯并[a]芘":
        variants = variants[:-1]  # its limit is taken off where the finding is read
    if name == "菌落总数":
        variants = [each for each in variants if "n=" not in each] + ["菌落总数（n=5）"]
    assert {item_name_of(each) for each in variants} == {name}


@pytest.mark.parametrize(
    "different",
    [
        ["大肠杆菌", "大肠菌群", "粪大肠菌群", "大肠埃希氏菌O157:H7"],
        ["氯氰菊酯", "氯氟氰菊酯", "高效氯氰菊酯", "高效氯氟氰菊酯", "氟氯氰菊酯", "氰戊菊酯", "氯菊酯"],
        ["孔雀石绿", "隐色孔雀石绿", "结晶紫"],
        ["呋喃西林", "呋喃西林代谢物", "呋喃唑酮", "呋喃唑酮代谢物", "呋喃妥因代谢物", "呋喃它酮代谢物"],
        ["铅", "铬", "镉", "六价铬", "总铬"],
        ["汞", "总汞", "甲基汞"],
        ["砷", "总砷", "无机砷"],
        ["苯甲酸", "对羟基苯甲酸酯类及其钠盐", "对羟基苯甲酸甲酯"],
        ["甲醛", "甲醇", "甲醛释放量", "甲醛次硫酸氢钠"],
        ["对硫磷", "甲基对硫磷", "乐果", "氧乐果", "甲胺磷", "乙酰甲胺磷", "克百威", "丁硫克百威"],
        ["氯霉素", "甲砜霉素", "氟苯尼考", "红霉素", "土霉素", "金霉素", "四环素"],
        ["黄曲霉毒素B1", "黄曲霉毒素M1", "黄曲霉毒素总量"],
        ["亚硝酸盐", "硝酸盐", "N-二甲基亚硝胺"],
        ["酸价", "酸度", "总酸", "过氧化值", "过氧化氢", "过氧化苯甲酰"],
        ["霉菌", "酵母", "霉菌和酵母"],
        ["香兰素", "乙基香兰素", "香豆素", "乙基麦芽酚"],
        ["环丙沙星", "恩诺沙星", "氧氟沙星", "诺氟沙星"],
    ],
)
def test_things_that_sound_alike_are_never_merged(different: list[str]) -> None:
    names = [item_name_of(each) for each in different]
    assert None not in names
    assert len(set(names)) == len(different)


@pytest.mark.parametrize(
    "item", ["孔雀石", "氯氰", "某某磷", "大肠", "从未听说的项目", "铬(三价)", "", "(", "铅" + "（1）" * 5000]
)
def test_what_is_not_listed_has_no_name(item: str) -> None:
    assert item_name_of(item) is None


def test_a_bracket_that_makes_it_another_thing_is_kept() -> None:
    assert item_name_of("铬(六价)") == "六价铬"
    assert item_name_of("环丙沙星(恩诺沙星)") is None and item_name_of("铅(迁移量)") != "铅"
    assert item_name_of("黄曲霉毒素(总量)") == "黄曲霉毒素总量"
    assert item_name_of("土霉素/金霉素/四环素(组合含量)") not in (None, "土霉素", "四环素")


@pytest.mark.parametrize(
    ("text", "names"),
    [
        ("2,4-滴,毒死蜱", ["2,4-滴", "毒死蜱"]),
        ("毒死蜱,氧乐果，2,4-滴", ["毒死蜱", "氧乐果", "2,4-滴"]),
        ("大肠菌群/菌落总数", ["大肠菌群", "菌落总数"]),
        ("土霉素/金霉素/四环素(组合含量)", ["土霉素/金霉素/四环素(组合含量)"]),
        ("黄曲霉毒素B1、B2、G1、G2总量", ["黄曲霉毒素B1、B2、G1、G2总量"]),
        ("1.4-氯苯氧乙酸钠;2.6-苄基腺嘌呤", ["4-氯苯氧乙酸钠", "6-苄基腺嘌呤"]),
        ("4-氯苯氧乙酸钠;6-苄基腺嘌呤", ["4-氯苯氧乙酸钠", "6-苄基腺嘌呤"]),
        ("苯甲酸（≤1.0g/kg；≤0.5g/kg）、柠檬黄", ["苯甲酸（≤1.0g/kg；≤0.5g/kg）", "柠檬黄"]),
        ("苯甲酸，1.5g/kg", ["苯甲酸，1.5g/kg"]),
        ("甲,乙", ["甲,乙"]),
        ("（1）绝缘厚度（2）导体电阻", ["绝缘厚度", "导体电阻"]),
        ("①绝缘厚度②导体电阻、③标志", ["绝缘厚度", "导体电阻", "标志"]),
        ("六价铬(2)", ["六价铬(2)"]),
        ("标签：未标注生产许可证号，不符合GB 7718-2011", ["标签：未标注生产许可证号，不符合GB 7718-2011"]),
    ],
)
def test_a_list_of_items_is_split_and_a_name_is_not(text: str, names: list[str]) -> None:
    assert split_items(text) == names


def test_the_vocabulary_is_sound() -> None:
    known = items()
    assert len(known) > 1000
    assert {each.direction for each in known.values()} == {"upper", "lower", ""}
    assert all(each.source for each in known.values())
    assert set(item_aliases().values()) <= set(known) and not set(item_aliases()) & set(known)
    assert {name for name in known if item_name_of(name) != name} == set()
    assert {alias for alias, name in item_aliases().items() if item_name_of(alias) != name} == set()


def test_every_item_has_a_class_of_hazards_in_some_feed() -> None:
    without = {name for name in items() if all(hazard_of(feed, name) == OTHER for feed in feeds())}
    assert without == set()


def test_a_limit_without_operator_is_told_by_what_its_standard_sets() -> None:
    assert [direction_of(item) for item in ("铅（以Pb计）", "氨基酸态氮", "水分", "从未听说")] == [
        "upper",
        "lower",
        "",
        "",
    ]


def test_units_of_one_dimension_convert_and_no_spelling_means_two() -> None:
    known = units()
    of_one_gram_a_kilo = {"g/kg": 1, "mg/kg": 1000, "μg/kg": 1_000_000, "%": 0.1, "g/100g": 0.1, "‰": 1}
    per_unit = known["g/kg"].factor
    assert {name: round(per_unit / known[name].factor, 6) for name in of_one_gram_a_kilo} == of_one_gram_a_kilo
    for one, other in itertools.pairwise(sorted(of_one_gram_a_kilo)):
        assert known[one].dimension == known[other].dimension
    assert known["mPa·s"].dimension != known["MPa"].dimension
