"""/v1/rectification, /v1/timeliness and what was done since a warning: shares by the rules of rates, kinds apart, and
releases from before there was such a thing.
"""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from api import labels, pages
from api.release_reader import open_release
from api.warning_record import WarningRecord
from tests.api.followed import FOLLOWED, recall, rectification, timeliness
from tests.api.release_files import version, warning, write_release
from warehouse.connect import connect
from warehouse.contract import form
from warehouse.release import release_path
from warehouse.settings import Settings

SHOWN = ("quarter", "sampling_type", "prefecture_code", "n_failed", "n_rectified", "share_rectified", "share_status")


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    """An earlier release without the tables, and one with them, which serves."""
    early = write_release(settings, 1, warnings=[warning(1)])
    for artefact in ("public", "office"):
        with connect(settings, release_path(settings, early, artefact)) as connection:
            for name in ("recalls", "dispositions", "rectification", "timeliness", "warning_versions"):
                connection.execute(f"DROP TABLE mart_{name}")
    write_release(
        settings, 2, warnings=[warning(1), warning(2)], versions=[version(1, told_in=2)],
        others=FOLLOWED | {
            "mart_rectification": [
                rectification(n_failed=29, n_rectified=20),
                rectification(prefecture_code="510300", n_failed=11, n_rectified=10),
                rectification(prefecture_code="unknown", quarter="2026Q1", n_failed=60, n_rectified=60),
                rectification(sampling_type="supervision", n_failed=100, n_rectified=97),
            ],
            "mart_recalls": [*FOLLOWED["mart_recalls"], recall(3, status="withdrawn", kind="ordered", brand="暖鍋牌")],
            "mart_timeliness": [
                *FOLLOWED["mart_timeliness"],
                timeliness(prefecture_code="all", step="final_to_issued"),
                timeliness(prefecture_code="all", sampling_type="supervision"),
            ],
        },
    )  # fmt: skip
    return early


def items(client: httpx.Client, path: str, **asked: str) -> list[dict[str, Any]]:
    answer = client.get(path, params=asked)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_prefectures_are_summed_within_a_kind_and_the_rules_hold_for_the_sums(client: httpx.Client) -> None:
    found = items(client, "/v1/rectification", quarter="2026Q2")
    assert [[row[name] for name in SHOWN] for row in found] == [
        ["2026Q2", "evaluation", None, 40, 30, 0.75, "ok"],
        ["2026Q2", "supervision", None, 100, 97, 0.97, "ok"],
    ]
    assert (found[0]["share_rectified_low"], found[0]["share_rectified_high"]) == pytest.approx((0.598060, 0.858128))


def test_below_thirty_failures_a_share_is_withheld_and_the_counts_stand(client: httpx.Client) -> None:
    found = items(client, "/v1/rectification", quarter="2026Q2", sampling_type="evaluation", by="prefecture")
    assert [[row[name] for name in SHOWN[2:]] for row in found] == [
        ["510100", 29, 20, None, "withheld_small_n"],
        ["510300", 11, 10, None, "withheld_small_n"],
    ]


def test_a_year_to_date_is_the_sum_of_its_quarters(client: httpx.Client) -> None:
    (row,) = items(client, "/v1/rectification", quarter="2026YTD", sampling_type="evaluation")
    assert [row[name] for name in SHOWN] == ["2026YTD", "evaluation", None, 100, 90, 0.9, "ok"]
    (unknown,) = items(client, "/v1/rectification", prefecture="unknown")
    assert [unknown[name] for name in SHOWN[2:]] == ["unknown", 60, 60, 1.0, "boundary"]


def test_days_are_of_the_province_unless_prefectures_are_asked_for(client: httpx.Client) -> None:
    whole = items(client, "/v1/timeliness", sampling_type="evaluation")
    assert [(row["prefecture_code"], row["step"]) for row in whole] == [
        (None, "sampled_to_concluded"),
        (None, "final_to_issued"),
    ]
    (place,) = items(client, "/v1/timeliness", by="prefecture", step="sampled_to_concluded")
    assert (place["prefecture_name"], place["p50_days"], place["p95_days"], place["standard_days"]) == (
        "成都市", 12, 30, 35,
    )  # fmt: skip


def test_recalls_come_newest_first_and_one_that_was_taken_back_says_so(client: httpx.Client) -> None:
    assert [row["recall_no"] for row in items(client, "/v1/recalls")] == ["川召-3", "川召-2", "川召-1"]
    first = client.get("/v1/recalls?limit=2").json()
    assert [row["recall_no"] for row in client.get(first["links"]["next"]).json()["items"]] == ["川召-1"]
    (gone,) = items(client, "/v1/recalls", status="withdrawn")
    assert (gone["recall_no"], gone["kind"]) == ("川召-3", "ordered")
    assert items(client, "/v1/recalls", q="接地 电热毯 没有") == []
    assert len(items(client, "/v1/recalls", q="接地 電熱毯")) == 3
    assert [row["recall_no"] for row in items(client, "/v1/recalls", q="暖鍋牌")] == ["川召-3"]


def test_the_page_of_a_warning_says_what_was_done_since_in_words(client: httpx.Client) -> None:
    page = client.get("/warnings/W2026-TEST000001").text
    assert "此后做了什么" in page
    assert "四川省市场监督管理局发布主动召回（进行中）：电热毯。退货。" in page
    assert '<a href="https://example.org/1" rel="noopener noreferrer">召回公告 川召-1</a>' in page
    assert "成都市市场监督管理局：下架，完成（1 批次）" in page
    kinds = form("dispositions").vocabularies["kind"]
    assert (set(labels.MEASURES), set(labels.RECALLS)) == (set(kinds), set(form("recalls").vocabularies["kind"]))
    vocabularies = form("dispositions").vocabularies
    results = {*vocabularies["result"], *vocabularies["reinspection"], *vocabularies["objection"]} - {"void"}
    assert (set(labels.OUTCOMES), set(labels.RECALL_STATES)) == (results, set(form("recalls").vocabularies["status"]))


def test_the_page_of_a_warning_lacks_its_history_only_in_a_release_from_before_there_was_one(
    client: httpx.Client, settings: Settings, released: str
) -> None:
    early = open_release(settings, released)
    try:
        assert pages._versions(WarningRecord(early, None, "W2026-TEST000001")) == []
    finally:
        early.retire()
    assert client.get("/warnings/W2026-TEST000002").status_code == 404


def test_a_warning_of_an_earlier_release_says_that_it_cannot_know_what_was_done(
    client: httpx.Client, released: str
) -> None:
    path = "/v1/warnings/W2026-TEST000001"
    since = client.get(path).json()["item"]["since"]
    assert [each["recall_no"] for each in since["recalls"]] == ["川召-1"]
    assert [each["kind"] for each in since["dispositions"]] == ["removed"]
    for table in ("recalls", "rectification", "timeliness"):
        answer = client.get(f"/v1/{table}", params={"as_of": released})
        assert (answer.status_code, answer.json()["type"]) == (404, "/docs#not-in-release")
