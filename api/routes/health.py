"""/v1/health: whether there is a release to serve, and which."""

from __future__ import annotations

from typing import Annotated

from fastapi import APIRouter, Depends
from starlette.responses import Response

from api.answers import serving
from api.models import Health, ProblemDocument
from api.questions import refuse_all
from api.release_reader import OpenRelease
from api.rendering import MEDIA_TYPES, json_bytes

__all__ = ["router"]

router = APIRouter()


@router.get(
    "/health",
    response_model=Health,
    responses={503: {"model": ProblemDocument}},
    dependencies=[Depends(refuse_all)],
    summary="运行状况 Health",
)
async def health(release: Annotated[OpenRelease, Depends(serving)]) -> Response:
    """有发布可用则为 200，否则 503。
    200 with the release that serves, or 503 while there is none."""
    info = release.info
    document = {
        "status": "ok",
        "release": info.release_id,
        "data_as_of": info.data_as_of,
        "method": info.method_version,
    }
    return Response(json_bytes(document), media_type=MEDIA_TYPES["json"], headers={"Cache-Control": "no-store"})
