"""The body of an upload, in each form that a sender may choose, streamed to the disk: a form, a CloudEvent, or the
bytes themselves. The file is never opened here.
"""

from __future__ import annotations

import importlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.requests import ClientDisconnect

from api.cloud_events import STRUCTURED, event_of_headers, event_of_json, is_json
from api.problems import Problem, Text
from warehouse.declared import DeclaredError, declared_in
from warehouse.landing import ending
from warehouse.uploads import UPLOAD_KEY, Event, Upload, UploadTooLargeError, most_bytes

__all__ = ["EVENT_BYTES", "SIDECAR_HEADER", "Described", "take_body"]

SIDECAR_HEADER = "X-Choucha-Sidecar"
# An event in one JSON object is held in memory; larger ones come in the binary mode.
EVENT_BYTES = 16 * 1024 * 1024
_FORM = "multipart/form-data"
_AROUND_A_FILE = 1024 * 1024
_PIECE = 1024 * 1024
_SUFFIXES = {
    "text/csv": ".csv",
    "application/json": ".json",
    "application/jsonl": ".jsonl",
    "application/x-ndjson": ".jsonl",
    "application/zip": ".zip",
    "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet": ".xlsx",
}


@dataclass(frozen=True)
class Described:
    """What came with the bytes: the sender's name for them, the side-car, and the event that brought them."""

    name: str
    declared: dict[str, Any] | None = None
    event: Event | None = None


async def take_body(request: Request, upload: Upload, name: str | None) -> Described:
    """Write the file of this request into the upload. Raises Problem for what can't be taken; OSError of the disk."""
    content_type = request.headers.get("content-type", "")
    media = content_type.partition(";")[0].strip().lower()
    if request.headers.get("content-encoding", "identity").lower() != "identity":
        text = Text("请不要压缩传输（Content-Encoding），可打成 ZIP。", "Send no Content-Encoding; send a ZIP instead.")
        raise Problem("unsupported-media-type", text)
    most = EVENT_BYTES if media == STRUCTURED else most_bytes(request.app.state.settings)
    if int(_digits(request.headers.get("content-length"))) > most + _AROUND_A_FILE * (media == _FORM):
        raise _too_large(most)
    try:
        described = await _taken(request, upload, name, content_type)
    except UploadTooLargeError as error:
        raise _too_large(most) from error
    except ClientDisconnect as error:
        text = Text("连接中断，什么都没有收下。", "The connection broke; nothing was kept.")
        raise Problem("invalid-upload", text) from error
    if not upload.size:
        raise Problem("invalid-upload", Text("没有内容，请附上文件。", "There is nothing in it; attach the file."))
    return described


async def _taken(request: Request, upload: Upload, name: str | None, content_type: str) -> Described:
    media = content_type.partition(";")[0].strip().lower()
    if media == _FORM:
        return await _of_form(request, upload, content_type, name)
    declared = _declared(_header(request))
    if media == STRUCTURED:
        return await _of_event(request, upload, name, declared)
    if media.startswith("application/cloudevents"):
        text = Text(
            f"CloudEvents 请逐个发送，格式为 {STRUCTURED} 或 ce- 开头的请求头。",
            f"Send one CloudEvent at a time, as {STRUCTURED} or with headers that begin with ce-.",
        )
        raise Problem("unsupported-media-type", text)
    told = event_of_headers(request.headers)
    await _fed(request, upload.write)
    event, subject = told or (None, None)
    return Described(_named(name or subject or (event.id if event else "upload"), content_type), declared, event)


async def _of_form(request: Request, upload: Upload, content_type: str, name: str | None) -> Described:
    try:
        multipart = importlib.import_module("api.multipart")
    except ModuleNotFoundError as error:
        text = Text(
            "此处未安装表单支持（python-multipart），请直接发送文件内容：curl --data-binary @文件。",
            "Forms are not installed here (python-multipart); send the bytes themselves: curl --data-binary @FILE.",
        )
        raise Problem("unsupported-media-type", text) from error
    form = multipart.FileForm(content_type, upload.write)
    await _fed(request, form.write)
    form.close()
    declared = _declared(bytes(form.sidecar or b"")) or _declared(_header(request))
    return Described(name or form.file_name or "upload", declared)


async def _of_event(request: Request, upload: Upload, name: str | None, declared: dict[str, Any] | None) -> Described:
    body = bytearray()

    def keep(data: bytes) -> None:
        if len(body) + len(data) > EVENT_BYTES:
            raise UploadTooLargeError
        body.extend(data)

    await _fed(request, keep)
    carried = await run_in_threadpool(event_of_json, bytes(body))
    await run_in_threadpool(upload.write, carried.content)
    media = "application/json" if is_json(carried.content_type) else carried.content_type
    return Described(_named(name or carried.subject or carried.event.id, media), declared, carried.event)


async def _fed(request: Request, take: Callable[[bytes], None]) -> None:
    """The body, in pieces that are worth a thread."""
    piece = bytearray()
    async for data in request.stream():
        piece += data
        if len(piece) >= _PIECE:
            await run_in_threadpool(take, bytes(piece))
            piece.clear()
    if piece:
        await run_in_threadpool(take, bytes(piece))


def _header(request: Request) -> bytes:
    """The side-car of a request's header: JSON in ASCII, or in plain UTF-8."""
    return request.headers.get(SIDECAR_HEADER, "").encode("latin-1")


def _declared(raw: bytes) -> dict[str, Any] | None:
    """A side-car: a JSON object; what its keys mean is for the receipt to say."""
    if not raw.strip():
        return None
    try:
        declared = declared_in(raw)
    except DeclaredError as error:
        text = Text(f"附带说明不能采用（{error}）。", f"The side-car can't be used ({error}).")
        raise Problem("invalid-upload", text) from error
    if UPLOAD_KEY in declared:
        text = Text(
            f"附带说明不得含 {UPLOAD_KEY}，由此处填写。", f"{UPLOAD_KEY} of the side-car is written here: leave it out."
        )
        raise Problem("invalid-upload", text)
    return declared


def _named(name: str, content_type: str) -> str:
    """With the ending of its kind, where the name has none and the kind is known."""
    suffix = _SUFFIXES.get(content_type.partition(";")[0].strip().lower(), "")
    return name if ending(name) else f"{name}{suffix}"


def _digits(text: str | None) -> str:
    return text if text is not None and text.isascii() and text.isdigit() else "0"


def _too_large(most: int) -> Problem:
    size = f"{most // (1024 * 1024)} MiB"
    return Problem(
        "too-large",
        Text(
            f"超过 {size}，没有收下；请分成几个文件，或由办公室放入收件区。",
            f"It is larger than {size} and was not taken: send it in parts, or have the office put it into landing.",
        ),
    )
