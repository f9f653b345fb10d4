"""Reports that come after others: corrections, re-inspections, a second level, a file sent twice.

Each takes back what the earlier report counted and counts what holds then; the order of arrival must not matter.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import date, timedelta
from typing import Any

import numpy as np

from pipelines.simulate.food import LEVEL_WORDS, task_words
from pipelines.simulate.forms import FOOD_INTERNAL, Form
from pipelines.simulate.frame import Samples, column, random_of
from pipelines.simulate.layout import PLAIN, QUARANTINED
from pipelines.simulate.plan import Job
from pipelines.simulate.produce import Kept, Production, write_sidecar, write_table
from pipelines.simulate.truth import FileTruth
from pipelines.simulate.writers import SUFFIXES

__all__ = ["produce_later"]

_MOST = 12
_SMALLEST_FILE = 30
_REINSPECTION_DAYS = 15
_DROPPED_BY_REPLACEMENT = 3


def produce_later(production: Production) -> dict[str, Any]:
    """Write one later file of each kind where the set holds a file to come back to; returns notes by kind."""
    notes: dict[str, Any] = {}
    unused = [each for each in production.kept if len(each.samples) >= _SMALLEST_FILE]
    kinds: tuple[tuple[str, Callable[[Kept], bool], Callable[[Production, Kept], str]], ...] = (
        ("amended", _is_food_notice, _amend),
        ("replaced", _has_notice, _replace),
        ("reported_by_two_levels", _is_municipal_food, _report_nationally),
        ("reinspected", _is_food, _reinspect),
        ("sent_twice", _is_plain_csv, _send_again),
    )
    for kind, suits, write in kinds:
        found = next((each for each in unused if suits(each)), None)
        if found is not None:
            unused = [each for each in unused if each is not found]
            later = write(production, found)
            notes |= {kind: {"earlier": found.name, "later": later}} if later else {}
    return notes


def _amend(production: Production, kept: Kept) -> str:
    """An error corrected (错误更正): some verdicts of a notice turn round."""
    chosen = _some(kept, _MOST)
    notice_no = f"{kept.job.notice_no}更正"
    later = _turned(production, kept.job, chosen).having(notice_no=notice_no)
    name = f"更正_{kept.job.stem}_{notice_no}{SUFFIXES['csv']}"
    return _write(
        production, kept, chosen, later, name=name, declared={"corrects": kept.job.notice_no}, notice_no=notice_no
    )


def _replace(production: Production, kept: Kept) -> str:
    """A notice issued anew: what the new one leaves out is retracted."""
    whole = kept.samples.take(kept.samples["fate"] != QUARANTINED)
    typical = np.flatnonzero(whole["is_typical"].astype(bool))
    chosen = whole.take(typical[_DROPPED_BY_REPLACEMENT:])
    notice_no = f"{kept.job.notice_no}重发"
    name = f"重发_{kept.job.stem}_{notice_no}{SUFFIXES['csv']}"
    declared = {"corrects": kept.job.notice_no, "mode": "replace"}
    return _write(
        production, kept, whole, chosen.having(notice_no=notice_no), name=name, declared=declared, notice_no=notice_no
    )


def _report_nationally(production: Production, kept: Kept) -> str:
    """The same samples in a national export: counted once, under the higher level."""
    chosen = _some(kept, _MOST)
    job = replace(kept.job, task=replace(kept.job.task, level="national"))
    later = chosen.having(task=task_words(job.task), level=f"{LEVEL_WORDS['national']}级", cell_level="national")
    name = f"{job.stem}数据_联动{SUFFIXES['csv']}"
    return _write(production, replace(kept, job=job), chosen, later, name=name)


def _reinspect(production: Production, kept: Kept) -> str:
    """Failed samples whose re-inspection overturned the result, in a report with a later conclusion date."""
    usable = kept.samples["is_typical"].astype(bool) & (kept.samples["verdict"] == "nonconforming")
    until = production.last_day - timedelta(days=_REINSPECTION_DAYS)
    early = np.array([day <= until.isoformat() for day in kept.samples["cell_concluded_on"]], dtype=bool)
    chosen = kept.samples.take(np.flatnonzero(usable & early)[:_MOST])
    if not len(chosen):
        return ""
    days = [date.fromisoformat(day) + timedelta(days=_REINSPECTION_DAYS) for day in chosen["cell_concluded_on"]]
    later = _turned(production, kept.job, chosen).having(
        concluded_on=column([day.isoformat() for day in days]),
        cell_quarter=column([_quarter(day) for day in days]),
        remark="复检合格",
    )
    name = f"{kept.job.stem}复检数据_{kept.job.number:02d}{SUFFIXES['csv']}"
    return _write(production, kept, chosen, later, name=name)


def _send_again(production: Production, kept: Kept) -> str:
    """The same table under another name and in another encoding."""
    text = (production.folder / kept.job.task.feed / kept.name).read_bytes().decode("utf-8")
    name = f"再次报送_{kept.name}"
    production.path(kept.job.task.feed, name).write_bytes(text.encode("gb18030"))
    first = next(each for each in production.ledger.files if each.name == kept.name)
    production.ledger.files.append(replace(first, name=name, form="csv_gb18030", same_batch_as=kept.name))
    return name


def _write(
    production: Production,
    kept: Kept,
    earlier: Samples,
    later: Samples,
    *,
    name: str,
    declared: dict[str, Any] | None = None,
    notice_no: str | None = None,
) -> str:
    """Write the later report plainly and move the counts from the earlier one to it."""
    job = replace(kept.job, format="csv", notice_no=notice_no)
    later = later.having(fate=PLAIN, conclusion_spoilt=np.zeros(len(later), dtype=bool))
    form = _plain_form(kept, with_notice=bool(notice_no))
    counts = write_table(production, job, name, form, later)
    if declared:
        declared = {"sender": "模拟报送单位"} | declared
        write_sidecar(production, production.folder / job.task.feed / name, declared)
    production.ledger.count(job.task.feed, earlier, take_back=True)
    production.ledger.count(job.task.feed, later)
    production.ledger.files.append(
        FileTruth(
            name, job.task.feed, job.format, notice_no, "together", counts,
            sidecar=bool(declared), corrects=(declared or {}).get("corrects"),
        )
    )  # fmt: skip
    return name


def _plain_form(kept: Kept, *, with_notice: bool) -> Form:
    """The whole internal form, so that nothing rests on what the earlier file left out."""
    form = FOOD_INTERNAL if kept.job.task.feed == "food" else kept.form
    form = form.having(("备注", "remark"))
    if with_notice and "notice_no" not in form.names:
        form = form.having(("公告号", "notice_no"), ("公告日期", "published_on"))
    return form


def _some(kept: Kept, most: int) -> Samples:
    """Typical samples of a file, failed ones first."""
    usable = np.flatnonzero(kept.samples["is_typical"].astype(bool) & (kept.samples["verdict"] != "undetermined"))
    failed = kept.samples["verdict"][usable] == "nonconforming"
    return kept.samples.take(np.concatenate([usable[failed], usable[~failed]])[:most])


def _turned(production: Production, job: Job, samples: Samples) -> Samples:
    """The same samples with the opposite verdict, and findings that go with it."""
    rng = random_of(production.world.seed, "turned", job.number)
    catalog = production.world.catalogs[job.task.feed]
    verdict, findings = samples["verdict"].copy(), samples["findings"].copy()
    for position, was in enumerate(samples["verdict"].tolist()):
        passed = was == "nonconforming"
        verdict[position] = "conforming" if passed else "nonconforming"
        category, sub = samples["category"][position], samples["category_2"][position]
        findings[position] = () if passed else catalog.fail(rng, category, sub, several=0.0)
    return samples.having(verdict=verdict, findings=findings)


def _quarter(day: date) -> str:
    return f"{day.year}Q{(day.month + 2) // 3}"


def _is_food(kept: Kept) -> bool:
    return kept.job.task.feed == "food"


def _has_notice(kept: Kept) -> bool:
    return kept.job.notice_no is not None and kept.job.task.feed in ("food", "market")


def _is_food_notice(kept: Kept) -> bool:
    return _is_food(kept) and _has_notice(kept)


def _is_municipal_food(kept: Kept) -> bool:
    return _is_food(kept) and kept.job.task.level == "municipal"


def _is_plain_csv(kept: Kept) -> bool:
    return kept.job.format == "csv" and {"task", "level"} <= set(kept.form.names)
