"""/v1/indicators: all that was promised, proxies marked, areas only where the sampling says something of them."""

from __future__ import annotations

import csv
from io import BytesIO, StringIO

import httpx
import pyarrow.parquet as pq
import pytest

from tests.api.release_files import indicator, write_release
from warehouse.settings import Settings

ROUTINE = {"sampling_type": "routine_monitoring", "target_value": 0.99}
PROXY = {"feed": "market", "sampling_type": "supervision", "is_proxy": True, "target_value": 0.95}
VISITS = {"feed": "construction", "sampling_type": "inspection", "direction": "rising", "target_value": None}
ENTERED = {
    "feed": None, "sampling_type": None, "n_sampled": None, "n_concluded": None, "n_conforming": None,
    "n_nonconforming": None, "n_undetermined": None, "n_held": None, "n_effective": None, "value": 87.5,
    "value_low": None, "value_high": None, "target_value": 88.0, "target_status": "not_met", "gap": -0.5,
    "source": "市场监管总局公告",
}  # fmt: skip
NEEDED = {"n_expected": 500, "needed_rate": 0.97, "needed_status": "ok"}


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    return write_release(
        settings,
        1,
        indicators=[
            indicator(quarter="2026Q1"),
            *(indicator(code, quarter, **also) for quarter in ("2026Q2", "2026YTD") for code, also in (
                ("food_evaluation", NEEDED if quarter == "2026YTD" else {}),
                ("agri_routine_monitoring", ROUTINE),
                ("manufacturing_product", PROXY),
                ("construction_conformity", VISITS),
            )),
            indicator("manufacturing_competitiveness", "2026", **ENTERED),
            indicator(prefecture_code="510100"),
            indicator(prefecture_code="unknown", value=None, value_low=None, value_high=None, gap=None),
            indicator("construction_conformity", prefecture_code="510100", **VISITS),
        ],
    )  # fmt: skip


def test_the_year_to_date_shows_all_five_against_their_targets(client: httpx.Client) -> None:
    answer = client.get("/v1/indicators", params={"quarter": "2026YTD"}).json()
    items = {row["indicator_code"]: row for row in answer["items"]}
    assert len(items) == answer["meta"]["total"] == 5
    assert {code: (row["quarter"], row["target_value"], row["unit"]) for code, row in items.items()} == {
        "agri_routine_monitoring": ("2026YTD", 0.99, "rate"),
        "construction_conformity": ("2026YTD", None, "rate"),
        "food_evaluation": ("2026YTD", 0.98, "rate"),
        "manufacturing_competitiveness": ("2026", 88.0, "index"),
        "manufacturing_product": ("2026YTD", 0.95, "rate"),
    }
    assert [code for code, row in items.items() if row["is_proxy"]] == ["manufacturing_product"]
    entered = items["manufacturing_competitiveness"]
    assert (entered["value"], entered["target_status"], entered["source"]) == (87.5, "not_met", "市场监管总局公告")
    assert items["food_evaluation"]["name_zh"] == "食品安全评价性抽检合格率"
    assert {row["target_source"] for row in items.values()} == {"四川省质量强省建设意见（2023-08-30）"}
    assert {name: items["food_evaluation"][name] for name in NEEDED} == NEEDED
    notes = answer["meta"]["notes"]
    assert "undecided" in notes[0]["en"] and "监督抽查专挑风险较高的产品" in notes[1]["zh"]


