"""/v1/indicators: what the province has promised, beside what sampling says of it; proxies are marked."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.indicator_row import IndicatorRow
from api.models import Table
from api.parameters import IndicatorsQuery
from api.policy import WHY_SUPERVISION
from api.problems import ParameterError, Problem, Text
from api.questions import check_codes
from api.release_reader import OpenRelease
from warehouse.sampling_types import RANKED_TYPES

__all__ = ["router"]

router = APIRouter()

_NOTES = (
    Text(
        "target_status 说的是该期数值现在达到（met）还是低于（not_met）目标值，整个 95% 区间都在目标值一侧时才下结论，"
        "否则为 undecided；目标年度（target_year）结束前不是达标结论。目标依据见 target_source，"
        "填报数值的出处见 source。",
        "target_status says whether the period's value now reaches the target (met) or lies below it (not_met), only "
        "when the whole 95 % interval lies on one side; else undecided. Until target_year is over it is no verdict. "
        "target_source names who promised it, source who published a figure that is not sampled.",
    ),
    Text(
        "is_proxy 为 true 的指标是替代：制造业产品质量合格率由生产领域监督抽查计算，不作达标判断。"
        + WHY_SUPERVISION.zh,
        "is_proxy marks a stand-in: that of manufactured products comes from supervision sampling at the producer and "
        "is no verdict on the target. " + WHY_SUPERVISION.en,
    ),
    Text(
        "baselines 为有关城市自行公布的参考线，口径与本表不同，不可直接比较。",
        "baselines are lines that cities publish, counted by rules of their own; they do not compare directly.",
    ),
)


@router.get("/indicators", response_model=Table[IndicatorRow], summary="质量指标 Indicators")
async def indicators(
    request: Request,
    query: Annotated[IndicatorsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """省级质量目标的完成情况：指标值及其 95% 区间、目标、与上年同期的变化、余期所需合格率。
    The province's targets: value with its interval, target, change on the year before, and what the rest of the year
    needs."""
    check_codes(release.vocabulary, province=query.province, prefecture=query.prefecture)
    if query.indicator is not None:
        known = await run_in_threadpool(release.query, "indicator_codes", {})
        _check({row["indicator_code"]: row for row in known.to_pylist()}, query)
    parameters = {
        **query.model_dump(include={"indicator", "province", "prefecture", "quarter"}),
        "by_prefecture": query.by == "prefecture",
    }
    question = TableQuestion.of_statement(release, "indicators", parameters, file_stem="indicators", notes=_NOTES)
    return await answer_table(request, release, query, question)


def _check(known: Mapping[str, Mapping[str, Any]], query: IndicatorsQuery) -> None:
    """Raises Problem for an indicator that the release does not know, and for areas of one that has none."""
    found = known.get(query.indicator or "")
    if found is None:
        allowed = tuple(known)
        text = Text(
            f"没有指标“{query.indicator}”，可用：{'、'.join(allowed)}。",
            f"There is no indicator {query.indicator!r}; allowed: {', '.join(allowed)}.",
        )
        raise Problem("invalid-parameter", text, [ParameterError("indicator", query.indicator, text, allowed)])
    if (query.prefecture is None and query.by is None) or found["sampling_type"] in RANKED_TYPES:
        return
    if found["sampling_type"] is None:
        text = Text(
            f"{found['name_zh']}不由抽检计算，只有全省数值，请去掉 prefecture 和 by。",
            f"{found['name_en']} is not sampled and is of the whole province: leave out prefecture and by.",
        )
        raise Problem("invalid-parameter", text, [ParameterError("prefecture", query.prefecture, text)])
    only = Text("因此该指标只有全省数值。", "Hence this indicator is of the whole province alone.")
    raise Problem("not-ranked", Text(WHY_SUPERVISION.zh + only.zh, f"{WHY_SUPERVISION.en} {only.en}"))
