"""Food samples as a province takes them: shops, stalls, kitchens, makers and online sellers."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np
import numpy.typing as npt

from pipelines.simulate.catalog import PRODUCE, Catalog
from pipelines.simulate.frame import UNKNOWN, Column, Finding, Samples, column, quarter_span
from pipelines.simulate.world import World

__all__ = ["LEVEL_WORDS", "Task", "draw_food", "draw_verdicts", "iso_dates", "task_words", "unit_names"]

LEVEL_WORDS = {"national": "国家", "provincial": "省级", "municipal": "市级", "county": "县级"}
_NUMBER_PREFIX = {"national": "GZJ", "provincial": "SBJ", "municipal": "DBJ", "county": "XBJ"}
_FOOD_TYPE_WORDS = {
    "supervision": "食品安全监督抽检",
    "evaluation": "食品安全评价性抽检",
    "routine_monitoring": "食用农产品例行监测",
    "risk_monitoring": "食品安全风险监测",
}
_STAGES = {"production": 0.14, "distribution": 0.56, "catering": 0.26, "online": 0.04}
STAGE_WORDS = {"production": "生产", "distribution": "流通", "catering": "餐饮", "online": "网络", UNKNOWN: ""}
_UNDETERMINED_SHARE = 0.003
_PERSON_SHARE = 0.06
_PLACED_NAME_SHARE = 0.3


@dataclass(frozen=True)
class Task:
    """What one file or notice reports: the stratum and quarter of its samples and how they are to be drawn.

    first_no: running number of its first sample; makes sampling-form numbers unique in the set.
    several: probability that a failed sample failed in more than one item.
    published_on: day of its notice, on which its quarter rests when the form has no conclusion date.
    """

    feed: str
    sampling_type: str
    level: str
    quarter: str
    first_no: int
    several: float = 0.0
    away_share: float = 0.0
    with_online: bool = True
    with_undetermined: bool = True
    always_conforming: bool = False
    published_on: date | None = None


def task_words(task: Task) -> str:
    """The task as its column and the file's name give it: year, level and sampling type."""
    feed_words = {"food": _FOOD_TYPE_WORDS.get(task.sampling_type), "market": "产品质量监督抽查"}
    words = feed_words.get(task.feed, "工程质量抽查")
    return f"{task.quarter[:4]}年{LEVEL_WORDS[task.level]}{words}"


def draw_food(world: World, task: Task, rng: np.random.Generator, size: int, offset: int) -> Samples:
    """`size` samples of a task, the first being its `offset`-th."""
    where = world.draw_places(rng, size, away_share=task.away_share)
    catalog = _catalog_of(world.catalogs["food"], task)
    what = catalog.draw(rng, size)
    stage = _stages(rng, size, task)
    dates = iso_dates(rng, task, size)
    produce = what["category"] == PRODUCE
    plain = unit_names(world, rng, stage, size)
    columns = where | what | dates
    columns |= draw_verdicts(world, task, rng, catalog, columns)
    columns |= _unit_columns(rng, where, plain, stage, size)
    columns |= {
        "sample_no": _numbers(task, where["cell_prefecture"], offset, size),
        "stage": column([STAGE_WORDS[each] for each in stage]),
        "cell_stage": stage,
        "brand": _brands(world, rng, produce, size),
        **_producers(world, rng, columns, stage=stage, produce=produce),
        "laboratory": world.names.draw(rng, "laboratory", size),
    }
    return Samples(columns).having(**task_columns(task))


def task_columns(task: Task) -> dict[str, Column | str]:
    """Columns that are the same for every sample of a task, cells included."""
    return {
        "task": task_words(task),
        "level": LEVEL_WORDS[task.level] + ("级" if task.level == "national" else ""),
        "published_on": task.published_on.isoformat() if task.published_on else "",
        "remark": "",
        "cell_quarter": task.quarter,
        "cell_level": task.level,
        "cell_type": task.sampling_type,
    }


def draw_verdicts(
    world: World, task: Task, rng: np.random.Generator, catalog: Catalog, columns: dict[str, Column]
) -> dict[str, Column]:
    """Verdicts by the true pass rates, and for each failed sample findings that say why."""
    size = len(columns["cell_category"])
    rates = world.pass_rates(task.sampling_type, columns["cell_prefecture"], columns["cell_category"])
    verdict = column(np.where(rng.random(size) < rates, "conforming", "nonconforming").astype(object))
    if task.always_conforming:
        verdict[:] = "conforming"
    if task.with_undetermined:
        verdict[rng.random(size) < _UNDETERMINED_SHARE] = "undetermined"
    findings: Column = np.full(size, None, dtype=object)
    findings[:] = [()] * size
    for position in np.flatnonzero(verdict == "nonconforming"):
        category, sub = columns["category"][position], columns["category_2"][position]
        found: tuple[Finding, ...] = catalog.fail(rng, category, sub, several=task.several)
        findings[position] = found
    return {"verdict": verdict, "findings": findings}


