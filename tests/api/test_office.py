"""The office's interface: a key opens the office's artefact, and nothing of it ever reaches anybody else."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from tests.api.release_files import cell, release_id, warning, write_release
from tests.api.server import serve
from warehouse.keys import add_key, revoke_key
from warehouse.settings import Settings

STRATUM = "feed=food&quarter=2026Q2"
RISK = f"/v1/results?{STRATUM}&sampling_type=risk_monitoring"
SUPERVISED = f"/v1/rankings?{STRATUM}&sampling_type=supervision"
PUBLIC_RESULTS = f"/v1/results?{STRATUM}&by=prefecture"
NOW = datetime(2026, 7, 1, tzinfo=UTC)
RISKY = cell(sampling_type="risk_monitoring", n_conforming=7_000, n_nonconforming=1_234)


def _key(settings: Settings, name: str, *scopes: str, **ends: Any) -> dict[str, str]:
    text, _ = add_key(settings, name, scopes, now=NOW, created_by="ops", **ends)
    return {"Authorization": f"Bearer {text}"}


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    seen = [cell(n_conforming=90, n_nonconforming=1), cell(sampling_type="supervision", n_conforming=40)]
    first = write_release(settings, 1, cells=seen, office_cells=[RISKY], warnings=[warning(1)])
    return write_release(settings, 2, cells=seen, office_cells=[RISKY], warnings=[warning(1)], previous=first)


@pytest.fixture(scope="module")
def office(settings: Settings) -> dict[str, str]:
    return _key(settings, "质量办", "office:read")


def _kinds(answer: httpx.Response) -> set[str]:
    assert answer.status_code == 200, answer.text
    return {row["sampling_type"] for row in answer.json()["items"]}


def test_a_key_shows_what_the_public_never_sees_labelled(client: httpx.Client, office: dict[str, str]) -> None:
    answer = client.get(RISK, headers=office)
    (row,) = answer.json()["items"]
    assert (row["sampling_type"], row["n_concluded"], row["n_nonconforming"]) == ("risk_monitoring", 8_234, 1_234)
    assert "不得作为合格与否对外公布" in answer.json()["meta"]["notes"][0]["zh"]
    assert _kinds(client.get(PUBLIC_RESULTS, headers=office)) == {"evaluation", "supervision", "risk_monitoring"}
    supervised = client.get(SUPERVISED, headers=office)
    assert _kinds(supervised) == {"supervision"}
    assert any("不代表当地市场上产品的合格水平" in note["zh"] for note in supervised.json()["meta"]["notes"])


def test_without_a_key_both_stay_refused(client: httpx.Client) -> None:
    for path, kind in ((RISK, "not-published"), (SUPERVISED, "not-ranked")):
        answer = client.get(path)
        assert (answer.status_code, answer.json()["type"]) == (403, f"/docs#{kind}")


def test_what_the_office_is_answered_is_kept_by_nobody(client: httpx.Client, office: dict[str, str]) -> None:
    paths = [RISK, SUPERVISED, "/v1/warnings", "/v1/hazards", "/v1/releases", "/v1/nothing", "/v1/results?x=1"]
    for path in [*paths, f"{PUBLIC_RESULTS}&as_of={release_id(1)}", f"{PUBLIC_RESULTS}&format=csv"]:
        headers = client.get(path, headers=office).headers
        assert headers["cache-control"] == "private, no-store", path
        assert "Authorization" in headers["vary"], path
        assert "access-control-allow-origin" not in headers, path


@pytest.mark.parametrize(
    "path", [PUBLIC_RESULTS, f"{PUBLIC_RESULTS}&as_of={release_id(1)}", "/v1/results", "/v1/releases"]
)
@pytest.mark.parametrize("is_packed", [False, True])
def test_no_answer_to_the_office_is_ever_given_to_anybody_else(
    client: httpx.Client, office: dict[str, str], path: str, is_packed: bool
) -> None:
    coding = {"Accept-Encoding": "gzip" if is_packed else "identity"}
    asked = [office, {}, office, {}, {}, office, {"If-None-Match": '"x"'}]
    answers = [client.get(path, headers=headers | coding) for headers in asked]
    for headers, answer in zip(asked, answers, strict=True):
        assert (b"risk_monitoring" in answer.content) is (headers is office and "results" in path)
    anonymous = {
        answer.headers["etag"] for headers, answer in zip(asked, answers, strict=True) if headers is not office
    }
    private = {answer.headers["etag"] for headers, answer in zip(asked, answers, strict=True) if headers is office}
    assert len(anonymous) == len(private) == 1 and anonymous != private
    known = client.get(path, headers={**coding, "If-None-Match": private.pop()})
    assert known.status_code == 200 and known.headers["etag"] in anonymous


def test_a_release_of_the_past_is_the_offices_too(client: httpx.Client, office: dict[str, str]) -> None:
    answer = client.get(f"{RISK}&as_of={release_id(1)}", headers=office)
    assert _kinds(answer) == {"risk_monitoring"} and answer.json()["meta"]["release"] == release_id(1)


def test_differences_are_those_of_what_the_reader_may_see(
    client: httpx.Client, office: dict[str, str], settings: Settings
) -> None:
    grown = cell(sampling_type="risk_monitoring", n_conforming=9_000, n_nonconforming=1_234)
    write_release(settings, 3, flip=False, cells=[cell(n_conforming=90, n_nonconforming=1)], office_cells=[grown])
    path = f"/v1/releases/{release_id(1)}/diff/{release_id(3)}"
    assert "risk_monitoring" not in _kinds(client.get(path))
    assert "risk_monitoring" in _kinds(client.get(path, headers=office))


@pytest.mark.parametrize(
    "shown", ["Bearer choucha_000000000000_" + "a" * 43, "Bearer x", "Bearer", "Basic b2ZmaWNlOng=", "", "choucha_1"]
)
def test_a_key_that_is_none_is_refused_and_never_taken_for_nobody(client: httpx.Client, shown: str) -> None:
    answer = client.get(PUBLIC_RESULTS, headers={"Authorization": shown})
    assert (answer.status_code, answer.json()["type"]) == (401, "/docs#key-refused")
    assert answer.headers["www-authenticate"].startswith("Bearer")
    assert answer.headers["cache-control"] == "private, no-store"


def test_a_revoked_key_is_refused_from_the_next_request_on(client: httpx.Client, settings: Settings) -> None:
    shown = _key(settings, "临时", "office:read")
    assert client.get(RISK, headers=shown).status_code == 200
    revoke_key(settings, "临时", now=NOW)
    answer = client.get(RISK, headers=shown)
    assert (answer.status_code, answer.json()["detail_en"][:22]) == (401, "The key was revoked. A")


def test_an_expired_key_is_refused(client: httpx.Client, settings: Settings) -> None:
    shown = _key(settings, "过期", "office:read", expires_at=NOW + timedelta(seconds=1))
    answer = client.get(RISK, headers=shown)
    assert answer.status_code == 401 and "已到期" in answer.json()["detail_zh"]


def test_a_key_without_the_scope_is_refused_and_told_which_it_has(client: httpx.Client, settings: Settings) -> None:
    shown = _key(settings, "报送系统", "intake")
    for path in (PUBLIC_RESULTS, f"/v1/explain?{STRATUM}&sampling_type=evaluation"):
        answer = client.get(path, headers=shown)
        assert (answer.status_code, answer.json()["type"]) == (403, "/docs#lacks-scope")
    assert "intake" in answer.json()["detail_zh"]


def test_who_reviews_reads_what_the_office_reads(client: httpx.Client, settings: Settings) -> None:
    assert _kinds(client.get(RISK, headers=_key(settings, "审核", "review"))) == {"risk_monitoring"}


def test_pages_are_the_publics_whatever_key_is_shown(client: httpx.Client, office: dict[str, str]) -> None:
    page = client.get("/", headers=office)
    assert page.status_code == 200 and "风险监测" not in page.text and page.text == client.get("/").text


def test_tracing_needs_a_key_and_a_lake(client: httpx.Client, office: dict[str, str]) -> None:
    path = f"/v1/explain?{STRATUM}&sampling_type=evaluation"
    anonymous = client.get(path)
    assert (anonymous.status_code, anonymous.json()["type"]) == (401, "/docs#key-required")
    assert anonymous.headers["cache-control"] == "no-store"
    without = client.get(path, headers=office)
    assert (without.status_code, without.json()["type"]) == (404, "/docs#not-here")
    both = client.get(f"/v1/explain?{STRATUM}", headers=office)
    assert (both.status_code, both.json()["type"]) == (400, "/docs#one-stratum")


@pytest.fixture
def public_only(settings: Settings, released: str, tmp_path: Path) -> Iterator[str]:
    """What a public API is given: releases without the office's files, and no secrets."""
    shutil.copytree(settings.releases, tmp_path / "releases", ignore=shutil.ignore_patterns("office.duckdb"))
    with serve(Settings(home=tmp_path, duckdb_memory="512MB")) as address:
        yield address


def test_an_installation_for_the_public_knows_no_key_and_serves_on(public_only: str, office: dict[str, str]) -> None:
    with httpx.Client(base_url=public_only, timeout=30) as client:
        refused = client.get(PUBLIC_RESULTS, headers=office)
        assert (refused.status_code, refused.json()["type"]) == (401, "/docs#key-refused")
        assert _kinds(client.get(PUBLIC_RESULTS)) == {"evaluation", "supervision"}
        assert client.get(f"{PUBLIC_RESULTS}&as_of={release_id(1)}").status_code == 200


def test_a_key_where_the_offices_file_is_not_kept_is_told_so(
    public_only: str, settings: Settings, tmp_path: Path
) -> None:
    shown = _key(Settings(home=tmp_path), "质量办", "office:read")
    answer = httpx.get(f"{public_only}{PUBLIC_RESULTS}", headers=shown, timeout=30)
    assert (answer.status_code, answer.json()["type"]) == (404, "/docs#not-here")
