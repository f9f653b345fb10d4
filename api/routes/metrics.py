"""/v1/metrics: how old the release is that this process serves, and what it was asked, for Prometheus."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from fastapi import APIRouter, Depends, Request
from starlette.responses import Response

from api.questions import refuse_all
from api.release_reader import OpenRelease
from api.traffic import Traffic, sample

__all__ = ["router"]

router = APIRouter()

_TEXT = "text/plain; version=0.0.4; charset=utf-8"


@router.get(
    "/metrics",
    response_class=Response,
    responses={200: {"content": {"text/plain": {"schema": {"type": "string"}}}}},
    dependencies=[Depends(refuse_all)],
    summary="运行指标 Metrics",
)
async def metrics(request: Request) -> Response:
    """本进程的运行指标（Prometheus 文本格式）：所用发布及其时长，各路由的请求数与耗时；尚无发布时也可读取。
    Of this process, for Prometheus: the release that serves and its age, requests and their seconds by route. It
    answers before the first release too."""
    traffic: Traffic = request.app.state.traffic
    release = request.scope["state"].get("release")
    lines = [*_of_release(release if isinstance(release, OpenRelease) else None), *traffic.lines()]
    return Response("\n".join([*lines, ""]), media_type=_TEXT)


def _of_release(release: OpenRelease | None) -> Iterator[str]:
    yield "# HELP choucha_release_serving Whether there is a release to serve."
    yield "# TYPE choucha_release_serving gauge"
    yield sample("choucha_release_serving", (), int(release is not None))
    if release is None:
        return
    info, now = release.info, datetime.now(UTC)
    yield "# HELP choucha_release_info The release that serves, and its method."
    yield "# TYPE choucha_release_info gauge"
    yield sample("choucha_release_info", [("release", info.release_id), ("method", info.method_version)], 1)
    instants = {
        "choucha_release_age_seconds": ("Since the release was made.", info.created_at),
        "choucha_release_data_age_seconds": ("Since the newest data of the release.", info.data_as_of),
        "choucha_release_overdue_seconds": ("Since the next release was due; negative before.", info.next_update_due),
    }
    for name, (meaning, instant) in instants.items():
        if instant is not None:
            yield f"# HELP {name} {meaning}"
            yield f"# TYPE {name} gauge"
            yield sample(name, (), (now - instant).total_seconds())
