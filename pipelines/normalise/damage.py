"""What happened to cells before they came here: text decoded wrongly, or cells that slid under other headers.

Neither is ever mended; a rule keeps such rows out and says so.
"""

from __future__ import annotations

import re
from functools import cache

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.dates import date_of
from pipelines.normalise.items import item_name_of
from pipelines.normalise.text import Cells, map_distinct, whole

__all__ = ["garbled_column", "is_garbled", "shifted_column"]

# What is published or decides a figure, and is not read against a list of its own.
_PUBLISHED = (
    "product_name", "sampled_unit_name", "producer_name", "project_name", "contractor_name", "conclusion", "task",
)  # fmt: skip
_OF_FAILURES = ("findings_text", "finding_item", "finding_value", "finding_limit")
_PLACES = ("sampled_unit_address", "sampled_unit_prefecture", "sampled_unit_county")
_TONES = "āáǎàēéěèīíǐìōóǒòūúǔùǖǘǚǜ"
_LABORATORY = re.compile(r"院|所|中心|公司|实验室|站|局|检|研究|机构|大学|学院|集团|测")
_IS_LABORATORY = re.compile(
    r"(?:检验检测|检验|检测|检疫|研究|分析测试|疾病预防控制|质检|测试)[^，。；]{0,6}"
    r"(?:院|所|中心|站|有限公司|实验室|集团)(?:[^，。；]{0,8}(?:公司|分院|分中心))?$"
)
_NUMBER_OR_LIMIT = re.compile(r"\d|≤|≥")
_UNIT = r"(?:[mμµun]?g/k?g|[mμµun]?g/m?[Ll]|g/100\s?[gm]?[Ll]?|CFU/m?[gLl]+|MPN/\w+|mg/100\w+|mmol/kg|%|％)"
_AMOUNT = r"\d[\d.]*(?:[×xX*]\s?10[\d⁰¹²³⁴⁵⁶⁷⁸⁹^]*)?\s*"
_MEASURED = re.compile(rf"^[<>≤≥＜＞]?\s*{_AMOUNT}{_UNIT}$")
# Items whose names also stand where no date is: 见标签.
_NO_SIGN = frozenset({"标签", "标识", "感官", "外观", "净含量", "包装"})
# Latin-1 beyond ASCII: letters, and the signs that stand beside no letter (Nestlé® and café·bar are in order).
_LETTERS, _SIGNS = "À-ÖØ-öø-ÿ", "¡-\xad¯-¶¸-¿"
_FROM = 0xE4, 0xEA  # first bytes of Chinese characters in UTF-8
_REST = 0x80, 0xC0  # and their further bytes


def is_garbled(text: str) -> bool:
    """Whether the text was decoded wrongly, lost characters, or holds readings: 鎶芥牱, ÎÞ, 锟斤拷, 質(zhì)量."""
    return "???" in text or (not text.isascii() and _garbled().search(text) is not None)


def garbled_column(columns: dict[str, Cells], conclusion: Cells, prefecture: Cells) -> Cells:
    """For each row the contract column that holds garbled text, null where none does.

    What tells the finding is asked of failed rows, and addresses of rows that no prefecture was found for.
    """
    n_rows = len(conclusion)
    found: Cells = pa.nulls(n_rows, pa.string())
    failed = pc.fill_null(pc.equal(conclusion, "nonconforming"), False)
    placeless = pc.equal(prefecture, "unknown")
    for names, asked in ((_PUBLISHED, None), (_OF_FAILURES, failed), (_PLACES, placeless)):
        at = None if asked is None else pc.indices_nonzero(asked)
        for name in names:
            if columns[name].null_count == n_rows:
                continue
            cells = whole(columns[name]) if at is None else whole(columns[name]).take(at)
            here = pc.fill_null(map_distinct(cells, is_garbled, pa.bool_()), False)
            if not pc.any(here).as_py():
                continue
            if at is not None:
                here = pc.is_in(pa.array(range(n_rows), at.type), value_set=at.filter(here))
            found = pc.if_else(pc.and_(here, pc.is_null(found)), name, found)
    return found


def shifted_column(columns: dict[str, Cells], production_date_kind: Cells) -> Cells:
    """For each row the contract column whose cell can't belong under its header, null where none is such.

    Signs are cells that nothing else could be meant by: a laboratory among the findings, a measured amount as the item
    or product, a date as the product, an item that is tested for as the date, no laboratory under 检验机构.
    """
    undated = pc.if_else(pc.is_null(production_date_kind), columns["batch_or_date"], pa.scalar(None, pa.string()))
    signs = [(name, columns[name], _is_laboratory) for name in (*_OF_FAILURES, "finding_standard")]
    signs += [(name, columns[name], _is_amount) for name in ("finding_item", "product_name")]
    signs += [("product_name", columns["product_name"], _is_date), ("batch_or_date", undated, _is_item)]
    signs += [("laboratory", columns["laboratory"], _is_no_laboratory)]
    found: Cells = pa.nulls(len(undated), pa.string())
    for name, cells, holds in signs:
        if cells.null_count < len(cells):
            here = pc.fill_null(map_distinct(cells, holds, pa.bool_()), False)
            found = pc.if_else(pc.and_(here, pc.is_null(found)), name, found)
    return found


def _is_laboratory(text: str) -> bool:
    return _IS_LABORATORY.search(text) is not None


def _is_amount(text: str) -> bool:
    return _MEASURED.match(text) is not None


def _is_item(text: str) -> bool:
    return text not in _NO_SIGN and item_name_of(text) is not None


def _is_date(text: str) -> bool:
    return not text.isdecimal() and date_of(text) is not None


def _is_no_laboratory(text: str) -> bool:
    return not _LABORATORY.search(text) and _NUMBER_OR_LIMIT.search(text) is not None


@cache
def _garbled() -> re.Pattern[str]:
    """Replacement characters; GBK read as Latin-1; UTF-8 read as GBK, whose characters come from few rows of GBK;
    readings in brackets.
    """
    first, second = _of_gbk(_FROM, _REST), _of_gbk(_REST, _FROM)
    return re.compile(
        rf"�|锟斤|锘[挎匡]|烫烫烫|屯屯屯|[?？]{{3}}|[{_LETTERS}]{{2}}|[{_LETTERS}][{_SIGNS}]|[{_SIGNS}][{_LETTERS}]"
        rf"|[{first}][{second}]|[一-鿿][(（][a-z]*[{_TONES}][a-z]*[)）]"
    )


def _of_gbk(leads: tuple[int, int], trails: tuple[int, int]) -> str:
    """The ideographs that GBK writes with a first and a second byte of these ranges."""
    pairs = (bytes((lead, trail)) for lead in range(*leads) for trail in range(*trails))
    return "".join(text for pair in pairs if len(text := pair.decode("gbk", "ignore")) == 1 and "㐀" <= text <= "鿿")
