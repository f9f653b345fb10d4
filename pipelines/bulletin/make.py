"""The bulletin of a quarter as DOCX, for the office to edit: the figures of one release, its tables and charts.

Nothing is counted here: every number is the one that `/v1/quarters/{quarter}` gives from the same artefact.
"""

from __future__ import annotations

from io import BytesIO
from typing import Any
from xml.sax.saxutils import quoteattr

from docx.shared import Cm
from docxtpl import DocxTemplate, InlineImage

from pipelines.bulletin.charts import Chart, funnel_chart, interval_chart
from pipelines.bulletin.context import bulletin_context, shown_rate
from pipelines.bulletin.font import TypeFace, find_font
from pipelines.bulletin.template import TEMPLATE
from warehouse.connect import Connection, MissingError, connect, fetched
from warehouse.errors import UserError
from warehouse.quarterly import Row, quarter_rows, quarterly_results
from warehouse.release import release_path
from warehouse.settings import Settings

__all__ = ["bulletin_bytes"]

_CHART_WIDTH = Cm(16)


def bulletin_bytes(
    settings: Settings, quarter: str, release_id: str, artefact: str, face: TypeFace | None = None
) -> bytes:
    """The bulletin as a file. face: the font of the charts (default: the one that `find_font` finds).

    Raises UserError for a quarter that the release hasn't, for a release made before there were such results, and
    without a Chinese font; ReleaseNotFoundError.
    """
    with connect(settings, release_path(settings, release_id, artefact), read_only=True) as connection:
        results, about = _read(connection, quarter, release_id)
    chosen = face or find_font()
    template = DocxTemplate(TEMPLATE)
    context = bulletin_context(results, about)
    for shown, stratum in zip(context["strata"], results["strata"], strict=True):
        shown["charts"] = [
            _Picture(template, chart)
            for chart in (funnel_chart(stratum, chosen), interval_chart(stratum, chosen, shown_rate(stratum)))
            if chart is not None
        ]
    template.render(context, autoescape=True)
    sink = BytesIO()
    template.save(sink)
    return sink.getvalue()


class _Picture:
    """A chart with its description as the picture's alternative text, which docxtpl has no option for."""

    def __init__(self, template: DocxTemplate, chart: Chart) -> None:
        self._image = InlineImage(template, BytesIO(chart.png), width=_CHART_WIDTH)
        self._description = quoteattr(chart.description)

    def __html__(self) -> str:
        return str(self._image).replace("<wp:docPr ", f"<wp:docPr descr={self._description} ", 1)


def _read(connection: Connection, quarter: str, release_id: str) -> tuple[Row, Row]:
    def ask(text: str, parameters: Any) -> Any:
        return fetched(connection, text, parameters)

    try:
        results = quarterly_results(ask, quarter)
        known = [row["quarter"] for row in quarter_rows(ask, limit=1_000).to_pylist()]
    except MissingError as error:
        raise UserError(
            f"发布 {release_id} 由较早的版本生成，没有季度结果 release {release_id} was made before there were "
            "quarterly results; name a later one with --release"
        ) from error
    if results is None:
        raise UserError(
            f"发布 {release_id} 没有 {quarter}，有：{'、'.join(known) or '（无）'}。"
            f" Release {release_id} has nothing of {quarter}; it has: {', '.join(known) or 'none'}."
        )
    (about,) = ask("FROM release_info", {}).to_pylist()
    provinces = ask("SELECT DISTINCT province_name FROM ref_prefectures ORDER BY ALL", {}).column(0).to_pylist()
    return results, {**about, "province": "、".join(provinces)}
