"""Bounds of a rate: the truth lies between them, whatever becomes of the samples that are missing from the figure."""

from __future__ import annotations

import random
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from itertools import product
from typing import Any

import pytest

from expectations.rules import RULES
from pipelines.publish import publish
from tests.api.release_files import cell
from tests.warehouse.bounds_data import doubt, made_bounds
from tests.warehouse.builder import Lake, batch, quarantined, sample
from tests.warehouse.reading import rows
from warehouse.connect import Connection, connect, sql_text
from warehouse.settings import Settings

Row = dict[str, Any]
Bounded = Callable[..., dict[tuple[str, ...], Row]]

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)
KEY = ("quarter", "feed", "sampling_type", "province_code", "prefecture_code", "category_code")
CHENGDU = ("2026Q2", "food", "evaluation", "510000", "510100", "all")
PROVINCE = (*CHENGDU[:4], "all", "all")


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    with connect(Settings(home=tmp_path_factory.mktemp("bounds"))) as opened:
        opened.execute(sql_text("marts/macros"))
        yield opened


@pytest.fixture(scope="module")
def bounded(connection: Connection) -> Bounded:
    """Rows of mart_bounds by their key, made of these cells, rows in quarantine and rejected files."""

    def make(*given: Any, **named: Any) -> dict[tuple[str, ...], Row]:
        found = made_bounds(connection, *given, **named)
        by_key = {tuple(row[name] for name in KEY): row for row in found}
        assert len(by_key) == len(found)
        return by_key

    return make


def _said(row: Row) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("n_quarantined", "rate_lowest", "rate", "rate_highest", "bounds_status"))


def test_a_worked_example_step_by_step(bounded: Bounded) -> None:
    """95 of 100 in 成都; two quarantined could be its own; of six without a place two failed."""
    made = bounded(
        [
            cell(n_conforming=95, n_nonconforming=5),
            cell(prefecture_code="510300", n_conforming=196, n_nonconforming=4),
            cell(prefecture_code="unknown", n_conforming=4, n_nonconforming=2),
        ],
        [doubt("a"), doubt("b", prefecture_code=None), doubt("c", prefecture_code="510300")],
    )
    assert _said(made[CHENGDU]) == (2, 95 / (100 + 2 + 2), 0.95, (95 + 2 + 4) / (100 + 2 + 4), "ok")
    assert (made[CHENGDU]["n_unplaced_conforming"], made[CHENGDU]["n_unplaced_nonconforming"]) == (4, 2)
    # For the province those without a place are in the figure already.
    assert _said(made[PROVINCE]) == (3, 295 / 309, 295 / 306, 298 / 309, "ok")
    assert (made[PROVINCE]["n_unplaced_conforming"], made[PROVINCE]["n_unplaced_nonconforming"]) == (0, 0)


def test_failure_rates_have_the_bounds_from_the_other_side(bounded: Bounded) -> None:
    row = bounded([cell(n_conforming=90, n_nonconforming=10)], [doubt("a")])[CHENGDU]
    assert (row["failure_rate"], row["failure_rate_lowest"]) == (0.1, pytest.approx(10 / 101))
    assert row["failure_rate_highest"] == pytest.approx(11 / 101)


def test_without_anything_missing_the_bounds_are_the_rate(bounded: Bounded) -> None:
    assert _said(bounded([cell(n_conforming=90, n_nonconforming=10)])[CHENGDU]) == (0, 0.9, 0.9, 0.9, "ok")


