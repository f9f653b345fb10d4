"""Samples to rows of a form: a sample with several findings spans rows, a repeated row stands twice.

Every row is counted as what it must end as, so that conservation can be checked file by file.
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from pipelines.simulate.forms import ITEM, JOINED, LIMIT, SEQUENCE, VALUE, Form
from pipelines.simulate.frame import Column, Finding, Samples, column

__all__ = ["DUPLICATE", "PLAIN", "QUARANTINED", "Counts", "Laid", "Style", "lay_out"]

PLAIN, DUPLICATE, QUARANTINED = "plain", "duplicate", "quarantined"
Row = tuple[str, ...]


@dataclass(frozen=True)
class Style:
    """How one file writes what the form leaves open.

    continuation: `blank` (further rows hold findings only), `repeat` (all cells again), `merge` (as blank, merged in
        XLSX) or `cell` (all items in the first row).
    separator: between item, result and limit. pass_mark: what the findings column says of a conforming sample.
    words: conclusion as written, by verdict.
    """

    continuation: str = "repeat"
    separator: str = "║"
    pass_mark: str = ""
    words: dict[str, str] = field(
        default_factory=lambda: {"conforming": "合格", "nonconforming": "不合格", "undetermined": "未判定"}
    )


@dataclass(frozen=True)
class Counts:
    """Rows of one file by what they must end as, and the samples it must yield."""

    rows_read: int = 0
    rows_accepted: int = 0
    rows_continuation: int = 0
    rows_duplicate: int = 0
    rows_quarantined: int = 0
    n_samples: int = 0

    def __add__(self, other: Counts) -> Counts:
        return Counts(*(a + b for a, b in zip(_values(self), _values(other), strict=True)))


@dataclass(frozen=True)
class Laid:
    """Rows in their order, spans (first row, length) of samples that cover several, and the counts."""

    rows: list[Row]
    spans: list[tuple[int, int]]
    counts: Counts


def lay_out(samples: Samples, form: Form, style: Style, *, first_sequence: int = 1) -> Laid:
    """Rows of these samples; the column `fate` says which are repeated and which must be quarantined."""
    size = len(samples)
    numbered = samples.having(
        **{
            SEQUENCE: column([str(n) for n in range(first_sequence, first_sequence + size)]),
            **_finding_columns(samples, form, style),
            **_conclusion(samples, style),
        }
    )
    base = list(zip(*(numbered[name].tolist() for name in form.names), strict=True))
    several = [] if style.continuation == "cell" else _positions_with_several(samples)
    duplicated = np.flatnonzero(samples["fate"] == DUPLICATE).tolist()
    quarantined = int((samples["fate"] == QUARANTINED).sum())
    accepted = size - quarantined
    counts = Counts(size, accepted, 0, 0, quarantined, accepted)
    if not several and not duplicated:
        return Laid(base, [], counts)
    return _interleave(samples, form, style, base=base, several=set(several), duplicated=set(duplicated), counts=counts)


def _interleave(
    samples: Samples,
    form: Form,
    style: Style,
    *,
    base: list[Row],
    several: set[int],
    duplicated: set[int],
    counts: Counts,
) -> Laid:
    rows: list[Row] = []
    spans: list[tuple[int, int]] = []
    last = 0
    further, again, spoilt = 0, 0, 0
    for position in sorted(several | duplicated):
        rows.extend(base[last : position + 1])
        last = position + 1
        if position in several:
            found: tuple[Finding, ...] = samples["findings"][position]
            start = len(rows) - 1
            rows.extend(_continuation(base[position], each, form, style) for each in found[1:])
            spans.append((start, len(found)))
            if samples["fate"][position] == QUARANTINED:
                spoilt += len(found) - 1
            else:
                further += len(found) - 1
        else:
            rows.append(base[position])
            again += 1
    rows.extend(base[last:])
    grown = replace(
        counts,
        rows_read=len(rows),
        rows_continuation=further,
        rows_duplicate=again,
        rows_quarantined=counts.rows_quarantined + spoilt,
    )
    return Laid(rows, spans, grown)


def _positions_with_several(samples: Samples) -> list[int]:
    return [
        position
        for position in np.flatnonzero(samples["verdict"] == "nonconforming").tolist()
        if len(samples["findings"][position]) > 1
    ]


def _continuation(first: Row, finding: Finding, form: Form, style: Style) -> Row:
    cells = dict(zip(form.names, first, strict=True)) if style.continuation == "repeat" else {}
    written = _written((finding,), style)
    return tuple(written.get(name, cells.get(name, "")) for name in form.names)


def _finding_columns(samples: Samples, form: Form, style: Style) -> dict[str, Column]:
    """Findings of the first row of each sample; the pass mark stands in the first finding column only."""
    size = len(samples)
    names = [name for name in form.names if name in (JOINED, ITEM, VALUE, LIMIT)]
    says_passed = (samples["verdict"] == "conforming") & ~samples["conclusion_spoilt"].astype(bool)
    marks = column(np.where(says_passed, style.pass_mark, "").astype(object))
    columns = {name: marks.copy() if name == names[0] else column("", size) for name in names}
    for position in np.flatnonzero(samples["verdict"] == "nonconforming").tolist():
        found: tuple[Finding, ...] = samples["findings"][position]
        shown = found if style.continuation == "cell" else found[:1]
        written = _written(shown, style)
        for name in names:
            columns[name][position] = written.get(name, "")
    return columns


def _written(found: tuple[Finding, ...], style: Style) -> dict[str, str]:
    if not found:
        return {}
    joined = (style.separator.join((each.item, each.value, each.limit)) for each in found)
    return {
        JOINED: "；".join(joined),
        ITEM: "、".join(each.item for each in found),
        VALUE: "；".join(each.value for each in found),
        LIMIT: "；".join(each.limit for each in found),
    }


def _conclusion(samples: Samples, style: Style) -> dict[str, Column]:
    """The conclusion in words, unless a quirk has already written or wiped it."""
    words = column([style.words[each] for each in samples["verdict"].tolist()])
    return {"conclusion": column(np.where(samples["conclusion_spoilt"].astype(bool), "", words))}


def _values(counts: Counts) -> tuple[int, ...]:
    return (
        counts.rows_read,
        counts.rows_accepted,
        counts.rows_continuation,
        counts.rows_duplicate,
        counts.rows_quarantined,
        counts.n_samples,
    )
