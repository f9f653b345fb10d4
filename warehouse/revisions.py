"""Whether a figure is what it was: revised, when counts only grew since the release before; corrected, when something
that had been published was taken from it.

After the revisions policy of the UK's Office for National Statistics, which parts what more data brings from what was
wrong. A correction is told for KEPT_DAYS, growth in the release that brought it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

__all__ = ["COUNTS", "KEPT_DAYS", "Revision", "columns_of", "revision_of"]

KEPT_DAYS = 92
"""As long as a quarter, so that who looks once a quarter reads of it."""

COUNTS = (
    "n_sampled", "n_concluded", "n_conforming", "n_nonconforming", "n_undetermined", "n_held", "n_inspections",
)  # fmt: skip
"""What mart_revisions adds and takes."""

_LOSABLE = ("n_conforming", "n_nonconforming", "n_undetermined")


@dataclass(frozen=True)
class Revision:
    """kind: revised or corrected; by the release of this id, at this instant."""

    kind: str
    release_id: str
    published_at: datetime


def revision_of(moved: Iterable[Mapping[str, Any]], *, n_now: int, release_id: str) -> Revision | None:
    """How a figure was last changed; None for one that is as it was, or is new.

    moved: for each release that is told of, its id, published_at, is_method, and the sums of COUNTS over the figure's
    cells. n_now: samples and held ones of the figure now. release_id: the release that is read.
    """
    growth = None
    corrections = []
    for each in moved:
        if not any(each[name] for name in COUNTS):
            continue
        if any(each[name] < 0 for name in _LOSABLE) and not each["is_method"]:
            corrections.append(Revision("corrected", each["release_id"], each["published_at"]))
        elif each["release_id"] == release_id and n_now != each["n_sampled"] + each["n_held"]:
            growth = Revision("revised", each["release_id"], each["published_at"])
    return max(corrections, key=lambda each: each.published_at, default=growth)


def columns_of(revision: Revision | None) -> dict[str, Any]:
    """How an answer tells of it."""
    return {
        "revision": revision and revision.kind,
        "revised_at": revision and revision.published_at,
        "revised_in": revision and revision.release_id,
    }
