"""Verdict, type and level out of words, with spellings that real senders use."""

from __future__ import annotations

import pytest

from pipelines.normalise.words import (
    conclusion_of,
    level_of,
    publisher_level_of,
    sampling_type_of,
    stage_of,
    verdict_in_name,
)
from warehouse.contract import contract

FOOD = contract("food")


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("合格", "conforming"),
        ("合  格", "conforming"),
        ("合格（阴性）", "conforming"),
        ("符合", "conforming"),
        ("所检项目符合标准要求。", "conforming"),
        ("经检验，所检项目合格", "conforming"),
        ("合格样品", "conforming"),
        ("合格：所检项目均合格", "conforming"),
        ("未发现不合格项目", "conforming"),
        ("未发现不符合", "conforming"),
        ("不合格", "nonconforming"),
        ("不 合 格", "nonconforming"),
        ("不符合", "nonconforming"),
        ("铝不符合国家标准", "nonconforming"),
        ("所检项目不合格，详见备注", "nonconforming"),
        ("部分合格", "nonconforming"),
        ("一般不合格报告", "nonconforming"),
        ("不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg", "nonconforming"),
        ("不合格（符合性判定）", "nonconforming"),
        ("未判定", "undetermined"),
        ("不予判定", "undetermined"),
        ("初检不合格，复检合格", None),
        ("不合格（复检合格）", None),
        ("不合格→合格", None),
        ("非不合格", None),
        ("撤销不合格", None),
        ("不合格，复检不合格", "nonconforming"),
        ("非合格", "nonconforming"),
        ("合格|不合格", None),
        ("不合格|合格", None),
        ("合格|符合要求", "conforming"),
        ("不合格|见附件", "nonconforming"),
        ("合格/不合格", None),
        ("抽查合格率 92.0%", None),
        ("不合格发现率 9.7%", None),
        ("抽查不合格率 21.0%", None),
        ("231mg/kg", None),
        ("未检出", None),
    ],
)
def test_a_verdict_is_never_told_by_a_substring(written: str, meant: str | None) -> None:
    assert conclusion_of(FOOD, written) == meant


@pytest.mark.parametrize(
    ("name", "meant"),
    [
        ("042526不合格产品信息.xls", "nonconforming"),
        ("附件3_合格产品信息.xlsx", "conforming"),
        ("２.西藏自治区２０２１年月饼抽检不合格产品信息.xlsx", "nonconforming"),
        ("监督抽检（国抽）合格_不合格产品信息统计表.xls", None),
        ("合格（不合格）", None),
        ("非合格品.csv", "nonconforming"),
        ("未合格产品.xlsx", "nonconforming"),
        ("达不到合格标准的产品.xls", "nonconforming"),
        ("无合格证产品名单.xlsx", None),
        ("抽检合格证检查.xlsx", None),
        ("2026年第一季度合格率统计.xlsx", None),
        ("标签符合性抽检.csv", None),
        ("国内21年01月.csv", None),
    ],
)
def test_a_name_gives_a_verdict_only_when_it_names_one(name: str, meant: str | None) -> None:
    assert verdict_in_name(name) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026年省级食品安全评价性抽检", "evaluation"),
        ("农产品质量安全例行监测", "routine_monitoring"),
        ("食品安全风险监测", "risk_monitoring"),
        ("食品安全监督抽检", "supervision"),
        ("产品质量监督抽查", "supervision"),
        ("评价性抽查", "evaluation"),
        ("食品安全监督抽检和风险监测", None),
        ("监督抽检、评价性抽检", None),
        ("专项检查", None),
    ],
)
def test_two_sampling_types_in_one_place_say_nothing(written: str, meant: str | None) -> None:
    assert sampling_type_of(FOOD, written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("国抽", "national"),
        ("国家市场监督管理总局抽检", "national"),
        ("省抽", "provincial"),
        ("2026年省级监督抽检", "provincial"),
        ("市级", "municipal"),
        ("县（区）级", "county"),
        ("国抽、省抽", None),
        ("按食品安全国家标准检验", None),
    ],
)
def test_a_level_is_told_by_its_word(written: str, meant: str | None) -> None:
    assert level_of(FOOD, written) == meant


@pytest.mark.parametrize(
    ("publisher", "meant"),
    [
        ("四川市场监管局", "provincial"),
        ("四川省市场监督管理局", "provincial"),
        ("四川省食药监局", "provincial"),
        ("原国家食药总局", "national"),
        ("成都市市场监督管理局", "municipal"),
        ("凉山州市场监督管理局", "municipal"),
        ("四川省绵阳市市场监督管理局", "municipal"),
        ("剑阁县市场监督管理局", "county"),
        ("国内监督抽查()", None),
    ],
)
def test_the_level_of_a_publisher_is_that_of_its_authority(publisher: str, meant: str | None) -> None:
    assert publisher_level_of(FOOD, publisher) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("生产领域", "production"),
        ("流通环节", "distribution"),
        ("餐饮", "catering"),
        ("网购", "online"),
        ("其他", None),
    ],
)
def test_a_stage_is_told_by_its_word(written: str, meant: str | None) -> None:
    assert stage_of(FOOD, written) == meant
