"""Many clients and many releases at once: each answer is whole, of one release, and its own."""

from __future__ import annotations

import asyncio
import threading
import time
from collections import Counter
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import httpx
import pytest

from api.release_reader import ReleaseReader, open_release
from tests.api.release_files import PREFECTURES, cell, point_at, release_id, write_release
from tests.api.server import serve, serve_apart
from warehouse.connect import DatabaseError
from warehouse.settings import Settings

STRATUM = "feed=food&sampling_type=evaluation&quarter=2026Q2"


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    made = Settings(home=tmp_path, duckdb_memory="512MB")
    made.releases.mkdir()
    return made


def test_sixty_four_clients_each_get_their_own_answer(settings: Settings) -> None:
    sizes = {code: 100 + position for position, (code, _) in enumerate(PREFECTURES)}
    write_release(settings, 1, cells=[cell(prefecture_code=code, n_conforming=n) for code, n in sizes.items()])
    together = threading.Barrier(64)

    def ask(number: int) -> list[tuple[str, int, int]]:
        code = PREFECTURES[number % len(PREFECTURES)][0]
        found = []
        with httpx.Client(base_url=address, timeout=60) as client:
            together.wait(60)
            for turn in range(4):
                # Each question differs, so that each is a statement of its own and none comes from the cache.
                path = f"/v1/results?{STRATUM}&prefecture={code}&limit={1 + turn * 64 + number}"
                (row,) = client.get(path).json()["items"]
                found.append((row["prefecture_code"], row["n_concluded"], sizes[code]))
        return found

    with serve_apart(settings) as address, ThreadPoolExecutor(64) as clients:
        answers = [answer for found in clients.map(ask, range(64)) for answer in found]
    assert len(answers) == 64 * 4
    assert Counter(code for code, _, _ in answers)["510100"] == 4 * 4
    assert all(n_found == n_expected for _, n_found, n_expected in answers)


def test_no_request_fails_while_releases_change_and_each_answer_is_of_one(settings: Settings) -> None:
    last = 8
    expected = {write_release(settings, 1, cells=[cell(n_conforming=101)]): 101}
    for number in range(2, last + 1):
        expected[write_release(settings, number, cells=[cell(n_conforming=100 + number)], flip=False)] = 100 + number
    is_over = threading.Event()

    def ask(_: int) -> list[tuple[str, str, int]]:
        found = []
        with httpx.Client(base_url=address, timeout=60) as client:
            while not is_over.is_set():
                answer = client.get(f"/v1/results?{STRATUM}")
                assert answer.status_code == 200, answer.text
                body = answer.json()
                said = answer.headers["x-choucha-release"], body["meta"]["release"], body["items"][0]["n_concluded"]
                found.append(said)
        return found

    with serve_apart(settings) as address, ThreadPoolExecutor(8) as clients:
        asked = [clients.submit(ask, number) for number in range(8)]
        for number in range(2, last + 1):
            point_at(settings, release_id(number))
            _wait_for(address, release_id(number), seconds=30)
            time.sleep(0.2)
        is_over.set()
        answers = [answer for each in asked for answer in each.result()]
    assert all(header == meta and expected[meta] == n for header, meta, n in answers)
    assert len({meta for _, meta, _ in answers}) > last // 2


def test_a_new_release_serves_within_a_second(settings: Settings) -> None:
    write_release(settings, 1, cells=[cell(n_conforming=50)])
    second = write_release(settings, 2, cells=[cell(n_conforming=60)], flip=False)
    with serve(settings) as address:
        assert httpx.get(f"{address}/v1/health").json()["release"] == release_id(1)
        point_at(settings, second)
        _wait_for(address, second, seconds=1)


def _wait_for(address: str, release: str, *, seconds: float) -> None:
    deadline = time.monotonic() + seconds
    while (found := httpx.get(f"{address}/v1/health", timeout=30).json()["release"]) != release:
        assert time.monotonic() < deadline, f"still {found} after {seconds} s"
        time.sleep(0.02)


