"""Failed items out of cells as real tables write them."""

from __future__ import annotations

import pytest

from pipelines.normalise.findings import (
    Finding,
    findings_in_cell,
    findings_in_columns,
    findings_in_verdict,
    says_passed,
)

ORDER = ("item", "value", "limit")
Triple = tuple[str | None, str | None, str | None]


def hazard(item: str) -> str:
    return f"of {item}"


def triples(found: list[Finding]) -> list[Triple]:
    return [(finding["item"], finding["value_text"], finding["limit_text"]) for finding in found]


@pytest.mark.parametrize("mark", ["║", "‖", "∥", "∣", "丨", "｜", "|", "||"])
def test_every_separator_parts_item_value_and_limit(mark: str) -> None:
    (found,) = findings_in_cell(f"二氧化硫残留量{mark}0.79g/kg{mark}≤0.2g/kg", ORDER, hazard)
    assert found == {
        "item": "二氧化硫残留量",
        "value_text": "0.79g/kg",
        "limit_text": "≤0.2g/kg",
        "unit": "g/kg",
        "operator": "≤",
        "standard": None,
        "hazard_code": "of 二氧化硫残留量",
        "raw": f"二氧化硫残留量{mark}0.79g/kg{mark}≤0.2g/kg",
        "item_name": "二氧化硫残留量",
        "value_numbers": [0.79],
        "value_operator": None,
        "initial_numbers": None,
        "is_detected": None,
        "limit_low": None,
        "limit_high": 0.2,
        "limit_unit": "g/kg",
        "plan_n": None,
        "plan_c": None,
        "plan_m": None,
        "plan_max": None,
        "value_uncertain": False,
        "agrees": True,
    }


@pytest.mark.parametrize(
    ("cell", "order", "meant"),
    [
        ("铅/0.5mg/kg/≤0.2mg/kg", ORDER, [("铅", "0.5mg/kg", "≤0.2mg/kg")]),
        ("吡虫啉║≤0.2mg/kg║7.47mg/kg", ("item", "limit", "value"), [("吡虫啉", "7.47mg/kg", "≤0.2mg/kg")]),
        ("镉║0.5║0.1；铅║0.4║0.2", ORDER, [("镉", "0.5", "0.1"), ("铅", "0.4", "0.2")]),
        ("镉║0.5║0.1\n铅║0.4║0.2", ORDER, [("镉", "0.5", "0.1"), ("铅", "0.4", "0.2")]),
        ("镉║0.5║0.1、铅║0.4║0.2", ORDER, [("镉", "0.5", "0.1"), ("铅", "0.4", "0.2")]),
        (
            "镉║0.5║0.1 铅║0.4║0.2 砷║1║0.5",
            ORDER,
            [("镉", "0.5", "0.1"), ("铅", "0.4", "0.2"), ("砷", "1", "0.5")],
        ),
        (
            "菌落总数‖8.2×10²；8.6×10²；8.5×10²；7.9×10²；7.3×10²CFU/g‖n=5，c=2，m=10²",
            ORDER,
            [("菌落总数", "8.2×10²；8.6×10²；8.5×10²；7.9×10²；7.3×10²CFU/g", "n=5，c=2，m=10²")],
        ),
        ('接地措施 || "" || ""', ORDER, [("接地措施", None, None)]),
        ("铅：0.5mg/kg（≤0.2mg/kg）", ORDER, [("铅", "0.5mg/kg", "≤0.2mg/kg")]),
        ("接地措施‖‖", ORDER, [("接地措施", None, None)]),
        ("营养标签中碳水化合物修约间隔错误", ORDER, [("营养标签中碳水化合物修约间隔错误", None, None)]),
        (
            "二氧化硫残留量检测值为 0.117g/kg，(标准值为 0.05g/kg)",
            ORDER,
            [("二氧化硫残留量", "0.117g/kg", "0.05g/kg")],
        ),
        ("不合格项目║║", ("item", "limit", "value"), [("不合格项目", None, None)]),
    ],
)
def test_a_composite_cell_is_taken_apart_in_the_order_of_its_header(
    cell: str, order: tuple[str, ...], meant: list[Triple]
) -> None:
    assert triples(findings_in_cell(cell, order, hazard)) == meant


def test_a_fourth_part_of_the_cell_is_the_unit() -> None:
    (found,) = findings_in_cell("镉║0.5║0.1║mg/kg", (*ORDER, "unit"), hazard)
    assert (found["value_text"], found["limit_text"], found["unit"]) == ("0.5", "0.1", "mg/kg")


