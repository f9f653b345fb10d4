"""Warnings as an Atom feed (RFC 4287), paged (RFC 5005); a withdrawn one is a tombstone with the reason (RFC 6721)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree as ET

from api.feeds.addresses import Addresses, instant
from api.feeds.contents import FeedPage, Row
from api.feeds.wording import TITLE, add, details, document, marked
from api.labels import STATES

__all__ = ["ATOM_TYPE", "atom_feed"]

ATOM_TYPE = "application/atom+xml; charset=utf-8"
_NAMESPACES = {
    "xmlns": "http://www.w3.org/2005/Atom",
    "xmlns:at": "http://purl.org/atompub/tombstones/1.0",
    "xml:lang": "zh-CN",
}
_XHTML = "http://www.w3.org/1999/xhtml"


def atom_feed(page: FeedPage, addresses: Addresses) -> bytes:
    """The document of one page."""
    root = ET.Element("feed", _NAMESPACES)
    add(root, "id", addresses.feed_id(page.filters))
    add(root, "title", f"{TITLE.zh} {TITLE.en}")
    add(root, "updated", instant(page.updated_at))
    add(add(root, "author"), "name", page.publisher)
    add(root, "generator", "choucha")
    for relation, address in (("self", page.path), ("first", page.first_path), ("next", page.next_path)):
        if address:
            add(root, "link", rel=relation, type="application/atom+xml", href=addresses.base + address)
    add(root, "link", rel="alternate", type="text/html", href=f"{addresses.base}/warnings")
    for row in page.rows:
        if row["state"] == "withdrawn":
            _tombstone(root, row, addresses)
        else:
            _entry(root, row, addresses)
    return document(root)


def _tombstone(root: ET.Element, row: Row, addresses: Addresses) -> None:
    deleted = add(root, "at:deleted-entry", ref=addresses.entry_id(row["warning_id"]), when=instant(row["updated_at"]))
    add(deleted, "link", rel="related", type="text/html", href=addresses.page(row["warning_id"]))
    add(deleted, "at:comment", f"{row['reason_zh']}。{row['reason_en']}.")


def _entry(root: ET.Element, row: Row, addresses: Addresses) -> None:
    title = marked(row)
    entry = add(root, "entry")
    add(entry, "id", addresses.entry_id(row["warning_id"]))
    add(entry, "title", title.zh)
    add(entry, "published", instant(row["published_at"]))
    add(entry, "updated", instant(row["updated_at"]))
    add(entry, "link", rel="alternate", type="text/html", href=addresses.page(row["warning_id"]))
    add(entry, "link", rel="related", type="application/cap+xml", href=addresses.cap(row["warning_id"]))
    for scheme, term, label in _categories(row):
        add(entry, "category", term=term, scheme=f"{addresses.feed_id({})}/{scheme}", label=label)
    add(entry, "summary", title.en, xml_lang="en-US")
    content = add(entry, "content", type="xhtml")
    division = add(content, "div", xmlns=_XHTML)
    for said in details(row):
        for language, text in (("zh-CN", said.zh), ("en-US", said.en)):
            for line in filter(None, text.split("\n")):
                add(division, "p", line, xml_lang=language)


def _categories(row: Mapping[str, Any]) -> list[tuple[str, str, str]]:
    return [
        ("state", row["state"], STATES[row["state"]].zh),
        ("feed", row["feed"], row["feed"]),
        ("hazard", row["hazard_code"], row["hazard_name_zh"] or row["hazard_code"]),
        ("prefecture", row["prefecture_code"], row["prefecture_name"] or "未能归属"),
    ]
