"""/v1/changes: each public change once, in order, whatever is published, taken back, or lost on the way."""

from __future__ import annotations

import json
import random
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import httpx
import pytest

from api import release_reader
from api.change_log import Cursor, Place, encode
from api.feed_rows import ChangeRow, Changes
from pipelines.publish import publish
from pipelines.rollback import roll_back
from tests.api.release_files import CREATED_AT, point_at, release_id, version, wait_for, warning, write_release
from tests.api.server import serve
from tests.warehouse.builder import Batch, Lake, batch, sample
from warehouse import lake
from warehouse.connect import connect
from warehouse.release import current_release_id
from warehouse.settings import Settings

KINDS = {"issued": "created", "updated": "corrected"}
NEXT = {
    None: [("issued", "issued"), ("archived", "archived")],
    "issued": [("updated", "updated"), ("withdrawn", "withdrawn"), ("expired", "expired")],
    "updated": [("updated", "updated"), ("withdrawn", "withdrawn"), ("expired", "expired")],
    "expired": [("withdrawn", "withdrawn"), ("updated", "expired")],
    "archived": [("issued", "issued"), ("updated", "archived"), ("withdrawn", "withdrawn")],
    "withdrawn": [("updated", "updated")],
}


@dataclass
class Publisher:
    """Releases one after the other, each with all that was ever told: (release, event, warning, version, state)."""

    settings: Settings
    chance: random.Random
    serving: int = 0
    told: list[dict[str, Any]] = field(default_factory=list)
    numbers: list[int] = field(default_factory=list)

    def publish(self, n_changes: int) -> None:
        """A release after all others, also those that were taken back, whose changes stay told."""
        number = len(self.numbers) + 1
        for position in range(1, n_changes + 1):
            self.told.append(self._change(number, position))
        latest = {each["warning_id"]: each for each in self.told}
        versions = [
            each
            | {
                "release_id": None if each["release_id"] == release_id(number) else each["release_id"],
                "content": None if latest[each["warning_id"]] is each else json.dumps(self._content(each)),
            }
            for each in self.told
        ]
        rows = [
            warning(0, warning_id=each["warning_id"], version=each["version"], state=each["state"])
            | self._content(each)
            for each in latest.values()
        ]
        write_release(self.settings, number, warnings=rows, versions=versions)
        self.numbers.append(number)
        self.serving = number

    def serve(self, number: int) -> None:
        point_at(self.settings, release_id(number))
        self.serving = number

    def log(self) -> list[tuple[str, str, int]]:
        """What had happened by the release that serves, in order."""
        return [
            (KINDS.get(each["event"], each["event"]), each["warning_id"], each["version"])
            for each in self.told
            if each["release_id"] <= release_id(self.serving)
        ]

    def _change(self, number: int, position: int) -> dict[str, Any]:
        ids = {each["warning_id"]: each for each in self.told if each["release_id"] != release_id(number)}
        changed = {each["warning_id"] for each in self.told if each["release_id"] == release_id(number)}
        open_ids = sorted(set(ids) - changed)
        before = ids[self.chance.choice(open_ids)] if open_ids and self.chance.random() < 0.6 else None
        event, state = self.chance.choice(NEXT[before and before["state"]])
        return version(
            100 + len(self.told),
            told_in=number,
            event=event,
            state=state,
            position=position,
            state_before=before and before["state"],
            happened_at=CREATED_AT + timedelta(minutes=number),
            **({"warning_id": before["warning_id"], "version": before["version"] + 1} if before else {}),
        )

    def _content(self, each: dict[str, Any]) -> dict[str, Any]:
        return {"headline_zh": f"{each['warning_id']} 第 {each['version']} 版", "headline_en": f"v{each['version']}"}


@dataclass
class Mirror:
    """A copy kept by following the changes; what was told is noted, and the connection may break anywhere."""

    client: httpx.Client
    chance: random.Random
    since: str | None = None
    copy: dict[str, dict[str, Any]] = field(default_factory=dict)
    noted: list[tuple[str, str, int]] = field(default_factory=list)

    def ask(self, limit: int) -> dict[str, Any]:
        asked = {"limit": limit} | ({"since": self.since} if self.since else {})
        answer = self.client.get("/v1/changes", params=asked)
        assert answer.status_code == 200, answer.text
        body: dict[str, Any] = answer.json()
        return body

    def step(self, limit: int) -> bool:
        """One page, or a part of it; False when nothing was new. An answer that was lost is asked for again."""
        body = self.ask(limit)
        if self.chance.random() < 0.25:
            again = self.ask(limit)
            assert (again["items"], again["meta"]["cursor"]) == (body["items"], body["meta"]["cursor"])
        items = body["items"]
        assert len(items) <= limit and (body["links"]["next"] is not None) == (body["meta"]["total"] > len(items))
        is_cut = bool(items) and self.chance.random() < 0.3
        taken = items[: self.chance.randrange(len(items))] if is_cut else items
        for item in taken:
            self._apply(item)
        self.since = (taken[-1]["cursor"] if taken else self.since) if is_cut else body["meta"]["cursor"]
        return bool(items)

    def catch_up(self) -> None:
        while self.step(self.chance.randint(1, 4)):
            pass

    def _apply(self, item: dict[str, Any]) -> None:
        if item["change"] not in ("taken_back", "reinstated"):
            self.noted.append((item["change"], item["warning_id"], item["version"]))
        if item["version"] is None:
            self.copy.pop(item["warning_id"])
            return
        found = self.client.get(f"/v1/warnings/{item['warning_id']}").json()["item"]
        # What was done since is told beside a warning, and is no version of it.
        self.copy[item["warning_id"]] = {name: value for name, value in found.items() if name != "since"}


