"""The public pages: rendered here, readable without JavaScript, from the same statements as /v1."""

from __future__ import annotations

import json
import re
from typing import Annotated, Any
from urllib.parse import urlencode

from fastapi import APIRouter, Query, Request
from pydantic import BaseModel, ConfigDict, model_validator
from starlette.responses import HTMLResponse, Response

from api import labels
from api.answers import Built, answer
from api.home import choose, figures_of, strata_of
from api.parameters import Code, Feed, Quarter, SamplingType, Sought, WarningsQuery
from api.policy import WHY_SUPERVISION
from api.problems import KINDS, Problem
from api.questions import check_codes
from api.release_reader import OpenRelease
from api.routes.warnings import warning_parameters
from api.since import since
from api.tables import decode_cursor, encode_cursor, question_hash, read_page
from api.warning_record import WarningRecord, as_told, differences, find_version, later_release
from warehouse.office_time import OFFICE_TIME

__all__ = ["HTML", "is_page", "problem_page", "release_of", "render", "router"]

router = APIRouter()

N_WARNINGS_AT_HOME = 6
N_WARNINGS_LISTED = 20
HTML = "text/html; charset=utf-8"


class PageQuery(BaseModel):
    """What a page understands; links that others decorate (utm_source and the like) still open."""

    model_config = ConfigDict(extra="ignore", frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _drop_empty(cls, values: Any) -> Any:
        """A form sends every field; one that was left empty asks for nothing."""
        return {name: value for name, value in values.items() if value != ""}


class HomeQuery(PageQuery):
    feed: Feed | None = None
    sampling_type: SamplingType | None = None
    quarter: Quarter | None = None


def is_page(path: str) -> bool:
    """Whether what is asked for is read by people rather than programs."""
    return not path.startswith(("/v1/", "/static/")) and path not in ("/v1", "/openapi.json")


class WarningsPageQuery(PageQuery):
    q: Sought | None = None
    feed: Feed | None = None
    prefecture: Code | None = None
    hazard: Code | None = None
    quarter: Quarter | None = None
    cursor: str | None = None


@router.get("/")
async def home(request: Request, query: Annotated[HomeQuery, Query()]) -> Response:
    """Failed samples worth knowing, and the rates of one stratum by prefecture."""
    release = release_of(request)
    if release is None:
        return _nothing_yet(request)

    def build() -> Built:
        strata = strata_of(release)
        data_as_of = release.info.data_as_of
        data_on = data_as_of and data_as_of.astimezone(OFFICE_TIME).date()
        choice = choose(strata, query.feed, query.sampling_type, query.quarter, data_on=data_on)
        # What was withdrawn or has run out is told on its own page, and in the list.
        in_force = {**warning_parameters(WarningsQuery()), "states": ["issued", "updated"]}
        latest = read_page(release, "warnings", in_force, n_rows=N_WARNINGS_AT_HOME)
        return _page(
            request,
            release,
            "home.html",
            warnings=latest.rows.to_pylist(),
            n_warnings=latest.total,
            strata=strata,
            choice=choice,
            figures=figures_of(release, choice) if choice else None,
            why_supervision=WHY_SUPERVISION,
        )

    return await answer(request, release, query.model_dump(exclude_defaults=True), build)


@router.get("/warnings")
async def warnings(request: Request, query: Annotated[WarningsPageQuery, Query()]) -> Response:
    """All warnings, to be searched and leafed through."""
    release = release_of(request)
    if release is None:
        return _nothing_yet(request)
    asked = query.model_dump(exclude_defaults=True)
    filters = WarningsQuery(**{name: value for name, value in asked.items() if name != "cursor"})
    check_codes(release.vocabulary, prefecture=filters.prefecture, hazard=filters.hazard)
    belongs_to = question_hash(request.url.path, asked)
    after = decode_cursor(query.cursor, belongs_to)

    def build() -> Built:
        found = read_page(release, "warnings", warning_parameters(filters), n_rows=N_WARNINGS_LISTED, after=after)
        following = encode_cursor(belongs_to, found.next_key) if found.next_key else None
        return _page(
            request,
            release,
            "warnings.html",
            warnings=found.rows.to_pylist(),
            n_warnings=found.total,
            asked=query.model_dump(),
            is_first=query.cursor is None,
            next_link=f"/warnings?{urlencode({**asked, 'cursor': following})}" if following else None,
        )

    return await answer(request, release, asked, build)


@router.get("/warnings/{warning_id}")
async def one_warning(request: Request, warning_id: str) -> Response:
    """One warning with all that is known of it."""
    release = release_of(request)
    if release is None:
        return _nothing_yet(request)

    async with later_release(request, release) as later:
        record = WarningRecord(release, later, warning_id)

        def build() -> Built:
            told = record.current()
            known = {"versions": _versions(record), "since": since(release, warning_id), "latest": None}
            return _page(request, release, "warning.html", warning=told, **known)

        return await answer(request, release, {}, build, is_settled=later is None)


@router.get("/warnings/{warning_id}/versions/{version}")
async def one_version(request: Request, warning_id: str, version: int) -> Response:
    """A version of a warning as it was told, with what the next one said differently."""
    release = release_of(request)
    if release is None:
        return _nothing_yet(request)
    async with later_release(request, release) as later:
        record = WarningRecord(release, later, warning_id)

        def build() -> Built:
            latest, found = record.current(), find_version(record, version)
            shown = as_told(latest, found)
            shown["prefecture_name"] = release.vocabulary.prefectures.get(shown["prefecture_code"], "未能归属")
            known = {"versions": _versions(record), "since": None, "latest": latest}
            return _page(request, release, "warning.html", warning=shown, **known)

        return await answer(request, release, {}, build, is_settled=later is None)


def _versions(record: WarningRecord) -> list[dict[str, Any]]:
    """The versions of a warning, the newest first, each with what it said differently from the one before.

    Empty where the release was made before there were versions in it.
    """
    try:
        versions: list[dict[str, Any]] = record.versions().to_pylist()
    except Problem as problem:
        if problem.kind != "not-in-release":
            raise
        return []
    told = [each | {"content": each["content"] and json.loads(each["content"])} for each in versions]
    for each, before in zip(told, [*told[1:], None], strict=True):
        changed = differences(before, each) if before and each["content"] and before["content"] else []
        each["changed"] = [name for name, _, _ in changed if name in labels.CONTENT]
    return told


def problem_page(request: Request, problem: Problem) -> Response:
    """An error in words, with the form that was filled in, to put it right, and a way back."""
    values = {"asked": dict(request.query_params), "path": request.url.path, "says_zh": _said_on_a_page(problem)}
    title = KINDS[problem.kind][1]
    body = render(request, release_of(request), "problem.html", problem=problem, title=title, **values)
    headers = {"Cache-Control": "no-store", **problem.headers}
    return HTMLResponse(body, problem.status_code, headers)


def _said_on_a_page(problem: Problem) -> str:
    """The sentence with its parameters named as the forms name them."""
    said = problem.detail.zh
    for error in problem.errors:
        if named := labels.FIELDS.get(error.parameter):
            said = re.sub(rf"(^|；){error.parameter}(?:(：)| )", rf"\g<1>{named}\g<2>", said)
    return said


def _nothing_yet(request: Request) -> Response:
    return HTMLResponse(render(request, None, "nothing_yet.html"), headers={"Cache-Control": "no-store"})


def release_of(request: Request) -> OpenRelease | None:
    release = request.scope["state"].get("release")
    return release if isinstance(release, OpenRelease) else None


def _page(request: Request, release: OpenRelease, template: str, **values: Any) -> Built:
    return render(request, release, template, **values).encode(), {"Content-Type": HTML}


def render(request: Request, release: OpenRelease | None, template: str, **values: Any) -> str:
    place = "、".join(release.vocabulary.provinces.values()) if release else ""
    text: str = request.app.state.templates.get_template(template).render(
        release=release.info if release else None,
        vocabulary=release.vocabulary if release else None,
        place=place,
        **values,
    )
    return text
