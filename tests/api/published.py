"""A home that was published twice, for tests that ask live routes of whatever it holds."""

from __future__ import annotations

from datetime import UTC, datetime

from pipelines.publish import publish
from tests.warehouse.builder import Lake, batch, sample
from warehouse.settings import Settings

__all__ = ["AS_OF", "publish_twice"]

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)


def publish_twice(settings: Settings) -> str:
    """Two batches, b1 and b2, every twentieth sample failed and published; the id of the second release."""
    rows = [
        sample(f"{k}", conclusion="nonconforming" if k % 20 == 0 else "conforming", notice_no="N1", notice_key="N1")
        for k in range(100)
    ]
    lake_of = Lake(settings)
    lake_of.commit(batch("b1", *rows[:50]))
    assert publish(settings, AS_OF)
    lake_of.commit(batch("b2", *rows[50:]))
    return str(publish(settings, AS_OF))
