from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import duckdb
import pytest
import sqlalchemy

from expectations import dialect
from expectations.rules import RULES_VERSION
from expectations.validate import ExpectationFailedToRun, Rejection, validate
from tests.expectations.tables import DERIVED, GOOD, problems, write_rows
from warehouse.connect import connect
from warehouse.errors import InfrastructureError
from warehouse.settings import Settings

ROOT = Path(__file__).parents[2]


def _drop(database: Path, column: str) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"ALTER TABLE rows DROP COLUMN {column}")


def _problem_rows(database: Path) -> list[tuple[object, ...]]:
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute("SELECT * FROM problems ORDER BY row_no, severity").fetchall()


def test_an_empty_batch_is_rejected_and_not_passed(database: Path, settings: Settings) -> None:
    write_rows(database, [])
    verdicts = validate(database, "food", settings=settings)
    assert verdicts.rejections == (Rejection(rule="SH-001", found="0"),)
    assert verdicts.n_rows == {}
    assert problems(database) == {}


def test_a_table_without_a_contract_column_is_rejected_with_the_column_named(
    database: Path, settings: Settings
) -> None:
    write_rows(database, [{**GOOD["food"], "level_code": "unknown"}])
    _drop(database, "spec")
    _drop(database, "remark")
    verdicts = validate(database, "food", settings=settings)
    assert verdicts.rejections == (Rejection(rule="SH-002", found="remark, spec"),)
    assert problems(database) == {}


@pytest.mark.parametrize("column", ["level_code", "findings", "received_on", "product_name"])
def test_an_expectation_that_cannot_run_is_never_taken_for_bad_data(
    column: str, database: Path, settings: Settings
) -> None:
    write_rows(database, [GOOD["food"]])
    _drop(database, column)
    with pytest.raises(ExpectationFailedToRun, match=column) as raised:
        validate(database, "food", settings=settings)
    assert isinstance(raised.value, InfrastructureError)
    assert raised.value.exit_code == 1
    with duckdb.connect(str(database)) as connection:
        assert connection.execute("SELECT table_name FROM duckdb_tables()").fetchall() == [("rows",)]


def test_a_file_without_the_table_is_no_data_failure(database: Path, settings: Settings) -> None:
    with duckdb.connect(str(database)) as connection:
        connection.execute("CREATE TABLE other AS SELECT 1")
    with pytest.raises(ExpectationFailedToRun, match="rows"):
        validate(database, "food", settings=settings)


def test_a_problem_names_row_rule_action_column_and_what_was_found(database: Path, settings: Settings) -> None:
    write_rows(
        database,
        [
            GOOD["food"],
            {**GOOD["food"], "conclusion": "待查", "conclusion_code": None, "level": None, "level_code": "unknown"},
        ],
    )
    validate(database, "food", settings=settings)
    assert [row[:5] for row in _problem_rows(database)] == [
        (2, "SH-102", "quarantine_row", "conclusion", "待查"),
        (2, "SH-007", "flag_row", "level", None),
    ]


def test_a_problem_names_the_first_of_its_columns_that_holds_something(database: Path, settings: Settings) -> None:
    write_rows(
        database,
        [{**GOOD["food"], "level": None, "task": "2026年抽检计划", "level_code": "unknown"}],
    )
    validate(database, "food", settings=settings)
    assert [row[3:5] for row in _problem_rows(database)] == [("task", "2026年抽检计划")]


def test_no_failing_row_is_cut_off_however_many_there_are(database: Path, settings: Settings) -> None:
    n_rows = 1000
    write_rows(database, [GOOD["food"]])
    with duckdb.connect(str(database)) as connection:
        changed = "sample_key || n AS sample_key, n AS row_no, 'unknown' AS stage_code, NULL AS conclusion_code"
        connection.execute(
            f"CREATE OR REPLACE TABLE rows AS SELECT * REPLACE ({changed}) FROM rows, range({n_rows}) AS numbers(n)"
        )
        connection.execute("ALTER TABLE rows DROP COLUMN n")
    verdicts = validate(database, "food", settings=settings)
    assert verdicts.n_rows == {"SH-102": n_rows, "SH-008": n_rows}
    assert problems(database) == {number: {"SH-102", "SH-008"} for number in range(n_rows)}


def test_judging_again_replaces_the_problems_and_leaves_the_rows_alone(database: Path, settings: Settings) -> None:
    write_rows(database, [{**GOOD["food"], "stage_code": "unknown"}])
    first = validate(database, "food", settings=settings)
    with connect(settings, database) as connection:
        connection.execute("UPDATE rows SET stage_code = 'online', level_code = 'unknown'")
    second = validate(database, "food", settings=settings)
    assert (first.n_rows, second.n_rows) == ({"SH-008": 1}, {"SH-007": 1})
    assert problems(database) == {1: {"SH-007"}}
    with connect(settings, database) as connection:
        assert connection.execute("SELECT count(*), min(stage_code) FROM rows").fetchall() == [(1, "online")]


def test_verdicts_carry_the_version(database: Path, settings: Settings) -> None:
    write_rows(database, [{**GOOD["construction"], "prefecture_code": "unknown"}])
    verdicts = validate(database, "construction", settings=settings)
    assert (verdicts.n_rows, verdicts.rules_version) == ({"CN-023": 1}, RULES_VERSION)


def test_a_feed_without_rules_is_a_key_error(database: Path, settings: Settings) -> None:
    write_rows(database, [GOOD["food"]])
    with pytest.raises(KeyError, match="waterworks"):
        validate(database, "waterworks", settings=settings)


def test_the_dialect_keeps_rows_after_the_connection_is_given_back(database: Path, settings: Settings) -> None:
    write_rows(database, [GOOD["food"], GOOD["food"]])
    dialect.register()
    engine = sqlalchemy.create_engine(dialect.url(database), connect_args=dialect.connect_arguments(settings))
    with engine.connect() as connection:
        result = connection.execute(sqlalchemy.text("SELECT row_no FROM rows ORDER BY row_no"))
        connection.execute(sqlalchemy.text("SELECT 99"))
    assert result.fetchall() == [(1,), (2,)]
    engine.dispose()


def test_the_dialect_opens_the_file_read_only(database: Path, settings: Settings) -> None:
    write_rows(database, [GOOD["food"]])
    dialect.register()
    engine = sqlalchemy.create_engine(dialect.url(database), connect_args=dialect.connect_arguments(settings))
    with engine.connect() as connection, pytest.raises(sqlalchemy.exc.DBAPIError, match="read-only"):
        connection.execute(sqlalchemy.text("DELETE FROM rows"))
    engine.dispose()


def test_the_rules_can_be_read_without_great_expectations() -> None:
    code = "import sys, expectations.rules; sys.exit('great_expectations' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], cwd=ROOT, check=False).returncode == 0


def test_the_tables_made_here_have_the_columns_that_the_architecture_names() -> None:
    page = (ROOT / "docs/architecture.md").read_text(encoding="utf-8")
    section = page.split("## The table `rows`")[1].split("\n## ")[0]
    table = section.split("\n\nA finding has")[0]
    lines = [line.split("|")[1] for line in table.splitlines() if line.startswith("| ")][1:]
    named = [name.strip() for names in lines for name in names.split(",")]
    assert {*named, "unreadable_dates"} == set(DERIVED)
