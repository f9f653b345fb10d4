"""What feeds and messages say of a warning: titles and paragraphs in both languages, from its columns."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from api.labels import FEEDS
from api.problems import Text

__all__ = ["AUTHOR", "DISCLAIMER", "TITLE", "add", "details", "document", "marked", "publisher"]

TITLE = Text("消费提示", "Consumer warnings")
AUTHOR = "质量抽检公示"
DISCLAIMER = Text(
    "结果只对所抽的批次负责，不代表同一企业其他批次或其他产品不合格。",
    "The result speaks of the sampled batches alone, not of other batches or products of the same business.",
)
_MARKS = {
    "withdrawn": Text("【已撤回】", "[Withdrawn] "),
    "expired": Text("【已过有效期】", "[Expired] "),
    "archived": Text("【历史】", "[History] "),
}
_NO_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def publisher(provinces: Mapping[str, str]) -> str:
    """Who publishes, by the installed provinces."""
    return f"{'、'.join(provinces.values())}{AUTHOR}"


def marked(row: Mapping[str, Any]) -> Text:
    """The headline; what is over or withdrawn says so first."""
    mark = _MARKS.get(row["state"], Text("", ""))
    return Text(mark.zh + row["headline_zh"], mark.en + row["headline_en"])


def details(row: Mapping[str, Any], *, with_advice: bool = True) -> list[Text]:
    """What a reader is told below the headline, paragraph by paragraph; of a withdrawn one the reason alone."""
    why = Text(row["reason_zh"] or "", row["reason_en"] or "")
    if row["state"] == "withdrawn":
        return [Text(f"本提示已撤回，不再有效。原因：{why.zh}。", f"Withdrawn: {why.en}.")]
    found = [f"变动原因（第 {row['version']} 版）：{why.zh}。"] if why.zh else []
    found_en = [f"Changed (version {row['version']}): {why.en}."] if why.en else []
    goods = _goods(row)
    zh = [*found, goods.zh, *(f"{each}。" for each in row["found_zh"] or ()), _sentence(row["risk_zh"], "。")]
    en = [*found_en, goods.en, *(f"{each}." for each in row["found_en"] or ()), _sentence(row["risk_en"], ".")]
    if with_advice:
        zh, en = [*zh, row["advice_zh"] or ""], [*en, row["advice_en"] or ""]
    said = [Text("\n".join(filter(None, zh)), "\n".join(filter(None, en)))]
    return [each for each in (*said, DISCLAIMER) if each.zh or each.en]


def _sentence(text: str | None, end: str) -> str:
    return f"{text}{end}" if text else ""


def _goods(row: Mapping[str, Any]) -> Text:
    """What was sampled, and whose it is; names stand in English sentences as they are written."""
    unit = Text("网上销售者", "Sold online by") if row["stage"] == "online" else Text("被抽样单位", "Sampled unit")
    named = [
        (Text("产品", "Product"), row["product_name"]),
        (Text("商标", "Brand"), row["brand"]),
        (Text("规格型号", "Specification"), row["spec"]),
        (Text("生产日期或批号", "Batch or production date"), row["batch_or_date"]),
        (Text("标称生产者", "Nominal producer"), row["producer_name"]),
        (Text("委托生产方", "Ordered by"), row["orderer_name"]),
        (Text("进口商", "Importer"), row["importer_name"]),
        (unit, row["sampled_unit_name"]),
        (Text("市州", "Prefecture"), row["prefecture_name"]),
    ]
    feed = FEEDS[row["feed"]]
    zh = [*(f"{name.zh}：{value}" for name, value in named if value), f"领域：{feed.zh}"]
    en = [*(f"{name.en}: {value}" for name, value in named if value), f"Field: {feed.en.lower()}"]
    return Text("；".join(zh) + "。", "; ".join(en) + ".")


def add(parent: ET.Element, name: str, text: str | None = None, /, **attributes: str) -> ET.Element:
    """An element with a text, of which only what XML can hold is kept; `xml_lang` is written xml:lang."""
    given = {key.replace("xml_", "xml:"): _NO_XML.sub("", value) for key, value in attributes.items()}
    child = ET.SubElement(parent, name, given)
    child.text = None if text is None else _NO_XML.sub("", text)
    return child


def document(root: ET.Element) -> bytes:
    """The element as a UTF-8 document."""
    return bytes(ET.tostring(root, encoding="utf-8", xml_declaration=True))
