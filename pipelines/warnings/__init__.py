"""Warnings: from a failed sample to the last correction, each change one event under a permanent id."""

from __future__ import annotations

from pipelines.warnings.make import events_table, group_failures, is_due, let_go, make_warnings
from pipelines.warnings.standings import Group, Known, Standing, identify

__all__ = [
    "Group", "Known", "Standing", "events_table", "group_failures", "identify", "is_due", "let_go",
    "make_warnings",
]  # fmt: skip
