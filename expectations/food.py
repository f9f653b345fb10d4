"""Rules of the feed food: what food notices alone get wrong."""

from __future__ import annotations

from expectations.rule import Rule, no_rows_where
from expectations.samples import SAMPLE_RULES, uncertain_number
from expectations.shared import SHARED_RULES

__all__ = ["FOOD_RULES"]

FOOD_RULES: tuple[Rule, ...] = (
    *SHARED_RULES,
    *SAMPLE_RULES,
    uncertain_number("FD-001", "food"),
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
