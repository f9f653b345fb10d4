"""Errors: one shape, both languages, and what would have been allowed."""

from __future__ import annotations

from datetime import UTC, datetime

import httpx
import pytest

from api.models import ProblemDocument
from api.problems import KINDS
from tests.api.release_files import cell, warning, write_release
from warehouse.keys import add_key
from warehouse.settings import Settings

READ_ONLY = ("POST", "PUT", "PATCH", "DELETE", "OPTIONS")


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    return write_release(settings, 1, cells=[cell(n_conforming=90)], warnings=[warning(1)])


def _problem(answer: httpx.Response, status: int) -> ProblemDocument:
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    problem = ProblemDocument.model_validate_json(answer.content)
    assert problem.status == status and problem.type.removeprefix("/docs#") in KINDS
    assert problem.detail == f"{problem.detail_zh} {problem.detail_en}"
    assert problem.instance == answer.request.url.path
    return problem


@pytest.mark.parametrize(
    ("path", "parameter", "allowed"),
    [
        ("/v1/results?sampling=x", "sampling", "sampling_type"),
        ("/v1/hazards?feed=food", "feed", "format"),
        ("/v1/health?x=1", "x", None),
        ("/v1/warnings/W2026-TEST000001?x=1", "x", None),
        ("/v1/results?feed=fish", "feed", "construction"),
        ("/v1/results?sampling_type=random", "sampling_type", "evaluation"),
        ("/v1/results?quarter=2026Q5", "quarter", "2026Q2"),
        ("/v1/results?quarter=2026Q2%0A", "quarter", "2026Q2"),
        ("/v1/results?by=prefecture,shop", "by", "category"),
        ("/v1/results?prefecture=440100", "prefecture", "510100"),
        ("/v1/results?province=440000", "province", "510000"),
        ("/v1/results?category=F01", "feed", "food"),
        ("/v1/results?feed=food&category=M01", "category", "F01"),
        ("/v1/results?feed=construction&sampling_type=supervision", "sampling_type", "inspection"),
        ("/v1/results?level=village", "level", "county"),
        ("/v1/results?stage=moon", "stage", "online"),
        ("/v1/results?format=pdf", "format", "xlsx"),
        ("/v1/results?limit=1001", "limit", "1–1000"),
        ("/v1/results?limit=0", "limit", None),
        ("/v1/results?limit=many", "limit", None),
        ("/v1/results?cursor=nonsense", "cursor", None),
        ("/v1/results?cursor=%C3%A9", "cursor", None),
        ("/v1/results?feed=food&feed=market", "feed", None),
        ("/v1/warnings?hazard=ghosts", "hazard", "pesticide"),
        ("/v1/results?quarter=202%D9%A6Q2", "quarter", "2026Q2"),
        ("/v1/indicators?quarter=202%D9%A6", "quarter", "2026Q2"),
        ("/v1/warnings?issued_from=2026-02-30", "issued_from", "2026-06-30"),
        ("/v1/warnings?issued_to=20260630", "issued_to", "2026-06-30"),
        ("/v1/warnings?issued_to=2026-06-3%D9%A6", "issued_to", "2026-06-30"),
        ("/v1/warnings?issued_from=2026-07-01&issued_to=2026-06-30", "issued_from", None),
        ("/v1/warnings?category=F01", "feed", "food"),
        ("/v1/warnings?feed=food&category=M01", "category", "F01"),
        ("/v1/warnings?feed=food&category=F01-01", "category", "F01"),
        ("/v1/warnings?q=a%00b", "q", None),
        ("/v1/warnings?q=1+2+3+4+5+6+7+8+9", "q", None),
    ],
)
def test_what_cannot_be_understood_is_refused_with_what_is_allowed(
    client: httpx.Client, path: str, parameter: str, allowed: str | None
) -> None:
    problem = _problem(client.get(path), 400)
    (error,) = problem.errors
    assert error.parameter == parameter
    assert allowed is None or allowed in error.allowed
    assert error.message_zh and error.message_en


def test_all_bad_parameters_are_told_at_once(client: httpx.Client) -> None:
    problem = _problem(client.get("/v1/results?feed=fish&quarter=soon&level=x"), 400)
    assert {error.parameter for error in problem.errors} == {"feed", "quarter", "level"}


