"""as_of: every table tells what any release said, found by its id, a day or an instant."""

from __future__ import annotations

import asyncio
import json
from collections.abc import Callable
from typing import Any

import httpx
import pytest

from api.app import create_app
from api.release_reader import ARTEFACT
from api.shelf import Shelf
from tests.api.release_files import PREFECTURES, cell, point_at, release_id, version, warning, write_release
from tests.api.server import serve
from warehouse.connect import connect
from warehouse.settings import Settings

STRATUM = "feed=food&sampling_type=evaluation&quarter=2026Q2"
RESULTS = f"/v1/results?{STRATUM}"
# Hours of July 2026 since the 15th, UTC: 09:00 and 23:00 of the 15th, midnight and noon of the 16th in office time.
MADE = (1, 15, 16, 28)
OLD, TAKEN_BACK, SERVING = 0, 30, 40
STRUCK = "某超市销售的豇豆农药残留超标"
# Its two releases are named in its path.
WITHOUT_AS_OF = {"/v1/releases/{before}/diff/{after}"}


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    """One of long ago, with fewer tables, and six, each a step further; one of them was taken back, and the next
    continued the one before it. What serves tells the last warning as it was, an earlier one without its producer, and
    nothing of the others.
    """
    previous = write_release(settings, OLD, cells=[cell(n_conforming=100)])
    for table in ("mart_rankings", "mart_warnings"):
        with connect(settings, settings.releases / previous / "public.duckdb") as connection:
            connection.execute(f"DROP TABLE {table}")
    for number in (*MADE, TAKEN_BACK):
        said = {"cells": [cell(n_conforming=100 + number)], "warnings": [warning(number)]}
        previous = write_release(settings, number, previous=previous, **said)
    struck = json.dumps({"feed": "food", "n_samples": 1, "headline_zh": STRUCK, "producer_name": "（名称已删除）"})
    return write_release(
        settings,
        SERVING,
        previous=release_id(MADE[-1]),
        cells=[cell(n_conforming=100 + SERVING)],
        warnings=[warning(MADE[-1], headline_zh=STRUCK), warning(15, version=2)],
        versions=[version(15, content=struck), version(15, 2), version(MADE[-1])],
    )


def _said(client: httpx.Client, as_of: str) -> tuple[str, int]:
    answer = client.get(f"{RESULTS}&as_of={as_of}")
    assert answer.status_code == 200, answer.text
    body = answer.json()
    assert answer.headers["x-choucha-release"] == body["meta"]["release"]
    return body["meta"]["release"], body["items"][0]["n_concluded"]


@pytest.mark.parametrize("number", [*MADE, TAKEN_BACK, SERVING])
def test_every_release_says_by_its_id_what_it_said(client: httpx.Client, number: int) -> None:
    assert _said(client, release_id(number)) == (release_id(number), 100 + number)


@pytest.mark.parametrize(
    ("as_of", "number"),
    [
        ("2026-07-15", 15),
        ("2026-07-16", 28),
        ("2026-08-31", SERVING),
        ("2026-07-15T16:00:00Z", 16),
        ("2026-07-15T15:59:59Z", 15),
        ("2026-07-15T23:59", 15),
        ("2026-07-16T00:00", 16),
        ("2026-07-16T00:00:00%2B08:00", 16),
        ("2026-07-16T00:00:00+08:00", 16),
        ("2026-07-15 22:00", 1),
    ],
)
def test_a_day_ends_at_midnight_of_the_office_and_an_instant_is_itself(
    client: httpx.Client, as_of: str, number: int
) -> None:
    assert _said(client, as_of) == (release_id(number), 100 + number)


