"""What two releases say differently, as /v1/releases/{a}/diff/{b} tells it."""

from __future__ import annotations

from io import BytesIO
from typing import Any

import httpx
import pyarrow.parquet as pq
import pytest

from api.models import DifferenceRow, Table
from tests.api.release_files import cell, release_id, warning, write_release
from warehouse.settings import Settings

PATH = f"/v1/releases/{release_id(1)}/diff/{release_id(2)}"
WHOLE = "feed=food&sampling_type=evaluation&quarter=2026Q2"


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    """Second against first: 成都 grew, a verdict of 自贡 turned, a prefecture came, a quarter and a warning went."""
    kept = cell(prefecture_code="510400", n_conforming=50)
    visits = {"feed": "construction", "sampling_type": "inspection", "category_code": "C01", "category_2_code": "C01"}
    write_release(
        settings,
        1,
        cells=[
            kept,
            cell(n_conforming=40, n_nonconforming=2, n_provisional=2),
            cell(prefecture_code="510300", n_conforming=31),
            cell(quarter="2025Q4", n_conforming=5),
            cell(**visits, n_conforming=90, n_nonconforming=10, n_inspections=12, sum_points_squared=900.0,
                 sum_conforming_squared_per_point=82.0),
        ],
        warnings=[warning(1), warning(2), warning(3)],
    )  # fmt: skip
    return write_release(
        settings,
        2,
        cells=[
            kept,
            cell(n_conforming=60, n_nonconforming=2, n_provisional=2),
            cell(prefecture_code="510300", n_conforming=30, n_nonconforming=1),
            cell(prefecture_code="510500", n_conforming=3),
            cell(**visits, n_conforming=90, n_nonconforming=10, n_inspections=12, sum_points_squared=900.0,
                 sum_conforming_squared_per_point=82.0),
        ],
        warnings=[warning(2), warning(3, version=2, state="withdrawn"), warning(4)],
    )  # fmt: skip


def rows(client: httpx.Client, path: str = PATH) -> list[dict[str, Any]]:
    answer = client.get(f"{path}?limit=1000")
    assert answer.status_code == 200, answer.text
    items: list[dict[str, Any]] = answer.json()["items"]
    return items


def test_the_answer_has_the_shape_that_is_described(client: httpx.Client) -> None:
    answer = client.get(f"{PATH}?limit=1000")
    Table[DifferenceRow].model_validate_json(answer.content)
    assert list(answer.json()["items"][0]) == list(DifferenceRow.model_fields)


def test_figures_that_changed_are_told_with_the_reason_and_others_are_not(client: httpx.Client) -> None:
    by_place = {
        (row["quarter"], row["prefecture_code"]): row
        for row in rows(client)
        if row["kind"] == "figure" and row["category_code"] is None
    }
    assert {key: (row["change"], row["why"]) for key, row in by_place.items()} == {
        ("2025Q4", None): ("removed", "correction"),
        ("2025Q4", "510100"): ("removed", "correction"),
        ("2026Q2", None): ("changed", "new_data"),
        ("2026Q2", "510100"): ("changed", "new_data"),
        ("2026Q2", "510300"): ("changed", "correction"),
        ("2026Q2", "510500"): ("added", "new_data"),
    }
    grown = by_place["2026Q2", "510100"]
    assert (grown["n_sampled_before"], grown["n_sampled_after"]) == (42, 62)
    assert (round(grown["rate_before"], 4), round(grown["rate_after"], 4)) == (0.9524, 0.9677)
    small = by_place["2026Q2", "510500"]
    assert (small["rate_after"], small["rate_status_after"]) == (None, "withheld_small_n")


def test_another_method_is_the_reason_where_counts_did_not_just_grow(client: httpx.Client, settings: Settings) -> None:
    third = write_release(
        settings,
        3,
        method="2",
        flip=False,
        cells=[
            cell(prefecture_code="510400", n_conforming=50),
            cell(n_conforming=59, n_nonconforming=3, n_provisional=2),
            cell(prefecture_code="510300", n_conforming=30, n_nonconforming=2),
            cell(prefecture_code="510500", n_conforming=3),
            cell(quarter="2026Q3", n_conforming=3),
        ],
    )
    found = rows(client, f"/v1/releases/{release_id(2)}/diff/{third}")
    why = {
        (row["quarter"], row["prefecture_code"]): row["why"]
        for row in found
        if row["kind"] == "figure" and row["feed"] == "food" and row["category_code"] is None and row["prefecture_code"]
    }
    assert why == {
        ("2026Q2", "510100"): "method", ("2026Q2", "510300"): "new_data", ("2026Q3", "510100"): "new_data",
    }  # fmt: skip


def test_rates_are_those_of_the_results(client: httpx.Client) -> None:
    told = {
        row["prefecture_code"]: (row["n_sampled_after"], row["rate_after"], row["rate_status_after"])
        for row in rows(client)
        if row["kind"] == "figure" and row["category_code"] is None and row["quarter"] == "2026Q2"
    }
    shown = client.get(f"/v1/results?{WHOLE}&by=prefecture&limit=100").json()["items"]
    shown += client.get(f"/v1/results?{WHOLE}").json()["items"]
    of_results = {row["prefecture_code"]: (row["n_sampled"], row["rate"], row["rate_status"]) for row in shown}
    assert told == {code: of_results[code] for code in (None, "510100", "510300", "510500")}


def test_warnings_that_came_went_or_changed_are_told(client: httpx.Client) -> None:
    told = {
        row["warning_id"][-1]: (row["change"], row["why"], row["version_before"], row["version_after"])
        for row in rows(client)
        if row["kind"] == "warning"
    }
    assert told == {
        "1": ("removed", "removed", 1, None),
        "3": ("changed", "withdrawn", 1, 2),
        "4": ("added", "issued", None, 1),
    }


def test_the_other_way_round_everything_is_taken_back(client: httpx.Client) -> None:
    there, back = rows(client), rows(client, f"/v1/releases/{release_id(2)}/diff/{release_id(1)}")
    assert {row["why"] for row in back} == {"taken_back"}
    assert len(there) == len(back)
    assert rows(client, f"/v1/releases/{release_id(1)}/diff/{release_id(1)}") == []


def test_pages_and_formats_hold_the_same_rows(client: httpx.Client) -> None:
    everything = rows(client)
    first = client.get(f"{PATH}?limit=5").json()
    second = client.get(first["links"]["next"]).json()
    assert first["items"] + second["items"] == everything[:10]
    assert first["meta"]["total"] == second["meta"]["total"] == len(everything)
    parquet = client.get(f"{PATH}?format=parquet&limit=1000")
    assert pq.read_table(BytesIO(parquet.content)).column("why").to_pylist() == [row["why"] for row in everything]
    assert len(client.get(f"{PATH}?format=csv&limit=1000").text.strip().splitlines()) == len(everything) + 1


@pytest.mark.parametrize(
    "path", [f"{release_id(1)}/diff/{release_id(9)}", f"..%2F..%2Fetc/diff/{release_id(1)}", "x/diff/y"]
)
def test_an_unknown_release_is_a_problem_that_names_it(client: httpx.Client, path: str) -> None:
    answer = client.get(f"/v1/releases/{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "application/problem+json")
    assert "detail_zh" in answer.json()
