"""What /v1/changes and the feeds of warnings answer, as the OpenAPI document describes it."""

from __future__ import annotations

from datetime import datetime
from typing import Any

from pydantic import Field

from api.models import Links, Meta, Shape

__all__ = ["ChangeRow", "Changes", "JsonFeed"]


class ChangeRow(Shape):
    """One public change of one warning."""

    change: str = Field(
        description="created, corrected, withdrawn, expired, archived (taken in as history); taken_back and reinstated "
        "where a release is taken back and stands again. 变动"
    )
    warning_id: str = Field(description="Permanent id. 编号")
    version: int | None = Field(description="Version from then on; null: taken back, and there was none before. 版本")
    state_before: str | None = Field(description="State before; null for the first. 变动前状态")
    state: str = Field(description="State from then on. 变动后状态")
    reason: str | None = Field(description="Code of the reason; null when created. 原因代码")
    reason_zh: str | None = Field(description="Why. 原因")
    reason_en: str | None = Field(description="The same in English.")
    headline_zh: str | None = Field(description="Headline of that version. 标题")
    headline_en: str | None = Field(description="Headline in English.")
    release_id: str | None = Field(description="Release that told it first. 首次载有它的发布")
    position: int | None = Field(description="Place in that release; both together order all changes. 次序")
    happened_at: datetime | None = Field(description="When. 时间")
    cursor: str = Field(description="`since` of what follows this change. 此后的游标")


class ChangesMeta(Meta):
    total: int = Field(description="Changes of this page and those known to follow. 本次及其后的变动数")
    cursor: str = Field(description="`since` of what follows this page, also when nothing is new. 下次使用的游标")


class Changes(Shape):
    """Changes in the order in which they happened."""

    meta: ChangesMeta
    items: list[ChangeRow]
    links: Links


class FeedAuthor(Shape):
    name: str = Field(description="Who publishes. 发布者")


class FeedItem(Shape):
    """A warning as an item of JSON Feed 1.1."""

    id: str = Field(description="Permanent, whatever the address. 永久标识")
    url: str = Field(description="Its page. 网页")
    title: str = Field(description="Headline; of one that is over or withdrawn with a word before it. 标题")
    summary: str = Field(description="Headline in English.")
    content_text: str = Field(description="What was found and what to do; of a withdrawn one the reason. 内容")
    date_published: str = Field(description="When first issued. 首次发布时间")
    date_modified: str = Field(description="When last changed. 最近变动时间")
    language: str = Field(description="zh-CN")
    tags: list[str] = Field(description="State, feed, hazard class. 状态、来源、危害类别")
    extension: dict[str, Any] = Field(
        alias="_choucha", description="warning_id, version, state, reason_zh, reason_en, cap_url. 扩展"
    )


class JsonFeed(Shape):
    """JSON Feed 1.1 (https://www.jsonfeed.org/version/1.1/)."""

    version: str = Field(description="https://jsonfeed.org/version/1.1")
    title: str = Field(description="Name of the feed. 名称")
    description: str = Field(description="What it tells. 说明")
    home_page_url: str = Field(description="The page of the warnings. 网页")
    feed_url: str = Field(description="This feed. 本订阅源")
    next_url: str | None = Field(default=None, description="The next page; absent on the last. 下一页")
    language: str = Field(description="zh-CN")
    authors: list[FeedAuthor] = Field(description="Who publishes. 发布者")
    items: list[FeedItem] = Field(description="Warnings, the last changed first. 消费提示")
