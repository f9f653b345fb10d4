"""The rules of recalls and of dispositions, each by rows that break it and rows that just do not."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from expectations.dispositions import DISPOSITION_RULES
from expectations.recalls import RECALL_RULES
from expectations.rule import Rule
from expectations.validate import Verdicts, validate
from tests.expectations.tables import problems
from warehouse.connect import connect
from warehouse.contract import form
from warehouse.settings import Settings

Case = tuple[dict[str, Any], set[str]]
RECALL: dict[str, Any] = {
    "recall_no": None, "announced_on": "2026-03-15", "kind": "主动召回", "announced_by": "省局", "producer": "某公司",
    "product": "电热毯", "brand": None, "spec": None, "batch": "全部", "produced_from": None, "produced_to": None,
    "quantity": "1200台", "defect": "接地", "hazard": "触电", "remedy": "退货", "source_url": "https://example.org/1",
    "sample_no": None, "warning_id": None, "status": None, "corrected_on": None, "announced_day": date(2026, 3, 15),
    "produced_from_day": None, "produced_to_day": None, "corrected_day": None, "kind_code": "voluntary",
    "status_code": "ongoing", "n_units": 1200, "said": "1", "received_on": date(2026, 7, 1),
}  # fmt: skip
TWICE = {"recall_no": "twice"}
CORRECTED = {"corrected_on": "2026-04-01", "corrected_day": date(2026, 4, 1)}
RECALL_CASES: tuple[Case, ...] = (
    ({}, set()),
    ({"recall_no": None, "said": "no number"}, {"RL-001"}),
    ({"announced_on": "春天", "announced_day": None}, {"RL-002"}),
    ({"announced_day": date(2026, 7, 1)}, set()),
    ({"announced_day": date(2026, 7, 2)}, {"RL-002"}),
    ({"kind": "也许", "kind_code": None}, {"RL-003"}),
    ({"producer": None}, {"RL-004"}),
    ({"product": None}, {"RL-004"}),
    ({"announced_by": None}, {"RL-004"}),
    ({"batch": None}, {"RL-005"}),
    ({"batch": None, "spec": "T1"}, set()),
    ({"batch": None, "produced_from": "2025-01-31", "produced_from_day": date(2025, 1, 31)}, set()),
    ({"produced_from": "去年"}, {"RL-006"}),
    ({"produced_to": "去年"}, {"RL-006"}),
    ({"produced_from_day": date(2025, 2, 1), "produced_to_day": date(2025, 1, 31)}, {"RL-006"}),
    ({"produced_from_day": date(2025, 2, 1), "produced_to_day": date(2025, 2, 1)}, set()),
    ({"produced_from_day": date(2026, 3, 16)}, {"RL-006"}),
    ({"quantity": "很多", "n_units": None}, {"RL-007"}),
    ({"quantity": "0", "n_units": 0}, {"RL-007"}),
    ({"quantity": None, "n_units": None}, set()),
    ({"defect": None}, {"RL-008"}),
    ({"hazard": None}, {"RL-008"}),
    ({"remedy": None}, {"RL-008"}),
    ({"source_url": None}, {"RL-009"}),
    ({"source_url": "见官网"}, {"RL-009"}),
    ({"source_url": "javascript:alert(1)"}, {"RL-009"}),
    ({"warning_id": "W2026-ABCDEFGH23"}, set()),
    ({"warning_id": "W2026-ABCDEFGH2"}, {"RL-010"}),
    ({"warning_id": "W2026-ABCDEFGH01"}, {"RL-010"}),
    ({"status": "不知", "status_code": None}, {"RL-011"}),
    ({"corrected_on": "改"}, {"RL-012"}),
    ({"corrected_on": "2026-03-14", "corrected_day": date(2026, 3, 14)}, {"RL-012"}),
    ({"corrected_on": "2026-07-02", "corrected_day": date(2026, 7, 2)}, {"RL-012"}),
    (TWICE, {"RL-013"}),
    (TWICE | {"said": "2"}, {"RL-013"}),
    (TWICE | {"said": "3"} | CORRECTED, set()),
    ({"recall_no": "same"}, set()),
    ({"recall_no": "same"}, set()),
)
MEASURE: dict[str, Any] = {
    "feed": "食品", "subject": None, "kind": "整改", "happened_on": "2026-03-15", "authority": "市局", "result": None,
    "due_on": None, "document_no": None, "corrected_on": None, "happened_day": date(2026, 3, 15), "due_day": None,
    "corrected_day": None, "feed_code": "food", "kind_code": "rectified", "result_code": "done", "said": "1",
    "received_on": date(2026, 7, 1),
}  # fmt: skip
SAME = {"subject": "twice"}
MEASURE_CASES: tuple[Case, ...] = (
    ({}, set()),
    ({"feed": "药品", "feed_code": None}, {"DP-001"}),
    ({"subject": None, "said": "no subject"}, {"DP-002"}),
    ({"kind": "表扬", "kind_code": None}, {"DP-003"}),
    ({"happened_on": "改日", "happened_day": None}, {"DP-004"}),
    ({"happened_day": date(2026, 7, 1)}, set()),
    ({"happened_day": date(2026, 7, 2)}, {"DP-004"}),
    ({"authority": None}, {"DP-005"}),
    ({"result_code": None}, {"DP-006"}),
    ({"due_on": "尽快"}, {"DP-007"}),
    ({"due_on": "2026-06-30", "due_day": date(2026, 6, 30)}, set()),
    ({"due_on": "2206-06-30", "due_day": date(2206, 6, 30)}, {"DP-007"}),
    ({"corrected_on": "2026-03-14", "corrected_day": date(2026, 3, 14)}, {"DP-008"}),
    (SAME, {"DP-009"}),
    (SAME | {"said": "2"}, {"DP-009"}),
    (SAME | {"said": "3"} | CORRECTED, set()),
    (SAME | {"said": "4", "happened_day": date(2026, 3, 16)}, set()),
    (SAME | {"said": "5", "kind_code": "rechecked"}, set()),
    ({"subject": "W2026-ABCDEFGH23", "kind_code": "removed"}, set()),
    ({"subject": "W2026-ABCDEFGH24", "kind_code": "reinspection", "result_code": "upheld"}, {"DP-010"}),
    ({"subject": "w2026-abcdefgh25", "kind_code": "objection", "result_code": "disputed"}, {"DP-010"}),
    ({"subject": "DC26510000001", "kind_code": "reinspection", "result_code": "upheld"}, set()),
)
FORMS: dict[str, tuple[dict[str, Any], str, tuple[Case, ...], tuple[Rule, ...]]] = {
    "recalls": (RECALL, "recall_no", RECALL_CASES, RECALL_RULES),
    "dispositions": (MEASURE, "subject", MEASURE_CASES, DISPOSITION_RULES),
}


@pytest.fixture(scope="module", params=FORMS)
def judged(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, settings: Settings
) -> tuple[str, Verdicts, dict[int, set[str]]]:
    good, key, cases, _ = FORMS[request.param]
    database = tmp_path_factory.mktemp("forms") / "rows.duckdb"
    with connect(settings, database) as connection:
        kinds = {"n_units": "BIGINT", "received_on": "DATE"}
        columns = ", ".join(
            f"{name} {kinds.get(name, 'DATE' if name.endswith('_day') else 'VARCHAR')}" for name in good
        )
        connection.execute(f"CREATE TABLE rows (row_no BIGINT, {columns})")
        for number, (changes, _) in enumerate(cases, start=1):
            row = good | {key: None if changes.get("said", "").startswith("no ") else f"{key}{number}"}
            row |= {name: value for name, value in changes.items() if name != key or value is not None}
            places = ", ".join("?" * (len(good) + 1))
            connection.execute(f"INSERT INTO rows VALUES ({places})", [number, *row.values()])
    return request.param, validate(database, request.param, settings=settings), problems(database)


def test_each_row_breaks_exactly_the_rules_that_its_case_names(
    judged: tuple[str, Verdicts, dict[int, set[str]]],
) -> None:
    name, _, broken = judged
    cases = FORMS[name][2]
    assert [broken.get(number, set()) for number in range(1, len(cases) + 1)] == [rules for _, rules in cases]


def test_every_rule_of_the_form_sends_the_file_back_and_has_its_case(
    judged: tuple[str, Verdicts, dict[int, set[str]]],
) -> None:
    name, verdicts, _ = judged
    _, _, cases, rules = FORMS[name]
    ids = {each.id for each in rules}
    assert ids == {rule_id for _, broken in cases for rule_id in broken}
    assert {rejection.rule for rejection in verdicts.rejections} == ids
    assert {each.action for each in rules} == {"reject_file"}


@pytest.mark.parametrize("name", FORMS)
def test_the_rules_speak_of_columns_of_their_form(name: str) -> None:
    rules = FORMS[name][3]
    known = {column.name for column in form(name).columns}
    assert {column for each in rules for column in each.columns} <= known
    assert {each.feeds for each in rules} == {(name,)}
