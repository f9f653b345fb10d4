"""Persons among the sampled units, and producers who are not at fault."""

from __future__ import annotations

import pytest

from pipelines.normalise.people import is_natural_person, producer_status_of


@pytest.mark.parametrize("name", ["汪传文", "赖开川", "广西壮族自治区林著", "欧阳建国", "李四（个体）"])
def test_a_person_is_recognised(name: str) -> None:
    assert is_natural_person(name)


@pytest.mark.parametrize(
    "name",
    [
        "老**餐馆",
        "五**集团周口面粉有限公司",
        "天猫棠品旗舰店",
        "新津县新宜美佳购物中心",
        "四川粮之髓食品有限公司",
        "张三超市",
    ],
)
def test_an_organisation_is_no_person(name: str) -> None:
    assert not is_natural_person(name)


@pytest.mark.parametrize(
    ("producer", "remark", "status"),
    [
        ("聊城市奥祥禽业有限公司", "经山东省市场监管局核实，该产品并非来自聊城市奥祥禽业有限公司。", "disowned"),
        ("某厂", "冒用标有某厂名称的包装生产", "disowned"),
        ("某厂", "假冒产品", "disowned"),
        ("某厂", "企业提出真实性异议", "disputed"),
        ("某厂", "复检不合格", "named"),
        (None, None, "unnamed"),
    ],
)
def test_a_producer_who_disowns_the_goods_is_told_apart(producer: str | None, remark: str | None, status: str) -> None:
    assert producer_status_of(producer, remark) == status
