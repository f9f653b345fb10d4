"""/v1/recalls: defective consumer goods that were called back, newest first, with the warnings of the same goods."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.follow_up_rows import RecallRow
from api.models import Table
from api.parameters import RecallsQuery
from api.problems import Text
from api.questions import words_of
from api.release_reader import OpenRelease

__all__ = ["recall_parameters", "router"]

router = APIRouter()

_NOTES = (
    Text(
        "warnings 为说的是同一产品的消费提示：召回公告指明的（warning_id、sample_no），否则须生产者和产品名称都相同"
        "（producer_and_product），不作更多推测。没有列出不等于没有问题。",
        "warnings are those of the same goods: named by the recall (warning_id, sample_no), else of the same producer "
        "and product; nothing is guessed further. A product that is not listed is not thereby safe.",
    ),
)


@router.get("/recalls", response_model=Table[RecallRow], summary="缺陷消费品召回 Recalls")
async def recalls(
    request: Request,
    query: Annotated[RecallsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """缺陷消费品召回，新的在前；已撤销的仍列出并标明。
    Recalls of defective consumer goods, newest first; those taken back stay listed and say so."""
    question = TableQuestion.of_statement(
        release, "recalls", recall_parameters(query), file_stem="recalls", notes=_NOTES
    )
    return await answer_table(request, release, query, question)


def recall_parameters(query: RecallsQuery) -> dict[str, Any]:
    """The filters as the statement takes them. Raises Problem when there are too many words."""
    return query.model_dump(include={"kind", "status", "warning_id"}) | {"words": words_of(query.q)}
