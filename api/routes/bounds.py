"""/v1/bounds: how far each published rate could lie from what is shown, whatever becomes of what is missing from it."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.bounds_row import BoundsRow
from api.cells import check_first_level
from api.models import Table
from api.parameters import BoundsQuery
from api.policy import labels_of, require_published
from api.problems import Text
from api.questions import check_codes
from api.release_reader import OpenRelease

__all__ = ["router"]

router = APIRouter()

_NOTES = (
    Text(
        "最低：隔离批次和归属不详的批次凡可能属于此处者全部按不合格计；最高：全部按合格计。这不是抽样误差的区间"
        "（见 /v1/results 的 95% 区间）。率不公布时界限也不公布，否则由界限可推出该率。",
        "Lowest: every quarantined sample that could belong here failed, and so did those whose place is unknown; "
        "highest: they passed. No interval of chance (/v1/results has that). Where the rate is withheld so are its "
        "bounds, which would tell it.",
    ),
    Text(
        "附表未齐而暂不计入的批次（n_held）和整份退回的文件（n_rejected_files）所含批次数不明，列于一旁，界限未含。",
        "Samples held until their notice is complete (n_held) and files rejected whole (n_rejected_files) stand "
        "beside, in no bound: how many samples are missing there nobody knows.",
    ),
)


@router.get("/bounds", response_model=Table[BoundsRow], summary="最不利界限 Worst-case bounds")
async def bounds(
    request: Request,
    query: Annotated[BoundsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """各合格率在隔离和归属不详的批次全部不合格或全部合格时会是多少；不同类型的抽检从不相加。
    What each rate would be if all that is quarantined or unplaced had failed, or had passed; kinds of sampling are
    never added together."""
    require_published(query.sampling_type, query.feed, is_office=release.is_office)
    check_codes(
        release.vocabulary,
        province=query.province,
        prefecture=query.prefecture,
        category=query.category,
        feed=query.feed,
    )
    if query.category is not None:
        await check_first_level(release, query.feed, query.category)
    parameters = query.model_dump(exclude={"format", "limit", "cursor"})
    notes = (*_NOTES, *labels_of(query.sampling_type, is_office=release.is_office))
    question = TableQuestion.of_statement(release, "bounds", parameters, file_stem="bounds", notes=notes)
    return await answer_table(request, release, query, question)