def test_one_that_was_taken_back_stays_readable_is_marked_and_is_passed_over_by_date(client: httpx.Client) -> None:
    marked = client.get(f"{RESULTS}&as_of={release_id(TAKEN_BACK)}").json()["meta"]["notes"]
    assert [("收回" in note["zh"], "taken back" in note["en"]) for note in marked] == [(True, True)]
    assert client.get(f"{RESULTS}&as_of={release_id(28)}").json()["meta"]["notes"] == []
    assert _said(client, "2026-07-16T15:00:00Z")[0] == release_id(28)
    listed = {row["release_id"]: row for row in client.get("/v1/releases").json()["items"]}
    assert [each for each, row in listed.items() if row["is_taken_back"]] == [release_id(TAKEN_BACK)]
    assert [each for each, row in listed.items() if row["is_current"]] == [release_id(SERVING)]
    assert client.get(f"/v1/releases/{release_id(TAKEN_BACK)}").json()["item"]["is_taken_back"] is True


def test_a_rollback_marks_what_it_takes_back_at_once(client: httpx.Client, settings: Settings) -> None:
    with serve(settings) as address:
        point_at(settings, release_id(16))
        try:
            notes = httpx.get(f"{address}{RESULTS}&as_of={release_id(SERVING)}", timeout=30).json()["meta"]["notes"]
            by_day = httpx.get(f"{address}{RESULTS}&as_of=2026-08-31", timeout=30).json()["meta"]["release"]
        finally:
            point_at(settings, release_id(SERVING))
    assert len(notes) == 1 and by_day == release_id(16)


@pytest.mark.parametrize(
    ("as_of", "status", "told"),
    [
        ("2026-07-14", 404, release_id(OLD)),
        ("20260101T000000Z-0123456789", 404, f"{release_id(OLD)} … {release_id(SERVING)}"),
        ("yesterday", 400, "2026-07-01"),
        ("2026-13-01", 400, "2026-07-01"),
        ("2026-07-15T99:00", 400, "2026-07-01"),
        ("9999-12-31", 400, "2026-07-01"),
        ("..%2F..%2Fsecrets", 400, "2026-07-01"),
        ("", 400, "2026-07-01"),
    ],
)
def test_what_names_no_release_is_a_problem_that_says_what_there_is(
    client: httpx.Client, as_of: str, status: int, told: str
) -> None:
    answer = client.get(f"{RESULTS}&as_of={as_of}")
    problem = answer.json()
    assert (answer.status_code, answer.headers["content-type"]) == (status, "application/problem+json")
    assert told in problem["detail_zh"] and told in problem["detail_en"]
    assert problem["errors"][0]["parameter"] == "as_of"


def test_a_release_by_its_id_may_be_kept_and_one_by_date_is_asked_again(client: httpx.Client) -> None:
    by_id = client.get(f"{RESULTS}&as_of={release_id(15)}")
    assert by_id.headers["cache-control"] == "public, max-age=86400, immutable"
    for as_of in ("2026-07-15", release_id(TAKEN_BACK)):
        assert "must-revalidate" in client.get(f"{RESULTS}&as_of={as_of}").headers["cache-control"]
    again = client.get(f"{RESULTS}&as_of={release_id(15)}", headers={"If-None-Match": by_id.headers["etag"]})
    assert (again.status_code, again.headers["cache-control"]) == (304, by_id.headers["cache-control"])
    assert "must-revalidate" in client.get(RESULTS).headers["cache-control"]


def test_pages_of_an_earlier_release_follow_each_other_in_it(client: httpx.Client) -> None:
    first = client.get(f"/v1/prefectures?limit=20&as_of={release_id(15)}").json()
    assert f"as_of={release_id(15)}" in first["links"]["next"] and f"as_of={release_id(15)}" in first["links"]["self"]
    second = client.get(first["links"]["next"])
    assert second.json()["meta"]["release"] == release_id(15) and second.json()["links"]["next"] is None
    other = first["links"]["next"].replace(release_id(15), release_id(16))
    assert client.get(other).status_code == 400


