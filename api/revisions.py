"""Which figures of an answer were revised or corrected, and by which release."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from api.release_reader import OpenRelease
from warehouse.revisions import COUNTS, columns_of, revision_of

__all__ = ["FIGURE", "revision_columns"]

FIGURE = ("quarter", "feed", "sampling_type", "prefecture_code", "category_code", "stage", "level")
"""What names a row of counts; the order of its dimensions."""

_BY = {"prefecture": "prefecture_code", "category": "category_code", "stage": "stage", "level": "level"}
_REVISED_AT: pa.DataType = pa.timestamp("us", "UTC")
_TOLD = pa.schema([("revision", pa.string()), ("revised_at", _REVISED_AT), ("revised_in", pa.string())])
_MADE_BY = ("release_id", "published_at", "is_method")


def revision_columns(
    release: OpenRelease, question: Mapping[str, Any], rows: Iterable[Mapping[str, Any]]
) -> dict[str, pa.ChunkedArray[Any]]:
    """`revision`, `revised_at` and `revised_in` of rows of counts; rows: FIGURE, n_sampled and n_held of each."""
    moved = _moved(release.revisions, question)
    found = [
        columns_of(
            revision_of(
                moved.get(tuple(row[name] for name in FIGURE), ()),
                n_now=row["n_sampled"] + row["n_held"],
                release_id=release.info.release_id,
            )
        )
        for row in rows
    ]
    told = pa.Table.from_pylist(found, _TOLD)
    return dict(zip(told.column_names, told.columns, strict=True))


def _moved(revisions: pa.Table, question: Mapping[str, Any]) -> Mapping[tuple[Any, ...], list[dict[str, Any]]]:
    """What each release moved in the figures of a question, as `queries/counts.sql` adds cells up."""
    moved: dict[tuple[Any, ...], list[dict[str, Any]]] = defaultdict(list)
    if not revisions.num_rows:
        return moved
    cells = revisions.filter(_asked(question))
    by = {column for name, column in _BY.items() if name in question["by"]}
    if question["period"] is None:
        by.add("quarter")
    grain = [*sorted(by), "feed", "sampling_type", *_MADE_BY]
    fixed = {"quarter": question["period"]} | {column: question[name] for name, column in _BY.items()}
    for row in cells.group_by(grain).aggregate([(name, "sum") for name in COUNTS]).to_pylist():
        sums = {name: row[f"{name}_sum"] for name in COUNTS}
        of = {name: row[name] for name in grain}
        moved[tuple((fixed | of)[name] for name in FIGURE)].append(of | sums)
    return moved


def _asked(question: Mapping[str, Any]) -> pc.Expression:
    """Which cells a question is about, as `queries/counts.sql` chooses them."""
    quarter = pc.field("quarter")
    chosen = (quarter >= question["first_quarter"]) & (quarter <= question["last_quarter"])
    equal = {
        "feed": "feed",
        "sampling_type": "sampling_type",
        "province": "province_code",
        "prefecture": "prefecture_code",
    }
    for name, column in (equal | {"stage": "stage", "level": "level"}).items():
        if question[name] is not None:
            chosen &= pc.field(column) == question[name]
    if (category := question["category"]) is not None:
        of_it = pc.field("category_code") == category
        if category != "unknown":
            of_it |= pc.field("category_2_code") == category
        chosen &= of_it
    return chosen
