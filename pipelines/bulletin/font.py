"""The Chinese font of the charts: Debian's Noto Sans CJK, found by fontconfig or where Debian puts it."""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path

from warehouse.errors import UserError

__all__ = ["MissingFontError", "TypeFace", "find_font"]

_FAMILY = "Noto Sans CJK SC"
_DEBIAN = Path("/usr/share/fonts/opentype/noto/NotoSansCJK-Regular.ttc")
_DEBIAN_FACE = 2  # of the collection: Japanese, Korean, simplified Chinese


class MissingFontError(UserError):
    """Charts with Chinese names can't be drawn on this machine."""


@dataclass(frozen=True)
class TypeFace:
    """A font file and the face in it, since one file holds those of several countries."""

    path: Path
    index: int


def find_font() -> TypeFace:
    """The font that charts are written in. Raises MissingFontError with what to install."""
    found = _by_fontconfig()
    if found is not None:
        return found
    if _DEBIAN.is_file():
        return TypeFace(_DEBIAN, _DEBIAN_FACE)
    raise MissingFontError(
        f"没有中文字体“{_FAMILY}”，图表无法绘制；请安装 fonts-noto-cjk（apt-get install fonts-noto-cjk）后再试。"
        f" There is no font {_FAMILY!r} to draw the charts with; install fonts-noto-cjk, then run it again."
    )


def _by_fontconfig() -> TypeFace | None:
    # fontconfig answers with whatever is nearest, hence the look at the family.
    command = ["fc-match", "--format=%{family}\n%{file}\n%{index}", _FAMILY]
    try:
        answer = subprocess.run(command, capture_output=True, text=True, timeout=60, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return None
    lines = answer.stdout.splitlines()
    if answer.returncode != 0 or len(lines) != 3 or _FAMILY not in lines[0]:
        return None
    # The upper half of the number names a variation of the face, which a static font has not.
    return TypeFace(Path(lines[1]), int(lines[2]) & 0xFFFF)
