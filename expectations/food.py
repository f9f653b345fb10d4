"""Rules of the feed food: what food notices alone get wrong."""

from __future__ import annotations

from expectations.rule import Rule, no_rows_where
from expectations.samples import SAMPLE_RULES
from expectations.shared import SHARED_RULES

__all__ = ["FOOD_RULES"]

# Ten to a power that was lost with its superscript: nothing but a unit, a separator or the end follows the 10.
_LOST_POWER = "[0-9][ ]*[×xX*][ ]*10[ ]*([^0-9 ⁰¹²³⁴⁵⁶⁷⁸⁹^<.]|$)"

FOOD_RULES: tuple[Rule, ...] = (
    *SHARED_RULES,
    *SAMPLE_RULES,
    Rule(
        id="FD-001",
        feeds=("food",),
        action="flag_row",
        columns=("finding_value", "findings_text", "finding_limit", "finding_item"),
        **no_rows_where(
            "len(list_filter(findings, lambda finding: "
            f"regexp_matches(coalesce(finding.value_text, ''), '{_LOST_POWER}') "
            f"OR regexp_matches(coalesce(finding.limit_text, ''), '{_LOST_POWER}'))) > 0"
        ),
        zh="“{column}”的“{found}”丢失了指数（如 1.4×10⁴ 写成 1.4×10），数值不可用。请补上指数。",
        en="{column} '{found}' lost its exponent (1.4×10⁴ written as 1.4×10) and is of no use. Add the exponent.",
    ),
    Rule(
        id="FD-002",
        feeds=("food",),
        action="flag_row",
        columns=("finding_item", "findings_text"),
        **no_rows_where(
            "conclusion_code = 'nonconforming' AND len(list_filter(findings, lambda finding: "
            "finding.value_text IS NULL)) > 0"
        ),
        zh="不合格项目“{found}”没有检验结果。请补填实测值和标准值，以便写入消费提示。",
        en="The failed item '{found}' has no measured value. Add value and limit, so that the warning can state them.",
    ),
)
