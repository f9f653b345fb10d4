"""When to ring: a bell that waits for its answer, knowing nothing of Airflow.

A ring is answered once none of the files it told of lies in landing any more; one that nobody answers is repeated. So
no stream of files, however dense, makes a queue of runs, and a lost ring costs PATIENCE seconds.
"""

from __future__ import annotations

from dataclasses import dataclass

from warehouse.landing import Landed

__all__ = ["PATIENCE", "Ring", "is_due"]

PATIENCE = 30.0


@dataclass(frozen=True)
class Ring:
    """The files that the bell told of, and when (seconds of the monotonic clock)."""

    files: frozenset[Landed]
    at: float


def is_due(lying: frozenset[Landed], last: Ring | None, now: float) -> bool:
    """Whether to ring for what lies complete in landing, given the last ring."""
    return bool(lying) and (last is None or last.files.isdisjoint(lying) or now - last.at >= PATIENCE)
