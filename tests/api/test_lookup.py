"""/v1/lookup and its page: what is told of a product, and what is never told."""

from __future__ import annotations

import asyncio
import re
from datetime import date
from io import BytesIO

import httpx
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from api.known_samples import KnownSamples
from api.lookup_rows import ANSWERS, LookupRow
from api.models import Table
from api.policy import WHY_SUPERVISION
from api.release_reader import open_release
from tests.api.followed import recall
from tests.api.release_files import cell, published_sample, release_id, warning, write_release
from warehouse.release import part_path, read_manifest
from warehouse.settings import Settings

MANY = 250


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    """One of before there were parts, one with other samples, one whose parts are gone, and the one that serves."""
    write_release(settings, 1, cells=[cell(n_conforming=1)], flip=False)
    write_release(
        settings, 2, cells=[cell(n_conforming=1)], samples=[published_sample(1, product_name="旧豆瓣")], flip=False
    )
    gone = write_release(settings, 3, samples=[published_sample(1, product_name="别的豆瓣")], flip=False)
    for part in read_manifest(settings, gone).parts:
        part_path(settings, part.sha256).unlink()
    samples = [
        published_sample(1, concluded_on=date(2026, 5, 2)),
        published_sample(2, product_name="郫县 豆瓣（特级）", batch_or_date="2026/04/02"),
        published_sample(3, quarter="2026Q1", concluded_on=date(2026, 2, 1), batch_or_date="Ａ-17"),
        published_sample(4, sampling_type="supervision", product_name="郫县豆瓣"),
        published_sample(5, product_name="Ｃｏｃａ Ｃｏｌａ汽水", brand="Coca-Cola", producer_name="张**"),
        published_sample(6, product_name=None, brand=None, producer_name=None, batch_or_date=None, spec=None,
                         sample_no=None, concluded_on=None, conclusion="nonconforming", n_points_conforming=0),
        published_sample(7, product_name="電熱水壺", feed="market"),
        *(published_sample(10 + k, product_name=f"挂面{k:03d}号", producer_name="面业有限公司") for k in range(MANY)),
        *(published_sample(1000 + k, product_name="酱油", batch_or_date=f"批{k:02d}") for k in range(21)),
    ]  # fmt: skip
    warnings = [
        warning(1),
        warning(2, state="withdrawn", version=2, product_name="凉皮", samples=[], reason_zh="复检", reason_en="test"),
        warning(3, state="archived", product_name="老豇豆"),
        warning(4, state="expired", product_name="豇豆干", issued_on=date(2026, 6, 9)),
        warning(5, product_name="苦瓜", producer_name=None, sampled_unit_name="川西生鲜超市",
                samples=[_bought_at("川西生鲜超市"), _bought_at("川南农贸*（个体）")]),
    ]  # fmt: skip
    recalls = [
        recall(1),
        recall(
            2,
            product_name="豇豆切丝机",
            producer_name="川召机械厂",
            brand="快刀",
            batch="K-7",
            announced_on=date(2025, 6, 2),
        ),
        recall(3, status="withdrawn", product_name="老式暖手宝"),
    ]
    others = {"mart_recalls": recalls}
    return write_release(settings, 4, cells=[cell(n_conforming=1)], warnings=warnings, samples=samples, others=others)


def _bought_at(unit: str) -> dict[str, object]:
    sample: dict[str, object] = warning(5)["samples"][0]
    return sample | {"product_name": "苦瓜", "sampled_unit_name": unit}


def _items(client: httpx.Client, query: str) -> list[dict[str, object]]:
    answer = client.get(f"/v1/lookup?{query}")
    assert answer.status_code == 200, answer.text
    Table[LookupRow].model_validate_json(answer.content)
    items: list[dict[str, object]] = answer.json()["items"]
    return items


def _told(items: list[dict[str, object]], *names: str) -> list[tuple[object, ...]]:
    return [tuple(item[name] for name in names) for item in items]


