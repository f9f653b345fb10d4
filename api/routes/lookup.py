"""/v1/lookup: whether a product, producer or batch is named in a warning, was sampled and conformed, or neither."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Any

import pyarrow as pa
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.known_samples import KnownSamples, Reading
from api.lookup_rows import ANSWERS, LookupRow
from api.models import ProblemDocument, Table
from api.parameters import MAX_WORDS, LookupQuery
from api.policy import WHY_SUPERVISION
from api.problems import ParameterError, Problem, Text
from api.queries import statement
from api.release_reader import OpenRelease
from api.tables import Page, page_of
from api.vintages import refuse_taken_back
from warehouse.search_text import search_key

__all__ = ["Sought", "read_page_of", "router", "sought_of"]

router = APIRouter()

_LEAST_CHARACTERS = 2
_LINES = {"product": 1, "producer": 2, "batch": 4}
_NOTES = (
    Text(
        "合格批次按抽检类型分列，不同类型目的不同，不能相加。查询结果只涉及已公布的批次，不是对任何产品的担保。",
        "Conforming samples stand by kind of sampling; kinds differ in purpose and are never added together. The "
        "answer speaks of published samples alone and vouches for no product.",
    ),
    WHY_SUPERVISION,
)


@dataclass(frozen=True)
class Sought:
    """What must occur: conditions of `lookup.sql` and their parameters."""

    conditions: str
    parameters: dict[str, str]


@router.get(
    "/lookup",
    response_model=Table[LookupRow],
    responses={404: {"model": ProblemDocument}},
    dependencies=[Depends(refuse_taken_back)],
    summary="查产品 Look-up",
)
async def lookup(
    request: Request,
    query: Annotated[LookupQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """按产品、企业或批号查（至少两个字）：消费提示点名的、抽检合格的（按抽检类型分列批次数、季度、日期），或没有查到。
    Warnings that name it; conforming samples by kind of sampling, with quarters and latest date; or a row that says
    that there is neither. Two characters at least; blanks, punctuation, width and case don't count."""
    sought = sought_of(query)
    samples: KnownSamples = request.app.state.samples
    async with samples.reading(release) as known:
        question = TableQuestion(
            lambda n_rows, after: read_page_of(known, sought, n_rows=n_rows, after=after), "lookup", _NOTES
        )
        return await answer_table(request, release, query, question)


def sought_of(query: LookupQuery) -> Sought:
    """What a question looks for. Raises Problem where it names nothing, or too little to be looked for."""
    conditions: list[str] = []
    parameters: dict[str, str] = {}
    for word in dict.fromkeys(key for key in map(search_key, (query.q or "").split()) if key):
        parameters[f"word_{len(conditions)}"] = word
        conditions.append(f"contains(searched, $word_{len(conditions)})")
    if len(conditions) > MAX_WORDS:
        raise _refused("q", query.q, Text(f"检索词最多 {MAX_WORDS} 个", f"at most {MAX_WORDS} words"))
    _require_enough("q", query.q, "".join(parameters.values()))
    for name, line in _LINES.items():
        given = getattr(query, name)
        key = search_key(given or "")
        _require_enough(name, given, key)
        if given is not None:
            parameters[name] = key
            # The line is taken apart only where it can matter.
            conditions.append(
                f"contains(searched, ${name}) AND contains(split_part(searched, chr(10), {line}), ${name})"
            )
    if not conditions:
        raise _refused("q", None, Text("请给出 q、product、producer 或 batch", "name q, product, producer or batch"))
    return Sought(" AND ".join(conditions), parameters)


def read_page_of(known: Reading, sought: Sought, *, n_rows: int, after: str | None = None) -> Page:
    """A page of what was found, each row with the sentence on its answer."""
    text = statement("lookup").replace("{conditions}", sought.conditions)

    def read(key: str | None, limit: int) -> pa.Table:
        return known.ask(text, {**sought.parameters, "after": key, "limit": limit})

    page = page_of(read, n_rows=n_rows, after=after)
    return Page(_with_sentences(page.rows), page.total, page.next_key)


def _with_sentences(rows: pa.Table) -> pa.Table:
    answers = [str(each) for each in rows.column("answer").to_pylist()]
    columns: dict[str, Any] = {name: rows.column(name) for name in rows.column_names}
    columns["says_zh"] = pa.array([ANSWERS[each].zh for each in answers], pa.string())
    columns["says_en"] = pa.array([ANSWERS[each].en for each in answers], pa.string())
    return pa.table({name: columns[name] for name in LookupRow.model_fields})


def _require_enough(name: str, given: str | None, key: str) -> None:
    if given is not None and len(key) < _LEAST_CHARACTERS:
        text = Text(
            f"{name} 至少要有 {_LEAST_CHARACTERS} 个字（空格和标点不算）",
            f"{name} needs at least {_LEAST_CHARACTERS} characters besides blanks and punctuation",
        )
        raise _refused(name, given, text)


def _refused(name: str, given: str | None, text: Text) -> Problem:
    return Problem("invalid-parameter", text, [ParameterError(name, given, text)])
