"""A script of any other site may read public data, with the ETag of what it has; nothing else is opened to it."""

from __future__ import annotations

import httpx
import pytest

from tests.api.release_files import cell, release_id, warning, write_release
from warehouse.settings import Settings

ORIGIN = {"Origin": "https://example.org"}
ASKING = ORIGIN | {"Access-Control-Request-Method": "GET", "Access-Control-Request-Headers": "if-none-match"}


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    return write_release(settings, 1, cells=[cell(n_conforming=90)], warnings=[warning(1)])


@pytest.mark.parametrize(
    "path",
    ["/v1/results", "/v1/warnings/W2026-TEST000001", "/v1/warnings.atom", f"/v1/releases/{release_id(1)}",
     "/v1/downloads/datapackage.json", "/v1/health", "/openapi.json"],
)  # fmt: skip
def test_a_browser_that_asks_first_is_told_that_it_may(client: httpx.Client, path: str) -> None:
    told = client.options(path, headers=ASKING)
    assert (told.status_code, told.content) == (204, b"")
    assert told.headers["access-control-allow-origin"] == "*"
    assert told.headers["access-control-allow-headers"] == "If-None-Match"
    assert "GET" in told.headers["access-control-allow-methods"]
    first = client.get(path, headers=ORIGIN)
    exposed = {name.strip() for name in first.headers["access-control-expose-headers"].split(",")}
    assert exposed >= {"ETag", "Link", "Retry-After", "X-Choucha-Total"}
    if "etag" in first.headers:
        again = client.get(path, headers=ORIGIN | {"If-None-Match": first.headers["etag"]})
        assert (again.status_code, again.headers["access-control-allow-origin"]) == (304, "*")


@pytest.mark.parametrize(
    ("path", "headers"),
    [
        ("/v1/results", {}),
        ("/v1/results", ORIGIN),
        ("/v1/results", {"Access-Control-Request-Method": "GET"}),
        ("/v1/results", ASKING | {"Access-Control-Request-Method": "DELETE"}),
        ("/v1/intake/food", ASKING),
        ("/v1/intake/food", ASKING | {"Access-Control-Request-Method": "POST"}),
        ("/v1/reviews", ASKING),
        ("/v1/quarantine", ASKING),
        ("/v1/receipts/x", ASKING),
        ("/warnings", ASKING),
        ("/static/site.css", ASKING),
    ],
)
def test_whatever_else_is_asked_that_way_is_refused(client: httpx.Client, path: str, headers: dict[str, str]) -> None:
    answer = client.options(path, headers=headers)
    assert answer.status_code == 405
    assert "access-control-allow-headers" not in answer.headers


def test_an_address_that_is_none_is_none_for_a_browser_too(client: httpx.Client) -> None:
    assert client.options("/v1/nothing", headers=ASKING).status_code == 404
