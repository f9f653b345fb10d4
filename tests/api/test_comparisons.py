"""/v1/comparisons and /v1/trends: one stratum beside its own past, and never sampling that says nothing of an area."""

from __future__ import annotations

from datetime import UTC, datetime
from io import BytesIO
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from pydantic import BaseModel

from api.change_rows import ComparisonRow, TrendRow
from api.models import Table
from pipelines.build import Sources, take
from pipelines.compare import COMPARED, make_comparisons
from tests.api.release_files import cell, write_release
from warehouse.arrow import arrow_schema
from warehouse.connect import connect, sql_text
from warehouse.contract import table_contracts
from warehouse.keys import add_key
from warehouse.settings import Settings

STRATUM = {"feed": "food", "sampling_type": "evaluation"}
ASKED = STRATUM | {"quarter": "2026Q2", "kind": "previous_quarter"}
QUARTERS = [f"{year}Q{part}" for year in (2024, 2025, 2026) for part in (1, 2, 3, 4)][:10]


def _cells() -> list[dict[str, Any]]:
    calm = [cell(quarter=quarter, n_conforming=196, n_nonconforming=4) for quarter in QUARTERS[:-1]]
    return [
        *calm,
        cell(n_conforming=160, n_nonconforming=40),
        *(cell(quarter=quarter, prefecture_code="510300", n_conforming=20) for quarter in QUARTERS),
        cell(prefecture_code="unknown", n_conforming=40),
        cell(stage="catering", category_code="F03", category_2_code="unknown", n_conforming=60),
        cell(quarter="2026Q1", stage="catering", category_code="F03", category_2_code="unknown", n_conforming=50),
        cell(sampling_type="supervision", n_conforming=50, n_nonconforming=50),
        *(
            cell(quarter=quarter, sampling_type="routine_monitoring", n_conforming=50)
            for quarter in ("2025Q2", "2026Q1", "2026Q2")
        ),
    ]


def _made(settings: Settings, cells: list[dict[str, Any]]) -> list[list[dict[str, Any]]]:
    with connect(settings) as connection:
        connection.execute(sql_text("marts/macros"))
        schema = arrow_schema(table_contracts("release")["mart_cells"])
        take(connection, "mart_cells", pa.Table.from_pylist(cells, schema))
        make_comparisons(Sources(settings, connection, {}, datetime(2026, 7, 1, tzinfo=UTC)), QUARTERS, has_kept=False)
        return [connection.sql(f"FROM {name}").to_arrow_table().to_pylist() for name in COMPARED]


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    cells = _cells()
    changes, chart = _made(settings, cells)
    return write_release(settings, 1, cells=cells, changes=changes, chart=chart)


def _items(client: httpx.Client, path: str, asked: dict[str, str]) -> list[dict[str, Any]]:
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


@pytest.mark.parametrize(
    ("path", "asked", "shape"),
    [("/v1/comparisons", ASKED, ComparisonRow), ("/v1/trends", STRATUM, TrendRow)],
)
def test_answers_have_the_shape_that_is_described_and_the_columns_of_the_contract(
    client: httpx.Client, path: str, asked: dict[str, str], shape: type[BaseModel]
) -> None:
    answer = client.get(path, params=asked)
    Table[shape].model_validate_json(answer.content)  # type: ignore[valid-type]
    table = "mart_changes" if shape is ComparisonRow else "mart_control_chart"
    given = {column.name for column in table_contracts("release")[table].columns}
    assert list(answer.json()["items"][0]) == list(shape.model_fields)
    assert set(shape.model_fields) == given | {"prefecture_name", "category_name"}
    parquet = pq.read_table(BytesIO(client.get(path, params=asked | {"format": "parquet"}).content))
    assert parquet.column_names == list(shape.model_fields)