@pytest.mark.parametrize(
    ("path", "zh", "en"),
    [
        ("/v1/results?limit=0", "limit：“0”不可用，不得小于 1。", "limit: '0' cannot be used: it must be 1 at least."),
        ("/v1/results?limit=1e3", "“1e3”不可用，须为整数。", "it must be a whole number."),
        ("/v1/results?limit=" + "9" * 5_000, "数字过大。", "the number is too large."),
        ("/v1/results?limit=100001", "format=json 每页最多 1000 行。", "at most 1000 rows in json."),
        ("/v1/results?limit=100001&format=csv", "format=csv 每页最多 100000 行。", "at most 100000 rows in csv."),
        ("/v1/warnings?q=" + "a" * 101, "……”不可用，最多 100 个字符。", "it may have 100 characters at most."),
        ("/v1/rankings?sampling_type=evaluation&quarter=2026Q2", "feed：必须给出。", "feed: required."),
        ("/v1/results?by=stage&by=level", "by 只能给一次。", "by may be given once only."),
    ],
)  # fmt: skip
def test_each_half_of_a_problem_says_why_in_its_own_language(client: httpx.Client, path: str, zh: str, en: str) -> None:
    problem = _problem(client.get(path), 400)
    assert problem.detail_zh.endswith(zh) and problem.detail_en.endswith(en)


@pytest.fixture(scope="module")
def key(settings: Settings) -> dict[str, str]:
    text, _ = add_key(settings, "审核科", ["review"], now=datetime.now(UTC), created_by="test")
    return {"Authorization": f"Bearer {text}"}


def test_a_decision_that_cannot_be_read_is_refused_in_words(client: httpx.Client, key: dict[str, str]) -> None:
    form = {"Content-Type": "application/x-www-form-urlencoded"}
    said = {
        b"xx": ({}, "body：报送的内容不是完整的 JSON。"),
        b"a=1": (form, "body：“a=1”不可用，须为一个 JSON 对象，并注明 Content-Type: application/json。"),
        b"[1]": ({}, "body：“[1]”不可用，须为一个 JSON 对象，并注明 Content-Type: application/json。"),
        b'{"warning_id": 5, "action": "hold"}': ({}, "warning_id：“5”不可用，须为文字。"),
        b'{"warning_id": "\\ud800", "action": "hold"}': ({}, "warning_id：“?”不可用，不是有效的文字。"),
        b'{"warning_id": null, "action": "hold"}': ({}, "warning_id：“null”不可用，须为文字。"),
        b'{"warning_id": "W", "action": "hold", "x": 1}': ({}, "x：“1”不可用，没有这一项。"),
    }
    for content, (headers, zh) in said.items():
        sent = {"Content-Type": "application/json", **key, **headers}
        assert _problem(client.post("/v1/reviews", content=content, headers=sent), 400).detail_zh == zh


def test_reviews_tell_both_methods_and_take_no_parameters(client: httpx.Client, key: dict[str, str]) -> None:
    answer = client.put("/v1/reviews")
    assert _problem(answer, 405).detail_zh == "请改用 GET 或 POST。" and answer.headers["allow"] == "GET, HEAD, POST"
    assert _problem(client.get("/v1/reviews?x=1", headers=key), 400).errors[0].parameter == "x"


@pytest.mark.parametrize("method", READ_ONLY)
@pytest.mark.parametrize(
    "path",
    ["/v1/results", "/v1/rankings", "/v1/warnings", "/v1/warnings/W2026-TEST000001", "/v1/prefectures",
     "/v1/categories", "/v1/hazards", "/v1/releases", "/v1/releases/x", "/v1/health", "/openapi.json"],
)  # fmt: skip
def test_no_address_takes_anything_but_get(client: httpx.Client, path: str, method: str) -> None:
    # What a browser asks by OPTIONS, with Origin and the method it means, is answered: see test_cross_origin.py.
    answer = client.request(method, path)
    _problem(answer, 405)
    assert answer.headers["allow"] == "GET, HEAD"


