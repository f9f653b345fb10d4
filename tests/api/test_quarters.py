"""/v1/quarters: one object, each number of which is the one that the tables say."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from shutil import copyfile
from typing import Any

import httpx
import pyarrow as pa
import pytest

from api.models import One, Table
from api.quarter_rows import QuarterlyResults, QuarterRow
from pipelines.publish import publish
from tests.warehouse.builder import Lake
from tests.warehouse.quarter_data import AREAS, commit_quarter
from warehouse.connect import connect
from warehouse.keys import add_key
from warehouse.quarterly import quarterly_results
from warehouse.release import release_path
from warehouse.settings import Settings

QUARTER = "/v1/quarters/2026Q2"


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    commit_quarter(Lake(settings))
    published = publish(settings)
    assert published is not None
    return published


@pytest.fixture(scope="module")
def office(settings: Settings) -> dict[str, str]:
    text, _ = add_key(settings, "质量办", ["office:read"], now=datetime(2026, 7, 1, tzinfo=UTC), created_by="ops")
    return {"Authorization": f"Bearer {text}"}


def _strata(answer: httpx.Response) -> dict[tuple[str, str], dict[str, Any]]:
    assert answer.status_code == 200, answer.text
    return {(each["feed"], each["sampling_type"]): each for each in answer.json()["item"]["strata"]}


def _items(client: httpx.Client, path: str, headers: dict[str, str], **asked: str) -> list[dict[str, Any]]:
    answer = client.get(path, params={"quarter": "2026Q2", "limit": "1000", **asked}, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def _alike(shown: dict[str, Any], said: dict[str, Any]) -> None:
    """Every field that both have is the same."""
    both = shown.keys() & said.keys()
    assert len(both) >= 17
    assert {name: shown[name] for name in both} == {name: said[name] for name in both}


def test_the_bounds_of_each_province_are_those_of_their_table(client: httpx.Client) -> None:
    strata = _strata(client.get(QUARTER))
    for (feed, kind), stratum in strata.items():
        (said,) = _items(client, "/v1/bounds", {}, feed=feed, sampling_type=kind)
        (shown,) = stratum["bounds"]
        assert shown == {name: said[name] for name in shown}
    assert {each["bounds"][0]["bounds_status"] for each in strata.values()} <= {"ok", "points_unknown"}


def test_the_days_that_each_step_took_are_those_of_their_table(client: httpx.Client) -> None:
    strata = _strata(client.get(QUARTER))
    for (feed, kind), stratum in strata.items():
        said = _items(client, "/v1/timeliness", {}, feed=feed, sampling_type=kind, quarter="2026Q2")
        assert stratum["timeliness"] == [{name: row[name] for name in stratum["timeliness"][0]} for row in said]
    assert {each["step"] for stratum in strata.values() for each in stratum["timeliness"]} >= {"sampled_to_concluded"}


def test_a_quarter_of_a_release_older_than_some_tables_is_told_without(settings: Settings, released: str) -> None:
    def ask(text: str, parameters: Mapping[str, Any]) -> pa.Table:
        rows: pa.Table = connection.sql(text, params=dict(parameters)).to_arrow_table()
        return rows

    older = settings.home / "older.duckdb"
    copyfile(release_path(settings, released, "public"), older)
    with connect(settings, older) as connection:
        before = quarterly_results(ask, "2026Q2")
        connection.execute("DROP TABLE mart_bounds")
        connection.execute("DROP TABLE mart_timeliness")
        after = quarterly_results(ask, "2026Q2")
    assert before is not None and after is not None
    for name in ("bounds", "timeliness"):
        assert [each.pop(name) for each in after["strata"]] == [[]] * len(before["strata"])
        assert all(each.pop(name) for each in before["strata"])
    assert after == before


@pytest.mark.parametrize("who", ["public", "office"])
def test_every_figure_is_the_one_of_results_and_rankings(
    client: httpx.Client, office: dict[str, str], who: str
) -> None:
    headers = office if who == "office" else {}
    strata = _strata(client.get(QUARTER, headers=headers))
    kinds = {("food", "evaluation"), ("food", "supervision"), ("construction", "inspection")}
    assert set(strata) == kinds | ({("food", "risk_monitoring")} if who == "office" else set())
    for key, stratum in strata.items():
        asked = {"feed": key[0], "sampling_type": key[1]}
        (whole,) = _items(client, "/v1/results", headers, **asked)
        _alike(stratum["overall"], whole)
        for by, code, part in (
            ("prefecture", "prefecture_code", "prefectures"), ("category", "category_code", "categories"),
            ("stage", "stage", "stages"),
        ):  # fmt: skip
            said = {row[code]: row for row in _items(client, "/v1/results", headers, by=by, **asked)}
            assert said.keys() == {row[code] for row in stratum[part]}
            for row in stratum[part]:
                _alike(row, said[row[code]])
        if who == "public" and key[1] == "supervision":
            assert {row["rank"] for row in stratum["prefectures"]} == {None}
            continue
        for row in _items(client, "/v1/rankings", headers, **asked):
            (shown,) = [each for each in stratum["prefectures"] if each["prefecture_code"] == row["prefecture_code"]]
            _alike(shown, row)
            assert shown["rank_low"] == row["rank_low"] and shown["funnel_998_low"] == row["funnel_998_low"]


def test_changes_and_indicators_are_those_of_their_tables(client: httpx.Client, released: str) -> None:
    item = client.get(QUARTER).json()["item"]
    said = {
        (row["indicator_code"], row["quarter"]): row
        for row in client.get("/v1/indicators", params={"limit": "1000"}).json()["items"]
    }
    assert len(item["indicators"]) >= 4
    for row in item["indicators"]:
        _alike(row, said[row["indicator_code"], row["quarter"]])
    stratum = _strata(client.get(QUARTER))["food", "evaluation"]
    asked = {"feed": "food", "sampling_type": "evaluation", "kind": "previous_quarter"}
    compared = [*_items(client, "/v1/comparisons", {}, **asked)]
    compared += _items(client, "/v1/comparisons", {}, by="prefecture", **asked)
    said = {row["prefecture_code"] or "all": row for row in compared}
    changes = [row for row in stratum["changes"] if row["kind"] == "previous_quarter"]
    assert [(row["prefecture_code"], row["change"]) for row in changes][1:] == [("510100", "higher")]
    for row in changes:
        names = ("rate", "rate_before", "difference", "difference_low", "difference_high", "change", "mix_effect")
        assert {name: row[name] for name in names} == {name: said[row["prefecture_code"]][name] for name in names}


def test_how_many_prefectures_a_comparison_compared_stands_beside_those_that_it_names(client: httpx.Client) -> None:
    stratum = _strata(client.get(QUARTER))["food", "evaluation"]
    asked = {"feed": "food", "sampling_type": "evaluation", "kind": "previous_quarter"}
    said = _items(client, "/v1/comparisons", {}, by="prefecture", **asked)
    shown = [row for row in said if row["difference"] is not None and row["prefecture_code"] != "unknown"]
    assert [row["prefecture_code"] for row in shown] == ["510100", "510300"]
    assert stratum["compared"] == [
        {
            "province_code": "510000", "kind": "previous_quarter", "quarter_before": "2026Q1", "n_compared": 2,
            "n_higher": 1, "n_lower": 0, "n_by_chance": pytest.approx(0.1),
        }
    ]  # fmt: skip


def test_failed_items_enterprises_and_quality_are_counted_within_the_stratum(client: httpx.Client) -> None:
    stratum = _strata(client.get(QUARTER))["food", "evaluation"]
    failed = sum(failed for _, failed in AREAS.values())
    second = sum(failed // 2 for _, failed in AREAS.values())
    acid, germs = stratum["failed_items"]
    assert (acid["item_name"], acid["n_samples"], acid["n_failed"]) == ("苯甲酸及其钠盐", failed, failed)
    assert (acid["share"], acid["share_status"]) == (1.0, "boundary")
    assert (germs["item_name"], germs["is_listed"], germs["n_samples"]) == (
        "菌落<总数&\x0b{{ quarter }}",
        False,
        second,
    )
    assert germs["share"] == second / failed and germs["share_low"] < germs["share"] < germs["share_high"]
    assert {row["hazard_code"]: row["n_samples"] for row in stratum["hazards"]} == {
        "additive": failed, "microbial_indicator": second,
    }  # fmt: skip
    enterprises = {row["stage"]: row for row in stratum["enterprises"]}
    assert set(enterprises) == {"all", "catering", "distribution"}
    n = sum(map(sum, AREAS.values())) + 3
    assert enterprises["all"]["n_samples"] == n
    assert enterprises["all"]["n_samples_disputed"] == enterprises["all"]["n_samples_unnamed"] == len(AREAS)
    assert enterprises["all"]["n_samples_of_producers"] == n - 2 * len(AREAS)
    quality = stratum["data_quality"]
    assert (quality["n_sampled"], quality["n_unknown_place"], quality["n_late"]) == (n, 41, 3)
    held = _strata(client.get(QUARTER))["food", "supervision"]["data_quality"]
    assert held["n_held"] == 2
    waiting = {row["feed"]: row for row in client.get(QUARTER).json()["item"]["data_quality"]["feeds"]}
    assert (waiting["food"]["n_rows_quarantined"], waiting["food"]["n_notices_held"]) == (1, 1)


def test_an_alarm_is_notable_with_a_sentence_that_gives_its_figures(client: httpx.Client) -> None:
    found = _strata(client.get(QUARTER))["food", "evaluation"]["notable"]
    (whole,) = [row for row in found if row["category_code"] == "all" and row["stage"] == "all"]
    assert (whole["prefecture_code"], whole["side"], whole["n_nonconforming"]) == ("510700", "below", 22)
    assert whole["rate"] == 0.78
    assert whole["sentence_zh"].startswith("绵阳市食品安全评价性抽检合格率为78.00%，低于全省的")
    assert "78.00%, below the province's" in whole["sentence_en"]


def test_the_object_has_the_shape_that_is_described_in_both_artefacts(
    client: httpx.Client, office: dict[str, str], released: str
) -> None:
    for headers in ({}, office):
        answer = client.get(QUARTER, headers=headers)
        One[QuarterlyResults].model_validate_json(answer.content)
        assert answer.json()["meta"]["release"] == released
        assert "never added" in answer.json()["meta"]["notes"][0]["en"]
    Table[QuarterRow].model_validate_json(client.get("/v1/quarters").content)


def test_quarters_are_listed_newest_first_with_strata_side_by_side(client: httpx.Client) -> None:
    listed = client.get("/v1/quarters", params={"limit": "1"}).json()
    assert [row["quarter"] for row in listed["items"]] == ["2026Q2"]
    assert (listed["meta"]["total"], listed["items"][0]["results"]) == (2, QUARTER)
    sampled = {(row["feed"], row["sampling_type"]): row["n_sampled"] for row in listed["items"][0]["strata"]}
    assert sampled["food", "supervision"] == 150 and sampled["construction", "inspection"] == 28 * 40
    following = client.get(listed["links"]["next"]).json()
    assert [row["quarter"] for row in following["items"]] == ["2026Q1"] and following["links"]["next"] is None


@pytest.mark.parametrize("quarter", ["2031Q2", "2026YTD", "x"])
def test_a_quarter_that_is_not_there_is_a_problem_that_says_which_are(client: httpx.Client, quarter: str) -> None:
    answer = client.get(f"/v1/quarters/{quarter}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/docs#not-found")
    assert "2026Q2、2026Q1" in answer.json()["detail_zh"]


def test_an_unchanged_object_is_not_sent_again_and_an_earlier_release_can_be_asked(
    client: httpx.Client, released: str
) -> None:
    first = client.get(QUARTER)
    assert client.get(QUARTER, headers={"If-None-Match": first.headers["etag"]}).status_code == 304
    named = client.get(QUARTER, params={"as_of": released}).json()
    assert named["item"] == first.json()["item"] and named["links"]["self"] == f"{QUARTER}?as_of={released}"
    assert client.get(QUARTER, params={"limit": "1"}).status_code == 400
