"""What each rule is for, as rows: every case says which rules each of its rows breaks, and that it breaks no other."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from typing import Any

from tests.expectations.tables import finding

Row = tuple[Mapping[str, Any], set[str]]

RECEIVED = date(2026, 7, 1)
AFTER = date(2026, 7, 2)


@dataclass(frozen=True)
class Case:
    """rows: what is changed in the feed's good row, and the rules that the row then breaks.

    together: the rows are of one sample.
    """

    feed: str
    says: str
    rows: tuple[Row, ...]
    together: bool = False


def _failed(**changes: Any) -> Mapping[str, Any]:
    return {
        "conclusion": "不合格",
        "conclusion_code": "nonconforming",
        "findings": [finding("菌落总数", "1.7×10⁴CFU/g", "≤1.0×10⁴CFU/g")],
        **changes,
    }


def _undated(**changes: Any) -> Mapping[str, Any]:
    return {"concluded_on": None, "conclusion_date": None, **changes}


SHARED_CASES = (
    Case("food", "a good row breaks nothing", (({}, set()), (_failed(), set()))),
    Case("market", "a good row breaks nothing", (({}, set()), (_failed(), set()))),
    Case("construction", "a good row breaks nothing", (({}, set()),)),
    Case(
        "food",
        "a notification from abroad is no result",
        (({"is_foreign": True, "publisher": "RASFF"}, {"SH-003"}), ({"is_foreign": False}, set())),
    ),
    Case(
        "food",
        "garbled text, named by its column",
        (
            ({"garbled_column": "producer_name", "producer_name": "鎶芥牱"}, {"SH-012"}),
            ({"garbled_column": None}, set()),
        ),
    ),
    Case(
        "food",
        "cells under the wrong headers",
        (({"shifted_column": "laboratory", "laboratory": "≤0.5g/kg"}, {"SH-004"}),),
    ),
    Case(
        "food",
        "a formula without a result",
        (
            ({"product_name": "#REF!"}, {"SH-011"}),
            ({"sampled_unit_address": "#N/A"}, {"SH-011"}),
            ({"product_name": "=VLOOKUP(A2,下拉!A:B,2,0)"}, {"SH-011"}),
            ({"product_name": "="}, {"SH-011"}),
            ({"sampled_unit_address": "#1 某路"}, set()),
            ({"remark": "#N/A"}, set()),
        ),
    ),
    Case(
        "food",
        "a number in scientific notation",
        (
            ({"sample_no": "1.23457E+17"}, {"SH-005"}),
            ({"sample_no": "2e+15"}, {"SH-005"}),
            ({"sample_no": "GC26E+17"}, set()),
            ({"sample_no": "XBJ2651E17"}, set()),
        ),
    ),
    Case("food", "no identity", (({"sample_key": None, "sample_no": None}, {"SH-006"}),)),
    Case("construction", "no identity", (({"sample_key": None, "sample_no": None}, {"SH-006"}),)),
    Case("food", "level not told", (({"level_code": "unknown"}, {"SH-007"}), ({"level_code": "county"}, set()))),
    Case("food", "stage not told", (({"stage_code": "unknown"}, {"SH-008"}), ({"stage_code": "online"}, set()))),
    Case(
        "food",
        "category in no list; the second level may be unknown",
        (({"category_code": "unknown"}, {"SH-009"}), ({"category_2_code": "unknown"}, set())),
    ),
    Case("market", "identity derived", (({"is_identity_derived": True, "sample_no": None}, {"SH-010"}),)),
)

VERDICT_CASES = (
    Case("food", "no product", (({"product_name": None}, {"SH-101"}),)),
    Case(
        "food", "a continuation row may leave the product blank", (({}, set()), ({"product_name": None}, set())), True
    ),
    Case("food", "no verdict", (({"conclusion_code": None, "conclusion": "见附件"}, {"SH-102"}),)),
    Case(
        "food",
        "a continuation row needs no verdict of its own",
        ((_failed(), set()), (_failed(conclusion_code=None), set())),
        together=True,
    ),
    Case("food", "undetermined is a verdict", (({"conclusion_code": "undetermined"}, set()),)),
    Case("food", "the row contradicts itself", (({"is_contradicting": True}, {"SH-103"}),)),
    Case("food", "equal reports that differ", ((_failed(), {"SH-104"}), ({}, {"SH-104"})), together=True),
    Case(
        "food",
        "all rows of a torn sample are held, also those without a verdict",
        ((_failed(), {"SH-104"}), ({}, {"SH-104"}), ({"conclusion_code": None}, {"SH-104"})),
        together=True,
    ),
    Case(
        "food",
        "undetermined beside a pass leaves open which holds",
        (({"conclusion_code": "undetermined"}, {"SH-104"}), ({}, {"SH-104"})),
        together=True,
    ),
    Case("food", "the higher level decides", ((_failed(level_code="national"), set()), ({}, set())), together=True),
    Case(
        "food",
        "the later conclusion decides",
        ((_failed(concluded_on="2026-05-03", conclusion_date=date(2026, 5, 3)), set()), ({}, set())),
        together=True,
    ),
    Case(
        "food",
        "the later publication decides",
        ((_failed(published_on="2026-06-02", publication_date=date(2026, 6, 2)), set()), ({}, set())),
        together=True,
    ),
    Case(
        "food",
        "an undated report decides nothing",
        ((_failed(**_undated()), {"SH-104"}), ({}, {"SH-104"})),
        together=True,
    ),
    Case(
        "food",
        "one number for another product of another unit is two samples",
        (
            ({}, {"SH-107"}),
            ({"product_name": "陈醋", "sampled_unit_name": "人民路副食店"}, {"SH-107"}),
            ({"product_name": None, "sampled_unit_name": None}, {"SH-107"}),
        ),
        together=True,
    ),
    Case(
        "food",
        "product or unit alone may be a slip or a blank, and brackets and blanks make no other name",
        (
            ({"product_name": "豆干（五香）", "sampled_unit_name": "望江路 超市（东店）"}, set()),
            ({"product_name": "豆干(五香)", "sampled_unit_name": "望江路超市(东店)"}, set()),
            ({"product_name": "豆干（五香）", "sampled_unit_name": "人民路副食店"}, set()),
            ({"product_name": "陈醋", "sampled_unit_name": None}, set()),
        ),
        together=True,
    ),
    Case(
        "food",
        "without a number nothing collides",
        (
            ({"sample_no": None}, set()),
            ({"sample_no": None, "product_name": "陈醋", "sampled_unit_name": "人民路副食店"}, set()),
        ),
        together=True,
    ),
    Case("food", "equal reports that agree", ((_failed(), set()), (_failed(), set())), together=True),
    Case(
        "market",
        "sampling type not told, or one of construction",
        (
            ({"sampling_type_code": None}, {"SH-105"}),
            ({"sampling_type_code": "inspection"}, {"SH-105"}),
            ({"sampling_type_code": "supervision"}, set()),
            ({"sampling_type_code": "risk_monitoring"}, set()),
            ({"sampling_type_code": "routine_monitoring"}, set()),
        ),
    ),
    Case(
        "food",
        "a failure told by the sheet's name alone must name its item",
        (
            (_failed(conclusion_source="sheet", findings=[]), {"SH-106"}),
            (_failed(conclusion_source="file", findings=None), {"SH-106"}),
            (_failed(conclusion_source="sheet"), set()),
            ({"conclusion_source": "sheet"}, set()),
        ),
    ),
    Case(
        "food",
        "a stated failure without item counts, flagged",
        ((_failed(findings=[]), {"SH-131"}), (_failed(findings=None), {"SH-131"})),
    ),
    Case(
        "food", "the item may stand on another row", ((_failed(), set()), (_failed(findings=[]), set())), together=True
    ),
)

DATE_CASES = (
    Case(
        "food",
        "an unreadable conclusion is not also a missing quarter",
        (
            (_undated(concluded_on="五月初", unreadable_dates=["concluded_on"], quarter=None), {"SH-111"}),
            (_undated(concluded_on="五月初", unreadable_dates=["concluded_on"]), {"SH-111"}),
            (_undated(), set()),
        ),
    ),
    Case(
        "food",
        "an unreadable publication matters where it decides",
        (
            (
                _undated(published_on="近日", publication_date=None, unreadable_dates=["published_on"], quarter=None),
                {"SH-112"},
            ),
            ({"published_on": "近日", "publication_date": None, "unreadable_dates": ["published_on"]}, {"SH-117"}),
        ),
    ),
    Case(
        "food",
        "no date at all",
        ((_undated(published_on=None, publication_date=None, quarter=None), {"SH-113"}),),
    ),
    Case(
        "food",
        "a continuation row may leave the dates blank",
        (({}, set()), (_undated(published_on=None, publication_date=None, quarter=None), set())),
        together=True,
    ),
    Case(
        "food",
        "a year too far back",
        (
            ({"conclusion_date": date(1992, 12, 31), "sampling_date": None, "production_date": None}, {"SH-114"}),
            ({"conclusion_date": date(1993, 1, 1), "sampling_date": None, "production_date": None}, set()),
        ),
    ),
    Case(
        "food",
        "a conclusion after the day of receipt",
        (({"conclusion_date": AFTER}, {"SH-115"}), ({"conclusion_date": RECEIVED, "publication_date": None}, set())),
    ),
    Case(
        "food",
        "a publication after the day of receipt",
        (({"publication_date": AFTER}, {"SH-116"}), ({"publication_date": RECEIVED}, set())),
    ),
    Case(
        "food",
        "published before it was concluded",
        (({"publication_date": date(2026, 5, 1)}, {"SH-118"}), ({"publication_date": date(2026, 5, 2)}, set())),
    ),
    Case(
        "food",
        "sampled after the day of receipt",
        (({"sampling_date": AFTER}, {"SH-121"}), (_undated(sampling_date=RECEIVED, publication_date=RECEIVED), set())),
    ),
    Case(
        "food",
        "sampled after it was concluded, or published where that decides",
        (
            ({"sampling_date": date(2026, 5, 3)}, {"SH-122"}),
            ({"sampling_date": date(2026, 5, 2)}, set()),
            (_undated(sampling_date=date(2026, 6, 2)), {"SH-122"}),
            (_undated(sampling_date=date(2026, 6, 1)), set()),
        ),
    ),
    Case(
        "food",
        "unreadable dates that decide nothing",
        (
            ({"sampling_date": None, "sampled_on": "上旬", "unreadable_dates": ["sampled_on"]}, {"SH-123"}),
            ({"result_received_on": "已送达", "unreadable_dates": ["result_received_on"]}, {"SH-124"}),
            ({"batch_or_date": "DL04148", "production_date": None, "unreadable_dates": ["batch_or_date"]}, set()),
            ({"unreadable_dates": None}, set()),
        ),
    ),
    Case(
        "food",
        "a receipt of the result outside its time",
        (
            ({"result_received_date": date(2026, 5, 1)}, {"SH-125"}),
            ({"result_received_date": date(2026, 5, 2)}, set()),
            ({"result_received_date": RECEIVED}, set()),
            ({"result_received_date": AFTER}, {"SH-125"}),
        ),
    ),
    Case(
        "food",
        "produced after it was sampled",
        (
            ({"production_date": date(2026, 4, 3)}, {"SH-126"}),
            ({"production_date": date(2026, 4, 2)}, set()),
            ({"production_date": date(2026, 5, 3), "sampling_date": None}, {"SH-126"}),
        ),
    ),
)

FLAG_CASES = (
    Case(
        "market",
        "place not told",
        (({"prefecture_code": "unknown"}, {"SH-132"}), ({"county_code": "unknown"}, set())),
    ),
    Case("market", "sampled unit not named", (({"sampled_unit_name": None}, {"SH-133"}),)),
    Case(
        "food",
        "a number that can't be read for sure, such as a lost exponent",
        (
            (_failed(findings=[finding("菌落总数", "①1.4×10；②2.1×10³", "n=5", value_uncertain=True)]), {"FD-001"}),
            (_failed(findings=[finding("菌落总数", "3.7×104CFU/g", "≤10⁴CFU/g", value_uncertain=False)]), set()),
            (_failed(findings=[finding("菌落总数", "3.7×104CFU/g", value_uncertain=None)]), set()),
        ),
    ),
    Case(
        "market",
        "a number that can't be read for sure",
        ((_failed(findings=[finding("厚度", "0..05mm", "≥0.06mm", value_uncertain=True)]), {"MK-003"}),),
    ),
    Case(
        "food",
        "a value within its limit though the sample failed",
        (
            (_failed(findings=[finding("铅", "0.1mg/kg", "≤0.2mg/kg", agrees=False)]), {"SH-134"}),
            (_failed(findings=[finding("铅", "0.3", "≤0.2"), finding("镉", "0.1", "≤0.2", agrees=False)]), {"SH-134"}),
            (_failed(findings=[finding("铅", "0.3mg/kg", "≤0.2mg/kg", agrees=True)]), set()),
            (_failed(findings=[finding("色泽", "发黄", "正常", agrees=None)]), set()),
            ({"findings": [finding("铅", "0.1mg/kg", "≤0.2mg/kg", agrees=False)]}, set()),
        ),
    ),
    Case("food", "an item without value", ((_failed(findings=[finding("接地措施")]), {"FD-002"}),)),
    Case("market", "an electrical item needs no value", ((_failed(findings=[finding("接地措施")]), set()),)),
    Case(
        "market",
        "a sample at the producer names it",
        (
            ({"stage_code": "production", "producer_name": None}, {"MK-001"}),
            ({"stage_code": "distribution", "producer_name": None}, set()),
        ),
    ),
    Case(
        "market",
        "a sample at the producer is taken from it",
        (
            ({"stage_code": "production"}, {"MK-002"}),
            (
                {
                    "stage_code": "production",
                    "producer_name": "青禾（成都） 电器有限公司",
                    "sampled_unit_name": "青禾(成都)电器有限公司",
                },
                set(),
            ),
        ),
    ),
)

CONSTRUCTION_CASES = (
    Case(
        "construction",
        "no inspection",
        (({"sampling_type_code": "supervision"}, {"CN-001"}), ({"sampling_type_code": None}, {"CN-001"})),
    ),
    Case("construction", "no project", (({"project_name": None}, {"CN-002"}),)),
    Case(
        "construction",
        "points that are no number",
        (
            ({"points_checked": "若干", "n_points": None}, {"CN-003"}),
            ({"points_conforming": "全部", "n_points_conforming": None}, {"CN-004"}),
        ),
    ),
    Case(
        "construction",
        "points out of bounds",
        (
            ({"n_points": 0, "n_points_conforming": 0}, {"CN-005"}),
            ({"n_points": -1, "n_points_conforming": 0}, {"CN-005"}),
            ({"n_points": 1, "n_points_conforming": 1}, set()),
            ({"n_points_conforming": 41}, {"CN-006"}),
            ({"n_points_conforming": -1}, {"CN-006", "CN-021"}),
        ),
    ),
    Case("construction", "no verdict though the points are there", (({"conclusion_code": None}, {"CN-007"}),)),
    Case(
        "construction",
        "equal reports on one item that differ in the verdict",
        (({"conclusion_code": "undetermined"}, {"CN-008"}), ({}, {"CN-008"})),
        together=True,
    ),
    Case(
        "construction",
        "equal reports on one item that differ in the points",
        (({"n_points": 41, "n_points_conforming": 41}, {"CN-008"}), ({}, {"CN-008"})),
        together=True,
    ),
    Case(
        "construction",
        "items of one inspection may differ",
        (
            ({"inspected_item": "地基基础", "n_points": 9, "n_points_conforming": 9}, set()),
            ({"inspected_item": "建筑节能", "conclusion_code": "undetermined"}, set()),
            ({}, set()),
        ),
        together=True,
    ),
    Case(
        "construction",
        "the inspection's day decides the quarter",
        (
            (
                {"sampled_on": "上旬", "sampling_date": None, "unreadable_dates": ["sampled_on"], "quarter": None},
                {"CN-011"},
            ),
            (
                {
                    "sampled_on": None,
                    "sampling_date": None,
                    "published_on": "近日",
                    "publication_date": None,
                    "unreadable_dates": ["published_on"],
                    "quarter": None,
                },
                {"CN-012"},
            ),
            (
                {
                    "sampled_on": None,
                    "sampling_date": None,
                    "published_on": None,
                    "publication_date": None,
                    "quarter": None,
                },
                {"CN-013"},
            ),
            ({"sampling_date": date(1992, 12, 31)}, {"CN-014"}),
            ({"sampling_date": AFTER}, {"CN-015"}),
            ({"sampling_date": RECEIVED, "publication_date": None}, set()),
            ({"publication_date": AFTER}, {"CN-016"}),
            ({"publication_date": None, "unreadable_dates": ["published_on"]}, {"CN-017"}),
            ({"publication_date": date(2026, 4, 1)}, {"CN-018"}),
            ({"publication_date": date(2026, 4, 2)}, set()),
        ),
    ),
    Case(
        "construction",
        "verdict and points",
        (
            ({"n_points_conforming": 39}, {"CN-021"}),
            (_failed(rectify_by="2026-08-01"), {"CN-021"}),
            (_failed(rectify_by="2026-08-01", n_points_conforming=39), set()),
        ),
    ),
    Case(
        "construction",
        "what did not conform is named and followed up",
        (
            (_failed(n_points_conforming=39, rectify_by="2026-08-01", findings=[]), {"CN-022"}),
            (_failed(n_points_conforming=39), {"CN-025"}),
        ),
    ),
    Case("construction", "place not told", (({"prefecture_code": "unknown"}, {"CN-023"}),)),
    Case("construction", "contractor not named", (({"contractor_name": None}, {"CN-024"}),)),
)

CASES: tuple[Case, ...] = (*SHARED_CASES, *VERDICT_CASES, *DATE_CASES, *FLAG_CASES, *CONSTRUCTION_CASES)
