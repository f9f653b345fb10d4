"""Words that tell conclusion, sampling type, level and stage; the vocabularies are the contract's."""

from __future__ import annotations

import re
from collections.abc import Mapping
from functools import cache

from pipelines.normalise.text import key_of
from warehouse.contract import Contract, contract
from warehouse.reference import divisions
from warehouse.script import simplified

__all__ = [
    "BETWEEN_VERDICTS", "conclusion_of", "level_of", "publisher_level_of", "sampling_type_of", "stage_of",
    "verdict_in_name",
]  # fmt: skip

_TAIL = re.compile(r"[。.;;!,,]+$")
_FAILED = re.compile(r"(?:不|非|未)(?:合格|符合)|[达未]不到合格")
_PASSED = re.compile(r"合格|符合")
_NOTHING_FAILED = re.compile(r"(?:未(?:发现|检出|见)|没有|无)不(?:合格|符合)(?:项目?|情况)?")
_OPENS_WITH_FAILURE = re.compile(r"^(?:一般|严重|部分)?不(?:合格|符合)|^部分合格")
_SUBJECT = r"(?:经检验|经抽检|所检验?项目|抽检项目|检验项目|检验结[果论]|本批次|该批次|样品|产品|检验|检测|抽检)"
_CONFORMING = re.compile(rf"^(?:合格|符合)(?:[(:,].*)?$|^{_SUBJECT}+.{{0,6}}(?:合格|符合)")
# Words that hold 合格 or 符合 and give no verdict.
_NO_VERDICT = re.compile(r"不?合格率|不?合格发现率|不?符合率|符合性|(?:无|未附|没有)?合格证(?:明书?)?")
# A failure that was taken back, or that something later overtook: which verdict holds is for the sender to say.
_OVERTAKEN = re.compile(
    r"(?:非|撤[销回]|取消|推翻)(?:原)?不(?:合格|符合)|复[检查验核测].{0,4}(?<!不)合格"
    r"|(?:[→⇒]|->|—>|改[为判]|变更为|更正为)\W?(?:合格|符合)"
)
_WEAK_SUPERVISION = "抽查"
BETWEEN_VERDICTS = "|"
"""Parts what several columns of conclusions say of one row."""


def conclusion_of(feed_contract: Contract, text: str) -> str | None:
    """conforming, nonconforming or undetermined; None when the text says neither.

    不合格 contains 合格, so failures are looked for first and taken out before passes are; a text that says both
    (初检不合格，复检合格) decides nothing.
    """
    key = _TAIL.sub("", _read(text))
    if (code := _conclusions(feed_contract.feed).get(key)) is not None:
        return code
    if BETWEEN_VERDICTS in key:
        said = {conclusion_of(feed_contract, part) for part in key.split(BETWEEN_VERDICTS)} - {None}
        return said.pop() if len(said) == 1 else None
    told = _NO_VERDICT.sub("", key)
    if _FAILED.search(told) and _OVERTAKEN.search(told):
        return None
    if _OPENS_WITH_FAILURE.search(told):
        return "nonconforming"
    cleared = _NOTHING_FAILED.sub("", told)
    says_failed = bool(_FAILED.search(cleared))
    rest = _FAILED.sub("", cleared)
    if says_failed:
        return None if _PASSED.search(rest) else "nonconforming"
    return "conforming" if cleared != told or _CONFORMING.search(rest) else None


def verdict_in_name(name: str) -> str | None:
    """What the name of a file or sheet says of all its rows; None when it names both verdicts or none."""
    key = _NO_VERDICT.sub("", _read(name))
    says_failed = bool(_FAILED.search(key))
    says_passed = bool(_PASSED.search(_FAILED.sub("", key)))
    if says_failed == says_passed:
        return None
    return "nonconforming" if says_failed else "conforming"


def sampling_type_of(feed_contract: Contract, text: str) -> str | None:
    """The one sampling type that the text names; None when it names none, or two of them."""
    key = _read(text)
    named = {
        code
        for code, words in feed_contract.vocabularies["sampling_type"].items()
        if key == code.upper() or any(key_of(word) in key for word in words if word != _WEAK_SUPERVISION)
    }
    if not named and _WEAK_SUPERVISION in key:
        return "supervision"
    return named.pop() if len(named) == 1 else None


def level_of(feed_contract: Contract, text: str) -> str | None:
    """The one level that the text names; None when it names none, or several."""
    key = re.sub(r"国家标准|国家食品安全标准", "", _read(text))
    named = _named(feed_contract.vocabularies["level"], key)
    return named.pop() if len(named) == 1 else None


def publisher_level_of(feed_contract: Contract, text: str) -> str | None:
    """The level of the authority that published: by its word, else by the division that it is named after."""
    inner = re.search(r"\(([^()]+)\)", _read(text))
    name = inner.group(1) if inner else _read(text)
    if level := level_of(feed_contract, name):
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


def stage_of(feed_contract: Contract, text: str) -> str | None:
    """The stage that the text names."""
    key = _read(text)
    for code, words in feed_contract.vocabularies["stage"].items():
        if key == code.upper() or any(key == key_of(word) for word in words):
            return code
    named = _named(feed_contract.vocabularies["stage"], key)
    return named.pop() if len(named) == 1 else None


def _read(text: str) -> str:
    """The text as it is compared with the contract's words: as a key, in simplified characters."""
    return key_of(simplified(text))


@cache
def _conclusions(feed: str) -> Mapping[str, str]:
    """The contract's words for a conclusion, as they are compared, with their codes."""
    codes: dict[str, str] = {}
    for code, words in contract(feed).vocabularies["conclusion"].items():
        for word in words:
            codes.setdefault(key_of(word), code)
    return codes


def _named(vocabulary: Mapping[str, tuple[str, ...]], key: str) -> set[str]:
    return {
        code for code, words in vocabulary.items() if key == code.upper() or any(key_of(word) in key for word in words)
    }


@cache
def _province_names() -> tuple[str, ...]:
    """Full and short names of the provinces."""
    names = [division.name for division in divisions().at("province")]
    short = [re.sub(r"(?:省|市|维吾尔自治区|壮族自治区|回族自治区|自治区|特别行政区)$", "", name) for name in names]
    return tuple(names + short)
