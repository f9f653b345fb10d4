"""The results of one quarter as one object: each stratum by itself, never two kinds of sampling together.

Read from the tables of a release, so that every number is the one that the release's tables say; the public's and the
office's differ as their artefacts do.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

import pyarrow as pa

from warehouse.connect import sql_text
from warehouse.quarterly.words import RATE_NAMES, alarm_sentence
from warehouse.revisions import columns_of, revision_of

__all__ = ["LATE_AFTER_DAYS", "N_ITEMS", "Ask", "Row", "quarter_rows", "quarterly_results"]

N_ITEMS = 10
"""Failed items that are named of each stratum."""

LATE_AFTER_DAYS = 30
"""A sample is late whose first report came more than so many days after its conclusion: mart_lateness counts by it."""

Row = dict[str, Any]
Ask = Callable[[str, Mapping[str, Any]], pa.Table]
"""Answers a statement with its parameters from one artefact of a release."""

_STRATUM = ("feed", "sampling_type")
_RANKS = (
    "rank", "rank_low", "rank_high", "indistinguishable_from", "funnel_95_low", "funnel_95_high", "funnel_998_low",
    "funnel_998_high", "is_alarm", "shrunken_rate", "standardised_rate",
)  # fmt: skip
_OF_PART = {
    "stratum": (),
    "prefecture": ("prefecture_code", "prefecture_name"),
    "category": ("category_code", "category_name"),
    "stage": ("stage",),
}
_FIGURE = (*_STRATUM, "part", "prefecture_code", "category_code", "stage")
# Parts of releases made since there are tables mart_ of these names.
_LATER = ("bounds", "timeliness")
_HELPERS = ("part", "prefecture_code", "prefecture_name", "category_code", "category_name", "stage", *_STRATUM, *_RANKS)


def quarter_rows(ask: Ask, *, after: str | None = None, limit: int) -> pa.Table:
    """The quarters of a release, newest first, with row_key and total."""
    return ask(sql_text("quarterly/quarters"), {"after": after, "limit": limit})


def quarterly_results(ask: Ask, quarter: str) -> Row | None:
    """The object of one quarter; None where the release has nothing of it.

    Rates are fractions, null when withheld; in construction n_ are points and n_inspections stands beside them, while
    failed items, enterprises, held and late ones count inspections.
    """
    figures = _rows(ask, "figures", quarter)
    if not figures:
        return None
    of_release = ask(sql_text("quarterly/of_release"), {})
    # A release that was made before there was such a table is told without.
    tables, release_id = {*of_release["table_name"].to_pylist()}, of_release["release_id"][0].as_py()
    moved = _rows(ask, "revisions", quarter) if "mart_revisions" in tables else []
    figures = _revised(figures, moved, release_id)
    parts = {
        name: _by_stratum(_rows(ask, name, quarter, **more))
        for name, more in (
            ("ranked_strata", {}), ("failed_items", {"n_items": N_ITEMS}), ("enterprises", {}), ("changes", {}),
            ("compared", {}), ("alarms", {}), ("quality", {}),
        )
    }  # fmt: skip
    for name in _LATER:
        parts[name] = _by_stratum(_rows(ask, name, quarter)) if f"mart_{name}" in tables else {}
    return {
        "quarter": quarter,
        "strata": [_stratum(key, rows, parts) for key, rows in _by_stratum(figures).items()],
        "indicators": _rows(ask, "indicators", quarter),
        "data_quality": {"late_after_days": LATE_AFTER_DAYS, "feeds": _rows(ask, "waiting", quarter)},
    }


def _rows(ask: Ask, name: str, quarter: str, **more: Any) -> list[Row]:
    found: list[Row] = ask(sql_text(f"quarterly/{name}"), {"quarter": quarter, **more}).to_pylist()
    return found


def _revised(figures: Iterable[Row], moved: Iterable[Row], release_id: str) -> list[Row]:
    """The figures with revision, revised_at and revised_in."""
    sums: dict[tuple[Any, ...], list[Row]] = {}
    for row in moved:
        sums.setdefault(tuple(row[name] for name in _FIGURE), []).append(row)
    found = []
    for row in figures:
        of_figure = sums.get(tuple(row[name] for name in _FIGURE), ())
        last = revision_of(of_figure, n_now=row["n_sampled"] + row["n_held"], release_id=release_id)
        found.append(row | columns_of(last))
    return found


def _by_stratum(rows: Iterable[Row]) -> dict[tuple[str, str], list[Row]]:
    found: dict[tuple[str, str], list[Row]] = {}
    for row in rows:
        found.setdefault((row["feed"], row["sampling_type"]), []).append(row)
    return found


def _stratum(key: tuple[str, str], figures: list[Row], parts: Mapping[str, Mapping[tuple[str, str], list[Row]]]) -> Row:
    feed, sampling_type = key
    about = {name: [_without(row, _STRATUM) for row in found.get(key, [])] for name, found in parts.items()}
    name = RATE_NAMES[sampling_type]
    return {
        "feed": feed,
        "sampling_type": sampling_type,
        "rate_name_zh": name.zh,
        "rate_name_en": name.en,
        "overall": _figures(figures, "stratum")[0],
        "bounds": about["bounds"],
        "rankings": about["ranked_strata"],
        "prefectures": _figures(figures, "prefecture"),
        "categories": _figures(figures, "category"),
        "stages": _figures(figures, "stage"),
        "failed_items": [_without(row, ("kind",)) for row in about["failed_items"] if row["kind"] == "item"],
        "hazards": [
            _without(row, ("kind", "item_name", "is_listed"))
            for row in about["failed_items"]
            if row["kind"] == "hazard"
        ],
        "enterprises": about["enterprises"],
        "changes": about["changes"],
        "compared": about["compared"],
        "timeliness": about["timeliness"],
        "notable": [row | _sentences(key, row) for row in about["alarms"]],
        "data_quality": about["quality"][0],
    }


def _figures(rows: Iterable[Row], part: str) -> list[Row]:
    kept = {*_OF_PART[part], *(_RANKS if part == "prefecture" else ())}
    helpers = [name for name in _HELPERS if name not in kept]
    return [_without(row, helpers) for row in rows if row["part"] == part]


def _sentences(key: tuple[str, str], row: Row) -> Row:
    sentence = alarm_sentence(key[0], key[1], row)
    return {"sentence_zh": sentence.zh, "sentence_en": sentence.en}


def _without(row: Row, names: Iterable[str]) -> Row:
    left = {*names}
    return {name: value for name, value in row.items() if name not in left}
