"""Increments equal one full build, whatever comes, in any order and however often."""

from __future__ import annotations

import random
import tempfile
from collections import Counter
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, Phase, example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.publish import publish
from tests.warehouse.builder import RECEIVED, Batch, Lake, arrivals, batch, measure, quarantined, sample
from tests.warehouse.reading import counts, rows
from warehouse.release import current_release_id, read_manifest
from warehouse.settings import Settings

pytestmark = pytest.mark.timeout(1200)  # dozens of releases each
AS_OF = datetime(2026, 6, 20, 4, tzinfo=UTC)
# An example takes seconds: a failing one is told as it is.
NO_SHRINKING = (Phase.explicit, Phase.reuse, Phase.generate)
NUMBERS = st.sampled_from(["1", "2", "3", "4", "5"])


@st.composite
def _samples(draw: st.DrawFn) -> dict[str, Any]:
    quarter, concluded = draw(
        st.sampled_from([("2026Q1", date(2026, 3, 1)), ("2026Q2", date(2026, 6, 1)), ("2026Q2", date(2026, 6, 9))])
    )
    notice = draw(st.sampled_from([None, "N1", "N2"]))
    return {
        "number": draw(NUMBERS),
        "quarter": quarter,
        "concluded_on": concluded,
        "notice_no": notice,
        "notice_key": notice or "batch",
        "conclusion": draw(st.sampled_from(["conforming", "nonconforming", "nonconforming", "undetermined"])),
        "level": draw(st.sampled_from(["national", "provincial"])),
        "half": draw(st.sampled_from(["together", "conforming", "nonconforming", "failures_only"])),
        "half_has_place": draw(st.booleans()),
        "correction": draw(st.sampled_from(["none", "none", "none", "amend", "replace"])),
        "corrects": draw(st.sampled_from(["N1", "b0", "b1"])),
        "producer_status": draw(st.sampled_from(["named", "named", "disowned"])),
        "is_out_of_province": draw(st.sampled_from([False, False, False, True])),
        "category_code": draw(st.sampled_from(["F01", "unknown"])),
    }


@st.composite
def _batches(draw: st.DrawFn) -> list[Batch]:
    made = []
    for number in range(draw(st.integers(2, 4))):
        drawn = draw(st.lists(_samples(), min_size=1, max_size=4, unique_by=lambda each: each["number"]))
        reports = [sample(each["number"], **{k: v for k, v in each.items() if k != "number"}) for each in drawn]
        supersedes = draw(st.sampled_from([None, None, "b0", "b1"]))
        waiting = tuple(quarantined(f"food-{key}") for key in draw(st.lists(NUMBERS, max_size=2, unique=True)))
        made.append(
            batch(
                f"b{number}",
                *reports,
                supersedes=supersedes if supersedes != f"b{number}" else None,
                quarantine=waiting,
            )
        )
    return made


def _published_content(settings: Settings) -> dict[str, Any]:
    release_id = str(current_release_id(settings))
    tables = ("mart_cells", "mart_notices", "mart_quarantine", "mart_quarantine_rows")
    content: dict[str, Any] = {
        f"{artefact} {table}": rows(settings, f"SELECT * FROM {table} ORDER BY ALL", artefact)
        for table in tables
        for artefact in ("public", "office")
    }
    return content | {"digest": read_manifest(settings, release_id).digest}


def _conforming(settings: Settings) -> tuple[str, Counter[tuple[str, ...]]] | None:
    """The release that serves, and how many conforming samples each of its cells has; None before the first."""
    release_id = current_release_id(settings)
    if release_id is None:
        return None
    told = rows(
        settings, "SELECT COLUMNS('^(quarter|feed|sampling_type|level|stage|.*_code)$'), n_conforming FROM mart_cells"
    )
    return release_id, Counter({cell[:-1]: cell[-1] for cell in told if cell[-1]})


def _expect_revisions(settings: Settings, before: tuple[str, Counter[tuple[str, ...]]]) -> None:
    """What a release says it added to the one before, and took from it, is what makes the one the other."""
    now = _conforming(settings)
    assert now is not None
    if now[0] == before[0]:
        return
    moved = Counter(before[1])
    for *cell, n in rows(
        settings,
        "SELECT COLUMNS('^(quarter|feed|sampling_type|level|stage|.*_code)$'), n_conforming FROM mart_revisions"
        f" WHERE release_id = '{now[0]}'",
    ):
        moved[tuple(cell)] += n
    assert {cell: n for cell, n in moved.items() if n} == dict(now[1])


@st.composite
def _drops(draw: st.DrawFn) -> list[tuple[Batch, str | None]]:
    """Files that come alone or in a ZIP, and some of them once more in another, in any order."""
    batches = draw(_batches())
    archives = st.sampled_from([None, None, "z"])
    again = draw(st.lists(st.sampled_from(batches), min_size=2, max_size=2, unique_by=lambda each: each.batch_id))
    return draw(st.permutations([*((each, draw(archives)) for each in batches), *((each, "y") for each in again)]))


# An agency that sends its quarter again as one ZIP, and one that adds to what it sent a file that replaces it.
_QUARTER = batch("b0", sample("1", notice_no="N1"), sample("2", notice_no="N1"))
_REPLACING = batch("b1", sample("1", correction="replace", corrects="N1"))
_SENT_AGAIN = [(_QUARTER, None), (_REPLACING, None), (_QUARTER, "y"), (_REPLACING, "y")]
_SENT_MORE = [(_QUARTER, None), (_REPLACING, "y"), (_QUARTER, "y")]


