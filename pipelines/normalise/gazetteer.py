"""Names of divisions laid out for finding the one that stands at a position of a text, without scanning the names.

Built once from the reference data. Full names bear their suffix (成都市), short ones have lost it (成都).
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from functools import cache
from types import MappingProxyType

from warehouse.reference import Divisions, divisions

__all__ = ["Gazetteer", "Names", "gazetteer", "is_generic"]

# Words for parts of any town (城区, 市中区, 新城区): as a division they mean something inside their prefecture only.
_GENERIC = re.compile("[东西南北中城郊矿新市关站前后]+区")


@dataclass(frozen=True, slots=True)
class Names:
    """Names of one kind, each with the codes that bear it, filed under their first two characters, longest first."""

    by_start: Mapping[str, tuple[tuple[str, tuple[str, ...]], ...]]

    def __contains__(self, name: str) -> bool:
        return any(name == each for each, _ in self.by_start.get(name[:2], ()))

    def at(self, text: str, position: int) -> tuple[int, tuple[str, ...]]:
        """End of the longest name that stands at the position, and its codes; (position, ()) where none does.

        东方市场 holds no 东方市.
        """
        for name, codes in self.by_start.get(text[position : position + 2], ()):
            if text.startswith(name, position):
                end = position + len(name)
                if name[-1] == "市" and text.startswith("场", end):
                    continue
                return end, codes
        return position, ()


@dataclass(frozen=True)
class Gazetteer:
    """All names by level and kind.

    whole: names that are understood only as an entire cell, by level. parents: county → prefecture → province.
    has_counties: prefectures that have any (东莞 has none). extended: names that begin another name (梅县, 梅县区).
    starts: the first two characters of every name.
    """

    provinces: Names
    provinces_short: Names
    prefectures: Names
    prefectures_short: Names
    counties: Names
    counties_short: Names
    whole: Mapping[str, Mapping[str, tuple[str, ...]]]
    parents: Mapping[str, str]
    names: Mapping[str, str]
    has_counties: frozenset[str]
    extended: frozenset[str]
    starts: frozenset[str]


@cache
def gazetteer() -> Gazetteer:
    """The gazetteer of the reference data."""
    known = divisions()
    tables = _tables(known)
    whole: dict[str, dict[str, tuple[str, ...]]] = {}
    for level in ("province", "prefecture", "county"):
        merged: defaultdict[str, set[str]] = defaultdict(set)
        for match in ("full", "short", "whole"):
            for name, codes in tables[level, match].items():
                merged[name] |= codes
        whole[level] = {name: tuple(sorted(codes)) for name, codes in merged.items()}
    return Gazetteer(
        provinces=_names(tables["province", "full"]),
        provinces_short=_names(tables["province", "short"]),
        prefectures=_names(tables["prefecture", "full"]),
        prefectures_short=_names(tables["prefecture", "short"]),
        counties=_names(tables["county", "full"]),
        counties_short=_names(tables["county", "short"]),
        whole=MappingProxyType(whole),
        parents=MappingProxyType({code: each.parent_code for code, each in known.by_code.items()}),
        names=MappingProxyType({code: each.name for code, each in known.by_code.items()}),
        has_counties=frozenset(each.parent_code for each in known.at("county")),
        extended=_extended({name for table in tables.values() for name in table}),
        starts=frozenset(name[:2] for table in tables.values() for name in table),
    )


def _tables(known: Divisions) -> dict[tuple[str, str], dict[str, set[str]]]:
    tables: dict[tuple[str, str], dict[str, set[str]]] = {
        (level, match): defaultdict(set)
        for level in ("province", "prefecture", "county")
        for match in ("full", "short", "whole")
    }
    for each in known.by_code.values():
        if not (each.level == "prefecture" and known.by_code[each.parent_code].name == each.name):
            tables[each.level, "full"][each.name].add(each.code)
    for alias in known.aliases:
        tables[known.by_code[alias.code].level, alias.match][alias.alias].add(alias.code)
    return tables


def _names(table: Mapping[str, Iterable[str]]) -> Names:
    filed: defaultdict[str, list[tuple[str, tuple[str, ...]]]] = defaultdict(list)
    for name, codes in table.items():
        filed[name[:2]].append((name, tuple(sorted(codes))))
    return Names({start: tuple(sorted(names, key=lambda n: -len(n[0]))) for start, names in filed.items()})


def _extended(names: set[str]) -> frozenset[str]:
    return frozenset(name[:end] for name in names for end in range(1, len(name)) if name[:end] in names)


def is_generic(name: str) -> bool:
    """Whether a name is a word for a part of any town."""
    return _GENERIC.fullmatch(name) is not None
