"""Tables of a known truth, written as no program would: each sheet and each row with quirks drawn at random.

Whoever reads them back may find the truth or refuse; `Told` says of each sample which of the two it has to be.
"""

from __future__ import annotations

import random
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import cache

from opencc import OpenCC

from pipelines.read import Merge, Sheet
from pipelines.readers import table_of
from tests.integration.mixed_cells import (
    COUNTS,
    GARBLED,
    ITEMS,
    LABORATORY,
    MARKS,
    PLACES,
    TASKS,
    TITLES,
    UNITS,
    UNSURE_COUNTS,
    WORDS,
    joined,
    produced,
    soiled,
    wide,
)

__all__ = ["Fault", "Layout", "Told", "write_sheet"]

Cells = dict[str, str | None]


@dataclass(frozen=True)
class Layout:
    """How one sheet of a feed is laid out.

    verdict: who gives it: column, findings or sheet; findings: in one cell, columns, groups, substances or verdict
    (behind the verdict in its cell); more: how a sample goes on over several rows.
    """

    feed: str
    verdict: str
    findings: str
    separator: str
    is_swapped: bool
    more: str
    header: str
    place: str
    is_numbered: bool
    is_shuffled: bool
    is_traditional: bool
    has_task: bool
    has_title: bool
    counts_from_1904: bool

    def sound(self) -> Layout:
        """The nearest layout that a table can have."""
        findings, verdict = self.findings, self.verdict
        if findings in ("groups", "substances", "verdict"):
            verdict = "column"
        return Layout(**{**self.__dict__, "verdict": verdict})


@dataclass(frozen=True)
class Fault:
    """One failed item as it has to come back; without number where it may be flagged as uncertain."""

    name: str
    number: float
    low: float | None
    high: float | None
    may_be_unsure: bool = False


@dataclass
class Told:
    """One sample: what must come back, or `spoilt`, why nothing may; rows: where it stands, copies: its repetitions."""

    verdict: str
    prefecture: str
    quarter: str
    sampling_type: str
    produced: tuple[date | None, str | None]
    faults: list[Fault] = field(default_factory=list)
    spoilt: str | None = None
    rows: list[int] = field(default_factory=list)
    copies: list[int] = field(default_factory=list)


def write_sheet(layout: Layout, n_samples: int, first: int, rng: random.Random) -> list[tuple[Sheet, list[Told]]]:
    """The sheet with its samples, or, where the name of the sheet gives the verdict, one for each verdict."""
    verdicts = ("conforming", "nonconforming") if layout.verdict == "sheet" else (None,)
    sheets = []
    for k, verdict in enumerate(verdicts):
        pen = _Pen(layout, verdict, rng)
        for number in range(first + k * n_samples, first + (k + 1) * n_samples):
            pen.write(number)
        sheets.append(pen.finished(first))
    return sheets


