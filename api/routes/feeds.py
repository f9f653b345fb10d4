"""Warnings for feed readers and alert systems: Atom, JSON Feed and CAP 1.2."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import datetime
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Depends, Query, Request
from pydantic import Field
from starlette.concurrency import run_in_threadpool
from starlette.responses import JSONResponse, Response

from api.answers import Built, answer, asked_of, serving
from api.feed_rows import JsonFeed
from api.feeds.addresses import Addresses, addresses_of
from api.feeds.atom import ATOM_TYPE, atom_feed
from api.feeds.cap import CAP_TYPE, CapMessage, cap_document
from api.feeds.contents import FeedPage, read_feed
from api.feeds.json_feed import JSON_FEED_TYPE, json_feed
from api.feeds.wording import publisher
from api.models import ProblemDocument
from api.parameters import Code, Feed, Parameters
from api.questions import check_codes, refuse_all
from api.release_reader import OpenRelease
from api.rendering import json_bytes
from api.tables import decode_cursor, encode_cursor, question_hash
from api.warning_record import WarningRecord, as_told, find_version, later_release
from warehouse.release import serving_since

__all__ = ["router"]

router = APIRouter()


class FeedResponse(JSONResponse):
    """As documented; the answer itself is made like all others."""

    media_type = "application/feed+json"


class FeedQuery(Parameters):
    """A feed may be of one kind of goods, place or hazard, and each is a feed of its own."""

    feed: Feed | None = Field(default=None, description="Feed. 报送来源")
    prefecture: Code | None = Field(default=None, description="Prefecture of the sampled unit. 市州")
    hazard: Code | None = Field(default=None, description="Hazard class, see /v1/hazards. 危害类别")
    limit: int = Field(default=50, ge=1, le=200, description="Warnings of one page. 每页条数")
    cursor: Annotated[str, Field(max_length=2_000)] | None = Field(
        default=None, description="Taken from the link to the next page. 翻页标记"
    )


def _text_of(media_type: str) -> dict[int | str, dict[str, Any]]:
    return {200: {"content": {media_type: {"schema": {"type": "string"}}}, "description": media_type}}


@router.get(
    "/warnings.atom",
    response_class=Response,
    responses=_text_of("application/atom+xml"),
    summary="订阅：Atom Feed of the warnings",
)
async def warnings_atom(
    request: Request, query: Annotated[FeedQuery, Query()], release: Annotated[OpenRelease, Depends(serving)]
) -> Response:
    """消费提示的 Atom 订阅源，最近变动的在前；撤回的为墓碑条目（RFC 6721）并注明原因，历史提示不列。
    The warnings as an Atom feed, the last changed first; withdrawn ones are tombstones (RFC 6721) with the reason, and
    history is left out."""
    return await _feed(request, query, release, ATOM_TYPE, atom_feed)


@router.get(
    "/warnings.json",
    response_model=JsonFeed,
    response_class=FeedResponse,
    summary="订阅：JSON Feed of the warnings",
)
async def warnings_json(
    request: Request, query: Annotated[FeedQuery, Query()], release: Annotated[OpenRelease, Depends(serving)]
) -> Response:
    """消费提示的 JSON Feed 1.1 订阅源；撤回的仍列出，标题注明，内容只有原因。
    The warnings as JSON Feed 1.1; a withdrawn one stays, says so in its title and holds the reason alone."""
    return await _feed(request, query, release, JSON_FEED_TYPE, lambda page, at: json_bytes(json_feed(page, at)))


@router.get(
    "/warnings/{warning_id}.cap.xml",
    response_class=Response,
    responses={**_text_of("application/cap+xml"), 404: {"model": ProblemDocument}},
    dependencies=[Depends(refuse_all)],
    summary="一条消费提示的 CAP 报文 One warning as CAP 1.2",
)
async def cap(request: Request, warning_id: str, release: Annotated[OpenRelease, Depends(serving)]) -> Response:
    """最新一版的 CAP 1.2 报文：首发为 Alert，更正为 Update，撤回为 Cancel，并引用此前各报文。
    The message of the latest version: Alert, Update or Cancel, with references to all before it."""
    return await _message(request, release, warning_id, None)


@router.get(
    "/warnings/{warning_id}/versions/{version}.cap.xml",
    response_class=Response,
    responses={**_text_of("application/cap+xml"), 404: {"model": ProblemDocument}},
    dependencies=[Depends(refuse_all)],
    summary="某一版本的 CAP 报文 One version as CAP 1.2",
)
async def cap_of_version(
    request: Request, warning_id: str, version: int, release: Annotated[OpenRelease, Depends(serving)]
) -> Response:
    """某一版本当时的 CAP 报文，即后来报文所引用的。
    The message of one version, as later ones refer to it."""
    return await _message(request, release, warning_id, version)


@asynccontextmanager
async def _taken_back(request: Request, release: OpenRelease) -> AsyncIterator[tuple[OpenRelease, datetime] | None]:
    """A later release that no longer serves, and since when."""
    async with later_release(request, release) as later:
        if later is None:
            yield None
        else:
            yield later, await run_in_threadpool(serving_since, request.app.state.settings)


async def _feed(
    request: Request,
    query: FeedQuery,
    release: OpenRelease,
    media_type: str,
    write: Callable[[FeedPage, Addresses], bytes],
) -> Response:
    check_codes(release.vocabulary, prefecture=query.prefecture, hazard=query.hazard)
    path, asked, addresses = request.url.path, asked_of(query), addresses_of(request)
    belongs_to = question_hash(path, asked)
    after = decode_cursor(query.cursor, belongs_to)
    filters = {"feed": query.feed, "prefecture": query.prefecture, "hazard": query.hazard}
    async with _taken_back(request, release) as gone:

        def build() -> Built:
            found = read_feed(release, filters, n_rows=query.limit, after=after, taken_back=gone)
            onward = found.next_key and _link(path, {**asked, "cursor": encode_cursor(belongs_to, found.next_key)})
            page = FeedPage(
                rows=found.rows,
                updated_at=found.updated_at,
                publisher=found.publisher,
                filters={name: value for name, value in filters.items() if value is not None},
                path=_link(path, asked),
                first_path=_link(path, {name: value for name, value in asked.items() if name != "cursor"}),
                next_path=onward or None,
            )
            headers = {"Content-Type": media_type}
            if onward:
                headers["Link"] = f'<{onward}>; rel="next"'
            return write(page, addresses), headers

        is_settled = gone is None and addresses.is_fixed
        return await answer(request, release, asked, build, is_settled=is_settled)


async def _message(request: Request, release: OpenRelease, warning_id: str, version: int | None) -> Response:
    addresses = addresses_of(request)
    async with _taken_back(request, release) as gone:
        record = WarningRecord(release, gone and gone[0], warning_id)

        def build() -> Built:
            message = _read_message(record, version, gone and gone[1])
            return cap_document(message, addresses), {"Content-Type": CAP_TYPE}

        return await answer(request, release, {}, build, is_settled=gone is None and addresses.is_fixed)


def _read_message(record: WarningRecord, version: int | None, since: datetime | None) -> CapMessage:
    """The message of a version, by default of the current one; a Cancel of its own while that is taken back."""
    row = record.current()
    versions = sorted(record.versions().to_pylist(), key=lambda each: int(each["version"]))
    standing = [each for each in versions if not each["is_taken_back"]]
    vocabulary = record.release.vocabulary
    if version is not None:
        found = find_version(record, version)
        standing = [each for each in versions if each["version"] <= version]
        if version != row["version"]:
            row = as_told(row, found)
            row["prefecture_name"] = vocabulary.prefectures.get(row["prefecture_code"])
    told = standing or versions
    names = [(f"{record.warning_id}.{each['version']}", each["happened_at"]) for each in told]
    is_gone = row["state"] == "withdrawn" and told[-1]["is_taken_back"]
    if is_gone and since is not None:
        names.append((f"{names[-1][0]}.taken-back", since))
    (identifier, sent), earlier = names[-1], names[:-1]
    place = _place(row, vocabulary.provinces)
    return CapMessage(row, identifier, sent, earlier, publisher(vocabulary.provinces), place)


def _place(row: Mapping[str, Any], provinces: Mapping[str, str]) -> str:
    """Province and prefecture of the sampled unit in words."""
    names = [provinces.get(row["province_code"]), row["prefecture_name"] if row["prefecture_code"] != "unknown" else ""]
    return "".join(filter(None, names)) or "未能归属"


def _link(path: str, asked: Mapping[str, Any]) -> str:
    return f"{path}?{urlencode(asked)}" if asked else path
