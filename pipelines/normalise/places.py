"""Where the sampled unit is: province, prefecture and county codes, and the evidence that decided.

An explicit column wins over an address, an address over the province column; a unit's name is the last resort and
gives a place only if it begins with one. A doubtful place is `unknown`, never a neighbour.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, TypeAlias

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.gazetteer import gazetteer
from pipelines.normalise.place_reading import NOTHING, Reading, clean, read, read_cell
from pipelines.normalise.text import whole
from warehouse.reference import UNKNOWN

__all__ = ["Place", "resolve", "resolve_many"]

Column: TypeAlias = "pa.Array[Any] | pa.ChunkedArray[Any]"

# Characters by which addresses are told apart, step by step: each reaches little past a place that the one before
# did not, or else every house number would be told apart. Names have 9 (四川省成都市武侯区) to 16 characters.
_HEADS = (10, 11, 12, 13, 14, 16, 18)
_OPEN = -1
_RESULT = (
    ("province_code", "province_code"),
    ("prefecture_code", "prefecture_code"),
    ("county_code", "county_code"),
    ("place_evidence", "evidence"),
)
_ONLINE = re.compile(
    r"https?:|www\.|\.(?:com|cn|net)\b|网店|网址|天猫|淘宝|京东商城|京东店|拼多多|抖音|快手|饿了么|美团|手机APP",
    re.IGNORECASE,
)
# A name that tells of a branch names the seat first and the branch somewhere behind.
_BRANCH = re.compile(r"分公司|分店|分部|分厂|分行|加盟|连锁|直营|旗舰店|驻.*办事处|公司[^()]+[店部厂场市心站]$")
_STREET = re.compile(r"[东西南北中]?(?:路|街|大道|大街)")
_BRACKETED = re.compile(r"\(([^()]+)\)")
# Dishes that are called after a county are sold everywhere.
_DISHES = ("沙县", "郫县豆瓣")


@dataclass(frozen=True, slots=True)
class Place:
    """Codes of GB/T 2260 or `unknown`; evidence is what gave the prefecture, or else the province.

    evidence: prefecture_column, county_column, address, province_column, name or none.
    """

    province_code: str = UNKNOWN
    prefecture_code: str = UNKNOWN
    county_code: str = UNKNOWN
    evidence: str = "none"


@dataclass(frozen=True, slots=True)
class _Columns:
    """What the three place columns say."""

    stated: Reading
    column: Reading
    county: Reading

    @property
    def province(self) -> str:
        return self.stated.province or self.column.province

    @property
    def prefecture(self) -> str:
        return self.county.prefecture or self.column.prefecture


def resolve(
    prefecture_text: str | None,
    county_text: str | None,
    address: str | None,
    province_text: str | None,
    unit_name: str | None,
) -> Place:
    """The sampled unit's place from what the row says of it; the same for the same texts, and never an error."""
    return _resolve(_columns(prefecture_text, county_text, province_text), address, unit_name)[0]


def _resolve(columns: _Columns, address: str | None, unit_name: str | None) -> tuple[Place, str]:
    """The place, and the head of the address that decided it together with the columns (else empty)."""
    located = clean(address) if address else ""
    written = read(located, columns.province or columns.county.province, columns.prefecture)
    place = _settle(columns, written)
    if place is not None:
        return place, written.head
    named = NOTHING
    if unit_name and not _ONLINE.search(located) and not _ONLINE.search(unit_name):
        named = _read_name(clean(unit_name), columns.province or columns.county.province or written.province)
        if named.prefecture and _agrees(named, columns.county.counties or written.counties):
            return _place(named, "name"), ""
    return _province_only(columns, written, named), ""


@lru_cache(maxsize=50_000)
def _columns(prefecture_text: str | None, county_text: str | None, province_text: str | None) -> _Columns:
    stated = _cell(province_text, "province")
    column = _cell(prefecture_text, "prefecture", stated.province)
    return _Columns(stated, column, _cell(county_text, "county", stated.province or column.province, column.prefecture))