def _listed(client: httpx.Client) -> dict[str, dict[str, Any]]:
    items = [item for asked in ("", "&state=archived") for item in _pages(client, f"/v1/warnings?limit=1000{asked}")]
    return {item["warning_id"]: item for item in items}


def _pages(client: httpx.Client, link: str | None) -> Iterator[dict[str, Any]]:
    while link:
        body = client.get(link).json()
        yield from body["items"]
        link = body["links"]["next"]


@pytest.mark.parametrize("seed", [1, 2])
def test_a_mirror_equals_the_server_and_is_told_each_change_once_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, seed: int
) -> None:
    monkeypatch.setattr(release_reader, "POLL_SECONDS", 0.02)
    chance = random.Random(seed)
    settings = Settings(home=tmp_path, duckdb_memory="512MB")
    settings.releases.mkdir()
    publisher = Publisher(settings, chance)
    publisher.publish(3)
    with serve(settings) as address, httpx.Client(base_url=address, timeout=60) as client:
        mirror = Mirror(client, chance)
        n_compared = 0
        for _ in range(12):
            if len(publisher.numbers) > 1 and chance.random() < 0.45:
                publisher.serve(chance.choice([each for each in publisher.numbers if each != publisher.serving]))
            else:
                publisher.publish(chance.randint(0, 4))
            wait_for(client, release_id(publisher.serving))
            if chance.random() < 0.4:
                mirror.step(chance.randint(1, 3))
            if chance.random() < 0.6:
                mirror.catch_up()
                assert mirror.copy == _listed(client)
                n_compared += 1
        publisher.publish(2)
        wait_for(client, release_id(publisher.serving))
        mirror.catch_up()
        assert mirror.copy == _listed(client)
        assert mirror.noted == publisher.log()
    assert n_compared >= 3 and len(publisher.told) > 12


def test_a_mirror_of_releases_as_they_are_published_follows_corrections_expiry_and_a_rollback(tmp_path: Path) -> None:
    settings, day = Settings(home=tmp_path), datetime(2026, 7, 31, tzinfo=UTC)
    lake_of = Lake(settings)

    def failed(number: str, **given: Any) -> dict[str, Any]:
        return sample(number, conclusion="nonconforming", notice_no="N1", product_name=f"产品{number}", **given)

    def publish_then_follow(as_of: datetime, *commits: Batch, resume: bool = False) -> None:
        lake_of.commit(*commits)
        assert publish(settings, as_of, resume=resume)
        follow()

    def follow() -> None:
        wait_for(client, str(current_release_id(settings)))
        mirror.catch_up()
        assert mirror.copy == _listed(client)

    lake_of.commit(batch("b1", failed("1"), failed("2"), failed("3")))
    assert publish(settings, day)
    public = Settings(home=settings.public_releases.parent)
    with serve(public) as address, httpx.Client(base_url=address, timeout=60) as client:
        mirror = Mirror(client, random.Random(7))
        follow()
        old = failed("5", concluded_on=date(2024, 3, 1), quarter="2024Q1")
        publish_then_follow(day, batch("b2", failed("4"), old), batch("b3", failed("2", brand="山里人")))
        assert {each["state"] for each in mirror.copy.values()} == {"issued", "archived"}
        roll_back(settings, held_by="op", reason="误指")
        follow()
        assert len(mirror.copy) == 3
        corrected = sample("2", product_name="产品2", conclusion="conforming", correction="amend")
        publish_then_follow(day, batch("b4", corrected), resume=True)
        publish_then_follow(day + timedelta(days=500))
        assert sorted(each["state"] for each in mirror.copy.values()) == [
            "archived", "expired", "expired", "expired", "withdrawn"
        ]  # fmt: skip
        assert mirror.noted == _told_in_the_lake(settings)


