"""/v1/warnings: what the public should know, newest first; an id is for ever."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Built, TableQuestion, answer, answer_table, serving
from api.models import One, ProblemDocument, Table, WarningRow
from api.parameters import WarningsQuery, check_codes, refuse_all, words_of
from api.problems import Problem, Text
from api.release_reader import OpenRelease
from api.rendering import MEDIA_TYPES, json_bytes, meta_of
from api.tables import read_rows

__all__ = ["find_warning", "router", "warning_parameters"]

router = APIRouter()


@router.get("/warnings", response_model=Table[WarningRow], summary="消费提示 Warnings")
async def warnings(
    request: Request,
    query: Annotated[WarningsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """消费提示与风险警示的现行版本，新的在前；撤回的仍列出，并标明已撤回。
    Current versions, newest first; a withdrawn one stays listed and says so."""
    check_codes(release.vocabulary, prefecture=query.prefecture, hazard=query.hazard)
    question = TableQuestion.of_statement(release, "warnings", warning_parameters(query), file_stem="warnings")
    return await answer_table(request, release, query, question)


@router.get(
    "/warnings/{warning_id}",
    response_model=One[WarningRow],
    responses={404: {"model": ProblemDocument}},
    dependencies=[Depends(refuse_all)],
    summary="一条消费提示 One warning",
)
async def warning(request: Request, warning_id: str, release: Annotated[OpenRelease, Depends(serving)]) -> Response:
    """按永久编号查一条；只有从未有过的编号，或所在发布正在复核的，才是 404。
    One warning by its permanent id; 404 only for an id that never was, or whose release is taken back for review."""

    def build() -> Built:
        item = find_warning(release, warning_id)
        links = {"self": request.url.path, "next": None}
        document = {"meta": {**meta_of(release.info, ()), "total": 1}, "item": item, "links": links}
        return json_bytes(document), {"Content-Type": MEDIA_TYPES["json"]}

    return await answer(request, release, {}, build)


def warning_parameters(query: WarningsQuery, warning_id: str | None = None) -> dict[str, Any]:
    """Parameters of `warnings.sql`."""
    return {
        "warning_id": warning_id,
        "feed": query.feed,
        "prefecture": query.prefecture,
        "hazard": query.hazard,
        "quarter": query.quarter,
        "words": words_of(query.q),
    }


def find_warning(release: OpenRelease, warning_id: str) -> dict[str, Any]:
    """The current version of a warning. Raises Problem for an id that the release does not have."""
    found = read_rows(release, "warnings", warning_parameters(WarningsQuery(), warning_id), n_rows=1)
    if found:
        return found[0]
    text = Text(
        f"现行发布中没有编号为 {warning_id} 的消费提示，请核对。"
        "发布过的编号不会消失：所在发布若正在复核，下一次发布会再列出，或注明撤回。",
        f"The current release has no warning {warning_id}. Ids that were issued do not vanish: while a release is "
        "taken back for review, its warnings wait for the next one, which lists them again or as withdrawn.",
    )
    raise Problem("not-found", text)
