"""/v1/changes: what happened to warnings since a cursor, each change once, over all releases."""

from __future__ import annotations

from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.answers import Built, answer, asked_of, serving
from api.change_log import ChangePage, Cursor, changes_after, decode, encode, require_known
from api.feed_rows import Changes
from api.models import ProblemDocument
from api.parameters import Parameters
from api.problems import Problem, Text
from api.release_reader import OpenRelease
from api.rendering import MEDIA_TYPES, json_bytes, meta_of
from api.warning_record import later_release
from warehouse.release import current_release_id, list_releases
from warehouse.settings import Settings

__all__ = ["router"]

router = APIRouter()


class ChangesQuery(Parameters):
    """Where to go on, and how far."""

    since: Annotated[str, Field(max_length=2_000)] | None = Field(
        default=None, description="meta.cursor of the answer before; absent: from the beginning. 上次回答的游标"
    )
    limit: int = Field(default=100, ge=1, le=1_000, description="Changes of one page. 每页条数")


@router.get(
    "/changes",
    response_model=Changes,
    responses={410: {"model": ProblemDocument, "description": "The cursor is of another installation. 游标不属于此处"}},
    summary="消费提示的变动 What changed in the warnings",
)
async def changes(
    request: Request, query: Annotated[ChangesQuery, Query()], release: Annotated[OpenRelease, Depends(serving)]
) -> Response:
    """自游标以来消费提示的每一次变动，先发生的在前，不漏不重；没有新变动时也给出游标，下次原样使用。
    Every change of a warning since the cursor, the oldest first, none skipped and none twice. The answer always holds
    the cursor to go on with, also when nothing is new."""
    cursor = decode(query.since)
    async with later_release(request, release) as later:
        is_behind = await _is_behind(request, release, later, cursor)
        path, asked = request.url.path, asked_of(query)

        def build() -> Built:
            log = later or release
            require_known(log, cursor, query.since)
            page = ChangePage([], cursor, 0) if is_behind else changes_after(release, log, cursor, query.limit)
            meta = {**meta_of(release.info, ()), "total": page.total, "cursor": encode(page.cursor)}
            onward = {**asked, "since": meta["cursor"]} if page.has_more else None
            links = {"self": _link(path, asked), "next": onward and _link(path, onward)}
            headers = {"Content-Type": MEDIA_TYPES["json"]}
            if links["next"]:
                headers["Link"] = f'<{links["next"]}>; rel="next"'
            return json_bytes({"meta": meta, "items": page.items, "links": links}), headers

        return await answer(request, release, asked, build, is_settled=later is None and not is_behind)


async def _is_behind(request: Request, release: OpenRelease, later: OpenRelease | None, cursor: Cursor) -> bool:
    """Whether the client knows a release that serves already and that this process is about to open.

    Raises Problem where it knows one that is not here, or that cannot be read.
    """
    if cursor.furthest <= release.info.release_id:
        return False
    settings: Settings = request.app.state.settings
    current, released = await run_in_threadpool(lambda: (current_release_id(settings), list_releases(settings)))
    if cursor.furthest > released[-1]:
        text = Text(
            "该游标来自此处尚未收到的一次发布，请稍后再试；若一直如此，请清空副本，不带 since 从头开始。",
            "This cursor comes from a release that is not here yet; try again. If it stays so, empty your copy and "
            "begin anew without since.",
        )
        raise Problem("cursor-ahead", text, headers={"Retry-After": "30"})
    if later is None:
        text = Text("收回的发布暂时无法读取，请稍后再试。", "A release that was taken back cannot be read; try again.")
        raise Problem("release-unreadable", text, headers={"Retry-After": "30"})
    return current != release.info.release_id


def _link(path: str, asked: dict[str, Any]) -> str:
    return f"{path}?{urlencode(asked)}" if asked else path
