"""The statements of the stages, one SELECT a file; each says its grain."""

from __future__ import annotations

from functools import cache
from pathlib import Path

__all__ = ["statement"]


@cache
def statement(name: str) -> str:
    """The statement kept in `pipelines/sql/<name>.sql`."""
    return (Path(__file__).parent / f"{name}.sql").read_text(encoding="utf-8")