@pytest.mark.parametrize(
    ("waiting", "expected"),
    [
        ([doubt("a"), doubt("a"), doubt("a")], 1),
        ([doubt(), doubt(), doubt()], 3),
        ([doubt("a"), doubt("a", prefecture_code=None)], 1),
        ([doubt("a", quarter=None, sampling_type=None, province_code="unknown", prefecture_code="unknown")], 1),
        ([doubt("a", prefecture_code="510300"), doubt("a", prefecture_code="510100")], 1),
        ([doubt("a", prefecture_code="510300")], 0),
        ([doubt("a", category_code="F03")], 1),
        ([doubt("a", sampling_type="supervision")], 0),
        ([doubt("a", quarter="2026Q1")], 0),
        ([doubt("a", feed="market")], 0),
        ([doubt("a", province_code="440000", prefecture_code=None)], 0),
        ([doubt("a", quarter=None, rule="SH-115")], 1),
        ([doubt("a", quarter=None, sampling_type="supervision", rule="SH-004")], 1),
        ([doubt("a", rule="SH-005"), doubt("a", rule="SH-005")], 2),
    ],
)
def test_a_quarantined_sample_counts_once_wherever_its_known_facts_agree(
    bounded: Bounded, waiting: list[Row], expected: int
) -> None:
    made = bounded([cell(n_conforming=90, n_nonconforming=10)], waiting)
    assert made[CHENGDU]["n_quarantined"] == expected
    assert made[CHENGDU]["rate_lowest"] == 90 / (100 + expected)


def test_one_of_unknown_type_widens_each_type_apart(bounded: Bounded) -> None:
    kinds = ("evaluation", "supervision", "routine_monitoring", "risk_monitoring")
    cells = [cell(sampling_type=kind, n_conforming=90, n_nonconforming=10) for kind in kinds]
    made = bounded(cells, [doubt("a", sampling_type=None), doubt("b", sampling_type="supervision")])
    found = {kind: made[(*CHENGDU[:2], kind, *CHENGDU[3:])]["n_quarantined"] for kind in kinds}
    assert found == {"evaluation": 1, "supervision": 2, "routine_monitoring": 1, "risk_monitoring": 1}


def test_a_year_to_date_has_what_is_missing_of_its_quarters_once(bounded: Bounded) -> None:
    cells = [cell(quarter=quarter, n_conforming=90, n_nonconforming=10) for quarter in ("2025Q4", "2026Q1", "2026Q2")]
    waiting = [doubt("a"), doubt("b", quarter="2026Q1"), doubt("c", quarter="2025Q4"), doubt("d", quarter=None)]
    made = bounded(cells, waiting)
    found = {key[0]: row["n_quarantined"] for key, row in made.items() if key[1:] == CHENGDU[1:]}
    assert found == {"2025Q4": 2, "2025YTD": 2, "2026Q1": 2, "2026Q2": 2, "2026YTD": 3}


def test_what_has_no_category_could_belong_to_any_and_what_has_neither_to_every_cell(bounded: Bounded) -> None:
    made = bounded(
        [
            cell(n_conforming=90, n_nonconforming=10),
            cell(category_code="unknown", n_nonconforming=1),
            cell(prefecture_code="unknown", category_code="unknown", n_nonconforming=2),
            cell(prefecture_code="unknown", category_code="F03", n_nonconforming=4),
            cell(prefecture_code="unknown", province_code="unknown", category_code="F01", n_nonconforming=8),
        ]
    )
    loose = {key[4:]: row["n_unplaced_nonconforming"] for key, row in made.items() if key[0] == "2026Q2"}
    assert loose[("510100", "F01")] == 1 + 2 + 8
    assert loose[("510100", "all")] == 2 + 4 + 8
    assert loose[("all", "F01")] == 1 + 2 + 8
    assert loose[("all", "all")] == 8
    assert {key[3] for key in made} == {"510000"}


@pytest.mark.parametrize(
    ("n", "shown"),
    [(29, ("withheld_small_n", "withheld", None, None)), (30, ("boundary", "ok", 30 / 31, 1.0))],
)
def test_the_bounds_of_a_withheld_rate_are_withheld_with_it(
    bounded: Bounded, n: int, shown: tuple[str, str, float | None, float | None]
) -> None:
    row = bounded([cell(n_conforming=n)], [doubt("a")])[CHENGDU]
    assert tuple(row[name] for name in ("rate_status", "bounds_status", "rate_lowest", "rate_highest")) == shown
    assert (row["n_concluded"], row["n_quarantined"]) == (n, 1)


