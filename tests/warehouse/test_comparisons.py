"""Changes in a release: like with like, named only when clear, and what the mix explains to the last digit."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import UTC, datetime
from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from api.cells import cell_parameters, read_results
from api.release_reader import open_release
from pipelines.build import Sources, take
from pipelines.compare import COMPARED, make_comparisons, periods_that_compare
from pipelines.publish import publish
from tests.api.release_files import cell, write_release
from tests.warehouse.builder import Lake, batch, sample
from tests.warehouse.reading import rows
from warehouse import reference, statistics
from warehouse.arrow import arrow_schema
from warehouse.connect import Connection, connect, sql_text
from warehouse.contract import table_contracts
from warehouse.settings import Settings

Row = dict[str, Any]
Compared = Callable[..., list[Row]]

WHOLE = "stage = 'all' AND category_code = 'all' AND kind = 'previous_quarter' AND quarter = '2026Q2'"
PARTS = ("rate_effect", "mix_effect", "unmatched_effect")
NOW, BEFORE = "2026Q2", "2026Q1"


@pytest.fixture
def connection(settings: Settings) -> Iterator[Connection]:
    with connect(settings) as opened:
        opened.execute(sql_text("marts/macros"))
        yield opened


@pytest.fixture
def compared(settings: Settings, connection: Connection) -> Compared:
    """Rows of mart_changes that a condition selects, made of these cells."""

    def make(cells: Sequence[Row], where: str = WHOLE) -> list[Row]:
        schema = arrow_schema(table_contracts("release")["mart_cells"])
        take(connection, "mart_cells", pa.Table.from_pylist([*cells], schema))
        sources = Sources(settings, connection, {}, datetime(2026, 7, 1, tzinfo=UTC))
        make_comparisons(sources, sorted({each["quarter"] for each in cells}), has_kept=False)
        found: list[Row] = connection.sql(f"FROM mart_changes WHERE {where} ORDER BY ALL").to_arrow_table().to_pylist()
        return found

    return make


def counted(quarter: str, category: str, conforming: int, failed: int, **given: Any) -> Row:
    codes = {"category_code": category, "category_2_code": "unknown"}
    return cell(quarter=quarter, n_conforming=conforming, n_nonconforming=failed, **(codes | given))


def test_the_interval_of_sql_is_that_of_python_over_wide_ranges(connection: Connection) -> None:
    generator = np.random.default_rng(3)
    n, n0 = (generator.integers(1, 10 ** generator.integers(1, 7, 2000)) for _ in range(2))
    x, x0 = (generator.integers(0, size + 1) for size in (n, n0))
    x[::7], x0[::5] = n[::7], 0
    connection.register("given", pa.table({"x": x, "n": n, "x0": x0, "n0": n0}))
    found = connection.sql(
        "SELECT newcombe_low(x, n, x0, n0) AS low, newcombe_high(x, n, x0, n0) AS high FROM given"
    ).to_arrow_table()
    connection.unregister("given")
    _, low, high = statistics.difference(x, n, x0, n0)
    np.testing.assert_allclose(found["low"].to_numpy(), low, atol=1e-9)
    np.testing.assert_allclose(found["high"].to_numpy(), high, atol=1e-9)


def test_a_worked_example_of_the_mix_step_by_step(compared: Compared) -> None:
    cells = [
        counted(BEFORE, "F01", 190, 10), counted(BEFORE, "F02", 80, 20), counted(BEFORE, "F03", 90, 10),
        counted(NOW, "F01", 96, 4), counted(NOW, "F02", 246, 54), counted(NOW, "F04", 98, 2),
    ]  # fmt: skip
    province = next(row for row in compared(cells) if row["prefecture_code"] == "all")
    # Shares among what both have: of F01 1/4 after 2/3, of F02 3/4 after 1/3.
    rate_effect = (0.96 - 0.95) * (1 / 4 + 2 / 3) / 2 + (0.82 - 0.80) * (3 / 4 + 1 / 3) / 2
    mix_effect = (1 / 4 - 2 / 3) * (0.96 + 0.95) / 2 + (3 / 4 - 1 / 3) * (0.82 + 0.80) / 2
    unmatched = (440 / 500 - 342 / 400) - (360 / 400 - 270 / 300)
    assert [province[name] for name in PARTS] == pytest.approx([rate_effect, mix_effect, unmatched], abs=1e-12)
    assert (province["rate_before"], province["rate"]) == (0.9, 0.88)
    assert province["difference"] == pytest.approx(-0.02, abs=1e-12)
    assert (province["unmatched_share"], province["unmatched_share_before"]) == (0.2, 0.25)
    assert (province["unmatched_categories"], province["unmatched_categories_before"]) == (["F04"], ["F03"])
    assert (province["mix_status"], province["change"], province["mix_share"]) == (
        "partly_comparable", "no_clear_change", None,
    )  # fmt: skip


def random_cells(generator: random.Random) -> list[Row]:
    return [
        counted(quarter, f"F{category:02d}", conforming := generator.randint(0, 90), generator.randint(0, 9),
                category_2_code=f"F{category:02d}-{generator.randint(1, 2)}", prefecture_code=f"51{area}00",
                stage=generator.choice(["distribution", "catering"]), n_provisional=min(conforming, 1))
        for quarter in ("2025Q1", "2025Q2", "2025Q4", "2026Q1", "2026Q2")
        for area in range(10, 20)
        for category in range(1, 6)
        if generator.random() < 0.7
    ]  # fmt: skip


def test_parts_add_up_to_the_difference_in_every_row(compared: Compared) -> None:
    found = compared(random_cells(random.Random(11)), "true")
    split = [row for row in found if row["rate_effect"] is not None]
    assert len(split) > 300
    assert {row["mix_status"] for row in split} == {"comparable", "partly_comparable"}
    for row in split:
        assert sum(row[name] for name in PARTS) == pytest.approx(row["difference"], abs=1e-9)
        assert (row["mix_share"] is None) == (row["change"] == "no_clear_change")
    for row in found:
        assert (row["difference"] is None) == (row["change"] == "withheld") == (row["withheld_for"] is not None)


def test_every_difference_is_that_of_the_cells_added_up_apart(compared: Compared) -> None:
    cells = random_cells(random.Random(5))
    sums: dict[tuple[str, str, str], list[int]] = defaultdict(lambda: [0, 0])
    for each in cells:
        for area in ("all", each["prefecture_code"]):
            for category in ("all", each["category_code"]):
                total = sums[each["quarter"], area, category]
                total[0] += each["n_conforming"]
                total[1] += each["n_concluded"]
    found = compared(cells, "stage = 'all' AND NOT contains(category_code, '-') AND quarter NOT LIKE '%YTD'")
    assert len({(row["quarter"], row["kind"]) for row in found}) == 10
    for row in found:
        x, n = sums[row["quarter"], row["prefecture_code"], row["category_code"]]
        x0, n0 = sums[row["quarter_before"], row["prefecture_code"], row["category_code"]]
        counts = [row[name + side] for side in ("", "_before") for name in ("n_conforming", "n_concluded")]
        assert counts == [x, n, x0, n0]
        if row["difference"] is not None:
            expected = statistics.difference(*(np.array([each]) for each in (x, n, x0, n0)))
            found_here = [row[name] for name in ("difference", "difference_low", "difference_high")]
            assert found_here == pytest.approx([float(each[0]) for each in expected], abs=1e-9)
            assert row["change"] == (
                "higher" if expected[1][0] > 0 else "lower" if expected[2][0] < 0 else "no_clear_change"
            )


def test_a_change_is_named_only_where_the_interval_excludes_nought(compared: Compared) -> None:
    cells = [
        cell(quarter=BEFORE, n_conforming=48, n_nonconforming=32), cell(n_conforming=56, n_nonconforming=14),
        cell(quarter=BEFORE, prefecture_code="510300", n_conforming=95, n_nonconforming=5),
        cell(prefecture_code="510300", n_conforming=91, n_nonconforming=9),
        cell(quarter=BEFORE, prefecture_code="510400", n_conforming=99, n_nonconforming=1),
        cell(prefecture_code="510400", n_conforming=80, n_nonconforming=20),
    ]  # fmt: skip
    found = {row["prefecture_code"]: row for row in compared(cells)}
    assert {code: row["change"] for code, row in found.items() if code != "all"} == {
        "510100": "higher", "510300": "no_clear_change", "510400": "lower",
    }  # fmt: skip
    published = found["510100"]["difference_low"], found["510100"]["difference_high"]
    assert published == pytest.approx((0.0524, 0.3339), abs=5e-5)
    assert found["510400"]["mix_share"] == 0.0


def test_a_change_is_withheld_with_its_rate_and_says_which(compared: Compared) -> None:
    cells = [
        cell(quarter=BEFORE, n_conforming=29), cell(n_conforming=30),
        cell(quarter=BEFORE, prefecture_code="510300", n_conforming=30),
        cell(prefecture_code="510300", n_conforming=29),
        cell(quarter=BEFORE, prefecture_code="510400", n_conforming=5), cell(prefecture_code="510500", n_conforming=5),
        cell(prefecture_code="510600", n_conforming=31),
    ]  # fmt: skip
    found = {row["prefecture_code"]: row for row in compared(cells)}
    said = {
        code: (row["withheld_for"], row["rate_status"], row["rate_status_before"])
        for code, row in found.items()
        if code != "all"
    }
    assert said == {
        "510100": ("before", "boundary", "withheld_small_n"),
        "510300": ("now", "withheld_small_n", "boundary"),
        "510400": ("both", "no_data", "withheld_small_n"),
        "510500": ("both", "withheld_small_n", "no_data"),
        "510600": ("before", "boundary", "no_data"),
    }
    withheld = found["510100"]
    assert (withheld["rate"], withheld["rate_before"], withheld["n_concluded_before"]) == (1.0, None, 29)
    assert [withheld[name] for name in ("difference", *PARTS, "mix_share")] == [None] * 5


def test_nothing_in_common_is_not_split(compared: Compared) -> None:
    (row, _) = compared([counted(BEFORE, "F01", 90, 10), counted(NOW, "F02", 95, 5)])
    assert (row["mix_status"], row["difference"]) == ("nothing_in_common", pytest.approx(0.05))
    assert [row[name] for name in PARTS] == [None] * 3
    assert (row["unmatched_share"], row["unmatched_share_before"]) == (1.0, 1.0)


def test_a_year_to_date_is_compared_with_the_same_quarters_alone(compared: Compared) -> None:
    sizes = {"2025Q2": 100, "2025Q3": 400, "2025Q4": 800, "2026Q1": 90, "2026Q2": 110, "2026Q3": 130}
    cells = [cell(quarter=quarter, n_conforming=size) for quarter, size in sizes.items()]
    where = "prefecture_code = 'all' AND stage = 'all' AND category_code = 'all' AND quarter LIKE '%YTD'"
    before, now = compared(cells, where)
    assert (now["kind"], now["quarter"], now["quarter_before"]) == ("year_before", "2026YTD", "2025YTD")
    assert (now["quarters"], now["quarters_before"]) == (["2026Q2", "2026Q3"], ["2025Q2", "2025Q3"])
    assert (now["n_concluded"], now["n_concluded_before"]) == (240, 500)
    assert (before["quarter"], before["n_concluded"], before["withheld_for"]) == ("2025YTD", 1300, "before")


def test_sampling_types_and_feeds_never_meet(compared: Compared) -> None:
    cells = [
        cell(quarter=BEFORE, n_conforming=100), cell(sampling_type="supervision", n_conforming=100),
        cell(feed="market", sampling_type="supervision", quarter=BEFORE, n_conforming=100),
    ]  # fmt: skip
    assert {(row["sampling_type"], row["withheld_for"]) for row in compared(cells)} == {("supervision", "before")}


def test_both_sides_are_what_results_say_of_them(
    compared: Compared, connection: Connection, settings: Settings
) -> None:
    """Effective points are worked out by two statements; they must agree, in a quarter and over several."""
    generator = random.Random(2)
    cells = []
    for quarter in ("2025Q1", "2025Q2", "2026Q1", "2026Q2"):
        for area in ("510100", "510300", "unknown"):
            visits = [(points := generator.randint(20, 60), generator.randint(points - 9, points)) for _ in range(15)]
            conforming = sum(each for _, each in visits)
            cells.append(
                cell(
                    quarter=quarter, feed="construction", sampling_type="inspection", prefecture_code=area,
                    category_code="C01", category_2_code="unknown", n_conforming=conforming,
                    n_nonconforming=sum(points for points, _ in visits) - conforming, n_inspections=len(visits),
                    sum_points_squared=float(sum(points**2 for points, _ in visits)),
                    sum_conforming_squared_per_point=sum(each**2 / points for points, each in visits),
                )
            )  # fmt: skip
    take(connection, "ref_prefectures", reference.prefectures_table(("510000",)))
    take(connection, "ref_categories", reference.categories_table())
    names = ("n_concluded", "n_conforming", "n_inspections", "n_effective", "rate", "rate_low", "rate_high",
             "rate_status", "is_provisional")  # fmt: skip
    found = compared(cells, "category_code = 'all' AND stage = 'all' AND kind = 'year_before' AND quarter LIKE '2026%'")
    assert len(found) == 12
    release = open_release(settings, write_release(settings, 1, cells=cells))
    for row in found:
        area = None if row["prefecture_code"] == "all" else row["prefecture_code"]
        for side, quarter in (("", row["quarter"]), ("_before", row["quarter_before"])):
            asked = cell_parameters(feed="construction", sampling_type="inspection", quarter=quarter, prefecture=area)
            (said,) = read_results(release, asked, n_rows=2).rows.to_pylist()
            assert [row[name + side] for name in names] == [said[name] for name in names]
            assert row["n_effective"] < row["n_concluded"]
    release.retire()


def test_a_quarter_touches_what_is_compared_with_it() -> None:
    assert periods_that_compare(["2025Q4"]) == ["2025Q4", "2025YTD", "2026Q1", "2026Q4", "2026YTD"]


QUARTERS = [f"{year}Q{part}" for year in (2024, 2025, 2026) for part in (1, 2, 3, 4)][:10]


def taken(quarter: str, failed: int, **given: Any) -> list[Row]:
    kind = given.get("sampling_type", "evaluation")
    return [
        sample(
            f"{kind}-{quarter}-{number}",
            quarter=quarter,
            conclusion="nonconforming" if number < failed else "conforming",
            category_code="F03" if number % 3 else "F01",
            **given,
        )
        for number in range(40)
    ]


def test_increments_leave_what_a_full_build_leaves_and_the_public_sees_no_supervision(
    settings: Settings, lake_of: Lake
) -> None:
    first = [batch(quarter, *taken(quarter, k % 3)) for k, quarter in enumerate(QUARTERS)]
    targeted = batch("targeted", *taken("2026Q1", 9, sampling_type="supervision"),
                     *taken("2026Q2", 20, sampling_type="supervision"))  # fmt: skip
    moved = sample("evaluation-2025Q1-39", quarter="2025Q2", correction="amend", category_code="F02")
    correction = batch("correction", moved, sample("more", quarter="2025Q1", conclusion="nonconforming"))
    lake_of.commit(*first)
    assert publish(settings)
    before = {name: rows(settings, f"FROM {name} ORDER BY ALL") for name in COMPARED}
    lake_of.commit(targeted, correction)
    assert publish(settings)
    afresh = Settings(home=settings.home.with_name("afresh"))
    Lake(afresh).commit(*first, targeted, correction)
    assert publish(afresh)
    for name in COMPARED:
        found = rows(settings, f"FROM {name} ORDER BY ALL")
        assert found == rows(afresh, f"FROM {name} ORDER BY ALL")
        assert found != before[name]
        kinds = f"SELECT DISTINCT sampling_type FROM {name} ORDER BY ALL"
        assert rows(settings, kinds) == [("evaluation",), ("supervision",)]
        assert rows(settings, kinds, "public") == [("evaluation",)]
    chart = rows(
        settings,
        "SELECT quarter, n_quarters_before, chart_status, n_effective, limit_low IS NULL FROM mart_control_chart"
        " WHERE prefecture_code = 'all' AND stage = 'all' AND category_code = 'all' AND sampling_type = 'evaluation'"
        " ORDER BY quarter",
    )
    assert [row[:3] for row in chart[-3:]] == [
        ("2025Q4", 7, "too_few_quarters"), ("2026Q1", 8, "ok"), ("2026Q2", 9, "ok"),
    ]  # fmt: skip
    assert [row[4] for row in chart] == [True] * 8 + [False] * 2
    assert {row[0]: row[3] for row in chart if row[3] != 40} == {"2025Q2": 41}
