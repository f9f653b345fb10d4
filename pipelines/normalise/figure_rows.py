"""The rows of a form of yearly figures: what was written, and beside it what was understood, for the rules to judge."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from functools import cache
from typing import Any

import pyarrow as pa

from pipelines.normalise.dates import date_of
from pipelines.normalise.form_rows import FormRows, form_rows, word_code
from pipelines.normalise.text import key_of
from pipelines.read import Document
from warehouse.archive import Envelope
from warehouse.contract import form
from warehouse.office_time import OFFICE_TIME
from warehouse.reference import divisions, indicators

__all__ = ["FIGURES", "figure_rows"]

FIGURES = "figures"
_YEAR = re.compile(r"(\d{4})(?:\.0+)?年?(?:度)?")
_VALUE = re.compile(r"(\d{1,6}(?:\.\d{1,10})?)")
_UNDERSTOOD: Mapping[str, pa.DataType] = {
    "indicator_code": pa.string(),
    "province_code": pa.string(),
    "unit_code": pa.string(),
    "indicator_unit": pa.string(),
    "is_sampled": pa.bool_(),
    "has_target": pa.bool_(),
    "year_no": pa.int64(),
    "value_number": pa.float64(),
    "published_day": pa.date32(),
    "corrected_day": pa.date32(),
    "received_on": pa.date32(),
}


def figure_rows(document: Document, envelope: Envelope, provinces: tuple[str, ...]) -> FormRows:
    """The data rows of all sheets under a known header; a row that names no province is of the only one installed.

    Raises Unreadable where no sheet has such a header, or no row below it.
    """

    def understand(row: Mapping[str, Any], counts_from_1904: bool) -> dict[str, Any]:
        return _understood(row, envelope, provinces, counts_from_1904)

    return form_rows(FIGURES, document, _UNDERSTOOD, understand)


def _understood(
    row: Mapping[str, Any], envelope: Envelope, provinces: tuple[str, ...], counts_from_1904: bool
) -> dict[str, Any]:
    code = _indicators().get(key_of(row["indicator"] or ""))
    province_code = _province(row.get("province"), provinces)
    about = [each for each in indicators() if each.indicator_code == code]
    published, corrected = (
        date_of(row.get(name) or "", counts_from_1904=counts_from_1904) for name in ("published_on", "corrected_on")
    )
    year, value = _read(_YEAR, row["year"]), _read(_VALUE, row["value"])
    return {
        "indicator_code": code,
        "province_code": province_code,
        "unit_code": word_code(form(FIGURES), "unit", row.get("unit")),
        "indicator_unit": about[0].unit if about else None,
        "is_sampled": any(each.feed for each in about),
        "has_target": not about or any(each.province_code == province_code for each in about),
        "year_no": None if year is None else int(year),
        "value_number": None if value is None else float(value),
        "published_day": published,
        "corrected_day": corrected,
        "received_on": envelope.received_at.astimezone(OFFICE_TIME).date(),
    }


def _read(pattern: re.Pattern[str], text: str | None) -> str | None:
    match = pattern.fullmatch(unicodedata.normalize("NFKC", text or ""))
    return match[1] if match else None


@cache
def _indicators() -> Mapping[str, str]:
    """Key of a code or name → indicator."""
    named = ((each, (each.indicator_code, each.name_zh, each.name_en)) for each in indicators())
    return {key_of(name): each.indicator_code for each, names in named for name in names}


@cache
def _provinces() -> Mapping[str, str]:
    """Key of a code, name or other name → province."""
    known = divisions()
    codes = {each.code for each in known.at("province")}
    by_name = {each.alias: each.code for each in known.aliases if each.code in codes}
    by_name |= {name: each.code for each in known.at("province") for name in (each.name, each.code)}
    return {key_of(name): code for name, code in by_name.items()}


def _province(text: str | None, provinces: tuple[str, ...]) -> str | None:
    if text is not None:
        return _provinces().get(key_of(text))
    return provinces[0] if len(provinces) == 1 and provinces != ("all",) else None
