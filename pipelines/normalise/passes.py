"""Items of which a cell says that they conform: 接地措施合格 names no failed item, and passes no sample either."""

from __future__ import annotations

import re
import unicodedata

from pipelines.normalise.finding import Finding
from pipelines.normalise.item_lists import outside_brackets
from pipelines.normalise.items import item_name_of

__all__ = ["failed_alone", "tells_passes_alone"]

_PASSES = r"合格|符合(?:(?:相关|国家|设计|规范|标准|规定)*(?:要求|规定|标准))?"
_PASSED_ITEM = re.compile(
    rf"(?P<item>.{{1,40}}?)(?:项目|指标)?(?:的?(?:检验|检测)?结[果论])?[:\s]*[(]?(?:均为|均|为)?(?:{_PASSES})[)]?[。.]?"
)
_PASSED_VALUE = re.compile(rf"(?:{_PASSES})[。.]?")
# What may turn it round, asks or demands it, speaks of some alone, excepts some, or of a second look.
_NOT_SURE = re.compile(
    "合格|符合|[不未无没非缺虚假冒伪否应须需宜必难勉复改返后再仅只]|部分|一般|基本|多数|个别|除(?![草尘湿油锈虫味])|外$"
)
_RECORDS, _LISTS = ";；\n", "、，,"
# 铅，其余合格: what stands before it did not conform.
_OTHERS = re.compile("其余|其[他它]|余下|剩余|另")
# No name alone: what went wrong; a number, a limit or a mark between parts of a finding, but for names that have one.
_WENT_WRONG = re.compile("超[标出过限]|过[量高低多大小]|偏|检出|阳性|开裂|破损|渗漏|脱落|失效|错误")
_MORE_THAN_NAME = re.compile(r"[\d<>≤≥＜＞=:：/|║‖∥∣丨｜︱│┃ǁ]")


def failed_alone(findings: list[Finding]) -> list[Finding]:
    """The findings without those whose own words, or whose result, say that the item conforms."""
    return [found for found in findings if not _is_passed(found)]


def tells_passes_alone(text: str) -> bool:
    """Whether a cell of findings names items that conform, and no other: then it gives no verdict at all.

    铅、镉合格 speaks of both, 接地措施合格、绝缘 does not.
    """
    records = outside_brackets(text, _RECORDS)
    return bool(records) and all(map(_lists_passes, records))


def _lists_passes(record: str) -> bool:
    *before, last = outside_brackets(record, _LISTS) or [""]
    is_shared = not _OTHERS.search(last)
    return _says_item_passed(last) and all(_says_item_passed(part) or (is_shared and _is_name(part)) for part in before)


def _is_name(part: str) -> bool:
    if _NOT_SURE.search(part) or _WENT_WRONG.search(part):
        return False
    return _MORE_THAN_NAME.search(part) is None or item_name_of(part) is not None


def _is_passed(found: Finding) -> bool:
    item, value, limit = (found[part] or "" for part in ("item", "value_text", "limit_text"))
    if value:
        says_so = _PASSED_VALUE.fullmatch(value.strip()) is not None
        return says_so and not _NOT_SURE.search(item) and not re.search("[不未]", limit)
    return _says_item_passed(item)


def _says_item_passed(text: str) -> bool:
    told = _PASSED_ITEM.fullmatch(unicodedata.normalize("NFKC", text).strip())
    return told is not None and not _NOT_SURE.search(told["item"])
