"""Which release answers a request: the one that serves, an earlier one (`as_of`), or the office's for who has a key.

Every route that reads a release depends on `serving`, so a new one takes `as_of` and keys without knowing of them.
"""

from __future__ import annotations

import asyncio
from typing import Annotated

from fastapi import Depends, Request

from api.keys import holder
from api.problems import ParameterError, Problem, Text
from api.release_reader import ARTEFACT, OFFICE, OPENING_ERRORS, OpenRelease
from api.shelf import Shelf
from warehouse.keys import READING
from warehouse.release import ReleaseNotFoundError
from warehouse.vintages import Vintage, VintageError, vintage_of

__all__ = ["asked_vintage", "notes_on_vintage", "refuse_taken_back", "serving", "serving_senders"]

_TAKEN_BACK = Text(
    "该次发布已被收回，其中的数字不再代表办公室的结论，仅供查证。",
    "This release was taken back: the office no longer stands by its figures; they are kept for the record.",
)


async def serving(request: Request) -> OpenRelease:
    """The release that answers this request, leased until it has been sent. The public reads the warnings of an earlier
    one in the words of the one that serves: whom that does not name is named by none.

    Raises Problem while there is none, for an `as_of` that names none, and for a key that does not read.
    """
    key = await holder(request)
    if key is not None and not set(key.scopes) & READING:
        told = Text(
            f"密钥“{key.name}”不能读取办公室版数据；不出示密钥即可查看公开数据。",
            f"The key {key.name!r} does not read the office's figures; public ones are read without a key.",
        )
        raise Problem("lacks-scope", told)
    return await _release(request, ARTEFACT if key is None else OFFICE)


async def serving_senders(request: Request) -> OpenRelease:
    """The same where senders ask too, for what is theirs: with a key that does not read it is the public's release."""
    key = await holder(request)
    return await _release(request, OFFICE if key is not None and set(key.scopes) & READING else ARTEFACT)


async def _release(request: Request, artefact: str) -> OpenRelease:
    state = request.scope["state"]
    current = state.get("release")
    if not isinstance(current, OpenRelease):
        text = Text("还没有发布过任何结果，请稍后再来。", "Nothing has been published yet; come back later.")
        raise Problem("no-release", text, headers={"Retry-After": "30"})
    vintage = await _vintage(request)
    wanted = vintage.release_id if vintage else current.info.release_id
    state["vintage"] = vintage
    if (wanted, artefact) != (current.info.release_id, current.info.artefact):
        told_by = current.info.release_id if artefact == ARTEFACT else None
        state["release"] = state["leased"] = await _leased(request, wanted, artefact, told_by)
    release: OpenRelease = state["release"]
    return release


def asked_vintage(request: Request) -> Vintage | None:
    """The release as `as_of` asked for it; None where the one that serves answers."""
    found = request.scope["state"].get("vintage")
    return found if isinstance(found, Vintage) else None


def notes_on_vintage(request: Request) -> tuple[Text, ...]:
    """What a reader must know of an earlier release: whether it was taken back."""
    vintage = asked_vintage(request)
    return (_TAKEN_BACK,) if vintage is not None and vintage.is_taken_back else ()


async def refuse_taken_back(request: Request, release: Annotated[OpenRelease, Depends(serving)]) -> None:
    """Raises Problem where the public asks for the warnings of a release that was taken back.

    A wrong figure is kept for the record; a wrong warning names somebody, and came down for that.
    """
    if notes_on_vintage(request) and not release.is_office:
        text = Text(
            "该次发布已被收回，其中的消费提示可能误指他人，不再列出；各条的现况见 /v1/warnings/{编号}。",
            "This release was taken back; its warnings may name somebody wrongly and are not listed. What holds of "
            "each is at /v1/warnings/{id}.",
        )
        raise Problem("not-published", text)


async def _vintage(request: Request) -> Vintage | None:
    as_of = request.query_params.get("as_of")
    if as_of is None:
        return None
    try:
        return await asyncio.to_thread(vintage_of, request.app.state.settings, as_of)
    except VintageError as error:
        text = Text(error.zh, error.en)
        kind = "invalid-parameter" if error.is_malformed else "not-found"
        raise Problem(kind, text, [ParameterError("as_of", as_of, text)]) from error


async def _leased(request: Request, release_id: str, artefact: str, told_by: str | None) -> OpenRelease:
    shelf: Shelf = request.app.state.shelf
    try:
        return await shelf.lease(release_id, artefact, told_by)
    except ReleaseNotFoundError as error:
        text = Text(
            f"此处没有发布 {release_id} 的{'办公室版' if artefact == OFFICE else '公开版'}数据。",
            f"The {artefact} figures of release {release_id} are not kept here.",
        )
        raise Problem("not-here", text) from error
    except OPENING_ERRORS as error:
        text = Text(
            f"发布 {release_id} 的文件无法打开，请告知运维人员（choucha verify）。",
            f"The files of release {release_id} cannot be opened; tell the operator (choucha verify).",
        )
        raise Problem("release-unreadable", text) from error
