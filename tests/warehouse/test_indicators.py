"""Indicators against cases reckoned by hand or by statsmodels: value, target, change, and what the year still needs."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, date, datetime
from itertools import permutations
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest
from statsmodels.stats.proportion import confint_proportions_2indep, proportion_confint

from pipelines.build import Sources, create, take
from pipelines.indicators import make_indicators
from pipelines.publish import publish
from tests.warehouse.builder import RECEIVED, Lake, batch, sample
from tests.warehouse.reading import rows
from warehouse import lake, reference, reference_rows, targets
from warehouse.arrow import arrow_schema
from warehouse.connect import connect, sql_text
from warehouse.contract import table_contracts
from warehouse.release import current_release_id, read_manifest
from warehouse.settings import Settings

REFERENCE = Path(reference.__file__).parent / "reference"
Row = dict[str, Any]
Indicators = Callable[..., list[Row]]

CELL = {
    "quarter": "2026Q1", "feed": "food", "sampling_type": "evaluation", "level": "provincial", "stage": "distribution",
    "province_code": "510000", "prefecture_code": "510100", "category_code": "F01", "category_2_code": "F01-01",
    "n_undetermined": 0, "n_held": 0, "n_provisional": 0, "n_inspections": 0, "sum_points_squared": 0.0,
    "sum_conforming_squared_per_point": 0.0,
}  # fmt: skip
FIGURE = {
    "indicator_code": "manufacturing_competitiveness", "province_code": "510000", "year": 2025, "value": 87.0,
    "source": "市场监管总局公告", "published_on": date(2026, 3, 15), "corrected_on": None, "batch_id": "b",
    "attempt_id": "counts", "file_name": "f.csv", "sheet": "", "source_row": 2, "received_at": RECEIVED,
}  # fmt: skip


def cell(conforming: int, failed: int, **given: Any) -> Row:
    counts = {
        "n_conforming": conforming,
        "n_nonconforming": failed,
        "n_concluded": conforming + failed,
        "n_sampled": conforming + failed,
    }
    return CELL | counts | given


def visits(n: int, points: int, conforming: int, **given: Any) -> Row:
    """A cell of n inspections that are all alike: the points of one visit differ as much as those of all."""
    return cell(
        n * conforming,
        n * (points - conforming),
        **{
            "feed": "construction",
            "sampling_type": "inspection",
            "stage": "site",
            "n_inspections": n,
            "sum_points_squared": float(n * points**2),
            "sum_conforming_squared_per_point": n * conforming**2 / points,
            **given,
        },
    )


YEAR_OVER = datetime(2027, 1, 1, tzinfo=UTC)


@pytest.fixture
def indicators(settings: Settings) -> Indicators:
    """Rows of mart_indicators from given cells and figures, those of one indicator (or all), newest period last."""

    def made(
        code: str | None,
        cells: Iterable[Row],
        figures: Iterable[Row] = (),
        prefecture: str | None = "all",
        as_of: datetime = YEAR_OVER,
    ) -> list[Row]:
        contracts = table_contracts("release")
        with connect(settings) as connection:
            connection.execute(sql_text("marts/macros"))
            sources = Sources(settings, connection, {}, as_of)
            take(connection, "mart_cells", pa.Table.from_pylist([*cells], arrow_schema(contracts["mart_cells"])))
            take(connection, "lake_figures", pa.Table.from_pylist([*figures], lake.schema("figures")))
            take(connection, "core_receipts", pa.table({"batch_id": ["b"], "attempt_id": ["counts"]}))
            make_indicators(sources)
            found = connection.sql("FROM mart_indicators ORDER BY quarter, prefecture_code").to_arrow_table()
        return [
            row
            for row in found.to_pylist()
            if code in (None, row["indicator_code"]) and prefecture in (None, row["prefecture_code"])
        ]

    return made


def of(rows: list[Row], quarter: str) -> Row:
    (row,) = (row for row in rows if row["quarter"] == quarter)
    return row


# Of 1,000 samples 972 leave the upper end just above the target, 971 below it; so do 189 and 188 of as many the lower.
JUDGED = (
    (0, 0, "no_data", "undecided"),
    (29, 0, "withheld_small_n", "undecided"),
    (30, 0, "boundary", "undecided"),
    (189, 0, "boundary", "met"),
    (188, 0, "boundary", "undecided"),
    (985, 15, "ok", "undecided"),
    (972, 28, "ok", "undecided"),
    (971, 29, "ok", "not_met"),
    (1990, 10, "ok", "met"),
)


def test_a_target_is_met_or_not_only_when_the_whole_interval_says_so(indicators: Indicators) -> None:
    codes = reference.prefectures_table(("510000",))["prefecture_code"].to_pylist()[: len(JUDGED)]
    cells = [cell(x, failed, prefecture_code=code) for code, (x, failed, *_) in zip(codes, JUDGED, strict=True)]
    found = indicators("food_evaluation", cells, prefecture=None)
    by_code = {row["prefecture_code"]: row for row in found if row["quarter"] == "2026Q1"}
    rows_of_cases = [by_code[code] for code in codes]
    assert [
        (row["n_conforming"], row["n_nonconforming"], row["value_status"], row["target_status"])
        for row in rows_of_cases
    ] == list(JUDGED)
    assert {(row["target_value"], row["target_year"], row["direction"]) for row in found} == {(0.98, 2027, "at_least")}
    assert {(row["is_proxy"], row["n_inspections"]) for row in found} == {(False, None)}
    for row, (x, failed, status, judged) in zip(rows_of_cases, JUDGED, strict=True):
        told = [row[name] for name in ("value", "value_low", "value_high", "gap")]
        if status not in ("ok", "boundary"):
            assert told == [None] * 4
            continue
        low, high = proportion_confint(x, x + failed, method="wilson")
        rate = x / (x + failed)
        assert told == pytest.approx([rate, low, high, rate - 0.98], abs=1e-9)
        assert {"met": low >= 0.98, "not_met": high < 0.98, "undecided": low < 0.98 <= high}[judged]


def year(number: int, *quarters: tuple[int, int]) -> list[Row]:
    return [cell(*counts, quarter=f"{number}Q{k}") for k, counts in enumerate(quarters, start=1)]


@pytest.mark.parametrize(
    ("so_far", "n_expected", "needed", "status"),
    [
        # Of 294 in 300 and those so far: (0.98 × 400 − 314) / 80, 83 of 80, (392 − 354) / 40
        ((20, 0), 80, 78 / 80, "ok"),
        ((15, 5), 80, None, "impossible"),
        ((60, 0), 40, 38 / 40, "ok"),
        ((200, 0), 0, None, "no_expectation"),
    ],
)
def test_what_a_running_quarter_has_not_yet_is_still_to_come(
    indicators: Indicators, so_far: tuple[int, int], n_expected: int, needed: float | None, status: str
) -> None:
    cells = year(2025, *[(95, 5)] * 4) + year(2026, (98, 2), (98, 2), (98, 2), so_far)
    row = of(indicators("food_evaluation", cells, as_of=datetime(2026, 11, 1, tzinfo=UTC)), "2026YTD")
    assert (row["needed_status"], row["n_expected"]) == (status, n_expected)
    assert row["needed_rate"] == (None if needed is None else pytest.approx(needed, abs=1e-9))
    assert of(indicators("food_evaluation", cells), "2026YTD")["needed_status"] == "no_quarters_left"


@pytest.mark.parametrize(
    ("cells", "n_expected", "needed", "status"),
    [
        # (0.98 × 400 − 97) / 300
        (year(2025, *[(95, 5)] * 4) + year(2026, (97, 3)), 300, 295 / 300, "ok"),
        # Quarters may differ in size: (0.98 × (200 + 50) − 190) / 50 = 55 of 50
        (year(2025, (90, 10), (90, 10), (20, 10), (18, 2)) + year(2026, (95, 5), (95, 5)), 50, None, "impossible"),
        (year(2025, *[(95, 5)] * 3, (5, 5)) + year(2026, (999, 1), (999, 1), (999, 1)), 10, 0.0, "secured"),
        (year(2025, *[(95, 5)] * 4) + year(2026, *[(95, 5)] * 4), 0, None, "no_quarters_left"),
        (year(2026, (97, 3)), 0, None, "no_expectation"),
        (year(2025, *[(95, 5)] * 4) + year(2026, (20, 0)), 300, None, "withheld"),
        ([*year(2025, *[(95, 5)] * 4), visits(20, 10, 9)], 0, None, "no_data"),
    ],
)
def test_the_rate_that_the_rest_of_the_year_needs_follows_from_the_quarters_of_the_year_before(
    indicators: Indicators, cells: list[Row], n_expected: int, needed: float | None, status: str
) -> None:
    found = indicators("food_evaluation", cells)
    row = of(found, "2026YTD")
    assert (row["needed_status"], row["n_expected"]) == (status, n_expected)
    assert row["needed_rate"] == (None if needed is None else pytest.approx(needed, abs=1e-9))
    assert of(found, "2026Q1")["needed_status"] is None


@pytest.mark.parametrize(
    ("conforming", "target_status", "change_status"),
    [(9, "met", "higher"), (8, "undecided", "undecided"), (7, "not_met", "lower")],
)
def test_construction_meets_its_target_when_the_rate_has_risen_beyond_chance(
    indicators: Indicators, conforming: int, target_status: str, change_status: str
) -> None:
    before, now = visits(20, 10, 8, quarter="2025Q1"), visits(20, 10, conforming)
    row = of(indicators("construction_conformity", [before, now]), "2026Q1")
    assert (row["target_value"], row["gap"], row["direction"]) == (None, None, "rising")
    assert (row["n_effective"], row["n_inspections"], row["quarter_before"]) == (200, 20, "2025Q1")
    assert (row["target_status"], row["change_status"]) == (target_status, change_status)
    low, high = confint_proportions_2indep(20 * conforming, 200, 160, 200, compare="diff", method="newcomb")
    assert [row[name] for name in ("value_before", "change", "change_low", "change_high")] == pytest.approx(
        [0.8, conforming / 10 - 0.8, low, high], abs=1e-9
    )


def test_points_of_visits_that_are_all_alike_count_as_one_each(indicators: Indicators) -> None:
    # 60 visits of 10 points, 54 without a fault and 6 all faults: between visits lies everything, so 60 count.
    points = cell(
        540, 60, feed="construction", sampling_type="inspection", n_inspections=60, sum_points_squared=6000.0,
        sum_conforming_squared_per_point=540.0,
    )  # fmt: skip
    row = of(indicators("construction_conformity", [points]), "2026Q1")
    low, high = proportion_confint(54, 60, method="wilson")
    assert (row["n_concluded"], row["n_effective"]) == (600, 60)
    assert (row["value"], row["value_low"], row["value_high"]) == (0.9, pytest.approx(low), pytest.approx(high))
    few = of(indicators("construction_conformity", [visits(9, 100, 90)]), "2026Q1")
    assert (few["value_status"], few["value"]) == ("withheld_few_inspections", None)


def test_construction_needs_what_brings_the_year_to_the_rate_of_the_last(indicators: Indicators) -> None:
    cells = [visits(20, 10, 8, quarter=f"2025Q{k}") for k in range(1, 5)] + [visits(20, 10, 7)]
    row = of(indicators("construction_conformity", cells), "2026YTD")
    # (0.8 × 800 − 140) / 600
    assert (row["needed_status"], row["n_expected"]) == ("ok", 600)
    assert row["needed_rate"] == pytest.approx(500 / 600, abs=1e-9)


def test_a_year_to_date_is_compared_with_the_same_quarters_of_the_year_before(indicators: Indicators) -> None:
    cells = year(2025, (800, 200), *[(999, 1)] * 3) + year(2026, (900, 100))
    found = indicators("food_evaluation", cells)
    row = of(found, "2026YTD")
    assert (row["quarter_before"], row["value_before"], row["change_status"]) == ("2025YTD", 0.8, "higher")
    assert of(found, "2025YTD")["value"] == pytest.approx((800 + 3 * 999) / 4000)
    assert (of(found, "2025YTD")["change_status"], of(found, "2025YTD")["quarter_before"]) == ("no_comparison", None)
    lacking = of(indicators("food_evaluation", year(2026, (90, 10), (90, 10)) + year(2025, (80, 20))), "2026YTD")
    assert (lacking["change_status"], lacking["change"], lacking["quarter_before"]) == ("no_comparison", None, None)


def test_manufactured_products_are_a_proxy_of_the_whole_province_sampled_at_the_producer(
    indicators: Indicators,
) -> None:
    market = {"feed": "market", "sampling_type": "supervision", "category_code": "M01", "stage": "production"}
    cells = [
        cell(96, 4, **market),
        cell(50, 0, **market | {"prefecture_code": "510700"}),
        cell(10, 90, **market | {"stage": "distribution"}),
        cell(10, 90, **market | {"sampling_type": "evaluation"}),
        cell(10, 90, **market | {"province_code": "500000", "prefecture_code": "500100"}),
    ]
    found = indicators("manufacturing_product", cells, prefecture=None)
    assert {row["prefecture_code"] for row in found} == {"all"}
    row = of(found, "2026Q1")
    assert (row["n_conforming"], row["n_concluded"], row["is_proxy"], row["sampling_type"]) == (
        146, 150, True, "supervision",
    )  # fmt: skip


def test_prefectures_have_rows_of_their_own_and_add_up_to_the_province(indicators: Indicators) -> None:
    areas = {"510100": (490, 10), "510700": (28, 1), "unknown": (40, 2)}
    cells = [cell(*counts, prefecture_code=code) for code, counts in areas.items()]
    found = [row for row in indicators("food_evaluation", cells, prefecture=None) if row["quarter"] == "2026Q1"]
    by_code = {row["prefecture_code"]: row for row in found}
    n_prefectures = reference.prefectures_table(("510000",)).num_rows
    assert len(by_code) == len(found) == n_prefectures + 2
    assert {code: by_code[code]["n_conforming"] for code in areas} == {code: x for code, (x, _) in areas.items()}
    assert by_code["all"]["n_concluded"] == sum(x + failed for x, failed in areas.values())
    assert (by_code["510700"]["value_status"], by_code["511100"]["value_status"]) == ("withheld_small_n", "no_data")


def test_an_indicator_of_one_category_counts_that_category_of_either_level_alone(settings: Settings) -> None:
    cells = [cell(10, 0), cell(20, 0, category_2_code="F01-02"), cell(40, 0, category_code="F03")]
    given = [row for row in targets.indicators_table(("510000",)).to_pylist() if row["sampling_type"] == "evaluation"]
    contracts = table_contracts("release")
    found = {}
    with connect(settings) as connection:
        take(connection, "mart_cells", pa.Table.from_pylist(cells, arrow_schema(contracts["mart_cells"])))
        for code in ("F01", "F01-02", None):
            chosen = [row | {"category_code": code} for row in given]
            schema = arrow_schema(contracts["ref_indicators"])
            take(connection, "given_indicators", pa.Table.from_pylist(chosen, schema))
            create(connection, "core_indicator_counts")
            found[code] = connection.execute("SELECT sum(n_conforming) FROM core_indicator_counts").fetchall()[0][0]
    assert found == {"F01": 30, "F01-02": 20, None: 70}


def test_all_five_stand_in_every_period_also_without_data(indicators: Indicators) -> None:
    promised = {each.indicator_code for each in reference.indicators() if each.province_code == "510000"}
    assert len(promised) == 5
    periods: dict[str, list[str]] = {code: [] for code in promised}
    for row in indicators(None, [cell(1, 0)]):
        periods[row["indicator_code"]].append(row["quarter"])
    assert periods.pop("manufacturing_competitiveness") == ["2026"]
    assert list(periods.values()) == [["2026Q1", "2026YTD"]] * 4


@pytest.mark.parametrize(
    ("values", "target_status", "change_status"),
    [
        ((None, 87.99), "not_met", "no_comparison"),
        ((87.0, 88.0), "met", "higher"),
        ((89.0, 88.5), "met", "lower"),
        ((85.0, 85.0), "not_met", "same"),
        ((85.0, None), "undecided", "no_comparison"),
    ],
)
def test_a_figure_that_was_entered_is_held_against_its_target_as_it_is(
    indicators: Indicators, values: tuple[float | None, float | None], target_status: str, change_status: str
) -> None:
    figures = [FIGURE | {"year": 2024 + k, "value": value} for k, value in enumerate(values) if value is not None]
    row = of(indicators("manufacturing_competitiveness", [cell(1, 0, quarter="2025Q1")], figures), "2025")
    assert (row["value"], row["target_status"], row["change_status"]) == (values[1], target_status, change_status)
    assert row["value_status"] == ("no_data" if values[1] is None else "ok")
    assert (row["value_low"], row["n_concluded"], row["feed"], row["needed_status"]) == (None, None, None, None)
    assert row["source"] == (None if values[1] is None else "市场监管总局公告")
    if values[1] is not None:
        assert row["gap"] == pytest.approx(values[1] - 88)


FIRST, REVISED = FIGURE, FIGURE | {"value": 88.1, "published_on": date(2026, 5, 1)}
MENDED = FIGURE | {"value": 86.0, "corrected_on": date(2026, 4, 1)}
OTHER = FIGURE | {"value": 86.9}


@pytest.mark.parametrize(
    ("figures", "told"),
    [
        ((FIRST, FIRST), (87.0, "ok", False)),
        ((FIRST, REVISED), (88.1, "ok", True)),
        ((FIRST, MENDED), (86.0, "ok", True)),
        ((FIRST, MENDED, REVISED), (88.1, "ok", True)),
        ((FIRST, OTHER), (None, "conflicting", False)),
        ((FIRST, OTHER, MENDED), (86.0, "ok", True)),
        ((FIRST, MENDED | {"value": None}), (None, "no_data", True)),
        (
            (FIRST, FIGURE | {"value": 99.0, "corrected_on": date(2026, 9, 9), "attempt_id": "died"}),
            (87.0, "ok", False),
        ),
        ((FIRST, FIGURE | {"value": 99.0, "year": 2024, "published_on": date(2026, 9, 9)}), (87.0, "ok", False)),
        ((FIRST, FIGURE | {"value": 99.0, "province_code": "440000"}), (87.0, "ok", False)),
    ],
)
def test_the_row_of_a_figure_that_holds_is_the_same_in_any_order(
    settings: Settings, figures: tuple[Row, ...], told: tuple[Any, ...]
) -> None:
    told_of_2025 = (
        f"SELECT value, value_status, is_corrected FROM ({sql_text('core/core_figures')})"
        " WHERE year = 2025 AND province_code = '510000'"
    )
    found = set()
    with connect(settings) as connection:
        take(connection, "core_receipts", pa.table({"batch_id": ["b"], "attempt_id": ["counts"]}))
        for order in permutations(figures):
            take(connection, "lake_figures", pa.Table.from_pylist([*order], lake.schema("figures")))
            found |= set(connection.execute(told_of_2025).fetchall())
    assert found == {told}


@pytest.fixture
def other_target(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[], None]]:
    """Another edition of the reference data, in which 98 % is 97 %, put in place when called."""

    def edit() -> None:
        edition = tmp_path / "reference"
        shutil.copytree(REFERENCE, edition)
        text = (edition / "indicators.csv").read_text(encoding="utf-8")
        (edition / "indicators.csv").write_text(text.replace(",0.98,", ",0.97,"), encoding="utf-8")
        monkeypatch.setattr(reference_rows, "_FOLDER", edition)
        reference.indicators.cache_clear()

    yield edit
    monkeypatch.undo()
    reference.indicators.cache_clear()


def test_a_release_holds_the_indicators_and_its_digest_moves_with_one(
    settings: Settings, lake_of: Lake, other_target: Callable[[], None]
) -> None:
    made = [
        sample(f"{kind}-{k}", sampling_type=kind, conclusion="conforming" if k else "nonconforming")
        for kind in ("evaluation", "risk_monitoring")
        for k in range(40)
    ]
    lake_of.commit(batch("samples", *made))
    assert publish(settings)
    told = "SELECT n_concluded, value FROM mart_indicators WHERE indicator_code = 'food_evaluation' AND quarter ="
    in_chengdu = f"{told} '2026Q2' AND prefecture_code = '510100'"
    assert rows(settings, in_chengdu) == rows(settings, in_chengdu, "public") == [(40, 39 / 40)]
    assert rows(settings, "SELECT count(*), count(DISTINCT indicator_code) FROM ref_indicators", "public") == [(5, 5)]
    assert rows(settings, "SELECT baseline_value FROM ref_baselines ORDER BY 1", "public") == [
        (0.937,), (0.945,), (0.99,),
    ]  # fmt: skip
    index = "SELECT value FROM mart_indicators WHERE indicator_code = 'manufacturing_competitiveness' AND year = 2026"
    assert rows(settings, index) == [(None,)]
    digests = [read_manifest(settings, current_release_id(settings) or "").digest]
    figure = {name: FIGURE[name] for name in lake.schema("figures").names} | {"year": 2026, "batch_id": "yearly"}
    for value, attempt in ((88.5, 2), (88.25, 3)):
        row = figure | {"value": value, "attempt_id": f"attempt-{attempt:06d}", "corrected_on": date(2026, 6, attempt)}
        lake.append(
            settings, "figures", pa.Table.from_pylist([row | {"batch_id": f"y{attempt}"}], lake.schema("figures"))
        )
        lake_of.commit(batch(f"y{attempt}", feed="figures"))
        assert publish(settings)
        assert rows(settings, index, "public") == [(value,)]
        digests.append(read_manifest(settings, current_release_id(settings) or "").digest)
    other_target()
    assert publish(settings), "another target is a reason to publish"
    assert rows(settings, told.replace("n_concluded, value", "DISTINCT target_value") + " '2026Q2'") == [(0.97,)]
    digests.append(read_manifest(settings, current_release_id(settings) or "").digest)
    assert len(set(digests)) == 4
