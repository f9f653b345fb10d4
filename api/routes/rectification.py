"""/v1/rectification and, for the office, /v1/overdue: what became of failed samples once they were final.

Rectification follows up failures one by one; it says nothing of an area's quality, so supervision is shown too.
"""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.follow_up_rows import OverdueRow, RectificationRow
from api.keys import require
from api.models import Table
from api.parameters import OverdueQuery, RectificationQuery
from api.policy import require_published
from api.problems import Text
from api.questions import check_codes, quarter_span
from api.release_reader import OpenRelease
from warehouse.keys import READING

__all__ = ["router"]

router = APIRouter()

_NOTES = (
    Text(
        "整改率 = 已整改批次 / 已终局的不合格批次，按样品所属季度统计。最近一次整改或回头看的结果为完成，才算已整改。"
        "各类抽检分列，不相加。新近的季度尚在整改期限之内，率低不等于拖延。",
        "The share is rectified / failed and final, by the quarter of the sample. Rectified: the latest rectification "
        "or look-back is done. Kinds of sampling stand apart and are never added. In recent quarters the days to "
        "rectify run on: a low share there is no delay.",
    ),
    Text(
        "整改率反映不合格之后的处置，不反映当地产品质量；处置以各机关报送为准，未报送的视为未整改。",
        "It tells of what followed a failure, not of the quality of an area's goods. What no authority has reported "
        "counts as not rectified.",
    ),
)


@router.get("/rectification", response_model=Table[RectificationRow], summary="整改率 Rectification")
async def rectification(
    request: Request,
    query: Annotated[RectificationQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """不合格批次的整改率，连同 95% 区间；各类抽检分列。
    How many failed samples were rectified, with 95 % intervals; kinds of sampling apart."""
    if query.sampling_type is not None:
        require_published(query.sampling_type, query.feed, is_office=release.is_office)
    check_codes(release.vocabulary, province=query.province, prefecture=query.prefecture)
    span = quarter_span(query.quarter, by_quarter=False)
    parameters = {
        **query.model_dump(include={"feed", "sampling_type", "province", "prefecture"}),
        "first": span.first,
        "last": span.last,
        "period": span.period,
        "by_prefecture": query.by == "prefecture" or query.prefecture is not None,
    }
    question = TableQuestion.of_statement(release, "rectification", parameters, file_stem="rectification", notes=_NOTES)
    return await answer_table(request, release, query, question)


@router.get(
    "/overdue",
    response_model=Table[OverdueRow],
    dependencies=[Depends(require(*sorted(READING)))],
    summary="逾期未整改 What is overdue",
)
async def overdue(
    request: Request,
    query: Annotated[OverdueQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """终局后逾期未整改的不合格批次，逾期最久的在前（办公室，密钥）。
    Failed samples that are final and not rectified in time, the longest overdue first; for the office (a key)."""
    check_codes(release.vocabulary, prefecture=query.prefecture)
    parameters = query.model_dump(include={"feed", "sampling_type", "quarter", "prefecture", "state"})
    question = TableQuestion.of_statement(release, "overdue", parameters, file_stem="overdue")
    return await answer_table(request, release, query, question)