def test_the_list_of_releases_ends_with_the_one_it_is_asked_of(client: httpx.Client) -> None:
    listed = client.get("/v1/releases?as_of=2026-07-15").json()
    assert [row["release_id"] for row in listed["items"]] == [release_id(15), release_id(1), release_id(OLD)]
    assert listed["meta"]["total"] == 3


def test_warnings_of_an_earlier_release_are_those_it_had(client: httpx.Client) -> None:
    found = client.get(f"/v1/warnings?as_of={release_id(15)}").json()["items"]
    assert [row["warning_id"] for row in found] == ["W2026-TEST000015"]


@pytest.mark.parametrize(
    ("number", "headline", "producer"),
    [
        (15, STRUCK, "（名称已删除）"),
        (16, "现行发布未列出的消费提示", None),
        (28, STRUCK, "示例农业合作社"),
    ],
)
def test_warnings_of_an_earlier_release_are_told_as_what_serves_tells_them(
    client: httpx.Client, number: int, headline: str, producer: str | None
) -> None:
    (row,) = client.get(f"/v1/warnings?as_of={release_id(number)}").json()["items"]
    told = (row["version"], row["state"], row["issued_on"], row["headline_zh"], row["producer_name"])
    assert told == (1, "issued", "2026-06-01", headline, producer)
    changed = client.get(f"/v1/releases/{release_id(1)}/diff/{release_id(number)}").json()["items"]
    assert [each["headline_zh"] for each in changed if each["change"] == "added"] == [headline]


def test_what_differs_from_a_release_that_was_taken_back_names_nobody(client: httpx.Client) -> None:
    kept, gone = release_id(28), release_id(TAKEN_BACK)
    for before, after in ((kept, gone), (gone, kept), (gone, release_id(SERVING))):
        items = client.get(f"/v1/releases/{before}/diff/{after}").json()["items"]
        told = [each for each in items if each["kind"] == "warning"]
        assert "W2026-TEST000030" in {each["warning_id"] for each in told}
        assert {each["change"] for each in told} >= {"added", "removed"} and all(each["why"] for each in told)
        assert {each["headline_zh"] for each in told} == {None}


def test_warnings_of_one_that_was_taken_back_are_not_told_again(client: httpx.Client) -> None:
    answer = client.get(f"/v1/warnings?as_of={release_id(TAKEN_BACK)}")
    assert (answer.status_code, answer.json()["type"]) == (403, "/docs#not-published")


def test_the_file_of_an_earlier_release_names_it(client: httpx.Client) -> None:
    answer = client.get(f"{RESULTS}&format=csv&as_of=2026-07-15")
    assert release_id(15) in answer.headers["content-disposition"]


def _table_routes() -> dict[str, set[str]]:
    """The parameters of every route that answers a table."""
    document = create_app(Settings.from_environment({"CHOUCHA_HOME": "/nowhere"})).openapi()
    found = {}
    for path, methods in document["paths"].items():
        for operation in methods.values():
            schema = (
                operation["responses"].get("200", {}).get("content", {}).get("application/json", {}).get("schema", {})
            )
            if schema.get("$ref", "").rsplit("/", 1)[-1].startswith("Table_"):
                found[path] = {parameter["name"] for parameter in operation["parameters"]}
    return found


def test_every_table_of_the_interface_takes_as_of() -> None:
    routes = _table_routes()
    assert {"/v1/results", "/v1/rankings", "/v1/warnings", "/v1/prefectures", "/v1/releases"} <= set(routes)
    assert set(routes) > WITHOUT_AS_OF
    lacking = {path for path, names in routes.items() if "as_of" not in names and "/versions" not in path}
    assert lacking == WITHOUT_AS_OF, "derive its query from TableQuery and depend on `serving`"


def test_a_table_that_a_release_was_made_without_is_a_problem(client: httpx.Client) -> None:
    old = release_id(OLD)
    for path in (f"/v1/rankings?{STRATUM}&", "/v1/warnings?", f"/v1/releases/{old}/diff/{release_id(1)}?"):
        asked = path if "diff" in path else f"{path}as_of={old}"
        answer = client.get(asked)
        assert (answer.status_code, answer.json()["type"]) == (404, "/docs#not-in-release"), path
        assert old in answer.json()["detail_zh"]
    assert _said(client, old) == (old, 100)


