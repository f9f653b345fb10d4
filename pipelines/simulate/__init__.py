"""Realistic feed files and the truth that they must yield; the same seed gives the same bytes.

Nothing of the pipeline is used here, so that the truth is a second opinion and not an echo.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from pipelines.simulate.food import Task
from pipelines.simulate.frame import quarter_span, quarters_from
from pipelines.simulate.later import produce_later
from pipelines.simulate.plan import INTERNAL, OFFICIAL, PAIR, Job, plan_jobs
from pipelines.simulate.produce import Production, produce
from pipelines.simulate.truth import Ledger, write_truth
from pipelines.simulate.world import RATE_RANGES, World, build_world
from warehouse.errors import UserError
from warehouse.landing import SIDECAR_SUFFIX
from warehouse.reference import categories, divisions

__all__ = ["TRUTH_NAME", "SimulatedSet", "first_drop", "simulate", "simulate_batch"]

FEEDS = ("market", "food", "construction")
TRUTH_NAME = "truth.json"
_SEVERAL_ITEMS = 0.3
_FIRST_PUBLISHED = date(2026, 6, 26)
_FIRST = (
    (INTERNAL, "csv", 1500, Task("food", "evaluation", "provincial", "2026Q2", first_no=1)),
    (
        PAIR, "xlsx", 240,
        Task(
            "food", "supervision", "provincial", "2026Q2", first_no=1501, several=0.3, with_online=False,
            with_undetermined=False, published_on=_FIRST_PUBLISHED,
        ),
    ),
    (
        OFFICIAL, "csv_gb18030", 500,
        Task("market", "supervision", "provincial", "2026Q2", first_no=1, several=0.3, published_on=_FIRST_PUBLISHED),
    ),
    (INTERNAL, "xlsx", 300, Task("construction", "inspection", "provincial", "2026Q2", first_no=1)),
)  # fmt: skip


@dataclass(frozen=True)
class SimulatedSet:
    """What was written: feed files and side-cars in order, the truth beside them, and how much it is."""

    folder: Path
    files: tuple[Path, ...]
    truth: Path
    n_samples: int
    n_rows: int


def simulate(
    folder: Path,
    *,
    province: str = "510000",
    start: str = "2026Q1",
    quarters: int = 2,
    samples: int = 3000,
    seed: int = 1,
    quirks: float = 0.2,
    feeds: tuple[str, ...] = FEEDS,
    progress: Callable[[int, int], None] | None = None,
) -> SimulatedSet:
    """Write `<feed>/<files>` and truth.json into a folder, ready to be dropped into landing as they are.

    samples: distinct samples (inspections in construction) over all feeds and quarters; later reports come on top.
    quirks: share of files that depart from the plain form; above 0 there are also corrections, a re-inspection, a
        second level, a file sent twice and notices with a missing half. 0 gives clean files.
    Memory is bounded by a block of samples, except for workbooks, which hold 20,000 samples at most.
    Raises UserError for an unknown province, feed, quarter or share.
    """
    _check(start, quarters, samples, quirks, feeds)
    spans = quarters_from(start, quarters)
    production = _production(folder, province, feeds, seed=seed, quirks=quirks, last_day=quarter_span(spans[-1])[1])
    production.on_block = lambda done: progress(done, samples) if progress else None
    for job in plan_jobs(spans, samples, feeds, several=_SEVERAL_ITEMS * (quirks > 0), with_lone_halves=quirks > 0):
        produce(production, job)
    notes = produce_later(production) if quirks > 0 else {}
    parameters = {
        "province": province, "start": start, "quarters": quarters, "samples": samples, "seed": seed,
        "quirks": quirks, "feeds": list(feeds), "pass_rate_ranges": RATE_RANGES,
    }  # fmt: skip
    return _finish(production, parameters, notes, samples)


def simulate_batch(
    folder: Path, *, samples: int, province: str = "510000", quarter: str = "2026Q1", seed: int = 1
) -> SimulatedSet:
    """One clean food CSV of `samples` samples with its truth; what benchmarks of a single batch read."""
    _check(quarter, 1, samples, 0.0, ("food",))
    production = _production(folder, province, ("food",), seed=seed, quirks=0.0, last_day=quarter_span(quarter)[1])
    task = Task("food", "evaluation", "provincial", quarter, first_no=1)
    produce(production, Job(INTERNAL, task, samples, 1, "csv", 0))
    return _finish(
        production, {"province": province, "quarter": quarter, "samples": samples, "seed": seed}, {}, samples
    )


def first_drop(folder: Path) -> list[Path]:
    """Write the few files that a first start drops: small ones of each feed, both halves of one notice among them.

    Returns the files as `folder/<feed>/<name>`, each after its side-car.
    """
    production = _production(folder, "510000", FEEDS, seed=1, quirks=0.0, last_day=_FIRST_PUBLISHED)
    for number, (kind, form, size, task) in enumerate(_FIRST, start=1):
        notice_no = f"模拟{task.quarter[:4]}年首{number}号" if task.published_on else None
        produce(production, Job(kind, task, size, number, form, 0, notice_no))
    return sorted(production.files, key=lambda path: (path.parent.name, not path.name.endswith(SIDECAR_SUFFIX)))


def _production(
    folder: Path, province: str, feeds: tuple[str, ...], *, seed: int, quirks: float, last_day: date
) -> Production:
    world: World = build_world(divisions(), categories().by_code.values(), province=province, feeds=feeds, seed=seed)
    return Production(world, folder, quirks, Ledger(province), last_day)


def _finish(
    production: Production, parameters: dict[str, object], notes: dict[str, object], samples: int
) -> SimulatedSet:
    truth = production.folder / TRUTH_NAME
    write_truth(truth, production.ledger, parameters, notes)
    n_rows = sum(each.counts.rows_read for each in production.ledger.files)
    return SimulatedSet(production.folder, tuple(production.files), truth, samples, n_rows)


def _check(start: str, quarters: int, samples: int, quirks: float, feeds: tuple[str, ...]) -> None:
    is_quarter = len(start) == 6 and start[:4].isdigit() and start[4] == "Q" and start[5] in "1234"
    if not is_quarter:
        raise UserError(f"{start!r} is not a quarter; write one as 2026Q1")
    if quarters < 1 or samples < 1:
        raise UserError(f"{quarters} quarters and {samples} samples; both must be 1 or more")
    if not 0 <= quirks <= 1:
        raise UserError(f"quirks={quirks} is a share; write a number from 0 to 1")
    if not feeds or (strange := sorted(set(feeds) - set(FEEDS))):
        raise UserError(f"feeds {', '.join(strange) if feeds else '(none)'}; choose among {', '.join(FEEDS)}")
