"""Rankings in a release: made of the published cells, one stratum at a time, and renewed with what changed."""

from __future__ import annotations

from typing import Any

import numpy as np
import pyarrow as pa
import pytest

from api.cells import cell_parameters, read_results
from api.release_reader import open_release
from pipelines import rank
from pipelines.publish import publish
from tests.warehouse.builder import Lake, batch, sample
from tests.warehouse.reading import rows
from warehouse import statistics
from warehouse.quarterly import quarterly_results
from warehouse.release import current_release_id
from warehouse.settings import Settings

# Prefecture → conforming and failed; the last two are too few to be shown, and in no known place.
AREAS = {"510100": (298, 2), "510700": (190, 10), "511100": (60, 0), "513200": (12, 1), "unknown": (30, 10)}
WHOLE = "quarter = '2026Q2' AND sampling_type = 'evaluation' AND stage = 'all' AND category_code = 'all'"


def area_samples(areas: dict[str, tuple[int, int]], **given: Any) -> list[dict[str, Any]]:
    return [
        sample(
            f"{given.get('quarter', '2026Q2')}-{given.get('sampling_type', 'evaluation')}-{code}-{number}",
            prefecture_code=code,
            conclusion="conforming" if number < conforming else "nonconforming",
            category_code="F03" if number % 3 else "F01",
            **given,
        )
        for code, (conforming, failed) in areas.items()
        for number in range(conforming + failed)
    ]


@pytest.fixture
def ranked(settings: Settings, lake_of: Lake) -> Settings:
    lake_of.commit(
        batch("now", *area_samples(AREAS)),
        batch("before", *area_samples({"510100": (50, 1), "510700": (49, 0)}, quarter="2026Q1")),
        batch("targeted", *area_samples({"510100": (50, 50), "510700": (90, 10)}, sampling_type="supervision")),
    )
    assert publish(settings)
    return settings


def test_ranks_intervals_and_limits_are_those_of_the_shown_prefectures(ranked: Settings) -> None:
    found = rows(
        ranked,
        "SELECT prefecture_code, rank, rank_low, rank_high, indistinguishable_from, funnel_998_low, shrunken_rate"
        f" FROM mart_rankings WHERE {WHOLE} ORDER BY prefecture_code",
    )
    shown = ["510100", "510700", "511100"]
    x, n = (np.array([values[k] for values in map(np.cumsum, (AREAS[code] for code in shown))]) for k in (0, 1))
    strata = statistics.Strata(x, n, np.array([len(x)]))
    ranking = statistics.ranking(strata)
    provincial = sum(x for x, _ in AREAS.values()) / sum(x + failed for x, failed in AREAS.values())
    funnel = statistics.funnel(strata, np.array([provincial]))
    assert funnel.has_limits.all()
    assert [row[0] for row in found] == shown
    assert [row[1:4] for row in found] == list(
        zip(ranking.rank.tolist(), ranking.low.tolist(), ranking.high.tolist(), strict=True)
    )
    assert found[2][1:5] == (1, 1, 3, ["510100", "510700"])
    assert found[0][4] == [shown[other] for other in ranking.alike[: ranking.n_alike[0]]]
    assert [row[5] for row in found] == pytest.approx(funnel.limits[0.998][0].tolist())
    assert [row[6] for row in found] == pytest.approx(statistics.shrunken(strata, np.array([provincial])).tolist())
    about = rows(ranked, f"SELECT n_ranked, provincial_rate, rankability FROM mart_strata WHERE {WHOLE}")
    assert about == [(3, pytest.approx(provincial), pytest.approx(statistics.rankability(strata)[0]))]


def test_one_prefecture_alone_has_no_rank_and_no_funnel(settings: Settings, lake_of: Lake) -> None:
    """Nor has a stage in which all others are too few to be shown."""
    areas = area_samples({"510100": (60, 2), "511100": (12, 1), "unknown": (40, 3)}) + [
        each | {"sample_key": f"S-{each['sample_key']}"}
        for each in area_samples(
            {"510100": (60, 2), "510700": (50, 1)}, stage="catering", sampling_type="routine_monitoring"
        )
    ]
    lake_of.commit(batch("now", *areas))
    assert publish(settings)
    for table in ("mart_rankings", "mart_strata"):
        assert rows(settings, f"SELECT DISTINCT sampling_type FROM {table}") == [("routine_monitoring",)]
    release = open_release(settings, str(current_release_id(settings)))
    results = quarterly_results(release.ask, "2026Q2")
    release.retire()
    assert results is not None
    stratum = results["strata"][0]
    (alone,) = [
        row for row in stratum["prefectures"] if row["rate"] is not None and row["prefecture_code"] != "unknown"
    ]
    names = (
        "rank", "rank_low", "rank_high", "indistinguishable_from", "shrunken_rate", "funnel_95_low", "funnel_998_high",
        "is_alarm",
    )  # fmt: skip
    assert (alone["prefecture_code"], {alone[name] for name in names}) == ("510100", {None})
    assert stratum["rankings"] == []


