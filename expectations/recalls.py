"""Rules of the form `recalls`: a recall says who recalls which goods and why, or its whole file goes back.

Such files have few rows, and each of them is read by the public: the sender mends the row and sends the file again.
"""

from __future__ import annotations

from typing import Any

from expectations.rule import JUDGED, Rule, no_rows, no_rows_where

__all__ = ["RECALL_RULES"]

_AGAIN_ZH = "请改正后重新报送整份文件。"
_AGAIN_EN = "Mend it and send the file again."


def _rule(number: int, *columns: str, zh: str, en: str, **told: Any) -> Rule:
    return Rule(
        id=f"RL-{number:03}",
        feeds=("recalls",),
        action="reject_file",
        columns=columns,
        zh=zh + _AGAIN_ZH,
        en=f"{en} {_AGAIN_EN}",
        **told,
    )


RECALL_RULES: tuple[Rule, ...] = (
    _rule(
        1,
        "recall_no",
        **no_rows_where("recall_no IS NULL"),
        zh="“{column}”没有填写；召回以编号识别，更正时编号不变。",
        en="{column} is empty: a recall is known by its number, which stays the same in corrections.",
    ),
    _rule(
        2,
        "announced_on",
        **no_rows_where("announced_day IS NULL OR announced_day > received_on OR year(announced_day) < 2000"),
        blames="true",
        zh="“{column}”为“{found}”，应为日期（如 2026-03-15），不晚于收到文件之日。",
        en="{column} '{found}' must be a date such as 2026-03-15, not later than the day the file came.",
    ),
    _rule(
        3,
        "kind",
        **no_rows_where("kind_code IS NULL"),
        blames="true",
        zh="“{column}”为“{found}”，应为“责令召回”或“主动召回”。",
        en="{column} '{found}' must be 责令召回 (ordered) or 主动召回 (of the producer's own accord).",
    ),
    _rule(
        4,
        "announced_by",
        "producer",
        "product",
        **no_rows_where("announced_by IS NULL OR producer IS NULL OR product IS NULL"),
        blames="{column} IS NULL",
        zh="“{column}”没有填写；公开的召回须写明发布机构、召回企业和产品。",
        en="{column} is empty: a recall that the public reads names who announced it, who recalls, and the product.",
    ),
    _rule(
        5,
        "spec",
        "batch",
        "produced_from",
        **no_rows_where("spec IS NULL AND batch IS NULL AND produced_from_day IS NULL AND produced_to_day IS NULL"),
        zh="没有写明召回哪些产品：型号规格、批次、生产日期至少填一项；涉及全部产品的，批次填“全部”。",
        en="It does not say which goods: give model, batches or production dates; write 全部 as batch where all are "
        "recalled.",
    ),
    _rule(
        6,
        "produced_from",
        "produced_to",
        **no_rows_where(
            "(produced_from IS NOT NULL AND produced_from_day IS NULL)"
            " OR (produced_to IS NOT NULL AND produced_to_day IS NULL)"
            " OR produced_from_day > produced_to_day OR produced_from_day > announced_day"
        ),
        zh="“{column}”为“{found}”，应为日期（如 2025-01-31）；起始不晚于截止，也不晚于召回发布日期。",
        en="{column} '{found}' must be a date such as 2025-01-31; the first day is not after the last, nor after the "
        "announcement.",
    ),
    _rule(
        7,
        "quantity",
        **no_rows_where("quantity IS NOT NULL AND (n_units IS NULL OR n_units < 1)"),
        zh="“{column}”的“{found}”应为正整数（可带单位，如 1200台）；不详时留空。",
        en="{column} '{found}' must be a whole number (a unit may follow, as in 1200台); leave it empty when unknown.",
    ),
    _rule(
        8,
        "defect",
        "hazard",
        "remedy",
        **no_rows_where("defect IS NULL OR hazard IS NULL OR remedy IS NULL"),
        blames="{column} IS NULL",
        zh="“{column}”没有填写；请写明缺陷、可能后果和补救措施。",
        en="{column} is empty: say what is defective, what may happen, and what the holder is offered.",
    ),
    _rule(
        9,
        "source_url",
        **no_rows_where(r"NOT coalesce(regexp_full_match(source_url, 'https?://[^\s<>\"]+'), false)"),
        blames="true",
        zh="“{column}”为“{found}”，应为公告的网址（http:// 或 https:// 开头）。",
        en="{column} '{found}' must be the address of the announcement, beginning with http:// or https://.",
    ),
    _rule(
        10,
        "warning_id",
        **no_rows_where(
            "warning_id IS NOT NULL"
            " AND NOT (length(warning_id) = 16 AND regexp_full_match(warning_id, 'W20[0-9][0-9]-[A-Z2-7]+'))"
        ),
        zh="“{column}”的“{found}”不是消费提示编号（如 W2026-ABCDEFGHIJ）；没有关联的留空。",
        en="{column} '{found}' is no id of a warning, such as W2026-ABCDEFGHIJ; leave it empty where there is none.",
    ),
    _rule(
        11,
        "status",
        **no_rows_where("status IS NOT NULL AND status_code IS NULL"),
        zh="“{column}”的“{found}”应为“进行中”“已完成”或“撤销”；留空即进行中。",
        en="{column} '{found}' must be 进行中 (ongoing), 已完成 (completed) or 撤销 (withdrawn); empty means ongoing.",
    ),
    _rule(
        12,
        "corrected_on",
        **no_rows_where(
            "corrected_on IS NOT NULL"
            " AND (corrected_day IS NULL OR corrected_day > received_on OR corrected_day < announced_day)"
        ),
        zh="“{column}”的“{found}”应为日期（如 2026-04-01），不早于发布日期，不晚于收到文件之日。",
        en="{column} '{found}' must be a date such as 2026-04-01, not before the announcement and not later than the "
        "day the file came.",
    ),
    _rule(
        13,
        "recall_no",
        **no_rows(
            f"WITH {JUDGED} SELECT this.row_no FROM judged AS this"  # noqa: S608 -- rules are part of the program
            " WHERE EXISTS (SELECT 1 FROM judged AS other WHERE this.recall_no = other.recall_no"
            " AND this.said <> other.said AND this.corrected_day IS NOT DISTINCT FROM other.corrected_day)"
        ),
        zh="召回编号“{found}”在同一文件中有内容不同的行；请只留一行，如为更正，请填写更正日期。",
        en="Rows of the same recall number {found} say different things: keep one, or give the correction its date.",
    ),
)