def _cell(text: str | None, level: str, province: str = "", prefecture: str = "") -> Reading:
    return read_cell(clean(text), level, province, prefecture) if text else NOTHING


def _settle(columns: _Columns, written: Reading) -> Place | None:
    """The place by columns and address; None where a name may still be asked."""
    column, county = columns.column, columns.county
    if column.is_contradicting or county.is_contradicting:
        return _province_only(columns, written)
    if columns.prefecture:
        return _in_column(columns.prefecture, column, county, written)
    if county.counties and written.prefecture:
        return _county_of_address(county, written) or _province_only(columns, written)
    if written.is_contradicting:
        return _province_only(columns, written)
    return _from_address(columns.stated, written)


def _from_address(stated: Reading, written: Reading) -> Place | None:
    """The address's prefecture, unless the province column names another one, which wins."""
    if written.prefecture and stated.prefecture in ("", written.prefecture):
        return _place(written, "address")
    return _place(stated, "province_column") if stated.prefecture else None


def _place(reading: Reading, evidence: str) -> Place:
    return Place(reading.province or UNKNOWN, reading.prefecture or UNKNOWN, reading.county or UNKNOWN, evidence)


def _in_column(prefecture: str, column: Reading, county: Reading, written: Reading) -> Place:
    """A column gives the prefecture; the address may add a county that lies in it, and nothing else."""
    code = county.county or column.county
    if not code and written.county and gazetteer().parents[written.county] == prefecture:
        code = written.county
    evidence = "prefecture_column" if column.prefecture else "county_column"
    return Place(gazetteer().parents[prefecture], prefecture, code or UNKNOWN, evidence)


def _county_of_address(county: Reading, written: Reading) -> Place | None:
    """An ambiguous county column (市中区) settled by the prefecture of the address, if that has such a county."""
    inside = [code for code in county.counties if gazetteer().parents[code] == written.prefecture]
    return Place(written.province, written.prefecture, inside[0], "address") if inside else None


def _agrees(named: Reading, candidates: tuple[str, ...]) -> bool:
    return not candidates or named.prefecture in {gazetteer().parents[code] for code in candidates}


def _read_name(name: str, province: str) -> Reading:
    """What a unit's name begins with; nothing where the name may tell of a seat, a branch or a dish."""
    if name.startswith(_DISHES) or any(_provinces_at_start(part) for part in _BRACKETED.findall(name)):
        return NOTHING
    if _BRANCH.search(name):
        return _province_of_branch(name)
    found = read(name, province)
    if found.is_contradicting:
        return NOTHING if province else Reading(found.province)
    return found if found.province or found.counties else _seat(name)


def _seat(name: str) -> Reading:
    """The province that a company is called after (四川粮之髓食品有限公司)."""
    end, codes = gazetteer().provinces_short.at(name, 0)
    return Reading(codes[0]) if codes and "公司" in name and not _STREET.match(name, end) else NOTHING


def _province_of_branch(name: str) -> Reading:
    """The seat's province, if the branch is called after a place of that province only (广东…公司普宁分公司)."""
    seat, found, branch = name.removesuffix("公司").rpartition("公司")
    code = (read(seat).province or _seat(seat + found).province) if found else ""
    return Reading(code) if code and _provinces_at_start(branch) == {code} else NOTHING


def _provinces_at_start(text: str) -> set[str]:
    """Provinces of the places, with or without suffix, that a text begins with."""
    names = gazetteer()
    full = (names.provinces, names.prefectures, names.counties)
    short = (names.provinces_short, names.prefectures_short, names.counties_short)
    return {code[:2] + "0000" for kind in full + short for code in kind.at(text, 0)[1]}


