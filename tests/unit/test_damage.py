"""Text that was decoded wrongly, and cells that slid under other headers."""

from __future__ import annotations

from typing import Any

import pyarrow as pa
import pytest

from pipelines.normalise.damage import garbled_column, is_garbled, shifted_column
from warehouse.contract import row_columns


def cells(**told: str) -> dict[str, Any]:
    return {name: pa.array([told.get(name)], pa.string()) for name in row_columns()}


@pytest.mark.parametrize(
    "text",
    [
        "鎶芥牱",
        "缁甸槼甯傛秾鍩庡尯",
        "涓嶅悎鏍\ufffd",
        "ÎÞ",
        "ºÏ¸ñ",
        "锟斤拷",
        "锘挎牱鍝?",
        "質(zhì)量強(qiáng)省",
        "质（zhì）量",
        "某??? 公司",
        "挂\ufffd",
    ],
)
def test_text_of_a_wrong_decoding_is_recognised(text: str) -> None:
    assert is_garbled(text)


def test_every_name_is_recognised_when_utf_8_was_read_as_gbk_or_gbk_as_latin_1() -> None:
    for name in ("四川省成都市", "抽样编号", "凉山彝族自治州", "红薯淀粉", "有限责任公司"):
        assert is_garbled(name.encode().decode("gbk", "replace"))
        assert is_garbled(name.encode("gbk").decode("latin-1"))
        assert not is_garbled(name)


@pytest.mark.parametrize(
    "text",
    [
        "Nestlé®咖啡",
        "café·bar",
        "铅║0.5mg/kg║≤0.2mg/kg",
        "5.2×10³CFU/g",
        "泸县涪城区浒墅关",
        "重庆市（渝北）",
        "老坛（nong）",
        "甲?",
        "α-六六六",
        "锘",
    ],
)
def test_text_that_is_in_order_is_not(text: str) -> None:
    assert not is_garbled(text)


def test_of_findings_only_a_failed_row_s_are_asked_and_of_places_those_that_were_not_found() -> None:
    passed, failed = pa.array(["conforming"]), pa.array(["nonconforming"])
    known, unknown = pa.array(["510700"]), pa.array(["unknown"])
    item, address = cells(finding_item="鎶芥牱"), cells(sampled_unit_address="鎶芥牱")
    assert garbled_column(item, failed, known).to_pylist() == ["finding_item"]
    assert garbled_column(item, passed, known).to_pylist() == [None]
    assert garbled_column(address, passed, unknown).to_pylist() == ["sampled_unit_address"]
    assert garbled_column(address, passed, known).to_pylist() == [None]


@pytest.mark.parametrize(
    ("told", "column"),
    [
        ({"laboratory": "≤0.5g/kg"}, "laboratory"),
        ({"finding_standard": "四川省食品检验研究院"}, "finding_standard"),
        ({"finding_limit": "绵阳市产品质量检测中心"}, "finding_limit"),
        ({"finding_item": "7.47mg/kg"}, "finding_item"),
        ({"finding_item": "≤0.2mg/kg"}, "finding_item"),
        ({"product_name": "2026-03-01"}, "product_name"),
        ({"batch_or_date": "吡虫啉"}, "batch_or_date"),
        ({"batch_or_date": "见标签", "laboratory": "中国测试技术研究院", "spec": "散装"}, None),
        ({"batch_or_date": "标签", "finding_standard": "GB 2763-2021", "finding_limit": "≤0.2mg/kg"}, None),
        ({"finding_item": "苯甲酸（1.0g/kg）", "finding_value": "＞3mg/kg", "product_name": "7110"}, None),
    ],
)
def test_a_cell_that_can_not_belong_under_its_header_is_told(told: dict[str, str], column: str | None) -> None:
    assert shifted_column(cells(**told), pa.array([None], pa.string())).to_pylist() == [column]
