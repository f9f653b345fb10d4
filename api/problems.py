"""One shape for every error: problem details (RFC 9457), in Chinese and in English.

Problem                      what a route raises; becomes application/problem+json, or a page outside /v1
  kinds: see KINDS, each described under /docs#<kind>
"""

from __future__ import annotations

import json
import re
from collections.abc import Sequence
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response

__all__ = ["KINDS", "ParameterError", "Problem", "Text", "body_of", "from_http", "from_validation", "respond"]

MEDIA_TYPE = "application/problem+json"


@dataclass(frozen=True)
class Text:
    """A sentence in both languages."""

    zh: str
    en: str


@dataclass(frozen=True)
class ParameterError:
    """One query parameter that cannot be used, and what may be written instead."""

    parameter: str
    found: str | None
    message: Text
    allowed: tuple[str, ...] = ()


KINDS: dict[str, tuple[int, Text]] = {
    "invalid-parameter": (400, Text("请求参数有误", "A query parameter cannot be used")),
    "one-stratum": (400, Text("只能在同一类抽检内比较", "Only one kind of sampling can be ranked")),
    "key-required": (401, Text("需要办公室密钥", "A key of the office is needed")),
    "key-refused": (401, Text("密钥不可用", "The key opens nothing")),
    "lacks-scope": (403, Text("密钥没有这项权限", "The key lacks this scope")),
    "not-ranked": (403, Text("这类抽检不作排名", "This kind of sampling is not ranked")),
    "not-compared": (403, Text("这类抽检不作前后比较", "Periods of this kind of sampling are not compared")),
    "not-published": (403, Text("这类结果不对外公布", "Results of this kind are not published")),
    "not-found": (404, Text("没有这一项", "There is no such thing")),
    "not-in-release": (404, Text("该次发布没有这张表", "That release has no such table")),
    "not-here": (404, Text("此处不提供", "This installation does not offer it")),
    "unknown-cursor": (410, Text("游标不属于此处", "The cursor is of another history")),
    "method-not-allowed": (405, Text("本接口只读", "This interface is read-only")),
    "cursor-ahead": (503, Text("游标比此处新", "The cursor is ahead of this copy")),
    "release-unreadable": (503, Text("该次发布无法读取", "That release cannot be read")),
    "not-accepted": (503, Text("此处不能收件", "Nothing can be taken in here")),
    "no-release": (503, Text("尚无发布", "Nothing has been published yet")),
    "http-error": (400, Text("请求无法处理", "The request cannot be handled")),
    "internal-error": (500, Text("服务器内部错误", "Internal error")),
}


@dataclass(eq=False)
class Problem(Exception):  # noqa: N818 — the RFC's own word
    """An error for the reader of the answer: kind (a key of KINDS), what happened and what to do."""

    kind: str
    detail: Text
    errors: Sequence[ParameterError] = ()
    headers: dict[str, str] = field(default_factory=dict)
    status: int | None = None

    @property
    def status_code(self) -> int:
        return self.status or KINDS[self.kind][0]


def body_of(problem: Problem, instance: str) -> dict[str, Any]:
    """The members of the problem document; `detail` says it in both languages, `detail_zh` and `detail_en` in one."""
    title = KINDS[problem.kind][1]
    body: dict[str, Any] = {
        "type": f"/docs#{problem.kind}",
        "title": f"{title.zh} {title.en}",
        "status": problem.status_code,
        "detail": f"{problem.detail.zh} {problem.detail.en}",
        "detail_zh": problem.detail.zh,
        "detail_en": problem.detail.en,
        "instance": instance,
    }
    if problem.errors:
        body["errors"] = [
            {
                "parameter": error.parameter,
                "found": error.found,
                "message_zh": error.message.zh,
                "message_en": error.message.en,
                "allowed": list(error.allowed),
            }
            for error in problem.errors
        ]
    return body


def respond(problem: Problem, request: Request) -> Response:
    """The problem as an answer; errors are never cached."""
    body = json.dumps(body_of(problem, request.url.path), ensure_ascii=False).encode()
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(body, problem.status_code, headers, media_type=MEDIA_TYPE)


def from_validation(error: RequestValidationError) -> Problem:
    """The framework's complaint on parameters, said in our words with what is allowed."""
    errors = [_parameter_error(entry) for entry in error.errors()]
    zh = "；".join(f"{e.parameter}：{e.message.zh}" for e in errors)
    en = "; ".join(f"{e.parameter}: {e.message.en}" for e in errors)
    return Problem("invalid-parameter", Text(zh + "。", en + "."), errors)


def _parameter_error(entry: dict[str, Any]) -> ParameterError:
    context = entry.get("ctx", {})
    if entry["type"] == "unknown_parameter":
        allowed, name = tuple(context["allowed"]), str(context["parameter"])
        return ParameterError(name, None, _allowed("没有这个参数", "no such parameter", allowed), allowed)
    name = str(entry["loc"][-1])
    if entry["type"] == "missing":
        return ParameterError(name, None, Text("必须给出", "required"))
    found = None if entry["input"] is None else str(entry["input"])
    if entry["type"] == "literal_error":
        allowed = tuple(re.findall(r"'([^']*)'", str(context["expected"])))
        return ParameterError(name, found, _allowed(f"不认识“{found}”", f"{found!r} is not known", allowed), allowed)
    if entry["type"] == "choice_error":
        allowed = tuple(context["allowed"])
        return ParameterError(name, found, _allowed(context["zh"], context["en"], allowed), allowed)
    return ParameterError(name, found, Text(f"“{found}”不可用", f"{found!r} cannot be used: {entry['msg']}"))


def _allowed(zh: str, en: str, allowed: Sequence[str]) -> Text:
    if not allowed:
        return Text(zh, en)
    return Text(f"{zh}，可用：{'、'.join(allowed)}", f"{en}; allowed: {', '.join(allowed)}")


def from_http(error: HTTPException, request: Request) -> Problem:
    """The framework's own errors (no such route, no such method) in the same shape."""
    headers = dict(error.headers or {})
    if error.status_code == 404:
        text = Text(f"没有 {request.url.path}，接口目录见 /docs。", f"There is no {request.url.path}; see /docs.")
        return Problem("not-found", text, headers=headers)
    if error.status_code == 405:
        headers["Allow"] = "GET, HEAD"
        text = Text("请改用 GET。", f"{request.method} is not possible here; use GET.")
        return Problem("method-not-allowed", text, headers=headers)
    text = Text("请求无法处理。", f"{error.detail}.")
    return Problem("http-error", text, headers=headers, status=error.status_code)
