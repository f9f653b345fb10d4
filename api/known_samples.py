"""What look-up searches: the conforming samples of releases, and whom their recalls and warnings name, in memory.

Each part is read once, however many releases share it, and let go when no kept release needs it. A million samples take
some 200 MB and are searched without an index in well under 100 ms: no statement that reads the parts' files comes near.
Used from the event loop only; files are read and questions answered in threads, each with a cursor of its own.
"""

from __future__ import annotations

import asyncio
import logging
from collections import OrderedDict
from collections.abc import AsyncIterator, Iterable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from itertools import count
from typing import Any

import pyarrow as pa

from api.problems import Problem, Text
from api.queries import statement
from api.release_reader import OPENING_ERRORS, OpenRelease, ReleaseReader, not_in_release
from api.warning_record import NO_FILTER
from warehouse.connect import Connection, connect, fetched
from warehouse.release import ReleaseNotFoundError, part_path
from warehouse.search_text import search_key
from warehouse.settings import Settings

__all__ = ["KnownSamples", "Reading"]

_log = logging.getLogger(__name__)

MOST_RELEASES = 4
MOST_DEAD_PARTS = 8
WATCH_SECONDS = 0.5
_EVERY_ROW = 10_000_000
_KNOWN = (
    "place INTEGER, feed VARCHAR, sampling_type VARCHAR, quarter VARCHAR, product_name VARCHAR, brand VARCHAR,"
    " producer_name VARCHAR, batch_or_date VARCHAR, concluded_on DATE, product_no UBIGINT, searched VARCHAR"
)
_TOLD: dict[str, pa.DataType] = {
    "feed": pa.string(), "sampling_type": pa.string(), "product_name": pa.string(), "brand": pa.string(),
    "producer_name": pa.string(), "warning_id": pa.string(), "state": pa.string(), "headline_zh": pa.string(),
    "headline_en": pa.string(), "issued_on": pa.date32(), "page": pa.string(), "recall_no": pa.string(),
    "recall_status": pa.string(), "announced_on": pa.date32(), "source_url": pa.string(),
}  # fmt: skip
_Key = tuple[str, str, str | None]
_TOLD_SCHEMA = pa.schema({"place": pa.int32(), **_TOLD, "searched": pa.string()})


@dataclass(frozen=True)
class Reading:
    """What one release knows, kept in memory for as long as it is leased."""

    connection: Connection
    parts: list[int]
    told: int

    def ask(self, text: str, parameters: Mapping[str, Any]) -> pa.Table:
        """The rows of a statement about it; safe from any thread."""
        cursor = self.connection.cursor()
        try:
            return fetched(cursor, text, self._chosen(text, parameters))
        finally:
            cursor.close()

    def rows(self, text: str, parameters: Mapping[str, Any]) -> list[tuple[Any, ...]]:
        """The same as tuples."""
        cursor = self.connection.cursor()
        try:
            return cursor.execute(text, self._chosen(text, parameters)).fetchall()
        finally:
            cursor.close()

    def _chosen(self, text: str, parameters: Mapping[str, Any]) -> dict[str, Any]:
        own = {"parts": self.parts, "told": self.told}
        return {name: value for name, value in own.items() if f"${name}" in text} | dict(parameters)


@dataclass
class _Known:
    """A release whose samples are in memory, and how many requests are reading them."""

    parts: tuple[str, ...]
    told: int
    n_leases: int = 0
    places: list[int] = field(default_factory=list)


