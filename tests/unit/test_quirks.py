"""Quirks of real tables by their literal examples, where no test of the part that reads them names them.

docs/reference/quirks.md lists all of them with the test that holds each.
"""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipelines.normalise.damage import shifted_column
from pipelines.normalise.findings import Finding, findings_in_columns
from pipelines.normalise.header_words import column_of, findings_order
from pipelines.normalise.limits import limit_of
from pipelines.normalise.measured import measured
from pipelines.normalise.places import Place, resolve
from pipelines.normalise.roles import maker_in
from pipelines.normalise.words import conclusion_of, verdict_in_name
from tests.unit.test_damage import cells
from tests.unit.test_normalise import FOOD, MARKET, Rows, column, food_row, normalised
from warehouse.contract import contract

PLAIN = ("item", "value", "limit")
MARKS = ("║", "‖", "∥", "∣", "|", "||", "丨", "｜", "/")


def read(item: str, value: str, limit: str | None = None) -> Finding:
    (found,) = findings_in_columns(item=item, value=value, limit=limit, hazard=str)
    return found


def test_a_notice_of_which_only_title_and_date_came_holds_no_sample() -> None:
    rows: Rows = [list(FOOD), [None, None, None, "2026-05-01", None], food_row("DC001")]
    batch = normalised(("合格", rows))
    assert column(batch, "identity")[0] is None
    assert column(batch, "product_name") == [None, "挂面"]


@pytest.mark.parametrize(
    ("header", "order"),
    [
        *(
            (mark.join(("不合格项目", "检验结果", "标准值")), PLAIN)
            for mark in ("║", "‖", "∥", "∣", "|", "||", "丨", "｜", "/")
        ),
        ("不合格项目/标准值/检验结果", ("item", "limit", "value")),
        ("不合格项目‖检验结果‖", ("item", "value")),
        ("不合格项目:检验结果(标准值)", PLAIN),
        ("不合格项目标准值及检出值", ("item", "limit", "value")),
    ],
)
def test_the_header_of_a_composed_cell_is_known_by_every_spelling(header: str, order: tuple[str, ...]) -> None:
    assert (column_of("food", header), column_of("market", header)) == ("findings_text", "findings_text")
    assert findings_order(header) == order


def test_a_bar_in_the_specification_is_no_triple() -> None:
    rows: Rows = [[*FOOD, "规格型号", "检验结论"], food_row("DC001", "500ml丨42%vol｜/瓶", "合格")]
    batch = normalised(("", rows))
    assert (column(batch, "conclusion_code"), column(batch, "findings")) == (["conforming"], [[]])


def test_one_sample_on_two_rows_without_a_number_is_one_sample() -> None:
    shared = ["绵阳市西点商贸有限公司", "某厂", "2026-03-01", "不合格"]
    rows: Rows = [list(MARKET), ["5", "红薯淀粉", *shared, "菌落总数"], ["6", "红薯淀粉", *shared, "大肠菌群"]]
    batch = normalised(("", rows), feed="market")
    assert len(set(column(batch, "identity"))) == 1
    assert [found[0]["item"] for found in column(batch, "findings")] == ["菌落总数", "大肠菌群"]


@pytest.mark.parametrize(
    ("value", "numbers", "unit", "is_uncertain"),
    [
        ("1.3×10⁵CFU/g", (130000.0,), "CFU/g", False),
        ("3.7×104", (37000.0,), None, False),
        ("5.2×103CFU/g", (5200.0,), "CFU/g", False),
        ("1.7×10<sup>4</sup>4CFU/g", (), None, True),
        ("①1.4×10", (), None, True),
        ("1.06×10", (), None, True),
        ("1.48 mg/kg", (1.48,), "mg/kg", False),
        ("1.49w/%", (1.49,), "%", False),
        ("624.3µ/g", (624.3,), "μ/g", False),
        ("10μk/kg", (10.0,), "μk/kg", False),
        ("≤10ug/kg", (10.0,), "μg/kg", False),
        ("0,57", (0.57,), None, False),
        ("0.05 mg/kg - ppm", (0.05,), "mg/kg", False),
        ("0..05", (), None, True),
    ],
)
def test_a_number_is_read_as_it_was_meant_or_flagged(
    value: str, numbers: tuple[float, ...], unit: str | None, is_uncertain: bool
) -> None:
    said = measured(value)
    assert (said.numbers, said.is_uncertain) == (numbers, is_uncertain)
    assert is_uncertain or said.unit_name == unit


