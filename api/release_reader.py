"""The release that serves: opened read-only, swapped when the pointer moves, closed when its last request is done.

Everything here runs on the event loop; only files are read in threads: a release is opened outside the threads that
answer, so that it is noticed however many questions wait, and each statement has a cursor of its own.
A release that cannot be opened never replaces one that can.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from functools import cached_property
from types import MappingProxyType
from typing import Any

import pyarrow as pa

from api.cache import RepresentationCache
from api.judge import Judge
from api.problems import Problem, Text
from api.queries import statement
from warehouse.connect import Connection, DatabaseError, MissingError, connect, fetched, quote
from warehouse.release import (
    Part,
    ReleaseDamagedError,
    ReleaseNotFoundError,
    current_release_id,
    read_manifest,
    release_path,
)
from warehouse.retold import retell
from warehouse.settings import Settings

__all__ = [
    "ARTEFACT",
    "OFFICE",
    "OPENING_ERRORS",
    "OpenRelease",
    "ReleaseInfo",
    "ReleaseReader",
    "Vocabulary",
    "not_in_release",
    "open_release",
]

ARTEFACT = "public"
OFFICE = "office"
POLL_SECONDS = 0.25
OPENING_ERRORS = (DatabaseError, ReleaseNotFoundError, ReleaseDamagedError, OSError, ValueError, KeyError)

_log = logging.getLogger(__name__)
_POINTER = "current"


@dataclass(frozen=True)
class ReleaseInfo:
    """What every answer says about its release.

    told_by: the release in whose words an earlier one tells its warnings; None where it tells them itself.
    """

    release_id: str
    data_as_of: datetime | None
    next_update_due: datetime | None
    created_at: datetime
    method_version: str
    artefact_sha256: str
    artefact: str = ARTEFACT
    parts: tuple[Part, ...] = ()
    told_by: str | None = None


@dataclass(frozen=True)
class Vocabulary:
    """The codes that a release knows, with their names, in the order of the codes; categories by feed.

    province_of: the province's code by the prefecture's.
    """

    prefectures: Mapping[str, str]
    province_of: Mapping[str, str]
    provinces: Mapping[str, str]
    hazards: Mapping[str, str]
    categories: Mapping[str, Mapping[str, str]]


class OpenRelease:
    """One release, open for reading, with the requests that are using it."""

    def __init__(
        self,
        info: ReleaseInfo,
        vocabulary: Vocabulary,
        connection: Connection,
        cache: RepresentationCache | None = None,
        search_path: str | None = None,
    ) -> None:
        self.info = info
        self.vocabulary = vocabulary
        self.cache = cache or RepresentationCache()
        self._connection = connection
        self._search_path = search_path
        self._judge = Judge(self._cursor())
        self._leases = 0
        self._is_retired = False

    @property
    def is_office(self) -> bool:
        """Whether this is the office's artefact, which nobody reads without a key."""
        return self.info.artefact == OFFICE

    @property
    def is_idle(self) -> bool:
        """Whether no request is using it."""
        return self._leases == 0

    @property
    def is_closed(self) -> bool:
        return self._is_retired and self._leases == 0

    def query(self, name: str, parameters: Mapping[str, Any]) -> pa.Table:
        """The rows of a statement of the API's; as `ask`."""
        return self.ask(statement(name), parameters)

    def ask(self, text: str, parameters: Mapping[str, Any]) -> pa.Table:
        """The rows of a statement; safe from any thread, since each call has a cursor of its own.

        Raises Problem where the release was made before there was such a table or column.
        """
        cursor = self._cursor()
        try:
            return fetched(cursor, text, parameters)
        except MissingError as error:
            raise self._not_in_release(error) from error
        finally:
            cursor.close()

    def judge(self, columns: pa.Table) -> pa.Table:
        """Rates, intervals and statuses of columns of counts; see Judge.judged. Raises as ask."""
        try:
            return self._judge.judged(columns)
        except MissingError as error:
            raise self._not_in_release(error) from error

    @cached_property
    def strata(self) -> tuple[Mapping[str, Any], ...]:
        """The rows of `queries/strata.sql`: what has figures in which quarter. Raises as ask."""
        return tuple(self.query("strata", {}).to_pylist())

    @cached_property
    def revisions(self) -> pa.Table:
        """The rows of `queries/revisions.sql`; none where the release was made before revisions were told."""
        cursor = self._cursor()
        try:
            return fetched(cursor, statement("revisions"), {})
        except MissingError:
            return pa.table({})
        finally:
            cursor.close()

    def prepare(self) -> None:
        """Does ahead what the first question would wait for; what the release lacks is told to who asks for it."""
        try:
            self._judge.plan()
            _ = self.strata, self.revisions
        except (*MissingError, Problem) as error:
            _log.info("release %s was made before there was all that is asked today: %s", self.info.release_id, error)

    def lease(self) -> None:
        """Keeps the release open until give_back."""
        self._leases += 1

    def give_back(self) -> None:
        """Ends a lease; the last one of a retired release closes it."""
        self._leases -= 1
        self._close_if_done()

    def retire(self) -> None:
        """No request will lease it again."""
        self._is_retired = True
        self._close_if_done()

    def _close_if_done(self) -> None:
        if self.is_closed:
            self._judge.close()
            self._connection.close()

    def _cursor(self) -> Connection:
        cursor = self._connection.cursor()
        if self._search_path is not None:
            cursor.execute(f"SET search_path = {quote(self._search_path)}")
        return cursor

    def _not_in_release(self, error: Exception) -> Problem:
        _log.warning("release %s has no such table, column or macro: %s", self.info.release_id, error)
        return not_in_release(self.info)


