"""Several parties in one cell: each with the role before it (供货商：…；生产者：…), and who made the goods."""

from __future__ import annotations

import re
from dataclasses import dataclass

__all__ = ["Part", "importer_in", "maker_in", "orderer_in", "parts_of"]

_KIND = r"(?:企业|单位|厂家|厂商|公司|机构|者|商|方|人|厂|户)"
_MAKER = (
    rf"(?:标称|实际)?(?:生产|制造|加工){_KIND}|标称生产|生产厂家|种植[者户]|养殖[者户]|农户"
    rf"|(?:受|被)委托(?:(?:生产|加工|制造)?{_KIND}|生产|加工)?|厂名|厂家|(?:企业|公司|单位)?名称"
)
_OTHER = (
    rf"(?:供货|供应|经销|经营|销售|代理|总经销|总代理|进口|出品|分装|包装|批发|零售|监制|出口|进货){_KIND}"
    rf"|委托(?:(?:生产|加工|制造)?{_KIND}|生产|加工)?|被抽(?:检|样|查)(?:单位|人|者)|受检(?:单位|人)"
)
_ROLE = rf"(?:{_MAKER}|{_OTHER})(?:的?名称|姓名|信息)?"
_IS_MAKER = re.compile(rf"(?:{_MAKER})(?:的?名称|姓名|信息)?")
_IS_ORDERER = re.compile(rf"委托(?:(?:生产|加工|制造)?{_KIND}|生产|加工)?(?:的?名称|姓名|信息)?")
_IS_IMPORTER = re.compile(rf"进口{_KIND}(?:的?名称|姓名|信息)?")
# A role in brackets, with a colon (known or not), or bare at the beginning or behind a blank.
_LABEL = re.compile(
    rf"[(（\[【]\s*(?P<bracketed>{_ROLE})\s*[)）\]】]\s*[:：]?"
    rf"|[(（\[【]?(?P<stated>{_ROLE})\s*[:：]"
    rf"|(?:^|(?<=\s))(?P<bare>{_ROLE})(?![店行业铺场城便])"
    r"|^\s*(?P<unknown>[一-鿿]{2,12})\s*[:：]"
)
_SEPARATOR = re.compile(r"[\n\r\v\f；;，,、|/\\&＆／｜]+")


@dataclass(frozen=True)
class Part:
    """One party: its role as written (None without one), and where its name stands in the cell."""

    role: str | None
    start: int
    end: int

    def name_in(self, cell: str) -> str:
        """The name as reported."""
        return cell[self.start : self.end].strip()


def parts_of(cell: str) -> list[Part]:
    """The parties that a cell names, in order; a role with no name behind it speaks of the name beside it."""
    parts: list[Part] = []
    pending: list[str] = []
    at = 0
    for separator in [*_SEPARATOR.finditer(cell), None]:
        end = separator.start() if separator else len(cell)
        pending = _cut(cell, at, end, parts, pending)
        at = separator.end() if separator else end
    return parts


def _cut(cell: str, start: int, end: int, parts: list[Part], pending: list[str]) -> list[str]:
    """Add the parties of one stretch between separators; the roles that still wait for their name."""
    labels = list(_LABEL.finditer(cell[start:end]))
    at, roles = start, pending
    for label in [*labels, None]:
        stop = start + label.start() if label else end
        if cell[at:stop].strip():
            behind = label is not None and label["bracketed"] is not None and not roles
            if label is not None and behind:
                roles = [str(label["bracketed"])]
            parts.append(Part("/".join(roles) or None, at, stop))
            roles = []
            if behind:
                at = start + label.end() if label else end
                continue
        if label is not None:
            roles = [*roles, str(label[label.lastgroup or 0])]
            at = start + label.end()
    return roles


def maker_in(cell: str) -> str | None:
    """Who may be named as having made the goods, as reported: the first party said to have, or a cell without roles.

    Who supplied, sold, imported or ordered them is never worded as their maker.
    """
    parts = parts_of(cell)
    if parts and not any(part.role for part in parts):
        return cell.strip()
    return _party(parts, cell, _IS_MAKER)


def orderer_in(cell: str) -> str | None:
    """Who had the goods made by another (委托方), as reported."""
    return _party(parts_of(cell), cell, _IS_ORDERER) if "委托" in cell else None


def importer_in(cell: str) -> str | None:
    """Who imported the goods (进口商), as reported."""
    return _party(parts_of(cell), cell, _IS_IMPORTER) if "进口" in cell else None


def _party(parts: list[Part], cell: str, roles: re.Pattern[str]) -> str | None:
    named = (part.name_in(cell) for part in parts if part.role and _has_role(part.role, roles))
    return next(named, None)


def _has_role(given: str, roles: re.Pattern[str]) -> bool:
    return any(roles.fullmatch(role) for role in given.split("/"))
