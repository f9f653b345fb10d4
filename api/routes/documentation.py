"""The interface described: /openapi.json for programs, /docs for people, from one source and without a CDN."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from fastapi import APIRouter, Request
from starlette.responses import Response

from api.answers import accepts_gzip, pack, respond
from api.pages import HTML, release_of, render
from api.problems import KINDS
from api.rendering import MEDIA_TYPES, json_bytes

__all__ = ["Endpoint", "Field", "endpoints_of", "router"]

router = APIRouter()


@dataclass(frozen=True)
class Field:
    """A parameter or a column: its name, what may stand in it, and what it means."""

    name: str
    kind: str
    description: str
    is_required: bool = False


@dataclass(frozen=True)
class Endpoint:
    """One address as the page tells it; `columns` are those of a row, `parameters` also what a body may hold."""

    method: str
    path: str
    summary: str
    description: str
    parameters: tuple[Field, ...]
    columns: tuple[Field, ...]


@router.get("/openapi.json")
async def openapi(request: Request) -> Response:
    """The OpenAPI document."""
    body, headers = json_bytes(request.app.openapi()), {"Content-Type": MEDIA_TYPES["json"]}
    return respond(request, pack(body, headers, "", packs=accepts_gzip(request)))


@router.get("/docs")
async def docs(request: Request) -> Response:
    """The same document as a page."""
    endpoints = endpoints_of(request.app.openapi())
    body = render(request, release_of(request), "docs.html", endpoints=endpoints, problems=KINDS)
    return respond(request, pack(body.encode(), {"Content-Type": HTML}, "", packs=accepts_gzip(request)))


def endpoints_of(document: dict[str, Any]) -> tuple[Endpoint, ...]:
    """The addresses of an OpenAPI document, with their parameters and the columns of their rows."""
    schemas = document["components"]["schemas"]
    found = []
    operations = [(path, *named) for path, methods in document["paths"].items() for named in methods.items()]
    for path, method, operation in operations:
        answered = min((status, each) for status, each in operation["responses"].items() if status < "3")[1]
        described = [each["schema"] for each in answered["content"].values() if "$ref" in each["schema"]]
        found.append(
            Endpoint(
                method=method.upper(),
                path=path,
                summary=operation["summary"],
                description=operation["description"],
                parameters=tuple(
                    Field(p["name"], _kind(p["schema"]), p.get("description", ""), p.get("required", False))
                    for p in operation.get("parameters", [])
                )
                + _body(operation, schemas),
                columns=_columns(_resolved(described[0], schemas), schemas) if described else (),
            )
        )
    return tuple(found)


def _body(operation: dict[str, Any], schemas: dict[str, Any]) -> tuple[Field, ...]:
    """What the body of a request may hold."""
    described = operation.get("requestBody", {}).get("content", {}).get("application/json")
    if described is None:
        return ()
    schema = _resolved(described["schema"], schemas)
    required = schema.get("required", [])
    fields = schema["properties"].items()
    return tuple(Field(name, _kind(each), each.get("description", ""), name in required) for name, each in fields)


def _columns(schema: dict[str, Any], schemas: dict[str, Any]) -> tuple[Field, ...]:
    """The fields of a row: of `items` or `item` where the answer wraps one, else of the answer itself."""
    properties = schema["properties"]
    if "items" in properties:
        properties = _resolved(properties["items"]["items"], schemas)["properties"]
    elif "item" in properties:
        properties = _resolved(properties["item"], schemas)["properties"]
    return tuple(Field(name, _kind(entry), entry.get("description", "")) for name, entry in properties.items())


def _resolved(schema: dict[str, Any], schemas: dict[str, Any]) -> dict[str, Any]:
    name = schema["$ref"].rsplit("/", 1)[1]
    resolved: dict[str, Any] = schemas[name]
    return resolved


def _kind(schema: dict[str, Any]) -> str:
    """What may stand there, in few words: the values of an enumeration, else the type."""
    options = [option for option in schema.get("anyOf", [schema]) if option.get("type") != "null"]
    names = []
    for option in options:
        if "enum" in option:
            names.append(" · ".join(option["enum"]))
        elif "$ref" in option:
            names.append(option["$ref"].rsplit("/", 1)[1])
        elif option.get("type") == "array":
            names.append(f"{_kind(option['items'])}[]")
        else:
            names.append(option.get("format", option.get("type", "")))
    return " | ".join(names)
