"""/v1/bounds: a rate with how far it could lie from what is shown, by stratum and never of what is withheld."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from api.bounds_row import BoundsRow
from api.models import Table
from tests.api.release_files import cell, point_at, release_id, write_release
from tests.warehouse.bounds_data import doubt, made_bounds
from warehouse.connect import connect, sql_text
from warehouse.contract import table_contracts
from warehouse.settings import Settings

ASKED = {"feed": "food", "sampling_type": "evaluation", "quarter": "2026Q2"}
CELLS = [
    cell(n_conforming=95, n_nonconforming=5, n_held=3),
    cell(prefecture_code="510300", category_code="F03", category_2_code="unknown", n_conforming=20),
    cell(prefecture_code="unknown", n_conforming=4, n_nonconforming=2),
    cell(quarter="2026Q1", n_conforming=50),
    cell(sampling_type="supervision", n_conforming=40, n_nonconforming=60),
]
WAITING = [doubt("a"), doubt("b", prefecture_code=None), doubt("c", quarter=None, sampling_type=None)]


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    with connect(settings) as connection:
        connection.execute(sql_text("marts/macros"))
        rejected = [{"feed": "food", "quarter_received": "2026Q2", "n_files": 2}]
        made = made_bounds(connection, CELLS, WAITING, rejected)
    return write_release(settings, 1, cells=CELLS, bounds=made)


def _items(client: httpx.Client, asked: dict[str, str]) -> list[dict[str, Any]]:
    answer = client.get("/v1/bounds", params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_answers_have_the_shape_that_is_described_and_the_columns_of_the_contract(client: httpx.Client) -> None:
    answer = client.get("/v1/bounds", params=ASKED)
    Table[BoundsRow].model_validate_json(answer.content)
    given = {column.name for column in table_contracts("release")["mart_bounds"].columns}
    assert list(answer.json()["items"][0]) == list(BoundsRow.model_fields)
    assert set(BoundsRow.model_fields) == given | {"prefecture_name", "category_name"}
    parquet = pq.read_table(BytesIO(client.get("/v1/bounds", params=ASKED | {"format": "parquet"}).content))
    assert parquet.column_names == list(BoundsRow.model_fields)


def test_the_province_and_what_stands_beside_its_bounds(client: httpx.Client) -> None:
    (row,) = _items(client, ASKED)
    assert (row["prefecture_code"], row["category_code"], row["province_code"]) == (None, None, "510000")
    assert (row["rate_lowest"], row["rate"], row["rate_highest"]) == (119 / 129, 119 / 126, 122 / 129)
    assert (row["n_quarantined"], row["n_held"], row["n_rejected_files"], row["bounds_status"]) == (3, 3, 2, "ok")


def test_prefectures_are_listed_with_what_has_no_bounds_and_why(client: httpx.Client) -> None:
    found = {row["prefecture_code"]: row for row in _items(client, ASKED | {"by": "prefecture"})}
    said = ("prefecture_name", "rate_lowest", "rate", "rate_highest", "bounds_status", "rate_status")
    assert {code: tuple(row[name] for name in said) for code, row in found.items()} == {
        "510100": ("成都市", 95 / 105, 0.95, 102 / 107, "ok", "ok"),
        "510300": ("自贡市", None, None, None, "withheld", "withheld_small_n"),
        "unknown": ("未能归属", None, None, None, "withheld", "withheld_small_n"),
    }
    assert (found["510300"]["n_concluded"], found["510300"]["n_quarantined"]) == (20, 1)


@pytest.mark.parametrize(
    ("also", "expected"),
    [
        ({"by": "category"}, [("F01", None, 106), ("F03", None, 20)]),
        ({"category": "F01"}, [("F01", None, 106)]),
        ({"category": "F01", "by": "prefecture"}, [("F01", "510100", 100), ("F01", "unknown", 6)]),
        ({"prefecture": "510300", "by": "category"}, [("F03", "510300", 20)]),
        ({"prefecture": "510300"}, [(None, "510300", 20)]),
        ({"quarter": "2026YTD"}, [(None, None, 176)]),
        ({"province": "unknown"}, []),
    ],
)
def test_a_cell_is_chosen_by_place_category_and_period(
    client: httpx.Client, also: dict[str, str], expected: list[tuple[str | None, str | None, int]]
) -> None:
    found = _items(client, ASKED | also)
    assert [(row["category_code"], row["prefecture_code"], row["n_concluded"]) for row in found] == expected


def test_kinds_of_sampling_stand_apart_and_one_of_unknown_kind_widens_each(client: httpx.Client) -> None:
    found = {(row["quarter"], row["sampling_type"]): row for row in _items(client, {"feed": "food"})}
    assert {key: (row["n_concluded"], row["n_quarantined"]) for key, row in found.items()} == {
        ("2026Q1", "evaluation"): (50, 1),
        ("2026Q2", "evaluation"): (126, 3),
        ("2026Q2", "supervision"): (100, 1),
    }
    supervision = found["2026Q2", "supervision"]
    assert supervision["failure_rate"] == 0.6
    assert [supervision[name] for name in ("failure_rate_lowest", "failure_rate_highest")] == pytest.approx(
        [60 / 101, 61 / 101]
    )


def test_the_reader_is_told_what_the_bounds_leave_out_and_what_supervision_means(client: httpx.Client) -> None:
    notes = client.get("/v1/bounds", params=ASKED | {"sampling_type": "supervision"}).json()["meta"]["notes"]
    told = " ".join(note["en"] for note in notes)
    assert "in no bound" in told and "No interval of chance" in told and "good targeting" in told


def test_pages_join_to_the_whole(client: httpx.Client) -> None:
    asked = {"by": "prefecture"}
    whole, pages = _items(client, asked), []
    answer = client.get("/v1/bounds", params=asked | {"limit": "2"}).json()
    while True:
        pages += answer["items"]
        if answer["links"]["next"] is None:
            break
        answer = client.get(answer["links"]["next"]).json()
    assert pages == whole
    assert answer["meta"]["total"] == len(whole) == 5


@pytest.mark.parametrize(
    ("asked", "status", "kind"),
    [
        ({"sampling_type": "risk_monitoring"}, 403, "not-published"),
        ({"feed": "construction", "sampling_type": "evaluation"}, 400, "invalid-parameter"),
        ({"feed": "food", "category": "F01-01"}, 400, "invalid-parameter"),
        ({"category": "F01"}, 400, "invalid-parameter"),
        ({"prefecture": "440100"}, 400, "invalid-parameter"),
        ({"by": "stage"}, 400, "invalid-parameter"),
    ],
)
def test_what_has_no_bounds_is_refused_with_an_explanation(
    client: httpx.Client, asked: dict[str, str], status: int, kind: str
) -> None:
    answer = client.get("/v1/bounds", params=asked)
    assert (answer.status_code, answer.json()["type"]) == (status, f"/docs#{kind}")
    assert answer.json()["detail_zh"] and answer.json()["detail_en"]


def test_a_release_of_before_there_were_bounds_says_so(client: httpx.Client, settings: Settings, released: str) -> None:
    write_release(settings, 0, cells=CELLS, flip=False)
    with connect(settings, settings.releases / release_id(0) / "public.duckdb") as connection:
        connection.execute("DROP TABLE mart_bounds")
    point_at(settings, released)
    answer = client.get("/v1/bounds", params={"as_of": release_id(0)})
    assert answer.json()["type"] == "/docs#not-in-release", answer.text