def test_a_release_made_without_a_rule_of_today_answers_what_it_can(client: httpx.Client, settings: Settings) -> None:
    early = write_release(settings, 5, flip=False, cells=[cell(n_conforming=100)])
    with connect(settings, settings.releases / early / "public.duckdb") as connection:
        connection.execute("DROP MACRO icc")
    answer = client.get(f"{RESULTS}&as_of={early}")
    assert (answer.status_code, answer.json()["type"]) == (404, "/docs#not-in-release"), answer.text
    assert client.get(f"/v1/prefectures?as_of={early}").json()["meta"]["total"] == len(PREFECTURES)


def test_a_release_whose_file_is_damaged_or_gone_is_a_problem(client: httpx.Client, settings: Settings) -> None:
    damaged = write_release(settings, 3, flip=False)
    (settings.releases / damaged / "public.duckdb").write_bytes(b"no database")
    gone = write_release(settings, 4, flip=False)
    (settings.releases / gone / "public.duckdb").unlink()
    for broken, status, kind in ((damaged, 503, "release-unreadable"), (gone, 404, "not-here")):
        answer = client.get(f"{RESULTS}&as_of={broken}")
        assert (answer.status_code, answer.json()["type"]) == (status, f"/docs#{kind}")


def _on_shelf(settings: Settings, work: Callable[[Shelf], Any]) -> Any:
    async def run() -> Any:
        shelf = Shelf(settings, most_open=2)
        try:
            return await work(shelf)
        finally:
            shelf.close()

    return asyncio.run(run())


def test_no_more_than_so_many_are_open_and_the_longest_unused_is_closed(settings: Settings, released: str) -> None:
    async def work(shelf: Shelf) -> list[bool]:
        seen = []
        for number in (1, 15, 1, 16):
            seen.append(await shelf.lease(release_id(number), ARTEFACT))
            shelf.give_back(seen[-1])
            assert shelf.n_open <= 2
        assert seen[0] is seen[2]
        return [release.is_closed for release in seen]

    assert _on_shelf(settings, work) == [False, True, False, False]


def test_who_comes_while_all_are_in_use_waits_and_nobody_is_cut_off(settings: Settings, released: str) -> None:
    asked = {"province": None, "after": None, "limit": 99}

    async def work(shelf: Shelf) -> tuple[bool, int, str]:
        first, second = [await shelf.lease(release_id(number), ARTEFACT) for number in (1, 15)]
        third = asyncio.ensure_future(shelf.lease(release_id(16), ARTEFACT))
        again = await shelf.lease(release_id(1), ARTEFACT)
        await asyncio.sleep(0.05)
        has_waited = not third.done() and again is first
        n_rows = first.query("prefectures", asked).num_rows
        shelf.give_back(second)
        return has_waited, n_rows, (await third).info.release_id

    assert _on_shelf(settings, work) == (True, 21, release_id(16))


def test_requests_for_many_releases_at_once_each_get_their_own(client: httpx.Client, settings: Settings) -> None:
    async def ask(address: str) -> list[tuple[str, int]]:
        async with httpx.AsyncClient(base_url=address, timeout=60) as many:
            numbers = [*MADE, TAKEN_BACK, SERVING] * 6
            answers = await asyncio.gather(
                *(many.get(f"{RESULTS}&as_of={release_id(each)}&limit={k + 1}") for k, each in enumerate(numbers))
            )
        return [(answer.json()["meta"]["release"], answer.json()["items"][0]["n_concluded"]) for answer in answers]

    found = asyncio.run(ask(str(client.base_url)))
    assert found == [(release_id(each), 100 + each) for each in [*MADE, TAKEN_BACK, SERVING] * 6]
