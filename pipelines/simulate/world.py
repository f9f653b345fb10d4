"""The simulated province: its places, names, products and the true pass rates that samples are drawn from."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from pipelines.simulate.catalog import Catalog, load_catalog
from pipelines.simulate.frame import Column, column, random_of
from pipelines.simulate.names import Names, invent_names
from pipelines.simulate.places import Places, load_places, place_stems
from warehouse.reference import Category, Divisions

__all__ = ["RATE_RANGES", "World", "build_world"]

RATE_RANGES = {
    "evaluation": (0.96, 0.99),
    "routine_monitoring": (0.975, 0.998),
    "supervision": (0.85, 0.95),
    "risk_monitoring": (0.88, 0.97),
    "inspection": (0.90, 0.99),
}
_PREFECTURE_SPREAD = 0.30
_CATEGORY_SPREAD = 0.35


@dataclass(frozen=True)
class World:
    """Everything that a sample is drawn from; the same seed and reference give the same world."""

    seed: int
    province: str
    places: Places
    names: Names
    catalogs: dict[str, Catalog]

    def pass_rates(self, sampling_type: str, prefectures: Column, categories: Column) -> npt.NDArray[np.float64]:
        """True probability of conforming, by prefecture and category, inside the type's RATE_RANGES."""
        low, high = RATE_RANGES[sampling_type]
        middle = (low + high) / 2
        logit = np.log(middle / (1 - middle))
        logit = logit + self._effects("prefecture", prefectures, _PREFECTURE_SPREAD)
        logit = logit + self._effects(f"category {sampling_type}", categories, _CATEGORY_SPREAD)
        rates: npt.NDArray[np.float64] = np.clip(1 / (1 + np.exp(-logit)), low, high)
        return rates

    def _effects(self, what: str, codes: Column, spread: float) -> npt.NDArray[np.float64]:
        known, positions = np.unique(codes.astype(str), return_inverse=True)
        effects = np.array([random_of(self.seed, what, code).normal(0, spread) for code in known])
        each: npt.NDArray[np.float64] = effects[positions]
        return each

    def draw_places(self, rng: np.random.Generator, size: int, *, away_share: float) -> dict[str, Column]:
        """Places with a full address, and the cell columns that they belong to."""
        where = self.places.draw(rng, size, away_share=away_share)
        street = self.names.streets(rng, size)
        prefecture = np.where(where["prefecture_name"] == where["province_name"], "", where["prefecture_name"])
        return where | {
            "street": street,
            "address": where["province_name"] + column_of(prefecture) + where["county_name"] + street,
            "cell_province": where["province_code"],
            "cell_prefecture": where["prefecture_code"],
        }


def column_of(values: npt.NDArray[np.object_]) -> Column:
    """An object column, so that texts can be added to one another."""
    return column(values.astype(object))


def build_world(
    divisions: Divisions, categories: Iterable[Category], *, province: str, feeds: Sequence[str], seed: int
) -> World:
    """The world of a province.

    Raises UserError for a province that the reference does not know.
    """
    known = list(categories)
    places = load_places(divisions, province)
    names = invent_names(seed, place_stems(divisions))
    return World(seed, province, places, names, {feed: load_catalog(feed, known) for feed in feeds})
