"""What is sampled and how it fails: products by category, and findings whose value contradicts their limit.

Limits and standards are those that such products are tested against; every measured value is made up.
"""

from __future__ import annotations

import csv
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from pipelines.simulate.frame import Column, Finding, column
from warehouse.reference import Category

__all__ = ["PRODUCE", "Catalog", "Failure", "Product", "load_catalog", "measured"]

_DATA = Path(__file__).parent / "data"
PRODUCE = "食用农产品"
_WORKS_WEIGHT = 12.0


@dataclass(frozen=True)
class Product:
    """One kind of thing sampled, with its two category levels and how often it is drawn."""

    name: str
    spec: str
    category_code: str
    category_name: str
    sub_name: str
    weight: float


@dataclass(frozen=True)
class Failure:
    """One way to fail: `kind` is upper, lower, range, absent, microbial or prose."""

    item: str
    kind: str
    limit: str
    unit: str
    low: float
    high: float


@dataclass(frozen=True)
class Catalog:
    """Products of one feed and the failures of each category (or of a sub-class, where it has its own)."""

    products: tuple[Product, ...]
    failures: Mapping[str, tuple[Failure, ...]]

    def subset(self, category_names: Iterable[str], *, inside: bool) -> Catalog:
        """Only, or all but, the products of these first-level categories."""
        names = set(category_names)
        return Catalog(tuple(p for p in self.products if (p.category_name in names) == inside), self.failures)

    def draw(self, rng: np.random.Generator, size: int) -> dict[str, Column]:
        """A product for each sample: name, spec, both category levels, and its position in the catalog."""
        weights = np.array([p.weight for p in self.products])
        which = rng.choice(len(self.products), size, p=weights / weights.sum())
        names = ("name", "spec", "category_name", "sub_name", "category_code")
        columns = {name: column([getattr(p, name) for p in self.products])[which] for name in names}
        return {
            "product_name": columns["name"],
            "spec": columns["spec"],
            "category": columns["category_name"],
            "category_2": columns["sub_name"],
            "cell_category": columns["category_code"],
        }

    def fail(self, rng: np.random.Generator, category: str, sub: str, *, several: float) -> tuple[Finding, ...]:
        """One to three different failed items of a sample; more than one with probability `several`."""
        ways = self.failures.get(f"{category}/{sub}") or self.failures.get(category) or self.failures[sub]
        wanted = 1 + (int(rng.integers(1, 3)) if rng.random() < several else 0)
        chosen = rng.permutation(len(ways))[: min(wanted, len(ways))]
        return tuple(measured(rng, ways[int(each)]) for each in chosen)


def load_catalog(feed: str, categories: Iterable[Category]) -> Catalog:
    """Products and failures of a feed; categories and market products are those of the reference.

    Raises ValueError when a product's category is not in the reference.
    """
    known = [each for each in categories if each.feed == feed]
    failures: dict[str, list[Failure]] = {}
    for row in _rows("findings.csv"):
        if row["feed"] == feed:
            way = Failure(row["item"], row["kind"], row["limit"], row["unit"], float(row["low"]), float(row["high"]))
            failures.setdefault(row["category"], []).append(way)
    products = {"food": _food_products, "market": _market_products, "construction": _checked_parts}[feed](known)
    return Catalog(tuple(products), {name: tuple(ways) for name, ways in failures.items()})


def measured(rng: np.random.Generator, way: Failure) -> Finding:
    """A finding of this kind whose value is outside the limit."""
    size = float(np.exp(rng.uniform(np.log(way.low), np.log(way.high)))) if way.low else 0.0
    match way.kind:
        case "upper":
            return Finding(way.item, f"{_figures(size * float(way.limit))}{way.unit}", f"≤{way.limit}{way.unit}")
        case "lower":
            return Finding(way.item, f"{_figures(size * float(way.limit))}{way.unit}", f"≥{way.limit}{way.unit}")
        case "microbial":
            counts = "、".join(_figures(size * float(share)) for share in rng.uniform(1.0, 1.6, 5))
            return Finding(way.item, f"{counts}{way.unit}", way.limit)
        case "prose":
            return Finding(way.item, "不符合", "符合标准要求")
        case _:
            limit = way.limit if way.kind == "absent" else f"{way.limit}{way.unit}"
            return Finding(way.item, f"{_figures(size)}{way.unit}", limit)


def _figures(value: float) -> str:
    """Three significant figures, two from a thousand on, without an exponent."""
    magnitude = int(np.floor(np.log10(value)))
    if magnitude >= 3:
        return f"{round(value, 1 - magnitude):.0f}"
    return f"{value:.{max(0, 2 - magnitude)}f}"


def _food_products(known: list[Category]) -> list[Product]:
    tops = {each.category_name: each.category_code for each in known if not each.parent_code}
    return [
        Product(
            name=row["product"],
            spec=row["spec"],
            category_code=_known(tops, row["category"]),
            category_name=row["category"],
            sub_name=row["sub"],
            weight=float(row["weight"]),
        )
        for row in _rows("food_products.csv")
    ]


def _market_products(known: list[Category]) -> list[Product]:
    """Market products are second-level categories themselves: the reference says which group they are of."""
    tops = {each.category_code: each.category_name for each in known if not each.parent_code}
    parents = {each.category_name: each.parent_code for each in known if each.parent_code}
    products = []
    for row in _rows("market_products.csv"):
        code = _known(parents, row["product"])
        products.append(Product(row["product"], row["spec"], code, tops[code], row["product"], float(row["weight"])))
    return products


def _checked_parts(known: list[Category]) -> list[Product]:
    """Parts of works that construction inspections check; each kind of works has all of them."""
    tops = {each.category_code: each.category_name for each in known if not each.parent_code}
    return [
        Product(
            each.category_name,
            "",
            each.parent_code,
            tops[each.parent_code],
            each.category_name,
            _WORKS_WEIGHT / (1 + position),
        )
        for position, code in enumerate(tops)
        for each in known
        if each.parent_code == code
    ]


def _known(codes: Mapping[str, str], name: str) -> str:
    if name not in codes:
        raise ValueError(f"the simulator samples {name}, which the category reference does not know")
    return codes[name]


def _rows(name: str) -> list[dict[str, str]]:
    with (_DATA / name).open(encoding="utf-8", newline="") as file:
        return list(csv.DictReader(file))
