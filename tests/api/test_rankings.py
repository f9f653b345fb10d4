"""/v1/rankings: one stratum, prefectures only, and no rank without its interval."""

from __future__ import annotations

from pathlib import Path

import httpx
import pytest

from api.release_reader import open_release
from tests.api.release_files import cell, write_release
from warehouse.connect import sql_text
from warehouse.settings import Settings

STRATUM = {"feed": "food", "sampling_type": "evaluation", "quarter": "2026Q2"}


PLACE = {"quarter": "2026Q2", "feed": "food", "sampling_type": "evaluation", "province_code": "510000"}
RANKED = {
    "rank": 2, "rank_low": 1, "rank_high": 2, "indistinguishable_from": ["510700"], "funnel_95_low": 0.96,
    "funnel_95_high": 0.995, "funnel_998_low": 0.94, "funnel_998_high": 1.0, "is_alarm": False, "shrunken_rate": 0.981,
    "standardised_rate": 0.979,
}  # fmt: skip
STRATUM_OF_ALL = {"n_ranked": 2, "provincial_rate": 0.98, "rankability": 0.1, "is_overdispersed": False}


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    return write_release(
        settings,
        1,
        cells=[
            cell(n_conforming=490, n_nonconforming=10),
            cell(prefecture_code="510300", n_conforming=12),
            cell(prefecture_code="unknown", n_conforming=40, n_nonconforming=1),
            cell(sampling_type="supervision", n_conforming=50, n_nonconforming=50),
        ],
        rankings=[
            PLACE | {"stage": stage, "category_code": category, "prefecture_code": "510100"} | RANKED | {"rank": rank}
            for stage, category, rank in (("all", "all", 2), ("distribution", "all", 1), ("all", "F01", 3))
        ],
        strata=[
            PLACE | {"stage": stage, "category_code": category, "dispersion": 1.1} | STRATUM_OF_ALL
            for stage, category in (("all", "all"), ("distribution", "all"), ("all", "F01"))
        ],
    )


def test_rows_are_those_of_results_with_rank_interval_and_whom_it_cannot_be_told_apart_from(
    client: httpx.Client,
) -> None:
    ranked = client.get("/v1/rankings", params=STRATUM).json()
    results = client.get("/v1/results", params=STRATUM | {"by": "prefecture"}).json()["items"]
    nothing = dict.fromkeys(RANKED | STRATUM_OF_ALL)
    assert ranked["items"] == [
        row | (RANKED | STRATUM_OF_ALL if row["prefecture_code"] == "510100" else nothing) for row in results
    ]
    assert ranked["meta"]["total"] == 22
    assert "95 % intervals" in ranked["meta"]["notes"][0]["en"]


@pytest.mark.parametrize(
    ("also", "rank"), [({"stage": "distribution"}, 1), ({"category": "F01"}, 3), ({"level": "provincial"}, None)]
)
def test_a_stage_or_a_category_has_ranks_of_its_own_and_a_level_has_none(
    client: httpx.Client, also: dict[str, str], rank: int | None
) -> None:
    items = client.get("/v1/rankings", params=STRATUM | also).json()["items"]
    assert {row["prefecture_code"]: row["rank"] for row in items}["510100"] == rank


def test_withheld_and_unknown_prefectures_are_listed(client: httpx.Client) -> None:
    rows = {row["prefecture_code"]: row for row in client.get("/v1/rankings", params=STRATUM).json()["items"]}
    assert (rows["510300"]["rate_status"], rows["510300"]["rate"]) == ("withheld_small_n", None)
    assert (rows["unknown"]["n_concluded"], rows["unknown"]["rank"]) == (41, None)


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        ([("feed", "food"), ("quarter", "2026Q2")], 400, "one-stratum"),
        ([*STRATUM.items(), ("sampling_type", "supervision")], 400, "one-stratum"),
        ([("feed", "food"), ("quarter", "2026Q2"), ("sampling_type", "evaluation,supervision")], 400,
         "invalid-parameter"),
        ([("feed", "food"), ("quarter", "2026Q2"), ("sampling_type", "supervision")], 403, "not-ranked"),
        ([("feed", "food"), ("quarter", "2026Q2"), ("sampling_type", "risk_monitoring")], 403, "not-published"),
        ([("feed", "construction"), ("quarter", "2026Q2"), ("sampling_type", "evaluation")], 400,
         "invalid-parameter"),
        ([("sampling_type", "evaluation"), ("quarter", "2026Q2")], 400, "invalid-parameter"),
        ([("feed", "food"), ("sampling_type", "evaluation")], 400, "invalid-parameter"),
    ],
)  # fmt: skip
def test_what_cannot_be_ranked_is_refused_with_an_explanation(
    client: httpx.Client, asked: list[tuple[str, str | int | float | bool | None]], status: int, kind: str
) -> None:
    answer = client.get("/v1/rankings", params=httpx.QueryParams(asked))
    assert (answer.status_code, answer.json()["type"]) == (status, f"/docs#{kind}")
    assert answer.headers["content-type"] == "application/problem+json"


def test_the_refusal_of_supervision_says_why(client: httpx.Client) -> None:
    detail = client.get("/v1/rankings", params=STRATUM | {"sampling_type": "supervision"}).json()["detail"]
    assert "发现率高，说明抽得准" in detail and "good targeting" in detail


def test_an_alarm_of_construction_is_told_once_for_it_has_one_stage(tmp_path: Path) -> None:
    built = PLACE | {"feed": "construction", "sampling_type": "inspection", "category_code": "all"}
    made = Settings(home=tmp_path)
    made.releases.mkdir()
    named = {"feed": "construction", "sampling_type": "inspection", "category_code": "C01", "stage": "site"}
    stages = ("all", "site")
    release = open_release(
        made,
        write_release(
            made,
            1,
            cells=[cell(**named, n_conforming=90, n_nonconforming=10, n_inspections=20)],
            rankings=[
                built | {"stage": each, "prefecture_code": "510100"} | RANKED | {"is_alarm": True} for each in stages
            ],
            strata=[built | {"stage": each, "dispersion": 1.1} | STRATUM_OF_ALL for each in stages],
        ),
    )
    found = release.ask(sql_text("quarterly/alarms"), {"quarter": "2026Q2"}).to_pylist()
    release.retire()
    assert [(row["stage"], row["rate"]) for row in found] == [("all", 0.9)]