def test_the_province_fell_and_the_row_holds_both_sides(client: httpx.Client) -> None:
    (row,) = _items(client, "/v1/comparisons", ASKED)
    assert (row["prefecture_code"], row["category_code"], row["stage"]) == (None, None, None)
    counts = [row[name] for name in ("n_conforming", "n_concluded", "n_conforming_before", "n_concluded_before")]
    assert counts == [280, 320, 266, 270]
    assert row["difference"] == pytest.approx(280 / 320 - 266 / 270)
    assert (row["change"], row["difference_high"] < 0, row["quarter_before"]) == ("lower", True, "2026Q1")
    assert row["rate_effect"] + row["mix_effect"] + row["unmatched_effect"] == pytest.approx(row["difference"])


def test_prefectures_are_listed_with_what_is_withheld_and_why(client: httpx.Client) -> None:
    found = {row["prefecture_code"]: row for row in _items(client, "/v1/comparisons", ASKED | {"by": "prefecture"})}
    assert {code: (row["prefecture_name"], row["change"], row["withheld_for"]) for code, row in found.items()} == {
        "510100": ("成都市", "lower", None),
        "510300": ("自贡市", "withheld", "both"),
        "unknown": ("未能归属", "withheld", "before"),
    }
    zigong = found["510300"]
    assert (zigong["rate"], zigong["n_concluded"], zigong["rate_status"]) == (None, 20, "withheld_small_n")


@pytest.mark.parametrize(
    ("also", "expected"),
    [
        ({"by": "category"}, [("F01", None, 260), ("F03", None, 60)]),
        ({"by": "stage"}, [(None, "catering", 60), (None, "distribution", 260)]),
        ({"category": "F01"}, [("F01", None, 260)]),
        ({"category": "F01-01"}, [("F01-01", None, 260)]),
        ({"category": "F03", "stage": "catering", "prefecture": "510100"}, [("F03", "catering", 60)]),
        ({"category": "F03", "by": "stage"}, [("F03", "catering", 60)]),
        ({"quarter": "2026YTD", "kind": "year_before", "stage": "distribution"}, [(None, "distribution", 480)]),
    ],
)
def test_a_stratum_is_chosen_by_stage_and_category(
    client: httpx.Client, also: dict[str, str], expected: list[tuple[str | None, str | None, int]]
) -> None:
    found = _items(client, "/v1/comparisons", ASKED | also)
    assert [(row["category_code"], row["stage"], row["n_concluded"]) for row in found] == expected


def test_a_year_to_date_that_leaves_quarters_out_says_which(client: httpx.Client) -> None:
    year = {"quarter": "2026YTD", "kind": "year_before"}
    notes = client.get("/v1/comparisons", params=ASKED | year).json()["meta"]["notes"]
    assert not any("2026YTD" in note["zh"] for note in notes)
    answer = client.get("/v1/comparisons", params=ASKED | year | {"sampling_type": "routine_monitoring"}).json()
    assert [(row["quarters"], row["n_concluded"]) for row in answer["items"]] == [(["2026Q2"], 50)]
    (note,) = (note for note in answer["meta"]["notes"] if "2026YTD" in note["zh"])
    assert "（2026Q2），不含 2026Q1，" in note["zh"] and "(2026Q2), without 2026Q1:" in note["en"]


def test_the_chart_signals_the_quarter_that_fell_and_says_when_it_cannot_speak(client: httpx.Client) -> None:
    found = _items(client, "/v1/trends", STRATUM | {"prefecture": "510100"})
    assert [row["quarter"] for row in found] == QUARTERS
    assert [row["chart_status"] for row in found] == ["too_few_quarters"] * 8 + ["ok"] * 2
    assert [row["signals"] for row in found] == [[]] * 9 + [["below_limits"]]
    assert found[-1]["limit_low"] > found[-1]["rate"]
    areas = {row["prefecture_code"] for row in _items(client, "/v1/trends", STRATUM | {"by": "prefecture"})}
    assert areas == {"510100", "unknown"}