def test_conforming_samples_are_counted_by_kind_of_sampling_with_quarters_and_latest_date(client: httpx.Client) -> None:
    found = _items(client, "product=郫县豆瓣&producer=示例食品")
    columns = ("answer", "sampling_type", "product_name", "n_conforming", "quarters", "latest_on")
    assert sorted(_told(found, *columns), key=str) == [
        ("sampled_conforming", "evaluation", "郫县 豆瓣（特级）", 1, ["2026Q2"], "2026-05-20"),
        ("sampled_conforming", "evaluation", "郫县豆瓣", 2, ["2026Q1", "2026Q2"], "2026-05-02"),
        ("sampled_conforming", "supervision", "郫县豆瓣", 1, ["2026Q2"], "2026-05-20"),
    ]


@pytest.mark.parametrize(
    ("query", "products"),
    [
        ("q=县豆", {"郫县豆瓣", "郫县 豆瓣（特级）"}),
        ("q=豆瓣特级", {"郫县 豆瓣（特级）"}),
        ("q=豆瓣 示例食品 特级", {"郫县 豆瓣（特级）"}),
        ("q=ＣＯＣＡ－cola", {"Ｃｏｃａ Ｃｏｌａ汽水"}),
        ("q=coca cola", {"Ｃｏｃａ Ｃｏｌａ汽水"}),
        ("batch=20260402", {"郫县 豆瓣（特级）"}),
        ("q=a17", {"郫县豆瓣"}),
        ("q=郫縣豆瓣 示例食品有限公司", {"郫县豆瓣", "郫县 豆瓣（特级）"}),
        ("product=電熱水壺", {"電熱水壺"}),
        ("product=电热水壶", {"電熱水壺"}),
        ("batch=A-17&product=豆瓣", {"郫县豆瓣"}),
        ("producer=郫县豆瓣", {None}),
        ("product=示例食品", {None}),
        ("q=县豆%", {"郫县豆瓣", "郫县 豆瓣（特级）"}),
    ],
)
def test_any_part_of_a_name_finds_it_whatever_its_width_case_blanks_and_punctuation(
    client: httpx.Client, query: str, products: set[str | None]
) -> None:
    assert {row["product_name"] for row in _items(client, query)} == products


def test_warnings_come_first_with_their_state_and_a_withdrawn_one_accuses_nobody(client: httpx.Client) -> None:
    columns = ("answer", "warning_id", "warning_state", "n_conforming", "page")
    assert _told(_items(client, "q=豇豆 农业"), *columns) == [
        ("named_in_warning", f"W2026-TEST00000{k}", state, None, f"/warnings/W2026-TEST00000{k}")
        for k, state in ((1, "issued"), (4, "expired"), (3, "archived"))
    ]
    assert _told(_items(client, "product=凉皮"), *columns) == [
        ("warning_withdrawn", "W2026-TEST000002", "withdrawn", None, "/warnings/W2026-TEST000002")
    ]
    by_batch = _items(client, "batch=20260511&producer=示例农业")
    assert {row["answer"] for row in by_batch} == {"named_in_warning", "warning_withdrawn"}


@pytest.mark.parametrize("query", ["q=川西生鲜", "producer=川西生鲜超市", "producer=川南农贸", "q=苦瓜 川南农贸"])
def test_who_sold_what_a_warning_names_is_found_as_its_producer_would_be(client: httpx.Client, query: str) -> None:
    assert _told(_items(client, query), "answer", "warning_id") == [("named_in_warning", "W2026-TEST000005")]
    assert _told(_items(client, "product=川西生鲜"), "answer") == [("not_sampled",)]


@pytest.mark.parametrize("query", ["q=电热毯", "q=某公司 电热", "producer=某公司&product=电热", "q=川召1", "q=川召－1"])
def test_a_recall_is_found_by_its_company_its_product_and_its_number(client: httpx.Client, query: str) -> None:
    (row,) = _items(client, query)
    assert (row["answer"], row["says_zh"], row["says_en"]) == ("named_in_recall", *_sentences("named_in_recall"))
    told = ("recall_no", "recall_status", "announced_on", "product_name", "producer_name", "source_url", "warning_id")
    assert [row[name] for name in told] == [
        "川召-1", "ongoing", "2026-06-01", "电热毯", "某公司", "https://example.org/1", None,
    ]  # fmt: skip
    assert "召回公告 川召-1" in client.get(str(row["page"])).text