def test_what_is_unknown_is_no_area_of_its_own(bounded: Bounded) -> None:
    row = bounded([cell(prefecture_code="unknown", n_conforming=99, n_nonconforming=1)])[
        (*CHENGDU[:4], "unknown", "all")
    ]
    assert _said(row) == (0, None, 0.99, None, "no_area")
    nowhere = cell(province_code="unknown", prefecture_code="unknown", n_conforming=99, n_nonconforming=1)
    row = bounded([nowhere], provinces=("all",))[(*CHENGDU[:3], "unknown", "all", "all")]
    assert _said(row) == (0, None, 0.99, None, "no_area")


def visits(n: int, prefecture: str, conforming: int = 38) -> Row:
    """Construction inspections of forty points each."""
    points = {"sum_points_squared": n * 1600.0, "sum_conforming_squared_per_point": n * conforming**2 / 40}
    return cell(
        feed="construction", sampling_type="inspection", category_code="C01", prefecture_code=prefecture,
        n_conforming=n * conforming, n_nonconforming=n * (40 - conforming), n_inspections=n, **points,
    )  # fmt: skip


def test_a_quarantined_inspection_has_no_number_of_points_so_there_are_no_bounds_where_it_could_belong(
    bounded: Bounded,
) -> None:
    site = {"feed": "construction", "sampling_type": "inspection", "category_code": "C01"}
    cells = [visits(20, "510100"), visits(20, "510300"), visits(1, "unknown")]
    made = bounded(cells, [doubt("a", **site)])
    at = {key[4]: row for key, row in made.items() if key[0] == "2026Q2" and key[5] == "all"}
    assert [at[code]["bounds_status"] for code in ("510100", "510300", "all")] == [
        "points_unknown",
        "ok",
        "points_unknown",
    ]
    assert _said(at["510100"]) == (1, None, 0.95, None, "points_unknown")
    # An inspection without a place has its points: 38 of 40.
    assert _said(at["510300"]) == (0, 760 / 802, 0.95, 798 / 838, "ok")


def test_what_is_held_and_what_was_rejected_whole_stand_beside_and_in_no_bound(bounded: Bounded) -> None:
    cells = [cell(n_conforming=90, n_nonconforming=10, n_held=7), cell(quarter="2026Q3", n_conforming=90, n_held=1)]
    rejected = [
        {"feed": "food", "quarter_received": "2026Q2", "n_files": 2},
        {"feed": "market", "quarter_received": "2026Q3", "n_files": 1},
    ]
    made = bounded(cells, rejected=rejected)
    assert (made[CHENGDU]["n_held"], made[CHENGDU]["n_rejected_files"]) == (7, 2)
    assert _said(made[CHENGDU]) == (0, 0.9, 0.9, 0.9, "ok")
    # A file that came in the second quarter holds nothing of the third, but may hold something of the year.
    found = {key[0]: row["n_rejected_files"] for key, row in made.items() if key[4:] == ("510100", "all")}
    assert found == {"2026Q2": 2, "2026Q3": 0, "2026YTD": 2}


def test_the_rules_that_make_a_date_or_a_number_doubtful_are_those_of_the_statements() -> None:
    """A rule that finds fault with a date, or with the sample's number alone, is named where facts are believed."""
    dates = {"concluded_on", "published_on", "sampled_on"}
    keeping_out = [each for each in RULES if each.action == "quarantine_row" and {*each.columns} <= dates]
    broken = [each for each in RULES if each.action == "quarantine_row" and each.columns == ("sample_no",)]

    def named(statement: str) -> set[str]:
        return {each.id for each in RULES if f"'{each.id}'" in sql_text(statement)}

    assert named("core/core_quarantine") == {each.id for each in keeping_out} | {"SH-004"}
    assert named("core/core_doubts") == {each.id for each in broken} | {"SH-004"}
    assert (len(keeping_out), len(broken)) == (14, 2)


