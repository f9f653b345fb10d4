"""Parts of a release: whose samples everybody may have, what they add up to, and which file stays the same."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import duckdb
import pytest
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.maintain import forget
from pipelines.normalise.people import public_code
from pipelines.parts import altered_parts
from pipelines.publish import publish
from pipelines.upkeep import verify
from tests.warehouse.builder import Lake, batch, quarantined, sample
from tests.warehouse.reading import rows
from warehouse.connect import connect, sql_text
from warehouse.release import current_release_id, part_path, read_manifest
from warehouse.search_text import search_key
from warehouse.settings import Settings

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)
SECRET = ("张小明水果店", "13800138000", "512301197001011234", "李建国")
OPEN = {"notice_no": None, "concluded_on": date(2026, 7, 30)}


def _samples() -> list[dict[str, Any]]:
    """A sample of every kind that must or must not be read in a part, each under a product of its own."""
    failed, risk = {"conclusion": "nonconforming"}, {"sampling_type": "risk_monitoring"}
    return [
        sample("C1", sample_no=SECRET[2], product_name="合格豆瓣", sampled_unit_name=SECRET[0], is_natural_person=True),
        sample("C2", product_name="李建国合格芹菜", brand="李建国牌", spec="李建国装", producer_name="李建国",
               remark=f"电话{SECRET[1]}"),
        sample("C3", product_name=f"合格白酒 {SECRET[1]}", batch_or_date=f"身份证{SECRET[2]}",
               sampling_type="supervision"),
        sample("F1", product_name="终局豆干", producer_name="终局厂", notice_no="N1", **failed),
        sample("F2", product_name="异议豆干", producer_name="异议厂", brand="异议牌", spec="异议克",
               batch_or_date="异议批", **failed, **OPEN),
        sample("U1", product_name="未判豆干", producer_name="未判厂", conclusion="undetermined"),
        sample("D1", product_name="冒用豆干", producer_name="冒用厂", producer_status="disowned"),
        sample("R1", product_name="风险豆干", producer_name="风险厂", **risk),
        sample("H1", product_name="待齐豆干", producer_name="待齐厂", half="conforming", notice_key="H", notice_no="H"),
        sample("O1", product_name="外省豆干", producer_name="外省厂", is_out_of_province=True, province_code="440000"),
        sample("I1", feed="construction", sampling_type="inspection", stage="site", product_name="某工程",
               producer_name="某建筑有限公司", n_points=20, n_points_conforming=20),
        sample("I2", feed="construction", sampling_type="inspection", stage="site", product_name="另一工程",
               producer_name="另一建筑有限公司", n_points=20, n_points_conforming=15, **failed),
    ]  # fmt: skip


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two releases: all kinds of samples in one quarter, then a conforming one in another."""
    settings = Settings(home=tmp_path_factory.mktemp("parts") / "home")
    lake_of = Lake(settings)
    lake_of.commit(batch("b1", *_samples(), quarantine=(quarantined("Q1", raw='{"产品名称": "隔离豆干"}'),)))
    assert publish(settings, AS_OF)
    lake_of.commit(batch("b2", sample("E1", quarter="2026Q1", concluded_on=date(2026, 2, 1), product_name="早先豆干")))
    assert publish(settings, AS_OF)
    return settings


def _read(settings: Settings, release: str | None = None) -> list[dict[str, Any]]:
    """All rows of the parts of a release."""
    found = []
    with connect(settings) as connection:
        for part in read_manifest(settings, release or str(current_release_id(settings))).parts:
            query = f"FROM read_parquet('{part_path(settings, part.sha256)}')"
            read = connection.sql(query).to_arrow_table().to_pylist()
            assert len(read) == part.n_rows
            found += read
    return found


