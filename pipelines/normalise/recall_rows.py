"""The rows of a form of recalls: what was written, and beside it what was understood, for the rules to judge."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipelines.normalise.dates import date_of
from pipelines.normalise.form_rows import FormRows, form_rows, word_code
from pipelines.read import Document
from warehouse.archive import Envelope
from warehouse.contract import form
from warehouse.office_time import OFFICE_TIME

__all__ = ["RECALLS", "recall_rows", "units_in"]

RECALLS = "recalls"
# 约12,345台(件): a whole number, with what is counted behind it; 120万台 is to be written out, 千克 is a unit.
_UNITS = re.compile(
    r"(?:约|共|共计)?\s*(\d{1,3}(?:,\d{3})+|\d{1,12})(?:\.0+)?\s*(?![百万亿]|千(?![克米瓦]))[^\d\s.,]{0,8}"
)
_DAYS = ("announced_on", "produced_from", "produced_to", "corrected_on")


def _day(name: str) -> str:
    """The column that holds the day which the column `name` was understood as."""
    return f"{name.removesuffix('_on')}_day"


_UNDERSTOOD: Mapping[str, pa.DataType] = {
    **{_day(name): pa.date32() for name in _DAYS},
    "kind_code": pa.string(),
    "status_code": pa.string(),
    "n_units": pa.int64(),
    "said": pa.string(),
    "received_on": pa.date32(),
}


def recall_rows(document: Document, envelope: Envelope) -> FormRows:
    """The data rows of all sheets under a known header.

    Raises Unreadable where no sheet has such a header, or no row below it.
    """

    def understand(row: Mapping[str, Any], counts_from_1904: bool) -> dict[str, Any]:
        days = {_day(name): date_of(row.get(name) or "", counts_from_1904=counts_from_1904) for name in _DAYS}
        return days | _understood(row) | {"received_on": envelope.received_at.astimezone(OFFICE_TIME).date()}

    return form_rows(RECALLS, document, _UNDERSTOOD, understand)


def units_in(quantity: str) -> int | None:
    """The whole number that a quantity gives; None where it gives none, or not in digits alone."""
    units = _UNITS.fullmatch(unicodedata.normalize("NFKC", quantity))
    return int(units[1].replace(",", "")) if units else None


def _understood(row: Mapping[str, Any]) -> dict[str, Any]:
    known = form(RECALLS)
    status = row.get("status")
    return {
        "kind_code": word_code(known, "kind", row["kind"]),
        "status_code": "ongoing" if status is None else word_code(known, "status", status),
        "n_units": units_in(row.get("quantity") or ""),
        "said": repr([row.get(column.name) for column in known.columns]),
    }
