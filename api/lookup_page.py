"""The page that answers whether a recall or warning names a product or it was sampled, as /v1/lookup does."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from api.answers import Built, answer
from api.known_samples import KnownSamples
from api.lookup_rows import ANSWERS, KINDS_APART
from api.lookup_search import found, sought_of
from api.pages import HTML, PageQuery, release_of, render
from api.parameters import LookupQuery, Sought
from api.policy import WHY_SUPERVISION
from api.tables import decode_cursor, encode_cursor, question_hash

__all__ = ["router"]

router = APIRouter()

N_ROWS = 20
_SAID = {"answers": ANSWERS, "kinds": KINDS_APART, "why": WHY_SUPERVISION}


class LookupPageQuery(PageQuery):
    q: Sought | None = None
    cursor: str | None = None


@router.get("/lookup")
async def lookup(request: Request, query: Annotated[LookupPageQuery, Query()]) -> Response:
    """A search box, and what is known of what was written in it."""
    release = release_of(request)
    if release is None:
        return HTMLResponse(render(request, None, "nothing_yet.html"), headers={"Cache-Control": "no-store"})
    asked = query.model_dump(exclude_defaults=True)
    if query.q is None:
        empty = {"query": query, "rows": [], "total": 0, "next_link": None, **_SAID}
        return await answer(request, release, {}, lambda: _html(render(request, release, "lookup.html", **empty)))
    sought = sought_of(LookupQuery(q=query.q))
    belongs_to = question_hash(request.url.path, asked)
    after = decode_cursor(query.cursor, belongs_to)
    samples: KnownSamples = request.app.state.samples
    async with samples.reading(release) as known:

        def build() -> Built:
            page = found(known, sought, n_rows=N_ROWS, after=after)
            following = encode_cursor(belongs_to, page.next_key) if page.next_key else None
            values = {
                "query": query,
                "rows": page.rows.to_pylist(),
                "total": page.total,
                "next_link": f"/lookup?{urlencode({**asked, 'cursor': following})}" if following else None,
                **_SAID,
            }
            return _html(render(request, release, "lookup.html", **values))

        return await answer(request, release, asked, build)


def _html(text: str) -> Built:
    return text.encode(), {"Content-Type": HTML}
