"""The rows of a form of dispositions (核查处置): what was written, and beside it what was understood."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

import pyarrow as pa

from pipelines.normalise.dates import date_of
from pipelines.normalise.form_rows import FormRows, column_of, form_rows, word_code
from pipelines.read import Document
from warehouse.archive import Envelope
from warehouse.contract import form
from warehouse.office_time import OFFICE_TIME

__all__ = ["DISPOSITIONS", "FOUND_OUT", "is_form_of_measures", "measure_rows"]

DISPOSITIONS = "dispositions"
FOUND_OUT = ("reinspection", "objection")
"""Kinds whose result decides on the sample itself; each has words of its own in the contract."""
# What the office's own decisions, JSON in the same folder, never have.
_OF_MEASURES = frozenset({"happened_on", "authority", "due_on", "document_no"})
_KEY = re.compile(r'"([^"\\]{1,40})"\s*:')
_DAYS = ("happened_on", "due_on", "corrected_on")
_UNDERSTOOD: Mapping[str, pa.DataType] = {
    **{name.replace("_on", "_day"): pa.date32() for name in _DAYS},
    "feed_code": pa.string(),
    "kind_code": pa.string(),
    "result_code": pa.string(),
    "said": pa.string(),
    "received_on": pa.date32(),
}


def is_form_of_measures(file_name: str, head: bytes) -> bool:
    """Whether a file of landing/dispositions is an agency's table rather than a decision of the office; head: how it
    begins. A decision is a file of JSON that has none of the form's own columns.
    """
    text = head.removeprefix(b"\xef\xbb\xbf").lstrip()
    if not file_name.lower().endswith(".json") and text[:1] not in (b"{", b"["):
        return True
    named = (column_of(form(DISPOSITIONS), key) for key in _KEY.findall(text.decode(errors="replace")))
    return any(column is not None and column.name in _OF_MEASURES for column in named)


def measure_rows(document: Document, envelope: Envelope) -> FormRows:
    """The data rows of all sheets under a known header.

    Raises Unreadable where no sheet has such a header, or no row below it.
    """

    def understand(row: Mapping[str, Any], counts_from_1904: bool) -> dict[str, Any]:
        days = {
            name.replace("_on", "_day"): date_of(row.get(name) or "", counts_from_1904=counts_from_1904)
            for name in _DAYS
        }
        return days | _understood(row) | {"received_on": envelope.received_at.astimezone(OFFICE_TIME).date()}

    return form_rows(DISPOSITIONS, document, _UNDERSTOOD, understand)


def _understood(row: Mapping[str, Any]) -> dict[str, Any]:
    known = form(DISPOSITIONS)
    kind, result = word_code(known, "kind", row["kind"]), row.get("result")
    # What a measure came to goes without saying, except what was found out: by a look-back, a second test, an inquiry.
    is_plain = result is None and kind != "rechecked" and kind not in FOUND_OUT
    words = kind if kind in FOUND_OUT else "result"
    return {
        "feed_code": word_code(known, "feed", row["feed"]),
        "kind_code": kind,
        "result_code": "done" if is_plain else word_code(known, words, result),
        "said": repr([row.get(column.name) for column in known.columns]),
    }