class _Pen:
    """Writes one sheet, row after row."""

    def __init__(self, layout: Layout, verdict: str | None, rng: random.Random) -> None:
        self.layout, self.only, self.rng = layout, verdict, rng
        self.tasks = TASKS[layout.feed]
        self.sampling_type = rng.choice(sorted(self.tasks))
        self.keys = self._order()
        self.rows: list[list[str | None]] = []
        self.merges: list[Merge] = []
        self.told: list[Told] = []
        self.header: list[list[str | None]] = self._header()
        width = len(self.keys)
        if layout.has_title or not layout.has_task:
            self.rows.append([rng.choice(self.tasks[self.sampling_type]) + "信息", *[None] * (width - 1)])
            if width > 1:
                self.merges.append(Merge(1, 1, 1, width))
            declared = (
                "（声明：以下信息仅指本次抽检标称的生产企业相关产品的生产日期/批号和所检项目，合格、不合格均列出）"
            )
            self.rows.append([declared, *[None] * (width - 1)])
        self._put_header()

    def _order(self) -> list[str]:
        layout, rng = self.layout, self.rng
        blocks = [["no"]] if layout.is_numbered else [["seq"]]
        blocks += [["product"], ["spec"], ["brand"], ["batch"], ["unit", "address"]]
        blocks += [["prefecture"]] if layout.place == "prefecture" else []
        blocks += [["date"]] + ([["task"]] if layout.has_task else [])
        blocks += [["verdict"]] if layout.verdict == "column" else []
        blocks += [_finding_keys(layout), ["lab"], ["remark"]]
        if layout.is_shuffled:
            rng.shuffle(blocks)
        return [key for block in blocks for key in block]

    def _header(self) -> list[list[str | None]]:
        titles: list[str | None] = [self._title(key) for key in self.keys]
        if self.layout.header != "two rows":
            return [titles]
        at = self.keys.index("unit")
        lower: list[str | None] = [None] * len(titles)
        titles[at : at + 2], lower[at : at + 2] = ["被抽样单位", None], ["名称", "地址"]
        return [titles, lower]

    def _title(self, key: str) -> str:
        if key in TITLES:
            title = self.rng.choice(TITLES[key])
        elif key == "findings":
            parts = (
                ("不合格项目", "标准值", "检验结果") if self.layout.is_swapped else ("不合格项目", "检验结果", "标准值")
            )
            is_mark = self.layout.separator in MARKS
            title = self.layout.separator.join(parts) if is_mark else "不合格项目"
        elif key[0] == "s":
            item = ITEMS[int(key[1:])]
            title = f"{item[1]}（{item[3]}）"
        else:
            title = {"i": "项目", "v": "结果", "l": "标准"}[key[0]] + key[1:]
        if self.layout.header != "broken":
            return title
        broken = (f"{title}*", f"{title[:2]}\r\n{title[2:]}", f"{title}\u3000", f"\xa0{title}", f"{title}（隐藏栏）")
        return self.rng.choice((title, *broken[:-1]) if key[0] in "sivl" and key not in TITLES else (title, *broken))

    def _put_header(self) -> None:
        first = len(self.rows) + 1
        self.rows += [list(row) for row in self.header]
        if self.layout.header == "two rows" and self.rng.random() < 0.5:
            at = self.keys.index("unit") + 1
            self.merges.append(Merge(first, at, first, at + 1))
            columns = (number for number in range(1, len(self.keys) + 1) if number not in (at, at + 1))
            self.merges += [Merge(first, number, first + 1, number) for number in columns]

    def write(self, number: int) -> None:
        """One sample, maybe on several rows, maybe twice; before it maybe what is no data."""
        rng = self.rng
        if self.rows and rng.random() < 0.08:
            rng.choice((self._put_header, lambda: self.rows.append([None] * len(self.keys))))()
        told, cells = self._sample(number)
        spoil = rng.choice(_SPOILS) if rng.random() < 0.15 else None
        if spoil is not None:
            spoil(self, told, cells)
        self._put(told, cells)
        if len(told.rows) == 1 and told.spoilt is None and rng.random() < 0.15:
            self.rows.append(list(self.rows[told.rows[0] - 1]))
            told.copies.append(len(self.rows))
        self.told.append(told)

    def _sample(self, number: int) -> tuple[Told, list[Cells]]:
        layout, rng = self.layout, self.rng
        known = ("conforming", "nonconforming") + (("undetermined",) if layout.verdict == "column" else ())
        verdict = self.only or rng.choice(known)
        day = date(2025, 1, 1) + timedelta(days=rng.randrange(480))
        sampling_type = rng.choice(sorted(self.tasks)) if layout.has_task else self.sampling_type
        place, prefecture = rng.choice(PLACES)
        batch, made = produced(rng)
        cells: Cells = {
            "no": rng.choice((f"DC{number:08}", wide(f"DC{number:08}"), f" DC{number:08}\u3000")),
            "seq": str(number), "product": f"挂面{number}号", "unit": f"第{number}超市", "lab": LABORATORY,
            "spec": rng.choice(("500g/袋", "/ ", "／", "１０２ｇ／袋", "1m×0.01mm 普通膜", None)),
            "brand": rng.choice(("某牌", "--", "无", "\xa0", None)), "remark": rng.choice(("/", "备注", None)),
            "batch": batch, "address": f"{place}某路{number}号" if place[0] != "h" else f"{place}{number}",
            "date": self._written(day), "task": rng.choice(self.tasks[sampling_type]),
        }  # fmt: skip
        if layout.place == "prefecture" and prefecture != "unknown":
            full = {"510700": "绵阳", "513400": "凉山州", "510100": "成都市", "511100": "乐山", "511000": "内江市"}
            cells["prefecture"] = full.get(prefecture)
        if layout.verdict == "column":
            cells["verdict"] = rng.choice(WORDS[verdict])
        told = Told(verdict, prefecture, f"{day.year}Q{(day.month + 2) // 3}", sampling_type, made)
        for key in ("product", "unit", "address"):
            cells[key] = soiled(cells[key] or "", rng)
        return told, self._with_findings(told, cells)

    def _with_findings(self, told: Told, cells: Cells) -> list[Cells]:
        rng, layout = self.rng, self.layout
        if told.verdict != "nonconforming":
            mark = rng.choice(("无", "/", "——", "／"))
            keys = _finding_keys(layout)
            if layout.findings == "substances":
                return [{**cells, **{key: rng.choice(("未检出", "/", None)) for key in keys}}]
            return [{**cells, **({keys[0]: mark} if keys and layout.verdict != "sheet" else {})}]
        items = rng.sample(ITEMS, rng.choice((1, 1, 1, 2, 3)))
        # In a wide table a number that can't be read for sure is no failure beside one that is read as such.
        sure = layout.findings in ("groups", "substances") and len(items) > 1
        found = [self._value(item, may_be_unsure=not sure) for item in items]
        told.faults = [fault for fault, _ in found]
        written = [(item[0], text, item[3]) for item, (_, text) in zip(items, found, strict=True)]
        if layout.findings == "substances":
            at = {f"s{ITEMS.index(item)}": text for item, (_, text) in zip(items, found, strict=True)}
            blanks = {
                f"s{k}": rng.choice(("未检出" if item[4] is None else "/", "/", None)) for k, item in enumerate(ITEMS)
            }
            return [{**cells, **blanks, **at}]
        if layout.findings == "groups":
            told_by = {
                f"{p}{k}": part for k, parts in enumerate(written, 1) for p, part in zip("ivl", parts, strict=True)
            }
            return [{**cells, **told_by}]
        if layout.findings == "columns":
            told_as = ("、", "；", "；")
            if layout.more == "cell":
                listed = [mark.join(part) for mark, part in zip(told_as, zip(*written, strict=True), strict=True)]
                written = [(listed[0], listed[1], listed[2])]
            rows: list[Cells] = [dict(zip(("item", "value", "limit"), parts, strict=True)) for parts in written]
        elif layout.findings == "verdict":
            in_verdict = "；".join(joined(parts, "‖", is_swapped=False) for parts in written)
            return [{**cells, "verdict": f"不合格：{in_verdict}"}]
        else:
            composed = [joined(parts, layout.separator, is_swapped=layout.is_swapped) for parts in written]
            rows = [{"findings": "；".join(composed)}] if layout.more == "cell" else [{"findings": c} for c in composed]
        own = ("no", "seq") if layout.more == "number" else tuple(cells) if layout.more == "repeat" else ()
        return [{**cells, **rows[0]}, *({**{key: cells.get(key) for key in own}, **row} for row in rows[1:])]

    def _value(
        self, item: tuple[str, str, str, str, float | None, float | None, float], *, may_be_unsure: bool
    ) -> tuple[Fault, str]:
        _, name, unit, _, low, high, number = item
        is_unsure = may_be_unsure and unit == "CFU/g" and self.rng.random() < 0.3
        text = self.rng.choice(UNSURE_COUNTS if is_unsure else COUNTS) if unit == "CFU/g" else f"{number:g}"
        return Fault(name, number, low, high, is_unsure), text + self.rng.choice(UNITS.get(unit, (unit,)))

    def _written(self, day: date) -> str:
        y, m, d = day.year, day.month, day.day
        epoch = date(1904, 1, 1) if self.layout.counts_from_1904 else date(1899, 12, 30)
        shapes = (
            day.isoformat(), f"{y}/{m}/{d}", f"{y}.{m:02}.{d:02}", f"{y}年{m}月{d}日", f"{y}{m:02}{d:02}",
            f"{y}—{m:02}—{d:02}", f"{y}.{m:02}. {d:02}", wide(day.isoformat()), f"{day.isoformat()} 00:00:00",
            f"\xa0{y}-{m}-{d}", str((day - epoch).days),
        )  # fmt: skip
        return self.rng.choice(shapes)

    def _put(self, told: Told, rows: list[Cells]) -> None:
        first = len(self.rows) + 1
        for cells in rows:
            self.rows.append([cells.get(key) for key in self.keys])
            told.rows.append(len(self.rows))
        if self.layout.more == "merged" and len(rows) > 1:
            own = _finding_keys(self.layout)
            numbers = [number for number, key in enumerate(self.keys, 1) if key not in own]
            self.merges += [Merge(first, number, len(self.rows), number) for number in numbers]

    def finished(self, first: int) -> tuple[Sheet, list[Told]]:
        """The sheet, in traditional characters where its layout wants them, with a sum and a note at its foot."""
        blank: list[str | None] = [None] * (len(self.keys) - 1)
        rows = [*self.rows, ["注：以上信息由承检机构提供", *blank], ["合计：共若干批次", *blank]]
        if self.layout.is_traditional:
            rows = [[cell if cell in (None, *GARBLED) else _converter().convert(cell) for cell in row] for row in rows]
        names = {"conforming": "合格产品信息", "nonconforming": "不合格产品信息", None: "抽检信息"}
        table = table_of(rows, list(range(1, len(rows) + 1)))
        sheet = Sheet(
            f"{names[self.only]}{first}", table, tuple(self.merges), counts_from_1904=self.layout.counts_from_1904
        )
        return sheet, self.told