class KnownSamples:
    """The samples of the release that serves and of a few others; those asked for longest ago go first."""

    def __init__(
        self, settings: Settings, most_releases: int = MOST_RELEASES, most_dead_parts: int = MOST_DEAD_PARTS
    ) -> None:
        self._settings = settings
        self._most = most_releases
        self._most_dead = most_dead_parts
        self._connection: Connection | None = None
        self._places: dict[str, int] = {}
        self._known: OrderedDict[_Key, _Known] = OrderedDict()
        self._numbers = count(1)
        self._turn = asyncio.Lock()

    @asynccontextmanager
    async def reading(self, release: OpenRelease) -> AsyncIterator[Reading]:
        """The samples of a release, read first where nobody has asked for them.

        Raises Problem for a release of before there were parts, and for one whose parts are no longer kept.
        """
        key = (release.info.release_id, release.info.artefact, release.info.told_by)
        known = self._known.get(key)
        if known is None:
            async with self._turn:
                known = self._known.get(key)
                if known is None:
                    known = self._known[key] = await asyncio.to_thread(self._read, release)
                    if self._let_go(beside=key):
                        places = [*self._places.values()], [each.told for each in self._known.values()]
                        await asyncio.to_thread(self._keep, *places)
        self._known.move_to_end(key)
        known.n_leases += 1
        try:
            yield Reading(self._opened(), known.places, known.told)
        finally:
            known.n_leases -= 1

    async def follow(self, reader: ReleaseReader) -> None:
        """Reads what serves before somebody asks, until cancelled."""
        tried = None
        while True:
            release = reader.release
            if release is not None and release.info.release_id != tried:
                tried = release.info.release_id
                release.lease()
                try:
                    async with self.reading(release):
                        pass
                except (Problem, *OPENING_ERRORS) as error:  # told to whoever asks
                    _log.warning("the samples of release %s are not in memory: %s", tried, error)
                finally:
                    release.give_back()
            await asyncio.sleep(WATCH_SECONDS)

    def close(self) -> None:
        """Lets go of all."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _opened(self) -> Connection:
        if self._connection is None:
            self._connection = connect(self._settings)
            self._connection.execute(f"CREATE TABLE known ({_KNOWN})")
            self._connection.register("told_rows", _TOLD_SCHEMA.empty_table())
            self._connection.execute("CREATE TABLE told AS FROM told_rows")
            self._connection.unregister("told_rows")
        return self._connection

    def _read(self, release: OpenRelease) -> _Known:
        info = release.info
        if not info.parts and release.ask("SELECT 1 FROM mart_cells WHERE n_sampled > 0 LIMIT 1", {}).num_rows:
            raise not_in_release(info)
        known = _Known(tuple(part.sha256 for part in info.parts), next(self._numbers))
        for sha256 in known.parts:
            if sha256 not in self._places:
                self._places[sha256] = self._read_part(sha256, info.release_id)
            known.places.append(self._places[sha256])
        self._read_told(release, known.told)
        return known

    def _read_part(self, sha256: str, release_id: str) -> int:
        path = part_path(self._settings, sha256)
        if not path.is_file():
            text = Text(
                f"发布 {release_id} 的批次明细已不再保留，其中的数字仍可查询。",
                f"The samples of release {release_id} are no longer kept; its figures are.",
            )
            raise Problem("not-here", text) from ReleaseNotFoundError(str(path))
        place = next(self._numbers)
        cursor = self._opened().cursor()
        try:
            cursor.execute(f"INSERT INTO known {statement('known_part')}", {"place": place, "path": str(path)})
        finally:
            cursor.close()
        return place

    def _read_told(self, release: OpenRelease, place: int) -> None:
        asked = NO_FILTER | {"warning_id": None, "words": [], "after": None, "limit": _EVERY_ROW}
        found = [
            row
            for states in (None, ["archived"])
            for row in release.query("warnings", asked | {"states": states}).to_pylist()
        ]
        told = [*((row, _searched(row)) for row in found), *((row, _searched_recall(row)) for row in _recalls(release))]
        rows = [{name: row.get(name) for name in _TOLD} | {"place": place, "searched": key} for row, key in told]
        cursor = self._opened().cursor()
        try:
            cursor.register("told_rows", pa.Table.from_pylist(rows, _TOLD_SCHEMA))
            cursor.execute("INSERT INTO told BY NAME FROM told_rows")
            cursor.unregister("told_rows")
        finally:
            cursor.close()

    def _let_go(self, *, beside: _Key) -> bool:
        """Forget releases beyond the most; whether so many parts belong to none any more that they are cleared.

        On the event loop, where releases are leased: what is forgotten here is read by nobody.
        """
        idle = [key for key, known in self._known.items() if not known.n_leases and key != beside]
        for key in idle[: max(0, len(self._known) - self._most)]:
            del self._known[key]
        needed = {sha256 for known in self._known.values() for sha256 in known.parts}
        if len(self._places.keys() - needed) < self._most_dead:
            return False
        self._places = {sha256: place for sha256, place in self._places.items() if sha256 in needed}
        return True

    def _keep(self, known: list[int], told: list[int]) -> None:
        """Copy what stays, at once for who asks meanwhile: rows that are only deleted would keep their memory."""
        cursor = self._opened().cursor()
        try:
            cursor.execute("BEGIN")
            for name, kept in (("known", known), ("told", told)):
                cursor.execute(
                    f"CREATE TABLE kept AS SELECT * FROM {name} WHERE list_contains($kept, place)",  # noqa: S608 - ours
                    {"kept": kept},
                )
                cursor.execute(f"DROP TABLE {name}")
                cursor.execute(f"ALTER TABLE kept RENAME TO {name}")
            cursor.execute("COMMIT")
        finally:
            cursor.close()


def _searched(row: Mapping[str, Any]) -> str:
    """All that a warning names, as the samples have it: products, parties, brands and batches."""
    samples = row["samples"] or []
    parties = [row[name] for name in ("producer_name", "orderer_name", "importer_name", "sampled_unit_name")]
    lines = (
        [row["product_name"], *(each["product_name"] for each in samples)],
        [*parties, *(each["sampled_unit_name"] for each in samples)],
        [row["brand"], *(each["brand"] for each in samples)],
        [row["batch_or_date"], *(each["batch_or_date"] for each in samples)],
    )
    return _lines(lines)


def _recalls(release: OpenRelease) -> list[dict[str, Any]]:
    """The recalls as /v1/recalls has them; none in a release that was made before there were any."""
    asked = dict.fromkeys(("kind", "status", "warning_id", "after")) | {"words": [], "limit": _EVERY_ROW}
    try:
        rows: list[dict[str, Any]] = release.query("recalls", asked).to_pylist()
    except Problem as problem:
        if problem.kind != "not-in-release":
            raise
        return []
    return [row | {"recall_status": row["status"]} for row in rows]


def _searched_recall(row: Mapping[str, Any]) -> str:
    """The same of a recall, and behind it its number."""
    return _lines([row[name]] for name in ("product_name", "producer_name", "brand", "batch", "recall_no"))


def _lines(lines: Iterable[Iterable[str | None]]) -> str:
    return "\n".join("\t".join(dict.fromkeys(search_key(text) for text in line if text)) for line in lines)
