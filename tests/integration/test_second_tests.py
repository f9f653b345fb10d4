"""Re-inspections and objections in an agency's table: each moves the warning of its sample with the next release."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from pipelines.explain import explain
from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim
from pipelines.rederive import rederive
from tests.integration.feed_files import Row
from tests.integration.test_follow_up import FOOD, MEASURE, csv_of, failed, measure
from tests.warehouse.reading import counts, rows
from warehouse.landing import drop
from warehouse.lineage import Figure
from warehouse.receipts import Receipt
from warehouse.settings import Settings

MAKER = "四川某某食品有限公司"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0)


def taken(settings: Settings, feed: str, content: bytes) -> Receipt:
    drop(settings, feed, "file.csv", content)
    (receipt,) = process_chunk(settings, claim(settings))
    return receipt


def reported(settings: Settings, on: str, *lines: Row) -> dict[str, tuple[Any, ...]]:
    """An agency's table is taken in and published on that day; by sample, what the public then reads of it."""
    assert taken(settings, "dispositions", csv_of(MEASURE, *lines)).outcome == "accepted"
    assert publish(settings, datetime.fromisoformat(f"{on}T00:00:00+00:00"))
    return told(settings)


def told(settings: Settings) -> dict[str, tuple[Any, ...]]:
    query = "SELECT product_name, state, reason_zh, producer_name FROM mart_warnings ORDER BY product_name"
    return {str(name): row for name, *row in rows(settings, query, "public")}  # type: ignore[misc]


def test_what_an_agency_reports_of_a_second_test_or_an_objection_decides_on_the_warning(settings: Settings) -> None:
    came = csv_of(
        FOOD, failed("SC1", "豆腐干"), failed("SC2", "腐竹", notice=""), failed("SC3", "豆花"), failed("SC4", "豆皮")
    )
    assert taken(settings, "food", came).rows_accepted == 4
    assert publish(settings, datetime(2026, 5, 21, tzinfo=UTC))
    assert {name: each[0] for name, each in told(settings).items()} == dict.fromkeys(
        ("豆腐干", "豆花", "豆皮"), "issued"
    )

    assert counts(settings) == {"sampled": 4, "concluded": 4, "nonconforming": 4, "provisional": 1}

    after = reported(
        settings, "2026-05-26",
        measure("SC1", "复检", "2026-05-25", 处置结果="合格"),
        measure("SC2", "复检", "2026-05-25", 处置结果="维持原结论"),
        measure("sc3", "异议", "2026-05-25", 处置结果="核实中"),
    )  # fmt: skip
    assert after["豆腐干"][:2] == ["withdrawn", "经复检，原不合格结论被推翻"]
    assert counts(settings) == {"sampled": 4, "concluded": 4, "conforming": 1, "nonconforming": 3}
    assert after["腐竹"] == ["issued", None, MAKER]
    assert after["豆花"][0::2] == ["updated", None]
    assert after["豆皮"] == ["issued", None, MAKER]
    query = "SELECT kind, result, authority FROM mart_dispositions ORDER BY kind"
    assert rows(settings, query, "public") == [
        ("objection", "disputed", "成都市市场监督管理局"),
        ("reinspection", "upheld", "成都市市场监督管理局"),
    ]

    after = reported(
        settings, "2026-06-02",
        measure("SC3", "真实性异议", "2026-06-01", 处置结果="不成立"),
        measure("SC4", "异议", "2026-06-01", 处置结果="成立"),
    )  # fmt: skip
    assert (after["豆花"][2], after["豆皮"][2]) == (MAKER, None)

    reported(settings, "2026-06-03", measure("SC1", "复检", "2026-05-25", 处置结果="作废"))
    assert counts(settings) == {"sampled": 4, "concluded": 4, "nonconforming": 4}


def test_a_figure_after_a_second_test_is_explained_and_derived_anew_with_its_word(settings: Settings) -> None:
    assert taken(settings, "food", csv_of(FOOD, failed("SC1", "豆腐干"), failed("SC2", "腐竹"))).rows_accepted == 2
    for line in (measure("sc1", "复检", "2026-05-25", 处置结果="合格"), measure("SC2", "整改", "2026-05-25")):
        assert taken(settings, "dispositions", csv_of(MEASURE, line)).outcome == "accepted"
    assert publish(settings, datetime(2026, 5, 26, tzinfo=UTC))
    (quarter, feed, sampling_type), *_ = rows(settings, "SELECT quarter, feed, sampling_type FROM mart_cells")
    figure = Figure(str(quarter), str(feed), str(sampling_type))
    found = explain(settings, quarter=figure.quarter, feed=figure.feed, sampling_type=figure.sampling_type).to_pylist()
    assert {row["sample_no"]: (row["conclusion"], row["reinspection"]) for row in found} == {
        "SC1": ("conforming", "overturned"),
        "SC2": ("nonconforming", None),
    }
    again = rederive(settings, figure)
    assert again.is_same, again.differences
    assert again.derived["n_conforming"] == 1
    assert len(again.files) == 2  # a rectification changes no figure


def test_a_second_test_is_about_one_sample_and_says_how_it_ended_in_its_own_words(settings: Settings) -> None:
    receipt = taken(settings, "dispositions", csv_of(
        MEASURE, measure("W2026-ABCDEFGH23", "复检", "2026-06-01", 处置结果="合格"),
        measure("SC1", "复检", "2026-06-01"), measure("SC1", "异议", "2026-06-01", 处置结果="完成"),
    ))  # fmt: skip
    assert receipt.outcome == "rejected"
    assert [(each.rule, each.row, each.column, each.found) for each in receipt.problems] == [
        ("DP-010", 2, "抽样编号", "W2026-ABCDEFGH23"),
        ("DP-006", 3, "处置结果", None),
        ("DP-006", 4, "处置结果", "完成"),
    ]
    (second_test,) = [each for each in receipt.problems if each.rule == "DP-010"]
    assert "请填写该批次的抽样编号" in second_test.message_zh and "about one sample" in second_test.message_en
