"""Names of feeds, sampling types and stages, and the sentence on an alarm, in Chinese and in English."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from warehouse.sampling_types import TYPES_OF_FAILURES

__all__ = [
    "FEEDS", "RATE_NAMES", "SAMPLING_TYPES", "STAGES", "STEPS", "Words", "alarm_sentence", "percent", "quarter_name",
]  # fmt: skip


@dataclass(frozen=True)
class Words:
    zh: str
    en: str


FEEDS = {
    "market": Words("产品质量", "Manufactured products"),
    "food": Words("食品安全", "Food"),
    "construction": Words("工程质量", "Construction"),
}
SAMPLING_TYPES = {
    "supervision": Words("监督抽查", "supervision sampling"),
    "evaluation": Words("评价性抽检", "evaluation sampling"),
    "routine_monitoring": Words("例行监测", "routine monitoring"),
    "risk_monitoring": Words("风险监测", "risk monitoring"),
    "inspection": Words("工程质量抽查", "construction inspections"),
}
RATE_NAMES = {
    "supervision": Words("监督抽查不合格发现率", "failures found by supervision sampling"),
    "evaluation": Words("评价性抽检合格率", "pass rate of evaluation sampling"),
    "routine_monitoring": Words("例行监测合格率", "pass rate of routine monitoring"),
    "risk_monitoring": Words("风险监测问题检出率", "failures found by risk monitoring"),
    "inspection": Words("工程质量抽查符合率", "conformity rate of construction inspections"),
}
STAGES = {
    "all": Words("合计", "all"),
    "production": Words("生产环节", "production"),
    "distribution": Words("流通环节", "distribution"),
    "catering": Words("餐饮环节", "catering"),
    "online": Words("网络", "online"),
    "site": Words("工地", "site"),
    "unknown": Words("环节不详", "unknown stage"),
}
STEPS = {
    "sampled_to_concluded": Words("抽样至出结论", "sampled to concluded"),
    "concluded_to_final": Words("出结论至结果终局（不合格批次）", "concluded to final, of failures"),
    "final_to_issued": Words("终局至发布提示（不合格批次）", "final to issued, of failures"),
}
_ORDINALS = {"Q1": "第一季度", "Q2": "第二季度", "Q3": "第三季度", "Q4": "第四季度", "YTD": "年初至今累计"}


def quarter_name(quarter: str) -> str:
    """`2026Q2` → 2026年第二季度."""
    return f"{quarter[:4]}年{_ORDINALS[quarter[4:]]}"


def percent(rate: float, digits: int = 2) -> str:
    """A fraction as it is written: 0.123 → 12.30%."""
    return f"{rate:.{digits}%}"


def alarm_sentence(feed: str, sampling_type: str, row: Mapping[str, Any]) -> Words:
    """What a funnel's alarm says: the figure, the province's, the limit, and that it needs a look, not a verdict.

    Failure rates are spoken of where sampling looks for problems, so that nobody reads them as the state of an area.
    """
    is_failure = sampling_type in TYPES_OF_FAILURES
    rate, overall, low, high = (row[name] for name in ("rate", "provincial_rate", "funnel_998_low", "funnel_998_high"))
    is_high = row["side"] == "above"
    if is_failure:
        rate, overall, low, high, is_high = 1 - rate, 1 - overall, 1 - high, 1 - low, not is_high
    name = RATE_NAMES[sampling_type]
    parts = [row["category_name"] or ("类别不详" if row["category_code"] == "unknown" else None)]
    parts += [STAGES[row["stage"]].zh] if row["stage"] != "all" else []
    part_zh = "".join(f"（{part}）" for part in parts if part)
    part_en = "" if row["category_code"] == "all" else f", category {row['category_code']}"
    part_en += "" if row["stage"] == "all" else f", {STAGES[row['stage']].en}"
    limits = f"{percent(low)}至{percent(high)}"
    feed_zh, feed_en = ("", "") if feed == "construction" else (FEEDS[feed].zh, f"{FEEDS[feed].en}, ")
    return Words(
        f"{row['prefecture_name']}{feed_zh}{name.zh}{part_zh}为{percent(rate)}，"
        f"{'高于' if is_high else '低于'}全省的{percent(overall)}，超出漏斗图99.8%控制限（{limits}）；"
        "仅凭抽样波动难以解释，请核实抽样对象、类别构成和数据后再作判断。",
        f"{row['prefecture_code']} {feed_en}{name.en}{part_en}: {percent(rate)}, "
        f"{'above' if is_high else 'below'} the province's {percent(overall)} and outside the funnel's 99.8 % limits "
        f"({percent(low)} to {percent(high)}); chance alone hardly explains it: look at what was sampled, the mix and "
        "the data before judging.",
    )
