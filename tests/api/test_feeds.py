"""Atom, JSON Feed and CAP, read back by parsers of others and held to their schemas."""

from __future__ import annotations

import json
import re
from datetime import date, datetime, timedelta
from pathlib import Path
from typing import Any
from xml.etree import ElementTree as ET

import capvalidator
import feedparser
import httpx
import pytest
from cap_tools.models import Alert, Certainty, MsgType, ResponseType, Severity, Urgency
from xsdata.formats.dataclass.parsers import XmlParser

from api.feed_rows import JsonFeed
from tests.api.release_files import CREATED_AT, point_at, release_id, version, wait_for, warning, write_release
from tests.api.server import serve
from warehouse.alert_levels import alert_levels, level_of
from warehouse.hazard_severity import GRADES
from warehouse.reference import hazards
from warehouse.settings import Settings, SettingsError

ATOM = "{http://www.w3.org/2005/Atom}"
TOMBSTONE = "{http://purl.org/atompub/tombstones/1.0}deleted-entry"
AUTHORITY = "zhiliang.example.cn"
ADDRESS = "https://choucha.example.cn"
WITHDRAWN, EXPIRED, ARCHIVED, UPDATED, PLAIN, LATER = 3, 4, 5, 2, 1, 9
REASON = {"reason": "overturned", "reason_zh": "复检合格", "reason_en": "Passed the second test"}
SAID = {"headline_zh": "从前的标题", "headline_en": "as it was", "feed": "food", "hazard_code": "pesticide",
        "product_name": "豇豆", "found_zh": ["克百威：检出 0.31mg/kg"], "found_en": ["carbofuran: 0.31mg/kg"],
        "advice_zh": "请退货。", "advice_en": "Return it.", "province_code": "510000",
        "prefecture_code": "510100"}  # fmt: skip


def _at(hours: int) -> datetime:
    return CREATED_AT + timedelta(hours=hours)


def _told(number: int, event: str, state: str, *, hours: int, before: str = "issued", **values: Any) -> list[Any]:
    """Two versions of a warning: as it was issued, and what became of it."""
    first = version(number, told_in=1, content=json.dumps(SAID))
    return [first, version(number, 2, event=event, state=state, state_before=before, happened_at=_at(hours), **values)]


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(
        home=tmp_path_factory.mktemp("home"), duckdb_memory="512MB", public_url=ADDRESS + "/", authority=AUTHORITY
    )
    made.releases.mkdir()
    return made


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    """Every state of a warning; and a later release that was taken back, with one more warning and one that changed."""
    because = {"reason_zh": REASON["reason_zh"], "reason_en": REASON["reason_en"]}
    hostile = {"headline_zh": "<script>&\u0007“豇豆”]]>", "product_name": "a\x0bb"}
    rows = [
        warning(PLAIN, **hostile, found_zh=["克百威：检出 0.31mg/kg，标准要求不超过 0.02mg/kg"]),
        warning(UPDATED, version=2, state="updated", expires_on=date(2027, 6, 1), **because),
        warning(WITHDRAWN, version=2, state="withdrawn", **because),
        warning(EXPIRED, version=2, state="expired", **because),
        warning(ARCHIVED, state="archived", **because),
        *(warning(number, feed="market", hazard_code="electric", category_code="M01") for number in range(20, 26)),
    ]
    versions = [
        version(PLAIN),
        *_told(UPDATED, "updated", "updated", hours=2, **REASON),
        *_told(WITHDRAWN, "withdrawn", "withdrawn", hours=3, **REASON),
        *_told(EXPIRED, "expired", "expired", hours=1, **REASON),
        version(ARCHIVED, event="archived", state="archived"),
        *(version(number, happened_at=_at(-number)) for number in range(20, 26)),
    ]
    serving = write_release(settings, 2, warnings=rows, versions=versions)
    changed = [each for each in versions if each["warning_id"] != rows[0]["warning_id"]] + [
        version(PLAIN, told_in=2, content=json.dumps(SAID)),
        version(PLAIN, 2, event="updated", state="updated", happened_at=_at(5), **REASON),
        version(LATER, happened_at=_at(5)),
    ]
    rows = [{**rows[0], "version": 2, "state": "updated"}, *rows[1:], warning(LATER, producer_name="误指的企业")]
    told = [each | {"release_id": each["release_id"] or release_id(2)} for each in changed[:-2]] + changed[-2:]
    later = write_release(settings, 3, warnings=rows, versions=told, flip=False)
    (settings.releases / later).rename(settings.home / later)
    return serving


def _id(number: int) -> str:
    return f"tag:{AUTHORITY},2026:warnings/W2026-TEST{number:06d}"


