"""The OpenAPI document, finished in one place by what the routes themselves depend on.

What a route may answer beside its own follows from its dependencies: who reads a release may be told that there is
none, who may show a key that it opens nothing. So a new route is described truly without saying so itself.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.keys import scopes_needed
from api.models import ProblemDocument
from api.problems import KINDS, MEDIA_TYPE
from api.rendering import MEDIA_TYPES
from api.vintages import serving, serving_senders

__all__ = ["FILE", "finished"]

FILE = {"schema": {"type": "string", "format": "binary"}}
"""What stands for bytes."""
_SCHEMES = {
    "key": {
        "type": "http",
        "scheme": "bearer",
        "bearerFormat": "choucha_<id>_<secret>",
        "description": "A key of the office, with a scope that is named; where it is optional, it opens more than the "
        "public reads. 办公室发的密钥；可不出示的，出示后可读取更多",
    }
}


def finished(document: dict[str, Any], routes: Sequence[BaseRoute]) -> dict[str, Any]:
    """The framework's document with the refusals, keys and formats that there are; it promises 422, which is none."""
    components = document["components"]
    for unused in ("HTTPValidationError", "ValidationError"):
        components["schemas"].pop(unused, None)
    template = "#/components/schemas/{model}"
    components["schemas"][ProblemDocument.__name__] = ProblemDocument.model_json_schema(ref_template=template)
    components["schemas"] |= components["schemas"][ProblemDocument.__name__].pop("$defs")
    components["securitySchemes"] = _SCHEMES
    for route in routes:
        if isinstance(route, APIRoute) and route.include_in_schema:
            for method in route.methods:
                _finish(document["paths"][route.path_format][method.lower()], route)
    return document


def _finish(operation: dict[str, Any], route: APIRoute) -> None:
    depends, scopes = list(_calls(route.dependant)), scopes_needed(route.dependant)
    is_reading = serving in depends or serving_senders in depends
    answers = {status: each for status, each in operation["responses"].items() if status < "4"}
    refusals = {400} | {int(status) for status in operation["responses"] if status >= "4" and status != "422"}
    refusals |= {401, 403} if scopes else set()
    refusals |= {401, 403, 404, 503} if is_reading else set()
    operation["responses"] = answers | {str(status): _refusal(status) for status in sorted(refusals)}
    if any(each["name"] == "format" for each in operation.get("parameters", [])):
        files = {
            kind: {"schema": {"type": "string"}} if kind == "csv" else FILE for kind in MEDIA_TYPES if kind != "json"
        }
        answers["200"]["content"] |= {MEDIA_TYPES[kind].partition(";")[0]: each for kind, each in files.items()}
    if scopes:
        operation["security"] = [{"key": [scope]} for scope in scopes]
    elif is_reading:
        operation["security"] = [{}, {"key": []}]


def _calls(dependant: Dependant) -> Iterator[Any]:
    for each in dependant.dependencies:
        yield each.call
        yield from _calls(each)


def _refusal(status: int) -> dict[str, Any]:
    titles = [f"{title.zh} {title.en}" for known, title in KINDS.values() if known == status]
    schema = {"$ref": f"#/components/schemas/{ProblemDocument.__name__}"}
    return {"description": " · ".join(titles), "content": {MEDIA_TYPE: {"schema": schema}}}
