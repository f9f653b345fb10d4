"""What was done since a warning: recalls of the same goods, and what authorities did after the failure."""

from __future__ import annotations

from typing import Any

from api.problems import Problem
from api.release_reader import OpenRelease

__all__ = ["since"]


def since(release: OpenRelease, warning_id: str) -> dict[str, Any] | None:
    """Recalls and measures, each the oldest first; None where the release was made before there were such tables."""
    about = {"warning_id": warning_id}
    try:
        return {
            "recalls": release.query("warning_recalls", about).to_pylist(),
            "dispositions": release.query("warning_dispositions", about).to_pylist(),
        }
    except Problem as problem:
        if problem.kind != "not-in-release":
            raise
        return None