@pytest.mark.parametrize(
    "cell",
    [
        "/", " ／ ", "无", "--", "——", "————", "暂无", "无。", "N/A", "无不合格项目", "未发现不合格项目", "合格",
        "没有", "不适用", "无异常", "未发现异常", "none",
        "所检项目合格", "所检项目均合格。", "检验项目全部符合标准要求", "经检验，所检项目符合食品安全国家标准",
    ],
)  # fmt: skip
def test_a_mark_of_absence_means_that_the_sample_passed(cell: str) -> None:
    assert says_passed(cell)
    assert findings_in_cell(cell, ORDER, hazard) == []
    assert findings_in_columns(item=cell, hazard=hazard) == []


@pytest.mark.parametrize(
    "cell",
    [
        "铅项目合格",
        "部分合格",
        "不合格",
        "所检项目不合格",
        "不符合标准要求",
        "未检出",
        "铅合格，镉不合格",
        "无机砷",
        "无标签",
    ],
)
def test_a_pass_of_one_item_or_of_some_does_not_pass_the_sample(cell: str) -> None:
    assert not says_passed(cell)


@pytest.mark.parametrize(
    ("cell", "failed"),
    [
        ("接地措施合格", []),
        ("接地措施（合格）。", []),
        ("混凝土强度符合设计要求", []),
        ("接地措施合格；绝缘电阻不合格", ["绝缘电阻不合格"]),
        ("接地措施合格、绝缘电阻", ["绝缘电阻"]),
        ("铅不合格，其余项目合格", ["铅不合格"]),
        ("铅、镉合格", []),
        ("铅,镉均合格", []),
        ("外观、尺寸、接地措施符合要求", []),
        ("铅、镉合格；绝缘不合格", ["绝缘不合格"]),
        ("铅、其余项目合格", ["铅"]),
        ("铅超标、镉合格", ["铅超标"]),
        ("过氧化值、菌落总数合格", []),
        ("铅:0.5、镉合格", ["铅:0.5"]),
        ("除铅外均合格", ["除铅外均合格"]),
        ("铅以外合格", ["铅以外合格"]),
        ("仅铅合格", ["仅铅合格"]),
        ("只有铅合格", ["只有铅合格"]),
        ("外观合格", []),
        ("除草剂残留合格", []),
        ("接地措施║合格║GB 4706.1；绝缘║不合格║GB 4706.1", ["绝缘"]),
        ("接地措施/合格/GB 4706.1", []),
        ('[{"item": "接地措施", "value": "合格"}, {"item": "绝缘", "value": "不合格"}]', ["绝缘"]),
        ("铅║合格║不合格", ["铅"]),
        ("部分合格", ["部分合格"]),
        ("焊缝应符合设计要求", ["焊缝应符合设计要求"]),
        ("材料未经检测合格", ["材料未经检测合格"]),
        ("整改后合格", ["整改后合格"]),
        ("产品合格证", ["产品合格证"]),
    ],
)
def test_an_item_that_is_said_to_conform_is_no_failed_item(cell: str, failed: list[str]) -> None:
    assert [found["item"] for found in findings_in_cell(cell, ORDER, hazard)] == failed


def test_of_items_in_columns_those_whose_result_is_a_pass_are_no_failures() -> None:
    found = findings_in_columns(item="接地措施、绝缘", value="合格、不合格", hazard=hazard)
    assert [each["item"] for each in found] == ["绝缘"]
    assert findings_in_columns(item="接地措施合格", limit="GB 4706.1", hazard=hazard) == []
    assert findings_in_columns(item="铅、镉合格", hazard=hazard) == []
    assert [each["item"] for each in findings_in_columns(item="铅、镉合格", value="0.5", hazard=hazard)] != []


