"""The application: routes, pages and the release that they read, put together by `create_app`.

Run it with `uvicorn api.app:create_app --factory`; nothing happens at import.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

from fastapi import Depends, FastAPI, Request
from fastapi.exceptions import RequestValidationError
from starlette.exceptions import HTTPException
from starlette.responses import Response
from starlette.staticfiles import StaticFiles

from api import lookup_page, pages, problems, recalls_page
from api.known_samples import KnownSamples
from api.middleware import Envelope
from api.openapi_document import finished
from api.preflight import preflight
from api.questions import refuse_repeats
from api.release_reader import ReleaseReader
from api.routes import (
    bounds,
    changes,
    comparisons,
    documentation,
    downloads,
    explain,
    feeds,
    health,
    indicators,
    intake,
    lookup,
    metrics,
    quarantine,
    quarters,
    rankings,
    recalls,
    rectification,
    reference,
    releases,
    results,
    reviews,
    timeliness,
    warnings,
)
from api.shelf import Shelf
from api.templating import environment
from api.traffic import Traffic
from warehouse.settings import Settings

__all__ = ["create_app"]

_HERE = Path(__file__).parent


class Application(FastAPI):
    """What is described is what is answered."""

    def openapi(self) -> dict[str, Any]:
        """The OpenAPI document."""
        if self.openapi_schema is None:
            self.openapi_schema = finished(super().openapi(), self.routes)
        return self.openapi_schema


class _Static(StaticFiles):
    """Files of the pages, each under its ETag. Their addresses stay when they change, so they are kept for an hour."""

    def file_response(self, *args: Any, **named: Any) -> Response:
        response = super().file_response(*args, **named)
        response.headers["Cache-Control"] = "public, max-age=3600"
        return response


def create_app(settings: Settings | None = None) -> FastAPI:
    """The read-only application over the public artefact of the current release; settings from the environment."""
    chosen = settings or Settings.from_environment()
    reader, shelf, samples = ReleaseReader(chosen), Shelf(chosen), KnownSamples(chosen)

    @contextlib.asynccontextmanager
    async def lifespan(_: FastAPI) -> AsyncIterator[None]:
        await reader.refresh()
        following = [asyncio.create_task(each) for each in (reader.follow(), samples.follow(reader))]
        yield
        for task in following:
            task.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await task
        reader.close()
        shelf.close()
        samples.close()

    app = Application(
        title="choucha 抽查",
        version="1",
        description="质量监督抽检结果的公开接口，只读。Public interface to supervision-sampling results; read-only.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
        openapi_url=None,
        redirect_slashes=False,
    )
    app.state.settings = chosen
    app.state.shelf = shelf
    app.state.samples = samples
    app.state.traffic = Traffic()
    app.state.templates = environment()
    figures = (results, rankings, quarters, comparisons, bounds, indicators, recalls, rectification, timeliness)
    looking = (lookup, downloads)
    office = (reviews, intake, quarantine, explain)
    for module in (*figures, feeds, warnings, changes, *looking, *office, reference, releases, health, metrics):
        app.include_router(module.router, prefix="/v1", dependencies=[Depends(refuse_repeats)], tags=["v1"])
    app.include_router(documentation.router, include_in_schema=False)
    app.include_router(pages.router, include_in_schema=False)
    app.include_router(lookup_page.router, include_in_schema=False)
    app.include_router(recalls_page.router, include_in_schema=False)
    app.mount("/static", _Static(directory=_HERE / "static"), name="static")
    _add_handlers(app)
    app.add_middleware(Envelope, reader=reader, shelf=shelf, traffic=app.state.traffic)
    return app


def _add_handlers(app: FastAPI) -> None:
    @app.exception_handler(problems.Problem)
    async def on_problem(request: Request, error: problems.Problem) -> Response:
        return _tell(request, error)

    @app.exception_handler(RequestValidationError)
    async def on_validation(request: Request, error: RequestValidationError) -> Response:
        return _tell(request, problems.from_validation(error))

    @app.exception_handler(HTTPException)
    async def on_http(request: Request, error: HTTPException) -> Response:
        if error.status_code == 405 and (allowed := preflight(request)) is not None:
            return allowed
        return _tell(request, problems.from_http(error, request))

    @app.exception_handler(Exception)
    async def on_failure(request: Request, _: Exception) -> Response:
        text = problems.Text("请稍后再试；运维人员可在日志中看到原因。", "Try again later; the log says why.")
        return _tell(request, problems.Problem("internal-error", text))


def _tell(request: Request, problem: problems.Problem) -> Response:
    """Programs get a problem document, readers of pages a page."""
    if pages.is_page(request.url.path):
        return pages.problem_page(request, problem)
    return problems.respond(problem, request)