def not_in_release(info: ReleaseInfo) -> Problem:
    """What a release says of a table that it was made without."""
    text = Text(
        f"发布 {info.release_id}（方法版本 {info.method_version}）生成时还没有这张表或其中某列，"
        "请改用较新的发布（as_of）。",
        f"Release {info.release_id} (method {info.method_version}) was made before there was this table, or a column "
        "of it; ask a later release (as_of).",
    )
    return Problem("not-in-release", text)


class ReleaseReader:
    """Follows `releases/current`; `release` is None until something has been published."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._failed: str | None = None
        self.release: OpenRelease | None = None

    async def follow(self) -> None:
        """Looks at the pointer until cancelled."""
        while True:
            await asyncio.sleep(POLL_SECONDS)
            await self.refresh()

    async def refresh(self) -> None:
        """Serves the release that the pointer names; keeps the one it has when that cannot be opened."""
        try:
            wanted = await asyncio.to_thread(current_release_id, self._settings)
        except ReleaseDamagedError as error:
            if self._failed != _POINTER:
                _log.error("the last release goes on serving: %s", error)
            self._failed = _POINTER
            return
        if wanted is None or (self.release is not None and wanted == self.release.info.release_id):
            return
        try:
            opened = await asyncio.to_thread(open_release, self._settings, wanted)
        except OPENING_ERRORS as error:
            if wanted != self._failed:
                _log.error("release %s cannot be opened, the last one goes on serving: %s", wanted, error)
            self._failed = wanted
            return
        previous, self.release, self._failed = self.release, opened, None
        _log.info("serving release %s", wanted)
        if previous is not None:
            previous.retire()

    def close(self) -> None:
        """Lets go of the release that serves."""
        if self.release is not None:
            self.release.retire()
            self.release = None


def open_release(
    settings: Settings,
    release_id: str,
    artefact: str = ARTEFACT,
    *,
    told_by: str | None = None,
    cache: RepresentationCache | None = None,
) -> OpenRelease:
    """An artefact of a release. Raises one of OPENING_ERRORS when it is not whole.

    told_by: the release in whose words its warnings are told; None: its own.
    """
    manifest = read_manifest(settings, release_id)
    path = release_path(settings, release_id, artefact)
    connection = connect(settings, path, read_only=True) if told_by is None else connect(settings)
    try:
        search_path = None
        if told_by is not None:
            connection.execute(f"ATTACH {quote(str(path))} AS earlier (READ_ONLY)")
            search_path = retell(connection, "earlier", release_path(settings, told_by, artefact))
            connection.execute(f"SET search_path = {quote(search_path)}")
        row = connection.sql(statement("release_info")).to_arrow_table().to_pylist()[0]
        if row["release_id"] != release_id or row["artefact"] != artefact:
            raise ValueError(f"the file says it is {row['release_id']} ({row['artefact']})")
        codes = connection.sql(statement("vocabulary")).to_arrow_table().to_pylist()
    except OPENING_ERRORS:
        connection.close()
        raise
    info = ReleaseInfo(
        release_id=release_id,
        data_as_of=row["data_as_of"],
        next_update_due=row["next_update_due"],
        created_at=row["created_at"],
        method_version=row["method_version"],
        artefact_sha256=manifest.files[f"{artefact}.duckdb"],
        artefact=artefact,
        parts=manifest.parts,
        told_by=told_by,
    )
    release = OpenRelease(info, _vocabulary(codes), connection, cache, search_path)
    release.prepare()
    return release


def _vocabulary(codes: list[dict[str, str]]) -> Vocabulary:
    def named(kind: str, feed: str = "") -> Mapping[str, str]:
        return MappingProxyType({e["code"]: e["name"] for e in codes if e["kind"] == kind and e["feed"] == feed})

    feeds = sorted({entry["feed"] for entry in codes if entry["kind"] == "category"})
    categories = MappingProxyType({feed: named("category", feed) for feed in feeds})
    province_of = MappingProxyType({e["code"]: e["parent"] for e in codes if e["kind"] == "prefecture"})
    return Vocabulary(named("prefecture"), province_of, named("province"), named("hazard"), categories)
