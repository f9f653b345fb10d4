"""What the bulletin says of rates that change, and of those that it withholds."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from api.labels import STATUSES
from pipelines.bulletin.sentences import (
    METHOD,
    WITHHELD,
    change_sentence,
    correction_sentences,
    lead_sentence,
    target_text,
)

STRATA = {
    "evaluation": {"feed": "food", "sampling_type": "evaluation"},
    "supervision": {"feed": "food", "sampling_type": "supervision"},
    "risk_monitoring": {"feed": "food", "sampling_type": "risk_monitoring"},
    "inspection": {"feed": "construction", "sampling_type": "inspection"},
}
CHANGE = {
    "prefecture_name": None, "kind": "previous_quarter", "quarter_before": "2026Q1", "is_provisional": False,
    "rate": 0.9, "rate_status": "ok", "rate_before": 0.8, "rate_status_before": "ok",
    "difference": 0.1, "difference_low": 0.05, "difference_high": 0.15, "change": "higher",
}  # fmt: skip


@pytest.mark.parametrize(
    ("sampling_type", "said"),
    [
        ("evaluation", "合格率由80.00%变为90.00%，上升10.00个百分点（95%区间+5.00至+15.00个百分点）"),
        ("inspection", "符合率由80.00%变为90.00%，上升10.00个百分点（95%区间+5.00至+15.00个百分点）"),
        ("supervision", "不合格发现率由20.00%变为10.00%，下降10.00个百分点（95%区间-15.00至-5.00个百分点）"),
        ("risk_monitoring", "问题检出率由20.00%变为10.00%，下降10.00个百分点（95%区间-15.00至-5.00个百分点）"),
    ],
)
def test_a_change_is_told_of_the_rate_that_its_sampling_is_spoken_of_by(sampling_type: str, said: str) -> None:
    assert change_sentence(STRATA[sampling_type], CHANGE) == f"全省环比（与2026Q1相比）：{said}。"


@pytest.mark.parametrize(
    ("now", "before", "said"),
    [
        ("withheld_small_n", "ok", "样本量不足，不作判断"),
        ("withheld_wide", "ok", "区间过宽，不作判断"),
        ("ok", "withheld_wide", "区间过宽，不作判断"),
        ("ok", "withheld_few_inspections", "样本量不足，不作判断"),
        ("withheld_small_n", "no_data", "基期没有数据"),
        ("no_data", "ok", "本期没有数据"),
    ],
)
def test_why_nothing_is_said_of_a_change_is_what_the_rate_itself_is_withheld_for(
    now: str, before: str, said: str
) -> None:
    row = CHANGE | {"difference": None, "rate_status": now, "rate_status_before": before}
    row |= {"rate": 0.9 if now == "ok" else None, "rate_before": 0.8 if before == "ok" else None}
    assert change_sentence(STRATA["evaluation"], row) == f"全省环比（与2026Q1相比）：{said}。"


def test_every_reason_is_explained_in_the_method() -> None:
    method = "".join(METHOD)
    assert {reason for reason in WITHHELD.values() if reason != "—"} == {"样本量不足，不作判断", "区间过宽，不作判断"}
    assert all(reason in method for reason in WITHHELD.values() if reason != "—")
    assert {status for status in STATUSES if status.startswith("withheld")} < set(WITHHELD)


@pytest.mark.parametrize(
    ("sampling_type", "said"),
    [
        ("evaluation", "合格率90.00%（95%区间80.00%～95.00%），不合格率10.00%（95%区间5.00%～20.00%）"),
        ("supervision", "监督抽查不合格发现率10.00%（95%区间5.00%～20.00%），合格率90.00%（95%区间80.00%～95.00%）"),
        ("risk_monitoring", "风险监测问题检出率10.00%（95%区间5.00%～20.00%）"),
    ],
)
def test_risk_monitoring_is_never_spoken_of_as_passed(sampling_type: str, said: str) -> None:
    rates = {"rate": (0.9, 0.8, 0.95), "failure_rate": (0.1, 0.05, 0.2)}
    overall: dict[str, Any] = {f"{name}{end}": value for name, values in rates.items()
                               for end, value in zip(("", "_low", "_high"), values, strict=True)}  # fmt: skip
    overall |= {"rate_status": "ok", "failure_rate_status": "ok", "is_provisional": False}
    overall |= dict.fromkeys(("n_sampled", "n_concluded"), 50) | dict.fromkeys(("n_undetermined", "n_held"), 0)
    stratum = STRATA[sampling_type] | {
        "overall": overall | {"n_nonconforming": 5}, "data_quality": {"n_unknown_province": 0}, "enterprises": [],
        "rate_name_zh": "风险监测问题检出率",
    }  # fmt: skip
    assert lead_sentence("2026Q2", "四川省", stratum).endswith(f"，不合格5批次，{said}。")


@pytest.mark.parametrize(
    ("quarter", "day", "status", "said"),
    [
        ("2026YTD", date(2026, 7, 1), "not_met", "现低于目标值"),
        ("2026Q2", date(2026, 7, 1), "met", "现达到目标值"),
        ("2026Q2", date(2026, 7, 1), "undecided", "尚不能断定"),
        ("2027YTD", date(2027, 12, 31), "not_met", "现低于目标值"),
        ("2027YTD", date(2028, 1, 1), "not_met", "未达目标"),
        ("2027", date(2028, 1, 1), "met", "达到目标"),
        ("2027Q4", date(2028, 1, 1), "met", "现达到目标值"),
        ("2026YTD", date(2028, 1, 1), "not_met", "现低于目标值"),
        ("2027YTD", None, "met", "现达到目标值"),
    ],
)
def test_a_target_is_met_or_missed_only_when_its_year_is_over(
    quarter: str, day: date | None, status: str, said: str
) -> None:
    row = {"quarter": quarter, "target_status": status, "target_value": 0.98, "target_year": 2027, "is_proxy": False}
    assert target_text(row, day) == said
    of_proxy = target_text(row | {"is_proxy": True}, day)
    assert of_proxy.endswith("（替代指标，不作达标判断）")
    assert of_proxy.startswith(
        {"met": "不低于目标值（", "not_met": "低于目标值（", "undecided": "尚不能断定（"}[status]
    )
    rising = target_text(row | {"target_value": None, "target_year": None}, day)
    assert rising == {"met": "现高于上年同期", "not_met": "现低于上年同期", "undecided": "尚不能断定"}[status]


def test_what_was_corrected_is_named_with_the_day_and_the_release() -> None:
    at = datetime(2026, 7, 1, 17, tzinfo=UTC)  # the second of July at the office
    kept = {"revision": None, "revised_at": None, "revised_in": None}
    grown = {"revision": "revised", "revised_at": at, "revised_in": "r2"}
    corrected = {"revision": "corrected", "revised_at": at, "revised_in": "r2"}
    stratum = {
        "overall": grown,
        "prefectures": [corrected | {"prefecture_name": "自贡市"}, kept | {"prefecture_name": "成都市"}],
        "categories": [corrected | {"category_name": "粮食加工品"}],
    }
    assert [*correction_sentences(stratum)] == [
        "更正：自贡市、粮食加工品的数字于2026年7月2日更正，与此前公布的不同（发布编号 r2）。"
    ]
    assert [*correction_sentences(stratum | {"prefectures": [], "categories": []})] == []
