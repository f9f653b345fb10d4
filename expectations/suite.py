"""The rules of a feed as a Great Expectations suite."""

from __future__ import annotations

from typing import Any, ClassVar

import great_expectations as gx
from great_expectations.expectations.core.unexpected_rows_expectation import UnexpectedRowsExpectation

from expectations.rules import rules_of

__all__ = ["ExpectQueryToSelectNoRows", "suite"]


class ExpectQueryToSelectNoRows(UnexpectedRowsExpectation):
    """Expect a query on the batch to select no rows.

    Counts only: GX's own class also fetches every offending row, of which routing makes no use because it runs the
    query itself.
    """

    metric_dependencies: ClassVar[tuple[str, ...]] = ("unexpected_rows_query.row_count",)

    def _validate(
        self,
        metrics: dict[str, Any],
        runtime_configuration: Any = None,  # noqa: ARG002 -- GX passes it by name
        execution_engine: Any = None,  # noqa: ARG002
    ) -> dict[str, Any]:
        n_rows = metrics["unexpected_rows_query.row_count"]
        return {"success": n_rows == 0, "result": {"observed_value": n_rows, "unexpected_count": n_rows}}


def suite(feed: str) -> gx.ExpectationSuite:
    """The suite of a feed; each expectation's `meta` names its rule."""
    return gx.ExpectationSuite(
        name=feed,
        expectations=[
            {"type": rule.expectation, "kwargs": dict(rule.arguments), "meta": {"rule": rule.id}}
            for rule in rules_of(feed)
        ],
    )