def test_recalls_stand_before_warnings_and_one_that_was_taken_back_accuses_nobody(client: httpx.Client) -> None:
    found = _items(client, "q=豇豆&limit=3")
    assert _told(found, "answer", "recall_no")[:2] == [("named_in_recall", "川召-2"), ("named_in_warning", None)]
    assert _told(_items(client, "batch=k7&product=豇豆"), "recall_no") == [("川召-2",)]
    assert _told(_items(client, "q=暖手宝"), "answer", "recall_status") == [("recall_withdrawn", "withdrawn")]
    assert _told(_items(client, f"q=电热毯&as_of={release_id(2)}"), "answer") == [("not_sampled",)]


def test_the_page_tells_of_recalls_before_warnings(client: httpx.Client) -> None:
    page = client.get("/lookup?q=豇豆").text
    assert page.index("召回公告点名") < page.index("川召-2") < page.index("消费提示点名")
    assert ANSWERS["named_in_recall"].zh in page and ANSWERS["recall_withdrawn"].zh not in page
    taken_back = client.get("/lookup?q=暖手宝").text
    assert ANSWERS["recall_withdrawn"].zh in taken_back and ANSWERS["named_in_recall"].zh not in taken_back
    assert "已撤销" in taken_back


def test_what_was_not_found_is_told_in_one_row_in_every_format(client: httpx.Client) -> None:
    (row,) = _items(client, "q=没有这种东西")
    assert (row["answer"], row["says_zh"], row["says_en"]) == ("not_sampled", *_sentences("not_sampled"))
    assert {value for name, value in row.items() if name != "answer" and not name.startswith("says")} == {None}
    csv = pa_csv.read_csv(BytesIO(client.get("/v1/lookup?q=没有这种东西&format=csv").content))
    parquet = pq.read_table(BytesIO(client.get("/v1/lookup?q=没有这种东西&format=parquet").content))
    assert csv.column("answer").to_pylist() == parquet.column("answer").to_pylist() == ["not_sampled"]


def test_every_answer_says_what_it_does_not_mean_and_none_calls_a_product_safe(client: httpx.Client) -> None:
    for answer, query in (("named_in_warning", "豇豆 农业"), ("sampled_conforming", "挂面001")):
        assert all((row["says_zh"], row["says_en"]) == _sentences(answer) for row in _items(client, f"q={query}"))
    for address in (
        "/v1/lookup?q=豆瓣",
        "/v1/lookup?q=没有这种东西",
        "/lookup?q=豆瓣",
        "/lookup?q=没有这种东西",
        "/lookup",
    ):
        text = client.get(address).text
        assert "safe" not in text.lower() and "安全的" not in text and "放心" not in text, address


def _sentences(answer: str) -> tuple[str, str]:
    return ANSWERS[answer].zh, ANSWERS[answer].en


def test_a_long_answer_is_leafed_through_without_a_gap(client: httpx.Client) -> None:
    address: str | None = "/v1/lookup?q=挂面&limit=100"
    seen: list[object] = []
    while address:
        body = client.get(address).json()
        assert body["meta"]["total"] == MANY
        seen += [item["product_name"] for item in body["items"]]
        address = body["links"]["next"]
    assert sorted(map(str, seen)) == [f"挂面{k:03d}号" for k in range(MANY)]
    csv = pa_csv.read_csv(BytesIO(client.get("/v1/lookup?q=挂面&format=csv").content))
    assert csv.num_rows == MANY


def test_batches_are_listed_unless_there_are_more_than_twenty(client: httpx.Client) -> None:
    assert _told(_items(client, "q=酱油"), "n_conforming", "batches") == [(21, None)]
    assert _told(_items(client, "q=酱油&batch=批0"), "n_conforming", "batches") == [
        (10, [f"批{k:02d}" for k in range(10)])
    ]