def _garble(pen: _Pen, told: Told, rows: list[Cells]) -> None:
    key = pen.rng.choice(("product", "unit"))
    garbled = pen.rng.choice(GARBLED)
    for cells in rows:
        if cells.get(key):
            cells[key] = garbled
    told.spoilt = "garbled"


def _undate(pen: _Pen, told: Told, rows: list[Cells]) -> None:
    for cells in rows:
        if cells.get("date"):
            cells["date"] = "2026年13月45日"
    told.spoilt = "no date"


def _silence(pen: _Pen, told: Told, rows: list[Cells]) -> None:
    """Nobody says the verdict."""
    if pen.layout.verdict == "sheet":
        return
    told.spoilt, told.faults = "no verdict", []
    del rows[1:]
    rows[0].update(dict.fromkeys(("verdict", *_finding_keys(pen.layout))))


def _contradict(pen: _Pen, told: Told, rows: list[Cells]) -> None:
    """A pass that lists what failed."""
    layout = pen.layout
    if (layout.verdict, told.verdict) == ("column", "nonconforming") and layout.findings in ("cell", "columns"):
        told.spoilt = "contradiction"
        for cells in rows:
            if cells.get("verdict"):
                cells["verdict"] = "合格"


def _shift(pen: _Pen, told: Told, rows: list[Cells]) -> None:
    """The laboratory under a header of findings, and what was found under the one of the laboratory."""
    keys = _finding_keys(pen.layout)
    if pen.layout.findings in ("cell", "columns") and told.verdict == "nonconforming" and len(rows) == 1:
        told.spoilt = "shifted"
        rows[0][keys[-1]], rows[0]["lab"] = rows[0]["lab"], rows[0][keys[-1]]


_SPOILS = (_garble, _undate, _silence, _contradict, _shift)


def _finding_keys(layout: Layout) -> list[str]:
    return {
        "cell": ["findings"],
        "columns": ["item", "value", "limit"],
        "groups": [f"{part}{k}" for k in (1, 2, 3) for part in "ivl"],
        "substances": [f"s{k}" for k in range(len(ITEMS))],
        "verdict": [],
    }[layout.findings]


@cache
def _converter() -> OpenCC:
    return OpenCC("s2t")
