"""Where samples are taken: real prefectures and counties, as often as people live there; every street is invented."""

from __future__ import annotations

import csv
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import numpy.typing as npt

from pipelines.simulate.frame import Column, column
from warehouse.errors import UserError
from warehouse.reference import Divisions

__all__ = ["Places", "load_places", "place_stems", "short_name"]

_DATA = Path(__file__).parent / "data"
_PEOPLES = ("藏族", "羌族", "彝族", "土家族", "苗族", "侗族", "布依族", "傣族", "景颇族", "白族", "哈尼族", "壮族")
_SUFFIXES = ("自治州", "自治县", "地区", "新区", "市", "县", "区", "州", "盟", "旗", "省")
_DEFAULT_POPULATION = 200.0
_AWAY_PROVINCES = 6
_PREFECTURE_SUFFIXES = ("市", "州", "地区", "盟")


@dataclass(frozen=True)
class _Spot:
    """One county, or a prefecture that has none (county_name is empty)."""

    province_code: str
    province_name: str
    prefecture_code: str
    prefecture_name: str
    county_name: str


@dataclass(frozen=True)
class Places:
    """Divisions as columns, with the share of samples that each draws."""

    columns: dict[str, Column]
    weight: npt.NDArray[np.float64]
    n_home: int

    def draw(self, rng: np.random.Generator, size: int, *, away_share: float = 0.0) -> dict[str, Column]:
        """A place for each of `size` samples; about `away_share` of them in other provinces."""
        home = rng.choice(self.n_home, size, p=self.weight)
        if away_share and len(self.columns["county_name"]) > self.n_home:
            away = rng.integers(self.n_home, len(self.columns["county_name"]), size)
            home = np.where(rng.random(size) < away_share, away, home)
        return {name: values[home] for name, values in self.columns.items()}

    @property
    def province_name(self) -> str:
        return str(self.columns["province_name"][0])


def load_places(divisions: Divisions, province: str) -> Places:
    """The places of a province first, then some of other provinces.

    Raises UserError when the province is not among the divisions.
    """
    known = _spots(divisions)
    home = [each for each in known if each.province_code == province]
    if not home:
        raise UserError(f"province {province} is not in the reference; write a six-digit code such as 510000")
    codes = sorted({each.province_code for each in known} - {province})
    others = set(codes[:: max(1, len(codes) // _AWAY_PROVINCES)])
    chosen = home + [each for each in known if each.province_code in others and each.county_name]
    everywhere = Counter(each.county_name for each in known)
    at_home = Counter(each.county_name for each in home)
    columns = {
        name: column([getattr(each, name) for each in chosen])
        for name in ("province_code", "province_name", "prefecture_code", "prefecture_name", "county_name")
    }
    columns["prefecture_short"] = column([short_name(each.prefecture_name) for each in chosen])
    columns["is_unique"] = np.array(
        [len(each.county_name) > 2 and everywhere[each.county_name] == 1 for each in chosen]
    )
    columns["is_ambiguous"] = np.array([bool(each.county_name) and at_home[each.county_name] > 1 for each in chosen])
    return Places(columns, _weights(home, _populations()), len(home))


def _spots(divisions: Divisions) -> list[_Spot]:
    counties: dict[str, list[str]] = {}
    for each in divisions.at("county"):
        counties.setdefault(each.parent_code, []).append(each.name)
    return [
        _Spot(each.parent_code, divisions.by_code[each.parent_code].name, each.code, each.name, county)
        for each in divisions.at("prefecture")
        if each.name.endswith(_PREFECTURE_SUFFIXES)
        for county in counties.get(each.code, [""])
    ]


def short_name(name: str) -> str:
    """The everyday name of an autonomous prefecture (阿坝州); any other name as it is."""
    if not name.endswith("自治州"):
        return name
    for people in _PEOPLES:
        name = name.replace(people, "")
    return name.removesuffix("自治州") + "州"


def place_stems(divisions: Divisions) -> frozenset[str]:
    """Names of divisions with and without suffix, which an invented name must not contain lest it be read as one."""
    names = {each.name for each in divisions.by_code.values()} | {each.alias for each in divisions.aliases}
    stems = set(names)
    for name in names:
        for suffix in _SUFFIXES:
            stems.add(name.removesuffix(suffix))
    return frozenset(stem for stem in stems if len(stem) >= 2)


def _populations() -> Mapping[str, float]:
    """People by prefecture code, in ten thousands; data/README.md names the census."""
    with (_DATA / "populations.csv").open(encoding="utf-8", newline="") as file:
        return {row["prefecture_code"]: float(row["population_10k"]) for row in csv.DictReader(file)}


def _weights(home: list[_Spot], populations: Mapping[str, float]) -> npt.NDArray[np.float64]:
    counties = Counter(each.prefecture_code for each in home)
    raw = np.array(
        [populations.get(each.prefecture_code, _DEFAULT_POPULATION) / counties[each.prefecture_code] for each in home]
    )
    shares: npt.NDArray[np.float64] = raw / raw.sum()
    return shares
