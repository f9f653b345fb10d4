"""/v1/timeliness: how long each step took, from sampling to the warning, against a service standard."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.follow_up_rows import TimelinessRow
from api.models import Table
from api.parameters import TimelinessQuery
from api.policy import require_published
from api.problems import ParameterError, Problem, Text
from api.questions import check_codes
from api.release_reader import OpenRelease

__all__ = ["router"]

router = APIRouter()

_NOTES = (
    Text(
        "各步骤的中位天数和第 95 百分位天数（自然日）：抽样至出结论（全部批次）、结论至终局、终局至发布消费提示"
        "（不合格批次）。不足 30 批次不给天数。各类抽检分列，不相加；没有发布提示的批次不在最后一步内。",
        "Median and 95th percentile of calendar days: sampling to conclusion (all samples), conclusion to final, and "
        "final to the first warning (failed ones). Below 30 samples no days are given. Kinds of sampling stand apart; "
        "what no warning tells of is not in the last step.",
    ),
    Text(
        "标准天数的依据见 standard_source；写明“待确认”的由办公室自定。",
        "standard_source says where a standard comes from; 待确认 marks the office's own, to be confirmed.",
    ),
)


@router.get("/timeliness", response_model=Table[TimelinessRow], summary="时效 Timeliness")
async def timeliness(
    request: Request,
    query: Annotated[TimelinessQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """从抽样到出结论、终局、发布提示各用多少天，与服务标准对照。
    Days from sampling to conclusion, to being final, and to the warning, against the service standard."""
    if query.sampling_type is not None:
        require_published(query.sampling_type, query.feed, is_office=release.is_office)
    if query.quarter is not None and query.quarter.endswith("YTD"):
        text = Text(
            "百分位数不能由各季度相加得出，请指明一个季度，如 2026Q2。",
            "Percentiles of quarters don't add up to those of a year: name a quarter, such as 2026Q2.",
        )
        raise Problem("invalid-parameter", text, [ParameterError("quarter", query.quarter, text, ("2026Q2",))])
    check_codes(release.vocabulary, province=query.province, prefecture=query.prefecture)
    parameters = {
        **query.model_dump(include={"feed", "sampling_type", "quarter", "province", "prefecture", "step"}),
        "by_prefecture": query.by == "prefecture",
    }
    question = TableQuestion.of_statement(release, "timeliness", parameters, file_stem="timeliness", notes=_NOTES)
    return await answer_table(request, release, query, question)
