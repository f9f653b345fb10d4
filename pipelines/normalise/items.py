"""Names of items: one name for the variants of one thing, and never one name for two things.

Known is what warehouse/reference/items.csv and item_aliases.csv list; a name is compared whole, after remarks that
only say how a thing is reckoned were taken off. Whatever is not listed stays as written and has no name here.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterator, Mapping
from functools import cache, lru_cache

from pipelines.normalise.numbers import unit_known
from warehouse.script import simplified
from warehouse.vocabulary import item_aliases, items

__all__ = ["direction_of", "item_key", "item_name_of"]

# The a of 苯并[a]芘 comes as Latin, Greek or Cyrillic; the dash of names in several widths.
_LETTERS = str.maketrans({
    "α": "A", "Α": "A", "А": "A", "а": "A", "ɑ": "A", "Ɑ": "A", "В": "B", "–": "-", "—": "-", "－": "-", "−": "-",
    "【": "[", "】": "]", "〔": "[", "〕": "]", "·": "", "，": ",", "、": ",",
})  # fmt: skip
_TRUNCATED = re.compile(r"[(\[][^()\[\]]*$")
_BRACKET = re.compile(r"/?\(((?:[^()]|\([^()]*\))*)\)")
# What a bracket may say without making it another thing: how it is reckoned, on what basis, another name, a symbol.
_HOW = re.compile(
    r"(?:以|按).*计(?:,.*)?|.*(?:干样品|干基|湿基|干物质|干燥品|鲜重|脂肪计|可食部分|标志物|残留物).*|又名.*|又称.*|俗称.*|即.*"
    r"|N=.*|限.*检测|.*检出限.*|KOH|PB|CD|HG|AS|CR|AL|NI|SN|SB|CU|ZN|FE|MN|SE|BA|包括.*|含.*|总残留.*|.*之和.*|实测|明示|全检|"
)
_LONGEST = 300
_OTHER_NAME = re.compile(r"(.+)\(([^()]+)\)")
_UNIT_BEHIND = re.compile(r",(?:单位:?)?([^,]+)$")
_BEHIND = re.compile(r"(?:的?残留量?|的?含量|限量|项目|指标|计数|检验|测定|检测|不合格|超标)$")


def direction_of(item: str) -> str:
    """Whether the item's standard sets an upper or a lower limit; empty when that depends, or the item is unknown."""
    name = item_name_of(item)
    return items()[name].direction if name else ""


@lru_cache(maxsize=20_000)
def item_name_of(item: str) -> str | None:
    """The name of the thing that was tested; None when it is not listed, or too long to be a name."""
    if len(item) > _LONGEST:
        return None
    known, key = _names(), item_key(item)
    if (other := _OTHER_NAME.fullmatch(key)) and key not in known and known.get(other[1]) == known.get(other[2], ""):
        return known[other[1]]
    return next((known[key] for key in _candidates(key) if key in known), None)


def item_key(item: str) -> str:
    """The name as a key: NFKC, no blanks, capitals, one form of brackets and of letters that look alike."""
    text = unicodedata.normalize("NFKC", simplified(item).translate(_LETTERS)).upper().translate(_LETTERS)
    return "".join(text.split())


def _candidates(key: str) -> Iterator[str]:
    yield key
    bare = _BRACKET.sub(lambda found: "" if _is_how(found[1]) else found[0], key)
    bare = _TRUNCATED.sub("", bare) if bare.count("(") > bare.count(")") else bare
    bare = _UNIT_BEHIND.sub(lambda found: "" if unit_known(found[1]) else found[0], bare)
    bare = re.sub(r"/[A-Z%]*$", "", bare.strip(":,;。*_ "))
    yield bare
    while shorter := _BEHIND.sub("", bare):
        if shorter == bare:
            return
        bare = shorter
        yield bare


def _is_how(remark: str) -> bool:
    """Whether a remark in brackets leaves the thing what it is."""
    return _HOW.fullmatch(remark) is not None or unit_known(remark) is not None


@cache
def _names() -> Mapping[str, str]:
    names = {item_key(name): name for name in items()}
    for alias, name in item_aliases().items():
        if names.setdefault(item_key(alias), name) != name:
            raise ValueError(f"item_aliases.csv gives {alias} twice")
    return names
