"""Round every answer: the release is leased for as long as it takes, and headers say which one it was.

Plain ASGI, so that a lease ends only when the last byte has been sent.
"""

from __future__ import annotations

from starlette.datastructures import MutableHeaders
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from api.cache import Spelling
from api.release_reader import OpenRelease, ReleaseReader

__all__ = ["Envelope"]

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
        "ETag, Link, X-Choucha-Data-As-Of, X-Choucha-Method, X-Choucha-Release, X-Choucha-Total"
    ),
    "Cross-Origin-Resource-Policy": "cross-origin",
}


class Envelope:
    """Leases the release that serves, adds the headers of every answer, and answers HEAD as GET without a body.

    A request that came before, spelt just so, gets the kept bytes at once.
    """

    def __init__(self, app: ASGIApp, reader: ReleaseReader) -> None:
        self._app = app
        self._reader = reader

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        release = self._reader.release
        spelling = _spelling(scope)
        if release is not None and spelling and (kept := release.cache.answer_to(spelling)):
            await send({"type": "http.response.start", "status": 200, "headers": kept[0]})
            await send({"type": "http.response.body", "body": kept[1]})
            return
        is_head = scope["method"] == "HEAD"
        inner = {**scope, "method": "GET" if is_head else scope["method"]}
        inner["state"] = {**scope.get("state", {}), "release": release}

        async def send_enveloped(message: Message) -> None:
            if message["type"] == "http.response.start":
                _add_headers(MutableHeaders(scope=message), release, scope["path"])
                if release is not None and spelling and message["status"] == 200 and "kept_as" in inner["state"]:
                    release.cache.remember(spelling, inner["state"]["kept_as"], message["headers"])
            elif is_head and message["type"] == "http.response.body":
                message = {**message, "body": b""}
            await send(message)

        if release is None:
            await self._app(inner, receive, send_enveloped)
            return
        release.lease()
        try:
            await self._app(inner, receive, send_enveloped)
        finally:
            release.give_back()


def _spelling(scope: Scope) -> Spelling | None:
    """All of a GET request that its answer depends on; None for what needs a closer look (HEAD, conditions)."""
    if scope["method"] != "GET":
        return None
    codings = []
    for name, value in scope["headers"]:
        if name == b"accept-encoding":
            codings.append(value)
        elif name == b"if-none-match":
            return None
    return scope["path"].encode(), scope["query_string"], *codings


def _add_headers(headers: MutableHeaders, release: OpenRelease | None, path: str) -> None:
    for name, value in SECURITY_HEADERS.items():
        headers[name] = value
    if path.startswith(("/v1/", "/openapi.json")):
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
