"""When the doorbell rings."""

from __future__ import annotations

from pathlib import Path

from dags.bell import PATIENCE, Ring, is_due
from warehouse.landing import Landed


def landed(name: str, modified_at: float = 1.0) -> Landed:
    return Landed("food", Path(f"/landing/food/{name}"), modified_at)


ONE, OTHER = landed("one.csv"), landed("other.csv")


def test_it_is_silent_while_nothing_lies_there() -> None:
    assert not is_due(frozenset(), None, 0.0)
    assert not is_due(frozenset(), Ring(frozenset({ONE}), 0.0), PATIENCE)


def test_it_rings_for_the_first_file() -> None:
    assert is_due(frozenset({ONE}), None, 0.0)


def test_it_waits_while_a_file_it_told_of_still_lies_there_whatever_else_arrives() -> None:
    assert not is_due(frozenset({ONE, OTHER}), Ring(frozenset({ONE}), 0.0), PATIENCE - 0.1)


def test_it_rings_again_once_its_files_were_taken_and_others_lie_there() -> None:
    assert is_due(frozenset({OTHER}), Ring(frozenset({ONE}), 0.0), 0.1)


def test_the_same_name_written_anew_is_another_file() -> None:
    assert is_due(frozenset({landed("one.csv", 2.0)}), Ring(frozenset({ONE}), 0.0), 0.1)


def test_it_repeats_a_ring_that_nobody_answers() -> None:
    assert is_due(frozenset({ONE}), Ring(frozenset({ONE}), 0.0), PATIENCE)
