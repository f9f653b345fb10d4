"""From a quarter's results to what the template shows: sentences and cells, each figure as the release has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any

from pipelines.bulletin.sentences import (
    METHOD,
    WITHHELD,
    change_sentences,
    checked_sentence,
    correction_sentences,
    funnel_sentence,
    interval_text,
    is_of_failures,
    lead_sentence,
    rank_sentence,
    rate_name,
    rate_text,
    report_unit,
    stratum_title,
    target_text,
    unit_of,
)
from warehouse.names import visible
from warehouse.office_time import OFFICE_TIME
from warehouse.periods import is_over
from warehouse.quarterly.words import FEEDS, STAGES, STEPS, percent, quarter_name

__all__ = ["About", "bulletin_context", "shown_rate"]

Row = Mapping[str, Any]
About = Mapping[str, Any]
"""The row of release_info, with `province` beside it."""

_STATUS = {"office": "内部资料·送审稿", "public": "公开稿"}
_WHY_SUPERVISION = "监督抽查专挑风险较高的对象，以下为发现率，不代表各地合格水平，不用于各地比较。"
_WHY_RISK = "风险监测用于研判风险，结果不公布，仅供内部参考。"
_VALUES = {**WITHHELD, "conflicting": "填报矛盾"}


def bulletin_context(results: Row, about: About) -> dict[str, Any]:
    """Everything that the template names, but the charts of the strata."""
    quarter, province = results["quarter"], about["province"]
    strata = results["strata"]
    data_as_of: datetime | None = about["data_as_of"]
    known_until = data_as_of.astimezone(OFFICE_TIME) if data_as_of else None
    unfinished = _unfinished(quarter, known_until)
    opening = [lead_sentence(quarter, province, each) for each in strata]
    return {
        "title": f"{province}质量监督抽检季度结果通报（{quarter_name(quarter)}）",
        "status": _STATUS[about["artefact"]],
        "release_id": about["release_id"],
        "unfinished": unfinished,
        "data_as_of": f"{known_until:%Y-%m-%d %H:%M}" if known_until else "—",
        "method": about["method_version"],
        "opening": [f"{unfinished}：{opening[0]}", *opening[1:]] if unfinished else opening,
        "overall": [_overall(each) for each in strata],
        "strata": [_stratum(each) for each in strata],
        "notable": [
            sentence
            for each in strata
            for sentence in (checked_sentence(each), *(row["sentence_zh"] for row in each["notable"]))
        ],
        "indicators": [_indicator(row, known_until.date() if known_until else None) for row in results["indicators"]],
        "quality": [_quality(each) for each in strata],
        "steps": [_step(each, row) for each in strata for row in each["timeliness"]],
        "waiting": [_waiting(row) for row in results["data_quality"]["feeds"]],
        "method_notes": METHOD,
    }


def shown_rate(stratum: Row) -> str:
    """The rate that a stratum is spoken of by."""
    return "failure_rate" if is_of_failures(stratum) else "rate"


def _unfinished(quarter: str, known_until: datetime | None) -> str:
    """That the quarter was not over at the office when its newest data came; empty of one that was."""
    if known_until is None or is_over(quarter, known_until.date()):
        return ""
    return f"本季未完，数据截至{known_until.year}年{known_until.month}月{known_until.day}日"


def _stratum(stratum: Row) -> dict[str, Any]:
    is_building = stratum["feed"] == "construction"
    n_ranked = [str(row["n_ranked"]) for row in stratum["rankings"] if row["n_ranked"] > 1]
    notes = {"supervision": _WHY_SUPERVISION, "risk_monitoring": _WHY_RISK}
    return {
        "title": stratum_title(stratum),
        "note": notes.get(stratum["sampling_type"]) or rank_sentence(stratum) + funnel_sentence(stratum),
        "unit": unit_of(stratum),
        "rate_name": rate_name(stratum),
        "is_ranked": bool(n_ranked) and not is_of_failures(stratum),
        "rank_head": f"位次（区间，共{'、'.join(n_ranked)}个）",
        "prefectures": [
            {"name": row["prefecture_name"], **_figure(stratum, row), "rank": _rank(row)}
            for row in stratum["prefectures"]
        ],
        "categories": [{"name": row["category_name"], **_figure(stratum, row)} for row in stratum["categories"]],
        "failed_items": [_item(row) for row in stratum["failed_items"]],
        "maker": "施工单位" if is_building else "标称生产者",
        "sampled_unit": "受检单位" if is_building else "被抽样单位",
        "enterprises": [_enterprises(row) for row in stratum["enterprises"]],
        "sentences": [*correction_sentences(stratum), *change_sentences(stratum)],
        "charts": [],
    }


def _overall(stratum: Row) -> dict[str, str]:
    """A row of the table that holds all kinds of sampling: with the name of its rate, and units."""
    figure = _figure(stratum, stratum["overall"])
    counts = {name: figure[name] + unit_of(stratum) for name in ("sampled", "concluded", "failed")}
    return {"title": stratum_title(stratum), "rate_name": rate_name(stratum), **figure, **counts}


def _figure(stratum: Row, row: Row) -> dict[str, str]:
    rate = shown_rate(stratum)
    return {
        "sampled": _count(row["n_sampled"]),
        "concluded": _count(row["n_concluded"]),
        "failed": _count(row["n_nonconforming"]),
        "rate": rate_text(row, rate),
        "interval": interval_text(row, rate),
    }


def _rank(row: Row) -> str:
    return "—" if row["rank"] is None else f"{row['rank']}（{row['rank_low']}～{row['rank_high']}）"


def _item(row: Row) -> dict[str, str]:
    is_shown = row["share"] is not None
    wide = "（区间宽）" if row["share_status"] == "unreliable" else ""
    return {
        "name": "未写明" if row["item_name"] == "unknown" else visible(row["item_name"]),
        "hazard": row["hazard_name_zh"] or "—",
        "n": _count(row["n_samples"]),
        "share": percent(row["share"]) + wide if is_shown else WITHHELD[row["share_status"]],
        "interval": f"{percent(row['share_low'])}～{percent(row['share_high'])}" if is_shown else "—",
    }


def _enterprises(row: Row) -> dict[str, str]:
    counts = {
        "samples": "n_samples", "producers": "n_producers", "producers_failed": "n_producers_nonconforming",
        "units": "n_units", "units_failed": "n_units_nonconforming", "disputed": "n_samples_disputed",
    }  # fmt: skip
    return {"stage": STAGES[row["stage"]].zh, **{name: _count(row[column]) for name, column in counts.items()}}


def _indicator(row: Row, day: date | None) -> dict[str, str]:
    is_rate = row["unit"] == "rate"
    mark = "*" if row["is_provisional"] else ""
    return {
        "name": row["name_zh"] + ("（替代指标：生产领域监督抽查）" if row["is_proxy"] else ""),
        "period": _period(row),
        "value": _VALUES[row["value_status"]] if row["value"] is None else _value(row["value"], is_rate=is_rate) + mark,
        "interval": "—" if row["value_low"] is None else f"{percent(row['value_low'])}～{percent(row['value_high'])}",
        "target": _target(row, is_rate=is_rate),
        "verdict": target_text(row, day),
    }


def _period(row: Row) -> str:
    """A figure that is not sampled is of another year than the bulletin: with who published it, and when."""
    if row["feed"] is not None:
        return str(row["quarter"].replace("YTD", "年初至今"))
    if row["published_on"] is None:
        return f"{row['quarter']}年"
    return f"{row['quarter']}年（{visible(row['source'])}，{row['published_on']:%Y-%m-%d}发布）"


def _target(row: Row, *, is_rate: bool) -> str:
    if row["target_value"] is None:
        return "逐年提高"
    return f"≥{_value(row['target_value'], is_rate=is_rate)}（{row['target_year']}年）"


def _value(value: float, *, is_rate: bool) -> str:
    return percent(value) if is_rate else f"{value:g}"


def _quality(stratum: Row) -> dict[str, str]:
    found = stratum["data_quality"]
    columns = {
        "undetermined": "n_undetermined", "place": "n_unknown_place", "category": "n_unknown_category",
        "held": "n_held", "late": "n_late", "provisional": "n_provisional",
    }  # fmt: skip
    of_reports = ("held", "late")
    counts = {
        name: _count(found[column]) + (report_unit(stratum) if name in of_reports else unit_of(stratum))
        for name, column in columns.items()
    }
    if found["n_undated"]:
        counts["late"] += f"（另{found['n_undated']:,}{report_unit(stratum)}无日期）"
    return {"title": stratum_title(stratum), **counts}


def _step(stratum: Row, row: Row) -> dict[str, str]:
    is_within = row["share_within"] is not None
    is_nowhere = row["province_code"] == "unknown"
    return {
        "title": stratum_title(stratum) + ("（省份不详）" if is_nowhere else ""),
        "step": STEPS[row["step"]].zh,
        "samples": _count(row["n_samples"]) + report_unit(stratum),
        "p50": _count(row["p50_days"]),
        "p95": _count(row["p95_days"]),
        "standard": _count(row["standard_days"]),
        "share": percent(row["share_within"]) if is_within else "—",
    }


def _waiting(row: Row) -> str:
    return "，".join(_waits(row)) + "。"


def _waits(row: Row) -> Iterator[str]:
    yield f"{FEEDS[row['feed']].zh}：本季隔离{row['n_rows_quarantined']:,}行（{row['n_samples_quarantined']:,}批次）"
    yield f"季度不详的隔离行{row['n_rows_of_no_quarter']:,}行"
    yield f"附表未齐、暂不计入的公告{row['n_notices_held']:,}件（不分季度）"


def _count(value: int | None) -> str:
    return "—" if value is None else f"{value:,}"
