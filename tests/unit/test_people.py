"""Persons among the sampled units, and producers who are not at fault."""

from __future__ import annotations

import pytest

from pipelines.normalise.people import (
    is_natural_person,
    named_persons,
    producer_status_of,
    public_code,
    public_name,
    public_text,
)
from pipelines.normalise.roles import importer_in, maker_in, orderer_in


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
        "千禾味业",
        "海底捞",
        "李锦记",
        "品味轩",
        "红旗连锁",
        "成都绿地优鲜重庆国金中心分公司",
        "康师傅（成都）饮品有限公司",
        "甲厂（原苏州晓明制曲）",
        "某某公司（原产国：泰国）",
        "永辉超市（温江店）",
        "四川省成都市",
        "批发商行",
        "某市第六中学",
        "某某面粉有限公司（工厂代码Z）",
        "自产",
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


@pytest.mark.parametrize(
    ("cell", "shown"),
    [
        ("供货商洪全", "供货商洪**"),
        ("供货商: 洪全 电话: 138 0013 8000", "供货商: 洪** 电话: ***"),
        ("户主：王五", "户主：王**"),
        ("张三、李四", "张**、李**"),
        ("张　伟", "张**"),
        ("张 伟 13800138000", "张** ***"),
        ("1.张伟", "1.张**"),
        ("“张伟”", "“张**”"),
        ("王金城", "王**"),
        ("李明轩", "李**"),
        ("张伟（利民超市）", "张**（利民超市）"),
        ("利民超市（经营者：张伟）", "利民超市（经营者：张**）"),
        ("甲公司（法定代表人：张伟）", "甲公司（法定代表人：张**）"),
        ("利民超市张伟", "利民超市张**"),
        ("雁江区农贸市场12号摊位吴秀英", "雁江区农贸市场12号摊位吴**"),
        ("涪城区菜市场个体户阿依古丽·买买提江·艾合买提", "涪城区菜市场个体户阿**"),
        ("甘孜州康定市扎西次仁", "甘孜州康定市扎**"),
        ("四川绵阳张伟", "四川绵阳张**"),
        ("罗江区张伟", "罗江区张**"),
        ("罗江区李秀英蛋品摊", "罗江区李**蛋品摊"),
        ("罗江区李秀英菜摊", "罗江区李**菜摊"),
        ("罗江区李秀英摊位", "罗江区李**摊位"),
        ("罗江区李秀英摊点", "罗江区李**摊点"),
        ("罗江区农贸市场李秀英鲜猪肉摊12号", "罗江区农贸市场李**鲜猪肉摊12号"),
        ("李秀英12号摊", "李**12号摊"),
        ("旌阳区欧阳小明肉摊", "旌阳区欧阳**肉摊"),
        ("德阳市罗江区万安镇张明水果摊", "德阳市罗江区万安镇张**水果摊"),
        ("罗江区金山农贸市场蔬菜摊", "罗江区金山农贸市场蔬菜摊"),
        ("城东市场12号摊位", "城东市场12号摊位"),
        ("罗江区便民水果摊位", "罗江区便民水果摊位"),
        ("罗江区王记卤菜摊", "罗江区王记卤菜摊"),
        ("罗江区康师傅牌蔬菜摊", "罗江区康师傅牌蔬菜摊"),
        ("罗江区某某食品有限公司蛋品摊", "罗江区某某食品有限公司蛋品摊"),
        ("罗江区李秀英蛋品店", "罗江区李秀英蛋品店"),
        ("资阳市雁江区丹山镇大佛村3组陈建国", "资阳市雁江区丹山镇大佛村3组陈**"),
        ("扎西次仁 身份证51230119700101123X", "扎** 身份证***"),
        ("四川某某食品有限公司", "四川某某食品有限公司"),
    ],
)
def test_of_a_person_the_public_reads_the_family_name_alone(cell: str, shown: str) -> None:
    assert public_name(cell) == shown


@pytest.mark.parametrize(
    ("cell", "persons"),
    [
        ("赖开川", {"赖开川": "赖**"}),
        ("张 伟、欧阳小明", {"张 伟": "张**", "张伟": "张**", "欧阳小明": "欧阳**"}),
        ("阿依古丽·买买提", {"阿依古丽·买买提": "阿**", "阿依古丽": "阿**"}),
        ("阿·买买提", {"阿·买买提": "阿**"}),
        ("张三超市", {}),
    ],
)
def test_the_persons_of_a_cell_are_known_by_all_forms_of_their_names(cell: str, persons: dict[str, str]) -> None:
    assert named_persons(cell) == persons


@pytest.mark.parametrize(
    ("cell", "maker"),
    [
        ("某厂", "某厂"),
        ("生产商/经销商：某厂", "某厂"),
        ("标称生产企业名称：甲厂；委托生产企业名称：乙厂", "甲厂"),
        ("委托方：甲公司受委托生产企业：乙厂", "乙厂"),
        ("(委托方) 甲公司 (被委托方) 乙公司", "乙公司"),
        ("甲公司（委托方） 乙公司（被委托方）", "乙公司"),
        ("受委托方：乙厂(委托方：甲公司)", "乙厂"),
        ("进口商：甲公司（原产国：意大利）", None),
        ("供应商 某厂", None),
        ("被抽检单位：某店", None),
        ("生产者：", None),
    ],
)
def test_only_who_is_said_to_have_made_the_goods_is_their_maker(cell: str, maker: str | None) -> None:
    assert maker_in(cell) == maker


def test_numbers_of_persons_are_left_out_and_numbers_of_batches_are_not() -> None:
    assert public_text("电话13800138000，证512301197001011234，23800138000") == "电话***，证***，23800138000"
    assert [public_code(text) for text in ("512301197001011234", "电话13800138000", "20260301001122334")] == [
        "***",
        "电话***",
        "20260301001122334",
    ]


@pytest.mark.parametrize(
    ("cell", "maker", "orderer", "importer"),
    [
        ("委托方：甲公司；受委托方：乙厂", "乙厂", "甲公司", None),
        ("甲公司(委托方) 乙厂(被委托方)", "乙厂", "甲公司", None),
        ("委托生产企业名称：甲公司", None, "甲公司", None),
        ("进口商：甲公司（原产国：意大利）", None, None, "甲公司（原产国：意大利）"),
        ("生产者：乙厂；进口商：甲公司", "乙厂", None, "甲公司"),
        ("四川进口食品有限公司", "四川进口食品有限公司", None, None),
    ],
)
def test_who_ordered_and_who_imported_are_told_from_who_made(
    cell: str, maker: str | None, orderer: str | None, importer: str | None
) -> None:
    assert (maker_in(cell), orderer_in(cell), importer_in(cell)) == (maker, orderer, importer)