def test_a_unit_nobody_knows_is_held_against_no_limit() -> None:
    assert read("镉", "10μk/kg", "≤5μg/kg")["agrees"] is None


def test_a_glued_exponent_breaks_the_limit_that_a_naive_reading_keeps() -> None:
    assert read("菌落总数", "5.2×103CFU/g", "≤200 CFU/g")["agrees"] is True
    plan = limit_of("n=5,c=2,m=104CFU/g,M=105CFU/g").plan
    assert plan is not None
    assert (plan.m, plan.most) == (10000.0, 100000.0)


def test_what_a_second_laboratory_found_decides_also_where_it_clears_the_goods() -> None:
    found = read("过氧化值", "原检值0.38g/100g，复检值0.37g/100g", "≤0.25g/100g")
    assert (found["initial_numbers"], found["value_numbers"], found["agrees"]) == ([0.38], [0.37], True)


@pytest.mark.parametrize(
    "laboratory",
    ["初检机构：成都市食品药品检验研究院；复检机构：中国测试技术研究院", "初检结构：成都市食品药品检验研究院"],
)
def test_two_laboratories_in_one_cell_are_no_shifted_cell(laboratory: str) -> None:
    assert shifted_column(cells(laboratory=laboratory), pa.array([None], pa.string())).to_pylist() == [None]


def test_a_date_of_production_never_decides_the_quarter() -> None:
    rows: Rows = [[*FOOD, "生产日期/批号", "检验结论"], food_row("DC001", "2019-01-25", "合格")]
    assert column(normalised(("", rows)), "quarter") == ["2026Q2"]


@pytest.mark.parametrize(
    ("cell", "maker"),
    [
        ("经销者：重庆佳仙食品有限公司\n生产者：重庆佳仙九七食品有限公司", "重庆佳仙九七食品有限公司"),
        ("标称生产企业名称：甲公司；委托生产企业名称：乙公司（原苏州晓明制曲）", "甲公司"),
        ("委托方：甲公司；受委托方：乙公司", "乙公司"),
        ("(委托方) 甲公司(被委托方) 乙公司", "乙公司"),
        ("供货商：洪全", None),
        ("进口商：甲公司（原产国：意大利）", None),
        ("被抽检单位：沈阳市金**捞食府", None),
    ],
)
def test_of_several_roles_only_the_maker_is_named_as_such(cell: str, maker: str | None) -> None:
    assert maker_in(cell) == maker


@pytest.mark.parametrize("name", ["剑阁剑明珠", "岳池九龙", "德昌乐百惠", "汶川鑫兴", "金堂吉选", "阆中大润发"])
def test_a_county_without_its_suffix_in_a_name_is_not_guessed(name: str) -> None:
    assert resolve(None, None, None, None, name) == Place()
    assert resolve(None, None, None, "四川", name) == Place("510000", evidence="province_column")


def test_zhongshan_is_a_city_in_guangdong_and_a_district_of_dalian() -> None:
    assert resolve("中山", None, None, None, None).prefecture_code == "442000"
    assert resolve(None, None, "中山区人民路", "辽宁", None).prefecture_code == "210200"


@pytest.mark.parametrize("header", ["被抽样单位所在市州", "被抽样单位所在盟市"])
def test_what_a_prefecture_is_called_elsewhere_is_known(header: str) -> None:
    assert column_of("food", header) == "sampled_unit_prefecture"


def test_the_header_of_a_product_quality_notice_is_known_whole() -> None:
    written = ["序号", "受检单位", "产品名称", "生产单位", "规格型号", "生产日期/批货号", "不合格情况", "备注"]
    assert [column_of("market", header) for header in written] == [
        "sequence_no",
        "sampled_unit_name",
        "product_name",
        "producer_name",
        "spec",
        "batch_or_date",
        "finding_item",
        "remark",
    ]


@pytest.mark.parametrize(
    "said", ["抽查合格率 92.0%", "不合格发现率 9.7%", "抽查不合格率 21.0%", "439家企业生产的440批次"]
)
def test_a_rate_is_no_verdict(said: str) -> None:
    assert (verdict_in_name(said), conclusion_of(contract("market"), said)) == (None, None)
