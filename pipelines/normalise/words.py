"""Words that tell conclusion, sampling type, level and stage; the vocabularies are the contract's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from pipelines.normalise.text import key_of
from warehouse.contract import Contract
from warehouse.reference import divisions

__all__ = ["conclusion_of", "level_of", "publisher_level_of", "sampling_type_of", "stage_of", "verdict_in_name"]

_TAIL = re.compile(r"[。.;;!,,]+$")
_NOT_CONFORMING = re.compile(r"^(?:一般|严重|部分)?不(?:合格|符合)|不(?:合格|符合)(?:报告|产品|样品|国家标准|标准|要求)?$|不符合")
_CONFORMING = re.compile(r"^(?:合格|符合)(?:[(::,,].*)?$|^(?:经检验|所检项目|所检验项目|抽检项目|检验项目)+.{0,6}(?:合格|符合)")
_RATE = re.compile(r"不?合格率|不?合格发现率")
_WEAK_SUPERVISION = "抽查"


def conclusion_of(contract: Contract, text: str) -> str | None:
    """conforming, nonconforming or undetermined; None when the text says neither.

    Whole words only: 不合格 contains 合格, so nothing is told by substring alone.
    """
    key = _TAIL.sub("", key_of(text))
    for code, words in contract.vocabularies["conclusion"].items():
        if any(key == key_of(word) for word in words):
            return code
    if _NOT_CONFORMING.search(key):
        return "nonconforming"
    return "conforming" if _CONFORMING.search(key) else None


def verdict_in_name(name: str) -> str | None:
    """What the name of a file or sheet says of all its rows; None when it names both verdicts or none."""
    key = _RATE.sub("", key_of(name))
    says_failed = bool(re.search(r"不合格|不符合", key))
    says_passed = bool(re.search(r"合格|符合", re.sub(r"不合格|不符合", "", key)))
    if says_failed == says_passed:
        return None
    return "nonconforming" if says_failed else "conforming"


def sampling_type_of(contract: Contract, text: str) -> str | None:
    """The one sampling type that the text names; None when it names none, or two of them."""
    key = key_of(text)
    named = {
        code
        for code, words in contract.vocabularies["sampling_type"].items()
        if key == code.upper() or any(key_of(word) in key for word in words if word != _WEAK_SUPERVISION)
    }
    if not named and _WEAK_SUPERVISION in key:
        return "supervision"
    return named.pop() if len(named) == 1 else None


def level_of(contract: Contract, text: str) -> str | None:
    """The one level that the text names; None when it names none, or several."""
    key = re.sub(r"国家标准|国家食品安全标准", "", key_of(text))
    named = _named(contract.vocabularies["level"], key)
    return named.pop() if len(named) == 1 else None


def publisher_level_of(contract: Contract, text: str) -> str | None:
    """The level of the authority that published: by its word, else by the division that it is named after."""
    inner = re.search(r"\(([^()]+)\)", key_of(text))
    name = inner.group(1) if inner else key_of(text)
    if level := level_of(contract, name):
        return level
    if not re.search(r"局|厅|委|总站|办|中心|所$", name):
        return None
    if name.startswith(_province_names()):
        rest = re.sub(r"^.*?(?:省|自治区|市(?=市|场)|(?=市场|食|药|住房|建设))", "", name, count=1)
        if re.match(r"[一-鿿]{1,6}?(?:市|州|盟)(?:市场|食|住)", rest):
            return "municipal"
        return "county" if re.match(r"[一-鿿]{1,6}?(?:县|区)(?:市场|食|住)", rest) else "provincial"
    if re.match(r"[一-鿿]{1,8}?(?:市|州|盟)(?:市场|食|药|住房)", name):
        return "municipal"
    return "county" if re.match(r"[一-鿿]{1,8}?(?:县|区)(?:市场|食|药|住房)", name) else None


def stage_of(contract: Contract, text: str) -> str | None:
    """The stage that the text names."""
    key = key_of(text)
    for code, words in contract.vocabularies["stage"].items():
        if key == code.upper() or any(key == key_of(word) for word in words):
            return code
    named = _named(contract.vocabularies["stage"], key)
    return named.pop() if len(named) == 1 else None


def _named(vocabulary: Mapping[str, tuple[str, ...]], key: str) -> set[str]:
    return {
        code for code, words in vocabulary.items() if key == code.upper() or any(key_of(word) in key for word in words)
    }


@cache
def _province_names() -> tuple[str, ...]:
    """Full and short names of the provinces."""
    names = [division.name for division in divisions().provinces]
    short = [re.sub(r"(?:省|市|维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区)$", "", name) for name in names]
    return tuple(names + short)