@dataclass(frozen=True)
class Truth:
    """One sample as it is, and as it came through: with facts lost, counted or in quarantine."""

    number: int
    quarter: str
    kind: str
    province: str
    prefecture: str
    category: str
    conforms: bool
    fate: str = "counted"


PLACES = {"510100": "510000", "510300": "510000", "510400": "510000", "440100": "440000", "440300": "440000"}


def _truth(chance: random.Random, number: int) -> Truth:
    prefecture = chance.choice([*PLACES])
    return Truth(
        number=number,
        quarter=chance.choice(["2025Q4", "2026Q1", "2026Q2"]),
        kind=chance.choice(["evaluation", "supervision"]),
        province=PLACES[prefecture],
        prefecture=prefecture,
        category=chance.choice(["F01", "F02"]),
        conforms=chance.random() < 0.93,
        fate=chance.choices(["counted", "stripped", "quarantined"], [85, 8, 7])[0],
    )


def _stripped(chance: random.Random, each: Truth) -> Truth:
    """Without its place, its category or both; where the province is unknown so is the prefecture."""
    lost = chance.choice(["prefecture", "province", "category", "both"])
    return replace(
        each,
        province="unknown" if lost == "province" else each.province,
        prefecture=each.prefecture if lost == "category" else "unknown",
        category="unknown" if lost in ("category", "both") else each.category,
    )


def _waiting(chance: random.Random, each: Truth) -> list[Row]:
    """Its rows in quarantine; what one row forgets another may know, and some have no key."""
    known = {
        "quarter": each.quarter, "sampling_type": each.kind, "province_code": each.province,
        "prefecture_code": each.prefecture, "category_code": each.category,
    }  # fmt: skip
    key = f"s{each.number}" if chance.random() < 0.7 else None
    return [
        {"feed": "food", "sample_key": key}
        | {name: None if chance.random() < 0.2 else value for name, value in known.items()}
        for _ in range(chance.choice([1, 1, 3]))
    ]


def _cells(counted: Iterable[Truth]) -> list[Row]:
    sums: Counter[tuple[Any, ...]] = Counter(
        (each.quarter, each.kind, each.province, each.prefecture, each.category, each.conforms) for each in counted
    )
    return [
        cell(
            quarter=quarter, sampling_type=kind, province_code=province, prefecture_code=prefecture,
            category_code=category, category_2_code="unknown",
            **{"n_conforming" if conforms else "n_nonconforming": n},
        )
        for (quarter, kind, province, prefecture, category, conforms), n in sums.items()
    ]  # fmt: skip


def _true_rates(truths: Iterable[Truth]) -> dict[tuple[str, ...], float]:
    verdicts: dict[tuple[str, ...], list[bool]] = defaultdict(list)
    for each in truths:
        periods, places = (each.quarter, f"{each.quarter[:4]}YTD"), ("all", each.prefecture)
        for period, place, category in product(periods, places, ("all", each.category)):
            verdicts[(period, "food", each.kind, each.province, place, category)].append(each.conforms)
    return {key: sum(found) / len(found) for key, found in verdicts.items()}


def test_the_true_rate_lies_within_the_bounds_in_every_cell_whatever_was_lost(bounded: Bounded) -> None:
    n_bounded, widest = 0, 0.0
    for seed in range(6):
        chance = random.Random(seed)
        truths = [_truth(chance, number) for number in range(4_000)]
        counted = [
            each if each.fate == "counted" else _stripped(chance, each) for each in truths if each.fate != "quarantined"
        ]
        waiting = [row for each in truths if each.fate == "quarantined" for row in _waiting(chance, each)]
        made = bounded(_cells(counted), waiting, provinces=("510000", "440000"))
        for key, rate in _true_rates(truths).items():
            row = made[key]
            assert row["bounds_status"] == "ok", (seed, key)
            assert row["rate_lowest"] <= rate <= row["rate_highest"], (seed, key, rate, row)
            n_bounded, widest = n_bounded + 1, max(widest, row["rate_highest"] - row["rate_lowest"])
    # Seeds, periods, kinds, and places (two provinces, five prefectures) with their categories and all of them.
    assert n_bounded == 6 * 5 * 2 * (2 + 5) * 3
    assert widest < 0.45


