"""Side-cars: what `<file>.meta.json` declares, or the sentence that says why it can't be used.

It is a sender's text: whatever stands in it, reading it ends in one of the two, and what comes out can be stored.
"""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

from warehouse.declared import MOST_DECLARED_BYTES, DeclaredError, declared_in
from warehouse.landing import SIDECAR_SUFFIX
from warehouse.uploads import UPLOAD_KEY, is_of

__all__ = ["REPLACED", "of_bytes", "read_sidecar", "sidecar_path"]

REPLACED = "其文件取走之前又收到同名说明，以后者为准 another of this name came before its file was taken, and counts"
_OF_OTHER_BYTES = (
    f"其中的 {UPLOAD_KEY} 属于另一个文件，请删去此项 its {UPLOAD_KEY} is that of another file; take that key out"
)


def sidecar_path(path: Path) -> Path:
    return path.with_name(f"{path.name}{SIDECAR_SUFFIX}")


def read_sidecar(path: Path) -> tuple[dict[str, Any] | None, str | None]:
    """The side-car's content, or what is wrong with it; a broken one is a problem of its file, never ignored.

    Both are None where there is no side-car; of a broken one stays how its file came. Raises OSError when the machine
    can't read it.
    """
    if not os.path.exists(path):  # noqa: PTH110 - Path.exists raises where the name is too long to exist
        return None, None
    with path.open("rb") as file:
        raw = file.read(MOST_DECLARED_BYTES + 1)
    try:
        return declared_in(raw), None
    except DeclaredError as error:
        return _how_it_came(raw), str(error)


def _how_it_came(raw: bytes) -> dict[str, Any] | None:
    """Without it the sender's receipt would not be found again."""
    try:
        content = json.loads(raw)
        return declared_in(json.dumps({UPLOAD_KEY: content[UPLOAD_KEY]}).encode())
    except (ValueError, LookupError, TypeError, RecursionError):  # as it is where the file did not come so
        return None


def of_bytes(
    sha256: str, content: dict[str, Any] | None, problem: str | None
) -> tuple[dict[str, Any] | None, str | None]:
    """What was read from a side-car, as these bytes have it: none that came over the network with others."""
    return (content, problem) if is_of(content, sha256) else (None, _OF_OTHER_BYTES)
