"""/v1/reviews: what waits for the office, and its decisions, each a file in landing like any other input."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime
from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request
from pydantic import BaseModel, ConfigDict, Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.keys import require
from api.models import ProblemDocument, ReviewList, ReviewTaken
from api.problems import Problem, Text
from api.questions import refuse_all
from api.rendering import MEDIA_TYPES, json_bytes
from warehouse.keys import Key
from warehouse.release import ReleaseNotFoundError
from warehouse.reviews import Action, Decision, ReviewError, decide, find_subject, waiting_warnings
from warehouse.settings import Settings

__all__ = ["router"]

router = APIRouter()

_REFUSALS: dict[int | str, dict[str, Any]] = {
    status: {"model": ProblemDocument} for status in (400, 401, 403, 404, 503)
}
_LONGEST = 2_000


class ReviewRequest(BaseModel):
    """A decision on one warning."""

    model_config = ConfigDict(extra="forbid", frozen=True)

    warning_id: str = Field(max_length=64, description="Its id, also the one that it would get. 编号")
    action: Action = Field(description="What is decided. 决定")
    reason: str | None = Field(
        default=None, max_length=_LONGEST, description="Why; required to hold or withdraw, and then public. 理由"
    )
    reason_en: str | None = Field(default=None, max_length=_LONGEST, description="The same in English.")
    advice_zh: str | None = Field(default=None, max_length=_LONGEST, description="Of an edit: the new advice. 建议")
    advice_en: str | None = Field(default=None, max_length=_LONGEST, description="The same in English.")


@router.get(
    "/reviews",
    response_model=ReviewList,
    responses=_REFUSALS,
    dependencies=[Depends(refuse_all)],
    summary="待审核的消费提示 What waits for the office",
)
async def reviews(request: Request, _: Annotated[Key, Depends(require("review"))]) -> Response:
    """待审核的消费提示（办公室，密钥权限 review）。
    Warnings that wait for a decision; for the office (a key of scope review)."""
    settings: Settings = request.app.state.settings
    items = await _asked(lambda: waiting_warnings(settings))
    return _told({"items": items}, 200)


@router.post(
    "/reviews",
    status_code=202,
    response_model=ReviewTaken,
    responses=_REFUSALS,
    dependencies=[Depends(refuse_all)],
    summary="审核决定 A decision on a warning",
)
async def review(
    request: Request, decision: ReviewRequest, key: Annotated[Key, Depends(require("review"))]
) -> Response:
    """同意、修改建议、暂缓或撤回一条消费提示（办公室，密钥权限 review）；决定写入收件区，下一次发布生效。
    Approve, edit, hold or withdraw a warning (a key of scope review). The decision lands as a file, under the name of
    the key, and takes effect with the next release."""
    settings: Settings = request.app.state.settings

    def take() -> dict[str, Any]:
        subject = find_subject(settings, decision.warning_id)
        said = decision.model_dump(exclude={"warning_id"})
        landed = decide(settings, subject, Decision(decided_by=key.name, decided_at=datetime.now(UTC), **said))
        about = {"warning_id": subject.warning_id, "action": decision.action, "state": subject.state}
        return about | {"n_samples": len(subject.sample_keys), "decided_by": key.name, "landed": landed.name}

    return _told(await _asked(take), 202)


async def _asked(work: Callable[[], Any]) -> Any:
    try:
        return await run_in_threadpool(work)
    except ReleaseNotFoundError as error:
        text = Text(
            "此处只有公开数据，不能审核；请在办公室的机器上审核（choucha review）。",
            "This machine has the public figures alone; review where the office's are (choucha review).",
        )
        raise Problem("not-here", text) from error
    except ReviewError as error:
        kind = "not-found" if error.is_unknown else "invalid-parameter"
        raise Problem(kind, Text(error.zh, error.en)) from error
    except OSError as error:
        text = Text(
            f"不能写入收件区（{error.strerror}），决定未被接受；请在可写的机器上重试，或用 choucha review。",
            f"Landing can't be written here ({error.strerror}): the decision was not taken. Send it where it may be "
            "written, or use choucha review.",
        )
        raise Problem("not-accepted", text) from error


def _told(document: dict[str, Any], status: int) -> Response:
    headers = {"Cache-Control": "private, no-store"}
    return Response(json_bytes(document), status, headers, media_type=MEDIA_TYPES["json"])
