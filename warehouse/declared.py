"""What a sender declares of a file, as JSON. There is one way of reading it, wherever it comes in, so that what the API
takes is understood by the run that meets it later.

Whatever stands in it, reading it ends in content that can be stored, or in a sentence that says why not.
"""

from __future__ import annotations

import json
from typing import Any

__all__ = ["MOST_DECLARED_BYTES", "DeclaredError", "declared_in", "is_text"]

MOST_DECLARED_BYTES = 1024 * 1024
_MOST_DIGITS = 100
# What may be declared is flat; far below the depth at which Python gives up.
_MOST_LEVELS = 20
_NO_TEXT = "不是 UTF-8 文字 not text in UTF-8"


class DeclaredError(ValueError):
    """What is wrong with it, in both languages."""


def declared_in(raw: bytes) -> dict[str, Any]:
    """The JSON object of these bytes. Raises DeclaredError."""
    if len(raw) > MOST_DECLARED_BYTES:
        raise DeclaredError("超过 1 MiB larger than 1 MiB")
    try:
        content = json.loads(
            raw.decode("utf-8-sig"), parse_int=_integer, parse_float=_number, parse_constant=_no_constant
        )
    except UnicodeError as error:
        raise DeclaredError(_NO_TEXT) from error
    except RecursionError as error:
        raise DeclaredError(_too_deep()) from error
    except json.JSONDecodeError as error:
        raise DeclaredError(f"不是 JSON is no JSON（{error}）") from error
    if not isinstance(content, dict):
        raise DeclaredError(f"须为 JSON 对象 expected a JSON object, found {type(content).__name__}")
    _check_levels(content)
    if not is_text(json.dumps(content, ensure_ascii=False)):
        raise DeclaredError(_NO_TEXT)
    return content


def is_text(value: str) -> bool:
    r"""Whether it can be written down: `"\ud800"` is JSON, but half a character."""
    try:
        value.encode()
    except UnicodeEncodeError:
        return False
    return True


def _check_levels(content: dict[str, Any]) -> None:
    level: list[Any] = [content]
    for _ in range(_MOST_LEVELS):
        level = [inner for value in level for inner in _inner(value)]
    if level:
        raise DeclaredError(_too_deep())


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise DeclaredError(f"数字过长 a number too long（{len(digits)} digits）")
    return int(digits)


def _number(digits: str) -> float:
    if len(digits) > _MOST_DIGITS or float(digits) in (float("inf"), float("-inf")):
        raise DeclaredError(f"数字过大或过长 a number too large or too long（{digits[:20]}）")
    return float(digits)


def _no_constant(name: str) -> None:
    raise DeclaredError(f"{name} 不是 JSON is no JSON")


def _too_deep() -> str:
    return f"嵌套过深 nested too deeply（> {_MOST_LEVELS}）"
