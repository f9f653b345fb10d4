"""Figures that are not what they were say so, however they are added up."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import httpx
import pytest

from tests.api.release_files import cell, release_id, write_release
from warehouse.connect import connect
from warehouse.settings import Settings

CHENGDU, ZIGONG, PANZHIHUA = "510100", "510300", "510400"
NOW, THEN = datetime(2026, 7, 2, tzinfo=UTC), datetime(2026, 6, 2, tzinfo=UTC)
EARLIER = "20260602T000000Z-aaaaaaaaaa"
OF = {"feed": "food", "sampling_type": "evaluation", "quarter": "2026Q2"}
CELL = {
    **OF, "level": "provincial", "stage": "distribution", "province_code": "510000", "category_code": "F01",
    "category_2_code": "F01-01",
}  # fmt: skip


def _moved(prefecture: str, n_conforming: int, n_nonconforming: int = 0, **given: Any) -> dict[str, Any]:
    n = n_conforming + n_nonconforming
    counts = {"n_sampled": n, "n_concluded": n, "n_conforming": n_conforming, "n_nonconforming": n_nonconforming}
    return {
        **CELL, "prefecture_code": prefecture, "release_id": release_id(1), "published_at": NOW, "is_method": False,
        "n_undetermined": 0, "n_held": 0, "n_inspections": 0,
    } | counts | given  # fmt: skip


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    """成都 grew by a new stage, a sample moved from 自贡 to 攀枝花 a month ago, 2026Q1 is new."""
    common = {"category_2_code": "F01-01"}
    return write_release(
        settings,
        1,
        cells=[
            cell(prefecture_code=CHENGDU, n_conforming=90, **common),
            cell(prefecture_code=CHENGDU, n_conforming=10, stage="catering", **common),
            cell(prefecture_code=ZIGONG, n_conforming=40, **common),
            cell(prefecture_code=PANZHIHUA, n_conforming=50, **common),
            cell(prefecture_code=CHENGDU, n_conforming=35, quarter="2026Q1", **common),
        ],
        others={
            "mart_revisions": [
                _moved(CHENGDU, 10, stage="catering"),
                _moved(CHENGDU, 35, quarter="2026Q1"),
                _moved(ZIGONG, -1, release_id=EARLIER, published_at=THEN),
                _moved(PANZHIHUA, 1, release_id=EARLIER, published_at=THEN),
            ]
        },
    )


def _told(client: httpx.Client, route: str, key: str, **asked: str) -> dict[Any, Any]:
    answer = client.get(route, params=OF | asked)
    assert answer.status_code == 200, answer.text
    return {row[key]: (row["revision"], row["revised_in"]) for row in answer.json()["items"] if row["n_sampled"]}


@pytest.mark.parametrize("route", ["/v1/results", "/v1/rankings"])
def test_each_prefecture_says_whether_it_is_what_it_was(client: httpx.Client, route: str) -> None:
    asked = {"by": "prefecture"} if route == "/v1/results" else {}
    assert _told(client, route, "prefecture_code", **asked) == {
        CHENGDU: ("revised", release_id(1)), ZIGONG: ("corrected", EARLIER), PANZHIHUA: (None, None),
    }  # fmt: skip


def test_what_moved_within_a_figure_did_not_change_it(client: httpx.Client) -> None:
    assert _told(client, "/v1/results", "quarter") == {"2026Q2": ("revised", release_id(1))}
    assert _told(client, "/v1/results", "stage", by="stage") == {
        "catering": (None, None), "distribution": (None, None),
    }  # fmt: skip
    assert _told(client, "/v1/results", "prefecture_code", stage="distribution", by="prefecture")[CHENGDU] == (
        None,
        None,
    )
    for category in ("F01", "F01-01"):
        told = _told(client, "/v1/results", "prefecture_code", category=category, by="prefecture")
        assert told[ZIGONG] == ("corrected", EARLIER)


def test_a_year_to_date_grows_with_a_quarter_that_is_new_itself(client: httpx.Client) -> None:
    assert _told(client, "/v1/results", "quarter", quarter="2026YTD") == {"2026YTD": ("revised", release_id(1))}
    assert _told(client, "/v1/results", "quarter", quarter="2026Q1") == {"2026Q1": (None, None)}


def test_the_quarter_and_the_page_say_it_too(client: httpx.Client) -> None:
    (stratum,) = client.get("/v1/quarters/2026Q2").json()["item"]["strata"]
    told = {row["prefecture_code"]: row["revision"] for row in stratum["prefectures"] if row["n_sampled"]}
    assert told == {CHENGDU: "revised", ZIGONG: "corrected", PANZHIHUA: None}
    assert (stratum["overall"]["revision"], stratum["overall"]["revised_in"]) == ("revised", release_id(1))
    assert {row["category_code"]: row["revision"] for row in stratum["categories"]} == {"F01": "revised"}
    page = client.get("/", params=OF).text
    assert '自贡市 <span class="tag">已更正</span>' in page
    assert '成都市 <span class="tag">有更新</span>' in page
    assert "攀枝花市 <span" not in page


def test_a_release_from_before_revisions_were_told_answers_without(client: httpx.Client, settings: Settings) -> None:
    old = write_release(settings, 2, cells=[cell(n_conforming=90)], flip=False)
    for artefact in ("public", "office"):
        with connect(settings, settings.releases / old / f"{artefact}.duckdb") as connection:
            connection.execute("DROP TABLE mart_revisions")
    assert _told(client, "/v1/results", "quarter", as_of=old) == {"2026Q2": (None, None)}
    (stratum,) = client.get(f"/v1/quarters/2026Q2?as_of={old}").json()["item"]["strata"]
    assert stratum["overall"]["revision"] is None
