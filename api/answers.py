"""From a question to its answer: cached bytes, strong ETag, 304, and the headers that both need.

The bytes of an answer depend on the release and the question alone, so the same question gives the same ETag until
another release serves.
"""

from __future__ import annotations

import gzip
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from fastapi import Request
from starlette.concurrency import run_in_threadpool
from starlette.responses import Response

from api.cache import Representation, representation
from api.parameters import PagedQuery, Parameters, QuarterlyQuery, TableQuery
from api.problems import Text
from api.questions import notes_on_emptiness
from api.release_reader import OpenRelease
from api.rendering import MEDIA_TYPES, json_bytes, meta_of, table_bytes
from api.tables import Page, decode_cursor, encode_cursor, question_hash, read_page
from api.vintages import asked_vintage, notes_on_vintage, serving

__all__ = ["Built", "TableQuestion", "accepts_gzip", "answer", "answer_table", "asked_of", "pack", "respond", "serving"]

# A shared cache may keep an answer for ten seconds; a browser asks each time, so a withdrawal is never hidden.
CACHE_CONTROL = "public, max-age=0, s-maxage=10, must-revalidate"
# What a release named by its id says never changes; after a day its mark is looked up again: it may be taken back.
IMMUTABLE = "public, max-age=86400, immutable"
VARY = "Accept-Encoding, Authorization"
_GZIP_FROM_BYTES = 1_024

Built = tuple[bytes, dict[str, str]]
Build = Callable[[], Built]
"""Makes the bytes of an answer and the headers that belong to them; runs in a thread."""


@dataclass(frozen=True)
class TableQuestion:
    """Where the rows come from (number of rows, key to go on from → page), and how they are called when saved.

    is_settled: the rows depend on the release alone, so their bytes may be kept as long as it serves.
    is_final: what an earlier release says of it, no later one changes. Warnings are not: whom they name may be struck.
    """

    read: Callable[[int, str | None], Page]
    file_stem: str
    notes: Sequence[Text] = ()
    is_settled: bool = True
    is_final: bool = True

    @classmethod
    def of_statement(
        cls,
        release: OpenRelease,
        name: str,
        parameters: Mapping[str, Any],
        *,
        file_stem: str,
        notes: Sequence[Text] = (),
        is_final: bool = True,
    ) -> TableQuestion:
        """The rows of `queries/<name>.sql`."""

        def read(n_rows: int, after: str | None) -> Page:
            return read_page(release, name, parameters, n_rows=n_rows, after=after)

        return cls(read, file_stem, notes, is_final=is_final)


async def answer_table(request: Request, release: OpenRelease, query: PagedQuery, question: TableQuestion) -> Response:
    """One page of a table in the format that was asked for."""
    path, asked = request.url.path, asked_of(query)
    belongs_to = question_hash(path, asked)
    n_rows, after = query.n_rows, decode_cursor(query.cursor, belongs_to)
    notes = (*notes_on_vintage(request), *question.notes)

    def build() -> Built:
        page = question.read(n_rows, after)
        links = {"self": _link(path, asked), "next": None}
        headers = {"Content-Type": MEDIA_TYPES[query.format], "X-Choucha-Total": str(page.total)}
        if page.next_key is not None:
            links["next"] = _link(path, {**asked, "cursor": encode_cursor(belongs_to, page.next_key)})
            headers["Link"] = f'<{links["next"]}>; rel="next"'
        of_rows = page.notes if page.total else notes_on_emptiness(release, query)
        meta = meta_of(release.info, (*notes, *of_rows))
        if query.format == "json":
            items = page.rows.to_pylist()
            return json_bytes({"meta": {**meta, "total": page.total}, "items": items, "links": links}), headers
        name = f"choucha-{question.file_stem}-{release.info.release_id}.{query.format}"
        headers["Content-Disposition"] = f'attachment; filename="{name}"'
        return table_bytes(page.rows, query.format, meta, _link(path, asked)), headers

    is_settled, is_final = question.is_settled, question.is_final
    return await answer(request, release, asked, build, is_settled=is_settled, is_final=is_final)


async def answer(
    request: Request,
    release: OpenRelease,
    asked: Mapping[str, Any],
    build: Build,
    *,
    is_settled: bool = True,
    is_final: bool = True,
) -> Response:
    """The representation of a question, from the release's cache or built in a thread; 304 where the client has it."""
    packs = accepts_gzip(request)
    vintage = asked_vintage(request)
    is_marked = vintage is not None and vintage.is_taken_back
    key = (request.url.path, urlencode(sorted(asked.items())), "gzip" if packs else "", "marked" if is_marked else "")
    found = release.cache.get(key)
    if found is None:
        found = await run_in_threadpool(_represent, build, release.info.artefact_sha256, packs)
        if is_settled:
            release.cache.put(key, found)
    if is_settled:
        request.scope["state"]["kept_as"] = key
    is_of_vintage = vintage is not None and vintage.is_named and not vintage.is_taken_back
    return respond(request, found, IMMUTABLE if is_settled and is_final and is_of_vintage else CACHE_CONTROL)


def respond(request: Request, found: Representation, cache_control: str = CACHE_CONTROL) -> Response:
    """The representation, or 304 when the client has just this one."""
    headers = {**found.headers, "ETag": found.etag, "Cache-Control": cache_control}
    headers["Vary"] = VARY if request.url.path.startswith("/v1/") else "Accept-Encoding"
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if found.etag in known or "*" in known:
        kept = ("ETag", "Cache-Control", "Vary", "Link", "X-Choucha-Total")
        return Response(status_code=304, headers={name: headers[name] for name in kept if name in headers})
    return Response(found.body, headers=headers)


def asked_of(query: Parameters) -> dict[str, Any]:
    """The question in one spelling: parameters that say more than the default, with the release it is put to."""
    asked = query.model_dump(exclude_defaults=True)
    return (
        asked | {"as_of": query.as_of}
        if isinstance(query, TableQuery | QuarterlyQuery) and query.as_of is not None
        else asked
    )


def accepts_gzip(request: Request) -> bool:
    """Whether the client takes gzip; `gzip;q=0` says that it does not."""
    for part in request.headers.get("accept-encoding", "").lower().split(","):
        name, _, weight = part.partition(";")
        if name.strip() in ("gzip", "*"):
            return weight.replace(" ", "") not in ("q=0", "q=0.0", "q=0.00", "q=0.000")
    return False


def _represent(build: Build, artefact_sha256: str, packs: bool) -> Representation:
    body, headers = build()
    return pack(body, headers, artefact_sha256, packs=packs)


def pack(body: bytes, headers: Mapping[str, str], artefact_sha256: str, *, packs: bool) -> Representation:
    """The bytes as they are sent; texts are compressed for a client that takes gzip, under an ETag of their own."""
    kind = headers["Content-Type"].partition(";")[0]
    is_text = kind.startswith("text/") or kind.endswith(("json", "xml"))
    if packs and is_text and len(body) >= _GZIP_FROM_BYTES:
        body, headers = gzip.compress(body, 6, mtime=0), {**headers, "Content-Encoding": "gzip"}
    return representation(body, headers, artefact_sha256)


def _link(path: str, asked: Mapping[str, Any]) -> str:
    return f"{path}?{urlencode(asked)}" if asked else path