def iso_dates(rng: np.random.Generator, task: Task, size: int) -> dict[str, Column]:
    """Production, sampling and conclusion dates in this order; the conclusion in the task's quarter."""
    first, last = quarter_span(task.quarter)
    until = min(last, task.published_on) if task.published_on else last
    days = np.datetime64(first) + rng.integers(0, (until - first).days + 1, size)
    sampled = days - rng.integers(10, 30, size)
    produced = sampled - rng.integers(2, 120, size)
    return {
        "concluded_on": _iso(days),
        "cell_concluded_on": _iso(days),
        "sampled_on": _iso(sampled),
        "batch_or_date": _iso(produced),
    }


def unit_names(world: World, rng: np.random.Generator, stage: Column, size: int) -> Column:
    """Names of the sampled units, by stage, without any place in them; some are natural persons."""
    names = world.names.draw(rng, "distribution", size)
    for kind in ("production", "catering", "online"):
        names = np.where(stage == kind, world.names.draw(rng, kind, size), names)
    is_person = (rng.random(size) < _PERSON_SHARE) & np.isin(stage.astype(str), ("distribution", "catering"))
    return column(np.where(is_person, world.names.draw(rng, "person", size), names))


def _unit_columns(
    rng: np.random.Generator, where: dict[str, Column], plain: Column, stage: Column, size: int
) -> dict[str, Column]:
    """The sampled unit with its address; an online shop has a link and no place."""
    placed = (rng.random(size) < _PLACED_NAME_SHARE) & (stage != "online") & (where["prefecture_name"] != "")
    placed &= np.array([len(name) > 3 for name in plain], dtype=bool)
    name = np.where(placed, where["prefecture_name"] + plain, plain)
    return {"unit_plain": plain, "sampled_unit_name": column(name)} | online_places(rng, where, stage, size)


def online_places(rng: np.random.Generator, where: dict[str, Column], stage: Column, size: int) -> dict[str, Column]:
    """Address and place columns, emptied where the sample was bought online."""
    online: npt.NDArray[np.bool_] = stage == "online"
    links = column([f"https://mall.example/shop/{n}" for n in rng.integers(10_000, 99_999, size)])
    return {
        "sampled_unit_address": column(np.where(online, links, where["address"])),
        "sampled_unit_prefecture": column(np.where(online, "", where["prefecture_name"])),
        "sampled_unit_province": column(np.where(online, "", where["province_name"])),
        "cell_province": column(np.where(online, UNKNOWN, where["cell_province"])),
        "cell_prefecture": column(np.where(online, UNKNOWN, where["cell_prefecture"])),
    }


def _stages(rng: np.random.Generator, size: int, task: Task) -> Column:
    if task.sampling_type == "routine_monitoring":
        shares = {"production": 0.7, "distribution": 0.3}
    else:
        shares = {name: share for name, share in _STAGES.items() if task.with_online or name != "online"}
    weights = np.array(list(shares.values()))
    return column(list(shares))[rng.choice(len(shares), size, p=weights / weights.sum())]


def _catalog_of(catalog: Catalog, task: Task) -> Catalog:
    return catalog.subset([PRODUCE], inside=True) if task.sampling_type == "routine_monitoring" else catalog


def _numbers(task: Task, prefectures: Column, offset: int, size: int) -> Column:
    start = task.first_no + offset
    running = column([f"{n:08d}" for n in range(start, start + size)])
    numbers: Column = _NUMBER_PREFIX[task.level] + (task.quarter[2:4] + (prefectures + running))
    return numbers


def _brands(world: World, rng: np.random.Generator, produce: npt.NDArray[np.bool_], size: int) -> Column:
    stems = column([name[:3] for name in world.names.pools["production"].tolist()])
    drawn = stems[rng.integers(0, len(stems), size)]
    return column(np.where(produce | (rng.random(size) < 0.2), "", drawn))


def _producers(
    world: World,
    rng: np.random.Generator,
    columns: dict[str, Column],
    *,
    stage: Column,
    produce: npt.NDArray[np.bool_],
) -> dict[str, Column]:
    """The nominal producer: the sampled unit itself at the producer, none for produce, else anyone anywhere."""
    size = len(stage)
    elsewhere = world.draw_places(rng, size, away_share=0.4)
    own: npt.NDArray[np.bool_] = stage == "production"
    names = np.where(own, columns["sampled_unit_name"], world.names.draw(rng, "production", size))
    address = np.where(own, columns["sampled_unit_address"], elsewhere["address"])
    return {
        "producer_name": column(np.where(produce, "", names)),
        "producer_address": column(np.where(produce, "", address)),
    }


def _iso(days: npt.NDArray[np.datetime64]) -> Column:
    return column(days.astype("datetime64[D]").astype(str).astype(object))