def _feed(text: str) -> Any:
    parsed = feedparser.parse(text)
    assert parsed.bozo is False and parsed.version == "atom10"
    return parsed


def test_a_feed_reader_finds_each_warning_with_its_instants_in_the_order_of_change(client: httpx.Client) -> None:
    answer = client.get("/v1/warnings.atom?feed=food")
    parsed = _feed(answer.text)
    assert answer.headers["content-type"] == "application/atom+xml; charset=utf-8"
    assert [entry.id for entry in parsed.entries] == [_id(UPDATED), _id(EXPIRED), _id(PLAIN)]
    updated = parsed.entries[0]
    assert (updated.published, updated.updated) == ("2026-07-15T10:30:00+08:00", "2026-07-15T12:30:00+08:00")
    assert updated.link == f"{ADDRESS}/warnings/W2026-TEST000002"
    assert {tag.term for tag in updated.tags} == {"updated", "food", "pesticide", "510100"}
    assert "复检合格" in updated.content[0].value
    assert parsed.entries[1].title.startswith("【已过有效期】")
    assert parsed.feed.updated == "2026-07-15T13:30:00+08:00"


def test_text_that_is_markup_elsewhere_is_text_here(client: httpx.Client) -> None:
    entry = _feed(client.get("/v1/warnings.atom?feed=food").text).entries[2]
    assert entry.title == "<script>&“豇豆”]]>"
    assert "产品：ab；" in entry.content[0].value
    assert "0.31mg/kg" in entry.content[0].value


def test_what_was_withdrawn_is_a_tombstone_with_the_reason_and_history_is_no_news(client: httpx.Client) -> None:
    text = client.get("/v1/warnings.atom").text
    (grave,) = ET.fromstring(text).iter(TOMBSTONE)
    assert (grave.get("ref"), grave.get("when")) == (_id(WITHDRAWN), "2026-07-15T13:30:00+08:00")
    assert grave.findtext(TOMBSTONE.replace("deleted-entry", "comment")) == "复检合格。Passed the second test."
    assert _id(ARCHIVED) not in text


def test_the_feed_has_what_the_format_demands(client: httpx.Client) -> None:
    root = ET.fromstring(client.get("/v1/warnings.atom?limit=3").text)
    for parent in (root, *root.iter(f"{ATOM}entry")):
        for name in ("id", "title", "updated"):
            assert len(parent.findall(ATOM + name)) == 1, name
        assert len([link for link in parent.findall(f"{ATOM}link") if link.get("rel") == "alternate"]) == 1
    assert root.findtext(f"{ATOM}author/{ATOM}name") == "四川省质量抽检公示"
    ids = [root.findtext(f"{ATOM}id"), *(entry.findtext(f"{ATOM}id") for entry in root.iter(f"{ATOM}entry"))]
    assert len(set(ids)) == len(ids) == 3 and all(each and each.startswith(f"tag:{AUTHORITY},2026:") for each in ids)
    instants = [each.text for name in ("updated", "published") for each in root.iter(ATOM + name)]
    assert all(re.fullmatch(r"\d{4}(-\d\d){2}T\d\d:\d\d:\d\d\+08:00", each or "") for each in instants)
    content = [entry.find(f"{ATOM}content") for entry in root.iter(f"{ATOM}entry")]
    assert all(each is not None and [child.tag for child in each] == ["{http://www.w3.org/1999/xhtml}div"]
               for each in content)  # fmt: skip


@pytest.mark.parametrize("kind", ["atom", "json"])
def test_the_next_page_goes_on_where_this_one_ends(client: httpx.Client, kind: str) -> None:
    link: str | None = f"/v1/warnings.{kind}?limit=4"
    seen: list[str] = []
    while link:
        answer = client.get(link)
        if kind == "atom":
            parsed = _feed(answer.text)
            seen += [entry.id for entry in parsed.entries]
            links = {each.rel: each.href for each in parsed.feed.links}
            assert links["first"] == f"{ADDRESS}/v1/warnings.atom?limit=4"
            following = links.get("next")
        else:
            seen += [item["id"] for item in answer.json()["items"] if item["_choucha"]["state"] != "withdrawn"]
            following = answer.json().get("next_url")
        link = following and following.removeprefix(ADDRESS)
    assert seen == [_id(number) for number in (UPDATED, EXPIRED, PLAIN, *range(20, 26))]


