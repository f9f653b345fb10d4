"""/v1/prefectures, /v1/categories, /v1/hazards: the codes that the other tables use."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.models import CategoryRow, HazardRow, PrefectureRow, Table
from api.parameters import CategoriesQuery, HazardsQuery, PrefecturesQuery
from api.questions import check_codes
from api.release_reader import OpenRelease

__all__ = ["router"]

router = APIRouter()


@router.get("/prefectures", response_model=Table[PrefectureRow], summary="市州 Prefectures")
async def prefectures(
    request: Request,
    query: Annotated[PrefecturesQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """市州及其行政区划代码；查不到归属的记作 unknown。
    Prefectures with their codes; where it is not known, tables say `unknown`."""
    check_codes(release.vocabulary, province=query.province)
    question = TableQuestion.of_statement(release, "prefectures", {"province": query.province}, file_stem="prefectures")
    return await answer_table(request, release, query, question)


@router.get("/categories", response_model=Table[CategoryRow], summary="类别 Categories")
async def categories(
    request: Request,
    query: Annotated[CategoriesQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """各报送来源的两级类别。
    The two levels of categories of each feed."""
    question = TableQuestion.of_statement(release, "categories", {"feed": query.feed}, file_stem="categories")
    return await answer_table(request, release, query, question)


@router.get("/hazards", response_model=Table[HazardRow], summary="危害类别 Hazards")
async def hazards(
    request: Request,
    query: Annotated[HazardsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """危害类别，以及遇到时怎么办。
    Hazard classes, and what to do."""
    question = TableQuestion.of_statement(release, "hazards", {}, file_stem="hazards")
    return await answer_table(request, release, query, question)
