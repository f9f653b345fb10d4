"""Warnings over five releases of one home, read from the releases, by the API and on the pages."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from pipelines.cli import cli
from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim
from pipelines.rollback import roll_back
from tests.api.server import serve
from tests.warehouse.builder import FINDING, Lake, batch, sample
from tests.warehouse.reading import rows
from warehouse.keys import add_key
from warehouse.landing import drop
from warehouse.settings import Settings

LEAD = {
    "item": "铅(以Pb计)", "value_text": "0.5", "limit_text": "≤0.2", "unit": "mg/kg", "operator": "≤",
    "standard": "GB 2762-2022", "hazard_code": "heavy_metal", "raw": "铅║0.5mg/kg║≤0.2mg/kg",
    "value_numbers": [0.5], "limit_high": 0.2, "limit_unit": "mg/kg",
}  # fmt: skip
MAKER = "四川某某食品有限公司"


def failed(number: str, **given: Any) -> dict[str, Any]:
    """A failed sample with lead in it, of a product of its own."""
    told = {"conclusion": "nonconforming", "product_name": f"豆腐干{number}", "findings": [LEAD], "notice_no": "N1"}
    return sample(number, **told | given)


@dataclass(frozen=True)
class Story:
    """The home, its releases in order, and the ids of the warnings by the number of their sample."""

    settings: Settings
    releases: tuple[str, ...]
    ids: dict[str, str]
    listed: tuple[dict[str, Any], ...]

    def read(self, release: int, query: str, artefact: str = "office") -> list[tuple[Any, ...]]:
        return rows(self.settings, query, artefact, self.releases[release])

    def warning(self, release: int, number: str, *columns: str) -> tuple[Any, ...]:
        query = f"SELECT {', '.join(columns)} FROM mart_warnings WHERE warning_id = '{self.ids[number]}'"
        (found,) = self.read(release, query, "public")
        return found


def _instant(text: str) -> datetime:
    return datetime.fromisoformat(f"{text}T00:00:00+00:00")


def _choucha(settings: Settings, *words: str) -> str:
    ended = CliRunner().invoke(
        cli, words, standalone_mode=False, catch_exceptions=False, env={"CHOUCHA_HOME": str(settings.home)}
    )
    return ended.stdout


def _take(settings: Settings) -> list[str]:
    return [receipt.outcome for receipt in process_chunk(settings, claim(settings))]


@pytest.fixture(scope="module")
def story(tmp_path_factory: pytest.TempPathFactory) -> Story:
    settings = Settings(home=tmp_path_factory.mktemp("story") / "home", settle_seconds=0, sidecar_wait_seconds=0)
    Lake(settings).commit(
        batch("b1", failed("1"), failed("2", notice_no=None, concluded_on=date(2026, 7, 20)),
              failed("3", findings=[FINDING | {"hazard_code": "label"}]),
              failed("4", concluded_on=date(2019, 5, 1), quarter="2019Q2"),
              failed("8"), failed("5", sampling_type="risk_monitoring"), failed("7", is_out_of_province=True)),
        batch("b2", failed("6", feed="construction", sampling_type="inspection"), feed="construction"),
    )  # fmt: skip
    made = [publish(settings, _instant("2026-07-25")), publish(settings, _instant("2026-08-20"))]
    found = rows(settings, "SELECT samples[1].sample_no, warning_id FROM mart_warnings")
    ids = dict(found)
    objection = {
        "kind": "objection", "feed": "food", "subject": "2", "outcome": "disowned", "decided_by": "某局",
        "decided_at": "2026-08-21T09:00:00+08:00",
    }  # fmt: skip
    drop(settings, "dispositions", "objection.json", json.dumps(objection).encode())
    _choucha(settings, "review", "withdraw", ids["1"], "--reason", "样品送错", "--reason-en", "The sample was mixed up")
    _choucha(settings, "review", "hold", ids["8"], "--reason", "再核实")
    assert _take(settings) == ["accepted", "accepted", "accepted"]
    made.append(publish(settings, _instant("2026-08-22")))
    listed = [json.loads(line) for line in _choucha(settings, "review", "list", "--json").splitlines()]
    _choucha(settings, "review", "edit", ids["8"], "--advice-zh", "请退货。")
    _choucha(settings, "review", "approve", ids["8"])
    assert _take(settings) == ["accepted", "accepted"]
    made.append(publish(settings, _instant("2027-12-01")))
    made.append(publish(settings, _instant("2027-12-02"), issue_archived=True))
    return Story(settings, tuple(str(each) for each in made), ids, tuple(listed))


def test_a_failure_waits_for_its_window_and_is_issued_by_time_alone(story: Story) -> None:
    query = "SELECT state, reason, ready_on, is_final FROM mart_warning_candidates WHERE sample_no = '2'"
    assert story.read(0, query) == [("in_objection", "window_open", date(2026, 8, 5), False)]
    assert story.read(1, query) == []
    assert story.warning(1, "2", "version", "state") == (1, "issued")


def test_what_is_no_warning_is_recorded_with_its_reason_and_never_in_public(story: Story) -> None:
    query = "SELECT sample_no, state, reason FROM mart_warning_candidates ORDER BY sample_no"
    assert story.read(1, query) == [
        ("3", "decided", "below_threshold"),
        ("5", "decided", "risk_monitoring"),
        ("6", "decided", "no_consumer_good"),
        ("7", "decided", "out_of_province"),
    ]
    assert story.read(1, query, "public") == []


def test_old_results_are_history_until_somebody_asks_for_their_issue(story: Story) -> None:
    assert story.warning(0, "4", "version", "state") == (1, "archived")
    assert story.warning(3, "4", "version", "state") == (1, "archived")
    assert story.warning(4, "4", "version", "state", "reason_zh") == (2, "issued", None)


def test_the_office_withdraws_with_its_reason_in_both_languages(story: Story) -> None:
    told = ("version", "state", "reason_zh", "reason_en")
    assert story.warning(2, "1", *told) == (2, "withdrawn", "样品送错", "The sample was mixed up")
    query = "SELECT state, reason, reason_zh, decided_by <> '' FROM mart_warning_candidates WHERE sample_no = '1'"
    assert story.read(2, query) == [("decided", "withdrawn_by_office", "样品送错", True)]


def test_what_the_office_holds_is_down_with_the_reason_until_it_is_approved(story: Story) -> None:
    assert story.warning(2, "8", "version", "state", "reason_zh") == (2, "withdrawn", "再核实")
    (waiting,) = story.listed
    assert (waiting["warning_id"], waiting["n_samples"], waiting["reason"]) == (story.ids["8"], 1, "再核实")
    assert story.warning(3, "8", "version", "state", "advice_zh") == (3, "updated", "请退货。")


def test_a_producer_who_disowns_the_goods_is_struck_out_of_what_was_told_before_too(story: Story) -> None:
    assert story.warning(1, "2", "producer_name") == (MAKER,)
    told = story.warning(2, "2", "version", "reason_en", "producer_name", "producer_status", "headline_zh")
    assert told == (
        2,
        "The producer on the label denies having made it or was impersonated, and is no longer named",
        None,
        "disowned",
        "成都某某超市有限公司销售的豆腐干2抽检不合格：铅(以Pb计)",
    )
    query = f"SELECT version, content FROM mart_warning_versions WHERE warning_id = '{story.ids['2']}' ORDER BY version"
    (_, first), (_, current) = story.read(2, query, "public")
    assert MAKER not in first and json.loads(first)["producer_name"] == "（名称已删除）"
    assert current is None


def test_a_warning_runs_out_by_time_alone(story: Story) -> None:
    assert story.warning(2, "2", "state", "expires_on") == ("updated", date(2027, 7, 20))
    assert story.warning(3, "2", "version", "state", "reason_en") == (
        3,
        "expired",
        "Its time has run out since the latest result",
    )


def test_a_warning_says_in_words_what_was_found_what_it_means_and_what_to_do(story: Story) -> None:
    told = story.warning(1, "2", "found_zh", "found_en", "risk_en", "advice_en[:26]")
    assert told == (
        ["铅(以Pb计)：检出 0.5mg/kg，标准要求不超过 0.2mg/kg，约为限值的 2.5 倍"],
        ["铅(以Pb计): 0.5mg/kg was found; at most 0.2mg/kg is allowed, about 2.5 times the limit"],
        "It holds too much heavy metal, which builds up in the body and harms nerves and kidneys",
        "Stop eating or using this ",
    )


def test_events_are_ordered_and_tell_state_before_and_after(story: Story) -> None:
    query = (
        "SELECT event, state_before, state, reason, release_id IS NOT NULL FROM mart_warning_versions"
        f" WHERE warning_id = '{story.ids['2']}' ORDER BY version"
    )
    assert story.read(4, query) == [
        ("issued", None, "issued", None, True),
        ("updated", "issued", "updated", "producer_not_at_fault", True),
        ("expired", "updated", "expired", "expired", True),
    ]


@pytest.fixture(scope="module")
def client(story: Story) -> Iterator[httpx.Client]:
    with serve(story.settings) as address, httpx.Client(base_url=address, timeout=60) as made:
        yield made


def test_every_version_is_listed_and_read_with_what_it_said(story: Story, client: httpx.Client) -> None:
    path = f"/v1/warnings/{story.ids['2']}/versions"
    listed = client.get(path).json()
    assert [(each["version"], each["state"], each["is_current"]) for each in listed["items"]] == [
        (3, "expired", True),
        (2, "updated", False),
        (1, "issued", False),
    ]
    assert [each["release_id"] for each in listed["items"]] == [story.releases[n] for n in (3, 2, 1)]
    first = client.get(f"{path}/1").json()["item"]
    assert (first["version"], first["content"]["sampled_unit_name"]) == (1, "成都某某超市有限公司")
    assert client.get(f"{path}?limit=2").json()["links"]["next"].startswith(path)
    absent = client.get(f"{path}/4")
    assert (absent.status_code, "1–3" in absent.json()["detail"]) == (404, True)


def test_two_versions_are_compared_field_by_field(story: Story, client: httpx.Client) -> None:
    items = client.get(f"/v1/warnings/{story.ids['2']}/versions/1/diff/2").json()["items"]
    assert {each["field"] for each in items} == {
        "state", "headline_zh", "headline_en", "producer_name", "producer_status",
    }  # fmt: skip
    assert items[0] == {"field": "state", "before": "issued", "after": "updated"}


def test_history_is_listed_only_when_asked_for(story: Story, client: httpx.Client) -> None:
    asked = {"as_of": story.releases[1]}
    listed = {each["warning_id"] for each in client.get("/v1/warnings", params=asked).json()["items"]}
    assert listed == {story.ids["1"], story.ids["2"], story.ids["8"]}
    history = client.get("/v1/warnings", params={**asked, "state": "archived"}).json()["items"]
    assert [each["warning_id"] for each in history] == [story.ids["4"]]


def test_the_page_of_a_withdrawn_warning_says_so_first_and_lists_its_versions(
    story: Story, client: httpx.Client
) -> None:
    page = client.get(f"/warnings/{story.ids['1']}").text
    assert page.index("本提示已撤回") < page.index("<h1>")
    assert "原因：样品送错" in page and f"/warnings/{story.ids['1']}/versions/1" in page
    headline = story.warning(2, "1", "headline_zh")[0]
    assert f"<h1>【已撤回】{headline}</h1>" in page and f"<title>【已撤回】{headline} · " in page
    assert '<meta name="robots" content="noindex">' in page and "[Withdrawn] " in page
    earlier = client.get(f"/warnings/{story.ids['1']}/versions/1")
    assert f"<h1>【已撤回】{headline}</h1>" in earlier.text and "noindex" in earlier.text
    assert earlier.status_code == 200 and "这是第 1 版" in earlier.text
    expired = client.get(f"/warnings/{story.ids['2']}").text
    assert "2.5 倍" in expired and "<h1>【已过有效期】" in expired and "noindex" not in expired
    cards = client.get("/warnings").text
    assert f'<a href="/warnings/{story.ids["1"]}">【已撤回】{headline}</a>' in cards
    assert f'<a href="/warnings/{story.ids["2"]}">【已过有效期】' in cards


def test_the_office_decides_by_the_api_and_its_name_is_kept(story: Story, client: httpx.Client, tmp_path: Path) -> None:
    text, _ = add_key(story.settings, "审核科", ["review"], now=datetime.now(UTC), created_by="test")
    headers = {"Authorization": f"Bearer {text}"}
    decision = {"warning_id": story.ids["4"], "action": "edit", "advice_zh": "请退货。"}
    assert client.post("/v1/reviews", json=decision).status_code == 401
    assert client.post("/v1/reviews", json={**decision, "action": "hold"}, headers=headers).status_code == 400
    unknown = client.post("/v1/reviews", json={**decision, "warning_id": "W2026-NEVERWAS00"}, headers=headers)
    assert (unknown.status_code, unknown.json()["type"]) == (404, "/docs#not-found")
    assert unknown.json()["detail"].count("W2026-NEVERWAS00") == 2 and "there is" not in unknown.json()["detail_zh"]
    taken = client.post("/v1/reviews", json=decision, headers=headers)
    assert (taken.status_code, taken.json()["decided_by"], taken.json()["n_samples"]) == (202, "审核科", 1)
    (landed,) = (story.settings.landing / "dispositions").iterdir()
    said = json.loads(landed.read_text(encoding="utf-8"))
    assert (said["kind"], said["subject"], said["decided_by"]) == ("warning_edit", story.ids["4"], "审核科")
    landed.unlink()
    waiting = client.get("/v1/reviews", headers=headers)
    assert (waiting.status_code, waiting.json()["items"]) == (200, [])
    folder = story.settings.landing / "dispositions"
    folder.rmdir()
    folder.touch()
    refused = client.post("/v1/reviews", json=decision, headers=headers)
    folder.unlink()
    assert (refused.status_code, refused.json()["type"]) == (503, "/docs#not-accepted")


def test_no_vintage_names_whom_the_release_that_serves_does_not_name(story: Story, client: httpx.Client) -> None:
    then = {"as_of": story.releases[1]}
    listed = client.get("/v1/warnings", params=then)
    (told,) = (each for each in listed.json()["items"] if each["warning_id"] == story.ids["2"])
    assert (told["version"], told["state"], told["producer_name"]) == (1, "issued", "（名称已删除）")
    assert MAKER not in json.dumps(told, ensure_ascii=False) and "豆腐干2" in told["headline_zh"]
    named = client.get("/v1/warnings", params={**then, "q": MAKER}).json()["items"]
    assert {each["warning_id"] for each in named} == {story.ids["1"], story.ids["8"]}
    found = client.get("/v1/lookup", params={**then, "q": "豆腐干2"})
    assert [each["warning_id"] for each in found.json()["items"]] == [story.ids["2"]] and MAKER not in found.text
    by_maker = client.get("/v1/lookup", params={**then, "producer": MAKER}).json()["items"]
    assert story.ids["2"] not in {each["warning_id"] for each in by_maker}
    changed = client.get(f"/v1/releases/{story.releases[0]}/diff/{story.releases[1]}").json()["items"]
    (headline,) = (each["headline_zh"] for each in changed if each["warning_id"] == story.ids["2"])
    assert headline == told["headline_zh"]
    for answer in (listed, found):
        assert "must-revalidate" in answer.headers["cache-control"]
    figures = client.get("/v1/prefectures", params=then)
    assert "immutable" in figures.headers["cache-control"]


def test_the_office_reads_of_a_vintage_what_was_told_then(story: Story, client: httpx.Client) -> None:
    text, _ = add_key(story.settings, "查阅", ["office:read"], now=datetime.now(UTC), created_by="test")
    headers = {"Authorization": f"Bearer {text}"}
    listed = client.get("/v1/warnings", params={"as_of": story.releases[1]}, headers=headers).json()["items"]
    (told,) = (each for each in listed if each["warning_id"] == story.ids["2"])
    assert told["producer_name"] == MAKER


def test_an_id_of_a_release_that_was_taken_back_is_known_as_withdrawn_without_what_it_said(
    story: Story, client: httpx.Client
) -> None:
    roll_back(story.settings, story.releases[0], held_by="op", reason="错数")
    path = f"/v1/warnings/{story.ids['2']}"
    deadline = datetime.now(UTC).timestamp() + 60
    while client.get("/v1/health").json()["release"] != story.releases[0]:
        assert datetime.now(UTC).timestamp() < deadline
    told = client.get(path).json()["item"]
    assert (told["state"], told["sampled_unit_name"], told["samples"]) == ("withdrawn", None, None)
    assert told["reason_en"].startswith("Its release was taken back for review")
    versions = client.get(f"{path}/versions").json()["items"]
    assert [(each["version"], each["is_taken_back"], each["headline_zh"]) for each in versions] == [
        (3, True, None),
        (2, True, None),
        (1, True, None),
    ]
    assert client.get(f"{path}/versions/1").json()["item"]["content"] is None
    page = client.get(f"/warnings/{story.ids['2']}")
    assert page.status_code == 200 and "本提示已撤回" in page.text and MAKER not in page.text
    assert client.get(f"/v1/warnings/{story.ids['1']}").json()["item"]["version"] == 1
    assert client.get("/v1/warnings/W2026-NEVERWAS00").status_code == 404
