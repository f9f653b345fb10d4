"""Questions on counts and rates, and the rows that answer them, behind tables, rankings and pages."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from typing import Any

import pyarrow as pa
from starlette.concurrency import run_in_threadpool

from api.problems import ParameterError, Problem, Text
from api.questions import quarter_span
from api.release_reader import OpenRelease, Vocabulary
from api.revisions import FIGURE, revision_columns
from api.tables import Page, page_of, read_rows

__all__ = ["cell_parameters", "check_first_level", "n_unknown_province", "read_results"]

_MOST_CATEGORIES = 10_000
_OF_STRATUM = {
    "n_inspections": pa.int64(),
    "n_concluded": pa.int64(),
    "n_conforming": pa.int64(),
    "sum_points_squared": pa.float64(),
    "sum_conforming_squared_per_point": pa.float64(),
}
_COLUMNS = (
    "quarter", "feed", "sampling_type", "province_code", "prefecture_code", "prefecture_name", "category_code",
    "category_name", "stage", "level", "n_sampled", "n_concluded", "n_conforming", "n_nonconforming", "n_undetermined",
    "n_held", "n_inspections", "n_effective", "rate", "rate_low", "rate_high", "rate_status", "failure_rate",
    "failure_rate_low", "failure_rate_high", "failure_rate_status", "is_provisional", "revision", "revised_at",
    "revised_in", "row_key", "total",
)  # fmt: skip

_Stratum = tuple[str, str, str]
"""Quarter or year to date, feed and sampling type."""


def cell_parameters(
    *,
    feed: str | None,
    sampling_type: str | None,
    quarter: str | None,
    by: Collection[str] = (),
    province: str | None = None,
    prefecture: str | None = None,
    category: str | None = None,
    level: str | None = None,
    stage: str | None = None,
) -> dict[str, Any]:
    """A question on counts and rates: filters, and the dimensions whose values get rows of their own."""
    span = quarter_span(quarter, by_quarter="quarter" in by)
    return {
        "feed": feed,
        "sampling_type": sampling_type,
        "first_quarter": span.first,
        "last_quarter": span.last,
        "period": span.period,
        "by": sorted(by),
        "province": province,
        "prefecture": prefecture,
        "category": category,
        "level": level,
        "stage": stage,
    }


def read_results(release: OpenRelease, question: Mapping[str, Any], *, n_rows: int, after: str | None = None) -> Page:
    """Counts, rates, intervals and statuses, from `queries/counts.sql` and the release's own macros (`judged.sql`)."""
    strata = _strata(release, question)
    expected = [] if {"category", "stage", "level"} & {*question["by"]} else list(strata)
    periods, feeds, sampling_types = ([stratum[place] for stratum in expected] for place in range(3))
    parameters = {
        **question,
        "periods": periods,
        "feeds": feeds,
        "sampling_types": sampling_types,
        "places": _places(release.vocabulary, question),
    }

    def read(key: str | None, limit: int) -> pa.Table:
        counts = release.query("counts", {**parameters, "after": key, "limit": limit})
        return _finished(release, counts, strata, question)

    return page_of(read, n_rows=n_rows, after=after)


def n_unknown_province(release: OpenRelease, question: Mapping[str, Any]) -> int:
    """Samples (points in construction) in the strata of the question that are in no province's figures."""
    return sum(row["n_unknown_province"] for row in _asked_strata(release, question))


def _strata(release: OpenRelease, question: Mapping[str, Any]) -> dict[_Stratum, dict[str, float]]:
    """The strata of the question, with their sums over its quarters, wherever and of whatever category they are."""
    found: dict[_Stratum, dict[str, float]] = defaultdict(lambda: dict.fromkeys(_OF_STRATUM, 0))
    for row in _asked_strata(release, question):
        sums = found[question["period"] or row["quarter"], row["feed"], row["sampling_type"]]
        for name in _OF_STRATUM:
            sums[name] += row[name]
    return dict(found)


def _asked_strata(release: OpenRelease, question: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    for row in release.strata:
        if (
            question["first_quarter"] <= row["quarter"] <= question["last_quarter"]
            and question["feed"] in (None, row["feed"])
            and question["sampling_type"] in (None, row["sampling_type"])
        ):
            yield row


def _places(vocabulary: Vocabulary, question: Mapping[str, Any]) -> list[str | None]:
    """The prefectures that have a row though nothing was sampled there; None: the one row of a total."""
    asked, province = question["prefecture"], question["province"]
    if "prefecture" not in question["by"] or asked == "unknown":
        return [asked]
    return [
        code
        for code in vocabulary.prefectures
        if asked in (None, code) and province in (None, vocabulary.province_of[code])
    ]


def _finished(
    release: OpenRelease,
    counts: pa.Table,
    strata: Mapping[_Stratum, Mapping[str, float]],
    question: Mapping[str, Any],
) -> pa.Table:
    """The counts with rates, names and revisions, in the order of an answer's columns."""
    rows = counts.select([*FIGURE, "n_sampled", "n_held"]).to_pylist()
    # Elsewhere a sample is one point, and nothing is alike within it.
    sums = [
        strata[row["quarter"], row["feed"], row["sampling_type"]] if row["feed"] == "construction" else {}
        for row in rows
    ]
    judged = release.judge(
        pa.table(
            {name: counts.column(name) for name in ("n_concluded", "n_conforming", "n_inspections")}
            | {f"stratum_{name}": pa.array([of.get(name) for of in sums], kind) for name, kind in _OF_STRATUM.items()}
        )
    )
    columns = {name: table.column(name) for table in (counts, judged) for name in table.column_names}
    for name, values in _names(release.vocabulary, rows, question["province"]).items():
        columns[name] = pa.chunked_array([pa.array(values, pa.string())])
    columns |= revision_columns(release, question, rows)
    return pa.table({name: columns[name] for name in _COLUMNS})


def _names(
    vocabulary: Vocabulary, rows: Collection[Mapping[str, Any]], province: str | None
) -> dict[str, list[str | None]]:
    places = {**vocabulary.prefectures, "unknown": "未能归属"}
    categories = {feed: {**names, "unknown": "类别不详"} for feed, names in vocabulary.categories.items()}
    return {
        "province_code": [vocabulary.province_of.get(row["prefecture_code"], province) for row in rows],
        "prefecture_name": [places.get(row["prefecture_code"]) for row in rows],
        "category_name": [categories.get(row["feed"], {}).get(row["category_code"]) for row in rows],
    }


async def check_first_level(release: OpenRelease, feed: str | None, category: str) -> None:
    """Raises Problem for a category of the second level, where only those of the first are told apart."""
    known = await run_in_threadpool(read_rows, release, "categories", {"feed": feed}, n_rows=_MOST_CATEGORIES)
    parent = {row["category_code"]: row["parent_code"] for row in known}.get(category)
    if parent is not None:
        text = Text(
            f"此处类别只到第一级，可用 {parent}",
            f"only categories of the first level here: use {parent}",
        )
        raise Problem("invalid-parameter", text, [ParameterError("category", category, text, (parent,))])
