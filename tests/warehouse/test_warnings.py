"""Warnings: what groups, what keeps an id, and that no version ever disappears."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.parquet as pq
import pytest

from pipelines.build import create, take
from pipelines.publish import publish
from pipelines.warnings import Group, Known, identify, make
from pipelines.warnings.naming import unnamed
from tests.warehouse.builder import FINDING, Lake, batch, sample
from tests.warehouse.reading import rows
from tests.warehouse.test_warning_life import FAILURES
from warehouse import lake
from warehouse.connect import Connection, connect, sql_text
from warehouse.contract import feeds
from warehouse.hazard_severity import severities_table
from warehouse.reference import hazards, hazards_table
from warehouse.release import list_releases
from warehouse.settings import Settings
from warehouse.warning_policy import policies, reasons, risks_table, texts_table

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)
OVER = {
    "operator": "≤",
    "value_text": "30",
    "limit_text": "≤0.2",
    "unit": "g/kg",
    "value_numbers": [30.0],
    "limit_high": 0.2,
}


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """What the statements on warnings need, in memory and without a lake."""
    with connect(Settings(home=tmp_path_factory.mktemp("warnings"))) as made:
        take(made, "given_hazards", hazards_table())
        take(made, "given_severities", severities_table())
        create(made, "core_hazards")
        made.execute(sql_text("marts/warning_macros"))
        make.take_policy(made)
        yield made


def _failed(number: str, **given: Any) -> dict[str, Any]:
    return sample(number, **{"conclusion": "nonconforming", "notice_no": "N1"} | given)


def _warnings(settings: Settings, *columns: str) -> list[tuple[Any, ...]]:
    return rows(settings, f"SELECT {', '.join(columns)} FROM mart_warnings ORDER BY warning_id")


def _events(settings: Settings) -> list[tuple[str, int, str]]:
    with connect(settings) as connection:
        lake.scan(settings, connection, "warning_events")
        query = "SELECT warning_id, version, event FROM lake_warning_events ORDER BY warning_id, version"
        return [tuple(row) for row in connection.execute(query).fetchall()]


@pytest.mark.parametrize(
    ("other", "n_warnings"),
    [
        ({}, 1),
        ({"product_name": " 豆腐干　", "producer_name": "四川某某食品有限公司 "}, 1),
        ({"sampled_unit_name": "绵阳另一超市"}, 1),
        ({"product_name": "腐竹"}, 2),
        ({"producer_name": "别的食品有限公司"}, 2),
        ({"findings": [FINDING | {"hazard_code": "pathogen"}]}, 2),
        ({"feed": "market"}, 2),
        ({"producer_status": "unnamed"}, 2),
    ],
)
def test_failures_of_one_producer_product_and_hazard_are_one_warning(
    settings: Settings, lake_of: Lake, other: dict[str, Any], n_warnings: int
) -> None:
    lake_of.commit(batch("b1", _failed("1")), batch("b2", _failed("2", **other)))
    publish(settings, AS_OF)
    assert len(_warnings(settings, "warning_id")) == n_warnings


@pytest.mark.parametrize("status", ["unnamed", "disputed", "disowned"])
def test_who_did_not_make_it_is_never_named(settings: Settings, lake_of: Lake, status: str) -> None:
    lake_of.commit(batch("b1", _failed("1", producer_status=status)))
    publish(settings, AS_OF)
    found = _warnings(settings, "producer_name", "headline_zh", "headline_en")
    assert found == [
        (
            None,
            "成都某某超市有限公司销售的豆腐干抽检不合格：苯甲酸",
            "豆腐干, sold by 成都某某超市有限公司, failed a sampling test: other items",
        )
    ]


@pytest.mark.parametrize(
    "given",
    [
        {"sampling_type": "risk_monitoring"},
        {"feed": "construction", "sampling_type": "inspection"},
        {"notice_no": None, "concluded_on": date(2026, 7, 30)},
        {"is_out_of_province": True},
        {"conclusion": "undetermined"},
    ],
    ids=["risk monitoring", "construction", "provisional", "elsewhere", "undetermined"],
)
def test_what_is_not_a_final_failure_of_a_consumer_good_warns_nobody(
    settings: Settings, lake_of: Lake, given: dict[str, Any]
) -> None:
    lake_of.commit(batch("b1", _failed("1", **given)))
    publish(settings, AS_OF)
    assert _warnings(settings, "warning_id") == []


def test_a_warning_is_named_after_its_worst_finding(settings: Settings, lake_of: Lake) -> None:
    findings = [FINDING | {"hazard_code": code} for code in ("label", "heavy_metal", "additive")]
    lake_of.commit(batch("b1", _failed("1", findings=findings)))
    publish(settings, AS_OF)
    assert _warnings(settings, "hazard_code", "len(findings)") == [("heavy_metal", 3)]


def test_every_hazard_class_has_a_severity_of_its_own() -> None:
    severities = severities_table().to_pydict()
    assert set(severities["hazard_code"]) == set(hazards())
    assert sorted(severities["severity"]) == list(range(1, len(hazards()) + 1))


def test_a_sample_joins_within_twelve_months_of_the_first_in_any_order(tmp_path: Path) -> None:
    days = [date(2024, 6, 1), date(2025, 6, 1), date(2025, 6, 2), date(2026, 6, 2)]
    batches = [
        batch(f"b{number}", _failed(str(number), concluded_on=day, quarter=f"{day.year}Q2"))
        for number, day in enumerate(days)
    ]
    found = []
    for number, order in enumerate(list(permutations(batches))[::5]):
        settings = Settings(home=tmp_path / str(number))
        Lake(settings).commit(*order)
        publish(settings, AS_OF)
        found.append(_warnings(settings, "warning_id", "n_samples", "quarter", "concluded_on"))
    assert len(found) == 5
    assert all(each == found[0] for each in found)
    assert [each[1:] for each in found[0]] == [(2, "2025Q2", date(2025, 6, 1)), (2, "2026Q2", date(2026, 6, 2))]
    assert [each[0][:5] for each in found[0]] == ["W2024", "W2025"]
    assert all(re.fullmatch(r"W\d{4}-[A-Z2-7]{10}", each[0]) for each in found[0])


def test_a_warning_is_issued_updated_withdrawn_and_issued_again_under_one_id(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", _failed("1")))
    publish(settings, AS_OF)
    issued = _warnings(settings, "warning_id", "version", "state", "n_samples", "reason_zh")
    lake_of.commit(batch("b2", _failed("2")))
    publish(settings, AS_OF)
    updated = _warnings(settings, "warning_id", "version", "state", "n_samples", "reason_zh")
    overturned = {"conclusion": "conforming", "correction": "amend"}
    lake_of.commit(batch("b3", sample("1", **overturned), sample("2", **overturned)))
    publish(settings, AS_OF)
    withdrawn = _warnings(settings, "warning_id", "version", "state", "n_samples", "reason_zh IS NOT NULL")
    content = _warnings(settings, "product_name", "samples[2].sample_no", "findings[1].item")
    lake_of.commit(batch("b4", _failed("2", correction="amend", concluded_on=date(2026, 5, 11))))
    publish(settings, AS_OF)
    again = _warnings(settings, "warning_id", "version", "state", "n_samples", "reason_zh")
    warning_id = issued[0][0]
    assert issued == [(warning_id, 1, "issued", 1, None)]
    assert updated == [(warning_id, 2, "updated", 2, "增加了同一产品的不合格批次")]
    assert withdrawn == [(warning_id, 3, "withdrawn", 2, True)]
    assert content == [("豆腐干", "2", "苯甲酸")]
    assert again == [(warning_id, 4, "updated", 1, "所涉样品仍属不合格，本提示恢复")]
    assert _events(settings) == [
        (warning_id, version, event)
        for version, event in enumerate(("issued", "updated", "withdrawn", "updated"), start=1)
    ]


def test_a_change_elsewhere_leaves_a_warning_at_its_version(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", _failed("1")))
    publish(settings, AS_OF)
    lake_of.commit(batch("b2", sample("2")), batch("b3", _failed("3", product_name="腐竹")))
    publish(settings, AS_OF)
    assert sorted(_warnings(settings, "version", "state")) == [(1, "issued"), (1, "issued")]


def test_a_lake_that_was_built_again_keeps_what_the_public_has_read(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", _failed("1")))
    publish(settings, AS_OF)
    lake_of.commit(batch("b2", _failed("0", concluded_on=date(2026, 5, 1))))
    publish(settings, AS_OF)
    before = _events(settings)
    settings.lake.rename(settings.home / "lost")
    Lake(settings).commit(batch("b2", _failed("0", concluded_on=date(2026, 5, 1))), batch("b1", _failed("1")))
    publish(settings, AS_OF)
    assert _events(settings) == before
    assert _warnings(settings, "warning_id", "version", "state") == [(before[0][0], 2, "updated")]


def test_events_of_a_release_that_a_recovery_did_not_reach_are_entered_by_the_next(
    settings: Settings, lake_of: Lake
) -> None:
    for number in ("1", "2"):
        lake_of.commit(batch(f"b{number}", _failed(number)))
        publish(settings, AS_OF)
    before = _events(settings)
    settings.lake.rename(settings.home / "lost")
    Lake(settings).commit(batch("b1", _failed("1")), batch("b2", _failed("2")))
    first = settings.releases / list_releases(settings)[0]
    lake.append(settings, "warning_events", pq.read_table(first / "warning_events.parquet"))
    assert _events(settings) == before[:1]
    publish(settings, AS_OF)
    assert _events(settings) == before
    publish(settings, AS_OF)
    assert _events(settings) == before


def _known(warning_id: str, keys: str, event: str = "issued") -> Known:
    return Known(warning_id, 1, event, AS_OF, "food", "key", tuple(keys), "{}")


def _group(keys: str, grouping_key: str = "key", day: int = 1) -> Group:
    return Group(grouping_key, date(2026, 1, day), "food", tuple(keys), "{}")


def test_a_group_takes_the_id_with_which_it_shares_most_samples() -> None:
    standings = identify([_known("W2026-A", "ab"), _known("W2026-B", "cde")], [_group("abcde")])
    assert [(each.warning_id, each.event) for each in standings] == [("W2026-B", "updated"), ("W2026-A", "withdrawn")]


def test_a_group_that_splits_keeps_the_id_for_its_greater_part() -> None:
    standings = identify([_known("W2026-A", "abc")], [_group("a", "k1"), _group("bc", "k2")])
    assert [(each.event, each.warning_id == "W2026-A") for each in standings] == [("issued", False), ("updated", True)]


def test_a_current_id_is_kept_before_a_withdrawn_one_is_taken_again() -> None:
    known = [_known("W2026-A", "abc", "withdrawn"), _known("W2026-B", "c")]
    standings = identify(known, [_group("abc")])
    assert [(each.warning_id, each.state, each.event) for each in standings] == [
        ("W2026-B", "updated", "updated"),
        ("W2026-A", "withdrawn", None),
    ]


def test_an_id_is_never_given_twice() -> None:
    first = identify([], [_group("a")])[0]
    known = _known(first.warning_id, "z")
    again = identify([known], [_group("a")])[0]
    assert again.warning_id != first.warning_id


def test_the_same_samples_in_another_feed_are_another_warning() -> None:
    standings = identify([_known("W2026-A", "a")], [Group("key", date(2026, 1, 1), "market", ("a",), "{}")])
    assert sorted(each.event or "" for each in standings) == ["issued", "withdrawn"]


def test_what_is_withdrawn_is_read_without_the_names_that_an_earlier_judgement_let_through() -> None:
    told = {
        "producer_name": "供货商：洪全",
        "headline_zh": "供货商：洪全（标称）生产的辣椒抽检不合格",
        "samples": [{"sampled_unit_name": "经营者：张伟\n某店"}],
    }
    assert json.loads(unnamed(json.dumps(told, ensure_ascii=False))) == {
        "producer_name": "供货商：洪**",
        "headline_zh": "供货商：洪**（标称）生产的辣椒抽检不合格",
        "samples": [{"sampled_unit_name": "经营者：张**\n某店"}],
    }


def test_a_number_of_a_person_in_another_text_is_not_public_and_a_batch_number_is(
    settings: Settings, lake_of: Lake
) -> None:
    given = {"brand": "王记 电话13800138000", "batch_or_date": "20260301001122334", "sample_no": "XBJ26510104305532345"}
    lake_of.commit(batch("b1", _failed("1", **given)))
    publish(settings, AS_OF)
    query = "SELECT brand, batch_or_date, samples[1].brand, samples[1].sample_no FROM mart_warnings"
    assert rows(settings, query, "public") == [
        ("王记 电话***", "20260301001122334", "王记 电话***", "XBJ26510104305532345")
    ]
    assert rows(settings, "SELECT brand FROM mart_warnings") == [("王记 电话13800138000",)]


@pytest.mark.parametrize(
    ("given", "headline_zh", "headline_en"),
    [
        (
            {"producer_name": "委托方：甲公司；受委托方：乙食品厂"},
            "甲公司委托乙食品厂（标称）生产的豆腐干抽检不合格：苯甲酸",
            "豆腐干, labelled as made by 乙食品厂 for 甲公司, failed a sampling test: other items",
        ),
        (
            {"producer_name": "委托方：甲公司"},
            "甲公司（标称）委托生产的豆腐干抽检不合格：苯甲酸",
            "豆腐干, labelled as made for 甲公司, failed a sampling test: other items",
        ),
        (
            {"producer_name": "进口商：甲公司"},
            "甲公司（标称）进口的豆腐干抽检不合格：苯甲酸",
            "豆腐干, labelled as imported by 甲公司, failed a sampling test: other items",
        ),
        (
            {
                "producer_status": "unnamed",
                "producer_name": None,
                "stage": "online",
                "sampled_unit_name": "天猫某某旗舰店",
            },
            "天猫某某旗舰店在网上销售的豆腐干抽检不合格：苯甲酸",
            "豆腐干, sold online by 天猫某某旗舰店, failed a sampling test: other items",
        ),
        (
            {
                "producer_status": "disowned",
                "sampled_unit_name": "四川某某食品有限公司",
                "product_name": "四川某某食品有限公司豆腐干",
            },
            "豆腐干抽检不合格：苯甲酸",
            "豆腐干, failed a sampling test: other items",
        ),
    ],
    ids=["entrusted", "orderer alone", "importer", "online", "impersonated, also as seller and in the product"],
)
def test_each_party_is_worded_as_what_it_is(
    connection: Connection, given: dict[str, Any], headline_zh: str, headline_en: str
) -> None:
    row = _failed("1", **given) | {"is_conflicting": False, "final_on": None, "seen_on": date(2026, 5, 10)}
    take(connection, "core_failures", pa.Table.from_pylist([row], FAILURES))
    create(connection, "core_warned")
    for name in ("dispositions", "measures", "warning_events"):
        take(connection, f"lake_{name}", pa.Table.from_pylist([], lake.schema(name)))
    take(connection, "core_receipts", pa.table({"batch_id": ["b"], "attempt_id": ["a"]}))
    for name in ("core_measures", "core_follow_ups"):
        create(connection, name)
    make.find_candidates(connection, date(2026, 7, 31))
    query = "SELECT headline_zh, headline_en FROM core_warning_groups WHERE NOT is_office"
    assert connection.execute(query).fetchall() == [(headline_zh, headline_en)]


@pytest.mark.parametrize(
    ("finding", "sentence"),
    [
        ({"operator": "≥", "value_text": "1.2%", "limit_text": "≥2.5%"}, "某项：测得 1.2%，标准要求不低于 2.5%"),
        ({"operator": "不得检出", "value_text": "0.3", "unit": "μg/kg"}, "某项：检出 0.3μg/kg，标准规定不得检出"),
        (
            {"value_text": "3", "limit_text": "n=5,c=0,m=0"},
            "某项：同批几份样品的结果为 3，标准允许 n=5,c=0,m=0",
        ),
        ({"operator": None, "value_text": "不符合", "limit_text": None}, "某项：检验结果 不符合"),
        ({"value_text": None}, "某项不符合要求"),
        (
            OVER,
            "某项：检出 30g/kg，标准要求不超过 0.2g/kg，约为限值的 150 倍",
        ),
        (
            OVER | {"limit_unit": "mg/kg"},
            "某项：检出 30g/kg，标准要求不超过 0.2mg/kg",
        ),
    ],
)  # fmt: skip
def test_a_finding_is_said_in_words_and_in_times_of_the_limit_only_where_that_is_sure(
    connection: Connection, finding: dict[str, Any], sentence: str
) -> None:
    empty = dict.fromkeys(FINDING) | {"hazard_code": "other", "item": "某项", "value_numbers": None, "limit_high": None}
    row = _failed("1", findings=[empty | finding]) | {"is_conflicting": False, "seen_on": date(2026, 5, 10)}
    take(connection, "given", pa.Table.from_pylist([row], FAILURES))
    query = "SELECT found_in_words(finding_parts(findings), texts.zh) FROM given CROSS JOIN core_texts AS texts"
    assert connection.execute(query).fetchall() == [([sentence],)]


def test_every_reason_text_and_policy_that_the_statements_name_is_in_the_reference_data() -> None:
    core = Path(__file__).parents[2] / "warehouse" / "core"
    named = set(
        re.findall(r"THEN '([a-z_]+)'$", (core / "core_candidates.sql").read_text(encoding="utf-8"), re.MULTILINE)
    )
    assert {"below_threshold", "window_open"} <= named
    assert named - {"disowned", "named", "disputed", "told", "ready", "in_objection", "candidate"} <= set(reasons())
    texts = set(texts_table().column("text").to_pylist())
    used = {
        name
        for path in core.parent.rglob("*.sql")
        for name in re.findall(r"'((?:headline|found)\.\w+)'", path.read_text())
    }
    assert used <= texts
    assert set(policies()) == set(feeds())
    assert set(risks_table().column("hazard_code").to_pylist()) == set(hazards())