def test_the_standardised_rate_is_observed_over_expected_failures_step_by_step(ranked: Settings) -> None:
    tested, failed = ({"F01": {}, "F03": {}} for _ in range(2))
    for each in area_samples(AREAS):
        category, code = each["category_code"], each["prefecture_code"]
        tested[category][code] = tested[category].get(code, 0) + 1
        failed[category][code] = failed[category].get(code, 0) + (each["conclusion"] == "nonconforming")
    rate = {category: sum(failed[category].values()) / sum(tested[category].values()) for category in tested}
    overall = sum(sum(each.values()) for each in failed.values()) / sum(sum(each.values()) for each in tested.values())
    expected = sum(tested[category]["510700"] * rate[category] for category in tested)
    ((found,),) = rows(
        ranked, f"SELECT standardised_rate FROM mart_rankings WHERE {WHOLE} AND prefecture_code = '510700'"
    )
    assert found == pytest.approx(1 - 10 / expected * overall, abs=1e-9)


def test_the_year_to_date_and_each_category_are_strata_of_their_own(ranked: Settings) -> None:
    strata = rows(
        ranked,
        "SELECT quarter, category_code, n_ranked FROM mart_strata"
        " WHERE sampling_type = 'evaluation' AND stage = 'all' ORDER BY ALL",
    )
    assert strata == [
        ("2026Q1", "F03", 2), ("2026Q1", "all", 2), ("2026Q2", "F01", 2), ("2026Q2", "F03", 3), ("2026Q2", "all", 3),
        ("2026YTD", "F01", 2), ("2026YTD", "F03", 3), ("2026YTD", "all", 3),
    ]  # fmt: skip


def test_supervision_is_ranked_for_the_office_alone(ranked: Settings) -> None:
    kinds = "SELECT DISTINCT sampling_type FROM mart_rankings ORDER BY ALL"
    assert rows(ranked, kinds) == [("evaluation",), ("supervision",)]
    assert rows(ranked, kinds, "public") == [("evaluation",)]
    assert rows(ranked, "SELECT DISTINCT sampling_type FROM mart_strata", "public") == [("evaluation",)]


def test_a_new_batch_renews_its_quarter_and_year_and_leaves_the_rest(ranked: Settings, lake_of: Lake) -> None:
    everything = "SELECT * FROM mart_rankings WHERE quarter = '2026Q1' ORDER BY ALL"
    before = rows(ranked, everything)
    lake_of.commit(
        batch("more", *(s | {"sample_key": f"more-{s['sample_key']}"} for s in area_samples({"513200": (95, 0)})))
    )
    assert publish(ranked)
    assert before and rows(ranked, everything) == before
    codes = f"SELECT prefecture_code FROM mart_rankings WHERE {WHOLE} ORDER BY ALL"
    assert rows(ranked, codes) == [("510100",), ("510700",), ("511100",), ("513200",)]
    assert rows(ranked, codes.replace("2026Q2", "2026YTD")) == rows(ranked, codes)


def test_ranks_of_inspections_follow_the_shown_rates_though_their_effective_points_are_rounded(
    settings: Settings, lake_of: Lake
) -> None:
    visits = [
        sample(
            f"GC{area}-{number}",
            feed="construction",
            sampling_type="inspection",
            prefecture_code=code,
            n_points=40,
            n_points_conforming=40 - (number % 5 == 0) * 10 - (number == 1) * n_more,
            conclusion="nonconforming",
        )
        for area, (code, n_more) in enumerate((("510100", 2), ("510700", 1), ("511100", 0)))
        for number in range(20)
    ]
    lake_of.commit(batch("visits", *visits, feed="construction"))
    assert publish(settings)
    whole = WHOLE.replace("evaluation", "inspection")
    assert rows(settings, f"SELECT prefecture_code, rank FROM mart_rankings WHERE {whole} ORDER BY rank") == [
        ("511100", 1), ("510700", 2), ("510100", 3),
    ]  # fmt: skip


