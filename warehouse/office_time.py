"""The time zone in which days of the office begin and end, and in which people are told of instants."""

from __future__ import annotations

from datetime import timedelta, timezone

__all__ = ["OFFICE_TIME"]

OFFICE_TIME = timezone(timedelta(hours=8), "Asia/Shanghai")
"""What the zone of this name has been since 1991; so the API needs no database of zones, which small images lack."""