def _told_in_the_lake(settings: Settings) -> list[tuple[str, str, int]]:
    with connect(settings) as connection:
        lake.scan(settings, connection, "warning_events")
        rows = connection.execute(
            "SELECT event, warning_id, version FROM lake_warning_events ORDER BY release_id, position"
        ).fetchall()
    return [(KINDS.get(row[0], row[0]), row[1], row[2]) for row in rows]


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    """Two releases and one that was taken back, whose warning 4 nobody should read of now."""
    first = [version(1), version(2)]
    told = [each | {"release_id": release_id(1)} for each in first]
    withdrawn = version(2, 2, event="withdrawn", state="withdrawn", state_before="issued", reason="not_failed",
                        reason_zh="更正", reason_en="corrected", position=1)  # fmt: skip
    told[1] |= {"content": json.dumps({"headline_zh": "从前的标题", "headline_en": "as it was"})}
    write_release(settings, 1, warnings=[warning(1), warning(2)], versions=first)
    rows = [warning(1), warning(2, version=2, state="withdrawn", reason_zh="更正", reason_en="corrected")]
    serving = write_release(settings, 2, warnings=rows, versions=[*told, withdrawn])
    later = [*told, withdrawn | {"release_id": release_id(2)}, version(4)]
    write_release(settings, 3, warnings=[*rows, warning(4)], versions=later, flip=False)
    return serving


def test_changes_come_in_order_with_what_was_told(client: httpx.Client) -> None:
    body = client.get("/v1/changes").json()
    told = [(each["change"], each["warning_id"], each["version"], each["state_before"]) for each in body["items"]]
    assert told == [
        ("created", "W2026-TEST000001", 1, None),
        ("created", "W2026-TEST000002", 1, None),
        ("withdrawn", "W2026-TEST000002", 2, "issued"),
    ]
    assert [each["headline_zh"] for each in body["items"]][1] == "从前的标题"
    assert (body["items"][2]["reason_zh"], body["items"][2]["release_id"]) == ("更正", release_id(2))
    assert body["meta"]["cursor"] == body["items"][-1]["cursor"]
    assert (body["links"]["next"], body["meta"]["total"]) == (None, 3)


def test_each_item_has_the_shape_that_is_described(client: httpx.Client) -> None:
    body = client.get("/v1/changes?limit=2")
    assert Changes.model_validate_json(body.content).meta.total == 3
    assert list(body.json()["items"][0]) == list(ChangeRow.model_fields)
    assert body.headers["link"] == f'<{body.json()["links"]["next"]}>; rel="next"'


def test_when_nothing_is_new_the_cursor_is_told_all_the_same(client: httpx.Client) -> None:
    cursor = client.get("/v1/changes").json()["meta"]["cursor"]
    answer = client.get("/v1/changes", params={"since": cursor})
    body = answer.json()
    assert (body["items"], body["meta"]["cursor"], body["meta"]["total"], body["links"]["next"]) == (
        [],
        cursor,
        0,
        None,
    )
    again = client.get("/v1/changes", params={"since": cursor}, headers={"If-None-Match": answer.headers["etag"]})
    assert (again.status_code, again.content) == (304, b"")


def test_what_was_told_by_a_release_that_was_taken_back_is_taken_back_from_whoever_read_it(
    client: httpx.Client,
) -> None:
    read = encode(Cursor(Place(release_id(3), 4)))
    body = client.get("/v1/changes", params={"since": read}).json()
    (item,) = body["items"]
    assert (item["change"], item["warning_id"], item["version"]) == ("taken_back", "W2026-TEST000004", None)
    assert (item["state"], item["reason"], item["headline_zh"]) == ("withdrawn", "taken_back", None)
    after = client.get("/v1/changes", params={"since": body["meta"]["cursor"]}).json()
    assert (after["items"], after["meta"]["cursor"]) == ([], body["meta"]["cursor"])


@pytest.mark.parametrize(
    ("since", "status", "kind"),
    [
        ("nonsense", 400, "invalid-parameter"),
        ("W10", 400, "invalid-parameter"),
        ("bnVsbA", 400, "invalid-parameter"),
        (encode(Cursor(Place(release_id(1), 9))), 410, "unknown-cursor"),
        (encode(Cursor(Place("20250101T000000Z-0123456789", 1))), 410, "unknown-cursor"),
        (encode(Cursor(Place("20990101T000000Z-0123456789", 1))), 503, "cursor-ahead"),
    ],
)
def test_a_cursor_that_leads_nowhere_is_a_problem_that_says_what_to_do(
    client: httpx.Client, since: str, status: int, kind: str
) -> None:
    answer = client.get("/v1/changes", params={"since": since})
    problem = answer.json()
    assert (answer.status_code, problem["type"]) == (status, f"/docs#{kind}")
    assert "since" in problem["detail_zh"] and "since" in problem["detail_en"]


def test_the_beginning_may_be_asked_for_by_an_empty_cursor(client: httpx.Client) -> None:
    assert client.get("/v1/changes?since=").json()["items"] == client.get("/v1/changes").json()["items"]
    assert client.get("/v1/changes?limit=0").status_code == 400
