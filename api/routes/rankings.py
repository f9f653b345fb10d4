"""/v1/rankings: the prefectures of one stratum, never a bare rank and never two kinds of sampling together."""

from __future__ import annotations

from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.cells import cell_parameters, read_results
from api.models import RankingRow, Table
from api.parameters import RankingsQuery
from api.policy import labels_of, require_published, require_ranked
from api.problems import Text
from api.questions import check_codes
from api.release_reader import OpenRelease
from api.tables import Page

__all__ = ["router"]

router = APIRouter()

_READ_RANKS = Text(
    "位次按合格率排列，须连同其 95% 区间读：区间重叠很大时，先后没有意义。率不公布者不排位次；"
    "公布比率的市州不足两个时，没有位次和漏斗图界限。",
    "Ranks follow the rates and are read with their simultaneous 95 % intervals: where those overlap widely, the order "
    "means nothing. Prefectures whose rate is withheld are listed without rank; where fewer than two rates are shown "
    "there are neither ranks nor funnel limits.",
)
_NO_RANK_BY_LEVEL = Text("按级别（level）筛选时不排位次。", "No ranks within one level: leave level out to have them.")
_RANKS = {
    "rank": pa.int64(),
    "rank_low": pa.int64(),
    "rank_high": pa.int64(),
    "indistinguishable_from": pa.list_(pa.string()),
    "funnel_95_low": pa.float64(),
    "funnel_95_high": pa.float64(),
    "funnel_998_low": pa.float64(),
    "funnel_998_high": pa.float64(),
    "is_alarm": pa.bool_(),
    "shrunken_rate": pa.float64(),
    "standardised_rate": pa.float64(),
    "n_ranked": pa.int64(),
    "provincial_rate": pa.float64(),
    "rankability": pa.float64(),
    "is_overdispersed": pa.bool_(),
}


@router.get("/rankings", response_model=Table[RankingRow], summary="市州比较 Rankings")
async def rankings(
    request: Request,
    query: Annotated[RankingsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """同一类抽检中各市州的比较；监督抽查不作排名。
    The prefectures of one stratum; supervision sampling is not ranked."""
    sampling_type = query.sampling_type
    require_published(sampling_type, query.feed, is_office=release.is_office)
    require_ranked(sampling_type, is_office=release.is_office)
    check_codes(
        release.vocabulary,
        province=query.province,
        prefecture=query.prefecture,
        category=query.category,
        feed=query.feed,
    )
    filters = query.model_dump(exclude={"format", "limit", "cursor"})
    parameters = cell_parameters(by=["prefecture"], **filters)
    note = _READ_RANKS if query.level is None else _NO_RANK_BY_LEVEL

    def read(n_rows: int, after: str | None) -> Page:
        with ThreadPoolExecutor(max_workers=1) as beside:
            ranks = beside.submit(_ranks, release, query)
            page = read_results(release, parameters, n_rows=n_rows, after=after)
            return replace(page, rows=_with_ranks(page.rows, ranks.result()))

    notes = (note, *labels_of(sampling_type, is_office=release.is_office))
    return await answer_table(request, release, query, TableQuestion(read, "rankings", notes))


def _ranks(release: OpenRelease, query: RankingsQuery) -> dict[str | None, dict[str, Any]]:
    """What is known of each ranked prefecture of the stratum, by its code; nothing within one level."""
    if query.level is not None:
        return {}
    stratum = query.model_dump(include={"feed", "sampling_type", "quarter", "stage", "category"})
    return {row["prefecture_code"]: row for row in release.query("ranks", stratum).to_pylist()}


def _with_ranks(rows: pa.Table, ranks: Mapping[str | None, Mapping[str, Any]]) -> pa.Table:
    places = [ranks.get(code, {}) for code in rows.column("prefecture_code").to_pylist()]
    for name, kind in _RANKS.items():
        rows = rows.append_column(name, pa.array([place.get(name) for place in places], kind))
    return rows
