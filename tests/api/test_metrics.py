"""/v1/metrics tells an operator which release serves, how old it is, and what this process was asked, by route."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import httpx
import pytest

from tests.api.release_files import cell, warning, write_release
from tests.api.server import serve
from warehouse.settings import Settings

LINE = re.compile(r'(\w+)(?:\{((?:\w+="[^"]*",?)+)\})? (-?[0-9.e+-]+)')


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    return write_release(settings, 1, cells=[cell(n_conforming=90)], warnings=[warning(1)])


@pytest.fixture
def read(client: httpx.Client) -> Callable[[], dict[tuple[str, str], float]]:
    return lambda: _read(client)


def _read(client: httpx.Client) -> dict[tuple[str, str], float]:
    answer = client.get("/v1/metrics")
    assert (answer.status_code, answer.headers["cache-control"]) == (200, "no-store")
    assert answer.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    lines = [line for line in answer.text.splitlines() if not line.startswith("#")]
    parsed = [LINE.fullmatch(line) for line in lines]
    found = {(each[1], each[2] or ""): float(each[3]) for each in parsed if each}
    assert len(found) == len(lines)
    return found


def test_the_release_that_serves_and_its_age(read: Callable[[], dict[tuple[str, str], float]], released: str) -> None:
    found = read()
    assert found["choucha_release_serving", ""] == 1
    assert found["choucha_release_info", f'release="{released}",method="1"'] == 1
    assert found["choucha_release_age_seconds", ""] > 0
    assert found["choucha_release_data_age_seconds", ""] > 0


def test_requests_are_counted_by_route_and_status_also_those_answered_from_memory(
    client: httpx.Client, read: Callable[[], dict[tuple[str, str], float]]
) -> None:
    before = read()
    for path, n in (
        ("/v1/prefectures", 3), ("/v1/prefectures?x=1", 2), ("/v1/warnings/W2026-TEST000001", 2),
        ("/v1/warnings/W2026-NONE000000", 1), ("/nothing/1", 1), ("/v1/nothing/2", 1), ("/static/site.css", 1),
    ):  # fmt: skip
        for _ in range(n):
            client.get(path)
    client.patch("/v1/prefectures")
    after = read()

    def more(route: str, status: int, method: str = "GET") -> float:
        key = ("choucha_http_requests_total", f'route="{route}",method="{method}",status="{status}"')
        return after[key] - before.get(key, 0)

    assert (more("/v1/prefectures", 200), more("/v1/prefectures", 400)) == (3, 2)
    assert (more("/v1/warnings/{warning_id}", 200), more("/v1/warnings/{warning_id}", 404)) == (2, 1)
    assert (more("none", 404), more("/static", 200)) == (2, 1)
    assert more("/v1/prefectures", 405, "other") == 1
    assert not any("TEST000001" in labels or "nothing" in labels for _, labels in after)


def test_seconds_add_up_in_the_buckets_of_a_route(
    client: httpx.Client, read: Callable[[], dict[tuple[str, str], float]]
) -> None:
    client.get("/v1/hazards")
    found = read()
    name, route = "choucha_http_request_seconds", 'route="/v1/hazards"'
    buckets = [n for (each, labels), n in found.items() if each == f"{name}_bucket" and labels.startswith(route)]
    assert buckets == sorted(buckets)
    assert buckets[-1] == found[f"{name}_count", route] >= 1
    assert 0 < found[f"{name}_sum", route] < 60


def test_before_the_first_release_too(tmp_path: Path) -> None:
    with (
        serve(Settings(home=tmp_path / "home", duckdb_memory="512MB")) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        assert client.get("/v1/health").status_code == 503
        found = _read(client)
    assert found["choucha_release_serving", ""] == 0
    assert found["choucha_http_requests_total", 'route="/v1/health",method="GET",status="503"'] == 1
