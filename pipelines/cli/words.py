"""Arguments that name or say something: an empty one, or one of signs alone, is a slip and no name."""

from __future__ import annotations

from typing import Any

import click

__all__ = ["SAYING"]

_LONGEST = 500


class _Saying(click.ParamType[str]):
    """A text with a letter or digit in it, trimmed."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        text = str(value).strip()
        if not any(character.isalnum() for character in text):
            self.fail("不能为空或只有符号 must not be empty or signs alone", param, ctx)
        if len(text) > _LONGEST or not text.isprintable():
            self.fail(
                f"须为可显示的文字，至多 {_LONGEST} 字 must be text that can be shown, at most {_LONGEST} characters",
                param,
                ctx,
            )
        return text


SAYING = _Saying()
