"""/v1/results: what is counted, when a rate is shown, and that kinds of sampling stay apart."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.api.release_files import PREFECTURES, cell, write_release
from warehouse.settings import Settings

STRATUM = {"feed": "food", "sampling_type": "evaluation", "quarter": "2026Q2"}


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    sizes = {"510300": 29, "510400": 30, "510500": 31}
    cells = [cell(prefecture_code=code, n_conforming=n) for code, n in sizes.items()]
    return write_release(
        settings,
        1,
        cells=[
            *cells,
            cell(n_conforming=485, n_nonconforming=15, n_provisional=2, n_undetermined=3, n_held=4),
            cell(category_code="F03", category_2_code="unknown", n_conforming=98, n_nonconforming=2, stage="catering"),
            cell(prefecture_code="510600", n_conforming=15, n_nonconforming=15),
            cell(prefecture_code="510700", n_conforming=36, n_nonconforming=4),
            cell(prefecture_code="510800", n_undetermined=7),
            cell(prefecture_code="unknown", province_code="unknown", n_conforming=40, n_nonconforming=10),
            cell(quarter="2026Q1", n_conforming=20, level="national"),
            cell(sampling_type="supervision", n_conforming=80, n_nonconforming=20),
            *_construction(),
        ],
    )


def _construction() -> list[dict[str, Any]]:
    # Ten visits of 20 points, all alike within a visit: nine pass whole, one fails whole, so the correlation is 1.
    alike = {"feed": "construction", "sampling_type": "inspection", "category_code": "C01", "stage": "site"}
    return [
        cell(
            **alike, n_conforming=180, n_nonconforming=20, n_inspections=10, sum_points_squared=4000.0,
            sum_conforming_squared_per_point=180.0,
        ),
        cell(
            **alike, prefecture_code="510300", n_conforming=180, n_inspections=9, sum_points_squared=3600.0,
            sum_conforming_squared_per_point=180.0,
        ),
    ]  # fmt: skip


def _items(client: httpx.Client, **asked: str) -> list[dict[str, Any]]:
    answer = client.get("/v1/results", params=asked)
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert body["meta"]["total"] == len(body["items"])
    found: list[dict[str, Any]] = body["items"]
    return found


def _by_prefecture(client: httpx.Client, **asked: str) -> dict[str, dict[str, Any]]:
    return {row["prefecture_code"]: row for row in _items(client, by="prefecture", **asked)}


def test_a_total_adds_counts_over_all_that_by_does_not_name(client: httpx.Client) -> None:
    (row,) = _items(client, **STRATUM)
    assert (row["n_sampled"], row["n_concluded"], row["n_conforming"]) == (810 + 10, 810, 764)
    assert (row["n_nonconforming"], row["n_undetermined"], row["n_held"]) == (46, 10, 4)
    assert row["prefecture_code"] is None and row["category_code"] is None and row["n_inspections"] is None
    assert row["rate"] == pytest.approx(764 / 810)


def test_the_interval_is_wilsons(client: httpx.Client) -> None:
    rows = {row["category_code"]: row for row in _items(client, **STRATUM, by="category", prefecture="510100")}
    assert [round(rows["F01"][name], 4) for name in ("rate", "rate_low", "rate_high")] == [0.97, 0.9511, 0.9817]
    assert [round(rows["F03"][name], 4) for name in ("rate", "rate_low", "rate_high")] == [0.98, 0.93, 0.9945]
    assert [round(rows["F01"][f"failure_rate{end}"], 4) for end in ("", "_low", "_high")] == [0.03, 0.0183, 0.0489]


@pytest.mark.parametrize(
    ("prefecture", "status", "is_shown"),
    [
        ("510300", "withheld_small_n", False),
        ("510400", "boundary", True),
        ("510500", "boundary", True),
        ("510600", "withheld_wide", False),
        ("510700", "ok", True),
        ("510800", "no_data", False),
        ("510900", "no_data", False),
    ],
)
def test_a_rate_is_shown_or_withheld_by_rule(
    client: httpx.Client, prefecture: str, status: str, is_shown: bool
) -> None:
    row = _by_prefecture(client, **STRATUM)[prefecture]
    assert row["rate_status"] == status
    assert [row[name] is not None for name in ("rate", "rate_low", "rate_high")] == [is_shown] * 3


def test_counts_stay_when_the_rate_is_withheld(client: httpx.Client) -> None:
    row = _by_prefecture(client, **STRATUM)["510300"]
    assert (row["n_concluded"], row["n_conforming"], row["n_effective"]) == (29, 29, 29)
    assert row["failure_rate"] is None and row["failure_rate_status"] == "withheld_small_n"


def test_no_failure_is_shown_with_its_upper_bound(client: httpx.Client) -> None:
    row = _by_prefecture(client, **STRATUM)["510500"]
    assert (row["failure_rate"], row["failure_rate_low"], row["failure_rate_status"]) == (0.0, 0.0, "boundary")
    assert row["failure_rate_high"] == pytest.approx(0.1103, abs=5e-5)


def test_a_wide_failure_rate_is_shown_and_flagged(client: httpx.Client) -> None:
    row = _by_prefecture(client, **STRATUM)["510700"]
    assert row["failure_rate_status"] == "unreliable" and row["failure_rate"] == pytest.approx(0.1)


def test_every_prefecture_and_the_unknown_one_have_a_row(client: httpx.Client) -> None:
    codes = [row["prefecture_code"] for row in _items(client, **STRATUM, by="prefecture")]
    assert codes == [code for code, _ in PREFECTURES] + ["unknown"]


def test_the_unknown_prefecture_joins_no_other_and_counts_in_the_total(client: httpx.Client) -> None:
    rows = _by_prefecture(client, **STRATUM)
    assert (rows["unknown"]["n_concluded"], rows["510100"]["n_concluded"]) == (50, 600)
    assert sum(row["n_concluded"] for row in rows.values()) == 810


def test_kinds_of_sampling_are_never_added_whatever_is_left_out(client: httpx.Client) -> None:
    rows = _items(client)
    found = {(row["feed"], row["sampling_type"], row["quarter"]): row["n_concluded"] for row in rows}
    assert found == {
        ("construction", "inspection", "2026Q2"): 380,
        ("food", "evaluation", "2026Q1"): 20,
        ("food", "evaluation", "2026Q2"): 810,
        ("food", "supervision", "2026Q2"): 100,
    }


def test_the_year_to_date_judges_the_sums_of_its_quarters(client: httpx.Client) -> None:
    (row,) = _items(client, **STRATUM | {"quarter": "2026YTD"})
    assert (row["quarter"], row["n_concluded"]) == ("2026YTD", 830)


def test_by_quarter_splits_the_year_to_date(client: httpx.Client) -> None:
    rows = _items(client, **STRATUM | {"quarter": "2026YTD"}, by="quarter")
    assert [(row["quarter"], row["n_concluded"]) for row in rows] == [("2026Q1", 20), ("2026Q2", 810)]


def test_levels_and_stages_split_and_filter(client: httpx.Client) -> None:
    by_stage = _items(client, **STRATUM, by="stage")
    assert [(row["stage"], row["n_concluded"]) for row in by_stage] == [("catering", 100), ("distribution", 710)]
    assert [row["level"] for row in _items(client, **STRATUM, by="level")] == ["provincial"]
    (filtered,) = _items(client, **STRATUM, stage="catering")
    assert (filtered["stage"], filtered["n_concluded"]) == ("catering", 100)


def test_two_dimensions_make_a_cross_table(client: httpx.Client) -> None:
    rows = _items(client, **STRATUM, by="prefecture,category", prefecture="510100")
    assert [(row["category_code"], row["n_concluded"]) for row in rows] == [("F01", 500), ("F03", 100)]


def test_a_category_of_the_second_level_filters_too(client: httpx.Client) -> None:
    (row,) = _items(client, **STRATUM, category="F01-01", prefecture="510100")
    assert (row["category_name"], row["n_concluded"]) == ("小麦粉", 500)


def test_the_unknown_category_is_that_of_the_first_level(client: httpx.Client) -> None:
    (row,) = _items(client, **STRATUM, category="unknown")
    assert row["n_sampled"] == 0


def test_a_province_filters_and_names_its_rows(client: httpx.Client) -> None:
    (row,) = _items(client, **STRATUM, province="510000")
    assert (row["province_code"], row["n_concluded"]) == ("510000", 760)


def test_provisional_failures_mark_their_figure(client: httpx.Client) -> None:
    rows = _by_prefecture(client, **STRATUM)
    assert rows["510100"]["is_provisional"] is True and rows["510700"]["is_provisional"] is False


def test_construction_counts_points_and_judges_effective_ones(client: httpx.Client) -> None:
    rows = _by_prefecture(client, feed="construction", sampling_type="inspection", quarter="2026Q2")
    chengdu = rows["510100"]
    assert (chengdu["n_concluded"], chengdu["n_inspections"], chengdu["n_effective"]) == (200, 10, 10)
    assert (chengdu["rate"], chengdu["rate_status"]) == (None, "withheld_small_n")
    assert (rows["510300"]["n_inspections"], rows["510300"]["rate_status"]) == (9, "withheld_few_inspections")


def test_a_quarter_without_figures_is_an_empty_table(client: httpx.Client) -> None:
    assert _items(client, **STRATUM | {"quarter": "2019Q1"}, by="prefecture") == []


def test_supervision_says_why_its_samples_were_chosen(client: httpx.Client) -> None:
    notes = client.get("/v1/results", params=STRATUM | {"sampling_type": "supervision"}).json()["meta"]["notes"]
    assert "不代表当地市场上产品的合格水平" in notes[0]["zh"]
    assert client.get("/v1/results", params=STRATUM | {"quarter": "2026Q1"}).json()["meta"]["notes"] == []


def test_places_of_no_asked_province_have_no_row_though_nothing_was_sampled_there(client: httpx.Client) -> None:
    assert len(_by_prefecture(client, **STRATUM, province="510000")) == len(PREFECTURES)
    assert set(_by_prefecture(client, **STRATUM, province="unknown")) == {"unknown"}


def test_totals_say_that_they_hold_samples_of_no_known_province(client: httpx.Client) -> None:
    (note,) = client.get("/v1/results", params=STRATUM).json()["meta"]["notes"]
    assert "省份不详" in note["zh"] and "unknown province" in note["en"]
    for asked in ({"province": "510000"}, {"prefecture": "510100"}):
        assert client.get("/v1/results", params=STRATUM | asked).json()["meta"]["notes"] == []


def test_risk_monitoring_is_refused_with_the_reason(client: httpx.Client) -> None:
    answer = client.get("/v1/results", params=STRATUM | {"sampling_type": "risk_monitoring"})
    assert (answer.status_code, answer.json()["type"]) == (403, "/docs#not-published")


def test_pages_follow_each_other_without_loss(client: httpx.Client) -> None:
    whole = _items(client, **STRATUM, by="prefecture")
    link: str | None = "/v1/results?" + "&".join(f"{k}={v}" for k, v in (STRATUM | {"by": "prefecture"}).items())
    link, rows = f"{link}&limit=5", []
    while link:
        answer = client.get(link)
        body = answer.json()
        assert body["meta"]["total"] == len(whole) and len(body["items"]) <= 5
        rows += body["items"]
        link = body["links"]["next"]
        assert (f'<{link}>; rel="next"' == answer.headers.get("link")) is (link is not None)
    assert rows == whole


@pytest.mark.parametrize(
    ("path", "quarter", "there_are"),
    [
        ("results?", "2030Q1", "2026Q1、2026Q2。"),
        ("results?", "2030YTD", "2026Q1、2026Q2。"),
        ("results?feed=construction&", "2026Q1", "2026Q2。"),
        ("rankings?feed=food&sampling_type=evaluation&", "2019Q1", "2026Q1、2026Q2。"),
        ("rankings?feed=market&sampling_type=evaluation&", "2026Q2", "无。"),
        ("bounds?", "2030Q1", "2026Q1、2026Q2。"),
        ("comparisons?feed=food&sampling_type=evaluation&kind=year_before&", "2030Q1", "2026Q1、2026Q2。"),
        ("warnings?", "2030Q1", "2026Q1、2026Q2。"),
        ("indicators?", "2030", "2026Q1、2026Q2。"),
        ("downloads?", "2030Q1", "2026Q1、2026Q2。"),
        ("rectification?", "2030Q1", "2026Q1、2026Q2。"),
        ("timeliness?", "2030Q1", "2026Q1、2026Q2。"),
    ],
)
def test_a_table_of_a_quarter_that_is_not_there_names_those_that_are(
    client: httpx.Client, path: str, quarter: str, there_are: str
) -> None:
    meta = client.get(f"/v1/{path}quarter={quarter}").json()["meta"]
    assert (meta["total"], meta["notes"][-1]["zh"].partition("；有结果的季度：")[2]) == (0, there_are)
    assert quarter in meta["notes"][-1]["en"]


@pytest.mark.parametrize("asked", ["quarter=2026Q2", "quarter=2026YTD", "feed=food"])
def test_an_empty_table_of_a_quarter_that_is_there_does_not_blame_it(client: httpx.Client, asked: str) -> None:
    meta = client.get(f"/v1/results?{asked}&stage=online&by=stage").json()["meta"]
    assert meta["total"] == 0 and not any("有结果的季度" in note["zh"] for note in meta["notes"])
