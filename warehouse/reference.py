"""Reference data: divisions, categories, hazards, indicators, objection windows, working days.

Each table is a CSV file under warehouse/reference/ (its README names the sources); what comes out is frozen and
read once. A province, a category or a target is changed there, never in code.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from decimal import Decimal
from functools import cache
from types import MappingProxyType

import pyarrow as pa

from warehouse.reference_rows import reference_rows

__all__ = [
    "UNKNOWN",
    "Categories",
    "Category",
    "Crosswalk",
    "Division",
    "Divisions",
    "Hazard",
    "HazardItem",
    "Indicator",
    "ObjectionWindow",
    "PlaceAlias",
    "categories",
    "categories_table",
    "divisions",
    "hazard_items",
    "hazards",
    "hazards_table",
    "indicators",
    "objection_windows",
    "prefectures_table",
    "working_days",
]

UNKNOWN = "unknown"
_DAYS = ("days", "delivery_days", "answer_days", "reinspection_days")


@dataclass(frozen=True, slots=True)
class Division:
    """One division. level: province, prefecture or county; parent_code is empty for a province."""

    code: str
    name: str
    level: str
    parent_code: str


@dataclass(frozen=True, slots=True)
class PlaceAlias:
    """Another name of a division. match: full (has its suffix), short (suffix dropped), whole (entire cells only)."""

    alias: str
    code: str
    match: str
    source: str


@dataclass(frozen=True)
class Divisions:
    """The whole country in code order, by code, with other names beside."""

    by_code: Mapping[str, Division]
    aliases: tuple[PlaceAlias, ...]

    def at(self, level: str) -> tuple[Division, ...]:
        """The divisions of one level."""
        return tuple(each for each in self.by_code.values() if each.level == level)


@dataclass(frozen=True, slots=True)
class Category:
    """A category of a feed; parent_code is empty at the first level."""

    feed: str
    category_code: str
    category_name: str
    parent_code: str


@dataclass(frozen=True, slots=True)
class Crosswalk:
    """What a source calls a category, and the two codes that it stands for (the second may be unknown).

    In construction a first level of `*` marks a word of the inspected item: its second level under any first.
    """

    feed: str
    source_name: str
    category_code: str
    category_2_code: str


@dataclass(frozen=True)
class Categories:
    """Both levels of every feed, and the crosswalk from other names."""

    by_code: Mapping[str, Category]
    crosswalk: tuple[Crosswalk, ...]


@dataclass(frozen=True, slots=True)
class Hazard:
    """A class of hazards, with what a shopper should do."""

    hazard_code: str
    name_zh: str
    name_en: str
    advice_zh: str
    advice_en: str


@dataclass(frozen=True, slots=True)
class HazardItem:
    """Failed items of a class. feed may be `*`; match: first (decides wherever it stands), exact or contains."""

    feed: str
    match: str
    pattern: str
    hazard_code: str


@dataclass(frozen=True, slots=True)
class Indicator:
    """A target that the province has promised. target_value is None where the target is a direction.

    feed and sampling_type say what the figure may be computed from, stage and category_code of which part alone; where
    all are empty it is not sampled.
    """

    indicator_code: str
    name_zh: str
    name_en: str
    feed: str
    sampling_type: str
    stage: str
    category_code: str
    direction: str
    target_value: Decimal | None
    target_year: int | None
    unit: str
    is_proxy: bool
    province_code: str
    source: str


@dataclass(frozen=True, slots=True)
class ObjectionWindow:
    """How long a failed result may be contested. kind: working or calendar days, from receipt of the result.

    delivery_days: calendar days from conclusion to receipt, where the feed doesn't say when it was received.
    answer_days, reinspection_days: of the same kind, within which a request for a second test is answered and the test
    concluded.
    """

    feed: str
    days: int
    kind: str
    delivery_days: int
    regulation: str
    answer_days: int
    reinspection_days: int
    reinspection_regulation: str


@cache
def divisions() -> Divisions:
    """Provinces, prefectures and counties with their GB/T 2260 codes; every county has a prefecture.

    Directly-governed cities are their own single prefecture (110100), and counties directly under a province
    share the code that GB/T 2260 gives them (429000): see the README of the reference data.
    """
    by_code = {row["code"]: Division(**row) for row in reference_rows("divisions.csv")}
    aliases = tuple(PlaceAlias(**row) for row in reference_rows("place_aliases.csv"))
    return Divisions(MappingProxyType(by_code), aliases)


@cache
def categories() -> Categories:
    """Categories of all feeds, and their crosswalk."""
    by_code = {row["category_code"]: Category(**row) for row in reference_rows("categories.csv")}
    return Categories(
        MappingProxyType(by_code), tuple(Crosswalk(**row) for row in reference_rows("category_crosswalk.csv"))
    )


@cache
def hazards() -> Mapping[str, Hazard]:
    """Hazard classes by code."""
    return MappingProxyType({row["hazard_code"]: Hazard(**row) for row in reference_rows("hazards.csv")})


@cache
def hazard_items() -> tuple[HazardItem, ...]:
    """Items and their classes, in the order in which they are asked."""
    return tuple(HazardItem(**row) for row in reference_rows("hazard_items.csv"))


@cache
def indicators() -> tuple[Indicator, ...]:
    """The targets, as data."""
    return tuple(_indicator(row) for row in reference_rows("indicators.csv"))


def _indicator(row: Mapping[str, str]) -> Indicator:
    return Indicator(
        indicator_code=row["indicator_code"],
        name_zh=row["name_zh"],
        name_en=row["name_en"],
        feed=row["feed"],
        sampling_type=row["sampling_type"],
        stage=row["stage"],
        category_code=row["category_code"],
        direction=row["direction"],
        target_value=Decimal(row["target_value"]) if row["target_value"] else None,
        target_year=int(row["target_year"]) if row["target_year"] else None,
        unit=row["unit"],
        is_proxy=row["is_proxy"] == "1",
        province_code=row["province_code"],
        source=row["source"],
    )


@cache
def objection_windows() -> Mapping[str, ObjectionWindow]:
    """Window of each feed; the office confirms and edits them."""
    windows = (
        ObjectionWindow(**row | {name: int(row[name]) for name in _DAYS})  # type: ignore[arg-type]
        for row in reference_rows("objection_windows.csv")
    )
    return MappingProxyType({each.feed: each for each in windows})


@cache
def working_days() -> Mapping[date, bool]:
    """Whether a day is a working day by the official calendar; a day of a year not yet announced is absent."""
    days = {date.fromisoformat(row["date"]): row["is_working_day"] == "1" for row in reference_rows("working_days.csv")}
    return MappingProxyType(days)


def prefectures_table(provinces: tuple[str, ...]) -> pa.Table:
    """The prefectures of these provinces (`all`: of every one), with the columns of ref_prefectures."""
    known = divisions()
    chosen = [p for p in known.at("prefecture") if "all" in provinces or p.parent_code in provinces]
    columns = {
        "prefecture_code": [each.code for each in chosen],
        "prefecture_name": [each.name for each in chosen],
        "province_code": [each.parent_code for each in chosen],
        "province_name": [known.by_code[each.parent_code].name for each in chosen],
    }
    return _strings(columns)


def categories_table() -> pa.Table:
    """Every category, with the columns of ref_categories; the parent is null at the first level."""
    known = tuple(categories().by_code.values())
    columns: dict[str, list[str | None]] = {
        "feed": [each.feed for each in known],
        "category_code": [each.category_code for each in known],
        "category_name": [each.category_name for each in known],
        "parent_code": [each.parent_code or None for each in known],
    }
    return _strings(columns)


def hazards_table() -> pa.Table:
    """Every hazard class, with the columns of ref_hazards."""
    names = ("hazard_code", "name_zh", "name_en", "advice_zh", "advice_en")
    return _strings({name: [getattr(each, name) for each in hazards().values()] for name in names})


def _strings(columns: Mapping[str, list[str]] | Mapping[str, list[str | None]]) -> pa.Table:
    return pa.table({name: pa.array(values, pa.string()) for name, values in columns.items()})
