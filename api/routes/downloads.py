"""/v1/downloads: the samples behind the figures, a file for each feed and quarter, with what describes them."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any, Literal

import pyarrow as pa
import pyarrow.parquet as pq
from fastapi import APIRouter, Depends, Query, Request
from starlette.responses import FileResponse, Response, StreamingResponse

from api.answers import Built, TableQuestion, answer, answer_table, asked_of, serving
from api.labels import FEEDS, quarter_name
from api.lookup_rows import DownloadRow
from api.models import Table
from api.openapi_document import FILE
from api.parameters import DownloadsQuery, QuarterlyQuery
from api.policy import WHY_SUPERVISION
from api.problems import Problem, Text
from api.questions import quarter_span, refuse_all
from api.release_reader import OpenRelease
from api.rendering import MEDIA_TYPES, csv_bytes, json_bytes
from api.tables import Page, page_in
from warehouse.contract import Column, table_contracts
from warehouse.release import Part, ReleaseNotFoundError, part_path
from warehouse.settings import Settings

__all__ = ["TERMS", "router"]

router = APIRouter()

TERMS = Text(
    "引用时请注明来源、发布编号和统计季度，不同抽检类型的结果不得相加，也不得据此宣称某产品经政府认可。",
    "Name the source, the release and the quarter when you use the data; don't add up kinds of sampling, and don't "
    "claim that an authority endorses a product.",
)
# A file is named by what it holds: it is another address as soon as it says anything else.
_FOR_EVER = "public, max-age=31536000, immutable"
_ROWS_AT_ONCE = 20_000
_NOTES = (
    Text(
        "每个文件是一个报送来源一个季度计入统计的批次，各发布共用；名称只列合格批次的，不合格结果见消费提示。",
        "Each file holds the samples of a feed and quarter that the figures count, and releases share it. Names stand "
        "with conforming samples alone; warnings tell of failures.",
    ),
    WHY_SUPERVISION,
)
_PACKAGE = {
    "type": "object",
    "required": ["profile", "name", "id", "version", "created", "title", "description", "licenses", "resources"],
    "properties": {"resources": {"type": "array", "items": {"type": "object", "required": ["name", "path", "schema"]}}},
}
_SCHEMA = pa.schema([(name, pa.int64() if name.startswith("n_") else pa.string()) for name in DownloadRow.model_fields])


@router.get("/downloads", response_model=Table[DownloadRow], summary="下载 Downloads")
async def downloads(
    request: Request,
    query: Annotated[DownloadsQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """计入统计的批次，按报送来源和季度各一个文件（Parquet、CSV），列的含义见 datapackage.json；地址即散列。
    The samples that the figures count, a file for each feed and quarter (Parquet and CSV), with datapackage.json, which
    describes the columns. A file never changes: its address is its hash."""
    span = quarter_span(query.quarter, by_quarter=False)
    parts = [
        part
        for part in release.info.parts
        if query.feed in (None, part.feed) and span.first <= part.quarter <= span.last
    ]
    settings: Settings = request.app.state.settings

    def read(n_rows: int, after: str | None) -> Page:
        rows = [_row(part, release.info.release_id, settings) for part in parts]
        return page_in(pa.Table.from_pylist(rows, _SCHEMA), n_rows=n_rows, after=after)

    return await answer_table(request, release, query, TableQuestion(read, "downloads", _NOTES))


@router.get(
    "/downloads/datapackage.json",
    responses={200: {"content": {"application/json": {"schema": _PACKAGE}}}},
    summary="下载文件的说明 Data package of the downloads",
)
async def datapackage(
    request: Request,
    query: Annotated[QuarterlyQuery, Query()],
    release: Annotated[OpenRelease, Depends(serving)],
) -> Response:
    """一次发布的全部明细文件及各列含义（Frictionless Data Package v1）。
    The data package of a release (Frictionless, v1): every file with the columns of the contract."""
    settings: Settings = request.app.state.settings

    def build() -> Built:
        return json_bytes(_package(release, settings)), {"Content-Type": MEDIA_TYPES["json"]}

    return await answer(request, release, asked_of(query), build)


@router.get(
    "/downloads/{sha256}.{kind}",
    response_class=Response,
    responses={200: {"content": {MEDIA_TYPES["parquet"]: FILE, "text/csv": {"schema": {"type": "string"}}}}, 404: {}},
    dependencies=[Depends(refuse_all)],
    summary="一份明细文件 One file of the downloads",
)
async def one_file(request: Request, sha256: str, kind: Literal["parquet", "csv"]) -> Response:
    """一份明细文件，按其散列取得；已无发布保留的为 404。
    The file of this hash, or its rows as CSV. One that no kept release names any more is not here."""
    path = _path(request.app.state.settings, sha256)
    etag = f'"{sha256}"' if kind == "parquet" else f'"{sha256}-csv-bom"'
    headers = {
        "ETag": etag,
        "Cache-Control": _FOR_EVER,
        "Content-Disposition": f'attachment; filename="choucha-{sha256[:16]}.{kind}"',
    }
    known = {tag.strip().removeprefix("W/") for tag in request.headers.get("if-none-match", "").split(",")}
    if etag in known or "*" in known:
        return Response(status_code=304, headers={name: headers[name] for name in ("ETag", "Cache-Control")})
    if kind == "parquet":
        return FileResponse(path, headers=headers, media_type=MEDIA_TYPES["parquet"])
    return StreamingResponse(_csv(path), headers=headers, media_type=MEDIA_TYPES["csv"])


def _path(settings: Settings, sha256: str) -> Path:
    try:
        path = part_path(settings, sha256)
    except ReleaseNotFoundError:
        path = None
    if path is None or not path.is_file():
        text = Text(
            "没有这份文件：它所属的发布已不再保留批次明细。现有文件见 /v1/downloads。",
            "There is no such file: the samples of its release are no longer kept. /v1/downloads lists those that are.",
        )
        raise Problem("not-found", text)
    return path


def _csv(path: Path) -> Iterator[bytes]:
    """The rows as CSV, a bounded number at a time."""
    with pq.ParquetFile(path) as file:
        yield csv_bytes(file.schema_arrow.empty_table())
        for rows in file.iter_batches(_ROWS_AT_ONCE):
            yield csv_bytes(pa.Table.from_batches([rows]), has_header=False)


def _row(part: Part, release_id: str, settings: Settings) -> dict[str, Any]:
    return {
        "feed": part.feed,
        "quarter": part.quarter,
        "n_rows": part.n_rows,
        "n_bytes": part.n_bytes,
        "sha256": part.sha256,
        "parquet": f"/v1/downloads/{part.sha256}.parquet",
        "csv": f"/v1/downloads/{part.sha256}.csv",
        "datapackage": f"/v1/downloads/datapackage.json?as_of={release_id}",
        "terms_zh": TERMS.zh,
        "terms_en": TERMS.en,
        "terms_url": settings.terms_url or None,
    }


def _package(release: OpenRelease, settings: Settings) -> dict[str, Any]:
    contract = table_contracts("parts")["samples"]
    licence = {"name": "choucha-terms", "title": f"{TERMS.zh} {TERMS.en}"}
    if settings.terms_url:
        licence["path"] = settings.terms_url
    schema = {"fields": [_field(column) for column in contract.columns], "missingValues": [""]}
    return {
        "profile": "data-package",
        "name": "choucha-samples",
        "id": release.info.release_id,
        "version": release.info.release_id,
        "created": release.info.created_at,
        "title": "质量监督抽检批次明细 Samples behind the published figures",
        "description": " ".join(contract.description.split()),
        "licenses": [licence],
        "resources": [_resource(part, kind, schema) for part in release.info.parts for kind in ("parquet", "csv")],
    }


def _resource(part: Part, kind: str, schema: dict[str, Any]) -> dict[str, Any]:
    resource = {
        "profile": "tabular-data-resource" if kind == "csv" else "data-resource",
        "name": f"{part.feed}-{part.quarter.lower()}-{kind}",
        "title": f"{FEEDS[part.feed].zh} {quarter_name(part.quarter)}",
        "path": f"{part.sha256}.{kind}",
        "format": kind,
        "mediatype": MEDIA_TYPES[kind].split(";")[0],
        "schema": schema,
    }
    if kind == "parquet":
        return resource | {"bytes": part.n_bytes, "hash": f"sha256:{part.sha256}"}
    return resource | {"encoding": "utf-8-sig"}


def _field(column: Column) -> dict[str, Any]:
    constraints = {"constraints": {"required": True}} if column.is_required else {}
    return {"name": column.name, "type": column.logical_type, "description": column.description, **constraints}