@pytest.mark.parametrize("conforms", [True, False])
def test_the_bounds_are_reached_when_all_that_is_missing_belongs_and_fares_alike(
    bounded: Bounded, conforms: bool
) -> None:
    """No narrower bounds hold: each is the truth of some world that gives the same figures."""
    lost = {"n_conforming": 6} if conforms else {"n_nonconforming": 6}
    made = bounded(
        [cell(n_conforming=90, n_nonconforming=10), cell(prefecture_code="unknown", **lost)],
        [doubt(f"q{k}", prefecture_code=None) for k in range(4)],
    )
    truth = (90 + 10 * conforms) / 110
    assert made[CHENGDU]["rate_highest" if conforms else "rate_lowest"] == truth


def test_a_release_holds_bounds_of_what_is_in_its_quarantine(settings: Settings, lake_of: Lake) -> None:
    counted = [
        sample(f"{k}", category_code="F01", conclusion="nonconforming" if k < 3 else "conforming", notice_no="N1")
        for k in range(60)
    ]
    kinds = ("risk_monitoring", "supervision")
    others = [sample(f"{kind}-{k}", sampling_type=kind) for kind in kinds for k in range(40)]
    contradicting = [sample("twice", conclusion=each, notice_no="N1") for each in ("conforming", "nonconforming")]
    lake_of.commit(
        batch("b1", *counted, *others, *contradicting, quarantine=(
            quarantined("food-q1", prefecture_code="510100"), quarantined("food-q1", source_row=8),
            quarantined("food-q2", prefecture_code="510300"), quarantined(None, quarter=None, sampling_type=None),
            quarantined("food-5"),
        )),
        batch("b2", outcome="rejected"),
    )  # fmt: skip
    publish(settings, AS_OF)
    asked = (
        "SELECT n_quarantined, n_rejected_files, rate_lowest, rate, rate_highest FROM mart_bounds"
        " WHERE sampling_type = 'evaluation' AND category_code = 'all' AND quarter = '2026Q2'"
    )
    # q1, the one without key and the contradicting one; food-5 was accepted, so its row has left quarantine.
    assert rows(settings, f"{asked} AND prefecture_code = '510100'") == [(3, 1, 57 / 63, 57 / 60, 60 / 63)]
    assert rows(settings, f"{asked} AND prefecture_code = 'all'") == [(4, 1, 57 / 64, 57 / 60, 61 / 64)]
    told = "SELECT DISTINCT sampling_type FROM mart_bounds WHERE sampling_type <> 'evaluation' ORDER BY ALL"
    assert rows(settings, told) == [("risk_monitoring",), ("supervision",)]
    assert rows(settings, told, "public") == [("supervision",)]
    # A correction settles the contradiction: in a release over the same quarters the bounds close by it.
    lake_of.commit(batch("b3", sample("twice", correction="amend", notice_no="N1")))
    publish(settings, AS_OF)
    assert rows(settings, f"{asked} AND prefecture_code = '510100'") == [(2, 1, 58 / 63, 58 / 61, 60 / 63)]


def test_rows_that_only_reach_quarantine_widen_the_bounds_of_quarters_that_are_not_built_again(
    settings: Settings, lake_of: Lake
) -> None:
    lake_of.commit(batch("b1", *(sample(f"{k}") for k in range(60))))
    publish(settings, AS_OF)
    lake_of.commit(batch("b2", quarantine=(quarantined("food-q1"),)))
    publish(settings, AS_OF)
    asked = (
        "SELECT n_quarantined, rate_lowest FROM mart_bounds"
        " WHERE quarter = '2026Q2' AND prefecture_code = 'all' AND category_code = 'all'"
    )
    assert rows(settings, asked) == [(1, 60 / 61)]
