"""Words of findings as reference data: items that can fail, with their other names, and units of measurement.

Each table is a CSV file under warehouse/reference/; what comes out is frozen and read once.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from warehouse.reference_rows import reference_rows

__all__ = ["Item", "Unit", "item_aliases", "items", "units"]


@dataclass(frozen=True, slots=True)
class Item:
    """A substance or property that is tested for.

    direction: whether its standard sets an upper or a lower limit; empty where that depends on the product.
    """

    item_name: str
    direction: str
    source: str


@dataclass(frozen=True, slots=True)
class Unit:
    """A unit; quantities of one dimension compare after multiplication by the factor. A count counts whole things."""

    unit: str
    dimension: str
    factor: float

    @property
    def is_count(self) -> bool:
        """Whether numbers of this unit are counts of colonies or the like."""
        return self.dimension.startswith("count")


@cache
def items() -> Mapping[str, Item]:
    """Items by name."""
    return MappingProxyType({row["item_name"]: Item(**row) for row in reference_rows("items.csv")})


@cache
def item_aliases() -> Mapping[str, str]:
    """Other name → name of the item. Only names of the same substance or property stand here."""
    return MappingProxyType({row["alias"]: row["item_name"] for row in reference_rows("item_aliases.csv")})


@cache
def units() -> Mapping[str, Unit]:
    """Spelling → unit, with the unit's own name among the spellings."""
    table: dict[str, Unit] = {}
    for row in reference_rows("units.csv"):
        unit = Unit(row["unit"], row["dimension"], float(row["factor"]))
        for spelling in (row["unit"], *row["spellings"].split(" | ")):
            if spelling and table.setdefault(spelling, unit) != unit:
                raise ValueError(f"units.csv gives {spelling} twice")
    return MappingProxyType(table)
