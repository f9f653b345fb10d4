"""Which contract column a header names: by the contract's spellings, then by its patterns; else none is guessed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cache, lru_cache

from pipelines.normalise.text import normal_header
from warehouse.contract import Contract, contract

__all__ = ["column_of", "column_of_levels", "findings_order", "is_ambiguous", "is_header_like", "levels_of"]

_LONGEST = 80
_PART_WORDS = {
    "item": ("不合格项目", "不符合项目", "问题项目", "不合格项", "不合格指标", "项目"),
    "value": ("检验结果", "检测结果", "检出值", "检验值", "检测值", "不合格值", "实测值", "结果"),
    "limit": ("标准值", "标准要求", "标准规定", "标准限量", "限量值", "限值"),
    "unit": ("单位",),
}
# Words that name no column without what stands over them: 名称 below 被抽样单位 is no product.
_FRAGMENTS = frozenset({
    "名称", "项目名称", "单位", "编号", "号码", "号", "日期", "时间", "项目", "结果", "类别", "类型", "性质",
    "级别", "值", "数量", "名单", "代码", "电话", "联系电话", "联系人", "地址", "详细地址", "所在地", "住所",
    "区域", "地区", "辖区", "省", "省份", "所在省", "所在省份", "市", "州", "市州", "地市", "所在市", "所在市州",
    "县", "区", "区县", "县区", "所在区县", "所在县区",
})  # fmt: skip
_HEADER_LIKE = re.compile(
    r"^[^\d]{0,14}(?:名称|地址|所在地|电话|联系人|编号|号码?|日期|时间|单位|情况|结果|项目?|值|类别|类型|省份?|市州?|[县区]|代码|数量?"
    r"|备注|信息|型号|规格|商标|结论|依据|机构|环节|要求|级别|指标|\))$"
)
_TUPLE = re.compile(r"^\(\s*(?:'[^']*'|\"[^\"]*\")\s*(?:,\s*(?:'[^']*'|\"[^\"]*\")\s*)*,?\s*\)$")
_QUOTED = re.compile(r"'([^']*)'|\"([^\"]*)\"")
_UNNAMED = re.compile(r"^Unnamed:?\d+(?:_level_\d+)?$")
_ABOUT = re.compile(r"(?:基本|相关)?(?:信息|情况|资料|内容)$")
_REMARK = re.compile(r"\([^()]*\)$")
_MOST_NOISE = 2


@lru_cache(maxsize=20_000)
def column_of(feed_contract_name: str, header: str) -> str | None:
    """The contract column of the feed that a header names, None when it names none or may mean several.

    Asked in turn: the spellings, a composite of findings, the patterns, the same without a closing remark in
    brackets, and for a header with a bracket that pairs with nothing, the spelling that is left without the noise.
    """
    if len(header) > _LONGEST:
        return None
    normal = normal_header(header).lower()
    if (found := _named(feed_contract_name, normal)) is not None:
        return found
    if _is_composite(feed_contract_name, normal):
        return "findings_text"
    stem = _REMARK.sub("", normal)
    if stem != normal and stem not in _FRAGMENTS:
        return _named(feed_contract_name, stem)
    if normal.count("(") != normal.count(")"):
        return _without_noise(feed_contract_name, normal)
    return None


def column_of_levels(feed: str, levels: Sequence[str]) -> str | None:
    """The column that a header of several rows names, the outermost first: 被抽样单位 over 名称."""
    told = [level for level in levels if not _UNNAMED.match(normal_header(level))]
    if not told:
        return None
    child = told[-1]
    if len(told) == 1:
        return column_of(feed, child)
    parent, below = normal_header(told[-2]), normal_header(child)
    for outer in dict.fromkeys((parent, _ABOUT.sub("", parent))):
        for joined in _joined(outer, below):
            if outer and (found := _named(feed, joined.lower())) is not None:
                return found
    if below not in _FRAGMENTS:
        return column_of(feed, child)
    return column_of(feed, child) if not _ABOUT.sub("", parent) else None


def _joined(outer: str, inner: str) -> Iterator[str]:
    """The words of two rows as one header; what ends the one and begins the other is told once."""
    for shared in range(min(len(outer), len(inner)), -1, -1):
        if outer.endswith(inner[:shared]):
            yield outer + inner[shared:]


def levels_of(header: str) -> tuple[str, ...]:
    """The rows of a header that a program wrote as one: ('被抽样单位', '名称'); one level for every other header."""
    if not _TUPLE.match(header.strip()):
        return (header,)
    return tuple(single or double for single, double in _QUOTED.findall(header))


def findings_order(header: str) -> tuple[str, ...]:
    """The parts of a composite findings header in its own order, e.g. (item, limit, value)."""
    normal = normal_header(header)
    places: dict[str, int] = {}
    for part, words in _PART_WORDS.items():
        hits = [normal.find(word) for word in words if word in normal]
        if hits:
            places[part] = min(hits)
    if "item" not in places or len(places) < 2:
        return ("item", "value", "limit") if not normal else ()
    return tuple(sorted(places, key=lambda part: places[part]))


def is_header_like(feed: str, levels: Sequence[str]) -> bool:
    """Whether the words look like a header's rather than like data."""
    return column_of_levels(feed, levels) is not None or bool(_HEADER_LIKE.match(normal_header(levels[-1])))


def is_ambiguous(feed_contract: Contract, header: str) -> bool:
    """Whether the header may mean several columns of the contract, so that its sender has to say which."""
    normal = normal_header(header)
    return any(re.fullmatch(pattern, normal) for pattern in feed_contract.ambiguous_headers)


def _is_composite(feed: str, normal: str) -> bool:
    return "不" in normal and "findings_text" in contract(feed).names and len(findings_order(normal)) > 1


def _named(feed: str, normal: str) -> str | None:
    if normal in (aliases := _aliases(feed)):
        return aliases[normal]
    found = _patterns(feed).fullmatch(normal)
    return found.lastgroup if found else None


def _without_noise(feed: str, normal: str) -> str | None:
    """The one column of which a spelling is left when at most two characters are taken out of the header."""
    near = {
        column
        for alias, column in _aliases(feed).items()
        if len(alias) > 3 and 0 < len(normal) - len(alias) <= _MOST_NOISE and _is_within(alias, normal)
    }
    return near.pop() if len(near) == 1 else None


def _is_within(short: str, long: str) -> bool:
    letters = iter(long)
    return all(letter in letters for letter in short)


@cache
def _aliases(feed: str) -> dict[str, str]:
    """Every spelling, the contract's own names among them: senders of JSON use those."""
    columns = contract(feed).columns
    return {normal_header(alias).lower(): column.name for column in columns for alias in (column.name, *column.aliases)}


@cache
def _patterns(feed: str) -> re.Pattern[str]:
    """One pattern with a group for each column; no group inside them has a number."""
    columns = [column for column in contract(feed).columns if column.patterns]
    return re.compile("|".join(f"(?P<{column.name}>{'|'.join(column.patterns)})" for column in columns) or r"(?!)")
