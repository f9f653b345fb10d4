"""Whether a sheet is one half of a notice, and whether the notice's other half is known to be empty."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.facts import Sidecar
from pipelines.normalise.sheet_rows import SheetRows
from pipelines.normalise.words import verdict_in_name
from warehouse.contract import Contract

__all__ = ["HALVES", "half_has_place", "halves", "is_other_half_empty"]

_PLACE_COLUMNS = ("sampled_unit_prefecture", "sampled_unit_county", "sampled_unit_address")
HALVES = ("conforming", "nonconforming")


def halves(
    found: SheetRows, derived: dict[str, Any], feed_contract: Contract, sidecar: Sidecar, file_name: str
) -> pa.Array[Any]:
    """together, conforming, nonconforming or failures_only for each row.

    A sheet is a half when all its verdicts are the same and either no column of its own says so or its name does;
    an undetermined row goes with its sheet.
    """
    n_rows = len(found)
    codes = derived["conclusion_code"]
    verdicts = [code for code in pc.unique(pc.drop_null(codes)).to_pylist() if code in HALVES]
    if sidecar.verdicts in ("together", "failures_only"):
        return pa.array([sidecar.verdicts] * n_rows, pa.string())
    if sidecar.verdicts == "split":
        of_sheet = verdicts[0] if len(verdicts) == 1 else "conforming"
        rows: pa.Array[Any] = pc.if_else(pc.is_in(codes, value_set=pa.array(HALVES)), codes, of_sheet)
        return rows
    is_half = feed_contract.recognises_halves and len(verdicts) == 1
    if is_half:
        sources = set(pc.unique(pc.drop_null(derived["conclusion_source"])).to_pylist())
        told = (found.sheet, found.verdict_title, file_name)
        named = next((verdict for verdict in map(verdict_in_name, told) if verdict), None)
        is_half = not sources & {"column", "points"} or named == verdicts[0]
    return pa.array([verdicts[0] if is_half else "together"] * n_rows, pa.string())


def half_has_place(found: SheetRows) -> bool:
    """Whether some column of the sheet can give a prefecture; one that is blank throughout can't."""
    return any(
        len(found.columns[name]) > found.columns[name].null_count for name in _PLACE_COLUMNS if name in found.has
    )


def is_other_half_empty(empty_sheets: Iterable[str], present: Iterable[str]) -> bool:
    """Whether an empty sheet named for one verdict stands beside rows of the other: so there are none of that one."""
    said = {verdict_in_name(name) for name in empty_sheets} - {None}
    halves_present = set(present) & set(HALVES)
    return bool(said - halves_present) and bool(halves_present)
