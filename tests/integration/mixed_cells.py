"""What tables of mixed quirks are written with: words, places, items with their limits, and ways to spell them."""

from __future__ import annotations

import random
from datetime import date

__all__ = [
    "COUNTS", "GARBLED", "ITEMS", "LABORATORY", "MARKS", "PLACES", "SEPARATORS", "TASKS", "TITLES", "UNITS",
    "UNSURE_COUNTS", "WORDS", "joined", "produced", "soiled", "wide",
]  # fmt: skip

MARKS = ("║", "‖", "∥", "∣", "|", "||", "丨", "｜", "/")
SEPARATORS = (*MARKS, "prose", "labels")
WORDS = {
    "conforming": ("合格", "合  格", "符合", "合格（阴性）", "所检项目符合标准要求。", "合格样品", "合\u3000格"),
    "nonconforming": ("不合格", "不符合", "不 合 格", "一般不合格报告", "不合格样品", "部分合格", "不符合 "),
    "undetermined": ("未判定", "不予判定"),
}
TASKS: dict[str, dict[str, tuple[str, ...]]] = {
    "food": {
        "supervision": ("2026年省级食品安全监督抽检", "监督抽检（省抽）", "市级监督抽查"),
        "evaluation": ("2026年省级食品安全评价性抽检", "评价性抽检（国抽）"),
        "routine_monitoring": ("省级农产品质量安全例行监测",),
    },
    "market": {
        "supervision": ("2026年省级产品质量监督抽查", "监督抽查（省抽）"),
        "evaluation": ("2026年产品质量评价性抽查", "评价性抽查（国抽）"),
    },
}
PLACES = (
    ("四川省绵阳市涪城区", "510700"), ("绵阳市涪城区", "510700"), ("涪城区", "510700"), ("西昌市", "513400"),
    ("四川省凉山彝族自治州西昌市", "513400"), ("凉山州西昌市", "513400"), ("四川省乐山市市中区", "511100"),
    ("内江市市中区", "511000"), ("成都市新津县", "510100"), ("四川省成都市金牛区", "510100"), ("阆中市", "511300"),
    ("剑阁县", "510800"), ("四川省泸州市泸县", "510500"), ("市中区", "unknown"), ("四川省市中区", "unknown"),
    ("高新区", "unknown"), ("https://shop.example/?a=1&amp;amp;b=", "unknown"),
)  # fmt: skip
# Item as written, its name in the vocabulary, unit, limit as written, its bounds, and a value that breaks it.
ITEMS = (
    ("铅(以Pb计)", "铅", "mg/kg", "≤0.2mg/kg", None, 0.2, 0.57),
    ("苯甲酸及其钠盐（以苯甲酸计）", "苯甲酸", "g/kg", "≤1.0g/kg", None, 1.0, 1.5),
    ("过氧化值", "过氧化值", "g/100g", "≤0.25g/100g", None, 0.25, 0.38),
    ("蛋白质", "蛋白质", "g/100g", "≥2.5g/100g", 2.5, None, 1.9),
    ("2,4-滴", "2,4-滴", "mg/kg", "≤0.1mg/kg", None, 0.1, 0.31),
    ("黄曲霉毒素B₁", "黄曲霉毒素B1", "μg/kg", "≤20μg/kg", None, 20.0, 36.0),
    ("孔雀石绿", "孔雀石绿", "μg/kg", "不得检出", None, None, 2.6),
    ("菌落总数", "菌落总数", "CFU/g", "≤10000CFU/g", None, 10000.0, 130000.0),
)
UNITS = {
    "mg/kg": ("mg/kg", "mg／kg", " mg/kg"),
    "μg/kg": ("μg/kg", "µg/kg", "ug/kg"),
    "CFU/g": ("CFU/g", " CFU/g"),
}
COUNTS = ("1.3×10⁵", "1.3×10<sup>5</sup>", "1.3×10^5", "130000")
UNSURE_COUNTS = ("1.3×105", "1.3×10")
TITLES = {
    "no": ("抽样编号", "抽样单编号"), "seq": ("序号",), "product": ("产品名称", "样品名称"),
    "spec": ("规格型号", "规格"), "brand": ("商标",), "batch": ("生产日期/批号", "生产日期"),
    "unit": ("被抽样单位名称", "受检单位"), "address": ("被抽样单位地址", "抽样地点"), "lab": ("检验机构",),
    "prefecture": ("被抽样单位所在市州",), "verdict": ("检验结论", "结论"), "item": ("不合格项目",),
    "value": ("检验结果",), "limit": ("标准值",), "date": ("检验报告签发日期", "公告日期"),
    "task": ("任务来源/项目名称", "任务来源"), "remark": ("备注",),
}  # fmt: skip
GARBLED = ("鎶芥牱", "質(zhì)量強(qiáng)省", "锟斤拷", "ºÏ¸ñ", "挂\ufffd")
LABORATORY = "四川省食品检验研究院"


def joined(parts: tuple[str, str, str], separator: str, *, is_swapped: bool) -> str:
    """Item, value and limit in one cell, parted by a mark or told in words."""
    item, value, limit = parts
    if separator == "prose":
        return f"{item}检测值为 {value}，(标准值为 {limit})"
    if separator == "labels":
        return f"{item}（标准值：{limit}/实测值：{value}）"
    return separator.join((item, limit, value) if is_swapped else (item, value, limit))


def produced(rng: random.Random) -> tuple[str | None, tuple[date | None, str | None]]:
    """生产日期/批号 with the day and the kind of day that it tells."""
    day = (date(2024, 5, 28), "day")
    return rng.choice(
        (
            ("2024-05-28", day), ("2024.05.2824052803", day), ("2024052820240528", day),
            ("2024年5月28日ABPM001（SN）", day),
            ("2024-05-28/20240528", day), ("2024-05-28（购进日期）", (None, "purchase")),
            ("购进日期2024/5/28", (None, "purchase")), ("05/2024", (date(2024, 5, 1), "month")),
            ("140801", (None, None)), ("DL04148", (None, None)), ("批号J201001", (None, None)), ("/", (None, None)),
        )
    )  # fmt: skip


def soiled(text: str, rng: random.Random) -> str:
    """The text with the blanks, line breaks and residue that cells come with."""
    if text.startswith("http"):
        return text
    half = len(text) // 2
    return rng.choice((
        text, text, f"{text}\u3000", f"\xa0{text} ", f"{text[:half]}\n{text[half:]}", f"{text}&nbsp;", f"{text}<br/>",
    ))  # fmt: skip


def wide(text: str) -> str:
    """Letters and digits in full width."""
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)
