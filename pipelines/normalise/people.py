"""Who is named: natural persons as sampled units, and producers who disown the goods or dispute having made them."""

from __future__ import annotations

import re

from pipelines.normalise.text import key_of

__all__ = ["is_natural_person", "producer_status_of"]

_ORGANISATION = re.compile(
    r"公司|厂|店|部|行|超市|商|社|场|中心|学校|幼儿园|院|馆|铺|摊|坊|合作|企业|集团|酒|饭|餐|食|堂|站|局|所|园|档|庄|屋|城|"
    r"吧|房|楼|点|市|县|区|省|乡|镇|村|\*|[A-Z0-9]"
)
_PERSON = re.compile(r"^[一-鿿·]{2,4}$")
_PERSON_BEHIND_PLACE = re.compile(r"^.+(?:省|自治区|市|县|区)[一-鿿]{2,3}$")
_DISOWNED = re.compile(r"冒用|假冒|并非来自|非本?(?:公司|企业|厂)生产|不是.{0,20}(?:生产|产品)|否认.{0,10}生产")
_DISPUTED = re.compile(r"真实性异议|真伪.{0,6}异议|对.{0,10}真实性")


def is_natural_person(name: str) -> bool:
    """Whether a sampled unit's name looks like a person's: two to four characters that name no organisation.

    Errs towards persons: masking a short shop name harms less than printing a person's.
    """
    key = re.sub(r"[(（].*[)）]$", "", key_of(name))
    if _PERSON.match(key) and not _ORGANISATION.search(key):
        return True
    return bool(_PERSON_BEHIND_PLACE.match(key)) and not _ORGANISATION.search(
        re.sub(r"^.+(?:省|自治区|市|县|区)", "", key)
    )


def producer_status_of(producer: str | None, remark: str | None) -> str:
    """named, unnamed, disowned (the goods are not the named producer's) or disputed (it denies having made them)."""
    said = key_of(f"{producer or ''} {remark or ''}")
    if _DISOWNED.search(said):
        return "disowned"
    if _DISPUTED.search(said):
        return "disputed"
    return "named" if producer else "unnamed"
