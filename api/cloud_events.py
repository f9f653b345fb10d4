"""CloudEvents 1.0: what an event says of itself, and the file that it carries.

In the binary mode the headers say it and the body is the file; in the structured mode both stand in one JSON object,
whose data is taken as it was written and never read here.
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any
from urllib.parse import unquote

from api.problems import ParameterError, Problem, Text
from warehouse.declared import is_text
from warehouse.names import visible
from warehouse.uploads import Event

__all__ = ["STRUCTURED", "CarriedFile", "event_of_headers", "event_of_json", "is_json"]

STRUCTURED = "application/cloudevents+json"
_LONGEST = 1_024
_HALF = ("含有不完整的字符（半个代理对）", "holds half a character (a lone surrogate)")
_BLANK = re.compile(r"[ \t\r\n]*")
# Numbers stay text: only the attributes are looked at, and they are texts.
_READ = json.JSONDecoder(parse_int=str, parse_float=str, parse_constant=str)


@dataclass(frozen=True)
class CarriedFile:
    """An event in one piece; subject is what it is about, which may be the file's name."""

    event: Event
    content: bytes
    content_type: str
    subject: str | None


def event_of_headers(headers: Mapping[str, str]) -> tuple[Event, str | None] | None:
    """The event of a request in the binary mode and its subject; None where the request is no event.

    Raises Problem for one that lacks an attribute or is of another version.
    """
    said = {name.lower().removeprefix("ce-"): _text_of(value) for name, value in headers.items() if _is_of_event(name)}
    if not said:
        return None
    return _event(said), said.get("subject")


def event_of_json(body: bytes) -> CarriedFile:
    """The event of a body in the structured mode. Raises Problem for what is none, or carries nothing."""
    members = _members(body)
    said = {name: value for name, (value, raw) in members.items() if isinstance(value, str) and raw.startswith('"')}
    for name, value in said.items():
        if name != "data" and not is_text(value):
            raise _refused(visible(name), value, *_HALF)
    event = _event(said)
    content_type = said.get("datacontenttype", "application/json")
    return CarriedFile(event, _data(members, content_type), content_type, said.get("subject"))


def is_json(content_type: str) -> bool:
    """Whether data of this media type stands in a JSON event as JSON, not as a text."""
    media = content_type.partition(";")[0].strip().lower()
    return media.endswith(("/json", "+json"))


def _event(said: Mapping[str, str]) -> Event:
    if said.get("specversion") != "1.0":
        raise _refused("specversion", said.get("specversion"), "须为 1.0", "must be 1.0", allowed=("1.0",))
    for name in ("id", "source", "type"):
        value = said.get(name, "")
        if not value.strip() or len(value) > _LONGEST:
            zh, en = f"必须给出文字，最多 {_LONGEST} 字", f"required: a text of at most {_LONGEST} characters"
            raise _refused(name, said.get(name), zh, en)
    return Event(source=said["source"], id=said["id"], type=said["type"])


def _refused(name: str, found: str | None, zh: str, en: str, *, allowed: tuple[str, ...] = ()) -> Problem:
    told = Text(f"CloudEvent 的 {name} {zh}。", f"{name} of the CloudEvent: {en}.")
    shown = None if found is None else visible(found[:_LONGEST])
    return Problem("invalid-upload", told, [ParameterError(name, shown, Text(zh, en), allowed)])


def _is_of_event(name: str) -> bool:
    return name.lower().startswith("ce-")


def _text_of(value: str) -> str:
    """A header's value: percent-encoded UTF-8, as the HTTP binding has it, or plain UTF-8."""
    return unquote(value.encode("latin-1", errors="replace").decode("utf-8", errors="replace"))


def _data(members: Mapping[str, tuple[Any, str]], content_type: str) -> bytes:
    if "data" in members and "data_base64" in members:
        raise _refused("data", None, "与 data_base64 只能有一个", "beside data_base64: give one of them")
    if "data_base64" in members:
        value = members["data_base64"][0]
        try:
            return base64.b64decode(value if isinstance(value, str) else "?", validate=True)
        except (binascii.Error, ValueError) as error:
            raise _refused("data_base64", None, "不是 Base64 文字", "is no text in Base64") from error
    value, raw = members.get("data", (None, "null"))
    if value is None and raw == "null":
        return b""
    if is_json(content_type):
        return raw.encode()
    if not raw.startswith('"'):
        zh = f"不是文字，而 datacontenttype 是 {content_type}"
        raise _refused("data", None, zh, f"is no text, as datacontenttype {content_type} asks for")
    if not is_text(value):
        raise _refused("data", None, *_HALF)
    return str(value).encode()


def _members(body: bytes) -> dict[str, tuple[Any, str]]:
    """Name → value and its text as written, of a JSON object. Raises Problem."""
    try:
        text = body.decode("utf-8-sig")
        text.encode()
        return _taken_apart(text)
    except (ValueError, RecursionError) as error:
        told = Text(
            f"不是 CloudEvent 的 JSON 对象（{error}）。",
            f"The body is not the JSON object of one CloudEvent ({error}).",
        )
        raise Problem("invalid-upload", told) from error


def _taken_apart(text: str) -> dict[str, tuple[Any, str]]:
    members: dict[str, tuple[Any, str]] = {}
    at = _after(text, 0, "{")
    while text[at : at + 1] != "}":
        name, at = _READ.raw_decode(text, at)
        if not isinstance(name, str) or name in members:
            raise ValueError(f"{name!r}: no name, or given twice")
        start = _after(text, _blank(text, at), ":")
        value, at = _READ.raw_decode(text, start)
        members[name] = value, text[start:at]
        at = _blank(text, at)
        if text[at : at + 1] != "}":
            at = _after(text, at, ",")
            if text[at : at + 1] == "}":
                raise ValueError("a comma too many")
    if text[at + 1 :].strip():
        raise ValueError("more follows the object")
    return members


def _after(text: str, at: int, mark: str) -> int:
    """Where the next value begins, past a mark that must stand here."""
    at = _blank(text, at)
    if text[at : at + 1] != mark:
        raise ValueError(f"{mark!r} expected at character {at}")
    return _blank(text, at + 1)


def _blank(text: str, at: int) -> int:
    found = _BLANK.match(text, at)
    return at if found is None else found.end()
