"""/v1/warnings: newest first, searchable, and an id is for ever."""

from __future__ import annotations

from datetime import date
from typing import Any

import httpx
import pytest

from tests.api.release_files import version, warning, write_release
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    warnings = [warning(number, issued_on=date(2026, 6, number)) for number in range(1, 24)]
    blanket = {"feed": "market", "hazard_code": "electric", "category_code": "M01", "product_name": "电热毯 ＴＴ１５０"}
    warnings[4] |= blanket | {"prefecture_code": "511900", "producer_name": None}
    warnings[6] |= {"state": "withdrawn", "version": 2, "reason_zh": "复检合格", "reason_en": "passed the second test"}
    warnings[8] |= {"prefecture_code": "unknown", "quarter": "2025Q4"}
    warnings[10]["findings"].append({**warnings[10]["findings"][0], "hazard_code": "electric"})
    warnings[12] |= {"found_zh": ["克百威：检出 0.31mg/kg"], "found_en": ["carbofuran: 0.31mg/kg"]}
    versions = [version(number, told_in=1) for number in (12, 13)]
    return write_release(settings, 1, warnings=warnings, versions=versions)


def _ids(client: httpx.Client, **asked: str) -> list[str]:
    return [item["warning_id"] for item in client.get("/v1/warnings", params=asked).json()["items"]]


def test_the_newest_come_first_and_pages_lose_none(client: httpx.Client) -> None:
    link: str | None = "/v1/warnings?limit=10"
    seen: list[str] = []
    while link:
        body = client.get(link).json()
        assert body["meta"]["total"] == 23
        seen += [item["warning_id"] for item in body["items"]]
        link = body["links"]["next"]
    assert seen == [f"W2026-TEST{number:06d}" for number in range(23, 0, -1)]


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ({"feed": "market"}, [5]),
        ({"hazard": "electric"}, [11, 5]),
        ({"prefecture": "511900"}, [5]),
        ({"prefecture": "unknown"}, [9]),
        ({"quarter": "2025Q4"}, [9]),
        ({"quarter": "2025YTD"}, [9]),
        ({"q": "电热毯 tt150"}, [5]),
        ({"q": "電熱毯 tt150"}, [5]),
        ({"q": "豇豆 （12）"}, [12]),
        ({"feed": "market", "category": "M01"}, [5]),
        ({"feed": "food", "category": "F03"}, []),
        ({"issued_from": "2026-06-22"}, [23, 22]),
        ({"issued_to": "2026-06-02"}, [2, 1]),
        ({"issued_from": "2026-06-10", "issued_to": "2026-06-11", "hazard": "electric"}, [11]),
        ({"issued_from": "2026-06-12", "issued_to": "2026-06-12"}, [12]),
        ({"q": "没有这种东西"}, []),
        ({"q": "%"}, []),
    ],
)
def test_filters_and_words_narrow_the_list(client: httpx.Client, asked: dict[str, str], numbers: list[int]) -> None:
    assert _ids(client, **asked) == [f"W2026-TEST{number:06d}" for number in numbers]


def test_one_warning_is_the_row_of_the_list(client: httpx.Client) -> None:
    (listed,) = client.get("/v1/warnings", params={"feed": "market"}).json()["items"]
    alone: dict[str, Any] = client.get(f"/v1/warnings/{listed['warning_id']}").json()
    assert alone["item"] == {**listed, "since": {"dispositions": [], "recalls": []}}
    assert listed["findings"][0]["value_text"] == "0.31" and listed["samples"][0]["concluded_on"] == "2026-05-20"
    assert listed["prefecture_name"] == "巴中市" and listed["hazard_name_zh"] == "触电危险"


def test_the_page_tells_what_was_found_in_both_languages(client: httpx.Client) -> None:
    page = client.get("/warnings/W2026-TEST000013").text
    assert "<li>克百威：检出 0.31mg/kg。</li>" in page
    assert '<ul class="english" lang="en"><li>carbofuran: 0.31mg/kg.</li></ul>' in page
    assert "<ul" not in client.get("/warnings/W2026-TEST000012").text.split('id="why"')[1].split("</section>")[0]


def test_a_withdrawn_one_stays_readable_with_its_reason(client: httpx.Client) -> None:
    answer = client.get("/v1/warnings/W2026-TEST000007")
    assert answer.status_code == 200
    assert (answer.json()["item"]["state"], answer.json()["item"]["reason_zh"]) == ("withdrawn", "复检合格")


def test_only_an_id_that_never_was_is_not_found(client: httpx.Client) -> None:
    answer = client.get("/v1/warnings/W2026-NEVERWAS00")
    assert (answer.status_code, answer.json()["type"]) == (404, "/docs#not-found")


def test_a_cursor_of_another_question_is_refused(client: httpx.Client) -> None:
    link = client.get("/v1/warnings?limit=10").json()["links"]["next"]
    answer = client.get(link.replace("limit=10", "limit=10&feed=food"))
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, "cursor")


def test_a_cursor_past_the_end_still_tells_the_total(client: httpx.Client) -> None:
    link = client.get("/v1/warnings?limit=22").json()["links"]["next"]
    body = client.get(link).json()
    assert (len(body["items"]), body["meta"]["total"], body["links"]["next"]) == (1, 23, None)
