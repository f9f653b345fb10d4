"""The doorbell in the triggerer: looks into landing, and rings when `dags.bell` says so."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from typing import Any

from airflow.triggers.base import BaseEventTrigger, TriggerEvent

from dags.bell import Ring, is_due
from warehouse.landing import Landed, ringing_files
from warehouse.settings import Settings

__all__ = ["Doorbell"]


class Doorbell(BaseEventTrigger):
    """Looks into landing every so many seconds, for as long as the triggerer runs."""

    def __init__(self, *, watch_seconds: float) -> None:
        super().__init__()  # type: ignore[no-untyped-call]
        self.watch_seconds = watch_seconds

    def serialize(self) -> tuple[str, dict[str, Any]]:
        """What another triggerer needs to take over; the place of landing comes from its environment."""
        return "dags.doorbell.Doorbell", {"watch_seconds": self.watch_seconds}

    async def run(self) -> AsyncIterator[TriggerEvent]:
        settings = Settings.from_environment()
        last: Ring | None = None
        while True:
            lying = await asyncio.to_thread(self._lying, settings)
            now = time.monotonic()
            if is_due(lying, last, now):
                last = Ring(lying, now)
                yield TriggerEvent({"n_files": len(lying)})  # type: ignore[no-untyped-call]
            await asyncio.sleep(self.watch_seconds)

    def _lying(self, settings: Settings) -> frozenset[Landed]:
        """Complete files; an unreadable folder is logged and looked at again, for a bell that died rings no more."""
        try:
            return ringing_files(settings)
        except OSError as error:
            self.log.warning("landing cannot be read: %s", error)
            return frozenset()
