"""Which report of a sample holds: chosen by content, never by arrival."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import UTC, date, datetime, timedelta
from itertools import permutations
from pathlib import Path

import pytest

from pipelines.explain import explain
from pipelines.publish import publish
from tests.warehouse.builder import FINDING, RECEIVED, Batch, Lake, arrivals, batch, quarantined, sample
from tests.warehouse.reading import counts, rows
from warehouse.settings import Settings

PASSED, FAILED = {"conclusion": "conforming"}, {"conclusion": "nonconforming", "notice_no": "N1"}
AS_OF = datetime(2026, 7, 31, tzinfo=UTC)


def _published(home: Path, batches: Iterable[Batch]) -> Settings:
    settings = Settings(home=home)
    Lake(settings).commit(*batches)
    publish(settings, AS_OF)
    return settings


def _in_any_order(tmp_path: Path, *batches: Batch) -> list[dict[str, int]]:
    """Counts after each order of arrival, as often as they differ."""
    found = [counts(_published(tmp_path / str(number), order)) for number, order in enumerate(permutations(batches))]
    return [each for number, each in enumerate(found) if each not in found[:number]]


@pytest.mark.parametrize(
    ("losing", "holding"),
    [
        ({"level": "national", "published_on": date(2026, 6, 1)}, {"correction": "amend", "level": "county"}),
        ({"level": "provincial", "concluded_on": date(2026, 6, 1)}, {"level": "national"}),
        ({"level": "municipal"}, {"level": "provincial"}),
        ({"level": "county"}, {"level": "municipal"}),
        ({"level": "unknown"}, {"level": "county"}),
        (
            {"concluded_on": date(2026, 5, 1), "published_on": date(2026, 6, 9)},
            {"concluded_on": date(2026, 5, 2), "published_on": date(2026, 6, 1)},
        ),
        ({"concluded_on": None, "published_on": date(2026, 6, 9)}, {"concluded_on": date(2026, 5, 2)}),
        ({"published_on": date(2026, 5, 11)}, {"published_on": date(2026, 5, 12)}),
        ({"published_on": None}, {"published_on": date(2026, 5, 12)}),
    ],
    ids=[
        "correction",
        "national",
        "provincial",
        "municipal",
        "county",
        "conclusion",
        "dated",
        "publication",
        "published",
    ],
)
def test_the_report_that_holds_is_the_same_in_any_order(
    tmp_path: Path, losing: dict[str, object], holding: dict[str, object]
) -> None:
    found = _in_any_order(
        tmp_path, batch("b1", sample("1", **PASSED | losing)), batch("b2", sample("1", **FAILED | holding))
    )
    assert found == [{"sampled": 1, "concluded": 1, "nonconforming": 1}]


def test_equal_reports_with_one_verdict_count_once_and_share_their_findings(tmp_path: Path) -> None:
    other = FINDING | {"item": "山梨酸"}
    first = batch("b1", sample("1", **FAILED))
    second = batch("b2", sample("1", **FAILED, findings=[FINDING, other]))
    assert _in_any_order(tmp_path, first, second) == [{"sampled": 1, "concluded": 1, "nonconforming": 1}]
    items = "SELECT list_transform(findings, lambda finding: finding.item) FROM mart_warnings"
    assert rows(Settings(home=tmp_path / "0"), items) == [(["山梨酸", "苯甲酸"],)]


def test_equal_reports_that_contradict_each_other_wait_in_quarantine(tmp_path: Path) -> None:
    verdicts = (batch("b1", sample("1", **PASSED)), batch("b2", sample("1", **FAILED)), batch("b3", sample("2")))
    assert _in_any_order(tmp_path, *verdicts) == [{"sampled": 1, "concluded": 1, "conforming": 1}]
    settings = Settings(home=tmp_path / "0")
    assert rows(settings, "SELECT quarter, n_rows, n_samples FROM mart_quarantine") == [("2026Q2", 2, 1)]
    found = rows(settings, "SELECT batch_id, rule, found FROM mart_quarantine_rows ORDER BY 1")
    assert found == [("b1", "conflicting", "conforming"), ("b2", "conflicting", "nonconforming")]
    assert rows(settings, "SELECT count(*) FROM mart_warnings") == [(0,)]


def test_a_correction_settles_a_conflict(tmp_path: Path) -> None:
    settled = batch("b3", sample("1", **FAILED, correction="amend", corrects="N1"))
    found = _in_any_order(tmp_path, batch("b1", sample("1", **PASSED)), batch("b2", sample("1", **FAILED)), settled)
    assert found == [{"sampled": 1, "concluded": 1, "nonconforming": 1}]
    assert rows(Settings(home=tmp_path / "3"), "SELECT * FROM mart_quarantine") == []


def test_a_replacement_retracts_what_it_omits_in_any_order(tmp_path: Path) -> None:
    original = batch("b1", sample("1", notice_no="N1"), sample("2", notice_no="N1"), sample("3", notice_no="N2"))
    earlier = batch(
        "b2",
        sample("1", correction="replace", corrects="N1", published_on=date(2026, 6, 1)),
        sample("4", correction="replace", corrects="N1", published_on=date(2026, 6, 1)),
    )
    later = batch("b3", sample("2", **FAILED, correction="replace", corrects="N1", published_on=date(2026, 6, 2)))
    found = _in_any_order(tmp_path, original, earlier, later)
    assert found == [{"sampled": 2, "concluded": 2, "conforming": 1, "nonconforming": 1}]


def test_a_replacement_of_a_batch_spares_other_batches_and_itself(tmp_path: Path) -> None:
    replaced = batch("b1", sample("1"), sample("2"))
    other = batch("b2", sample("2", level="county"), sample("3"))
    replacing = batch("b3", sample("1", correction="replace", corrects="b1"))
    found = _in_any_order(tmp_path, replaced, other, replacing)
    assert found == [{"sampled": 3, "concluded": 3, "conforming": 3}]


def test_files_of_one_zip_and_of_a_zip_in_it_replace_together(tmp_path: Path) -> None:
    original = batch("b1", *(sample(number, notice_no="N1") for number in "123456"))
    replacing = {"correction": "replace", "corrects": "N1"}
    inner = batch("inner", receipt={"parent_batch_id": "outer"})
    files = [
        batch("b2", sample("1", **replacing), receipt={"parent_batch_id": "outer"}),
        batch("b3", sample("2", **replacing), receipt={"parent_batch_id": "outer"}),
        batch("b4", sample("3", **replacing), receipt={"parent_batch_id": "inner"}),
        batch("b5", sample("4", notice_no="N1"), receipt={"parent_batch_id": "outer"}),
    ]
    for number, order in enumerate((files, reversed(files))):
        published = _published(tmp_path / str(number), (original, inner, *order))
        assert counts(published) == {"sampled": 4, "concluded": 4, "conforming": 4}


@pytest.mark.parametrize(("came_alone", "n_sampled"), [("b1", 3), ("b2", 3), ("b1 b2", 1)])
def test_one_zip_of_all_does_not_undo_what_was_replaced_before_in_any_order(
    tmp_path: Path, came_alone: str, n_sampled: int
) -> None:
    """Only what never came without the other is replaced together with it."""
    files = [
        batch("b1", *(sample(number, notice_no="N1") for number in "123")),
        batch("b2", sample("1", correction="replace", corrects="N1")),
    ]
    drops = [*((each, None) for each in files if each.batch_id in came_alone), *((each, "zip") for each in files)]
    for number, order in enumerate((drops, drops[::-1], drops[1:] + drops[:1])):
        assert counts(_published(tmp_path / str(number), arrivals(order)))["sampled"] == n_sampled


def test_a_file_is_replaced_by_one_of_the_same_zip_that_names_it(tmp_path: Path) -> None:
    original = batch("b1", sample("1", notice_key="b1"), sample("2", notice_key="b1"))
    replacing = batch("b2", sample("1", correction="replace", corrects="b1"))
    published = _published(tmp_path, arrivals([(original, None), (original, "zip"), (replacing, "zip")]))
    assert counts(published)["sampled"] == 1


def test_a_replacement_follows_a_batch_that_was_replayed_since(tmp_path: Path) -> None:
    replaced = batch("b1", sample("1"), sample("2"))
    replayed = batch("b4", sample("1"), sample("2"), supersedes="b1")
    replacing = batch("b3", sample("1", correction="replace", corrects="b1"))
    found = _in_any_order(tmp_path, replaced, replayed, replacing)
    assert found == [{"sampled": 1, "concluded": 1, "conforming": 1}]


def test_a_corrected_date_moves_the_sample_to_its_quarter(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1"), sample("2")))
    publish(settings, AS_OF)
    moved = sample("1", quarter="2026Q1", concluded_on=date(2026, 3, 1), correction="amend")
    lake_of.commit(batch("b2", moved))
    publish(settings, AS_OF)
    assert rows(settings, "SELECT quarter, n_sampled FROM mart_cells ORDER BY 1") == [("2026Q1", 1), ("2026Q2", 1)]


def test_a_file_that_supersedes_gives_back_the_quarters_that_it_left(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b0", sample("1", quarter="2026Q1", level="county", concluded_on=date(2026, 3, 1))))
    lake_of.commit(batch("b1", sample("1"), sample("2")))
    publish(settings, AS_OF)
    assert rows(settings, "SELECT quarter, n_sampled FROM mart_cells") == [("2026Q2", 2)]
    lake_of.commit(batch("b2", sample("2"), supersedes="b1"))
    publish(settings, AS_OF)
    assert rows(settings, "SELECT quarter, n_sampled FROM mart_cells ORDER BY 1") == [("2026Q1", 1), ("2026Q2", 1)]


def test_attempts_without_receipt_repeats_and_superseded_batches_count_nowhere(
    settings: Settings, lake_of: Lake
) -> None:
    lake_of.commit(batch("b1", sample("1")), batch("b1", sample("1")))
    lake_of.commit(batch("b2", sample("2")), receipt=False)
    lake_of.commit(batch("b3", sample("3"), outcome="rejected"), batch("b4", sample("4"), outcome="duplicate"))
    lake_of.commit(batch("b5", sample("5")), batch("b6", sample("6"), supersedes="b5"))
    publish(settings, AS_OF)
    assert counts(settings) == {"sampled": 2, "concluded": 2, "conforming": 2}


def test_a_sidecar_that_came_back_puts_its_batch_in_place_again(settings: Settings, lake_of: Lake) -> None:
    """b1 → b2 → b3 → b1: the last said is known again, so its receipt is a duplicate and its rows are there already."""
    lake_of.commit(batch("b1", sample("1")), batch("b2", sample("2"), supersedes="b1"))
    lake_of.commit(batch("b3", sample("3"), supersedes="b2"))
    publish(settings, AS_OF)
    assert rows(settings, "SELECT n_sampled FROM mart_cells") == [(1,)]
    later = {"received_at": RECEIVED + timedelta(days=1)}
    lake_of.commit(batch("b1", sample("1"), supersedes="b3", outcome="duplicate", receipt=later))
    publish(settings, AS_OF)
    found = explain(settings, quarter="2026Q2", feed="food", sampling_type="evaluation")
    assert found["sample_no"].to_pylist() == ["1"]


def test_other_provinces_enter_no_figure_and_undetermined_no_denominator(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(
        batch(
            "b1",
            sample("1", is_out_of_province=True, province_code="440000", **FAILED),
            sample("2", conclusion="undetermined"),
            sample("3"),
        )
    )
    publish(settings, AS_OF)
    assert counts(settings) == {"sampled": 2, "concluded": 1, "conforming": 1, "undetermined": 1}
    assert rows(settings, "SELECT count(*) FROM mart_warnings") == [(0,)]


def test_failures_are_provisional_until_the_time_to_object_is_over(settings: Settings, lake_of: Lake) -> None:
    open_ = {"conclusion": "nonconforming", "concluded_on": date(2026, 6, 1)}
    lake_of.commit(
        batch(
            "b1",
            sample("1", **open_),
            sample("2", **open_, result_received_on=date(2026, 6, 20)),
            sample("3", **open_, notice_no="N3"),
            sample("4", **open_ | {"concluded_on": None}),
            sample("5"),
        )
    )
    figures = []
    for day in (2, 17, 25, 30):
        publish(settings, datetime(2026, 6, day, 4, tzinfo=UTC))
        figures.append((counts(settings)["provisional"], counts(settings)["nonconforming"]))
    publish(settings, datetime(2026, 7, 3, 4, tzinfo=UTC))
    assert [*figures, (counts(settings)["provisional"], 4)] == [(3, 4), (2, 4), (2, 4), (2, 4), (1, 4)]


def test_a_day_that_makes_nothing_final_is_no_reason_to_publish(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1", conclusion="nonconforming", concluded_on=date(2026, 6, 1))))
    assert publish(settings, datetime(2026, 6, 2, tzinfo=UTC)) is not None
    assert publish(settings, datetime(2026, 6, 3, tzinfo=UTC)) is None
    assert publish(settings, datetime(2026, 7, 3, tzinfo=UTC)) is not None
    assert rows(settings, "SELECT state, producer_name FROM mart_warnings") == [("issued", "四川某某食品有限公司")]


def test_rows_leave_quarantine_when_their_sample_is_accepted_or_their_file_replayed(
    settings: Settings, lake_of: Lake
) -> None:
    lake_of.commit(batch("b1", sample("1"), quarantine=(quarantined("food-2"), quarantined(None))))
    lake_of.commit(batch("b2", sample("3"), quarantine=(quarantined("food-4", quarter=None),)))
    publish(settings, AS_OF)
    table = "SELECT quarter, n_rows, n_samples FROM mart_quarantine ORDER BY 1"
    assert rows(settings, table) == [("2026Q2", 2, 1), ("unknown", 1, 1)]
    lake_of.commit(batch("b3", sample("2")), batch("b4", sample("3"), sample("4"), supersedes="b2"))
    publish(settings, AS_OF)
    assert rows(settings, table) == [("2026Q2", 1, 0)]