def test_inspections_are_ranked_by_the_effective_points_that_results_show(settings: Settings, lake_of: Lake) -> None:
    """The points of a visit are alike, and both statements that work out what they are worth must agree."""
    visits = [
        sample(
            f"GC{area}-{number}",
            feed="construction",
            sampling_type="inspection",
            prefecture_code=code,
            n_points=40 + number % 3,
            n_points_conforming=40 - (number % 5 == 0) * (10 + area),
            conclusion="nonconforming" if number % 5 == 0 else "conforming",
        )
        for area, code in enumerate(("510100", "510700", "511100"))
        for number in range(12 + 5 * area)
    ]
    lake_of.commit(batch("visits", *visits, feed="construction"))
    assert publish(settings)
    asked = cell_parameters(by=["prefecture"], feed="construction", sampling_type="inspection", quarter="2026Q2")
    release = open_release(settings, str(current_release_id(settings)))
    shown = [row for row in read_results(release, asked, n_rows=100).rows.to_pylist() if row["rate"] is not None]
    release.retire()
    n = np.array([row["n_effective"] for row in shown])
    x = np.array([round(row["n_conforming"] * row["n_effective"] / row["n_concluded"]) for row in shown])
    assert len(n) == 3
    assert (n < [each * 40 for each in (12, 17, 22)]).all()
    found = rows(
        settings,
        "SELECT shrunken_rate, rank_low, rank_high, provincial_rate, funnel_95_low FROM mart_rankings"
        " JOIN mart_strata USING (quarter, feed, sampling_type, province_code, stage, category_code)"
        f" WHERE {WHOLE.replace('evaluation', 'inspection')} ORDER BY prefecture_code",
    )
    strata, provincial = statistics.Strata(x, n, np.array([len(x)])), np.array([found[0][3]])
    ranking = statistics.ranking(strata)
    assert [row[1:3] for row in found] == list(zip(ranking.low.tolist(), ranking.high.tolist(), strict=True))
    assert [row[0] for row in found] == pytest.approx(statistics.shrunken(strata, provincial).tolist(), abs=1e-12)
    funnel = statistics.funnel(strata, provincial)
    assert funnel.has_limits.all()
    assert [row[4] for row in found] == pytest.approx(funnel.limits[0.95][0].tolist(), abs=1e-12)


def test_strata_are_the_same_however_many_are_ranked_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """Rows as core_areas gives them: three areas, and two of a province where nothing fails."""
    key = {"period": "2026Q2", "feed": "food", "sampling_type": "evaluation", "province_code": "510000", "stage": "all"}
    given = [
        (1, "510100", 298, 300, 4.5, 0.95), (1, "510700", 190, 200, 3.0, 0.95), (1, "unknown", 5, 15, 2.0, 0.95),
        (4, "510100", 50, 50, 0.0, 1.0), (4, "511100", 40, 40, None, 1.0),
    ]  # fmt: skip
    areas = pa.Table.from_pylist(
        [
            {
                **key, "category_code": f"F{no:02d}", "stratum_no": no, "prefecture_code": code,
                "x": x, "n_effective": n, "n_conforming": x, "n_concluded": n, "expected_failures": expected,
                "provincial_rate": overall, "is_ranked": code != "unknown",
            }
            for no, code, x, n, expected, overall in given
        ]
    )  # fmt: skip
    at_once = rank._ranked(areas)
    monkeypatch.setattr(rank, "_STRATA_AT_ONCE", 1)
    assert {name: rows.to_pylist() for name, rows in rank._ranked(areas).items()} == {
        name: rows.to_pylist() for name, rows in at_once.items()
    }
    assert at_once["mart_strata"].column("n_ranked").to_pylist() == [2, 2]
    rows = at_once["mart_rankings"]
    assert rows.column("indistinguishable_from").to_pylist() == [[], [], ["511100"], ["510100"]]
    assert rows.column("standardised_rate").to_pylist() == pytest.approx(
        [1 - 2 / 4.5 * 0.05, 1 - 10 / 3 * 0.05, None, None]
    )
    assert rows.column("is_alarm").to_pylist()[2:] == [None, None]
    assert [rows.num_rows for rows in rank._ranked(areas.slice(0, 0)).values()] == [0, 0]
