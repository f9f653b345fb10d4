"""The rules of yearly figures, each by rows that break it and rows that just do not."""

from __future__ import annotations

from datetime import date
from pathlib import Path
from typing import Any

import pytest

from expectations.figures import FIGURE_RULES
from expectations.rules import rule
from expectations.validate import Verdicts, validate
from tests.expectations.tables import problems
from warehouse.connect import connect
from warehouse.contract import FORMS, form
from warehouse.settings import Settings

GOOD: dict[str, Any] = {
    "indicator": "制造业质量竞争力指数", "province": None, "year": "2025", "value": "85.2", "unit": "指数",
    "source": "公告", "published_on": "2026-03-15", "corrected_on": None, "indicator_code": "index",
    "province_code": "510000", "unit_code": "index", "indicator_unit": "index", "is_sampled": False,
    "has_target": True, "year_no": 2025, "value_number": 85.2, "published_day": date(2026, 3, 15),
    "corrected_day": None, "received_on": date(2026, 7, 1),
}  # fmt: skip
CORRECTED = {"corrected_on": "2026-04-01", "corrected_day": date(2026, 4, 1)}
# What is changed in the good row, each of a year or an indicator of its own, and the rules that it then breaks.
CASES: tuple[tuple[dict[str, Any], set[str]], ...] = (
    ({}, set()),
    ({"indicator": "某指数", "indicator_code": None, "unit_code": None}, {"FG-001"}),
    ({"is_sampled": True}, {"FG-002"}),
    ({"province": "某省", "province_code": None, "has_target": False}, {"FG-003"}),
    ({"year": "去年", "year_no": None}, {"FG-004"}),
    ({"year": "1999", "year_no": 1999}, {"FG-004"}),
    ({"year_no": 2000}, set()),
    ({"year_no": 2026}, set()),
    ({"year_no": 2027}, {"FG-004", "FG-008"}),
    ({"value": "很高", "value_number": None}, {"FG-005"}),
    ({"value": None, "value_number": None}, {"FG-005"}),
    ({"value": None, "value_number": None, **CORRECTED}, set()),
    ({"value": "0", "value_number": 0.0}, set()),
    ({"value": "100", "value_number": 100.0}, set()),
    ({"value": "100.1", "value_number": 100.1}, {"FG-005"}),
    ({"unit": None, "unit_code": None}, set()),
    ({"unit": "%", "unit_code": None}, {"FG-006"}),
    ({"source": None}, {"FG-007"}),
    ({"published_on": "春天", "published_day": None}, {"FG-008"}),
    ({"published_day": date(2026, 7, 1)}, set()),
    ({"published_day": date(2026, 7, 2)}, {"FG-008"}),
    ({"published_day": date(2024, 12, 31)}, {"FG-008"}),
    ({"published_day": date(2025, 1, 1)}, set()),
    ({"corrected_on": "2026-03-15", "corrected_day": date(2026, 3, 15)}, set()),
    ({"corrected_on": "2026-03-14", "corrected_day": date(2026, 3, 14)}, {"FG-009"}),
    ({"corrected_on": "2026-07-02", "corrected_day": date(2026, 7, 2)}, {"FG-009"}),
    ({"corrected_on": "改", "corrected_day": None}, {"FG-009"}),
    ({"indicator_code": "twice"}, {"FG-010"}),
    ({"indicator_code": "twice", "value": "85.3", "value_number": 85.3}, {"FG-010"}),
    ({"indicator_code": "twice", "value": "85.3", "value_number": 85.3, **CORRECTED}, set()),
    ({"indicator_code": "same"}, set()),
    ({"indicator_code": "same"}, set()),
)


def judged(folder: Path, settings: Settings, rows: list[dict[str, Any]]) -> tuple[Verdicts, dict[int, set[str]]]:
    database = folder / "figures.duckdb"
    with connect(settings, database) as connection:
        kinds = {date: "DATE", bool: "BOOLEAN", float: "DOUBLE", int: "BIGINT"}
        columns = ", ".join(
            f"{name} {'DATE' if name.endswith('_day') else kinds.get(type(value), 'VARCHAR')}"
            for name, value in GOOD.items()
        )
        connection.execute(f"CREATE TABLE rows (row_no BIGINT, {columns})")
        for number, row in enumerate(rows, start=1):
            connection.execute(f"INSERT INTO rows VALUES ({', '.join('?' * (len(GOOD) + 1))})", [number, *row.values()])
    return validate(database, "figures", settings=settings), problems(database)


@pytest.fixture(scope="module")
def verdict(tmp_path_factory: pytest.TempPathFactory, settings: Settings) -> tuple[Verdicts, dict[int, set[str]]]:
    rows = [GOOD | {"indicator_code": f"index{number}"} | changes for number, (changes, _) in enumerate(CASES)]
    return judged(tmp_path_factory.mktemp("figures"), settings, rows)


def test_each_row_breaks_exactly_the_rules_that_its_case_names(verdict: tuple[Verdicts, dict[int, set[str]]]) -> None:
    broken = verdict[1]
    assert [broken.get(number, set()) for number in range(1, len(CASES) + 1)] == [rules for _, rules in CASES]


def test_every_rule_of_figures_sends_the_file_back_and_has_its_case(
    verdict: tuple[Verdicts, dict[int, set[str]]],
) -> None:
    ids = {each.id for each in FIGURE_RULES}
    assert ids == {rule_id for _, rules in CASES for rule_id in rules}
    assert {each.action for each in FIGURE_RULES} == {"reject_file"}
    assert {rejection.rule for rejection in verdict[0].rejections} == ids
    assert verdict[0].n_rows["FG-010"] == 2


def test_a_good_table_is_sent_back_for_nothing(tmp_path: Path, settings: Settings) -> None:
    verdicts, broken = judged(tmp_path, settings, [GOOD])
    assert (verdicts.rejections, broken) == ((), {})


def test_the_rules_speak_of_columns_of_the_form() -> None:
    assert FORMS[0] == "figures"
    known = {column.name for column in form("figures").columns}
    assert {column for each in FIGURE_RULES for column in each.columns} <= known
    assert {each.feeds for each in FIGURE_RULES} == {("figures",)}


def test_a_cell_that_says_nothing_is_told_as_empty_in_both_languages() -> None:
    told = rule("FG-005").sentences(column="数值", found=None)
    assert "（空）" in told.zh and "nothing" in told.en
