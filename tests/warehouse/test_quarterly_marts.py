"""Enterprises, failed items and lateness of a release: counted from samples, each at its own grain."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipelines.publish import publish
from tests.warehouse.builder import FINDING, Lake, batch, sample
from tests.warehouse.reading import rows
from warehouse.connect import sql_text
from warehouse.quarterly import LATE_AFTER_DAYS
from warehouse.settings import Settings

COUNTS = "n_samples, n_samples_of_producers, n_producers, n_samples_unnamed, n_samples_disputed, n_units"
WHOLE = "province_code = 'all' AND prefecture_code = 'all' AND stage = 'all' AND category_code = 'all'"


def _made(number: int, producer: str | None, unit: str | None, **given: Any) -> dict[str, Any]:
    return sample(str(number), producer_name=producer, sampled_unit_name=unit, **given)


@pytest.fixture(scope="module")
def counted(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    settings = Settings(home=tmp_path_factory.mktemp("home"))
    Lake(settings).commit(
        batch(
            "b1",
            _made(1, "甲食品（成都）有限公司", "红旗超市", category_code="F01"),
            _made(2, "甲食品(成都)有限公司", "红旗 超市", category_code="F03", conclusion="nonconforming"),
            _made(3, "乙厂", "红旗超市", prefecture_code="510700", stage="catering"),
            _made(4, None, "张三", producer_status="unnamed", is_natural_person=True),
            _made(5, "乙厂", "李记", producer_status="disputed", conclusion="nonconforming", category_code="F01"),
            _made(6, "丙厂", None, producer_status="disowned", province_code="unknown", prefecture_code="unknown"),
            _made(7, "丁厂", "超市", half="conforming", notice_key="half"),
            _made(8, "甲食品（成都）有限公司", "实验小学", sampling_type="risk_monitoring"),
        )
    )
    assert publish(settings)
    return settings


def test_a_producer_counts_once_and_what_it_disputes_never_as_its_own(counted: Settings) -> None:
    asked = f"SELECT {COUNTS}, n_producers_nonconforming FROM mart_enterprises WHERE {WHOLE} AND sampling_type = '{{}}'"
    # 1 and 2 are one maker, 3 another; 5 and 6 are disowned, 4 names none; 7 is held.
    assert rows(counted, asked.format("evaluation")) == [(6, 3, 2, 1, 2, 4, 1)]
    assert rows(counted, asked.format("risk_monitoring")) == [(1, 1, 1, 0, 0, 1, 0)]


def test_a_sampled_unit_is_its_name_within_a_prefecture(counted: Settings) -> None:
    asked = (
        "SELECT prefecture_code, n_units, n_units_nonconforming, n_samples_of_units FROM mart_enterprises"
        " WHERE sampling_type = 'evaluation' AND prefecture_code <> 'all' ORDER BY 1"
    )
    assert rows(counted, asked) == [("510100", 3, 2, 4), ("510700", 1, 0, 1), ("unknown", 0, 0, 0)]


def test_each_named_grain_has_rows_of_its_own_and_they_do_not_add_up(counted: Settings) -> None:
    evaluation = "FROM mart_enterprises WHERE sampling_type = 'evaluation'"
    by_category = rows(
        counted,
        f"SELECT category_code, n_samples, n_producers {evaluation} AND category_code <> 'all'"
        " AND province_code = 'all' ORDER BY 1",
    )
    assert by_category == [("F01", 2, 1), ("F03", 1, 1), ("unknown", 3, 1)]
    by_stage = f"SELECT stage, n_producers, n_units {evaluation} AND stage <> 'all' AND province_code = '510000'"
    assert sorted(rows(counted, by_stage)) == [("catering", 1, 1), ("distribution", 1, 3)]
    grains = rows(
        counted,
        "SELECT DISTINCT (prefecture_code <> 'all')::INT + (stage <> 'all')::INT + (category_code <> 'all')::INT"
        " FROM mart_enterprises ORDER BY 1",
    )
    assert grains == [(0,), (1,)]


def test_the_public_counts_no_risk_monitoring_and_reads_no_name(counted: Settings) -> None:
    for table in ("mart_enterprises", "mart_failed_items", "mart_lateness"):
        kinds = rows(counted, f"SELECT DISTINCT sampling_type FROM {table}", "public")
        assert kinds == [("evaluation",)], table
    everything = str(rows(counted, "FROM mart_enterprises", "office"))
    assert "红旗" not in everything and "张三" not in everything


def test_a_sample_counts_once_in_each_item_and_in_each_class(settings: Settings, lake_of: Lake) -> None:
    acid = {"item_name": "苯甲酸", "hazard_code": "additive"}
    lead = {"item_name": "铅", "hazard_code": "heavy_metal"}
    failed = {"conclusion": "nonconforming"}
    lake_of.commit(
        batch(
            "b1",
            sample("1", findings=[FINDING | acid, FINDING | acid, FINDING | lead], **failed),
            sample("2", findings=[FINDING | acid, FINDING | acid | {"item_name": "山梨酸"}], **failed),
            sample("3", findings=[FINDING | {"item": "怪项", "item_name": None, "hazard_code": "other"}], **failed),
            sample("4", findings=[], **failed),
            sample("5"),
            sample("6", findings=[FINDING | lead], half="nonconforming", notice_key="half", **failed),
        )
    )
    assert publish(settings)
    found = rows(settings, "SELECT hazard_code, item_name, is_listed, n_samples FROM mart_failed_items ORDER BY ALL")
    assert found == [
        ("additive", "all", False, 2), ("additive", "山梨酸", True, 1), ("additive", "苯甲酸", True, 2),
        ("all", "all", False, 4), ("heavy_metal", "all", False, 1), ("heavy_metal", "铅", True, 1),
        ("other", "all", False, 2), ("other", "unknown", False, 1), ("other", "怪项", False, 1),
    ]  # fmt: skip


def test_late_is_what_came_first_more_than_thirty_days_after_its_conclusion(settings: Settings, lake_of: Lake) -> None:
    concluded = {"concluded_on": date(2026, 5, 1)}
    at = {
        day: {"receipt": {"received_at": datetime(2026, month, day, 9, tzinfo=UTC)}} for month, day in ((5, 31), (6, 1))
    }
    lake_of.commit(
        batch("on_the_day", sample("1", **concluded), **at[31]),
        batch("a_day_after", sample("2", **concluded), sample("3", concluded_on=None), **at[1]),
        # Known in time, and again later at a higher level: the later report holds, and nothing is late.
        batch("in_time", sample("4", **concluded), **at[31]),
        batch("again", sample("4", level="national", **concluded), **at[1]),
    )
    assert publish(settings)
    assert rows(settings, "SELECT n_samples, n_late, n_undated FROM mart_lateness") == [(4, 1, 1)]
    assert f"concluded_on + {LATE_AFTER_DAYS}" in sql_text("marts/mart_lateness")


def test_a_correction_leaves_nothing_behind_and_other_quarters_stay(settings: Settings, lake_of: Lake) -> None:
    failed = {"conclusion": "nonconforming", "producer_name": "甲厂"}
    lake_of.commit(
        batch("b1", sample("1", notice_key="N1", notice_no="N1", **failed), sample("2", quarter="2026Q1", **failed))
    )
    assert publish(settings)
    first = {
        name: rows(settings, f"FROM {name} WHERE quarter = '2026Q1' ORDER BY ALL")
        for name in ("mart_enterprises", "mart_failed_items", "mart_lateness")
    }
    moved = sample("1", quarter="2026Q3", category_code="F03", correction="amend", corrects="N1", producer_name="乙厂")
    lake_of.commit(batch("b2", moved))
    assert publish(settings)
    for name, before in first.items():
        assert before and rows(settings, f"FROM {name} WHERE quarter = '2026Q1' ORDER BY ALL") == before
        assert rows(settings, f"FROM {name} WHERE quarter = '2026Q2'") == []
    assert rows(settings, f"SELECT quarter, n_producers FROM mart_enterprises WHERE {WHOLE} ORDER BY 1") == [
        ("2026Q1", 1), ("2026Q3", 1),
    ]  # fmt: skip
