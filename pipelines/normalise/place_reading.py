"""Reads the place that a text begins with: province, prefecture, county, each of them optional.

A place is read from the beginning only, never searched for inside: 广东华南通商贸 is not in 南通. What is ambiguous
stays open, and what contradicts itself is said to.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace

from pipelines.normalise.gazetteer import Gazetteer, gazetteer, is_generic
from warehouse.script import simplified

__all__ = ["NOTHING", "Reading", "clean", "read", "read_cell"]

_LEVELS = {
    "province": ("province", "prefecture", "county"),
    "prefecture": ("prefecture", "county", "province"),
    "county": ("county", "prefecture", "province"),
}
_DIRECT_CITIES = frozenset({"110000", "120000", "310000", "500000"})
_LEAD = re.compile(
    r"^[^A-Za-z\u4e00-\u9fff]*(?:(?:注册|经营|单位|详细|联系)?地址|住所|经营场所|中华人民共和国)?[:：)]*"
)
_FREE_TRADE_ZONE = re.compile(r"^中国\((\w{2,3})\)自由贸易试验区|^中国(?!\()")
_FILLER = re.compile(r"(?:省|自治区)?直辖县级行政(?:区划|单位)|市辖区|自由贸易试验区|[,，、/\-—·.]")
_ZONE = re.compile(
    r"(?:国家级?)?(?:高新(?:技术产业开发)?区|高新技术|经开区|经济技术开发区|经济开发区|天府新区|东部新区|科创区|综合保税|保税区"
    r"|工业园区|台商投资区|出口加工|开发区|科技城|仙海|临港|空港|新区|市区|城区)"
)
_STREET = re.compile(r"[东西南北中一二三]?(?:路|街|道|大道|大街|巷|里弄)")
_TOWN = re.compile(r"[\u4e00-\u9fff]{2,5}?(?:镇|乡|街道)")


@dataclass(frozen=True, slots=True)
class Reading:
    """What a text says: codes, empty where it doesn't say.

    counties: the counties that it may mean, where it names one. is_contradicting: its parts exclude each other.
    end: where the place ends in the text. head: the text up to there, where whatever follows it could not change the
    reading; else empty.
    """

    province: str = ""
    prefecture: str = ""
    counties: tuple[str, ...] = ()
    is_contradicting: bool = False
    end: int = 0
    head: str = ""

    @property
    def county(self) -> str:
        return self.counties[0] if len(self.counties) == 1 else ""


NOTHING = Reading()


def clean(text: str) -> str:
    """The text in one width, without blanks and without what may stand before an address."""
    plain = text if text.isascii() else unicodedata.normalize("NFKC", simplified(text))
    return _LEAD.sub("", "".join(plain.split()), count=1)


def read(text: str, province: str = "", prefecture: str = "") -> Reading:
    """The place at the beginning of a cleaned text, where province and prefecture may be known from elsewhere.

    A known prefecture narrows the county; it is never contradicted here (an explicit column wins over an address).
    """
    names = gazetteer()
    if text[:2] not in names.starts and not text.startswith("中国"):
        return NOTHING
    written, position = _province(names, text)
    if written and province and written != province:
        return Reading(province=written, is_contradicting=True, end=position)
    found = _prefecture(names, text, position, written or province)
    if found.is_contradicting:
        return replace(found, province=written or found.province)
    if written in _DIRECT_CITIES and not found.prefecture:
        found = replace(found, prefecture=_only_prefecture(written))
    found = replace(found, province=written or found.province)
    settled = _county(names, text, found, province=province, prefecture=prefecture)
    name = text[found.end : settled.end]
    is_settled = settled.county and name in names.counties and name not in names.extended
    return replace(settled, head=text[: settled.end]) if is_settled else settled


def read_cell(text: str, level: str, province: str = "", prefecture: str = "") -> Reading:
    """The place of a cell of a place column, where short names and former names may stand alone.

    A name that exists, but outside the known province or prefecture, contradicts it.
    """
    if not text:
        return NOTHING
    names = gazetteer()
    is_elsewhere = False
    for each in _LEVELS[level]:
        codes = names.whole[each].get(text, ())
        inside = _within(names, codes, province, prefecture)
        if inside and not (province or prefecture):
            inside = _unmistakable(names, each, level, text, inside)
        if inside:
            return _of_codes(names, each, inside, len(text))
        is_elsewhere = is_elsewhere or bool(codes)
    if not is_elsewhere:
        found = read(text, province, prefecture)
        differs = prefecture and found.prefecture and found.prefecture != prefecture
        return replace(found, is_contradicting=True) if differs else found
    moved = names.whole["county"].get(names.names[prefecture] + text, ()) if prefecture else ()
    if moved:
        return _of_codes(names, "county", moved, len(text))
    return NOTHING if is_generic(text) else Reading(province, is_contradicting=bool(province or prefecture))


def _unmistakable(names: Gazetteer, kind: str, level: str, text: str, codes: tuple[str, ...]) -> tuple[str, ...]:
    """None of the codes where the cell may as well mean something else: 城区; 海南 and 朝阳 in a prefecture column."""
    if kind == "county":
        return () if is_generic(text) or text in names.whole["province"] else codes
    if kind == "province" and level == "prefecture":
        return () if text in names.whole["prefecture"] else codes
    if kind == "prefecture":
        is_province = text in names.whole["province"]
        is_district = any(code[:2] + "0000" in _DIRECT_CITIES for code in names.whole["county"].get(text, ()))
        return () if is_province or is_district else codes
    return codes


def _of_codes(names: Gazetteer, level: str, codes: tuple[str, ...], end: int) -> Reading:
    if level == "province":
        return Reading(codes[0], _only_prefecture(codes[0]) if codes[0] in _DIRECT_CITIES else "", end=end)
    provinces = {code[:2] + "0000" for code in codes}
    province = provinces.pop() if len(provinces) == 1 else ""
    if level == "prefecture":
        return Reading(province, codes[0] if len(codes) == 1 else "", end=end)
    prefectures = {names.parents[code] for code in codes}
    return Reading(province, prefectures.pop() if len(prefectures) == 1 else "", codes, end=end)


def _only_prefecture(province: str) -> str:
    return province[:2] + "0100"


def _within(names: Gazetteer, codes: tuple[str, ...], province: str, prefecture: str = "") -> tuple[str, ...]:
    if prefecture:
        return tuple(code for code in codes if prefecture in (code, names.parents[code]))
    if province:
        return tuple(code for code in codes if code[:2] == province[:2])
    return codes


def _province(names: Gazetteer, text: str) -> tuple[str, int]:
    zone = _FREE_TRADE_ZONE.match(text)
    codes = names.whole["province"].get(zone[1] or "", ()) if zone else ()
    if zone and codes:
        return codes[0], zone.end()
    return _province_at(names, text, zone.end() if zone else 0)


def _province_at(names: Gazetteer, text: str, start: int) -> tuple[str, int]:
    end, codes = names.provinces.at(text, start)
    if codes:
        end = _skip(text, end)
        again, same = names.provinces.at(text, end)
        return codes[0], _skip(text, again) if same == codes else end
    end, codes = names.provinces_short.at(text, start)
    if codes and max(names.prefectures.at(text, start)[0], names.counties.at(text, start)[0]) <= end:
        below = _prefecture(names, text, end, codes[0])
        if below.prefecture or _within(names, names.counties.at(text, end)[1], codes[0]) or _ZONE.match(text, end):
            return codes[0], end
    return "", start


def _skip(text: str, position: int) -> int:
    while found := _FILLER.match(text, position):
        position = found.end()
    return position


def _prefecture(names: Gazetteer, text: str, position: int, province: str) -> Reading:
    """The prefecture at the position, or a Reading without one; contradicting if it lies in another province."""
    end, codes = names.prefectures.at(text, position)
    county_end, _ = names.counties.at(text, position)
    if codes and county_end <= end:
        inside = _within(names, codes, province)
        if len(inside) == 1:
            return _repeated(names, text, inside[0], end)
        return Reading(province, is_contradicting=not inside, end=end)
    if codes or county_end > position:
        return Reading(end=position)
    end, codes = names.prefectures_short.at(text, position)
    for code in _within(names, codes, province):
        inside = _within(names, names.counties.at(text, end)[1], "", code)
        if inside or _ZONE.match(text, end):
            return Reading(code[:2] + "0000", code, end=end)
    return Reading(end=position)


def _repeated(names: Gazetteer, text: str, code: str, end: int) -> Reading:
    """The prefecture's name may be written twice; another prefecture's name behind it contradicts it."""
    end = _skip(text, end)
    next_end, again = names.prefectures.at(text, end)
    if again and names.counties.at(text, end)[0] <= next_end:
        if code not in again:
            return Reading(code[:2] + "0000", is_contradicting=True, end=end)
        end = _skip(text, next_end)
    return Reading(code[:2] + "0000", code, end=end)


def _county(names: Gazetteer, text: str, found: Reading, *, province: str, prefecture: str) -> Reading:
    base = found.prefecture or prefecture
    end, codes = names.counties.at(text, found.end)
    if not codes:
        return _short_county(names, text, found, base)
    name = text[found.end : end]
    if not base:
        return _county_alone(names, replace(found, end=end), name, codes, province)
    inside = _within(names, codes, "", base)
    if inside:
        return replace(found, counties=inside, end=end)
    moved = names.counties.at(names.names[base] + name, 0)
    if found.prefecture and moved[0] == len(names.names[base] + name):
        return _of_codes(names, "county", moved[1], end)
    if not found.prefecture or is_generic(name) or base not in names.has_counties:
        return found
    return Reading(found.province, is_contradicting=True, end=end)


def _county_alone(names: Gazetteer, found: Reading, name: str, codes: tuple[str, ...], province: str) -> Reading:
    within = found.province or province
    if is_generic(name) and (not within or len(name) == 2):
        return found
    inside = _within(names, codes, within)
    if not inside:
        return replace(found, is_contradicting=not is_generic(name))
    settled = _of_codes(names, "county", inside, found.end)
    return replace(settled, province=settled.province or found.province)


def _short_county(names: Gazetteer, text: str, found: Reading, base: str) -> Reading:
    """海曙章水镇: inside a known prefecture a county may drop its suffix before a town."""
    if not base:
        return found
    end, codes = names.counties_short.at(text, found.end)
    inside = _within(names, codes, "", base)
    if len(inside) == 1 and (end == len(text) or (_TOWN.match(text, end) and not _STREET.match(text, end))):
        return replace(found, counties=inside, end=end)
    return found
