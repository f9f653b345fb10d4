"""Under which names and addresses warnings are told: ids are for ever, addresses may change."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from urllib.parse import urlencode

from fastapi import Request

from warehouse.office_time import OFFICE_TIME
from warehouse.settings import Settings

__all__ = ["Addresses", "addresses_of", "instant"]

_ASSIGNED_IN = 2026
"""Of the tag: URIs (RFC 4151): never another year, or every id would change."""


@dataclass(frozen=True)
class Addresses:
    """base: where the public reaches pages and API, without a slash at its end. authority: names who publishes.

    is_fixed: whether base is the same for every request, so that bytes that hold it may be kept.
    """

    base: str
    authority: str
    is_fixed: bool

    def feed_id(self, asked: dict[str, Any]) -> str:
        """The permanent id of a feed; one with filters is a feed of its own."""
        filters = urlencode(sorted(asked.items()))
        return f"{self._tag()}warnings" + (f"?{filters}" if filters else "")

    def entry_id(self, warning_id: str) -> str:
        """The permanent id of a warning in feeds."""
        return f"{self._tag()}warnings/{warning_id}"

    def page(self, warning_id: str) -> str:
        return f"{self.base}/warnings/{warning_id}"

    def cap(self, warning_id: str) -> str:
        return f"{self.base}/v1/warnings/{warning_id}.cap.xml"

    def _tag(self) -> str:
        return f"tag:{self.authority},{_ASSIGNED_IN}:"


def addresses_of(request: Request) -> Addresses:
    """As the settings say, or as the request names this machine."""
    settings: Settings = request.app.state.settings
    base = settings.public_url or str(request.base_url)
    return Addresses(base.rstrip("/"), settings.authority, is_fixed=bool(settings.public_url))


def instant(value: datetime) -> str:
    """In whole seconds of Beijing time, with +08:00: as Atom, JSON Feed and CAP all take it."""
    return value.astimezone(OFFICE_TIME).isoformat(timespec="seconds")
