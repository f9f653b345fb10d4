"""Reference data: complete, consistent with itself and with the contracts, and the same as its generator makes."""

from __future__ import annotations

import subprocess
import sys
from collections import Counter
from datetime import date
from decimal import Decimal
from pathlib import Path

import pytest
import yaml

from warehouse import reference
from warehouse.contract import feeds

ROOT = Path(__file__).parents[2]
SOURCES = ROOT / "../shared/data/reference"


def contract_columns(table: str) -> list[str]:
    contract = yaml.safe_load((ROOT / "warehouse/contracts/release.odcs.yaml").read_text(encoding="utf-8"))
    (found,) = [each for each in contract["schema"] if each["name"] == table]
    return [column["name"] for column in found["properties"]]


def test_the_country_has_its_divisions() -> None:
    known = reference.divisions()
    assert [len(known.at(level)) for level in ("province", "prefecture", "county")] == [34, 341, 2847]
    assert known.by_code["510100"].name == "成都市"
    assert known.by_code["510185"].parent_code == "510100"


def test_every_division_but_a_province_has_a_parent_of_the_level_above() -> None:
    known = reference.divisions().by_code
    above = {"prefecture": "province", "county": "prefecture"}
    assert all(known[each.parent_code].level == above[each.level] for each in known.values() if each.level in above)


def test_directly_governed_cities_are_their_own_single_prefecture() -> None:
    found = reference.prefectures_table(("110000", "500000")).to_pylist()
    assert [(row["prefecture_code"], row["prefecture_name"]) for row in found] == [
        ("110100", "北京市"),
        ("500100", "重庆市"),
    ]


@pytest.mark.parametrize("province", ["510000", "440000"])
def test_a_province_installs_its_21_prefectures(province: str) -> None:
    table = reference.prefectures_table((province,))
    assert table.num_rows == 21
    assert table.column_names == contract_columns("ref_prefectures")
    assert set(table["province_code"].to_pylist()) == {province}


def test_all_installs_every_prefecture() -> None:
    assert reference.prefectures_table(("all",)).num_rows == 341


def test_aliases_name_known_divisions_in_one_of_three_ways_and_say_their_source() -> None:
    known = reference.divisions()
    assert all(alias.code in known.by_code and alias.source for alias in known.aliases)
    assert {alias.match for alias in known.aliases} == {"full", "short", "whole"}
    assert all(known.by_code[alias.code].name != alias.alias for alias in known.aliases)


@pytest.mark.parametrize(
    ("alias", "code"),
    [
        ("阿坝州", "513200"),
        ("甘孜州", "513300"),
        ("凉山州", "513400"),
        ("延边州", "222400"),
        ("黔东南州", "522600"),
        ("下城区", "330105"),
        ("江干区", "330102"),
        ("新津县", "510118"),
        ("南郊区", "140213"),
        ("莱芜市", "370100"),
        ("北川县", "510726"),
    ],
)
def test_aliases_that_the_package_lacks_are_here(alias: str, code: str) -> None:
    assert (alias, code) in {(each.alias, each.code) for each in reference.divisions().aliases}


def test_food_has_32_majors_and_farm_produce_with_its_seven_groups() -> None:
    food = [each for each in reference.categories().by_code.values() if each.feed == "food"]
    firsts = [each for each in food if not each.parent_code]
    below = Counter(each.parent_code for each in food if each.parent_code)
    assert len(firsts) == 33
    assert firsts[-1].category_name == "食用农产品"
    assert below["F33"] == 7
    assert sum(below.values()) == 79 + 7


def test_market_and_construction_have_their_groups() -> None:
    known = reference.categories().by_code.values()
    firsts = Counter(each.feed for each in known if not each.parent_code)
    assert (firsts["market"], firsts["construction"]) == (11, 5)
    assert {each.category_name for each in known if each.parent_code == "C01"} == {
        *("地基基础", "主体结构", "建筑材料", "装饰装修", "机电安装", "建筑节能", "其他")
    }


