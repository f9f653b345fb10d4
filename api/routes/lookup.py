"""/v1/lookup: whether a recall or warning names a product, producer or batch, it conformed, or neither."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.known_samples import KnownSamples
from api.lookup_rows import KINDS_APART, LookupRow
from api.lookup_search import found, sought_of
from api.models import ProblemDocument, Table
from api.parameters import LookupQuery
from api.policy import WHY_SUPERVISION
from api.release_reader import OpenRelease
from api.vintages import refuse_taken_back

__all__ = ["router"]

router = APIRouter()

_NOTES = (KINDS_APART, WHY_SUPERVISION)


@router.get(
    "/lookup",
    response_model=Table[LookupRow],
    responses={404: {"model": ProblemDocument}},
    dependencies=[Depends(refuse_taken_back)],
    summary="查产品 Look-up",
)
async def lookup(
    request: Request,
    query: Annotated[LookupQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """按产品、企业、批号或召回编号查（至少两个字）：召回和消费提示点名的、抽检合格的（按抽检类型分列批次数、季度、日期），
    或没有查到。
    Recalls and warnings that name it; conforming samples by kind of sampling, with quarters and latest date; or a
    row that says that there is none. Two characters at least; blanks, punctuation, width and case don't count."""
    sought = sought_of(query)
    samples: KnownSamples = request.app.state.samples
    async with samples.reading(release) as known:
        question = TableQuestion(
            lambda n_rows, after: found(known, sought, n_rows=n_rows, after=after), "lookup", _NOTES
        )
        return await answer_table(request, release, query, question)
