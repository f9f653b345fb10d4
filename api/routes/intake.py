"""/v1/intake and /v1/receipts: a file is put into landing as it comes, and its sender asks what became of it.

Nothing is read here: a run takes the file like any other, and reads it in a child process.
"""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.bodies import SIDECAR_HEADER, take_body
from api.keys import lacks, require
from api.lake_modules import lake_module
from api.models import ProblemDocument
from api.openapi_document import FILE
from api.parameters import IntakeQuery
from api.problems import ParameterError, Problem, Text
from api.questions import refuse_all
from api.receipt_rows import ReceiptDocument, UploadTaken, UploadWaiting
from api.rendering import MEDIA_TYPES, json_bytes
from warehouse.contract import FORMS, feeds
from warehouse.keys import READING, Key
from warehouse.settings import Settings
from warehouse.uploads import receiving

__all__ = ["router"]

router = APIRouter()

_REFUSALS: dict[int | str, dict[str, Any]] = {status: {"model": ProblemDocument} for status in (401, 403, 404)}
_HEADERS = {
    SIDECAR_HEADER: "The side-car, one line of JSON, where the body has no place for it. 附带说明",
    "ce-specversion": "Of a CloudEvent in the binary mode: 1.0. CloudEvent 版本",
    "ce-id": "Its id. 事件编号",
    "ce-source": "Its source. 事件来源",
    "ce-type": "Its type. 事件类型",
    "ce-subject": "Its subject, taken for the name of the file. 文件名",
}
_BODY = {
    "parameters": [
        {"name": name, "in": "header", "required": False, "schema": {"type": "string"}, "description": meaning}
        for name, meaning in _HEADERS.items()
    ],
    "requestBody": {
        "required": True,
        "content": {
            "multipart/form-data": {
                "schema": {
                    "type": "object",
                    "required": ["file"],
                    "properties": {
                        "file": {"type": "string", "format": "binary"},
                        "sidecar": {"type": "string", "contentMediaType": "application/json"},
                    },
                }
            },
            "application/octet-stream": FILE,
            "application/cloudevents+json": {"schema": {"type": "object"}},
        },
    },
}
_ASK_AGAIN_SECONDS = "5"


@router.post(
    "/intake/{feed}",
    status_code=202,
    response_model=UploadTaken,
    responses=_REFUSALS | {status: {"model": ProblemDocument} for status in (400, 413, 415, 503)},
    openapi_extra=_BODY,
    summary="报送文件 Send a file",
)
async def intake(
    request: Request,
    feed: str,
    query: Annotated[IntakeQuery, Query()],
    key: Annotated[Key, Depends(require("intake"))],
) -> Response:
    """报送一个文件：表单（file，可附 sidecar）、CloudEvent 1.0，或文件内容本身；需要 intake 权限的密钥，
    figures、recalls、dispositions 还需要 review 权限。
    Sends one file: a form (`file`, and `sidecar` where there is one), a CloudEvent 1.0 in either mode, or the bytes
    themselves (`?name=`; the side-car in the header `X-Choucha-Sidecar`). Answers with where the receipt will be. Needs
    a key of scope intake; figures, recalls and dispositions speak for the office and need review beside it."""
    _check(feed, key)
    settings: Settings = request.app.state.settings
    try:
        with receiving(settings, feed) as upload:
            sent = await take_body(request, upload, query.name)
            landed = await run_in_threadpool(
                upload.land, sent.name, key=key.name, declared=sent.declared, event=sent.event
            )
    except OSError as error:
        text = Text(
            f"不能写入收件区（{error.strerror}），文件未被接受；请稍后再发，并告知办公室。",
            f"Landing can't be written here ({error.strerror}): the file was not taken. Send it later, and tell the "
            "office.",
        )
        raise Problem("not-accepted", text, headers={"Retry-After": "60"}) from error
    receipt = f"/v1/receipts/{upload.upload_id}"
    told = {"upload_id": upload.upload_id, "receipt": receipt, "feed": feed, "file_name": landed.name}
    return _told(told | {"size": upload.size, "sha256": upload.sha256}, 202, Location=receipt)


@router.get(
    "/receipts/{receipt_id}",
    response_model=ReceiptDocument,
    responses={**_REFUSALS, 202: {"model": UploadWaiting, "description": "Not processed yet. 尚未处理"}},
    dependencies=[Depends(refuse_all)],
    summary="回执 The receipt of a file",
)
async def receipt(
    request: Request, receipt_id: str, key: Annotated[Key, Depends(require("intake", *sorted(READING)))]
) -> Response:
    """文件的处理结果：按报送编号（u-…）或批次编号；未处理时为 202。
    What became of a file, by the id that sending it gave (u-…) or by its batch; 202 while it has not been processed. A
    key of scope intake reads the receipts of what was sent with it, a key of the office all."""
    settings: Settings = request.app.state.settings
    inquiry = lake_module("warehouse.inquiry", settings, may_be_empty=True)
    answer = await run_in_threadpool(inquiry.ask, settings, receipt_id)
    if answer is None or not (set(key.scopes) & READING or key.name in answer.keys):
        text = Text(
            "没有这个编号的回执，或不是用此密钥报送的；编号见报送时的 Location。",
            "There is no receipt of this id, or it was not sent with this key; the id is in the Location that sending "
            "it gave.",
        )
        raise Problem("not-found", text)
    if answer.receipt is None:
        waiting = {
            "upload_id": receipt_id,
            "state": "waiting",
            "message_zh": "文件已收到，尚未处理；请稍后再查。",
            "message_en": "The file was received and has not been processed yet; ask again later.",
        }
        return _told(waiting, 202, **{"Retry-After": _ASK_AGAIN_SECONDS})
    return _told(answer.receipt.public() | {"members": [each.public() for each in answer.inside]}, 200)


def _check(feed: str, key: Key) -> None:
    """Raises Problem for what nothing takes, and for a form by who may not speak for the office: what it says of an
    index, a recall, or a sample's fate is published with the next release, and nobody looks at it in between."""
    known = (*feeds(), *FORMS)
    if feed not in known:
        text = Text(
            f"没有“{feed}”这个报送来源，可用：{'、'.join(known)}。",
            f"There is no feed {feed!r}; there are: {', '.join(known)}.",
        )
        raise Problem("not-found", text, [ParameterError("feed", feed, text, known)])
    if feed in FORMS and "review" not in key.scopes:
        raise _speaks_for_the_office(feed, key)


def _speaks_for_the_office(feed: str, key: Key) -> Problem:
    lacking = lacks(key, "review")
    text = Text(
        f"{lacking.detail.zh}{feed} 以办公室名义说话，不经审核即随下次发布公开，除 intake 外还需要 review 权限；"
        "请交办公室代为报送。",
        f"{lacking.detail.en} What goes into {feed} speaks for the office and is published with the next release, "
        "without review: it needs review beside intake. Give the file to the office.",
    )
    return Problem(lacking.kind, text)


def _told(document: dict[str, Any], status: int, **headers: str) -> Response:
    private = {"Cache-Control": "private, no-store"}
    return Response(json_bytes(document), status, headers | private, media_type=MEDIA_TYPES["json"])
