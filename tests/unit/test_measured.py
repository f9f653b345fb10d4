"""Numbers of results and limits, held to labels that were made by hand: each exactly, or flagged."""

from __future__ import annotations

import csv
from pathlib import Path

import pytest

from pipelines.normalise.limits import limit_of
from pipelines.normalise.measured import measured

FIXTURES = Path(__file__).parents[1] / "fixtures/findings"


def _labelled(name: str) -> list[dict[str, str]]:
    with (FIXTURES / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))


def _written(number: float | None) -> str:
    return "~" if number is None else f"{number:.12g}"


def _said_of_value(text: str) -> tuple[str, str, str, str]:
    """A result as the labels write it: numbers, unit, signs, and what else there is to say."""
    said = measured(text)
    signs = [each.operator or "-" for each in said.readings]
    sign = "" if set(signs) <= {"-"} else (signs[0] if len(set(signs)) == 1 else " ".join(signs))
    detected = {each.is_detected for each in said.readings} - {None}
    if said.is_uncertain:
        says = "uncertain"
    elif said.initial:
        says = "initial " + " ".join(_written(each.number) for each in said.initial)
    else:
        says = (
            "words"
            if not said.readings
            else ("some" if True in detected else ("none" if detected and not said.numbers else ""))
        )
    return " ".join(_written(each.number) for each in said.readings), said.unit_name or "", sign, says


def _said_of_limit(text: str) -> tuple[str, ...]:
    said = limit_of(text)
    plan = said.plan and (said.plan.n, said.plan.c, said.plan.m, said.plan.most)
    says = "uncertain" if said.is_uncertain else ("" if said.is_understood else "words")
    bounds = (_written(each) if each is not None else "" for each in (said.low, said.high))
    return (
        said.operator or "",
        *bounds,
        said.unit_name or "",
        says,
        " ".join(_written(each) for each in plan) if plan else "",
        said.standard or "",
    )


def test_the_hand_made_labels_are_many_and_each_stands_once() -> None:
    values, limits = _labelled("values.csv"), _labelled("limits.csv")
    assert len(values) > 190 and len(limits) > 65
    assert len({row["text"] for row in values}) == len(values)
    assert len({row["text"] for row in limits}) == len(limits)


@pytest.mark.parametrize("row", _labelled("values.csv"), ids=lambda row: row["text"])
def test_a_result_is_read_exactly_as_it_was_labelled_by_hand(row: dict[str, str]) -> None:
    assert _said_of_value(row["text"]) == (row["numbers"], row["unit"], row["sign"], row["says"])


@pytest.mark.parametrize("row", _labelled("limits.csv"), ids=lambda row: row["text"])
def test_a_limit_is_read_exactly_as_it_was_labelled_by_hand(row: dict[str, str]) -> None:
    meant = tuple(row[part] for part in ("operator", "low", "high", "unit", "says", "plan", "standard"))
    assert _said_of_limit(row["text"]) == meant