def test_categories_are_unique_and_have_parents_of_their_feed() -> None:
    table = reference.categories_table()
    rows = table.to_pylist()
    by_code = {row["category_code"]: row for row in rows}
    assert table.column_names == contract_columns("ref_categories")
    assert len(by_code) == len(rows)
    children = [row for row in rows if row["parent_code"] is not None]
    assert all(by_code[row["parent_code"]]["feed"] == row["feed"] for row in children)
    assert all(by_code[row["parent_code"]]["parent_code"] is None for row in children)
    assert max(Counter((r["feed"], r["parent_code"], r["category_name"]) for r in rows).values()) == 1


def test_the_crosswalk_leads_to_known_categories_of_its_feed_and_has_no_name_twice() -> None:
    known = reference.categories()
    assert max(Counter((each.feed, each.source_name) for each in known.crosswalk).values()) == 1
    for each in known.crosswalk:
        if each.category_code == "*":
            assert "C01" + each.category_2_code[1:] in known.by_code
        else:
            assert known.by_code[each.category_code].feed == each.feed
            assert (
                each.category_2_code == "unknown"
                or known.by_code[each.category_2_code].parent_code == each.category_code
            )


def test_hazards_have_advice_and_every_item_a_known_class() -> None:
    table = reference.hazards_table()
    assert table.column_names == contract_columns("ref_hazards")
    assert all(all(row.values()) for row in table.to_pylist())
    assert {each.hazard_code for each in reference.hazard_items()} <= set(reference.hazards())
    assert {each.match for each in reference.hazard_items()} == {"first", "exact", "contains"}
    assert {each.feed for each in reference.hazard_items()} == {*feeds(), "*"}
    assert max(Counter((i.feed, i.match, i.pattern) for i in reference.hazard_items()).values()) == 1


def test_targets_are_those_that_the_province_has_promised() -> None:
    targets = {each.indicator_code: each for each in reference.indicators() if each.province_code == "510000"}
    assert {code: each.target_value for code, each in targets.items()} == {
        "agri_routine_monitoring": Decimal("0.99"),
        "food_evaluation": Decimal("0.98"),
        "manufacturing_product": Decimal("0.95"),
        "construction_conformity": None,
        "manufacturing_competitiveness": Decimal("88"),
    }
    assert [code for code, each in targets.items() if each.is_proxy] == ["manufacturing_product"]
    assert targets["agri_routine_monitoring"].sampling_type == "routine_monitoring"
    assert targets["food_evaluation"].sampling_type == "evaluation"


def test_every_feed_has_an_objection_window() -> None:
    windows = reference.objection_windows()
    assert {feed: (w.days, w.kind) for feed, w in windows.items()} == {
        "food": (7, "working"),
        "market": (15, "calendar"),
        "construction": (15, "calendar"),
    }
    assert set(windows) == set(feeds())


def test_the_calendar_has_every_day_of_every_known_year() -> None:
    days = reference.working_days()
    first, last = min(days), max(days)
    assert (first, last.month, last.day) == (date(2014, 1, 1), 12, 31)
    assert len(days) == (last - first).days + 1
    assert days[date(2024, 10, 1)] is False
    assert days[date(2024, 10, 12)] is True


def test_loaders_read_once() -> None:
    assert reference.divisions() is reference.divisions()
    assert reference.working_days() is reference.working_days()


@pytest.mark.real
@pytest.mark.skipif(not SOURCES.exists(), reason="shared/data/reference is not here")
def test_divisions_and_food_categories_are_what_the_generator_makes_of_their_sources(tmp_path: Path) -> None:
    folder = tmp_path / "reference"
    folder.mkdir()
    for path in (ROOT / "warehouse/reference").iterdir():
        (folder / path.name).write_bytes(path.read_bytes())
    (folder / "divisions.csv").unlink()
    changes = tmp_path / "changes.json"
    changes.write_text('{"events": []}', encoding="utf-8")
    subprocess.run(
        [
            sys.executable,
            folder / "generate.py",
            *("--divisions", SOURCES / "divisions_v1.json", "--aliases", SOURCES / "aliases.json"),
            *("--categories", SOURCES / "categories_food_2026.csv", "--changes", changes),
        ],
        check=True,
    )
    for name in ("divisions.csv", "categories.csv", "working_days.csv"):
        assert (folder / name).read_bytes() == (ROOT / "warehouse/reference" / name).read_bytes()
