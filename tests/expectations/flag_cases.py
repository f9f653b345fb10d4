"""Rules that let a row through with a flag, as rows."""

from __future__ import annotations

from tests.expectations.case import Case, failed
from tests.expectations.tables import finding

__all__ = ["FLAG_CASES"]

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
            (failed(findings=[finding("菌落总数", "①1.4×10；②2.1×10³", "n=5", value_uncertain=True)]), {"FD-001"}),
            (failed(findings=[finding("菌落总数", "3.7×104CFU/g", "≤10⁴CFU/g", value_uncertain=False)]), set()),
            (failed(findings=[finding("菌落总数", "3.7×104CFU/g", value_uncertain=None)]), set()),
        ),
    ),
    Case(
        "market",
        "a number that can't be read for sure",
        ((failed(findings=[finding("厚度", "0..05mm", "≥0.06mm", value_uncertain=True)]), {"MK-003"}),),
    ),
    Case(
        "food",
        "a value within its limit though the sample failed",
        (
            (failed(findings=[finding("铅", "0.1mg/kg", "≤0.2mg/kg", agrees=False)]), {"SH-134"}),
            (failed(findings=[finding("铅", "0.3", "≤0.2"), finding("镉", "0.1", "≤0.2", agrees=False)]), {"SH-134"}),
            (failed(findings=[finding("铅", "0.3mg/kg", "≤0.2mg/kg", agrees=True)]), set()),
            (failed(findings=[finding("色泽", "发黄", "正常", agrees=None)]), set()),
            ({"findings": [finding("铅", "0.1mg/kg", "≤0.2mg/kg", agrees=False)]}, set()),
        ),
    ),
    Case("food", "an item without value", ((failed(findings=[finding("接地措施")]), {"FD-002"}),)),
    Case("market", "an electrical item needs no value", ((failed(findings=[finding("接地措施")]), set()),)),
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
