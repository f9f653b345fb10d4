from __future__ import annotations

from collections.abc import Mapping

import pytest

from expectations.rules import RULES, rules_of
from expectations.validate import validate
from tests.expectations.case import Case
from tests.expectations.cases import CASES
from tests.expectations.tables import GOOD, problems, write_rows
from warehouse.settings import Settings

Broken = Mapping[tuple[str, str], list[set[str]]]


@pytest.fixture(scope="module")
def broken(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> Broken:
    """Every feed's cases in one table, judged once: what each row of each case breaks."""
    found: dict[tuple[str, str], list[set[str]]] = {}
    for feed, good in GOOD.items():
        database = tmp_path_factory.mktemp(feed) / "batch.duckdb"
        cases = [case for case in CASES if case.feed == feed]
        rows = [
            (case, {**good, **({"sample_key": case.says} if case.together else {}), **changes})
            for case in cases
            for changes, _ in case.rows
        ]
        write_rows(database, [row for _, row in rows])
        assert validate(database, feed, settings=settings).rejections == ()
        by_row = problems(database)
        for number, (case, _) in enumerate(rows, start=1):
            found.setdefault((feed, case.says), []).append(by_row.get(number, set()))
    return found


@pytest.mark.parametrize("case", CASES, ids=lambda case: f"{case.feed}: {case.says}")
def test_each_row_breaks_exactly_the_rules_that_its_case_names(case: Case, broken: Broken) -> None:
    assert broken[case.feed, case.says] == [rules for _, rules in case.rows]


def test_no_two_cases_of_a_feed_say_the_same() -> None:
    assert len({(case.feed, case.says) for case in CASES}) == len(CASES)


def test_every_rule_on_rows_has_a_row_that_breaks_it_and_one_that_does_not() -> None:
    on_rows = {rule.id for rule in RULES if rule.action != "reject_file"}
    broken_somewhere = {rule for case in CASES for _, rules in case.rows for rule in rules}
    kept_somewhere = {
        rule.id
        for case in CASES
        for _, rules in case.rows
        for rule in rules_of(case.feed)
        if rule.id not in rules and rule.action != "reject_file"
    }
    assert broken_somewhere == on_rows
    assert kept_somewhere == on_rows
