"""/v1/warnings: what the public should know, newest first; an id is for ever, and so is each version."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import Built, TableQuestion, answer, answer_table, serving
from api.cells import check_first_level
from api.follow_up_rows import WarningDetail
from api.models import One, ProblemDocument, Table, WarningDifferenceRow, WarningRow, WarningVersion, WarningVersionRow
from api.parameters import WarningsQuery, WarningVersionsQuery
from api.problems import ParameterError, Problem, Text
from api.questions import check_codes, refuse_all, words_of
from api.release_reader import OpenRelease
from api.rendering import MEDIA_TYPES, json_bytes, meta_of
from api.since import since
from api.tables import Page, page_in
from api.vintages import refuse_taken_back
from api.warning_record import NO_FILTER, WarningRecord, differences, find_version, later_release

__all__ = ["router", "warning_parameters"]

router = APIRouter()

_DIFFERENCES = pa.schema([("field", pa.string()), ("before", pa.string()), ("after", pa.string())])


@router.get(
    "/warnings",
    response_model=Table[WarningRow],
    dependencies=[Depends(refuse_taken_back)],
    summary="消费提示 Warnings",
)
async def warnings(
    request: Request,
    query: Annotated[WarningsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """消费提示与风险警示的现行版本，新的在前；撤回和过期的仍列出并标明，历史提示（archived）须指明 state 才列出。
    Current versions, newest first; withdrawn and expired ones stay listed and say so, history when it is asked for."""
    check_codes(
        release.vocabulary,
        prefecture=query.prefecture,
        hazard=query.hazard,
        category=query.category,
        feed=query.feed,
    )
    if query.category is not None:
        await check_first_level(release, query.feed, query.category)
    asked = warning_parameters(query)
    question = TableQuestion.of_statement(release, "warnings", asked, file_stem="warnings", is_final=False)
    return await answer_table(request, release, query, question)


@router.get(
    "/warnings/{warning_id}",
    response_model=One[WarningDetail],
    responses={404: {"model": ProblemDocument}},
    dependencies=[Depends(refuse_all)],
    summary="一条消费提示 One warning",
)
async def warning(request: Request, warning_id: str, release: Annotated[OpenRelease, Depends(serving)]) -> Response:
    """按永久编号查一条，连同此后的召回和核查处置（since）；只有从未有过的编号才是 404。所在发布已收回复核的，
    作撤回处理，不列内容。
    One warning by its permanent id, with the recalls and measures since; 404 only for an id that never was. One whose
    release was taken back for review is given as withdrawn, without what it said."""
    async with later_release(request, release) as later:
        record = WarningRecord(release, later, warning_id)

        def find() -> dict[str, Any]:
            return record.current() | {"since": since(release, warning_id)}

        return await _one(request, release, find, is_settled=later is None)


@router.get(
    "/warnings/{warning_id}/versions",
    response_model=Table[WarningVersionRow],
    responses={404: {"model": ProblemDocument}},
    summary="一条消费提示的各个版本 Versions of a warning",
)
async def versions(
    request: Request,
    warning_id: str,
    query: Annotated[WarningVersionsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """各个版本，新的在前，各有变动原因；任何版本都不会消失。
    Every version, the newest first, each with the reason for it; none ever disappears."""
    async with later_release(request, release) as later:
        record = WarningRecord(release, later, warning_id)
        question = TableQuestion(record.page, f"versions-{warning_id}", is_settled=later is None)
        return await answer_table(request, release, query, question)


@router.get(
    "/warnings/{warning_id}/versions/{version}",
    response_model=One[WarningVersion],
    responses={404: {"model": ProblemDocument}},
    dependencies=[Depends(refuse_all)],
    summary="一条消费提示的某一版本 One version of a warning",
)
async def one_version(
    request: Request, warning_id: str, version: int, release: Annotated[OpenRelease, Depends(serving)]
) -> Response:
    """某一版本的全部内容。后来查明并非其生产的企业、自然人的姓名，旧版本中也已删除。
    All that a version said; producers who turned out not to be at fault, and persons, are struck out."""
    async with later_release(request, release) as later:
        record = WarningRecord(release, later, warning_id)
        return await _one(request, release, lambda: find_version(record, version), is_settled=later is None)


@router.get(
    "/warnings/{warning_id}/versions/{before}/diff/{after}",
    response_model=Table[WarningDifferenceRow],
    responses={404: {"model": ProblemDocument}},
    summary="两个版本之差 What two versions say differently",
)
async def version_differences(
    request: Request,
    warning_id: str,
    before: int,
    after: int,
    *,
    query: Annotated[WarningVersionsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """同一条消费提示两个版本之间不同的项目。
    What two versions of a warning say differently, field by field."""
    async with later_release(request, release) as later:
        record = WarningRecord(release, later, warning_id)

        def read(n_rows: int, after_key: str | None) -> Page:
            found = differences(find_version(record, before), find_version(record, after))
            rows = [{"field": name, "before": _text(old), "after": _text(new)} for name, old, new in found]
            return page_in(pa.Table.from_pylist(rows, _DIFFERENCES), n_rows=n_rows, after=after_key)

        stem = f"diff-{warning_id}-{before}-{after}"
        return await answer_table(request, release, query, TableQuestion(read, stem, is_settled=later is None))


def warning_parameters(query: WarningsQuery) -> dict[str, Any]:
    """Parameters of `warnings.sql`. Raises Problem for days that end before they begin."""
    if query.issued_from and query.issued_to and query.issued_from > query.issued_to:
        text = Text(
            f"起始日期 {query.issued_from} 晚于截止日期 {query.issued_to}",
            f"{query.issued_from} is after {query.issued_to}: no day lies between them",
        )
        raise Problem("invalid-parameter", text, [ParameterError("issued_from", query.issued_from, text)])
    asked = {name: getattr(query, name) for name in NO_FILTER.keys() - {"states"}}
    states = None if query.state is None else [query.state]
    return asked | {"warning_id": None, "states": states, "words": words_of(query.q)}


async def _one(
    request: Request, release: OpenRelease, find: Callable[[], dict[str, Any]], *, is_settled: bool
) -> Response:
    def build() -> Built:
        links = {"self": request.url.path, "next": None}
        document = {"meta": {**meta_of(release.info, ()), "total": 1}, "item": find(), "links": links}
        return json_bytes(document), {"Content-Type": MEDIA_TYPES["json"]}

    return await answer(request, release, {}, build, is_settled=is_settled)


def _text(value: Any) -> str | None:
    return value if value is None or isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)
