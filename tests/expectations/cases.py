"""What each rule is for, as rows: every case says which rules each of its rows breaks, and that it breaks no other."""

from __future__ import annotations

from datetime import date

from tests.expectations.case import Case, failed, undated
from tests.expectations.construction_cases import CONSTRUCTION_CASES
from tests.expectations.date_cases import DATE_CASES
from tests.expectations.flag_cases import FLAG_CASES

__all__ = ["CASES"]

SHARED_CASES = (
    Case("food", "a good row breaks nothing", (({}, set()), (failed(), set()))),
    Case("market", "a good row breaks nothing", (({}, set()), (failed(), set()))),
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
            ({"product_name": "=数据!B3"}, {"SH-011"}),
            ({"sampled_unit_address": "=$F$2"}, {"SH-011"}),
            ({"product_name": "=1/0"}, {"SH-011"}),
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
        ((failed(), set()), (failed(conclusion_code=None), set())),
        together=True,
    ),
    Case("food", "undetermined is a verdict", (({"conclusion_code": "undetermined"}, set()),)),
    Case("food", "the row contradicts itself", (({"is_contradicting": True}, {"SH-103"}),)),
    Case("food", "equal reports that differ", ((failed(), {"SH-104"}), ({}, {"SH-104"})), together=True),
    Case(
        "food",
        "all rows of a torn sample are held, also those without a verdict",
        ((failed(), {"SH-104"}), ({}, {"SH-104"}), ({"conclusion_code": None}, {"SH-104"})),
        together=True,
    ),
    Case(
        "food",
        "undetermined beside a pass leaves open which holds",
        (({"conclusion_code": "undetermined"}, {"SH-104"}), ({}, {"SH-104"})),
        together=True,
    ),
    Case("food", "the higher level decides", ((failed(level_code="national"), set()), ({}, set())), together=True),
    Case(
        "food",
        "the later conclusion decides",
        ((failed(concluded_on="2026-05-03", conclusion_date=date(2026, 5, 3)), set()), ({}, set())),
        together=True,
    ),
    Case(
        "food",
        "the later publication decides",
        ((failed(published_on="2026-06-02", publication_date=date(2026, 6, 2)), set()), ({}, set())),
        together=True,
    ),
    Case(
        "food",
        "an undated report decides nothing",
        ((failed(**undated()), {"SH-104"}), ({}, {"SH-104"})),
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
    Case("food", "equal reports that agree", ((failed(), set()), (failed(), set())), together=True),
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
            (failed(conclusion_source="sheet", findings=[]), {"SH-106"}),
            (failed(conclusion_source="file", findings=None), {"SH-106"}),
            (failed(conclusion_source="sheet"), set()),
            ({"conclusion_source": "sheet"}, set()),
        ),
    ),
    Case(
        "food",
        "a stated failure without item counts, flagged",
        ((failed(findings=[]), {"SH-131"}), (failed(findings=None), {"SH-131"})),
    ),
    Case("food", "the item may stand on another row", ((failed(), set()), (failed(findings=[]), set())), together=True),
)

CASES: tuple[Case, ...] = (*SHARED_CASES, *VERDICT_CASES, *DATE_CASES, *FLAG_CASES, *CONSTRUCTION_CASES)
