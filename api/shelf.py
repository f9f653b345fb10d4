"""Earlier releases and the office's artefacts: a few are open at a time, opened when somebody asks.

Whatever is asked at once, no more than so many are open: who comes when all are in use waits for one to be given back.
Used from the event loop only; files are opened in threads.
"""

from __future__ import annotations

import asyncio
from collections import OrderedDict

from api.cache import RepresentationCache
from api.release_reader import OpenRelease, open_release
from warehouse.settings import Settings

__all__ = ["Shelf"]

MOST_OPEN = 8
_CACHE_BYTES = 4 * 1024 * 1024


class Shelf:
    """Open artefacts by release, kind and in whose words they tell their warnings; the one that was asked for longest
    ago is closed first.
    """

    def __init__(self, settings: Settings, most_open: int = MOST_OPEN) -> None:
        self._settings = settings
        self._most_open = most_open
        self._open: OrderedDict[tuple[str, str, str | None], OpenRelease] = OrderedDict()
        self._turn = asyncio.Lock()
        self._given_back = asyncio.Event()

    @property
    def n_open(self) -> int:
        return len(self._open)

    async def lease(self, release_id: str, artefact: str, told_by: str | None = None) -> OpenRelease:
        """The artefact, open until it is given back, as `open_release` opens it. Raises one of OPENING_ERRORS."""
        key = (release_id, artefact, told_by)
        found = self._open.get(key)
        if found is None:
            async with self._turn:
                found = self._open.get(key) or await self._opened(key)
        self._open.move_to_end(key)
        found.lease()
        return found

    def give_back(self, release: OpenRelease) -> None:
        """Ends a lease, so that it may be closed when another one is asked for."""
        release.give_back()
        self._given_back.set()

    def close(self) -> None:
        """Lets go of all; those in use close with their last request."""
        while self._open:
            self._open.popitem()[1].retire()

    async def _opened(self, key: tuple[str, str, str | None]) -> OpenRelease:
        while self.n_open >= self._most_open:
            idle = next((each for each, release in self._open.items() if release.is_idle), None)
            if idle is None:
                self._given_back.clear()
                await self._given_back.wait()
            else:
                self._open.pop(idle).retire()
        cache = RepresentationCache(_CACHE_BYTES)
        release_id, artefact, told_by = key
        self._open[key] = opened = await asyncio.to_thread(
            open_release, self._settings, release_id, artefact, told_by=told_by, cache=cache
        )
        return opened