def _province_only(columns: _Columns, written: Reading, named: Reading = NOTHING) -> Place:
    """The province from the first evidence that gives one; the prefecture stays unknown."""
    readings = {
        "province_column": columns.stated,
        "prefecture_column": columns.column,
        "county_column": columns.county,
        "address": written,
        "name": named,
    }
    for evidence, reading in readings.items():
        if reading.province:
            return Place(reading.province, evidence=evidence)
    return Place()


def resolve_many(
    prefecture_text: Column, county_text: Column, address: Column, province_text: Column, unit_name: Column
) -> dict[str, pa.Array[Any]]:
    """`resolve` for columns of equal length: province_code, prefecture_code, county_code and place_evidence.

    Addresses that begin alike are read once: first those that share a few characters, then, of what that left open,
    those that share more of them, at last those that are equal throughout and have the same name beside them.
    """
    located, named = whole(address), whole(unit_name)
    columns, column_of_row = _columns_of_rows(prefecture_text, county_text, province_text)
    known: dict[Place, int] = {}
    positions = np.full(len(located), _OPEN, dtype=np.int32)
    rows = np.arange(len(located))
    for length in _HEADS:
        told = located.take(pa.array(rows))
        first, which = _distinct(column_of_row[rows], pc.utf8_slice_codeunits(told, 0, length))
        numbers = []
        for k, text in zip(column_of_row[rows[first]], told.take(pa.array(first)).to_pylist(), strict=True):
            place = _by_head(columns[k], text, length)
            numbers.append(_OPEN if place is None else known.setdefault(place, len(known)))
        positions[rows] = np.array(numbers, dtype=np.int32)[which]
        rows = rows[positions[rows] == _OPEN]
    cells = (located.take(pa.array(rows)), named.take(pa.array(rows)))
    first, which = _distinct(column_of_row[rows], *cells)
    texts, names = (column.take(pa.array(first)).to_pylist() for column in cells)
    found = (_resolve(columns[k], *each)[0] for k, *each in zip(column_of_row[rows[first]], texts, names, strict=True))
    positions[rows] = np.array([known.setdefault(place, len(known)) for place in found], dtype=np.int32)[which]
    values = {name: pa.array([getattr(place, field) for place in known], pa.string()) for name, field in _RESULT}
    return {name: column.take(pa.array(positions)) for name, column in values.items()}


def _by_head(columns: _Columns, address: str | None, length: int) -> Place | None:
    """The place of every address with these first characters, where they settle it; a name then is never asked."""
    if not address:
        return None
    place, head = _resolve(columns, address, None)
    is_settled = head and len(head) < length and address.startswith(head) and not address.startswith("场", len(head))
    return place if is_settled else None


def _columns_of_rows(*cells: Column) -> tuple[list[_Columns], np.ndarray[Any, Any]]:
    """What the place columns say: each combination once, and for each row which one it has."""
    first, which = _distinct(np.zeros(len(cells[0]), dtype=np.int64), *cells)
    texts = zip(*(whole(column).take(pa.array(first)).to_pylist() for column in cells), strict=True)
    return [_columns(*each) for each in texts], which


def _distinct(numbers: np.ndarray[Any, Any], *cells: Column) -> tuple[np.ndarray[Any, Any], np.ndarray[Any, Any]]:
    """The combinations of a number and some texts: where each stands first, and for each row which one it has."""
    n_distinct = 0
    for column in cells:
        encoded: Any = pc.dictionary_encode(whole(column), null_encoding="encode")
        texts = encoded.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        both: Any = pc.dictionary_encode(pa.array(numbers * (len(encoded.dictionary) + 1) + texts))
        numbers = both.indices.to_numpy(zero_copy_only=False).astype(np.int64)
        n_distinct = len(both.dictionary)
    first = np.empty(n_distinct, dtype=np.int64)
    first[numbers[::-1]] = np.arange(len(numbers))[::-1]  # of equal ones the first is written last
    return first, numbers
