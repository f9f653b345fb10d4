"""Rank: prefectures of a stratum, compared with the uncertainty of each; tables mart_rankings and mart_strata.

A stratum is one feed, sampling type, period, province, stage (or all) and category (or all). Only prefectures whose
rate is shown are ranked; the others and `unknown` count towards the provincial rate. Where fewer than two could be,
there is neither rank nor funnel, and the stratum stands in neither table.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import pairwise
from typing import Any

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from pipelines.build import Sources, create, take
from pipelines.kept import KEPT_FIGURES, join_kept
from warehouse import statistics
from warehouse.arrow import arrow_schema
from warehouse.contract import table_contracts

__all__ = ["RANKED", "make_rankings", "periods_of"]

RANKED = ("mart_rankings", "mart_strata")
_STRATUM = ("feed", "sampling_type", "province_code", "stage", "category_code")
_STRATA_AT_ONCE = 2_000  # some 400,000 pairs


def periods_of(quarters: Sequence[str]) -> list[str]:
    """The quarters, and the years to date that they belong to."""
    return sorted({*quarters, *(f"{quarter[:4]}YTD" for quarter in quarters)})


def make_rankings(sources: Sources, quarters: Sequence[str], *, has_kept: bool) -> None:
    """Rank the periods of these quarters anew; has_kept: all others say what they said.

    Needs mart_cells of all quarters, and what `kept.open_figures` opens.
    """
    connection, periods = sources.connection, periods_of(quarters)
    create(connection, "core_areas", {"periods": periods, "provinces": [*sources.settings.provinces]})
    for name, rows in _ranked(connection.sql("FROM core_areas").to_arrow_table()).items():
        take(connection, name, rows)
        if has_kept:
            join_kept(connection, name, KEPT_FIGURES, periods)


def _ranked(areas: pa.Table) -> dict[str, pa.Table]:
    """The tables by name, from the rows of core_areas; a bounded number of strata at a time."""
    cuts = [*_begins(areas)[::_STRATA_AT_ONCE].tolist(), areas.num_rows]
    parts = [_compared(areas.slice(start, end - start)) for start, end in pairwise(cuts)]
    return {
        name: pa.concat_tables([_table(name, None), *(_table(name, part[name]) for part in parts)]) for name in RANKED
    }


def _begins(areas: pa.Table) -> statistics.Counts:
    """Where each stratum begins."""
    return np.flatnonzero(np.diff(areas.column("stratum_no").to_numpy(), prepend=0))


def _table(name: str, columns: Mapping[str, Any] | None) -> pa.Table:
    schema = arrow_schema(table_contracts("release")[name])
    return pa.table(columns, schema=schema) if columns else schema.empty_table()


def _compared(areas: pa.Table) -> dict[str, dict[str, Any]]:
    """The columns of both tables: ranked prefectures of some strata, and what is said of the strata themselves."""
    ranked = areas.filter(areas.column("is_ranked")).combine_chunks()
    begins = _begins(ranked)
    x, n, conforming, concluded = (
        ranked.column(name).to_numpy() for name in ("x", "n_effective", "n_conforming", "n_concluded")
    )
    strata = statistics.Strata(x, n, np.diff(begins, append=len(x)))
    first = ranked.take(pa.array(begins))
    overall = first.column("provincial_rate").to_numpy()
    codes = ranked.column("prefecture_code").combine_chunks()
    funnel = statistics.funnel(strata, overall)
    has_no_limits = ~funnel.has_limits
    rankings = {
        **_key(ranked),
        "prefecture_code": codes,
        **_ranks(statistics.ranking(strata, conforming / concluded), codes),
        **_limits(funnel, strata.of_areas(has_no_limits)),
        "shrunken_rate": statistics.shrunken(strata, overall),
        "standardised_rate": _standardised(ranked),
    }
    about = {
        **_key(first),
        "n_ranked": strata.sizes,
        "provincial_rate": overall,
        "rankability": statistics.rankability(strata),
        "dispersion": pa.array(funnel.dispersion, mask=has_no_limits),
        "is_overdispersed": pa.array(funnel.is_overdispersed, mask=has_no_limits),
    }
    return dict(zip(RANKED, (rankings, about), strict=True))


def _key(rows: pa.Table) -> dict[str, Any]:
    return {"quarter": rows.column("period"), **{name: rows.column(name) for name in _STRATUM}}


def _ranks(ranking: statistics.Ranking, codes: pa.Array[Any]) -> dict[str, Any]:
    ends = np.concatenate([[0], np.cumsum(ranking.n_alike)])
    alike = pa.ListArray.from_arrays(pa.array(ends, pa.int32()), codes.take(pa.array(ranking.alike)))
    return {
        "rank": ranking.rank,
        "rank_low": ranking.low,
        "rank_high": ranking.high,
        "indistinguishable_from": alike,
    }


def _limits(funnel: statistics.Funnel, has_none: npt.NDArray[np.bool_]) -> dict[str, Any]:
    names = {0.95: "funnel_95", 0.998: "funnel_998"}
    limits = {
        f"{names[level]}_{side}": pa.array(values, mask=has_none)
        for level, sides in funnel.limits.items()
        for side, values in zip(("low", "high"), sides, strict=True)
    }
    return {**limits, "is_alarm": pa.array(funnel.is_alarm, mask=has_none)}


def _standardised(ranked: pa.Table) -> pa.Array[Any]:
    """Observed over expected failures times the provincial failure rate, as a pass rate; cut at 0.

    Null where no failure is expected.
    """
    names = ("n_concluded", "n_conforming", "expected_failures", "provincial_rate")
    concluded, conforming, expected, overall = (ranked.column(name).to_numpy() for name in names)
    has_any = expected > 0
    excess = np.divide(concluded - conforming, expected, out=np.zeros_like(overall), where=has_any)
    rates: pa.Array[Any] = pa.array(np.maximum(0.0, 1 - excess * (1 - overall)), mask=~has_any)
    return rates