def test_names_stand_with_conforming_samples_alone_and_persons_are_masked(home: Settings) -> None:
    named = {(row["product_name"], row["producer_name"]) for row in _read(home) if row["sample_no"]}
    assert named == {
        ("合格豆瓣", "四川某某食品有限公司"),
        ("李**合格芹菜", "李**"),
        ("合格白酒 ***", "四川某某食品有限公司"),
        ("某工程", "某建筑有限公司"),
        ("早先豆干", "四川某某食品有限公司"),
    }


def test_no_part_says_what_the_public_may_not_read(home: Settings) -> None:
    text = "\n".join(str(row) for row in _read(home))
    hidden = ("终局", "异议", "未判", "冒用", "风险", "待齐", "外省", "隔离", "另一", "risk_monitoring", *SECRET)
    assert [word for word in hidden if word in text] == []


def test_the_row_of_a_failed_sample_says_no_more_than_the_figures(home: Settings) -> None:
    unnamed = [row for row in _read(home) if not row["sample_no"]]
    cells = {
        "feed", "quarter", "sampling_type", "level", "stage", "province_code", "prefecture_code", "category_code",
        "category_2_code", "conclusion", "is_provisional", "n_points", "n_points_conforming",
    }  # fmt: skip
    assert {name for row in unnamed for name, value in row.items() if value is not None} == cells
    assert sorted((row["conclusion"], row["is_provisional"]) for row in unnamed) == [
        ("conforming", False), ("nonconforming", False), ("nonconforming", False), ("nonconforming", True),
        ("undetermined", False),
    ]  # fmt: skip


def test_the_parts_add_up_to_the_published_figures(home: Settings) -> None:
    dimensions = (
        "quarter", "feed", "sampling_type", "level", "stage", "province_code", "prefecture_code", "category_code",
        "category_2_code",
    )  # fmt: skip
    counts: dict[tuple[Any, ...], list[int]] = {}
    for row in _read(home):
        n, x = row["n_points"], row["n_points_conforming"]
        is_concluded = row["conclusion"] != "undetermined"
        added = (n, n * is_concluded, x * is_concluded, (n - x) * is_concluded, (n - x) * row["is_provisional"])
        key = tuple(row[name] for name in dimensions)
        counts[key] = [a + b for a, b in zip(counts.get(key, [0] * 5), added, strict=True)]
    names = "n_sampled, n_concluded, n_conforming, n_nonconforming, n_provisional"
    query = f"SELECT {', '.join(dimensions)}, {names} FROM mart_cells WHERE n_sampled > 0"
    assert counts == {tuple(row[:9]): list(row[9:]) for row in rows(home, query, "public")}


def test_a_quarter_that_says_what_it_said_keeps_its_file_in_both_homes(home: Settings) -> None:
    second = read_manifest(home, str(current_release_id(home)))
    first = read_manifest(home, str(second.previous_release_id))
    shared = {part for part in second.parts if part.quarter == "2026Q2"}
    assert set(first.parts) == shared
    assert {part.quarter for part in second.parts} == {"2026Q1", "2026Q2"}
    public = Settings(home=home.public_releases.parent)
    for part in second.parts:
        assert part_path(public, part.sha256).samefile(part_path(home, part.sha256))
        assert part_path(home, part.sha256).stat().st_size == part.n_bytes


def test_the_same_samples_are_the_same_file_whatever_came_first_and_however_many_work(
    home: Settings, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path, duckdb_threads=home.duckdb_threads - 1)
    Lake(settings).commit(*(batch(f"b{row['sample_no']}", row) for row in reversed(_samples())))
    made = set(read_manifest(settings, str(publish(settings, AS_OF))).parts)
    assert made and made <= set(read_manifest(home, str(current_release_id(home))).parts)


