"""What cells mean, from file to lake: the same thing said in another spelling is the same, and nothing said is lost."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from tests.integration.feed_files import Row, ingest, query, write_csv
from warehouse.receipts import Receipt
from warehouse.settings import Settings

NO_NUMBER: Row = (
    "产品名称", "受检单位", "标称生产单位", "规格型号", "生产日期/批号", "抽样地点", "检验结论", "公告日期", "任务来源",
)  # fmt: skip
FOOD: Row = ("抽样编号", "食品名称", "规格型号", "被抽样单位名称", "检验结论", "公告日期", "任务来源")


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0, read_memory_mb=4096)


def ends(receipt: Receipt) -> tuple[int, int, int, int]:
    """Rows accepted, continuation, duplicate, quarantined."""
    return receipt.rows_accepted, receipt.rows_continuation, receipt.rows_duplicate, receipt.rows_quarantined


def kettle(day: str) -> Row:
    return ("电热水壶", "成都某商场", "某厂", "1.8L", day, "成都市武侯区某路", "合格", "2026-05-01", "省级监督抽查")


def test_exports_that_spell_a_date_differently_hold_the_same_sample(settings: Settings, tmp_path: Path) -> None:
    for number, day in enumerate(("2026-01-05", "2026-01-05 00:00:00", "2026/1/5", "2026年1月5日", "2026-01-06")):
        receipt = ingest(settings, "market", write_csv(tmp_path / f"{number}.csv", (NO_NUMBER, kettle(day))))
        assert ends(receipt) == (1, 0, 0, 0)
    rows = query(
        settings, "SELECT list_sort(list(batch_or_date)) AS spelt FROM {samples} GROUP BY sample_key ORDER BY 1"
    )
    assert rows == [(["2026-01-05", "2026-01-05", "2026/1/5", "2026年1月5日"],), (["2026-01-06"],)]


def noodles(number: str, *, spec: str = "102g/袋", unit: str = "成都市某餐饮有限责任公司") -> Row:
    return (number, "挂面", spec, unit, "合格", "2026-05-01", "省级监督抽检")


@pytest.mark.parametrize(
    "twin",
    [
        noodles("ＦＷ００１"),
        noodles("FW001", spec="１０２ｇ／袋"),
        noodles("FW001", unit="成都市某餐饮\n有限责任公司 "),
    ],
)
@pytest.mark.parametrize("first", [True, False])
def test_a_row_in_full_width_or_with_a_wrapped_name_is_the_same_row(
    settings: Settings, tmp_path: Path, twin: Row, first: bool
) -> None:
    rows = (twin, noodles("FW001")) if first else (noodles("FW001"), twin)
    assert ends(ingest(settings, "food", write_csv(tmp_path / "a.csv", (FOOD, *rows)))) == (1, 0, 1, 0)
    stored = query(settings, "SELECT sample_no, spec, sampled_unit_name FROM {samples}")
    assert stored == [("FW001", "102g/袋", "成都市某餐饮有限责任公司")]


def test_a_verdict_spaced_or_dated_in_full_width_is_the_same_row(settings: Settings, tmp_path: Path) -> None:
    plain = noodles("FW001")
    wide = (*plain[:4], "合\u3000格", "２０２６-０５-０１", plain[6])
    assert ends(ingest(settings, "food", write_csv(tmp_path / "a.csv", (FOOD, wide, plain)))) == (1, 0, 1, 0)


ENGLISH = {
    "sample_no": "FW001",
    "product_name": "挂面",
    "sampled_unit_name": "成都市某店",
    "sampled_unit_address": "成都市某路",
    "published_on": "2026-05-01",
    "task": "省级食品安全监督抽检",
}


@pytest.mark.parametrize(
    ("header", "told", "meant"),
    [
        ("不合格项目", [{"项目名称": "铅", "检测结果": "1", "限量值": "≤0.5"}], ("nonconforming", "铅 1 ≤0.5")),
        ("findings", [{"item": "铅", "value": "1", "limit": "≤0.5"}], ("nonconforming", "铅 1 ≤0.5")),
        ("finding_item", "铅", ("nonconforming", "铅")),
        ("findings_text", {"铅": 1.5}, ("nonconforming", "铅 1.5")),
    ],
)
def test_a_json_feed_in_the_contract_s_own_names_keeps_its_findings(
    settings: Settings, tmp_path: Path, header: str, told: Any, meant: tuple[str, str]
) -> None:
    path = tmp_path / "a.json"
    path.write_text(json.dumps([ENGLISH | {header: told}], ensure_ascii=False), encoding="utf-8")
    assert ends(ingest(settings, "food", path)) == (1, 0, 0, 0)
    rows = query(
        settings,
        "SELECT conclusion, array_to_string(list_transform(findings, "
        "lambda f: concat_ws(' ', f.item, f.value_text, f.limit_text)), '；') FROM {samples}",
    )
    assert rows == [meant]


def test_what_failed_is_named_by_the_conclusion_alone_and_without_the_verdict(
    settings: Settings, tmp_path: Path
) -> None:
    table = (
        (*FOOD, "不合格项目"),
        (*noodles("FW001")[:4], "铝不符合国家标准", *noodles("FW001")[5:], None),
        (*noodles("FW002")[:4], "不合格", *noodles("FW002")[5:], "不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg"),
        ("合计", "2批次", None, None, None, None, None, None),
        ("制表人：张三", None, None, "审核人：李四", None, None, None, None),
    )
    receipt = ingest(settings, "food", write_csv(tmp_path / "a.csv", table))
    assert (receipt.rows_read, ends(receipt)) == (2, (2, 0, 0, 0))
    rows = query(
        settings, "SELECT sample_no, list_transform(findings, lambda f: f.item) FROM {samples} ORDER BY sample_no"
    )
    assert rows == [("FW001", ["铝"]), ("FW002", ["吡虫啉"])]


def test_a_number_that_two_samples_share_swallows_neither(settings: Settings, tmp_path: Path) -> None:
    other = ("FW001", "食醋", "500ml/瓶", "绵阳市某超市", "合格", "2026-05-01", "省级监督抽检")
    receipt = ingest(settings, "food", write_csv(tmp_path / "a.csv", (FOOD, noodles("FW001"), other, noodles("FW002"))))
    assert ends(receipt) == (1, 0, 0, 2)
    assert {(problem.rule, problem.found) for problem in receipt.problems} == {("SH-107", "FW001")}


def test_what_was_tested_is_no_failure_and_a_result_is_a_verdict_a_value_or_the_triple(
    settings: Settings, tmp_path: Path
) -> None:
    header = (*FOOD[:4], *FOOD[5:], "检验项目", "检验结果", "不合格项目")
    told: tuple[Row, ...] = (
        ("铅、镉、铬", "合格", "无"),
        ("铅、镉、铬", "7.47mg/kg", "吡虫啉"),
        ("铅、镉、铬", "不合格：吡虫啉‖7.47mg/kg‖≤0.2mg/kg", None),
        ("铅、镉、铬", "不合格", "无"),
        ("铅、镉、铬", None, "/"),
    )
    rows = [(*noodles(f"FW{k}")[:4], "2026-05-01", "省级监督抽检", *cells) for k, cells in enumerate(told)]
    receipt = ingest(settings, "food", write_csv(tmp_path / "a.csv", (header, *rows)))
    assert receipt.problems == ()
    found = query(
        settings,
        "SELECT sample_no, conclusion, list_transform(findings, lambda f: concat_ws(' ', f.item, f.value_text)) "
        "FROM {samples} ORDER BY sample_no",
    )
    assert found == [
        ("FW0", "conforming", []),
        ("FW1", "nonconforming", ["吡虫啉 7.47mg/kg"]),
        ("FW2", "nonconforming", ["吡虫啉 7.47mg/kg"]),
        ("FW3", "nonconforming", []),
        ("FW4", "conforming", []),
    ]


def test_one_sample_in_two_files_is_one_sample(settings: Settings, tmp_path: Path) -> None:
    for name in ("a.csv", "b.csv"):
        table = (FOOD, noodles("FW001"), noodles(f"FW{name}"))
        assert ends(ingest(settings, "food", write_csv(tmp_path / name, table))) == (2, 0, 0, 0)
    assert query(settings, "SELECT count(*), count(DISTINCT sample_key) FROM {samples}") == [(4, 3)]
