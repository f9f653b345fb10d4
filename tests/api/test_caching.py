"""ETag, 304 and the headers that every answer has."""

from __future__ import annotations

import gzip

import httpx
import pytest

from api.cache import RepresentationCache, representation
from tests.api.release_files import cell, version, warning, write_release
from warehouse.settings import Settings

PATHS = [
    "/v1/results",
    "/v1/rankings?feed=food&sampling_type=evaluation&quarter=2026Q2",
    "/v1/warnings",
    "/v1/warnings/W2026-TEST000001",
    "/v1/prefectures",
    "/v1/categories",
    "/v1/hazards",
    "/v1/releases",
    "/",
    "/warnings",
    "/warnings/W2026-TEST000001",
    "/docs",
    "/openapi.json",
]


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    cells, versions = [cell(n_conforming=90, n_nonconforming=1)], [version(1, told_in=1)]
    return write_release(settings, 1, cells=cells, warnings=[warning(1)], versions=versions)


@pytest.mark.parametrize("path", PATHS)
def test_the_same_question_has_the_same_strong_etag_and_then_304(client: httpx.Client, path: str) -> None:
    first, second = client.get(path), client.get(path)
    etag = first.headers["etag"]
    assert first.status_code == 200 and etag == second.headers["etag"] and etag.startswith('"')
    unchanged = client.get(path, headers={"If-None-Match": f'W/"other", {etag}'})
    assert (unchanged.status_code, unchanged.content, unchanged.headers["etag"]) == (304, b"", etag)
    assert client.get(path, headers={"If-None-Match": '"other"'}).status_code == 200


def test_each_representation_has_an_etag_of_its_own(client: httpx.Client) -> None:
    asked = [("format=json", "gzip"), ("format=json", "identity"), ("format=csv", "identity"), ("limit=7", "identity")]
    tags = {
        client.get(f"/v1/prefectures?{query}", headers={"Accept-Encoding": coding}).headers["etag"]
        for query, coding in asked
    }
    assert len(tags) == 4


def test_the_order_of_parameters_makes_no_difference(client: httpx.Client) -> None:
    one, other = client.get("/v1/results?feed=food&by=stage"), client.get("/v1/results?by=stage&feed=food")
    assert one.headers["etag"] == other.headers["etag"]


def test_texts_are_compressed_for_who_takes_gzip(client: httpx.Client) -> None:
    packed = client.get("/v1/prefectures", headers={"Accept-Encoding": "gzip"})
    plain = client.get("/v1/prefectures", headers={"Accept-Encoding": "gzip;q=0"})
    assert packed.headers["content-encoding"] == "gzip" and "content-encoding" not in plain.headers
    assert packed.content == plain.content and len(gzip.compress(plain.content)) < len(plain.content)


@pytest.mark.parametrize(
    "path", [*PATHS, "/v1/health", "/v1/nothing", "/nothing", "/v1/results?x=1", "/static/site.css"]
)
def test_every_answer_names_its_release_and_shuts_the_usual_doors(
    client: httpx.Client, released: str, path: str
) -> None:
    headers = client.get(path).headers
    assert headers["x-choucha-release"] == released
    assert headers["x-choucha-data-as-of"] == "2026-07-15T02:30:00+00:00" and headers["x-choucha-method"] == "1"
    assert headers["x-content-type-options"] == "nosniff" and headers["x-frame-options"] == "DENY"
    assert "default-src 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]
    by_key = path.startswith("/v1/") and headers["cache-control"] != "no-store"
    assert headers["vary"] == ("Accept-Encoding, Authorization" if by_key else "Accept-Encoding")
    assert headers["cache-control"]


@pytest.mark.parametrize("path", ["/static/site.css", "/static/mark.svg"])
def test_files_of_the_pages_are_kept_for_an_hour_and_then_asked_for_by_their_etag(
    client: httpx.Client, path: str
) -> None:
    first = client.get(path)
    assert first.headers["cache-control"] == "public, max-age=3600"
    again = client.get(path, headers={"If-None-Match": first.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")
    assert again.headers["cache-control"] == "public, max-age=3600"
    assert client.get("/static/nothing.css").headers["cache-control"] == "no-store"


def test_errors_and_health_are_not_cached(client: httpx.Client) -> None:
    for path in ("/v1/health", "/v1/nothing", "/v1/results?x=1", "/nothing"):
        assert client.get(path).headers["cache-control"] == "no-store"


def test_head_answers_as_get_without_a_body(client: httpx.Client) -> None:
    got, head = client.get("/v1/hazards"), client.head("/v1/hazards")
    assert (head.status_code, head.content) == (200, b"")
    assert head.headers["etag"] == got.headers["etag"]


def test_a_cache_forgets_what_was_asked_longest_ago() -> None:
    cache = RepresentationCache(max_bytes=10)
    for key in ("a", "b"):
        cache.put((key,), representation(b"12345", {}, "hash"))
    cache.get(("a",))
    cache.put(("c",), representation(b"12345", {}, "hash"))
    assert [cache.get((key,)) is not None for key in ("a", "b", "c")] == [True, False, True]


@pytest.mark.parametrize("path", PATHS)
def test_a_question_asked_again_in_the_same_spelling_has_the_same_answer_whatever_else_is_asked(
    client: httpx.Client, path: str
) -> None:
    plain, packed = {"Accept-Encoding": "identity"}, {"Accept-Encoding": "gzip"}
    known = client.get(path).headers["etag"]
    first = [client.get(path, headers=coding) for coding in (plain, packed)]
    assert client.head(path, headers=plain).content == b""
    assert client.get(path, headers={**packed, "If-None-Match": known}).status_code in (200, 304)
    again = [client.get(path, headers=coding) for coding in (plain, packed)]
    for before, after in zip(first, again, strict=True):
        assert (after.status_code, after.content) == (200, before.content)
        assert {**after.headers, "date": ""} == {**before.headers, "date": ""}


def test_a_spelling_is_answered_as_long_as_its_representation_is_kept() -> None:
    cache = RepresentationCache(max_bytes=10)
    headers = [(b"etag", b'"x"')]
    cache.put(("a",), representation(b"12345", {}, "hash"))
    cache.remember((b"/a", b"q=1"), ("a",), headers, "/a")
    cache.remember((b"/b", b"q=1"), ("b",), headers, "/b")
    cache.remember((b"/a", b"q" * 1_000), ("a",), headers, "/a")
    assert cache.answer_to((b"/a", b"q=1")) == (headers, b"12345", "/a")
    assert cache.answer_to((b"/b", b"q=1")) is None and cache.answer_to((b"/a", b"q" * 1_000)) is None
    for key in ("b", "c"):
        cache.put((key,), representation(b"12345", {}, "hash"))
    assert cache.answer_to((b"/a", b"q=1")) is None


def test_an_etag_tells_artefacts_apart() -> None:
    assert representation(b"same", {}, "one").etag != representation(b"same", {}, "other").etag
