"""Product-quality samples: consumer and industrial products at makers, in shops and online."""

from __future__ import annotations

import numpy as np

from pipelines.simulate.food import (
    STAGE_WORDS,
    Task,
    draw_verdicts,
    iso_dates,
    online_places,
    task_columns,
)
from pipelines.simulate.frame import Column, Samples, column
from pipelines.simulate.world import World

__all__ = ["draw_market"]

_STAGES = {"production": 0.5, "distribution": 0.4, "online": 0.1}


def draw_market(world: World, task: Task, rng: np.random.Generator, size: int, offset: int) -> Samples:
    """`size` samples of a task, the first being its `offset`-th."""
    where = world.draw_places(rng, size, away_share=task.away_share)
    catalog = world.catalogs["market"]
    what = catalog.draw(rng, size)
    weights = np.array(list(_STAGES.values()))
    stage = column(list(_STAGES))[rng.choice(len(_STAGES), size, p=weights)]
    columns = where | what | iso_dates(rng, task, size)
    columns |= draw_verdicts(world, task, rng, catalog, columns)
    columns |= online_places(rng, where, stage, size)
    makers = world.names.draw(rng, "maker", size)
    seller = np.where(
        stage == "online", world.names.draw(rng, "online", size), world.names.draw(rng, "distribution", size)
    )
    elsewhere = world.draw_places(rng, size, away_share=0.5)
    unit = column(np.where(stage == "production", makers, seller))
    columns |= {
        "sample_no": _numbers(task, offset, size),
        "brand": column([name[:3] for name in world.names.draw(rng, "maker", size).tolist()]),
        "unit_plain": unit,
        "sampled_unit_name": unit,
        "producer_name": makers,
        "producer_address": column(
            np.where(stage == "production", columns["sampled_unit_address"], elsewhere["address"])
        ),
        "stage": column([STAGE_WORDS[each] for each in stage]),
        "cell_stage": stage,
        "laboratory": world.names.draw(rng, "laboratory", size),
    }
    return Samples(columns).having(**task_columns(task))


def _numbers(task: Task, offset: int, size: int) -> Column:
    start = task.first_no + offset
    return column([f"CP{task.quarter[2:4]}-{task.level[:1].upper()}{n:08d}" for n in range(start, start + size)])
