"""The samples behind a figure add up to it, as it was when it was published."""

from __future__ import annotations

from datetime import UTC, date, datetime
from typing import Any

import pytest

from pipelines.explain import explain
from pipelines.publish import publish
from tests.warehouse.builder import Lake, batch, sample
from tests.warehouse.reading import counts, rows
from warehouse.errors import UserError
from warehouse.release import ReleaseNotFoundError
from warehouse.settings import Settings

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)


def _sums(settings: Settings, release: str | None = None, **wanted: Any) -> dict[str, int]:
    found = explain(
        settings, **{"quarter": "2026Q2", "feed": "food", "sampling_type": "evaluation"} | wanted, release=release
    )
    counted = [row for row in found.to_pylist() if not row["is_held"]]
    sums = {
        "sampled": len(counted),
        "concluded": sum(row["conclusion"] != "undetermined" for row in counted),
        "conforming": sum(row["conclusion"] == "conforming" for row in counted),
        "nonconforming": sum(row["conclusion"] == "nonconforming" for row in counted),
        "undetermined": sum(row["conclusion"] == "undetermined" for row in counted),
        "held": found.num_rows - len(counted),
        "provisional": sum(row["is_provisional"] for row in counted),
    }
    return {name: value for name, value in sums.items() if value}


def test_every_cell_is_explained_by_as_many_samples(settings: Settings, lake_of: Lake) -> None:
    half = {"half": "conforming", "notice_key": "N5", "notice_no": "N5"}
    lake_of.commit(
        batch("b1", *(sample(str(number), prefecture_code=f"5101{number % 2:02}") for number in range(6))),
        batch("b2", sample("6", conclusion="nonconforming"), sample("7", conclusion="undetermined")),
        batch("b3", sample("8", **half), sample("0", level="national", conclusion="nonconforming")),
        batch("b4", sample("1", quarter="2026Q1", concluded_on=date(2026, 3, 1), correction="amend")),
    )
    publish(settings, AS_OF)
    cells = rows(settings, "SELECT DISTINCT quarter, sampling_type, prefecture_code, category_code FROM mart_cells")
    assert len(cells) == 3
    for quarter, sampling_type, prefecture, category in cells:
        where = f"quarter = '{quarter}' AND prefecture_code = '{prefecture}'"
        wanted = {"quarter": quarter, "sampling_type": sampling_type, "prefecture": prefecture, "category": category}
        assert _sums(settings, **wanted) == counts(settings, where), wanted
    assert _sums(settings) == counts(settings, "quarter = '2026Q2'")


def test_a_sample_is_traced_to_file_sheet_and_rows(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1", sheet="表1", source_rows=[4, 5], file_name="一.xlsx")))
    publish(settings, AS_OF)
    found = explain(settings, quarter="2026Q2", feed="food", sampling_type="evaluation").to_pylist()
    traced = [(row["batch_id"], row["file_name"], row["sheet"], row["source_rows"]) for row in found]
    assert traced == [("b1", "一.xlsx", "表1", [4, 5])]
    assert len(found[0]["sha256"]) == 64


def test_an_old_figure_is_explained_as_it_was(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1"), sample("2", conclusion="nonconforming", notice_no="N1")))
    first = str(publish(settings, AS_OF))
    lake_of.commit(batch("b2", sample("2", correction="amend"), sample("3")))
    publish(settings, AS_OF)
    assert _sums(settings, first) == {"sampled": 2, "concluded": 2, "conforming": 1, "nonconforming": 1}
    assert _sums(settings) == {"sampled": 3, "concluded": 3, "conforming": 3}


def test_before_the_first_publication_there_is_nothing_to_explain(settings: Settings) -> None:
    with pytest.raises(ReleaseNotFoundError, match="nothing has been published yet"):
        explain(settings, quarter="2026Q2", feed="food", sampling_type="evaluation")


@pytest.mark.parametrize(
    ("quarter", "sampling_type", "zh", "en"),
    [
        ("2026Q5", "evaluation", "不是统计季度", "is no quarter"),
        ("2026Q2", "inspection", "不是 food 的抽检类型", "is no sampling type of food; there are: "),
        ("2026Q2", "evaluation", "尚无发布", "nothing has been published yet"),
    ],
)
def test_what_is_no_figure_is_refused_in_both_languages(
    settings: Settings, quarter: str, sampling_type: str, zh: str, en: str
) -> None:
    with pytest.raises((UserError, ReleaseNotFoundError)) as refused:
        explain(settings, quarter=quarter, feed="food", sampling_type=sampling_type)
    assert zh in str(refused.value) and en in str(refused.value)


def test_a_year_to_date_is_explained_by_the_samples_of_its_quarters(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(
        batch("b1", sample("1"), sample("2", quarter="2026Q1", concluded_on=date(2026, 3, 1))),
        batch("b2", sample("3", quarter="2025Q4", concluded_on=date(2025, 11, 1))),
    )
    publish(settings, AS_OF)
    assert _sums(settings, quarter="2026YTD") == counts(settings, "quarter LIKE '2026%'")


@pytest.mark.parametrize("wrong", [{"quarter": "2026-2"}, {"quarter": "2026Q5"}, {"sampling_type": "inspection"}])
def test_what_is_no_stratum_is_refused_with_what_there_is(settings: Settings, wrong: dict[str, str]) -> None:
    with pytest.raises(UserError, match=r"write 2026Q2|there are: evaluation"):
        _sums(settings, **wrong)


def test_a_code_that_the_release_does_not_know_is_refused_with_what_there_is(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1")))
    publish(settings, AS_OF)
    for wrong, told in (
        ({"province": "990000"}, "no province of food; there are: 510000, unknown"),
        ({"prefecture": "999999"}, "there are: 510100, 510300"),
        ({"category": "X99"}, r"there are: .*F01.*/v1/categories"),
        ({"stage": "nope"}, "there are: catering, distribution, online, production, site, unknown"),
        ({"level": "nope"}, "there are: county, municipal, national, provincial, unknown"),
    ):
        with pytest.raises(UserError, match=told):
            _sums(settings, **wrong)
    for known in ({"province": "unknown"}, {"stage": "unknown"}, {"level": "county"}):
        assert _sums(settings, **known) == {}
