"""What reads the lake: only the office's installation has it, so it is imported when a question needs it."""

from __future__ import annotations

import importlib
from types import ModuleType

from api.problems import Problem, Text
from warehouse.settings import Settings

__all__ = ["lake_module"]


def lake_module(name: str, settings: Settings, *, may_be_empty: bool = False) -> ModuleType:
    """The module. Raises Problem where the extra `office` is not installed, or there is no lake (unless it may be)."""
    text = Text(
        "此处只有发布的数据，没有数据湖，无法回答；请向办公室的服务器查询。",
        "This installation has the releases alone and no lake to answer from; ask the office's own.",
    )
    if not may_be_empty and not settings.lake.is_dir():
        raise Problem("not-here", text)
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        raise Problem("not-here", text) from error
