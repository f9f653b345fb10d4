"""The quarantined rows of a judged batch, each with its problem as the sender reads it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from expectations.rules import rule
from pipelines.normalise.batch import Normalised
from pipelines.sql import statement
from warehouse.connect import Connection
from warehouse.contract import Contract
from warehouse.receipts import Problem

__all__ = ["QuarantinedRow", "quarantined_rows", "title_as_written"]


@dataclass(frozen=True)
class QuarantinedRow:
    """values: what is known of the row, named as in the lake's quarantine; is_to_blame: False for a row that only
    goes along with its sample, whose problem is then that of the row to blame.
    """

    values: dict[str, Any]
    problem: Problem
    is_to_blame: bool


def quarantined_rows(connection: Connection, batch: Normalised, feed_contract: Contract) -> list[QuarantinedRow]:
    """The rows in reading order; from the tables `rows` and `routed` of the batch's DuckDB file."""
    found = []
    for values in connection.sql(statement("quarantined")).to_arrow_table().to_pylist():
        is_to_blame, row_to_blame = values.pop("is_to_blame"), values.pop("row_to_blame")
        title = title_as_written(batch, feed_contract, values["sheet"], values["column_name"])
        sentences = rule(values["rule"]).sentences(column=title, found=values["found"])
        problem = Problem(
            rule=values["rule"],
            message_zh=sentences.zh
            if is_to_blame
            else f"同一批次第 {row_to_blame} 行有误，本行一并隔离：{sentences.zh}",
            message_en=sentences.en
            if is_to_blame
            else f"Row {row_to_blame} of the same sample is wrong, so this row goes along with it: {sentences.en}",
            sheet=values["sheet"] or None,
            row=values["source_row"],
            column=title,
            found=values["found"],
        )
        found.append(QuarantinedRow(values, problem, is_to_blame))
    return found


def title_as_written(batch: Normalised, feed_contract: Contract, sheet: str, column: str | None) -> str | None:
    """The column as the sender spells it, else as the contract calls it."""
    if column is None:
        return None
    header = batch.sheets[sheet][1]
    if column in header.columns:
        return " ".join(header.titles[header.columns[column]].split())
    return feed_contract.column(column).title if column in feed_contract.names else column
