"""Round every answer: the release is leased for as long as it takes, and headers say which one it was.

Plain ASGI, so that a lease ends only when the last byte has been sent.
"""

from __future__ import annotations

from time import perf_counter
from typing import Any

from fastapi.routing import APIRoute
from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.cache import Spelling
from api.release_reader import OpenRelease, ReleaseReader
from api.shelf import Shelf
from api.traffic import UNKNOWN_ROUTE, Traffic

__all__ = ["Envelope", "is_open_data"]

SECURITY_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self'; img-src 'self'; form-action 'self'; base-uri 'none'; "
        "frame-ancestors 'none'"
    ),
    "Cross-Origin-Opener-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=(), payment=()",
    "Referrer-Policy": "strict-origin-when-cross-origin",
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
}
OPEN_DATA_HEADERS = {
    "Access-Control-Allow-Origin": "*",
    "Access-Control-Expose-Headers": (
        "ETag, Link, Retry-After, X-Choucha-Data-As-Of, X-Choucha-Method, X-Choucha-Release, X-Choucha-Total"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Envelope:
    """Leases the release that serves, adds the headers of every answer, answers HEAD as GET without a body, and counts.

    A request that came before, spelt just so, gets the kept bytes at once.
    """

    def __init__(self, app: ASGIApp, reader: ReleaseReader, shelf: Shelf, traffic: Traffic) -> None:
        self._app = app
        self._traffic = traffic
        self._reader = reader
        self._shelf = shelf

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        began = perf_counter()
        release = self._reader.release
        spelling = _spelling(scope)
        if release is not None and spelling and (kept := release.cache.answer_to(spelling)):
            self._traffic.count(kept[2], "GET", 200, perf_counter() - began)
            await send({"type": "http.response.start", "status": 200, "headers": kept[0]})
            await send({"type": "http.response.body", "body": kept[1]})
            return
        is_head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET" if is_head else scope["method"]}
        state = inner["state"] = {**scope.get("state", {}), "release": release}

        status, is_counted = 500, False  # of what fails before it answers

        def count() -> None:
            nonlocal is_counted
            if not is_counted:
                self._traffic.count(_route(inner), scope["method"], status, perf_counter() - began)
            is_counted = True

        async def send_enveloped(message: Message) -> None:
            nonlocal status
            if message["type"] == "http.response.start":
                status = message["status"]
                answering = state["release"]  # an earlier one, or the office's, when a route chose it
                _add_headers(MutableHeaders(scope=message), answering, scope)
                if answering is release is not None and spelling and message["status"] == 200 and "kept_as" in state:
                    release.cache.remember(spelling, state["kept_as"], message["headers"], _route(inner))
            elif message["type"] == "http.response.body":
                if not message.get("more_body"):  # before it is sent: a slow reader keeps nobody from the shelf
                    self._give_back(state)
                    count()
                if is_head:
                    message = {**message, "body": b""}
            await send(message)

        if release is not None:
            release.lease()
        try:
            await self._app(inner, receive, send_enveloped)
        finally:
            count()
            self._give_back(state)
            if release is not None:
                release.give_back()

    def _give_back(self, state: dict[str, Any]) -> None:
        leased = state.pop("leased", None)
        if leased is not None:
            self._shelf.give_back(leased)


def _route(scope: Scope) -> str:
    """The template of the route that answered."""
    if isinstance(route := scope.get("route"), APIRoute):
        return route.path_format
    return "/static" if scope["path"].startswith("/static/") else UNKNOWN_ROUTE


def _spelling(scope: Scope) -> Spelling | None:
    """All of a GET request that its answer depends on; None for what needs a closer look (HEAD, conditions, keys)."""
    if scope["method"] != "GET":
        return None
    codings = []
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            codings.append(value)
        elif name in (b"if-none-match", b"authorization"):
            return None
    return scope["path"].encode(), scope["query_string"], *codings


def is_open_data(path: str) -> bool:
    """Whether scripts of any site may read what is answered here."""
    return path.startswith(("/v1/", "/openapi.json"))


def _add_headers(headers: MutableHeaders, release: OpenRelease | None, scope: Scope) -> None:
    path = scope["path"]
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value
    if path.startswith("/v1/") and any(name == b"authorization" for name, _ in scope["headers"]):
        # Whatever a route says: what is answered to the holder of a key is kept by nobody in between.
        headers["Cache-Control"] = "private, no-store"
        headers["Vary"] = "Accept-Encoding, Authorization"
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    elif is_open_data(path):
        for name, value in OPEN_DATA_HEADERS.items():
            headers[name] = value
    else:
        headers["Cross-Origin-Resource-Policy"] = "same-origin"
    headers.setdefault("Vary", "Accept-Encoding")
    headers.setdefault("Cache-Control", "no-store")
    if release is not None:
        info = release.info
        headers["X-Choucha-Release"] = info.release_id
        headers["X-Choucha-Data-As-Of"] = info.data_as_of.isoformat() if info.data_as_of else "none"
        headers["X-Choucha-Method"] = info.method_version
