"""/v1/rankings: the prefectures of one stratum, never a bare rank and never two kinds of sampling together."""

from __future__ import annotations

from typing import Annotated

import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.cells import STATEMENT, cell_parameters
from api.models import RankingRow, Table
from api.parameters import RankingsQuery, check_codes
from api.policy import RANKED, require_published, require_ranked
from api.problems import ParameterError, Problem, Text
from api.release_reader import OpenRelease

__all__ = ["router"]

router = APIRouter()

_NO_RANK_YET = Text(
    "本版尚未计算位次及其区间，位次各栏为空；各地按行政区划代码排列，请连同区间比较。",
    "Ranks and their intervals are not computed yet, so their columns are null; "
    "prefectures stand in the order of their codes: compare them with their intervals.",
)


@router.get("/rankings", response_model=Table[RankingRow], summary="市州比较 Rankings")
async def rankings(
    request: Request,
    query: Annotated[RankingsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """同一类抽检中各市州的比较；监督抽查不作排名。
    The prefectures of one stratum; supervision sampling is not ranked."""
    sampling_type = query.sampling_type
    if sampling_type is None:
        text = Text(
            "请指明 sampling_type：不同类型的抽检目的不同，不能放在一起比较。",
            "Name one sampling_type: kinds of sampling have different purposes and cannot be compared together.",
        )
        raise Problem("one-stratum", text, [ParameterError("sampling_type", None, text, RANKED)])
    require_published(sampling_type, query.feed)
    require_ranked(sampling_type)
    check_codes(
        release.vocabulary,
        province=query.province,
        prefecture=query.prefecture,
        category=query.category,
        feed=query.feed,
    )
    filters = query.model_dump(exclude={"format", "limit", "cursor"})
    parameters = cell_parameters(by=["prefecture"], **filters)
    question = TableQuestion.of_statement(
        release, STATEMENT, parameters, file_stem="rankings", notes=(_NO_RANK_YET,), finish=_with_ranks
    )
    return await answer_table(request, release, query, question)


def _with_ranks(rows: pa.Table) -> pa.Table:
    for name in ("rank", "rank_low", "rank_high"):
        rows = rows.append_column(name, pa.nulls(rows.num_rows, pa.int64()))
    return rows.append_column("indistinguishable_from", pa.nulls(rows.num_rows, pa.list_(pa.string())))
