"""The page of the recalls: all that the public reads of them, page by page, and what it says when there are none."""

from __future__ import annotations

import re
from datetime import date

import httpx
import pytest

from tests.api.followed import recall
from tests.api.release_files import release_id, wait_for, write_release
from warehouse.settings import Settings

MANY = 25


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    recalls = [recall(k, announced_on=date(2026, 5, k)) for k in range(1, MANY + 1)]
    recalls[0] |= {"product_name": "<b>热水壶"}
    return write_release(settings, 1, others={"mart_recalls": recalls})


def _numbers(text: str) -> list[str]:
    return re.findall(r">召回公告 (川召-\d+)<", text)


def test_all_recalls_are_leafed_through_the_newest_first(client: httpx.Client) -> None:
    first = client.get("/recalls").text
    following = re.search(r'href="(/recalls\?cursor=[^"]+)" rel="next"', first)
    assert following is not None
    second = client.get(following[1]).text
    assert _numbers(first) + _numbers(second) == [f"川召-{k}" for k in range(MANY, 0, -1)]
    assert f"共 {MANY} 条" in first and 'rel="next"' not in second and "回到最新" in second
    assert "&lt;b&gt;热水壶" in second


def test_words_find_recalls_as_they_do_in_the_interface(client: httpx.Client) -> None:
    assert _numbers(client.get("/recalls", params={"q": "川召-1 热水壶"}).text) == ["川召-1"]
    assert client.get("/recalls", params={"q": "1 2 3 4 5 6 7 8 9"}).status_code == 400
    assert client.get("/recalls", params={"cursor": "x"}).status_code == 400


def test_where_there_is_none_the_page_says_what_that_means_in_both_languages(
    client: httpx.Client, settings: Settings
) -> None:
    write_release(settings, 2)
    wait_for(client, release_id(2))
    text = client.get("/recalls").text
    assert "没有召回公告。这只说明没有相应的公告，不说明产品没有缺陷。" in text
    assert '<span class="english" lang="en">No recall is known.' in text
