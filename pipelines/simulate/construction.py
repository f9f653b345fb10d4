"""Construction inspections: one visit to one project, whose points conform or not much alike."""

from __future__ import annotations

from datetime import date, timedelta

import numpy as np

from pipelines.simulate.food import LEVEL_WORDS, Task, iso_dates
from pipelines.simulate.frame import Column, Finding, Samples, column
from pipelines.simulate.world import World

__all__ = ["INTRA_CLASS_CORRELATION", "draw_construction"]

INTRA_CLASS_CORRELATION = 0.1
_RECTIFICATION_DAYS = 30


def draw_construction(world: World, task: Task, rng: np.random.Generator, size: int, offset: int) -> Samples:
    """`size` inspections of a task; their points follow a beta-binomial law with the correlation above."""
    where = world.draw_places(rng, size, away_share=0.0)
    catalog = world.catalogs["construction"]
    what = catalog.draw(rng, size)
    dates = iso_dates(rng, task, size)
    rates = world.pass_rates("inspection", where["cell_prefecture"], what["cell_category"])
    spread = (1 - INTRA_CLASS_CORRELATION) / INTRA_CLASS_CORRELATION
    points = rng.integers(10, 61, size)
    conforming = rng.binomial(points, rng.beta(rates * spread, (1 - rates) * spread))
    verdict = column(np.where(conforming == points, "conforming", "nonconforming").astype(object))
    start = task.first_no + offset
    columns = where | {
        "sample_no": column([f"GC{task.quarter[2:4]}-{n:07d}" for n in range(start, start + size)]),
        "project_name": world.names.draw(rng, "project", size),
        "category": what["category"],
        "inspected_item": what["category_2"],
        "cell_category": what["cell_category"],
        "sampled_unit_prefecture": where["prefecture_name"],
        "owner_name": world.names.draw(rng, "owner", size),
        "contractor_name": world.names.draw(rng, "builder", size),
        "supervisor_name": world.names.draw(rng, "supervisor", size),
        "laboratory": world.names.draw(rng, "laboratory", size),
        "points": points,
        "points_conforming": conforming,
        "points_checked_text": column([str(n) for n in points]),
        "points_conforming_text": column([str(n) for n in conforming]),
        "verdict": verdict,
        "findings": _findings(world, rng, what, verdict),
        "sampled_on": dates["concluded_on"],
        **_rectification(rng, dates["concluded_on"], verdict),
    }
    return Samples(columns).having(
        level=LEVEL_WORDS[task.level] + ("级" if task.level == "national" else ""),
        cell_stage="site",
        cell_quarter=task.quarter,
        cell_level=task.level,
        cell_type=task.sampling_type,
    )


def _findings(world: World, rng: np.random.Generator, what: dict[str, Column], verdict: Column) -> Column:
    found: list[tuple[Finding, ...]] = [()] * len(verdict)
    for position in np.flatnonzero(verdict == "nonconforming"):
        category, part = what["category"][position], what["category_2"][position]
        found[position] = world.catalogs["construction"].fail(rng, category, part, several=0.0)
    return column(found)


def _rectification(rng: np.random.Generator, inspected: Column, verdict: Column) -> dict[str, Column]:
    """Deadline and state, for visits that found something."""
    failed = verdict == "nonconforming"
    deadlines = column(
        [(date.fromisoformat(day) + timedelta(days=_RECTIFICATION_DAYS)).isoformat() for day in inspected]
    )
    states = column(["整改中", "已整改", "已复查"])[rng.integers(0, 3, len(verdict))]
    return {
        "rectify_by": column(np.where(failed, deadlines, "")),
        "rectification_status": column(np.where(failed, states, "")),
    }