@pytest.mark.parametrize(
    ("item", "meant"),
    [
        ("苯甲酸、柠檬黄、日落黄", ["苯甲酸", "柠檬黄", "日落黄"]),
        (
            "硫酸铝钾（又名钾明矾），硫酸铝铵（又名铵明矾）",
            ["硫酸铝钾（又名钾明矾）", "硫酸铝铵（又名铵明矾）"],
        ),
        ("1.外观；2.配合性能；3.密封性和阻气性", ["外观", "配合性能", "密封性和阻气性"]),
        ("厚度和厚度偏差、拉伸负荷", ["厚度和厚度偏差", "拉伸负荷"]),
        ("2,4-滴", ["2,4-滴"]),
        ("6-苄基腺嘌呤", ["6-苄基腺嘌呤"]),
        ("防腐剂混合使用时各自用量占其最大使用量比例之和", ["防腐剂混合使用时各自用量占其最大使用量比例之和"]),
        ("铝的残留量（干样品，以Al计）", ["铝的残留量（干样品，以Al计）"]),
    ],
)
def test_several_items_in_one_cell_are_several_findings_and_names_are_kept_whole(item: str, meant: list[str]) -> None:
    assert [finding["item"] for finding in findings_in_columns(item=item, hazard=hazard)] == meant


def test_values_go_with_their_items_when_there_are_as_many() -> None:
    found = findings_in_columns(item="镉；铅", value="0.5；0.4", limit="≤0.1、≤0.2", unit="mg/kg", hazard=hazard)
    assert triples(found) == [("镉", "0.5", "≤0.1"), ("铅", "0.4", "≤0.2")]
    assert [finding["unit"] for finding in found] == ["mg/kg", "mg/kg"]


def test_values_that_cannot_be_paired_stay_whole_with_the_first_item() -> None:
    found = findings_in_columns(item="镉、铅、砷", value="0.5；0.4", hazard=hazard)
    assert triples(found) == [("镉", "0.5；0.4", None), ("铅", None, None), ("砷", None, None)]


@pytest.mark.parametrize(
    ("item", "meant"),
    [
        ("氨基酸态氮（≥0.40g/100mL）", ("氨基酸态氮", None, "≥0.40g/100mL")),
        ("苯甲酸（1.0g/kg）", ("苯甲酸", None, "1.0g/kg")),
        ("还原糖（12.0g/100g～29.0g/100g）", ("还原糖", None, "12.0g/100g～29.0g/100g")),
        ("6-苄基腺嘌呤(6-BA)(mg/kg)（不得检出）", ("6-苄基腺嘌呤(6-BA)(mg/kg)", None, "不得检出")),
        ("过氧化值（标准值：≤5.0mmol/kg/实测值：5.2mmol/kg）", ("过氧化值", "5.2mmol/kg", "≤5.0mmol/kg")),
        ("铝的残留量(干样品，以Al计)", ("铝的残留量(干样品，以Al计)", None, None)),
    ],
)
def test_a_limit_inside_the_item_is_taken_out(item: str, meant: Triple) -> None:
    assert triples(findings_in_columns(item=item, hazard=hazard)) == [meant]


def test_a_lower_limit_and_a_ban_keep_their_operator() -> None:
    found = findings_in_columns(item="蛋白质", value="2.1g/100g", limit="≥2.5g/100g", hazard=hazard)
    banned = findings_in_columns(item="孔雀石绿", value="3.1μg/kg", limit="不得检出μg/kg", hazard=hazard)
    assert (found[0]["operator"], banned[0]["operator"]) == ("≥", "不得检出")


def test_findings_behind_the_verdict_in_its_own_cell_are_found() -> None:
    assert triples(findings_in_verdict("不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg", hazard)) == [
        ("吡虫啉", "7.47mg/kg", "≤0.2mg/kg")
    ]
    assert findings_in_verdict("不合格", hazard) == []
    assert findings_in_verdict("合格", hazard) == []


def test_findings_that_come_as_json_keep_their_numbers_as_written() -> None:
    (found,) = findings_in_cell(
        '[{"不合格项目": "镉", "检验结果": 0.50, "标准值": "≤0.1", "单位": "mg/kg"}]', ORDER, hazard
    )
    assert (found["item"], found["value_text"], found["unit"]) == ("镉", "0.50", "mg/kg")


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ('[{"项目名称": "铅", "检测结果": "1", "限量值": "≤0.5"}]', [("铅", "1", "≤0.5")]),
        ('[{"item": "铅", "value": "1", "limit": "≤0.5"}]', [("铅", "1", "≤0.5")]),
        ('[{"finding_item": "铅", "finding_value": 1.0, "finding_limit": "≤0.5"}]', [("铅", "1.0", "≤0.5")]),
        ('{"Item": "铅", "Value": "1"}', [("铅", "1", None)]),
        ('{"铅": "1"}', [("铅", "1", None)]),
        ('{"铅": 1.50, "镉": {"value": "2", "limit": "≤1"}}', [("铅", "1.50", None), ("镉", "2", "≤1")]),
        ('{"items": [{"item": "铅"}, {"item": "镉"}]}', [("铅", None, None), ("镉", None, None)]),
        ('["铅║1║≤0.5", "镉"]', [("铅", "1", "≤0.5"), ("镉", None, None)]),
        ('[{"检测结果": "1", "备注": "甲"}]', [("检测结果：1，备注：甲", "1", None)]),
        ("[苯并]芘", [("[苯并]芘", None, None)]),
        ("[]", []),
        ("{ }", []),
        ("[null]", []),
    ],
)
def test_findings_nested_in_json_lose_nothing(cell: str, meant: list[Triple]) -> None:
    assert triples(findings_in_cell(cell, ORDER, hazard)) == meant


