"""Side-cars: what `<file>.meta.json` declares, or the sentence that says why it can't be used.

It is a sender's text: whatever stands in it, reading it ends in one of the two, and what comes out can be stored.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from warehouse.landing import SIDECAR_SUFFIX
from warehouse.uploads import UPLOAD_KEY, is_of

__all__ = ["REPLACED", "of_bytes", "read_sidecar", "sidecar_path"]

REPLACED = "其文件取走之前又收到同名说明，以后者为准 another of this name came before its file was taken, and counts"

_OF_OTHER_BYTES = (
    f"其中的 {UPLOAD_KEY} 属于另一个文件，请删去此项 its {UPLOAD_KEY} is that of another file; take that key out"
)

_MOST_BYTES = 1024 * 1024
_MOST_DIGITS = 100
# What a side-car may declare is flat; far below the depth at which Python gives up.
_MOST_LEVELS = 20


def sidecar_path(path: Path) -> Path:
    return path.with_name(f"{path.name}{SIDECAR_SUFFIX}")


def read_sidecar(path: Path) -> tuple[dict[str, Any] | None, str | None]:
    """The side-car's content, or what is wrong with it; a broken one is a problem of its file, never ignored.

    Both are None where there is no side-car. Raises OSError when the machine can't read it.
    """
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where the name is too long to exist
        return None, None
    try:
        return _content(path), None
    except UnicodeError:
        return None, "不是 UTF-8 文字 not text in UTF-8"
    except RecursionError:
        return None, _too_deep()
    except ValueError as error:
        return None, str(error)


def of_bytes(
    sha256: str, content: dict[str, Any] | None, problem: str | None
) -> tuple[dict[str, Any] | None, str | None]:
    """What was read from a side-car, as these bytes have it: none that came over the network with others."""
    return (content, problem) if is_of(content, sha256) else (None, _OF_OTHER_BYTES)


def _content(path: Path) -> dict[str, Any]:
    with path.open("rb") as file:
        raw = file.read(_MOST_BYTES + 1)
    if len(raw) > _MOST_BYTES:
        raise ValueError(f"超过 1 MiB larger than 1 MiB（{path.stat().st_size} bytes）")
    content = json.loads(raw.decode("utf-8-sig"), parse_int=_integer, parse_constant=_no_constant)
    if not isinstance(content, dict):
        raise ValueError(f"expected a JSON object, found {type(content).__name__}")
    _check_levels(content)
    json.dumps(content, ensure_ascii=False, allow_nan=False).encode()  # "\ud800" is JSON, but no text
    return content


def _check_levels(content: dict[str, Any]) -> None:
    level: list[Any] = [content]
    for _ in range(_MOST_LEVELS):
        level = [inner for value in level for inner in _inner(value)]
    if level:
        raise ValueError(_too_deep())


def _inner(value: Any) -> list[Any]:
    if isinstance(value, dict):
        return list(value.values())
    return value if isinstance(value, list) else []


def _integer(digits: str) -> int:
    if len(digits) > _MOST_DIGITS:
        raise ValueError(f"数字过长 a number too long（{len(digits)} digits）")
    return int(digits)


def _no_constant(name: str) -> None:
    raise ValueError(f"{name} 不是 JSON is no JSON")


def _too_deep() -> str:
    return f"嵌套过深 nested too deeply（> {_MOST_LEVELS}）"