def test_a_rollback_is_followed_too(settings: Settings) -> None:
    write_release(settings, 1, cells=[cell(n_conforming=50)])
    write_release(settings, 2, cells=[cell(n_conforming=60)])

    async def follow() -> list[str]:
        reader, seen = ReleaseReader(settings), []
        for number in (2, 1, 2):
            point_at(settings, release_id(number))
            await reader.refresh()
            assert reader.release is not None
            seen.append(reader.release.info.release_id)
        reader.close()
        return seen

    assert asyncio.run(follow()) == [release_id(2), release_id(1), release_id(2)]


def test_a_release_that_cannot_be_opened_leaves_the_last_one_serving(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    write_release(settings, 1, cells=[cell(n_conforming=50)])

    async def follow() -> str:
        reader = ReleaseReader(settings)
        await reader.refresh()
        broken = write_release(settings, 2, flip=False)
        (settings.releases / broken / "public.duckdb").write_bytes(b"no database")
        point_at(settings, broken)
        await reader.refresh()
        await reader.refresh()
        (settings.releases / "current").unlink()
        await reader.refresh()
        assert reader.release is not None
        serving = reader.release.info.release_id
        reader.close()
        return serving

    assert asyncio.run(follow()) == release_id(1)
    assert [record.levelname for record in caplog.records] == ["ERROR"]
    assert release_id(2) in caplog.text


def test_an_office_file_never_serves_as_the_public_one(settings: Settings) -> None:
    folder = settings.releases / write_release(settings, 1)
    (folder / "office.duckdb").replace(folder / "public.duckdb")
    with pytest.raises(ValueError, match="office"):
        open_release(settings, release_id(1))


def test_a_retired_release_closes_when_its_last_request_is_done(settings: Settings) -> None:
    release = open_release(settings, write_release(settings, 1))
    release.lease()
    release.retire()
    assert release.query("prefectures", {"province": None, "after": None, "limit": 99}).num_rows == len(PREFECTURES)
    release.give_back()
    assert release.is_closed
    with pytest.raises(DatabaseError):
        release.query("prefectures", {"province": None, "after": None, "limit": 99})


def test_before_the_first_release_tables_say_so_and_pages_kindly(settings: Settings) -> None:
    with serve(settings) as address:
        for path in ("/v1/health", "/v1/results", "/v1/warnings", "/v1/hazards", "/v1/releases"):
            answer = httpx.get(address + path)
            assert (answer.status_code, answer.json()["type"]) == (503, "/docs#no-release"), path
            assert answer.headers["retry-after"] == "30"
        page = httpx.get(f"{address}/")
        assert page.status_code == 200 and "还没有发布过结果" in page.text
        assert httpx.get(f"{address}/docs").status_code == 200
        write_release(settings, 1)
        deadline = time.monotonic() + 2
        while httpx.get(f"{address}/v1/health").status_code != 200:
            assert time.monotonic() < deadline, "the first release was not noticed"
            time.sleep(0.05)
        assert "目前没有需要提示的不合格批次" in httpx.get(f"{address}/").text


def test_a_damaged_manifest_is_left_out_of_the_list_and_a_damaged_pointer_changes_nothing(settings: Settings) -> None:
    first, second, third = (write_release(settings, number) for number in (1, 2, 3))

    async def one_look() -> str:
        reader = ReleaseReader(settings)
        await reader.refresh()
        (settings.releases / "current").write_text("rubbish", encoding="utf-8")
        await reader.refresh()
        assert reader.release is not None
        serving = reader.release.info.release_id
        reader.close()
        return serving

    with serve(settings) as address, httpx.Client(base_url=address, timeout=60) as client:
        for damaged in (second, third):
            (settings.releases / damaged / "manifest.json").write_text("{", encoding="utf-8")
        answer = client.get("/v1/releases")
        assert (answer.status_code, answer.json()["meta"]["total"]) == (200, 1)
        assert [each["release_id"] for each in answer.json()["items"]] == [first]
        assert client.get(f"/v1/releases/{second}").json()["type"].endswith("release-unreadable")
        assert client.get(f"/v1/results?{STRATUM}&as_of={second}").status_code == 503
    for release in (second, third):
        (settings.releases / release / "manifest.json").unlink()
    point_at(settings, first)
    assert asyncio.run(one_look()) == first
