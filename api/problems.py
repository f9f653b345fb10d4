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
from starlette.routing import Route

__all__ = [
    "KINDS",
    "MEDIA_TYPE",
    "ParameterError",
    "Problem",
    "Text",
    "body_of",
    "from_http",
    "from_validation",
    "respond",
]

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
    "invalid-upload": (400, Text("报送内容无法接收", "What was sent can't be taken")),
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
    "method-not-allowed": (405, Text("此处不能这样请求", "That method is not possible here")),
    "too-large": (413, Text("文件过大", "The file is too large")),
    "unsupported-media-type": (415, Text("此处不认识这种报送格式", "That form of sending is not known here")),
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

    def __post_init__(self) -> None:
        zh, en = self.detail.zh, self.detail.en
        self.detail = Text(zh if zh[-1:] in "。！？" else zh + "。", en if en[-1:] in ".!?" else en + ".")

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
    body = json.dumps(body_of(problem, request.url.path), ensure_ascii=False).encode(errors="replace")
    headers = {"Cache-Control": "no-store", **problem.headers}
    return Response(body, problem.status_code, headers, media_type=MEDIA_TYPE)


def from_validation(error: RequestValidationError) -> Problem:
    """The framework's complaint on parameters, said in our words with what is allowed."""
    errors = [_parameter_error(entry) for entry in error.errors()]
    for entry, told in zip(error.errors(), errors, strict=True):
        if entry["type"] == "one_stratum":
            return Problem("one-stratum", told.message, [told])
    zh = "；".join(f"{e.parameter}：{e.message.zh}" for e in errors)
    en = "; ".join(f"{e.parameter}: {e.message.en}" for e in errors)
    return Problem("invalid-parameter", Text(zh + "。", en + "."), errors)


# The framework's complaints by their type, for which it has English alone; the braces are of its own context.
_COMPLAINTS = {
    "int_parsing": Text("须为整数", "it must be a whole number"),
    "int_parsing_size": Text("数字过大", "the number is too large"),
    "greater_than_equal": Text("不得小于 {ge}", "it must be {ge} at least"),
    "less_than_equal": Text("不得大于 {le}", "it must be {le} at most"),
    "string_too_long": Text("最多 {max_length} 个字符", "it may have {max_length} characters at most"),
    "string_too_short": Text("至少 {min_length} 个字符", "it must have {min_length} characters at least"),
    "string_pattern_mismatch": Text("须符合 {pattern}", "it must match {pattern}"),
    "string_unicode": Text("不是有效的文字", "it is no valid text"),
    "string_type": Text("须为文字", "it must be text"),
    "extra_forbidden": Text("没有这一项", "there is no such field"),
    "json_invalid": Text("不是完整的 JSON", "it is no valid JSON"),
    "model_attributes_type": Text(
        "须为一个 JSON 对象，并注明 Content-Type: application/json",
        "it must be one JSON object, sent as Content-Type: application/json",
    ),
}
_NO_KIND = Text(
    "请指明 sampling_type：不同类型的抽检目的不同，不能放在一起比较。",
    "Name one sampling_type: kinds of sampling have different purposes and cannot be compared together.",
)
_BODY = Text("报送的内容", "what was sent")
_SHOWN = 60


def _parameter_error(entry: dict[str, Any]) -> ParameterError:
    context = entry.get("ctx", {})
    if entry["type"] == "unknown_parameter":
        allowed, name = tuple(context["allowed"]), str(context["parameter"])
        return ParameterError(name, None, _allowed("没有这个参数", "no such parameter", allowed), allowed)
    if entry["type"] == "one_stratum":
        return ParameterError("sampling_type", None, _NO_KIND, tuple(context["allowed"]))
    is_whole = len(entry["loc"]) == 1 or entry["type"] == "json_invalid"
    name = "body" if is_whole and entry["loc"][0] == "body" else str(entry["loc"][-1])
    if entry["type"] == "missing":
        return ParameterError(name, None, Text("必须给出", "required"))
    found = _written(entry["input"]) if entry["type"] != "json_invalid" else None
    if entry["type"] == "literal_error":
        allowed = tuple(re.findall(r"'([^']*)'", str(context["expected"])))
        return ParameterError(name, found, _allowed(f"不认识“{found}”", f"{found!r} is not known", allowed), allowed)
    if entry["type"] == "choice_error":
        allowed = tuple(context["allowed"])
        return ParameterError(name, found, _allowed(context["zh"], context["en"], allowed), allowed)
    return _complaint(name, found, entry)


def _complaint(name: str, found: str | None, entry: dict[str, Any]) -> ParameterError:
    why = _COMPLAINTS.get(entry["type"], Text("{msg}", "{msg}"))
    zh, en = (text.format(**{"msg": entry["msg"], **entry.get("ctx", {})}) for text in (why.zh, why.en))
    if found is None:
        return ParameterError(name, None, Text(_BODY.zh + zh, f"{_BODY.en}: {en}"))
    shown = found if len(found) <= _SHOWN else found[:_SHOWN] + "……"
    return ParameterError(name, found, Text(f"“{shown}”不可用，{zh}", f"{shown!r} cannot be used: {en}"))


def _written(given: Any) -> str:
    """A value as it was sent."""
    if isinstance(given, str):
        return given
    if isinstance(given, bytes):
        return given.decode(errors="replace")
    return json.dumps(given, ensure_ascii=False, default=str)


def _methods_at(request: Request) -> list[str]:
    """What may be done at an address, whichever route does it; files are read alone."""
    routes = [route for route in request.app.routes if isinstance(route, Route)]
    here = [route.methods or set() for route in routes if route.path_regex.match(request.url.path)]
    methods = set().union(*here) or {"GET"}
    return sorted(methods | {"HEAD"} if "GET" in methods else methods)


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
        methods = _methods_at(request)
        headers["Allow"] = ", ".join(methods)
        use = [method for method in methods if method != "HEAD"]
        text = Text(f"请改用 {' 或 '.join(use)}。", f"{request.method} is not possible here; use {' or '.join(use)}.")
        return Problem("method-not-allowed", text, headers=headers)
    text = Text("请求无法处理。", f"{error.detail}.")
    return Problem("http-error", text, headers=headers, status=error.status_code)
