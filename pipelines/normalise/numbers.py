"""Numbers and units as findings write them: 3.7×10⁴, 3.7×104, 1.7×10<sup>4</sup>, 0,57, ug/kg, CFU/g.

A number that can be read in two ways is not read: the caller says that it is uncertain.
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache

from warehouse.script import simplified
from warehouse.vocabulary import Unit, units

__all__ = ["Number", "Scanned", "is_size", "number_at", "plain", "scan_unit", "unit_known"]

_SUPERSCRIPT_HTML = re.compile(r"<sup>\s*([0-9+\-−–]+)\s*</sup>", re.IGNORECASE)
_SUPERSCRIPT = re.compile(r"(?<=[0-9]) ?[⁺⁻]?[⁰¹²³⁴⁵⁶⁷⁸⁹]+")
_RAISED = str.maketrans("⁰¹²³⁴⁵⁶⁷⁸⁹⁺⁻", "0123456789+-")
_CIRCLED = re.compile("[①-⑳]")
# Marks that NFKC leaves apart or would confuse with others: a comma of full width lists, an ASCII one may be decimal.
_MARKS = str.maketrans({
    "，": "、", "−": "-", "–": "-", "—": "~", "～": "~", "〜": "~", "∽": "~", "≦": "≤", "≧": "≥", "⩽": "≤", "⩾": "≥",
    "≮": "≥", "≯": "≤", "✕": "×", "╳": "×", "✖": "×", "＊": "×", "*": "×", "х": "×", "【": "(", "】": ")",
    "µ": "μ",
})  # fmt: skip
_OPERATORS = ((re.compile(r"<=|=<|<＝|≤="), "≤"), (re.compile(r">=|=>|≥="), "≥"))
_BLANK = re.compile(r"[^\S\n]+")
_BETWEEN_DIGITS = re.compile(r"(?<=[0-9])[^\S\n]+(?=[0-9])")
_TIMES = re.compile(r"(?<=[0-9])[xX·](?=10(?:\D|[2-9]|$))")

# Behind a number and a comma no comma is part of a number: 45,<10,110,30,20 are five.
_NO_LIST = r"(?<!\d,)(?<!\d,[<>≤≥+-])"
_NUMBER = re.compile(
    rf"(?P<sign>[+-]?)(?:{_NO_LIST}(?:"
    r"(?P<thousands>\d{1,3}(?:,\d{3}){2,3}(?:\.\d+)?|\d{1,3},\d{3}\.\d+)(?![\d,])"
    r"|(?P<comma>\d+,\d+)(?![.,×^\d]))"
    r"|(?P<point>\d*\.\d+|\d+))"
)
_POWER = re.compile(r"×10(?:\^\{(?P<raised>[+-]?\d{1,2})\}|\^(?P<caret>[+-]?\d{1,2})|(?P<glued>-?[1-9]))(?!\d)")
_E_POWER = re.compile(r"[eE](?P<e>[+-]?\d{1,2})(?!\d)|(?P<myriad>[万亿])")
_MYRIADS = {"万": 4, "亿": 8}
_BARE_POWER = re.compile(r"10\^(?:\{([+-]?\d{1,2})\}|([+-]?\d{1,2}))(?!\d)")
_LENGTHS = ("length", "area", "volume")
_GENERIC_UNIT = re.compile(r"[A-Za-zμΩ%‰°][A-Za-zμΩ%‰°/·²³0-9]*")


@dataclass(frozen=True, slots=True)
class Number:
    """A number up to position `end`; value is None where it can be read in two ways.

    is_glued: its exponent stands as plain digits behind the ten (3.7×104).
    """

    value: float | None
    end: int
    is_glued: bool = False


@dataclass(frozen=True, slots=True)
class Scanned:
    """A unit up to position `end`: its name, and what is known of it."""

    name: str
    end: int
    known: Unit | None


def plain(text: str) -> str:
    """The text for scanning: one form of each mark, exponents as ^{4}, no blanks but between digits, NFKC."""
    text = _SUPERSCRIPT_HTML.sub(
        lambda match: "^{" + match[1].replace("−", "-").replace("–", "-") + "}", simplified(text)
    )
    text = _SUPERSCRIPT.sub(lambda match: "^{" + match[0].strip().translate(_RAISED) + "}", text)
    text = unicodedata.normalize("NFKC", _CIRCLED.sub(";", text).translate(_MARKS)).translate(_MARKS)
    text = _BLANK.sub("", _BETWEEN_DIGITS.sub("\0", text)).replace("\0", " ")
    for written, mark in _OPERATORS:
        text = written.sub(mark, text)
    return _TIMES.sub("×", text).strip("\"'“” \n")


def number_at(text: str, at: int) -> Number | None:
    """The number at a position of a plain text; None where none stands.

    An exponent glued to the ten is one: 3.7×104 with a mantissa below ten is 3.7×10⁴, for a product of two factors is
    never written so, except as a size (see the caller's unit). 1,234 and 12×104 are ambiguous.
    """
    if power := _BARE_POWER.match(text, at):
        return Number(10.0 ** int(power[1] or power[2]), power.end())
    found = _NUMBER.match(text, at)
    if found is None:
        return None
    mantissa, end = _mantissa(found), found.end()
    power = _POWER.match(text, end) or _E_POWER.match(text, end)
    if power is None:
        return Number(_signed(mantissa, found["sign"]), end)
    said = power.groupdict()
    written = next(each for each in said.values() if each is not None)
    exponent = _MYRIADS.get(written) or int(written)
    is_glued = said.get("glued") is not None
    if mantissa is None or (is_glued and mantissa >= 10):
        return Number(None, power.end(), is_glued)
    return Number(_signed(float(f"{mantissa!r}e{exponent}"), found["sign"]), power.end(), is_glued)


def scan_unit(text: str, at: int) -> Scanned | None:
    """The unit at a position, in brackets or not: the longest one known, else letters that could be one."""
    longest, exact, folded = _spellings()
    for size in range(min(longest, len(text) - at), 0, -1):
        written = text[at : at + size]
        known = exact.get(written) or folded.get(written.lower())
        if known is not None and not _goes_on(text, at + size):
            return Scanned(known.unit, at + size, known)
    if text[at : at + 1] == "(":
        inside = scan_unit(text, at + 1)
        closes = inside is not None and text[inside.end : inside.end + 1] == ")"
        return Scanned(inside.name, inside.end + 1, inside.known) if inside and closes else None
    generic = _GENERIC_UNIT.match(text, at)
    return Scanned(generic[0].rstrip("/"), generic.end(), None) if generic else None


def unit_known(text: str) -> Unit | None:
    """The unit that a text of its own names; None when it names none that is known."""
    written = plain(text)
    scanned = scan_unit(written, 0)
    return scanned.known if scanned and scanned.end == len(written) else None


def is_size(unit: Unit | None) -> bool:
    """Whether the unit is one of sizes, where 5×105 may be a product."""
    return unit is not None and unit.dimension in _LENGTHS


def _mantissa(found: re.Match[str]) -> float | None:
    if found["thousands"]:
        is_sure = "." in found["thousands"] or ",0" in found["thousands"]  # 120,130,140 may be three replicates
        return float(found["thousands"].replace(",", "")) if is_sure else None
    if found["comma"]:
        whole, decimals = found["comma"].split(",")
        return float(f"{whole}.{decimals}") if len(decimals) != 3 or whole == "0" else None
    return float(found["point"])


def _signed(value: float | None, sign: str) -> float | None:
    return -value if value is not None and sign == "-" else value


def _goes_on(text: str, at: int) -> bool:
    """Whether a word goes on at this position, so that what stands before it is no unit."""
    return at < len(text) and bool(re.match(r"[A-Za-zμΩ%‰]", text[at])) and text[at - 1].isascii()


@cache
def _spellings() -> tuple[int, Mapping[str, Unit], Mapping[str, Unit]]:
    exact = {unicodedata.normalize("NFKC", spelling).replace(" ", ""): unit for spelling, unit in units().items()}
    folded: dict[str, Unit | None] = {}
    for spelling, unit in exact.items():
        key = spelling.lower()
        folded[key] = unit if folded.get(key, unit) == unit else None
    return max(map(len, exact)), exact, {key: unit for key, unit in folded.items() if unit is not None}