def test_lines_of_cities_stand_beside_the_province_with_their_source(client: httpx.Client) -> None:
    items = client.get("/v1/indicators", params={"quarter": "2026YTD"}).json()["items"]
    lines = {row["indicator_code"]: [line["value"] for line in row["baselines"]] for row in items}
    assert {code: values for code, values in lines.items() if values} == {
        "food_evaluation": [0.99], "manufacturing_product": [0.945, 0.937],
    }  # fmt: skip
    assert all(line["source"] and line["prefecture_code"] == "510100" for row in items for line in row["baselines"])
    (in_chengdu,) = client.get(
        "/v1/indicators", params={"indicator": "food_evaluation", "prefecture": "510100"}
    ).json()["items"]
    assert in_chengdu["baselines"] == []


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ({"indicator": "food_evaluation"}, [("2026Q1", None), ("2026Q2", None), ("2026YTD", None)]),
        ({"indicator": "food_evaluation", "quarter": "2026Q2"}, [("2026Q2", None)]),
        ({"indicator": "food_evaluation", "by": "prefecture"}, [("2026Q2", "510100"), ("2026Q2", "unknown")]),
        ({"prefecture": "510100", "quarter": "2026Q2"}, [("2026Q2", "510100"), ("2026Q2", "510100")]),
        ({"quarter": "2026"}, [("2026", None)]),
        ({"province": "510000", "quarter": "2026Q1"}, [("2026Q1", None)]),
        ({"quarter": "2020Q1"}, []),
    ],
)
def test_rows_are_those_that_were_asked_for(
    client: httpx.Client, asked: dict[str, str], found: list[tuple[str, str | None]]
) -> None:
    items = client.get("/v1/indicators", params=asked).json()["items"]
    assert [(row["quarter"], row["prefecture_code"]) for row in items] == found


def test_a_place_that_is_not_known_is_named_so(client: httpx.Client) -> None:
    items = client.get("/v1/indicators", params={"by": "prefecture", "indicator": "food_evaluation"}).json()["items"]
    assert [row["prefecture_name"] for row in items] == ["成都市", "未能归属"]


@pytest.mark.parametrize("area", [{"prefecture": "510100"}, {"by": "prefecture"}])
def test_an_indicator_of_supervision_has_no_areas_and_says_why(client: httpx.Client, area: dict[str, str]) -> None:
    answer = client.get("/v1/indicators", params={"indicator": "manufacturing_product", **area})
    assert (answer.status_code, answer.json()["type"]) == (403, "/docs#not-ranked")
    assert "监督抽查专挑风险较高的产品" in answer.json()["detail_zh"]
    assert "whole province alone" in answer.json()["detail_en"]
    entered = client.get("/v1/indicators", params={"indicator": "manufacturing_competitiveness", **area})
    assert (entered.status_code, entered.json()["type"]) == (400, "/docs#invalid-parameter")


@pytest.mark.parametrize(
    ("asked", "parameter"),
    [
        ({"indicator": "happiness"}, "indicator"),
        ({"quarter": "26Q2"}, "quarter"),
        ({"prefecture": "000000"}, "prefecture"),
        ({"by": "category"}, "by"),
    ],
)
def test_what_cannot_be_asked_is_refused_with_what_can(
    client: httpx.Client, asked: dict[str, str], parameter: str
) -> None:
    answer = client.get("/v1/indicators", params=asked)
    assert answer.status_code == 400
    (error,) = answer.json()["errors"]
    assert error["parameter"] == parameter and error["allowed"]


def test_every_format_has_the_same_rows_and_pages_go_on(client: httpx.Client) -> None:
    asked = {"quarter": "2026YTD"}
    items = client.get("/v1/indicators", params=asked).json()["items"]
    answer = client.get("/v1/indicators", params=asked | {"format": "csv"})
    as_csv = list(csv.DictReader(StringIO(answer.content.decode("utf-8-sig"))))
    assert [row["indicator_code"] for row in as_csv] == [row["indicator_code"] for row in items]
    assert [row["value"] for row in as_csv] == [str(row["value"]) for row in items]
    as_parquet = pq.read_table(BytesIO(client.get("/v1/indicators", params=asked | {"format": "parquet"}).content))
    assert as_parquet.column_names == list(items[0])
    assert as_parquet["baselines"].to_pylist() == [row["baselines"] for row in items]
    assert client.get("/v1/indicators", params=asked | {"format": "xlsx"}).content.startswith(b"PK")
    first = client.get("/v1/indicators", params=asked | {"limit": 3}).json()
    rest = client.get(first["links"]["next"]).json()
    assert first["items"] + rest["items"] == items
    assert first["meta"]["total"] == rest["meta"]["total"] == 5
