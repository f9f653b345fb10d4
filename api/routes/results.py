"""/v1/results: counts, rates and intervals of each stratum, split as asked."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.cells import cell_parameters, n_unknown_province, read_results
from api.models import ResultRow, Table
from api.parameters import ResultsQuery
from api.policy import labels_of, require_published
from api.problems import Text
from api.questions import check_codes
from api.release_reader import OpenRelease

__all__ = ["router"]

router = APIRouter()

_OF_NO_PROVINCE = Text(
    "合计含省份不详的批次；全省的排序、指标、变化和上下限不含，按省份取数请加 province。",
    "Totals hold samples of unknown province; rankings, indicators, changes and bounds of a province don't: name the "
    "province to have its own.",
)


@router.get("/results", response_model=Table[ResultRow], summary="抽检结果 Results")
async def results(
    request: Request,
    query: Annotated[ResultsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """各类抽检的批次数、合格率及其 95% 区间；不同类型的抽检从不相加。
    Counts, rates and their 95 % intervals; kinds of sampling are never added together."""
    require_published(query.sampling_type, query.feed, is_office=release.is_office)
    check_codes(
        release.vocabulary,
        province=query.province,
        prefecture=query.prefecture,
        category=query.category,
        feed=query.feed,
    )
    by = query.by.split(",") if query.by else []
    filters = query.model_dump(exclude={"format", "limit", "cursor", "by"})
    parameters = cell_parameters(by=by, **filters)
    is_mixed = query.province is None and query.prefecture is None and n_unknown_province(release, parameters) > 0
    notes = (*labels_of(query.sampling_type, is_office=release.is_office), *((_OF_NO_PROVINCE,) if is_mixed else ()))
    question = TableQuestion(
        lambda n_rows, after: read_results(release, parameters, n_rows=n_rows, after=after), "results", notes
    )
    return await answer_table(request, release, query, question)