def test_each_filter_makes_a_feed_of_its_own(client: httpx.Client) -> None:
    parsed = _feed(client.get("/v1/warnings.atom?feed=market&hazard=electric").text)
    assert len(parsed.entries) == 6
    assert parsed.feed.id == f"tag:{AUTHORITY},2026:warnings?feed=market&hazard=electric"
    assert client.get("/v1/warnings.atom?hazard=nothing").json()["errors"][0]["parameter"] == "hazard"


def test_the_json_feed_is_as_its_version_says(client: httpx.Client) -> None:
    answer = client.get("/v1/warnings.json?feed=food")
    assert answer.headers["content-type"] == "application/feed+json; charset=utf-8"
    feed = JsonFeed.model_validate_json(answer.content)
    assert (feed.version, feed.feed_url) == (
        "https://jsonfeed.org/version/1.1", f"{ADDRESS}/v1/warnings.json?feed=food",
    )  # fmt: skip
    assert [item.id for item in feed.items] == [_id(number) for number in (WITHDRAWN, UPDATED, EXPIRED, PLAIN)]
    gone = feed.items[0]
    assert gone.title.startswith("【已撤回】") and "复检合格" in gone.content_text and "豇豆" not in gone.content_text
    assert gone.extension["state"] == "withdrawn"
    assert feed.items[1].date_modified == "2026-07-15T12:30:00+08:00"


def _message(client: httpx.Client, path: str) -> Alert:
    answer = client.get(f"/v1/warnings/W2026-TEST{path}")
    assert (answer.status_code, answer.headers["content-type"]) == (200, "application/cap+xml; charset=utf-8")
    assert capvalidator.check_schema(answer.content).passed, answer.text
    return XmlParser().from_bytes(answer.content, Alert)


@pytest.mark.parametrize(
    ("number", "kind", "urgency"),
    [
        (PLAIN, "Alert", "Expected"), (UPDATED, "Update", "Expected"), (EXPIRED, "Update", "Past"),
        (WITHDRAWN, "Cancel", "Past"), (ARCHIVED, "Alert", "Past"), (20, "Alert", "Expected"),
    ],
)  # fmt: skip
def test_every_state_is_a_message_that_the_schema_of_oasis_takes(
    client: httpx.Client, number: int, kind: str, urgency: str
) -> None:
    alert = _message(client, f"{number:06d}.cap.xml")
    assert (alert.msg_type.value, alert.sender, alert.status.value) == (kind, AUTHORITY, "Actual")
    assert [info.language for info in alert.infos] == ["zh-CN", "en-US"]
    assert {info.urgency.value for info in alert.infos} == {urgency}
    assert {info.categories[0].value for info in alert.infos} == {"Safety" if number >= 20 else "Health"}
    assert str(alert.sent).endswith("+08:00")


def test_an_update_and_a_cancel_refer_to_each_message_before_them(client: httpx.Client) -> None:
    for number in (UPDATED, WITHDRAWN):
        alert = _message(client, f"{number:06d}.cap.xml")
        (reference,) = (alert.references or "").split()
        sender, identifier, sent = reference.split(",")
        earlier = _message(client, f"{number:06d}/versions/1.cap.xml")
        assert (sender, identifier, sent) == (earlier.sender, earlier.identifier, str(earlier.sent))
        assert (earlier.msg_type, earlier.references) == (MsgType.ALERT, None)
        assert earlier.infos[0].headline == "从前的标题"
        assert alert.identifier == f"W2026-TEST{number:06d}.2"


def test_both_languages_of_a_message_name_the_goods_and_who_sold_them(client: httpx.Client) -> None:
    chinese, english = _message(client, f"{UPDATED:06d}.cap.xml").infos
    named = ("豇豆", "山里人", "散装", "2026-05-11", "示例农业合作社", "示例超市有限公司", "成都市")
    for info in (chinese, english):
        assert [each for each in named if each not in (info.description or "")] == [], info.language
    assert "Batch or production date: 2026-05-11; " in (english.description or "")
    assert "; Sampled unit: 示例超市有限公司; " in (english.description or "")
    assert "生产日期或批号：2026-05-11；" in (chinese.description or "")


def test_a_cancel_says_why_and_repeats_no_accusation(client: httpx.Client) -> None:
    alert = _message(client, f"{WITHDRAWN:06d}.cap.xml")
    chinese, english = alert.infos
    assert (chinese.description, alert.note) == (
        "本提示已撤回，不再有效。原因：复检合格。", "复检合格。Passed the second test."
    )  # fmt: skip
    assert english.description == "Withdrawn: Passed the second test."
    assert [each.response_types[0].value for each in alert.infos] == ["None", "None"]
    assert {each.value_name.value for each in chinese.parameters} == {
        "choucha:warning_id",
        "choucha:version",
        "choucha:state",
    }