def test_pages_of_a_chart_join_to_the_whole(client: httpx.Client) -> None:
    asked = STRATUM | {"by": "prefecture"}
    whole, pages = _items(client, "/v1/trends", asked), []
    answer = client.get("/v1/trends", params=asked | {"limit": "4"}).json()
    while True:
        pages += answer["items"]
        if answer["links"]["next"] is None:
            break
        answer = client.get(answer["links"]["next"]).json()
    assert pages == whole
    assert answer["meta"]["total"] == len(whole) == 11


@pytest.mark.parametrize(
    ("path", "also", "status", "kind"),
    [
        ("/v1/comparisons", {"sampling_type": "supervision"}, 403, "not-compared"),
        ("/v1/trends", {"sampling_type": "supervision"}, 403, "not-compared"),
        ("/v1/comparisons", {"sampling_type": "risk_monitoring"}, 403, "not-published"),
        ("/v1/trends", {"sampling_type": "risk_monitoring"}, 403, "not-published"),
        ("/v1/comparisons", {"sampling_type": ""}, 400, "invalid-parameter"),
        ("/v1/trends", {"sampling_type": None}, 400, "one-stratum"),
        ("/v1/comparisons", {"sampling_type": None}, 400, "one-stratum"),
        ("/v1/comparisons", {"feed": "construction"}, 400, "invalid-parameter"),
        ("/v1/comparisons", {"quarter": "2026YTD"}, 400, "invalid-parameter"),
        ("/v1/comparisons", {"kind": None}, 400, "invalid-parameter"),
        ("/v1/comparisons", {"category": "F01-01", "stage": "catering"}, 400, "invalid-parameter"),
        ("/v1/comparisons", {"category": "F01-01", "by": "stage"}, 400, "invalid-parameter"),
        ("/v1/trends", {"category": "F01-01"}, 400, "invalid-parameter"),
        ("/v1/trends", {"category": "F01", "stage": "catering"}, 400, "invalid-parameter"),
        ("/v1/trends", {"prefecture": "440100"}, 400, "invalid-parameter"),
    ],
)
def test_what_cannot_be_compared_is_refused_with_an_explanation(
    client: httpx.Client, path: str, also: dict[str, str | None], status: int, kind: str
) -> None:
    asked = (ASKED if path == "/v1/comparisons" else STRATUM) | also
    answer = client.get(path, params={name: value for name, value in asked.items() if value is not None})
    assert (answer.status_code, answer.json()["type"]) == (status, f"/docs#{kind}")
    assert answer.json()["detail_zh"] and answer.json()["detail_en"]


def test_the_refusal_of_supervision_says_why(client: httpx.Client) -> None:
    detail = client.get("/v1/comparisons", params=ASKED | {"sampling_type": "supervision"}).json()["detail"]
    assert "发现率高，说明抽得准" in detail and "periods are not compared" in detail


def test_a_key_of_the_office_compares_supervision_too_with_what_it_means(
    client: httpx.Client, settings: Settings
) -> None:
    text, _ = add_key(settings, "质量办", ("office:read",), now=datetime(2026, 7, 1, tzinfo=UTC), created_by="ops")
    office = {"Authorization": f"Bearer {text}"}
    for path, asked in (("/v1/comparisons", ASKED), ("/v1/trends", STRATUM)):
        answer = client.get(path, params=asked | {"sampling_type": "supervision"}, headers=office).json()
        assert [(row["sampling_type"], row["n_concluded"]) for row in answer["items"]] == [("supervision", 100)]
        assert any("good targeting" in note["en"] for note in answer["meta"]["notes"])


def test_one_kind_of_sampling_alone_stands_in_an_answer(client: httpx.Client) -> None:
    for path, asked in (("/v1/comparisons", ASKED), ("/v1/trends", STRATUM)):
        assert {row["sampling_type"] for row in _items(client, path, asked | {"by": "prefecture"})} == {"evaluation"}
