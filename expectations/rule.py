"""What a rule is: one Great Expectations expectation as data, what happens to rows that break it, and how to say so.

Nothing here imports Great Expectations, so that a receipt can name the rules' version without five seconds of imports.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal

__all__ = [
    "EVERY_FEED",
    "JUDGED",
    "PRODUCT_FEEDS",
    "Action",
    "Feed",
    "Rule",
    "Sentences",
    "in_set",
    "no_rows",
    "no_rows_where",
    "not_in_set",
    "not_null",
    "nowhere_in_sample",
]

Action = Literal["reject_file", "quarantine_row", "flag_row"]
Feed = Literal["market", "food", "construction", "figures", "recalls", "dispositions"]

PRODUCT_FEEDS: tuple[Feed, ...] = ("market", "food")
EVERY_FEED: tuple[Feed, ...] = (*PRODUCT_FEEDS, "construction")

# For queries that read the batch more than once: `{batch}` may bring an alias of its own, so it is named here.
JUDGED = "judged AS NOT MATERIALIZED (SELECT * FROM {batch})"

_LONGEST_QUOTE = 80


@dataclass(frozen=True)
class Sentences:
    """The same sentence for the sender, in Chinese and in English."""

    zh: str
    en: str


@dataclass(frozen=True)
class Rule:
    """One rule of one or more feeds.

    id: stable for ever; receipts, quarantine and replies to senders name it.
    columns: the contract columns that it speaks of; a problem names the first that is to blame, else the first.
    expectation, arguments: type and arguments of the Great Expectations expectation, the only place where the rule
        is written.
    zh, en: the sentence for the sender, with `{column}` and `{found}`.
    blames: a condition on one column, which holds for the one that a problem names: as a rule, that it holds something.
    """

    id: str
    feeds: tuple[Feed, ...]
    action: Action
    columns: tuple[str, ...]
    expectation: str
    zh: str
    en: str
    arguments: Mapping[str, Any] = field(default_factory=dict)
    blames: str = "{column} IS NOT NULL"

    @property
    def column(self) -> str | None:
        """The contract column that the rule speaks of first; None where it speaks of the whole table."""
        return self.columns[0] if self.columns else None

    def sentences(self, *, column: str | None, found: str | None) -> Sentences:
        """The sentences about one cell: `column` as the sender spells it, long cells cut."""
        quote_zh, quote_en = ("（空）", "nothing") if found is None else (_quoted(found),) * 2
        return Sentences(
            zh=self.zh.format(column=column or self.column or "", found=quote_zh),
            en=self.en.format(column=column or self.column or "", found=quote_en),
        )


def _quoted(found: str) -> str:
    line = " ".join(found.split())
    return line if len(line) <= _LONGEST_QUOTE else line[: _LONGEST_QUOTE - 1] + "…"


# Each of these gives the fields `expectation` and `arguments` of a rule. Conditions on several columns are queries,
# because a `row_condition` is left out of the query that GX returns for the failing rows.


def not_null(column: str) -> dict[str, Any]:
    return {"expectation": "expect_column_values_to_not_be_null", "arguments": {"column": column}}


def in_set(column: str, *values: object) -> dict[str, Any]:
    return {
        "expectation": "expect_column_values_to_be_in_set",
        "arguments": {"column": column, "value_set": list(values)},
    }


def not_in_set(column: str, *values: object) -> dict[str, Any]:
    return {
        "expectation": "expect_column_values_to_not_be_in_set",
        "arguments": {"column": column, "value_set": list(values)},
    }


def no_rows(query: str) -> dict[str, Any]:
    """A query on `{batch}` that selects the `row_no` of each offending row."""
    return {"expectation": "expect_query_to_select_no_rows", "arguments": {"unexpected_rows_query": query}}


def no_rows_where(condition: str) -> dict[str, Any]:
    """A condition on one row that holds for the offending ones."""
    return no_rows(f"SELECT row_no FROM {{batch}} WHERE {condition}")  # noqa: S608 -- rules are part of the program


def nowhere_in_sample(lacking: str, *, cured_by: str) -> dict[str, Any]:
    """Rows that lack something which no other row of their sample has: a continuation row may leave cells blank.

    lacking, cured_by: conditions on one row, their columns written `this.…` and `other.…`.
    """
    return no_rows(
        f"WITH {JUDGED} SELECT this.row_no FROM judged AS this WHERE {lacking} AND NOT EXISTS "  # noqa: S608 -- as above
        f"(SELECT 1 FROM judged AS other WHERE other.sample_key = this.sample_key AND ({cured_by}))"
    )
