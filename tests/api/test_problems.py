"""Errors: one shape, both languages, and what would have been allowed."""

from __future__ import annotations

import httpx
import pytest

from api.models import ProblemDocument
from api.problems import KINDS
from tests.api.release_files import cell, warning, write_release
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


@pytest.mark.parametrize("method", READ_ONLY)
@pytest.mark.parametrize(
    "path",
    ["/v1/results", "/v1/rankings", "/v1/warnings", "/v1/warnings/W2026-TEST000001", "/v1/prefectures",
     "/v1/categories", "/v1/hazards", "/v1/releases", "/v1/releases/x", "/v1/health", "/openapi.json"],
)  # fmt: skip
def test_no_address_takes_anything_but_get(client: httpx.Client, path: str, method: str) -> None:
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


def test_nothing_that_is_sent_comes_back_as_markup(client: httpx.Client) -> None:
    assert "<script>" not in client.get("/warnings/<script>alert(1)</script>").text
    assert "<b>x" not in client.get("/warnings", params={"q": '"><b>x'}).text


def test_every_kind_of_problem_is_described(client: httpx.Client) -> None:
    page = client.get("/docs").text
    assert len(KINDS) > 5 and all(f'<div id="{kind}">' in page for kind in KINDS)
