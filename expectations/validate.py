"""Runs a feed's rules on the table `rows` of a DuckDB file and writes beside it which rows break which rule."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import great_expectations as gx
from great_expectations.core import ExpectationSuiteValidationResult, ExpectationValidationResult
from great_expectations.data_context.types.base import (
    DataContextConfig,
    InMemoryStoreBackendDefaults,
    ProgressBarsConfig,
)
from great_expectations.datasource.fluent.interfaces import TestConnectionError

from expectations import dialect
from expectations.rules import RULES_VERSION, Rule, rule, severity
from expectations.shared import CONTRACT_COLUMNS_PARAMETER
from expectations.suite import suite
from warehouse.connect import Connection, connect, quote
from warehouse.contract import row_columns
from warehouse.errors import InfrastructureError
from warehouse.settings import Settings

__all__ = ["ExpectationFailedToRun", "Rejection", "Verdicts", "validate"]

_RESULT_FORMAT = {
    "result_format": "COMPLETE",
    "unexpected_index_column_names": ["row_no"],
    "return_unexpected_index_query": True,
    "partial_unexpected_count": 20,
}

_PROBLEMS = """
CREATE OR REPLACE TABLE problems (
    row_no BIGINT, rule VARCHAR, action VARCHAR, column_name VARCHAR, found VARCHAR, severity INTEGER
)
"""


class ExpectationFailedToRun(InfrastructureError):  # noqa: N818 -- says what happened
    """An expectation raised instead of answering; the batch stays unprocessed."""


@dataclass(frozen=True)
class Rejection:
    """A rule for which the whole file is sent back, and what was found."""

    rule: str
    found: str


@dataclass(frozen=True)
class Verdicts:
    """What the rules said of one batch.

    rejections: broken rules that reject the file; then only their own rows are told, where they speak of rows.
    n_rows: rows that break a rule, by rule id; rules that nothing breaks are left out.
    """

    rejections: tuple[Rejection, ...]
    n_rows: Mapping[str, int]
    rules_version: str


def validate(database: Path, feed: str, *, settings: Settings) -> Verdicts:
    """Judges the rows of a DuckDB file that nobody else has open.

    Writes the table `problems`, a line per row and broken rule, into the same file, over an earlier one.
    Raises ExpectationFailedToRun when an expectation could not be evaluated: that is never taken for bad data.
    """
    result = _run(database, feed, settings)
    _refuse_exceptions(result, database)
    broken = sorted(
        ((_rule_of(each), each) for each in result.results if not each.success), key=lambda pair: severity(pair[0].id)
    )
    rejecting = [(each, outcome) for each, outcome in broken if each.action == "reject_file"]
    rejections = tuple(Rejection(rule=each.id, found=_observed(outcome)) for each, outcome in rejecting)
    with connect(settings, database) as connection:
        connection.execute(_PROBLEMS)
        n_rows = _route(connection, [pair for pair in rejecting if pair[0].columns] if rejections else broken)
    return Verdicts(rejections=rejections, n_rows=n_rows, rules_version=RULES_VERSION)


def _run(database: Path, feed: str, settings: Settings) -> ExpectationSuiteValidationResult:
    dialect.register()
    context = gx.get_context(
        mode="ephemeral",
        project_config=DataContextConfig(
            store_backend_defaults=InMemoryStoreBackendDefaults(),
            analytics_enabled=False,
            progress_bars=ProgressBarsConfig(globally=False),
        ),
    )
    source = context.data_sources.add_sql(  # type: ignore[call-arg]  # its stub lags behind
        "batch",
        connection_string=dialect.url(database),
        kwargs={"connect_args": dialect.connect_arguments(settings)},
    )
    try:
        batch = source.add_table_asset("rows", table_name="rows").add_batch_definition_whole_table("rows").get_batch()
        return batch.validate(
            suite(feed),
            result_format=_RESULT_FORMAT,
            expectation_parameters={CONTRACT_COLUMNS_PARAMETER: list(row_columns())},
        )
    except TestConnectionError as error:
        raise ExpectationFailedToRun(f"{database} has no table `rows` that can be read: {error}") from error
    finally:
        # GX holds one engine to look at the table and another to run on it; a file left open cannot be written to.
        source.get_engine().dispose()
        source.get_execution_engine().engine.dispose()


def _refuse_exceptions(result: ExpectationSuiteValidationResult, database: Path) -> None:
    raised = {_rule_of(each).id: message for each in result.results if (message := _exception(each))}
    if raised:
        first = min(raised)
        raise ExpectationFailedToRun(
            f"{len(raised)} of the rules on {database} could not be evaluated ({', '.join(sorted(raised))}); "
            f"{first}: {raised[first]}. The batch stays unprocessed; the rows are not at fault."
        )


def _exception(outcome: ExpectationValidationResult) -> str | None:
    """GX tells of one exception, or of one for each metric that raised."""
    info = outcome.exception_info or {}
    told: Iterable[Any] = [info] if "raised_exception" in info else info.values()
    return next((str(each["exception_message"]) for each in told if each["raised_exception"]), None)


def _rule_of(outcome: ExpectationValidationResult) -> Rule:
    return rule(outcome.expectation_config.meta["rule"])  # type: ignore[union-attr]  # every run fills it


def _observed(outcome: ExpectationValidationResult) -> str:
    missing = outcome.result.get("details", {}).get("mismatched", {}).get("missing")
    return ", ".join(missing) if missing else str(outcome.result["observed_value"])


def _route(connection: Connection, broken: Iterable[tuple[Rule, ExpectationValidationResult]]) -> dict[str, int]:
    return {each.id: _write_problems(connection, each, _failing_rows(each, outcome)) for each, outcome in broken}


def _failing_rows(broken: Rule, outcome: ExpectationValidationResult) -> str:
    """The query that selects the failing rows, as GX ran it."""
    query: str | None = outcome.result.get("unexpected_index_query")
    return query.rstrip("; \n") if query else broken.arguments["unexpected_rows_query"].format(batch="rows")


def _write_problems(connection: Connection, broken: Rule, failing_rows: str) -> int:
    blamed = {column: broken.blames.format(column=column) for column in broken.columns}
    named = " ".join(f"WHEN {condition} THEN {quote(column)}" for column, condition in blamed.items())
    held = " ".join(f"WHEN {condition} THEN {column}" for column, condition in blamed.items())
    ((n_rows,),) = connection.execute(
        f"""
        INSERT INTO problems
        SELECT
            rows.row_no,
            {quote(broken.id)},
            {quote(broken.action)},
            CASE {named} ELSE {quote(broken.columns[0])} END,
            CASE {held} END,
            {severity(broken.id)}
        FROM rows
        WHERE rows.row_no IN (SELECT failing.row_no FROM ({failing_rows}) AS failing)
        """  # noqa: S608 -- rules are part of the program
    ).fetchall()
    return int(n_rows)