@pytest.mark.parametrize(
    ("query", "parameter"),
    [("", "q"), ("q=豆", "q"), ("q=%20（）", "q"), ("producer=示", "producer"), ("q=豆瓣&batch=-1", "batch"),
     ("q=aa+bb+cc+dd+ee+ff+gg+hh+ii", "q")],
)  # fmt: skip
def test_too_little_to_look_for_is_refused(client: httpx.Client, query: str, parameter: str) -> None:
    answer = client.get(f"/v1/lookup?{query}")
    assert (answer.status_code, answer.json()["errors"][0]["parameter"]) == (400, parameter)


def test_an_earlier_release_is_looked_up_as_it_was(client: httpx.Client) -> None:
    assert _told(_items(client, f"q=豆瓣&as_of={release_id(2)}"), "product_name", "n_conforming") == [("旧豆瓣", 1)]
    assert _told(_items(client, "q=旧豆瓣"), "answer") == [("not_sampled",)]


@pytest.mark.parametrize(("number", "kind"), [(1, "not-in-release"), (3, "not-here")])
def test_a_release_without_samples_says_so_instead_of_not_sampled(client: httpx.Client, number: int, kind: str) -> None:
    answer = client.get(f"/v1/lookup?q=豆瓣&as_of={release_id(number)}")
    assert (answer.status_code, answer.json()["type"]) == (404, f"/docs#{kind}")


def test_the_page_answers_a_search_and_leads_to_warning_and_data(client: httpx.Client) -> None:
    page = client.get("/lookup?q=豇豆").text
    assert 'href="/warnings/W2026-TEST000001"' in page and "已过有效期" in page
    page = client.get("/lookup?q=郫县豆瓣").text
    assert "评价性抽检" in page and "监督抽查" in page and "2026年第一季度" in page
    assert ANSWERS["not_sampled"].zh in client.get("/lookup?q=没有这种东西").text
    assert client.get("/lookup?q=豆").status_code == 400


@pytest.mark.parametrize(
    ("query", "answers"),
    [
        ("q=豇豆", ["named_in_recall", "named_in_warning"]),
        ("q=暖手宝", ["recall_withdrawn"]),
        ("q=凉皮", ["warning_withdrawn"]),
        ("q=郫县豆瓣", ["sampled_conforming"]),
        ("q=没有这种东西", ["not_sampled"]),
    ],
)
def test_the_page_says_in_english_too_what_its_answers_mean(
    client: httpx.Client, query: str, answers: list[str]
) -> None:
    text = client.get(f"/lookup?{query}").text
    english = re.findall(r'<(?:p|span) class="english" lang="en">([^<]+)<', text)
    assert [each for each in ANSWERS if any(ANSWERS[each].en in said for said in english)] == answers
    assert ("Pesticide residue in cowpeas (1)" in english) == (query == "q=豇豆")
    assert any(WHY_SUPERVISION.en in said for said in english) == (query == "q=郫县豆瓣")


def test_the_page_introduces_itself_in_english_too(client: httpx.Client) -> None:
    assert '<p class="english" lang="en">Look up' in client.get("/lookup").text


def test_samples_of_releases_that_nobody_asks_for_are_let_go_and_read_again(settings: Settings, released: str) -> None:
    async def counts() -> list[int]:
        samples, found = KnownSamples(settings, most_releases=1, most_dead_parts=1), []
        old, new = (open_release(settings, each) for each in (release_id(2), released))
        for release in (old, new, new, old):
            async with samples.reading(release) as known:
                told = known.rows("SELECT count(*) FROM known WHERE place IN (SELECT unnest($parts))", {})
                found += [told[0][0], known.rows("SELECT count(*) FROM known", {})[0][0]]
        async with samples.reading(old) as leased, samples.reading(new):
            found.append(leased.rows("SELECT count(*) FROM known WHERE place IN (SELECT unnest($parts))", {})[0][0])
        samples.close()
        for release in (old, new):
            release.retire()
        return found

    n_new = 6 + MANY + 21
    assert asyncio.run(counts()) == [1, 1, n_new, n_new, n_new, n_new, 1, 1, 1]
