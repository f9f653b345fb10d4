"""The page of the recalls, to be searched and leafed through, from the statement of /v1/recalls."""

from __future__ import annotations

from typing import Annotated
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from starlette.responses import HTMLResponse, Response

from api.answers import Built, answer
from api.pages import HTML, PageQuery, release_of, render
from api.parameters import RecallsQuery, Sought
from api.routes.recalls import recall_parameters
from api.tables import decode_cursor, encode_cursor, question_hash, read_page

__all__ = ["router"]

router = APIRouter()

N_RECALLS = 20


class RecallsPageQuery(PageQuery):
    q: Sought | None = None
    cursor: str | None = None


@router.get("/recalls")
async def recalls(request: Request, query: Annotated[RecallsPageQuery, Query()]) -> Response:
    """All recalls, the newest first."""
    release = release_of(request)
    if release is None:
        return HTMLResponse(render(request, None, "nothing_yet.html"), headers={"Cache-Control": "no-store"})
    asked = query.model_dump(exclude_defaults=True)
    parameters = recall_parameters(RecallsQuery(q=query.q))
    belongs_to = question_hash(request.url.path, asked)
    after = decode_cursor(query.cursor, belongs_to)

    def build() -> Built:
        found = read_page(release, "recalls", parameters, n_rows=N_RECALLS, after=after)
        following = encode_cursor(belongs_to, found.next_key) if found.next_key else None
        values = {
            "query": query,
            "recalls": found.rows.to_pylist(),
            "total": found.total,
            "next_link": f"/recalls?{urlencode({**asked, 'cursor': following})}" if following else None,
        }
        return render(request, release, "recalls.html", **values).encode(), {"Content-Type": HTML}

    return await answer(request, release, asked, build)
