"""/v1/comparisons and /v1/trends: a rate beside earlier ones of its own stratum; a change is named only when it is
clear, and a quarter is called unusual only by a rule whose false alarms are known."""

from __future__ import annotations

from dataclasses import replace
from typing import Annotated

from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import Response

from api.answers import TableQuestion, answer_table, serving
from api.cells import check_first_level
from api.change_rows import ComparisonRow, TrendRow
from api.models import Table
from api.parameters import ComparisonsQuery, TrendsQuery
from api.policy import labels_of, require_compared, require_published
from api.problems import ParameterError, Problem, Text
from api.questions import check_codes, quarters_with_results
from api.release_reader import OpenRelease
from api.tables import Page, read_page

__all__ = ["router"]

router = APIRouter()

_COMPARISON_NOTES = (
    Text(
        "差值的 95% 区间不含 0 才称升（higher）或降（lower），否则为无明显变化；任一方的率不公布，就不作比较。"
        "逐行判断：其实毫无变化时，每二十行仍约有一行被称为升或降。",
        "higher or lower only where the 95 % interval of the difference excludes 0, else no clear change; where either "
        "rate is withheld, so is the change. Row by row: of rows where nothing changed, one in twenty is named.",
    ),
    Text(
        "difference = rate_effect + mix_effect + unmatched_effect：各类合格率的变化、两期共有类别构成的变化、"
        "仅一期有的类别。这是算术分解，不带区间。",
        "difference = rate_effect + mix_effect + unmatched_effect: rates within categories, another mix of the "
        "categories that both periods have, and categories of one period only. Arithmetic, without an interval.",
    ),
)
_TREND_NOTES = (
    Text(
        "每个季度只与此前（最多 20 个）季度比较；不足 8 个季度不给界限。情形不变时，约每 100 个点仍有 1 个误报。",
        "Each quarter is compared with those before it alone (at most 20), from eight on. Where nothing changed, about "
        "one point in a hundred still signals.",
    ),
)


@router.get("/comparisons", response_model=Table[ComparisonRow], summary="环比与同比 Comparisons")
async def comparisons(
    request: Request,
    query: Annotated[ComparisonsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """与上一季度或上年同期相比，连同 95% 区间和类别构成的影响；监督抽查不作比较。
    A period against the one before or a year earlier, with what the mix explains; not for supervision sampling."""
    if query.quarter.endswith("YTD") and query.kind != "year_before":
        text = Text("年初至今只与上年同期比较", "a year to date is compared with the year before only")
        raise Problem("invalid-parameter", text, [ParameterError("kind", query.kind, text, ("year_before",))])
    labels = _check_stratum(release, query)
    if query.category is not None and (query.stage is not None or query.by == "stage"):
        await check_first_level(release, query.feed, query.category)
    parameters = query.model_dump(exclude={"format", "limit", "cursor"})

    def read(n_rows: int, after: str | None) -> Page:
        page = read_page(release, "comparisons", parameters, n_rows=n_rows, after=after)
        return replace(page, notes=_on_years_to_date(release, query, page))

    question = TableQuestion(read, "comparisons", (*_COMPARISON_NOTES, *labels))
    return await answer_table(request, release, query, question)


def _on_years_to_date(release: OpenRelease, query: ComparisonsQuery, page: Page) -> tuple[Text, ...]:
    """What a year to date leaves out here, where the year before has no such quarters."""
    if not query.quarter.endswith("YTD") or not page.rows.num_rows:
        return ()
    compared = page.rows.column("quarters")[0].as_py()
    year = [q for q in quarters_with_results(release, query.feed, query.sampling_type) if q[:4] == query.quarter[:4]]
    without = [quarter for quarter in year if quarter not in compared]
    if not without:
        return ()
    return (
        Text(
            f"{query.quarter} 只比较两年都有结果的季度（{'、'.join(compared)}），不含 {'、'.join(without)}，"
            "因此与 /v1/results 的年初至今不同。",
            f"{query.quarter} is compared over the quarters that both years have ({', '.join(compared)}), without "
            f"{', '.join(without)}: its rate differs from that of the year to date in /v1/results.",
        ),
    )


@router.get("/trends", response_model=Table[TrendRow], summary="控制图 Trends")
async def trends(
    request: Request,
    query: Annotated[TrendsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """各季度合格率的控制图：中心线、3σ 界限和判异信号；监督抽查不作比较。
    The p-chart over the quarters: centre, 3-sigma limits and signals; not for supervision sampling."""
    labels = _check_stratum(release, query)
    if query.category is not None and query.stage is not None:
        text = Text("控制图按环节或按类别，不能同时", "a chart is of a stage or of a category, not of both")
        raise Problem("invalid-parameter", text, [ParameterError("stage", query.stage, text)])
    if query.category is not None:
        await check_first_level(release, query.feed, query.category)
    parameters = query.model_dump(exclude={"format", "limit", "cursor"})
    notes = (*_TREND_NOTES, *labels)
    question = TableQuestion.of_statement(release, "trends", parameters, file_stem="trends", notes=notes)
    return await answer_table(request, release, query, question)


def _check_stratum(release: OpenRelease, query: TrendsQuery) -> tuple[Text, ...]:
    """What must be said of this kind of sampling. Raises Problem for one that is not compared."""
    require_published(query.sampling_type, query.feed, is_office=release.is_office)
    require_compared(query.sampling_type, is_office=release.is_office)
    check_codes(
        release.vocabulary,
        province=query.province,
        prefecture=query.prefecture,
        category=query.category,
        feed=query.feed,
    )
    return labels_of(query.sampling_type, is_office=release.is_office)
