"""Rank: prefectures of one stratum, compared with the uncertainty of each; tables mart_rankings and mart_strata.

A stratum is one feed, sampling type, period, province, stage (or all) and category (or all). Only prefectures whose
rate is shown are ranked; the others and `unknown` count towards the provincial rate.
"""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
import pyarrow as pa

from pipelines.build import Sources, create, take
from warehouse import statistics
from warehouse.arrow import arrow_schema
from warehouse.connect import quote, sql_text
from warehouse.contract import table_contracts
from warehouse.release import release_path

__all__ = ["RANKED", "make_rankings", "periods_of"]

RANKED = ("mart_rankings", "mart_strata")
_STRATUM = ("feed", "sampling_type", "province_code", "stage", "category_code")


def periods_of(quarters: Sequence[str]) -> list[str]:
    """The quarters, and the years to date that they belong to."""
    return sorted({*quarters, *(f"{quarter[:4]}YTD" for quarter in quarters)})


def make_rankings(sources: Sources, quarters: Sequence[str], previous: str | None) -> None:
    """Rank the periods of these quarters anew; the others are taken from the release before, if it is named.

    Needs mart_cells of all quarters.
    """
    connection, periods = sources.connection, periods_of(quarters)
    connection.execute(sql_text("marts/macros"))
    create(connection, "core_areas", {"periods": periods, "provinces": [*sources.settings.provinces]})
    for name, rows in zip(RANKED, _ranked(connection.sql("FROM core_areas").to_arrow_table()), strict=True):
        take(connection, name, rows)
    if previous is None:
        return
    office = release_path(sources.settings, previous, "office")
    connection.execute(f"ATTACH {quote(str(office))} AS ranked_before (READ_ONLY)")
    for name in RANKED:
        connection.execute(
            f"INSERT INTO {name} SELECT * FROM ranked_before.{name} WHERE NOT list_contains($periods, quarter)",  # noqa: S608
            {"periods": periods},
        )
    connection.execute("DETACH ranked_before")


def _ranked(areas: pa.Table) -> tuple[pa.Table, pa.Table]:
    """Rows of mart_rankings and mart_strata from those of core_areas, stratum by stratum."""
    columns = {name: areas.column(name).to_numpy() for name in ("x", "n_effective", "stratum_no", "is_ranked")}
    ends = np.flatnonzero(np.diff(columns["stratum_no"], append=-1)) + 1
    rankings: list[dict[str, Any]] = []
    strata: list[dict[str, Any]] = []
    start = 0
    for end in ends.tolist():
        stratum, start = areas.slice(start, end - start), end
        ranked_here, about = _stratum(stratum)
        rankings.extend(ranked_here)
        strata.append(about)
    contracts = table_contracts("release")
    return (
        pa.Table.from_pylist(rankings, schema=arrow_schema(contracts["mart_rankings"])),
        pa.Table.from_pylist(strata, schema=arrow_schema(contracts["mart_strata"])),
    )


def _stratum(areas: pa.Table) -> tuple[list[dict[str, Any]], dict[str, Any]]:
    """The ranked prefectures of one stratum, and what is said of the stratum itself."""
    first = areas.slice(0, 1).to_pylist()[0]
    key = {"quarter": first["period"], **{name: first[name] for name in _STRATUM}}
    overall = first["provincial_rate"]
    ranked = areas.filter(areas.column("is_ranked"))
    codes = ranked.column("prefecture_code").to_pylist()
    x, n = (ranked.column(name).to_numpy() for name in ("x", "n_effective"))
    ranking = statistics.ranking(x, n)
    funnel = statistics.funnel(x, n, overall)
    shrunken = statistics.shrunken(x, n, overall)
    rows = [
        {
            **key,
            "prefecture_code": code,
            "rank": int(ranking.rank[k]),
            "rank_low": int(ranking.low[k]),
            "rank_high": int(ranking.high[k]),
            "indistinguishable_from": [codes[other] for other in ranking.indistinguishable_from(k)],
            **_limits(funnel, k),
            "shrunken_rate": float(shrunken[k]),
            "standardised_rate": _standardised(row, overall),
        }
        for k, (code, row) in enumerate(zip(codes, ranked.to_pylist(), strict=True))
    ]
    about = {
        **key,
        "n_ranked": len(codes),
        "provincial_rate": overall,
        "rankability": statistics.rankability(x, n),
        "dispersion": funnel.dispersion if funnel else None,
        "is_overdispersed": funnel.is_overdispersed if funnel else None,
    }
    return rows, about


def _limits(funnel: statistics.Funnel | None, k: int) -> dict[str, Any]:
    names = {0.95: "funnel_95", 0.998: "funnel_998"}
    if funnel is None:
        return {f"{name}_{side}": None for name in names.values() for side in ("low", "high")} | {"is_alarm": None}
    limits = {
        f"{names[level]}_{side}": float(values[k])
        for level, sides in funnel.limits.items()
        for side, values in zip(("low", "high"), sides, strict=True)
    }
    return {**limits, "is_alarm": bool(funnel.is_alarm[k])}


def _standardised(row: dict[str, Any], overall: float) -> float | None:
    """Observed over expected failures times the provincial failure rate, as a pass rate; cut at 0."""
    if not row["expected_failures"]:
        return None
    observed = row["n_concluded"] - row["n_conforming"]
    return max(0.0, float(1 - observed / row["expected_failures"] * (1 - overall)))