def test_an_empty_list_of_findings_means_that_the_sample_passed() -> None:
    assert [says_passed(cell) for cell in ("[]", "{}", "[ ]", "[{}]", '{"铅": "1"}')] == [True] * 3 + [False] * 2


@pytest.mark.parametrize(
    ("cell", "meant"),
    [
        ("不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg", [("吡虫啉", "7.47mg/kg", "≤0.2mg/kg")]),
        ("不合格:铅/0.5mg/kg/≤0.2mg/kg", [("铅", "0.5mg/kg", "≤0.2mg/kg")]),
        ("不合格：铅:0.5mg/kg(≤0.2mg/kg)", [("铅", "0.5mg/kg", "≤0.2mg/kg")]),
        ("不合格：1.外观；2.配合性能", [("外观", None, None), ("配合性能", None, None)]),
        ("不符合：镉、铅", [("镉", None, None), ("铅", None, None)]),
    ],
)
def test_a_verdict_before_the_item_is_no_part_of_the_item(cell: str, meant: list[Triple]) -> None:
    assert triples(findings_in_cell(cell, ORDER, hazard)) == meant


def test_a_triple_under_the_header_of_the_item_alone_is_taken_apart() -> None:
    (found,) = findings_in_columns(item="吡虫啉‖7.47mg/kg‖≤0.2mg/kg", standard="GB 2763", hazard=hazard)
    assert triples([found]) == [("吡虫啉", "7.47mg/kg", "≤0.2mg/kg")]
    assert (found["unit"], found["standard"]) == ("mg/kg", "GB 2763")


@pytest.mark.parametrize(
    ("conclusion", "items"),
    [
        ("铝不符合国家标准", ["铝"]),
        ("经检验，铝、铅项目不符合GB 2762要求", ["铝", "铅"]),
        ("菌落总数不合格", ["菌落总数"]),
        ("接地措施不符合标准要求。", ["接地措施"]),
        ("检验结果：混合使用比例不合格", ["混合使用比例"]),
        ("不符合", []),
        ("经检验不合格", []),
        ("该批次产品不符合国家标准", []),
        ("样品不合格", []),
        ("所检项目不符合标准要求", []),
        ("检验结论：不合格", []),
        ("一般不合格", []),
        ("严重不合格", []),
        ("部分不合格", []),
        ("有2项不合格", []),
        ("初检不合格，复检合格", []),
        ("铝符合国家标准", []),
    ],
)
def test_a_conclusion_that_says_what_did_not_conform_names_the_item(conclusion: str, items: list[str]) -> None:
    found = findings_in_verdict(conclusion, hazard)
    assert [(finding["item"], finding["raw"]) for finding in found] == [(item, conclusion) for item in items]


def test_a_superscript_of_html_is_shown_as_one_and_the_source_is_kept() -> None:
    cell = "菌落总数║1.7×10<sup>4</sup>CFU/g║≤10<sup>4</sup>CFU/g"
    (found,) = findings_in_cell(cell, ORDER, hazard)
    assert (found["value_text"], found["limit_text"], found["raw"]) == ("1.7×10⁴CFU/g", "≤10⁴CFU/g", cell)
    assert (found["unit"], found["operator"]) == ("CFU/g", "≤")
    (slashed,) = findings_in_cell("菌落总数/1.7×10<sup>4</sup>CFU/g/≤10CFU/g", ORDER, hazard)
    assert (slashed["item"], slashed["value_text"]) == ("菌落总数", "1.7×10⁴CFU/g")
    (of_columns,) = findings_in_columns(item="菌落总数", value="1.7×10<sup>4</sup>CFU/g", hazard=hazard)
    assert of_columns["value_text"] == "1.7×10⁴CFU/g"
