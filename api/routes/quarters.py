"""/v1/quarters: the results of a quarter as one object, stratum by stratum, as the other tables say them."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Built, TableQuestion, answer, answer_table, asked_of, serving
from api.models import One, ProblemDocument, Table
from api.parameters import QuarterlyQuery, QuartersQuery
from api.policy import labels_of
from api.problems import Problem, Text
from api.quarter_rows import QuarterlyResults, QuarterRow
from api.release_reader import OpenRelease
from api.rendering import MEDIA_TYPES, json_bytes, meta_of
from api.tables import Page, page_of
from api.vintages import notes_on_vintage
from warehouse.quarterly import quarter_rows, quarterly_results

__all__ = ["router"]

router = APIRouter()

_APART = Text(
    "各类抽检目的不同，分层列出，从不相加；企业数、不合格项目占比也不可跨行相加。",
    "Kinds of sampling have different purposes: they stand side by side and are never added. Distinct enterprises and "
    "shares of failed items don't add up either.",
)


@router.get("/quarters", response_model=Table[QuarterRow], summary="季度 Quarters")
async def quarters(
    request: Request,
    query: Annotated[QuartersQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """有数据的各季度，新的在前。
    Quarters with figures, newest first."""

    def read(n_rows: int, after: str | None) -> Page:
        return page_of(lambda key, limit: quarter_rows(release.ask, after=key, limit=limit), n_rows=n_rows, after=after)

    return await answer_table(request, release, query, TableQuestion(read, "quarters", notes=(_APART,)))


@router.get(
    "/quarters/{quarter}",
    response_model=One[QuarterlyResults],
    responses={404: {"model": ProblemDocument}},
    summary="季度结果 Results of a quarter",
)
async def one_quarter(
    request: Request,
    quarter: str,
    query: Annotated[QuarterlyQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """一个季度的结果：各层总体、市州、类别、不合格项目、涉及企业、变化、指标、需关注事项与数据质量。
    The results of a quarter: each stratum as a whole, by prefecture, category and stage, its failed items, enterprises,
    changes, what is notable, the indicators and the quality of the data."""
    asked = asked_of(query)

    def build() -> Built:
        found = quarterly_results(release.ask, quarter)
        if found is None:
            raise _no_quarter(release, quarter)
        path = request.url.path + (f"?{urlencode(asked)}" if asked else "")
        notes = (*notes_on_vintage(request), _APART, *labels_of(None, is_office=release.is_office))
        document = {
            "meta": {**meta_of(release.info, notes), "total": 1},
            "item": found,
            "links": {"self": path, "next": None},
        }
        return json_bytes(document), {"Content-Type": MEDIA_TYPES["json"]}

    return await answer(request, release, asked, build)


def _no_quarter(release: OpenRelease, quarter: str) -> Problem:
    known = [str(row["quarter"]) for row in quarter_rows(release.ask, limit=1_000).to_pylist()]
    text = Text(
        f"本次发布没有“{quarter}”的季度结果，有：{'、'.join(known) or '（无）'}。",
        f"This release has no results of {quarter!r}; it has: {', '.join(known) or 'none'}.",
    )
    return Problem("not-found", text)
