"""/v1/explain: the samples behind a figure, down to file, sheet and row; for holders of an office key.

It reads the lake, at the versions that the release names: an installation that serves the public alone has none.
"""

from __future__ import annotations

from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.keys import require
from api.lake_modules import lake_module
from api.models import LineageRow, ProblemDocument, Table
from api.parameters import ExplainQuery
from api.policy import labels_of, require_published
from api.problems import Text
from api.questions import check_codes
from api.release_reader import OpenRelease
from api.tables import Page, page_in
from warehouse.release import read_manifest
from warehouse.settings import Settings

__all__ = ["router"]

router = APIRouter()

_HOW = Text(
    "choucha explain … --rederive 可由归档原件重新推算该数字。",
    "choucha explain … --rederive derives the figure anew from the archived files.",
)


@router.get(
    "/explain",
    response_model=Table[LineageRow],
    responses={status: {"model": ProblemDocument} for status in (401, 403, 404)},
    dependencies=[Depends(require("office:read"))],
    summary="数字溯源 Where a figure comes from",
)
async def explain(
    request: Request,
    query: Annotated[ExplainQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """一个数字由哪些批次构成，各在哪个文件、工作表、第几行；需要办公室密钥。
    The samples that a figure was counted from, each with file, hash, sheet and rows; needs a key of the office."""
    require_published(query.sampling_type, query.feed, is_office=True)
    check_codes(
        release.vocabulary,
        province=query.province,
        prefecture=query.prefecture,
        category=query.category,
        feed=query.feed,
    )
    settings: Settings = request.app.state.settings
    figure = query.model_dump(exclude={"format", "limit", "cursor"})

    def read(n_rows: int, after: str | None) -> Page:
        return page_in(_lineage(settings, release.info.release_id, figure), n_rows=n_rows, after=after)

    notes = (_HOW, *labels_of(query.sampling_type, is_office=True))
    return await answer_table(request, release, query, TableQuestion(read, "explain", notes, is_settled=False))


def _lineage(settings: Settings, release_id: str, figure: dict[str, Any]) -> pa.Table:
    tracing = lake_module("warehouse.lineage", settings)
    manifest = read_manifest(settings, release_id)
    rows: pa.Table = tracing.lineage(settings, manifest.lake_versions, manifest.as_of, tracing.Figure(**figure))
    return rows
