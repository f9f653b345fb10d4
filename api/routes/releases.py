"""/v1/releases: every release that was published, read from the manifests themselves."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from functools import lru_cache
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Built, TableQuestion, answer, answer_table, serving
from api.models import DifferenceRow, One, ProblemDocument, ReleaseRow, Table
from api.parameters import DifferencesQuery, ReleasesQuery
from api.problems import Problem, Text
from api.questions import refuse_all
from api.release_reader import ARTEFACT, OpenRelease
from api.rendering import MEDIA_TYPES, json_bytes, meta_of
from api.tables import Page
from warehouse.connect import Connection, MissingError
from warehouse.differences import HELPERS, difference_rows, opened
from warehouse.release import (
    Manifest,
    ReleaseDamagedError,
    ReleaseNotFoundError,
    current_release_id,
    list_releases,
    read_manifest,
)
from warehouse.settings import Settings
from warehouse.vintages import taken_back

__all__ = ["router"]

router = APIRouter()

_INSTANT: pa.DataType = pa.timestamp("us", tz="UTC")
_FIELDS: list[tuple[str, pa.DataType]] = [
    ("release_id", pa.string()),
    ("created_at", _INSTANT),
    ("as_of", _INSTANT),
    ("data_as_of", _INSTANT),
    ("method_version", pa.string()),
    ("digest", pa.string()),
    ("previous_release_id", pa.string()),
    ("sha256", pa.string()),
    ("is_current", pa.bool_()),
    ("is_taken_back", pa.bool_()),
]
_SCHEMA = pa.schema(_FIELDS)


@router.get("/releases", response_model=Table[ReleaseRow], summary="历次发布 Releases")
async def releases(
    request: Request,
    query: Annotated[ReleasesQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """历次发布，新的在前；被收回的仍列出并标明。
    Releases, newest first; one that was taken back stays listed and says so."""
    settings: Settings = request.app.state.settings

    def read(n_rows: int, after: str | None) -> Page:
        last = release.info.release_id if query.as_of else None
        upto = [each for each in reversed(list_releases(settings)) if last is None or each <= last]
        known = _listed(settings, upto)
        rest = [release_id for release_id in known if after is None or release_id < after]
        marks = _marks(settings)
        rows = [_marked(known[release_id], marks) for release_id in rest[:n_rows]]
        next_key = rest[n_rows - 1] if len(rest) > n_rows else None
        return Page(pa.Table.from_pylist(rows, _SCHEMA), len(known), next_key)

    # A release appears in the list before it serves, so the list is no part of the one that does.
    question = TableQuestion(read, "releases", is_settled=False)
    return await answer_table(request, release, query, question)


@router.get(
    "/releases/{release_id}",
    response_model=One[ReleaseRow],
    responses={404: {"model": ProblemDocument}},
    dependencies=[Depends(refuse_all)],
    summary="一次发布 One release",
)
async def one_release(request: Request, release_id: str, release: Annotated[OpenRelease, Depends(serving)]) -> Response:
    """一次发布的编号、时点、方法版本与文件散列。
    Id, instants, method and hashes of one release."""
    settings: Settings = request.app.state.settings

    def build() -> Built:
        manifest, marks = _manifest(settings, release_id), _marks(settings)
        links = {"self": request.url.path, "next": None}
        document = {
            "meta": {**meta_of(release.info, ()), "total": 1},
            "item": _marked(_row(manifest), marks),
            "links": links,
        }
        return json_bytes(document), {"Content-Type": MEDIA_TYPES["json"]}

    # Whether a release was taken back is no part of the one that serves.
    return await answer(request, release, {}, build, is_settled=False)


@router.get(
    "/releases/{before}/diff/{after}",
    response_model=Table[DifferenceRow],
    responses={404: {"model": ProblemDocument}},
    summary="两次发布之差 What two releases say differently",
)
async def differences(
    request: Request,
    before: str,
    after: str,
    query: Annotated[DifferencesQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """两次发布之间变动的数字与消费提示，以及变动的原因（就两次发布所能看出的而言）。标题以现行发布为准，其中一次已被收回
    的不列标题。
    Figures and warnings that two releases say differently, and why, as far as the releases tell. Headlines are those of
    the release that serves; there are none where one of the two was taken back."""
    settings: Settings = request.app.state.settings

    def read(n_rows: int, after_key: str | None) -> Page:
        for release_id in (before, after):
            _manifest(settings, release_id)
        with _opened(release, settings, before, after) as connection:
            found = difference_rows(connection, after=after_key, limit=n_rows + 1)
            one = found if found.num_rows or after_key is None else difference_rows(connection, limit=1)
        total = one.column("total")[0].as_py() if one.num_rows else 0
        rows = found.slice(0, n_rows)
        next_key = rows.column("row_key")[-1].as_py() if found.num_rows > n_rows else None
        return Page(rows.drop_columns(list(HELPERS)), total, next_key)

    return await answer_table(request, release, query, TableQuestion(read, f"diff-{before}-{after}"))


def _manifest(settings: Settings, release_id: str) -> Manifest:
    """Raises Problem for an id that never was, and for one whose manifest is damaged."""
    try:
        return read_manifest(settings, release_id)
    except ReleaseNotFoundError as error:
        text = Text(f"没有编号为 {release_id} 的发布。", f"There is no release {release_id}.")
        raise Problem("not-found", text) from error
    except ReleaseDamagedError as error:
        text = Text(
            f"发布 {release_id} 的清单已损坏，请告知运维人员（choucha status）。",
            f"The manifest of release {release_id} is damaged; tell the operator (choucha status).",
        )
        raise Problem("release-unreadable", text) from error


def _listed(settings: Settings, release_ids: Iterable[str]) -> dict[str, dict[str, Any]]:
    """What is told of each; one whose manifest is damaged is left out until it is restored."""
    found = {}
    for release_id in release_ids:
        with suppress(ReleaseNotFoundError, ReleaseDamagedError):
            found[release_id] = _told(settings, release_id)
    return found


@lru_cache(maxsize=65_536)
def _told(settings: Settings, release_id: str) -> dict[str, Any]:
    """What its manifest, which never changes, tells of a release; an error is not remembered."""
    return _row(read_manifest(settings, release_id))


@contextmanager
def _opened(release: OpenRelease, settings: Settings, before: str, after: str) -> Iterator[Connection]:
    """Both releases in the artefact that this request reads; the public reads warnings in the words of the release that
    serves, and no headline of one that was taken back. Raises Problem where one is not kept or too old.
    """
    try:
        told_by, gone = (None, ()) if release.is_office else (release.info.release_id, taken_back(settings))
        info = release.info
        with opened(settings, before, after, info.artefact, told_by=told_by, taken_back=gone) as connection:
            yield connection
    except ReleaseNotFoundError as error:
        text = Text("此处没有这两次发布的数据。", "The figures of these releases are not kept here.")
        raise Problem("not-here", text) from error
    except MissingError as error:
        text = Text(
            f"发布 {before} 或 {after} 生成时还没有所需的表，无法比较。",
            f"Release {before} or {after} was made before there was a table that this needs; they cannot be compared.",
        )
        raise Problem("not-in-release", text) from error


def _marks(settings: Settings) -> tuple[str | None, frozenset[str]]:
    """The release that serves, and those that were taken back."""
    return current_release_id(settings), taken_back(settings)


def _marked(row: dict[str, Any], marks: tuple[str | None, frozenset[str]]) -> dict[str, Any]:
    release_id = row["release_id"]
    return {**row, "is_current": release_id == marks[0], "is_taken_back": release_id in marks[1]}


def _row(manifest: Manifest) -> dict[str, Any]:
    return {
        "release_id": manifest.release_id,
        "created_at": manifest.created_at,
        "as_of": manifest.as_of,
        "data_as_of": manifest.data_as_of,
        "method_version": manifest.method_version,
        "digest": manifest.digest,
        "previous_release_id": manifest.previous_release_id,
        "sha256": manifest.files[f"{ARTEFACT}.duckdb"],
    }
