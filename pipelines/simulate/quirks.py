"""What real senders do to their tables, with examples from real tables; each change keeps the truth in step.

A file is drawn as quirky or clean with the set's probability; a quirky file carries a few habits of its own, and some
of its rows are spoilt, repeated or given a place that nobody can resolve.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import date
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from pipelines.simulate.forms import Form
from pipelines.simulate.frame import UNKNOWN, Column, Samples, column
from pipelines.simulate.layout import DUPLICATE, PLAIN, QUARANTINED, Style

__all__ = ["CLEAN", "Habits", "draw_habits", "soil", "spell_headers"]

_HEADER_SPELLINGS: tuple[Callable[[str], str], ...] = (
    lambda header: f"{header}*",
    lambda header: f"{header[:-2]}\n{header[-2:]}" if len(header) > 3 else header,
    lambda header: f"{header}\u3000",
    lambda header: f"{header[:2]}\r\n{header[2:]}" if len(header) > 3 else header,
    lambda header: header.replace("/", "／").replace("║", "‖"),
)
_DATE_SHAPES: tuple[Callable[[date], str], ...] = (
    lambda day: day.isoformat(),
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day.year}.{day.month:02d}.{day.day:02d}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day.year}{day.month:02d}{day.day:02d}",
    lambda day: f"{day.year}—{day.month:02d}—{day.day:02d}",
    lambda day: _wide(day.isoformat()),
)
_BATCH_SHAPES: tuple[Callable[[date], str], ...] = (
    *_DATE_SHAPES,
    lambda day: f"{day.isoformat()}（购进日期）",
    lambda day: f"{day.year}.{day.month:02d}.{day.day:02d}{day.year % 100}{day.month:02d}{day.day:02d}03",
    lambda day: f"批号{day.year % 100}{day.month:02d}{day.day:02d}01",
)
_MISSING_MARKS = ("/", "——", "无", "--", "／", "/ ")
_SEPARATORS = ("║", "‖", "∥", "∣", "||", "｜")
_WORDS = (
    {"conforming": "合格", "nonconforming": "不合格", "undetermined": "未判定"},
    {"conforming": "符合", "nonconforming": "不符合", "undetermined": "未判定"},
    {"conforming": "合  格", "nonconforming": "不合格 ", "undetermined": "不予判定"},
    {"conforming": "所检项目符合标准要求。", "nonconforming": "不合格", "undetermined": "未判定"},
)
_UNREADABLE = ("2026年13月45日", "待补", "2026-02-31")
_FUTURE = "2099-05-01"
SPOILT_SHARE, REPEATED_SHARE, UNPLACED_SHARE, UNKNOWN_CATEGORY_SHARE = 0.04, 0.04, 0.03, 0.02
_HALF_OF_ROWS = 0.5


@dataclass(frozen=True)
class Habits:
    """How one file departs from the plain form; CLEAN departs in nothing."""

    style: Style
    is_quirky: bool = False
    header_spelling: int | None = None
    mixed_dates: bool = False
    missing_marks: bool = False
    wide_text: bool = False
    short_places: bool = False
    one_category_column: bool = False
    no_prefecture_column: bool = False
    task_in_name_only: bool = False


CLEAN = Habits(Style())


def draw_habits(rng: np.random.Generator, quirks: float) -> Habits:
    """The habits of one file: none with probability 1 - quirks, else each habit with probability one half."""
    if rng.random() >= quirks:
        return CLEAN
    has = (rng.random(8) < _HALF_OF_ROWS).tolist()
    style = Style(
        continuation=str(rng.choice(["blank", "repeat", "merge", "cell"])),
        separator=str(rng.choice(_SEPARATORS)),
        pass_mark=str(rng.choice(["", "/", "无", "——"])),
        words=_WORDS[int(rng.integers(0, len(_WORDS)))],
    )
    spelling = int(rng.integers(0, len(_HEADER_SPELLINGS))) if has[0] else None
    return Habits(style, True, spelling, *has[1:])


def spell_headers(headers: tuple[str, ...], habits: Habits) -> tuple[str, ...]:
    """Headers as this sender spells them; every second one departs."""
    if habits.header_spelling is None:
        return headers
    spell = _HEADER_SPELLINGS[habits.header_spelling]
    return tuple(spell(header) if position % 2 else header for position, header in enumerate(headers))


def soil(samples: Samples, form: Form, habits: Habits, rng: np.random.Generator) -> Samples:
    """The samples as this sender writes them, with the column `fate` and the cells they then belong to."""
    size = len(samples)
    soiled = samples.having(
        fate=PLAIN, conclusion_spoilt=np.zeros(size, dtype=bool), is_typical=np.ones(size, dtype=bool)
    )
    if not habits.is_quirky:
        return _finished(soiled, form)
    free = rng.permutation(size)
    counts = [round(size * share) for share in (UNPLACED_SHARE, UNKNOWN_CATEGORY_SHARE, SPOILT_SHARE, REPEATED_SHARE)]
    edges = np.cumsum([0, *counts])
    unplaced, strange, spoilt, repeated = (free[a:b] for a, b in pairwise(edges.tolist()))
    soiled = _unplace(soiled, form, unplaced)
    soiled = _estrange(soiled, strange)
    soiled = _habitual(soiled, form, habits, rng)
    soiled = _spoil(soiled, form, spoilt)
    soiled = _repeat(soiled, repeated)
    typical = np.ones(size, dtype=bool)
    typical[free[: edges[-1]]] = False
    return _finished(soiled.having(is_typical=typical), form)


def _finished(samples: Samples, form: Form) -> Samples:
    """Both category levels joined where the form wants it, and the cells that its place columns allow."""
    if "category_path" in form.names:
        top, sub = samples["category"], samples["category_2"]
        samples = samples.having(category_path=column(np.where(sub == "", top, top + "-->" + sub)))
    return _only_place_columns(samples, form)


def _only_place_columns(samples: Samples, form: Form) -> Samples:
    """Without any column that gives a prefecture, the prefecture is unknown; without a province too, so is that."""
    names = set(form.names)
    if names & {"sampled_unit_address", "sampled_unit_prefecture"}:
        return samples
    samples = samples.having(cell_prefecture=UNKNOWN)
    return samples if "sampled_unit_province" in names else samples.having(cell_province=UNKNOWN)


def _unplace(samples: Samples, form: Form, which: npt.NDArray[np.int64]) -> Samples:
    """Addresses that give a county alone, a county name that two prefectures share, or a zone that is no division."""
    if "sampled_unit_address" not in form.names or "sampled_unit_prefecture" in form.names:
        return samples
    address, unit = samples["sampled_unit_address"].copy(), samples["sampled_unit_name"].copy()
    province, prefecture = samples["cell_province"].copy(), samples["cell_prefecture"].copy()
    for turn, position in enumerate(which.tolist()):
        if prefecture[position] == UNKNOWN:
            continue
        county, street = samples["county_name"][position], samples["street"][position]
        unit[position] = samples["unit_plain"][position]
        if samples["is_ambiguous"][position]:
            address[position] = f"{samples['province_name'][position]}{county}{street}"
            prefecture[position] = UNKNOWN
        elif samples["is_unique"][position] and turn % 2:
            address[position] = f"{county}{street}"
        else:
            address[position] = f"高新区{street}"
            province[position] = prefecture[position] = UNKNOWN
    return samples.having(
        sampled_unit_address=address, sampled_unit_name=unit, cell_province=province, cell_prefecture=prefecture
    )


def _estrange(samples: Samples, which: npt.NDArray[np.int64]) -> Samples:
    """A category, or where the form has none a product, that no list has; counted under `unknown`."""
    names = {"category": "其他未分类", "category_2": "", "cell_category": UNKNOWN}
    if "product_name" in samples:
        names["product_name"] = "模拟未列名产品"
    if "inspected_item" in samples:
        names.pop("category_2")
    return samples.having(**{name: _set(samples[name], which, text) for name, text in names.items()})


def _habitual(samples: Samples, form: Form, habits: Habits, rng: np.random.Generator) -> Samples:
    size = len(samples)
    changed: dict[str, Column | str] = {}
    if habits.mixed_dates:
        for name in {"concluded_on", "sampled_on", "published_on", "rectify_by"} & set(form.names):
            changed[name] = _reshape(samples[name], rng, _DATE_SHAPES)
        if "batch_or_date" in form.names:
            changed["batch_or_date"] = _reshape(samples["batch_or_date"], rng, _BATCH_SHAPES)
    if habits.missing_marks:
        for name in {"brand", "spec", "producer_name", "remark"} & set(form.names):
            marks = column(_MISSING_MARKS)[rng.integers(0, len(_MISSING_MARKS), size)]
            changed[name] = column(np.where((samples[name] == "") | (rng.random(size) < 0.05), marks, samples[name]))
    if habits.wide_text:
        if "spec" in form.names:
            texts = changed.get("spec", samples["spec"])
            changed["spec"] = column([_wide(text) for text in texts])
        if "sampled_unit_name" in form.names:
            changed["sampled_unit_name"] = samples["sampled_unit_name"] + "\u3000"
    if habits.short_places and "sampled_unit_prefecture" in form.names:
        known = samples["sampled_unit_prefecture"] != ""
        changed["sampled_unit_prefecture"] = column(np.where(known, samples["prefecture_short"], ""))
    return samples.having(**changed)


def _spoil(samples: Samples, form: Form, which: npt.NDArray[np.int64]) -> Samples:
    """Rows to be quarantined: no readable date, a future one, no verdict, more points conforming than checked.

    A failed sample without an item is refused where only a name says that it failed; where its own conclusion says
    so, it counts as failed.
    """
    deciding = ["sampled_on"] if "points_checked_text" in form.names else ["concluded_on", "published_on"]
    dates = [name for name in deciding if name in form.names]
    fate = _set(samples["fate"], which, QUARANTINED)
    spoilt, findings = samples["conclusion_spoilt"].copy(), samples["findings"].copy()
    changed: dict[str, Column] = {name: samples[name].copy() for name in dates}
    points = samples["points_conforming_text"].copy() if "points_checked_text" in form.names else None
    for turn, position in enumerate(which.tolist()):
        way = turn % 3
        failed = samples["verdict"][position] == "nonconforming" and points is None
        if points is not None and way == 0:
            points[position] = str(int(samples["points"][position]) + 3)
        elif failed and (way == 0 or not dates or "conclusion" not in form.names):
            findings[position] = ()
            if "conclusion" in form.names:
                fate[position] = PLAIN
        elif way == 1 and not failed and points is None and "conclusion" in form.names:
            spoilt[position] = True
        elif dates:
            text = _FUTURE if way == 2 else _UNREADABLE[turn % len(_UNREADABLE)]
            for name in dates:
                changed[name][position] = text
        else:
            fate[position] = PLAIN
    if points is not None:
        changed["points_conforming_text"] = points
    return samples.having(fate=fate, conclusion_spoilt=spoilt, findings=findings, **changed)


def _repeat(samples: Samples, which: npt.NDArray[np.int64]) -> Samples:
    """Rows that stand twice; only samples of one row, so that what is repeated is the whole sample."""
    single = np.array([position for position in which.tolist() if len(samples["findings"][position]) < 2], dtype=int)
    return samples.having(fate=_set(samples["fate"], single, DUPLICATE))


def _reshape(texts: Column, rng: np.random.Generator, shapes: tuple[Callable[[date], str], ...]) -> Column:
    turns = rng.integers(0, len(shapes), len(texts)).tolist()
    return column(
        [
            shapes[turn](date.fromisoformat(text)) if text else ""
            for turn, text in zip(turns, texts.tolist(), strict=True)
        ]
    )


def _set(values: Column, which: npt.NDArray[np.int64], text: str) -> Column:
    changed = values.copy()
    changed[which] = text
    return changed


def _wide(text: str) -> str:
    """ASCII letters and figures in full width."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
