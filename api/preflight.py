"""What a browser asks before a script of another site reads public data with a header of its own (CORS preflight)."""

from __future__ import annotations

from fastapi import Request
from fastapi.routing import APIRoute
from starlette.responses import Response

from api.keys import scopes_needed
from api.middleware import is_open_data

__all__ = ["preflight"]

# What a script may send beside what any may: the ETag of what it has. Keys are not for pages of other sites.
_ALLOWED = {
    "Access-Control-Allow-Methods": "GET, HEAD",
    "Access-Control-Allow-Headers": "If-None-Match",
    "Access-Control-Max-Age": "86400",
}


def preflight(request: Request) -> Response | None:
    """The answer to one that asks whether it may read; None for whatever else, and where a key is needed."""
    asked = request.headers.get("access-control-request-method", "").upper()
    if request.method != "OPTIONS" or "origin" not in request.headers or asked not in ("GET", "HEAD"):
        return None
    routes = [each for each in request.app.routes if isinstance(each, APIRoute) and "GET" in each.methods]
    route = next((each for each in routes if each.path_regex.match(request.url.path)), None)
    if route is None or scopes_needed(route.dependant) or not is_open_data(request.url.path):
        return None
    return Response(status_code=204, headers=_ALLOWED)
