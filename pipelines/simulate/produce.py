"""From a job to its files: draw, soil, lay out and write block by block, counting the truth on the way."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np

from pipelines.simulate.construction import draw_construction
from pipelines.simulate.food import draw_food
from pipelines.simulate.forms import (
    CONSTRUCTION,
    DECLARATION,
    FOOD_CONFORMING,
    FOOD_CONFORMING_PLACED,
    FOOD_INTERNAL,
    FOOD_NONCONFORMING,
    MARKET_INTERNAL,
    MARKET_OFFICIAL,
    Form,
)
from pipelines.simulate.frame import UNKNOWN, Samples, random_of
from pipelines.simulate.layout import Counts, lay_out
from pipelines.simulate.market import draw_market
from pipelines.simulate.plan import DECLARED_COMPLETE, HELD, OFFICIAL, PAIR, Job
from pipelines.simulate.quirks import Habits, draw_habits, soil, spell_headers
from pipelines.simulate.truth import FileTruth, Ledger
from pipelines.simulate.world import World
from pipelines.simulate.writers import SUFFIXES, Head, SheetWriter, open_sheets, writer_of

__all__ = ["Kept", "Production", "Table", "produce", "write_sidecar", "write_table"]

BLOCK = 20_000
_KEPT_SAMPLES = 2_000
_LEVEL_PUBLISHERS = {"national": "国家市场监督管理总局"}
_DRAW = {"food": draw_food, "market": draw_market, "construction": draw_construction}
_HALVES = ("conforming", "nonconforming")
_HALF_WORDS = {"conforming": "合格", "nonconforming": "不合格"}


@dataclass(frozen=True)
class Kept:
    """A small file with both verdicts, whose samples a later file may report again."""

    job: Job
    form: Form
    samples: Samples
    name: str


@dataclass
class Production:
    """What grows while a set is written: the ledger, the files, the samples that later files come back to."""

    world: World
    folder: Path
    quirks: float
    ledger: Ledger
    last_day: date
    files: list[Path] = field(default_factory=list)
    kept: list[Kept] = field(default_factory=list)
    n_done: int = 0
    on_block: Callable[[int], None] = lambda _: None

    def path(self, feed: str, name: str) -> Path:
        """Path of a new file of a feed; its folder is made."""
        path = self.folder / feed / name
        path.parent.mkdir(parents=True, exist_ok=True)
        self.files.append(path)
        return path


@dataclass
class Table:
    """One table being written: form, habits and the running number and counts of its rows."""

    writer: SheetWriter
    form: Form
    habits: Habits
    counts: Counts = field(default_factory=Counts)

    def add(self, samples: Samples) -> None:
        """Append soiled samples."""
        laid = lay_out(samples, self.form, self.habits.style, first_sequence=self.counts.rows_read + 1)
        self.writer.write(laid.rows, laid.spans if self.habits.style.continuation == "merge" else [])
        self.counts += laid.counts


def produce(production: Production, job: Job) -> None:
    """Write the file or files of a job."""
    if job.kind == PAIR:
        _write_notice(production, job)
    else:
        _write_internal(production, job)


def write_sidecar(production: Production, file: Path, content: dict[str, Any]) -> None:
    """Write `<file>.meta.json` beside a file."""
    path = production.path(file.parent.name, f"{file.name}.meta.json")
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def write_table(production: Production, job: Job, name: str, form: Form, samples: Samples) -> Counts:
    """Write samples that are already as they are to be written, as one clean file."""
    habits = draw_habits(random_of(0), 0.0)
    path = production.path(job.task.feed, name)
    with writer_of(path, job.format, Head(form.headers, job.stem)) as writer:
        table = Table(writer, form, habits)
        table.add(samples)
    return table.counts


def _blocks(production: Production, job: Job, rng: np.random.Generator) -> Iterator[Samples]:
    """The job's samples as drawn, in blocks."""
    for offset in range(0, job.size, BLOCK):
        size = min(BLOCK, job.size - offset)
        drawn = _DRAW[job.task.feed](production.world, job.task, rng, size, offset)
        yield drawn.having(notice_no=job.notice_no or "")
        production.n_done += size
        production.on_block(production.n_done)


