"""Rules of the feed market: samples at the producer count towards the manufacturing target, so they must name it."""

from __future__ import annotations

from expectations.rule import Rule, no_rows_where, nowhere_in_sample
from expectations.samples import SAMPLE_RULES, uncertain_number
from expectations.shared import SHARED_RULES

__all__ = ["MARKET_RULES"]

_BLANKS_AND_BRACKETS = r"[\s　()（）]"


def _plain(column: str) -> str:
    return f"regexp_replace({column}, '{_BLANKS_AND_BRACKETS}', '', 'g')"


MARKET_RULES: tuple[Rule, ...] = (
    *SHARED_RULES,
    *SAMPLE_RULES,
    Rule(
        id="MK-001",
        feeds=("market",),
        action="flag_row",
        columns=("producer_name",),
        **nowhere_in_sample(
            "this.stage_code = 'production' AND this.producer_name IS NULL", cured_by="other.producer_name IS NOT NULL"
        ),
        zh="生产环节抽样却没有写“{column}”，无法归到生产企业。请补填标称生产单位。",
        en="Sampled at the producer, yet {column} is empty, so no enterprise can be credited. Name the producer.",
    ),
    Rule(
        id="MK-002",
        feeds=("market",),
        action="flag_row",
        columns=("sampled_unit_name",),
        **no_rows_where(f"stage_code = 'production' AND {_plain('sampled_unit_name')} <> {_plain('producer_name')}"),
        zh="抽样环节为生产，但“{column}”（{found}）不是标称生产单位。请核对环节，或在备注中说明委托关系。",
        en="Sampled at the producer, yet {column} ({found}) is another. Check the stage, or explain in the remark.",
    ),
    uncertain_number("MK-003", "market"),
)
