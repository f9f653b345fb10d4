"""Category codes of two levels from what the source calls them; `unknown` where it says nothing known.

Names are those of the reference (categories.csv) or of its crosswalk; a second level that belongs elsewhere than the
first says is unknown, never a correction of it.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache, lru_cache

from warehouse.reference import UNKNOWN, categories
from warehouse.script import simplified

__all__ = ["categorise"]

_LEVELS = re.compile(r"-*>+|→|»")
_REMARK = re.compile(r"\([^()]*\)$|\[[^\[\]]*\]$")
_ANY_FIRST = "*"
_SHORTEST_PRODUCT = 2

Pair = tuple[str, str]


@dataclass(frozen=True)
class _Index:
    """One feed: names of first levels, second levels by first, names that mean one pair, words of inspected items."""

    firsts: Mapping[str, str]
    seconds: Mapping[tuple[str, str], str]
    names: Mapping[str, Pair]
    item_words: tuple[tuple[str, str], ...]


@lru_cache(maxsize=100_000)
def categorise(
    feed: str, category_text: str | None, category_2_text: str | None = None, product_name: str | None = None
) -> Pair:
    """First- and second-level code. Both levels may stand in the first text (调味品-->食醋).

    In market the product decides the second level, and the first where nothing states it; in construction the
    inspected item (category_2_text) does.
    """
    index = _index(feed)
    parts = [key for text in (category_text, category_2_text) for key in _keys(text)]
    first, second = _stated(index, parts)
    if feed == "construction":
        return first, _inspected(index, first, second, category_2_text)
    if second != UNKNOWN or not product_name:
        return first, second
    return _by_product(index, first, _key(product_name), allow_suffix=feed == "market")


def _stated(index: _Index, parts: list[str]) -> Pair:
    if len(parts) > 1 and (pair := index.names.get("-->".join(parts[:2]))):
        return pair
    first = second = UNKNOWN
    for key in parts:
        if first == UNKNOWN:
            first, second = _lookup(index, key)
        elif second == UNKNOWN:
            second = _below(index, first, key)
    return first, second


def _lookup(index: _Index, key: str) -> Pair:
    if key in index.firsts:
        return index.firsts[key], UNKNOWN
    return index.names.get(key, (UNKNOWN, UNKNOWN))


def _below(index: _Index, first: str, key: str) -> str:
    if (first, key) in index.seconds:
        return index.seconds[first, key]
    pair = index.names.get(key)
    return pair[1] if pair and pair[0] == first else UNKNOWN


def _by_product(index: _Index, first: str, product: str, *, allow_suffix: bool) -> Pair:
    """The product itself, or the longest known product that its name ends in (家用电热水壶 is an 电热水壶)."""
    last = len(product) - _SHORTEST_PRODUCT if allow_suffix else 0
    for start in range(max(last, 0) + 1):
        pair = index.names.get(product[start:])
        if pair and pair[1] != UNKNOWN:
            return pair if first in (UNKNOWN, pair[0]) else (first, UNKNOWN)
    return first, UNKNOWN


def _inspected(index: _Index, first: str, second: str, item: str | None) -> str:
    if first == UNKNOWN or second != UNKNOWN or not item:
        return second
    text = _key(item)
    for word, code in index.item_words:
        if word in text:
            return first + code.removeprefix(_ANY_FIRST)
    return UNKNOWN


def _key(text: str) -> str:
    plain = "".join(unicodedata.normalize("NFKC", simplified(text)).split()).upper()
    return _REMARK.sub("", plain) or plain


def _keys(text: str | None) -> list[str]:
    """Each level named in a text, as written and without a closing remark in brackets."""
    if not text:
        return []
    plain = "".join(unicodedata.normalize("NFKC", simplified(text)).split()).upper()
    return [part for part in _LEVELS.split(plain) if part]


@cache
def _index(feed: str) -> _Index:
    known = [each for each in categories().by_code.values() if each.feed == feed]
    crosswalk = [each for each in categories().crosswalk if each.feed == feed]
    firsts = {_full_key(each.category_name): each.category_code for each in known if not each.parent_code}
    below = [each for each in known if each.parent_code]
    seconds = {(each.parent_code, _full_key(each.category_name)): each.category_code for each in below}
    names: dict[str, Pair] = {}
    for each in below:
        key = _full_key(each.category_name)
        names[key] = (UNKNOWN, UNKNOWN) if key in names else (each.parent_code, each.category_code)
    names |= {
        _full_key(c.source_name): (c.category_code, c.category_2_code) for c in crosswalk if c.category_code != "*"
    }
    words = {c.source_name: c.category_2_code for c in crosswalk if c.category_code == _ANY_FIRST}
    words |= {
        name: _ANY_FIRST + code[code.index("-") :] for (_, name), code in seconds.items() if feed == "construction"
    }
    ordered = tuple(sorted(words.items(), key=lambda word: (-len(word[0]), word[0])))
    return _Index(firsts, seconds, names, ordered)


def _full_key(text: str) -> str:
    return "".join(unicodedata.normalize("NFKC", simplified(text)).split()).upper()
