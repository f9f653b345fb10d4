"""Halves of a notice: neither counts alone, and a half without places takes the places from the other."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.publish import publish
from tests.warehouse.builder import Batch, Lake, batch, sample
from tests.warehouse.reading import counts, rows
from warehouse.settings import Settings

NOTICE = {"notice_key": "N1", "notice_no": "N1"}


def _passes(**given: Any) -> Batch:
    common: dict[str, Any] = NOTICE | {"half": "conforming", "prefecture_code": "unknown", "half_has_place": False}
    return batch("passes", sample("1", **common | given), sample("2", **common | given | {"quarter": "2026Q1"}))


def _fails(**given: Any) -> Batch:
    return batch("fails", sample("3", **NOTICE | {"half": "nonconforming", "conclusion": "nonconforming"} | given))


@pytest.mark.parametrize("is_reversed", [False, True])
def test_no_half_counts_before_the_other_whichever_comes_first(
    settings: Settings, lake_of: Lake, is_reversed: bool
) -> None:
    first, second = (_fails(), _passes()) if is_reversed else (_passes(), _fails())
    lake_of.commit(first)
    publish(settings)
    n_first = len(first.samples)
    assert counts(settings) == {"held": n_first}
    half = "nonconforming" if is_reversed else "conforming"
    assert rows(settings, "SELECT notice_key, half_present, n_held FROM mart_notices") == [("N1", half, n_first)]
    lake_of.commit(second)
    publish(settings)
    assert counts(settings) == {"sampled": 3, "concluded": 3, "conforming": 2, "nonconforming": 1}
    assert rows(settings, "SELECT * FROM mart_notices") == []


def test_failures_warn_while_their_notice_is_held(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(_fails())
    publish(settings)
    assert counts(settings) == {"held": 1}
    assert rows(settings, "SELECT state, prefecture_code FROM mart_warnings") == [("issued", "510100")]


def test_a_passing_half_without_places_makes_the_whole_notice_count_as_unknown(
    settings: Settings, lake_of: Lake
) -> None:
    lake_of.commit(_passes(), _fails())
    publish(settings)
    places = rows(settings, "SELECT DISTINCT province_code, prefecture_code FROM mart_cells")
    assert places == [("510000", "unknown")]
    assert rows(settings, "SELECT prefecture_code FROM mart_warnings") == [("510100",)]


def test_a_passing_half_with_places_keeps_them_and_a_single_row_without_is_unknown(
    settings: Settings, lake_of: Lake
) -> None:
    lake_of.commit(_passes(half_has_place=True), _fails())
    publish(settings)
    found = rows(settings, "SELECT prefecture_code, sum(n_sampled)::INT FROM mart_cells GROUP BY 1 ORDER BY 1")
    assert found == [("510100", 1), ("unknown", 2)]


@pytest.mark.parametrize("subject", ["N1", "key"])
def test_the_office_may_say_that_a_notice_is_complete(settings: Settings, lake_of: Lake, subject: str) -> None:
    lake_of.commit(_fails(notice_key="key"))
    publish(settings)
    assert counts(settings) == {"held": 1}
    lake_of.dispose("notice_complete", subject, feed="market")
    publish(settings)
    assert counts(settings) == {"held": 1}
    lake_of.dispose("notice_complete", subject)
    publish(settings)
    assert counts(settings) == {"sampled": 1, "concluded": 1, "nonconforming": 1}


def test_the_sidecar_may_say_that_a_notice_is_complete(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(_passes(is_notice_complete=True))
    publish(settings)
    assert counts(settings) == {"sampled": 2, "concluded": 2, "conforming": 2}


def test_a_source_of_failures_alone_enters_no_rate_but_warns(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(_fails(half="failures_only"))
    publish(settings)
    assert counts(settings) == {}
    assert rows(settings, "SELECT n_samples FROM mart_warnings") == [(1,)]


def test_a_sample_of_a_whole_file_counts_although_a_list_of_failures_repeats_it(
    settings: Settings, lake_of: Lake
) -> None:
    lake_of.commit(batch("export", sample("3", conclusion="nonconforming", level="county"), sample("4")))
    lake_of.commit(_fails(half="failures_only"))
    publish(settings)
    assert counts(settings) == {"sampled": 2, "concluded": 2, "conforming": 1, "nonconforming": 1}


def test_a_half_that_is_superseded_holds_its_notice_again(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(_passes(), _fails())
    publish(settings)
    lake_of.commit(batch("fails again", sample("3", conclusion="nonconforming"), supersedes="fails"))
    publish(settings)
    assert counts(settings) == {"sampled": 1, "concluded": 1, "nonconforming": 1, "held": 2}
