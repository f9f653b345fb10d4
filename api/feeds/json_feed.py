"""Warnings as JSON Feed 1.1; the format knows no tombstones, so a withdrawn one is an item that says so."""

from __future__ import annotations

from typing import Any

from api.feeds.addresses import Addresses, instant
from api.feeds.contents import FeedPage, Row
from api.feeds.wording import TITLE, details, marked

__all__ = ["JSON_FEED_TYPE", "json_feed"]

JSON_FEED_TYPE = "application/feed+json; charset=utf-8"


def json_feed(page: FeedPage, addresses: Addresses) -> dict[str, Any]:
    """The document of one page."""
    document = {
        "version": "https://jsonfeed.org/version/1.1",
        "title": f"{TITLE.zh} {TITLE.en}",
        "description": "抽检不合格的产品，及其更正和撤回。Products that failed a sampling test, corrected in the open.",
        "home_page_url": f"{addresses.base}/warnings",
        "feed_url": addresses.base + page.path,
        "language": "zh-CN",
        "authors": [{"name": page.publisher}],
        "items": [_item(row, addresses) for row in page.rows],
    }
    return document | ({"next_url": addresses.base + page.next_path} if page.next_path else {})


def _item(row: Row, addresses: Addresses) -> dict[str, Any]:
    title = marked(row)
    return {
        "id": addresses.entry_id(row["warning_id"]),
        "url": addresses.page(row["warning_id"]),
        "title": title.zh,
        "summary": title.en,
        "content_text": "\n\n".join(filter(None, (text for said in details(row) for text in (said.zh, said.en)))),
        "date_published": instant(row["published_at"]),
        "date_modified": instant(row["updated_at"]),
        "language": "zh-CN",
        "tags": [row["state"], row["feed"], row["hazard_code"]],
        "_choucha": {
            "warning_id": row["warning_id"],
            "version": row["version"],
            "state": row["state"],
            "reason_zh": row["reason_zh"],
            "reason_en": row["reason_en"],
            "cap_url": addresses.cap(row["warning_id"]),
        },
    }