@pytest.mark.parametrize("method", READ_ONLY)
@pytest.mark.parametrize("path", ["/", "/warnings", "/warnings/W2026-TEST000001", "/docs", "/static/site.css"])
def test_no_page_takes_anything_but_get(client: httpx.Client, path: str, method: str) -> None:
    assert client.request(method, path).status_code == 405


def test_an_address_that_is_none_is_not_found(client: httpx.Client) -> None:
    assert "/v1/nothing" in _problem(client.get("/v1/nothing"), 404).detail
    assert _problem(client.get("/v1/results/"), 404).type == "/docs#not-found"
    assert _problem(client.get("/v1/releases/20200101T000000Z-0000000000"), 404).type == "/docs#not-found"


def test_a_page_that_is_none_is_told_as_a_page(client: httpx.Client) -> None:
    answer = client.get("/warnings/W1999-NEVERWAS00")
    assert (answer.status_code, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert "没有编号为 W1999-NEVERWAS00 的消费提示" in answer.text


LONG = {
    "/": ("feed", "sampling_type", "quarter"),
    "/warnings": ("q", "feed", "prefecture", "hazard", "quarter", "cursor"),
    "/lookup": ("q", "cursor"),
    "/recalls": ("q", "cursor"),
}


@pytest.mark.parametrize("value", ["a" * 101, "\0\0", "豆\x7f瓣"])
@pytest.mark.parametrize(("path", "name"), [(path, name) for path, names in LONG.items() for name in names])
def test_a_page_refuses_in_words_what_the_api_refuses(client: httpx.Client, path: str, name: str, value: str) -> None:
    also = {"q": "豆瓣"} if (path, name) == ("/lookup", "cursor") else {}
    answer = client.get(path, params={**also, name: value})
    assert (answer.status_code, answer.headers["content-type"]) == (400, "text/html; charset=utf-8")
    said = answer.text[answer.text.index("<h1>") :]
    assert "请求参数有误" in said and f"<p>{name}" not in said
    assert path == "/" or f'action="{path}"' in said


@pytest.mark.parametrize("value", ["a" * 300, "%00", "%7F"])
@pytest.mark.parametrize("path", ["/warnings/{}", "/warnings/{}/versions/1", "/warnings/W2026-TEST000001/versions/{}"])
def test_an_odd_address_is_no_failure(client: httpx.Client, path: str, value: str) -> None:
    answer = client.get(path.format(value))
    assert answer.status_code in (400, 404) and answer.headers["content-type"].startswith("text/html")


def test_a_refused_search_stands_in_its_form_again(client: httpx.Client) -> None:
    looked = client.get("/lookup", params={"q": "豆"}).text
    assert "<p>检索词至少要有 2 个字" in looked and 'value="豆" placeholder' in looked
    listed = client.get("/warnings", params={"q": "1 2 3 4 5 6 7 8 9", "feed": "food"}).text
    assert 'value="1 2 3 4 5 6 7 8 9"' in listed and '<option value="food" selected>' in listed
    assert "<p>市州没有“440100”" in client.get("/warnings?prefecture=440100").text
    assert client.get("/lookup", params={"q": "豆" * 101}).status_code == 400


def test_nothing_that_is_sent_comes_back_as_markup(client: httpx.Client) -> None:
    assert "<script>" not in client.get("/warnings/<script>alert(1)</script>").text
    assert "<b>x" not in client.get("/warnings", params={"q": '"><b>x'}).text


def test_every_kind_of_problem_is_described(client: httpx.Client) -> None:
    page = client.get("/docs").text
    assert len(KINDS) > 5 and all(f'<div id="{kind}">' in page for kind in KINDS)


def test_the_document_promises_the_answers_that_are_given(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    operations = [each for path in document["paths"].values() for each in path.values()]
    assert len(operations) > 30 and not any("422" in each["responses"] for each in operations)
    assert not any("ValidationError" in name for name in document["components"]["schemas"])
    for path in ("rankings", "comparisons", "trends", "explain"):
        named = {each["name"]: each for each in document["paths"][f"/v1/{path}"]["get"]["parameters"]}
        assert named["sampling_type"]["required"] is True
