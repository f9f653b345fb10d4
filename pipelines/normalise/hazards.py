"""Hazard class of a failed item, by the tables of the reference data.

Only the class is shared: two items of one class stay two items (大肠杆菌 is not 大肠菌群), nobody renames them here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from pipelines.normalise.items import item_name_of
from warehouse.reference import HazardItem, hazard_items
from warehouse.script import simplified

__all__ = ["OTHER", "hazard_of"]

OTHER = "other"
_REMARK = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
# The a of 苯并[a]芘 comes as Latin, Greek or Cyrillic.
_LETTERS = str.maketrans({"α": "A", "Α": "A", "А": "A", "а": "A", "ɑ": "A", "Ɑ": "A"})


@dataclass(frozen=True)
class _Table:
    """Rows that concern a feed, as they are asked: before the item, as the item, as a part of it (longest first)."""

    first: tuple[tuple[str, str], ...]
    exact: Mapping[str, str]
    contained: tuple[tuple[str, str], ...]
    elsewhere: Mapping[str, str]


@lru_cache(maxsize=50_000)
def hazard_of(feed: str, item: str) -> str:
    """The hazard class of an item name; `other` where no row of hazard_items.csv knows it, in every feed.

    Asked in turn: words that decide wherever they stand (a label about a nutrient is a label), the item itself, the
    item without remarks in brackets, its name in the vocabulary, the longest known name that it or this name contains,
    and what other feeds know by that very name (electrical items of food machines stand in food notices).
    """
    table, key = _table(feed), _key(item)
    bare, name = _REMARK.sub("", key), _key(item_name_of(item) or "")
    for code in (
        next((code for word, code in table.first if word in key), None),
        table.exact.get(key),
        table.exact.get(bare),
        table.exact.get(name),
        next((code for part, code in table.contained if part in key), None),
        next((code for part, code in table.contained if part in name), None),
        table.elsewhere.get(bare),
    ):
        if code:
            return code
    return OTHER


def _key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", simplified(text)).split()).upper().translate(_LETTERS)


@cache
def _table(feed: str) -> _Table:
    rows = sorted(hazard_items(), key=lambda each: (each.feed != feed, each.feed != "*"))
    own = [each for each in rows if each.feed in (feed, "*")]
    first = tuple((_key(each.pattern), each.hazard_code) for each in own if each.match == "first")
    contained = [(_key(each.pattern), each.hazard_code) for each in own if each.match == "contains"]
    contained.sort(key=lambda name: -len(name[0]))
    return _Table(first, _exact(own), tuple(contained), _exact(rows))


def _exact(rows: Iterable[HazardItem]) -> Mapping[str, str]:
    names: dict[str, str] = {}
    for each in rows:
        names.setdefault(_key(each.pattern), each.hazard_code)
    return names
