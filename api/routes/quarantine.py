"""/v1/quarantine: rows that could not be accepted, and why; all for who reads what is the office's, and for a sender
those of a batch that was sent with its key.

It reads the lake as it is now, as `choucha quarantine list` and `show` do, or as an earlier release was made of it.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.keys import require
from api.lake_modules import lake_module
from api.models import ProblemDocument, Table
from api.parameters import QuarantineListQuery, QuarantineQuery
from api.problems import Problem, Text
from api.receipt_rows import QuarantineRow
from api.release_reader import OpenRelease
from api.tables import Page, page_of
from api.vintages import asked_vintage, serving_senders
from warehouse.keys import READING, Key
from warehouse.settings import Settings

__all__ = ["router"]

router = APIRouter()

_REFUSALS: dict[int | str, dict[str, Any]] = {status: {"model": ProblemDocument} for status in (401, 403, 404)}
_NOTES = (
    Text(
        "不带 as_of 时为数据湖当前状态，可能比本次发布更新。更正后的文件请重新报送；样品被接受后其行离开隔离区。",
        "Without as_of this is the lake as it is now, which may be newer than the release. Send the corrected file "
        "again; a row leaves quarantine once its sample is accepted.",
    ),
)


@router.get(
    "/quarantine",
    response_model=Table[QuarantineRow],
    responses=_REFUSALS,
    dependencies=[Depends(require(*sorted(READING)))],
    summary="隔离数据 Quarantine",
)
async def quarantine(
    request: Request,
    query: Annotated[QuarantineListQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """隔离的行：规则、位置、原文和说明，新收的文件在前；需要办公室密钥。
    Rows in quarantine: rule, place, what was found and what to do, newest file first; needs a key of the office."""
    return await _answer(request, release, query, feed=query.feed)


@router.get(
    "/quarantine/{batch_id}",
    response_model=Table[QuarantineRow],
    responses=_REFUSALS,
    summary="一批的隔离数据 Quarantine of one batch",
)
async def quarantine_of_batch(
    request: Request,
    batch_id: str,
    query: Annotated[QuarantineQuery, Query()],
    key: Annotated[Key, Depends(require("intake", *sorted(READING)))],
    release: Annotated[OpenRelease, Depends(serving_senders)],
) -> Response:
    """一个批次的隔离行；批次编号见回执。intake 权限的密钥只可读取用它报送的批次。
    Rows in quarantine of one batch, which the receipt names. A key of scope intake reads batches that were sent with
    it."""
    settings: Settings = request.app.state.settings
    inquiry = lake_module("warehouse.inquiry", settings)
    keys = await run_in_threadpool(inquiry.keys_of_batch, settings, batch_id)
    is_for_sender = not set(key.scopes) & READING
    if keys is None or (is_for_sender and key.name not in keys):
        text = Text(
            f"没有批次 {batch_id}，或不是用此密钥报送的；编号见回执。",
            f"There is no batch {batch_id}, or it was not sent with this key; the receipt names it.",
        )
        raise Problem("not-found", text)
    return await _answer(request, release, query, batch=batch_id, is_for_sender=is_for_sender)


async def _answer(request: Request, release: OpenRelease, query: QuarantineQuery, **of: Any) -> Response:
    settings: Settings = request.app.state.settings
    module = lake_module("warehouse.quarantine", settings)
    chosen = module.Chosen(**of, rule=query.rule, everything=query.state == "all")

    of_release = None if asked_vintage(request) is None else release.info.release_id

    def read(n_rows: int, after: str | None) -> Page:
        return page_of(
            lambda key, limit: module.quarantined_page(settings, chosen, after=key, limit=limit, release_id=of_release),
            n_rows=n_rows,
            after=after,
        )

    question = TableQuestion(read, "quarantine", _NOTES, is_settled=False)
    return await answer_table(request, release, query, question)