def _write_internal(production: Production, job: Job) -> None:
    """A file that carries both verdicts: internal exports, market tables, all of construction."""
    rng = random_of(production.world.seed, "job", job.number, job.stem)
    habits = draw_habits(rng, production.quirks)
    form, level_declared = _internal_form(job, habits)
    number = f"_{job.notice_no}" if job.notice_no else f"数据_{job.number:02d}"
    stem = job.stem if not level_declared else job.stem.replace("省级", "").replace("市级", "")
    name = f"{stem}{'结果' if job.kind == OFFICIAL else ''}{number}{SUFFIXES[job.format]}"
    path = production.path(job.task.feed, name)
    sidecar = _sidecar(production, job, level_declared)
    if sidecar:
        write_sidecar(production, path, sidecar)
    with writer_of(path, job.format, _plain_head(form, habits, stem)) as writer:
        table = Table(writer, form, habits)
        for drawn in _blocks(production, job, rng):
            samples = soil(drawn, form, habits, rng)
            table.add(samples)
            production.ledger.count(job.task.feed, samples)
            if len(samples) == job.size <= _KEPT_SAMPLES and job.kind != OFFICIAL:
                production.kept.append(Kept(job, form, samples, path.name))
    _note(production, job, path.name, table.counts, half="together", has_sidecar=bool(sidecar))


def _internal_form(job: Job, habits: Habits) -> tuple[Form, bool]:
    """The form of this file, and whether only the side-car tells its level."""
    if job.task.feed == "construction":
        return CONSTRUCTION, habits.task_in_name_only
    if job.kind == OFFICIAL:
        return MARKET_OFFICIAL, False
    form = FOOD_INTERNAL if job.task.feed == "food" else MARKET_INTERNAL
    if job.task.feed == "food" and job.variant % 3 == 1:
        form = form.with_findings_split()
    if job.task.feed == "food" and habits.one_category_column:
        form = form.with_one_category()
    if habits.no_prefecture_column or job.variant % 4 == 3:
        form = form.without("sampled_unit_prefecture")
    if habits.task_in_name_only:
        form = form.without("task", "level")
    if job.notice_no:
        form = form.having(("公告号", "notice_no"), ("公告日期", "published_on"))
    return form, False


def _sidecar(production: Production, job: Job, level_declared: bool) -> dict[str, Any]:
    """What the sender adds beside the file; empty where a real one would add nothing."""
    task = job.task
    if job.kind == OFFICIAL and task.published_on:
        publisher = _LEVEL_PUBLISHERS.get(task.level, f"{production.world.places.province_name}市场监督管理局")
        return {
            "sender": publisher,
            "publisher": publisher,
            "notice_no": job.notice_no,
            "published_on": task.published_on.isoformat(),
            "sampling_type": task.sampling_type,
            "level": task.level,
        }
    if level_declared:
        return {"sender": f"{production.world.places.province_name}住房和城乡建设厅", "level": task.level}
    return {}


def _write_notice(production: Production, job: Job) -> None:
    """Both attachments of a food notice, as two files or as two sheets of one workbook; or one half alone."""
    rng = random_of(production.world.seed, "job", job.number, job.stem)
    habits = draw_habits(rng, production.quirks)
    is_placed = job.task.level == "provincial" and job.variant % 2 == 0 and not job.special
    forms = dict(
        zip(_HALVES, (FOOD_CONFORMING_PLACED if is_placed else FOOD_CONFORMING, FOOD_NONCONFORMING), strict=True)
    )
    halves = _HALVES[:1] if job.special else _HALVES
    in_one_book = len(halves) == 2 and job.format == "xlsx" and job.variant // 6 % 2 == 1
    heads = {half: _head(job, half, forms[half], habits) for half in halves}
    with ExitStack() as stack:
        if in_one_book:
            name = f"附件_{job.stem}合格_不合格产品信息统计表_{job.notice_no}.xlsx"
            book = production.path("food", name)
            names = dict.fromkeys(halves, name)
            writers = stack.enter_context(open_sheets(book, list(heads.values())))
        else:
            names = {half: _half_name(job, half, habits) for half in halves}
            paths = [production.path("food", names[half]) for half in halves]
            writers = [
                stack.enter_context(writer_of(path, job.format, heads[half]))
                for path, half in zip(paths, halves, strict=True)
            ]
        tables = {half: Table(writer, forms[half], habits) for half, writer in zip(halves, writers, strict=True)}
        _fill_halves(production, job, tables, rng, is_placed=is_placed)
    _note_halves(production, job, names, tables)


