"""What a question means beyond the form of its parameters: its quarters, its words, and codes that a release knows."""

from __future__ import annotations

import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass

from fastapi import Request

from api.parameters import Parameters
from api.problems import ParameterError, Problem, Text
from api.release_reader import OpenRelease, Vocabulary
from warehouse.script import simplified

__all__ = [
    "MAX_WORDS",
    "QuarterSpan",
    "check_codes",
    "notes_on_emptiness",
    "quarter_span",
    "quarters_with_results",
    "refuse_all",
    "refuse_repeats",
    "words_of",
]

MAX_WORDS = 8


@dataclass(frozen=True)
class QuarterSpan:
    """First and last quarter of a question; `period` names the span when its quarters are added up."""

    first: str
    last: str
    period: str | None


def quarter_span(quarter: str | None, *, by_quarter: bool) -> QuarterSpan:
    """The quarters that a question covers; the year to date is one period unless it is asked for by quarter."""
    if quarter is None:
        return QuarterSpan("0000Q1", "9999Q4", None)
    if quarter.endswith("YTD"):
        year = quarter[:4]
        return QuarterSpan(f"{year}Q1", f"{year}Q4", None if by_quarter else quarter)
    return QuarterSpan(quarter, quarter, None)


def quarters_with_results(release: OpenRelease, feed: str | None, sampling_type: str | None) -> list[str]:
    """The quarters in which a feed and kind of sampling, or any, has samples with a conclusion. Raises as ask."""
    return sorted(
        {
            row["quarter"]
            for row in release.strata
            if row["n_concluded"] and feed in (None, row["feed"]) and sampling_type in (None, row["sampling_type"])
        }
    )


def notes_on_emptiness(release: OpenRelease, query: Parameters) -> tuple[Text, ...]:
    """Why a table is empty that was asked for a quarter without results: the quarters that there are."""
    asked = {name: getattr(query, name, None) for name in ("quarter", "feed", "sampling_type")}
    quarter = asked.pop("quarter")
    if quarter is None:
        return ()
    try:
        known = quarters_with_results(release, asked["feed"], asked["sampling_type"])
    except Problem:  # a release of before: it can't say what it has
        return ()
    if quarter in known or ("Q" not in quarter and any(each.startswith(quarter[:4]) for each in known)):
        return ()
    within = " ".join(f"{name}={value}" for name, value in asked.items() if value)
    zh, en = (f"（{within}）", f" ({within})") if within else ("", "")
    return (
        Text(
            f"本次发布没有 {quarter} 的抽检结果{zh}；有结果的季度：{'、'.join(known) or '无'}。",
            f"This release has no results of {quarter}{en}; quarters with results: {', '.join(known) or 'none'}.",
        ),
    )


def words_of(q: str | None) -> list[list[str]]:
    """The search words in the form that the statement compares, each as written and in simplified characters.

    Raises Problem when there are too many.
    """
    words = unicodedata.normalize("NFKC", q or "").lower().split()
    if len(words) > MAX_WORDS:
        text = Text(f"检索词最多 {MAX_WORDS} 个", f"at most {MAX_WORDS} words")
        raise Problem("invalid-parameter", text, [ParameterError("q", q, text)])
    return [list(dict.fromkeys((word, simplified(word)))) for word in words]


_ONE_KIND = Text(
    "sampling_type 只能给一次，不同类型的抽检不能相加",
    "sampling_type may be given once only; kinds of sampling are never added together",
)


async def refuse_repeats(request: Request) -> None:
    """Raises Problem for a parameter that is given twice: which one counts would be a guess."""
    seen: set[str] = set()
    for name, value in request.query_params.multi_items():
        if name in seen:
            is_kind = name == "sampling_type"
            kind = "one-stratum" if is_kind else "invalid-parameter"
            text = _ONE_KIND if is_kind else Text(f"{name} 只能给一次", f"{name} may be given once only")
            raise Problem(kind, text, [ParameterError(name, value, text)])
        seen.add(name)


async def refuse_all(request: Request) -> None:
    """Raises Problem for any parameter: for addresses that take none."""
    for name, value in request.query_params.multi_items():
        text = Text("此地址不带参数", "this address takes no parameters")
        raise Problem("invalid-parameter", text, [ParameterError(name, value, text)])


def check_codes(
    vocabulary: Vocabulary,
    *,
    province: str | None = None,
    prefecture: str | None = None,
    hazard: str | None = None,
    category: str | None = None,
    feed: str | None = None,
) -> None:
    """Raises Problem for a code that this release does not know; `unknown` is a place and a category like others."""
    _check("province", province, {*vocabulary.provinces, "unknown"})
    _check("prefecture", prefecture, {*vocabulary.prefectures, "unknown"})
    _check("hazard", hazard, vocabulary.hazards)
    if category is None:
        return
    if feed is None:
        text = Text("类别属于某一报送来源，请同时给出 feed", "a category belongs to a feed: name the feed too")
        raise Problem("invalid-parameter", text, [ParameterError("feed", None, text, tuple(vocabulary.categories))])
    _check("category", category, {*vocabulary.categories.get(feed, {}), "unknown"})


def _check(name: str, value: str | None, known: Iterable[str]) -> None:
    allowed = tuple(sorted(known))
    if value is None or value in allowed:
        return
    text = Text(
        f"{name} 没有“{value}”，可用：{'、'.join(allowed)}。",
        f"{name} has no {value!r}; allowed: {', '.join(allowed)}.",
    )
    raise Problem("invalid-parameter", text, [ParameterError(name, value, text, allowed)])