def test_a_correction_replaces_the_part_and_the_earlier_release_keeps_its_own(
    settings: Settings, lake_of: Lake
) -> None:
    lake_of.commit(batch("b1", sample("1", product_name="误报合格"), sample("2", product_name="其他")))
    first = str(publish(settings, AS_OF))
    corrected = {"conclusion": "nonconforming", "product_name": "误报合格", "correction": "amend", "corrects": "b1"}
    lake_of.commit(batch("b2", sample("1", **corrected)))
    assert publish(settings, AS_OF)
    assert {row["product_name"] for row in _read(settings, first)} == {"误报合格", "其他"}
    assert {row["product_name"] for row in _read(settings)} == {None, "其他"}


def test_what_no_kept_release_names_is_deleted_and_what_is_altered_is_told(settings: Settings, lake_of: Lake) -> None:
    settings = replace(settings, parts_days=7)
    made = []
    for number in ("1", "2"):
        lake_of.commit(batch(f"b{number}", sample(number)))
        made.append(read_manifest(settings, str(publish(settings, AS_OF))).parts[0].sha256)
    waste = settings.releases / "parts" / "killed.tmp"
    waste.write_bytes(b"half")
    forget(settings)
    assert [part_path(settings, each).is_file() for each in made] == [True, True]
    assert not waste.exists()
    forget(settings, now=datetime.now(UTC) + timedelta(days=8))
    public = Settings(home=settings.public_releases.parent)
    for each in (settings, public):
        assert [part_path(each, sha256).is_file() for sha256 in made] == [False, True]
    assert altered_parts(settings) == []
    part_path(settings, made[1]).write_bytes(b"altered")
    (told,) = (check for check in verify(settings) if check.name == "release")
    assert (told.ok, made[1] in told.detail) == (False, True)


def test_nothing_changed_is_no_release_though_the_memory_is_lost(home: Settings) -> None:
    for path in (home.work / "publish").iterdir():
        path.unlink()
    assert publish(home, AS_OF) is None


_WITH_IDENTITY = st.from_regex(
    "[A-Z ]?[1-8][0-9０-９]{5}(19|20)[0-9]{2}(0[1-9]|1[0-2])(0[1-9]|[12][0-9]|3[01])[0-9]{3}[0-9Xx]?[A-Z ]?",
    fullmatch=True,
)
_SAID_TO_BE = st.from_regex("(身份证|电话|手机|联系)[^0-9]{0,9}[0-9０-９]{10,12}", fullmatch=True)


@hypothesis_settings(deadline=None)  # a busy machine is no finding
@given(st.lists(_WITH_IDENTITY | _SAID_TO_BE | st.text("证电话机联系 0123456789１٣Xx-A", max_size=30), min_size=20))
def test_a_number_that_is_not_read_is_one_that_everybody_may_read_as_it_is(numbers: list[str]) -> None:
    with duckdb.connect() as connection:
        connection.execute(sql_text("marts/warning_macros"))
        connection.execute(
            "CREATE TABLE core_part_samples AS SELECT unnest($numbers) AS sample_no, NULL::VARCHAR AS notice_no,"
            " NULL::VARCHAR AS producer_name, NULL::VARCHAR AS product_name, NULL::VARCHAR AS brand,"
            " NULL::VARCHAR AS spec, NULL::VARCHAR AS batch_or_date",
            {"numbers": numbers},
        )
        read = {given for _, given, _ in connection.execute(sql_text("core/core_part_texts")).fetchall()}
    altered = {number for number in numbers if public_code(number) != number}
    assert altered <= read


@given(st.text(max_size=30))
def test_a_key_is_the_same_whatever_stands_between_the_characters(text: str) -> None:
    key = search_key(text)
    assert search_key(f" ，{text}。-") == key
    assert not any(char.isspace() or char in "，。（）()-_·" for char in key)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("郫县 豆瓣（特级）", "郫县豆瓣特级"), ("Ｃｏｃａ－COLA", "cocacola"), ("２０２６/０３/01", "20260301"),
        ("①号㎏", "1号kg"), ("（）", ""),
    ],
)  # fmt: skip
def test_a_key_has_no_width_case_blank_or_punctuation(text: str, key: str) -> None:
    assert search_key(text) == key