def _fill_halves(
    production: Production, job: Job, tables: dict[str, Table], rng: np.random.Generator, *, is_placed: bool
) -> None:
    """Split each block by verdict; without a place on the conforming side no sample of the notice has one."""
    for block in _blocks(production, job, rng):
        drawn = _with_a_failure(production, job, block, rng).having(cell_stage=UNKNOWN)
        if job.special == HELD:  # no rule says whether a held sample may have its prefecture from its unit's name
            drawn = drawn.having(sampled_unit_name=drawn["unit_plain"])
        for half, table in tables.items():
            samples = soil(drawn.take(drawn["verdict"] == half), table.form, table.habits, rng)
            if not is_placed:
                samples = samples.having(cell_prefecture=UNKNOWN)
            table.add(samples)
            production.ledger.count("food", samples, held=job.special == HELD)


def _with_a_failure(production: Production, job: Job, drawn: Samples, rng: np.random.Generator) -> Samples:
    """At least one failed sample, so that neither half is empty; at most all but one."""
    if job.special or (drawn["verdict"] == "nonconforming").any():
        return drawn
    verdict, findings = drawn["verdict"].copy(), drawn["findings"].copy()
    verdict[0] = "nonconforming"
    catalog = production.world.catalogs["food"]
    findings[0] = catalog.fail(rng, drawn["category"][0], drawn["category_2"][0], several=0.0)
    return drawn.having(verdict=verdict, findings=findings)


def _head(job: Job, half: str, form: Form, habits: Habits) -> Head:
    title = f"{job.task.quarter[:4]}年{job.stem[9:]}{_HALF_WORDS[half]}产品信息"
    return Head(
        spell_headers(form.headers, habits),
        title,
        DECLARATION,
        f"{_HALF_WORDS[half]}产品信息",
        title_in_csv=habits.is_quirky,
    )


def _plain_head(form: Form, habits: Habits, title: str) -> Head:
    return Head(spell_headers(form.headers, habits), title, real_dates=habits.mixed_dates)


def _half_name(job: Job, half: str, habits: Habits) -> str:
    """The verdict stands in the name, or in the sheet's name alone; some senders write figures in full width."""
    number = _HALVES.index(half) + 1
    words = "" if job.format == "xlsx" and habits.missing_marks else _HALF_WORDS[half]
    name = f"附件{number}_{job.stem}{words}产品信息_{job.notice_no}"
    if habits.wide_text:
        name = "".join(chr(ord(char) + 0xFEE0) if char.isascii() and char.isdigit() else char for char in name)
    return name + SUFFIXES[job.format]


def _note_halves(production: Production, job: Job, names: dict[str, str], tables: dict[str, Table]) -> None:
    if len(set(names.values())) < len(names):
        counts = tables["conforming"].counts + tables["nonconforming"].counts
        _note(production, job, names["conforming"], counts, half="conforming+nonconforming", has_sidecar=False)
        return
    for half, table in tables.items():
        if job.special == DECLARED_COMPLETE:
            write_sidecar(
                production, production.folder / "food" / names[half], {"sender": "模拟报送单位", "complete": True}
            )
        _note(production, job, names[half], table.counts, half=half, has_sidecar=job.special == DECLARED_COMPLETE)


def _note(production: Production, job: Job, name: str, counts: Counts, *, half: str, has_sidecar: bool) -> None:
    production.ledger.files.append(
        FileTruth(name, job.task.feed, job.format, job.notice_no, half, counts, sidecar=has_sidecar)
    )