@given(drops=_drops(), seed=st.integers(0, 10_000))
@example(drops=_SENT_AGAIN, seed=0)
@example(drops=_SENT_MORE, seed=0)
@hypothesis_settings(max_examples=3, deadline=None, phases=NO_SHRINKING, suppress_health_check=[HealthCheck.too_slow])
def test_increments_in_any_order_with_repeats_equal_one_full_build(
    drops: list[tuple[Batch, str | None]], seed: int
) -> None:
    chance = random.Random(seed)
    with tempfile.TemporaryDirectory() as folder:
        stepwise, at_once = (Settings(home=Path(folder) / name) for name in ("stepwise", "at-once"))
        writer = Lake(stepwise)
        second_tests = []
        for position, each in enumerate(came := arrivals(drops)):
            writer.commit(each)
            if position == len(came) // 2:
                writer.dispose("notice_complete", "N1")
                writer.commit(came[0])
            told = {"outcome": chance.choice(["pending", "upheld", "overturned"]), "at": RECEIVED + timedelta(position)}
            second_tests.append((chance.choice("123"), told))
            writer.dispose("reinspection", second_tests[-1][0], **told)
            before = _conforming(stepwise)
            publish(stepwise, datetime(2026, 6, 2 + 3 * position, 4, tzinfo=UTC) if position < 5 else AS_OF)
            if before is not None:
                _expect_revisions(stepwise, before)
        publish(stepwise, AS_OF)
        Lake(at_once).commit(*arrivals(sorted(drops, key=lambda drop: drop[0].batch_id)))
        Lake(at_once).dispose("notice_complete", "N1")
        for number, told in second_tests:
            Lake(at_once).dispose("reinspection", number, **told)
        publish(at_once, AS_OF)
        assert _published_content(stepwise) == _published_content(at_once)


def test_a_link_between_batches_that_comes_last_lets_a_replacement_reach_what_stands(
    settings: Settings, lake_of: Lake
) -> None:
    """Batch b2 took the place of b1, which took that of b0; what b0 reported is replaced, before b1 itself arrives."""
    lake_of.commit(batch("b2", sample("4"), supersedes="b1"))
    lake_of.commit(batch("b4", sample("3", quarter="2026Q1", correction="replace", corrects="b0")))
    assert publish(settings, AS_OF)
    assert counts(settings) == {"sampled": 2, "concluded": 2, "conforming": 2}
    lake_of.commit(batch("b1", sample("5"), supersedes="b0"))
    assert publish(settings, AS_OF)
    assert counts(settings) == {"sampled": 1, "concluded": 1, "conforming": 1}
    assert counts(settings, "quarter = '2026Q2'") == {}


def test_a_second_test_moves_the_counts_of_its_quarter_alone_and_may_be_taken_back(
    settings: Settings, lake_of: Lake
) -> None:
    failed = {"conclusion": "nonconforming"}
    lake_of.commit(
        batch("b1", sample("1", quarter="2025Q4", concluded_on=date(2025, 12, 1), **failed), sample("2")),
        batch("b2", sample("3", concluded_on=date(2026, 6, 19), **failed)),
    )
    publish(settings, AS_OF)
    assert counts(settings) == {"sampled": 3, "concluded": 3, "conforming": 1, "nonconforming": 2, "provisional": 1}
    for day, (number, outcome, quarter, expected) in enumerate(
        [
            ("1", "overturned", "2025Q4", {"sampled": 1, "concluded": 1, "conforming": 1}),
            ("1", "upheld", "2025Q4", {"sampled": 1, "concluded": 1, "nonconforming": 1}),
            ("1", "pending", "2025Q4", {"sampled": 1, "concluded": 1, "nonconforming": 1, "provisional": 1}),
            ("3", "upheld", "2026Q2", {"sampled": 2, "concluded": 2, "conforming": 1, "nonconforming": 1}),
            ("3", "overturned", "2026Q2", {"sampled": 2, "concluded": 2, "conforming": 2}),
        ]
    ):
        lake_of.dispose("reinspection", number, outcome=outcome, at=RECEIVED + timedelta(day))
        before = counts(settings, f"quarter <> '{quarter}'")
        assert publish(settings, AS_OF)
        assert counts(settings, f"quarter = '{quarter}'") == expected
        assert counts(settings, f"quarter <> '{quarter}'") == before
    # What is open because it is tested again does not make each day a day on which something changes.
    assert publish(settings, AS_OF + timedelta(400)) is None
    assert counts(settings, "quarter = '2025Q4'")["provisional"] == 1


def test_a_second_test_that_is_taken_back_leaves_the_first_result(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1", conclusion="nonconforming"), sample("2", quarter="2025Q4")))
    lake_of.commit(batch("m1", feed="dispositions", measures=(measure("1", "reinspection", "overturned"),)))
    publish(settings, AS_OF)
    assert counts(settings, "quarter = '2026Q2'") == {"sampled": 1, "concluded": 1, "conforming": 1}
    void = measure("1", "reinspection", "void", corrected_on=date(2026, 6, 3))
    lake_of.commit(batch("m2", feed="dispositions", measures=(void,)))
    assert publish(settings, AS_OF)
    assert counts(settings, "quarter = '2026Q2'") == {"sampled": 1, "concluded": 1, "nonconforming": 1}
