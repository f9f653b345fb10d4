"""One warning as a message of the Common Alerting Protocol, CAP 1.2 (OASIS): Alert, Update or Cancel.

Each version is a message of its own and names all before it; a message of a version never changes, except that names
are struck out of it as they are everywhere.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime, time
from typing import Any
from xml.etree import ElementTree as ET

from api.feeds.addresses import Addresses, instant
from api.feeds.wording import add, details, document, marked
from api.labels import FEEDS
from api.problems import Text
from warehouse.alert_levels import level_of
from warehouse.office_time import OFFICE_TIME

__all__ = ["CAP_TYPE", "CapMessage", "cap_document"]

CAP_TYPE = "application/cap+xml; charset=utf-8"
_NAMESPACE = "urn:oasis:names:tc:emergency:cap:1.2"
_CATEGORIES = {"food": "Health", "market": "Safety", "construction": "Infra"}
_LONGEST_HEADLINE = 160


@dataclass(frozen=True)
class CapMessage:
    """One version of a warning: its row as of then, and the earlier messages as (identifier, sent).

    identifier: never used again. sent: when it was told. publisher: in words. place: of the sampled unit, in words.
    """

    row: Mapping[str, Any]
    identifier: str
    sent: datetime
    earlier: Sequence[tuple[str, datetime]]
    publisher: str
    place: str

    @property
    def kind(self) -> str:
        if self.row["state"] == "withdrawn":
            return "Cancel"
        return "Update" if self.earlier else "Alert"


def cap_document(message: CapMessage, addresses: Addresses) -> bytes:
    """The message; elements in the order of the schema."""
    root = ET.Element("alert", {"xmlns": _NAMESPACE})
    add(root, "identifier", message.identifier)
    add(root, "sender", addresses.authority)
    add(root, "sent", instant(message.sent))
    add(root, "status", "Actual")
    add(root, "msgType", message.kind)
    add(root, "scope", "Public")
    if reason := message.row["reason_zh"]:
        add(root, "note", f"{reason}。{message.row['reason_en']}.")
    if message.earlier:
        earlier = (f"{addresses.authority},{name},{instant(sent)}" for name, sent in message.earlier)
        add(root, "references", " ".join(earlier))
    add(root, "incidents", message.row["warning_id"])
    for language in ("zh-CN", "en-US"):
        _info(root, message, addresses, language)
    return document(root)


def _info(root: ET.Element, message: CapMessage, addresses: Addresses, language: str) -> None:
    row = message.row
    level = level_of(row["hazard_code"], row["state"])
    info = add(root, "info")
    add(info, "language", language)
    add(info, "category", _CATEGORIES[row["feed"]])
    add(info, "event", _in(language, _event(row)))
    add(info, "responseType", level.response_type)
    add(info, "urgency", level.urgency)
    add(info, "severity", level.severity)
    add(info, "certainty", level.certainty)
    _pair(info, "eventCode", "choucha:hazard", row["hazard_code"])
    add(info, "effective", instant(message.sent))
    if isinstance(ends := row["expires_on"], date):
        add(info, "expires", instant(datetime.combine(ends, time(), OFFICE_TIME)))
    add(info, "senderName", message.publisher)
    add(info, "headline", _in(language, marked(row))[:_LONGEST_HEADLINE])
    add(info, "description", "\n".join(_in(language, said) for said in details(row, with_advice=False)))
    if row["state"] != "withdrawn" and (advice := row[f"advice_{language[:2]}"]):
        add(info, "instruction", advice)
    add(info, "web", addresses.page(row["warning_id"]))
    for name in ("warning_id", "version", "state", "product_name", "brand", "spec", "batch_or_date", "producer_name"):
        if row["state"] != "withdrawn" or name in ("warning_id", "version", "state"):
            _pair(info, "parameter", f"choucha:{name}", row[name])
    area = add(info, "area")
    add(area, "areaDesc", message.place)
    for code in dict.fromkeys((row["province_code"], row["prefecture_code"])):
        if code != "unknown":
            _pair(area, "geocode", "GB/T 2260", code)


def _event(row: Mapping[str, Any]) -> Text:
    feed = FEEDS[row["feed"]]
    zh = f"{feed.zh}消费提示：{row['hazard_name_zh'] or row['hazard_code']}"
    return Text(zh, f"Consumer warning, {feed.en.lower()}: {row['hazard_name_en'] or row['hazard_code']}")


def _in(language: str, text: Text) -> str:
    return text.zh if language == "zh-CN" else text.en


def _pair(parent: ET.Element, name: str, key: str, value: Any) -> None:
    if value is not None:
        child = add(parent, name)
        add(child, "valueName", key)
        add(child, "value", str(value))
