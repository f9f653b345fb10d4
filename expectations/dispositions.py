"""Rules of the form `dispositions`: a measure is of a known feed, subject, kind, day and authority, or its whole file
goes back. Whether the subject is known is not asked: its sample may come later.
"""

from __future__ import annotations

from typing import Any

from expectations.rule import JUDGED, Rule, no_rows, no_rows_where

__all__ = ["DISPOSITION_RULES"]

_AGAIN_ZH = "请改正后重新报送整份文件。"
_AGAIN_EN = "Mend it and send the file again."


def _rule(number: int, *columns: str, zh: str, en: str, **told: Any) -> Rule:
    return Rule(
        id=f"DP-{number:03}",
        feeds=("dispositions",),
        action="reject_file",
        columns=columns,
        zh=zh + _AGAIN_ZH,
        en=f"{en} {_AGAIN_EN}",
        **told,
    )


DISPOSITION_RULES: tuple[Rule, ...] = (
    _rule(
        1,
        "feed",
        **no_rows_where("feed_code IS NULL"),
        blames="true",
        zh="“{column}”为“{found}”，应为“产品质量”“食品”或“工程”（market、food、construction）。",
        en="{column} '{found}' must be 产品质量, 食品 or 工程 (market, food, construction).",
    ),
    _rule(
        2,
        "subject",
        **no_rows_where("subject IS NULL"),
        zh="“{column}”没有填写；请填写不合格样品的抽样编号，或消费提示编号。",
        en="{column} is empty: give the number of the failed sample, or the id of its warning.",
    ),
    _rule(
        3,
        "kind",
        **no_rows_where("kind_code IS NULL"),
        blames="true",
        zh="“{column}”为“{found}”，应为“通知”“整改”“处罚”“回头看”“下架”“复检”或“异议”。",
        en="{column} '{found}' must be 通知 (notified), 整改 (rectified), 处罚 (penalised), 回头看 (re-checked), "
        "下架 (removed from sale), 复检 (re-inspection) or 异议 (objection).",
    ),
    _rule(
        4,
        "happened_on",
        **no_rows_where("happened_day IS NULL OR happened_day > received_on OR year(happened_day) < 2000"),
        blames="true",
        zh="“{column}”为“{found}”，应为日期（如 2026-03-15），不晚于收到文件之日。",
        en="{column} '{found}' must be a date such as 2026-03-15, not later than the day the file came.",
    ),
    _rule(
        5,
        "authority",
        **no_rows_where("authority IS NULL"),
        zh="“{column}”没有填写；请写明由哪个机关处置。",
        en="{column} is empty: say which authority did it.",
    ),
    _rule(
        6,
        "result",
        **no_rows_where("result_code IS NULL"),
        blames="true",
        zh="“{column}”为“{found}”，与处置类型不符：复检须为“进行中”“合格”或“不合格”；异议须为“核实中”“成立”或“不成立”；"
        "其他措施为“完成”“进行中”或“不合格”，留空即完成，但回头看须写明；撤回一行填“作废”。",
        en="{column} '{found}' is no result of this kind: a 复检 is 进行中 (pending), 合格 (overturned) or 不合格 "
        "(upheld); an 异议 is 核实中 (disputed), 成立 (disowned: not made by whom the label names) or 不成立 (upheld); "
        "anything else is 完成 (done, also when empty), 进行中 (pending) or 不合格 (failed), and a look-back must say "
        "which; 作废 (void) takes a row back.",
    ),
    _rule(
        7,
        "due_on",
        **no_rows_where("due_on IS NOT NULL AND (due_day IS NULL OR year(due_day) NOT BETWEEN 2000 AND 2100)"),
        zh="“{column}”的“{found}”应为日期（如 2026-06-30）；没有期限的留空。",
        en="{column} '{found}' must be a date such as 2026-06-30; leave it empty where no day was set.",
    ),
    _rule(
        8,
        "corrected_on",
        **no_rows_where(
            "corrected_on IS NOT NULL"
            " AND (corrected_day IS NULL OR corrected_day > received_on OR corrected_day < happened_day)"
        ),
        zh="“{column}”的“{found}”应为日期（如 2026-04-01），不早于处置日期，不晚于收到文件之日。",
        en="{column} '{found}' must be a date such as 2026-04-01, not before the measure and not later than the day "
        "the file came.",
    ),
    _rule(
        9,
        "subject",
        **no_rows(
            f"WITH {JUDGED} SELECT this.row_no FROM judged AS this"  # noqa: S608 -- rules are part of the program
            " WHERE EXISTS (SELECT 1 FROM judged AS other WHERE this.feed_code = other.feed_code"
            " AND this.subject = other.subject AND this.kind_code = other.kind_code"
            " AND this.happened_day = other.happened_day AND this.said <> other.said"
            " AND this.corrected_day IS NOT DISTINCT FROM other.corrected_day)"
        ),
        zh="“{found}”在同一文件中有同类、同日而内容不同的行；请只留一行，如为更正，请填写更正日期。",
        en="Rows on {found} of the same kind and day say different things: keep one, or give the correction its date.",
    ),
    _rule(
        10,
        "subject",
        **no_rows_where(
            "kind_code IN ('reinspection', 'objection') AND regexp_matches(subject, '^W[0-9]+-[A-Z2-7]+$', 'i')"
        ),
        zh="“{column}”的“{found}”是消费提示编号；复检、异议针对单个批次，请填写该批次的抽样编号。",
        en="{column} '{found}' is the id of a warning: a re-inspection or an objection is about one sample, so give "
        "its number.",
    ),
)