def test_a_message_says_where_what_and_until_when(client: httpx.Client) -> None:
    info = _message(client, f"{UPDATED:06d}.cap.xml").infos[0]
    assert (info.areas[0].area_desc, info.areas[0].geocodes[-1].value.value) == ("四川省成都市", "510100")
    assert str(info.expires) == "2027-06-01T00:00:00+08:00"
    assert info.web == f"{ADDRESS}/warnings/W2026-TEST000002"
    assert {each.value_name.value: each.value.value for each in info.parameters}["choucha:product_name"] == "豇豆"


def test_only_what_never_was_has_no_message(client: httpx.Client) -> None:
    assert client.get("/v1/warnings/W2026-NEVERWAS00.cap.xml").json()["type"] == "/docs#not-found"
    assert client.get(f"/v1/warnings/W2026-TEST{PLAIN:06d}/versions/7.cap.xml").status_code == 404


@pytest.mark.parametrize("path", ["warnings.atom", "warnings.json", f"warnings/W2026-TEST{PLAIN:06d}.cap.xml"])
def test_what_has_not_changed_is_not_sent_again(client: httpx.Client, path: str) -> None:
    first = client.get(f"/v1/{path}")
    again = client.get(f"/v1/{path}", headers={"If-None-Match": first.headers["etag"], "Host": "elsewhere.example"})
    assert (again.status_code, again.content) == (304, b"")
    assert "elsewhere" not in client.get(f"/v1/{path}", headers={"Host": "elsewhere.example"}).text


def test_without_a_public_address_links_are_those_of_the_request_and_never_kept(settings: Settings) -> None:
    bare = Settings(home=settings.home, duckdb_memory="512MB")
    with serve(bare) as address, httpx.Client(base_url=address, timeout=30) as client:
        for host in ("one.example", "two.example", "one.example"):
            feed = client.get("/v1/warnings.json", headers={"Host": host}).json()
            assert feed["items"][0]["url"].startswith(f"http://{host}/warnings/")
            assert feed["items"][0]["id"].startswith("tag:choucha.invalid,2026:")


def test_what_a_release_told_that_was_taken_back_comes_down_in_feeds_too(
    client: httpx.Client, settings: Settings
) -> None:
    (settings.home / release_id(3)).rename(settings.releases / release_id(3))
    for number in (3, 2):
        point_at(settings, release_id(number))
        wait_for(client, release_id(number))
    text = client.get("/v1/warnings.atom?limit=1").text
    graves = {each.get("ref"): each for each in ET.fromstring(text).iter(TOMBSTONE)}
    assert "收回复核" in "".join(graves[_id(LATER)].itertext()) and "误指" not in text
    item = client.get("/v1/warnings.json").json()["items"][0]
    assert item["id"] == _id(LATER) and "误指" not in json.dumps(item, ensure_ascii=False)
    alert = _message(client, f"{LATER:06d}.cap.xml")
    assert (alert.msg_type, alert.identifier) == (MsgType.CANCEL, "W2026-TEST000009.1.taken-back")
    assert (alert.references or "").split(",")[1] == "W2026-TEST000009.1"
    assert _message(client, f"{PLAIN:06d}.cap.xml").identifier == "W2026-TEST000001.1"


def test_every_level_of_alert_is_one_of_the_lists_of_cap() -> None:
    assert set(alert_levels()) == {*GRADES, "over", "withdrawn"}
    assert {level_of(code, "issued").level for code in hazards()} == set(GRADES)
    assert [level_of("pathogen", state).level for state in ("expired", "withdrawn")] == ["over", "withdrawn"]
    for each in alert_levels().values():
        listed = (Severity(each.severity), Urgency(each.urgency), Certainty(each.certainty))
        assert Severity.EXTREME not in listed
        # Nothing here ever says that a product is safe.
        assert ResponseType(each.response_type) is not ResponseType.ALL_CLEAR


def test_the_levels_are_described_as_they_are() -> None:
    page = (Path(__file__).parents[2] / "docs/how-to/follow-warnings.md").read_text(encoding="utf-8")
    for each in alert_levels().values():
        said = (each.severity, each.urgency, each.certainty, each.response_type)
        row = rf"\| {each.level}( \(.*\))? \| " + r" \| ".join(said)
        assert re.search(row, page), each.level


@pytest.mark.parametrize("given", [{"authority": "a b"}, {"authority": "a,b"}, {"public_url": "choucha.example.cn"}])
def test_a_name_or_an_address_that_cannot_be_one_is_refused(tmp_path: Any, given: dict[str, str]) -> None:
    with pytest.raises(SettingsError):
        Settings(home=tmp_path, **given)
