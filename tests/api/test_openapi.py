"""The OpenAPI document is what is answered: status, media type and body of every route, asked wrongly too."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import httpx
import jsonschema
import pytest

from tests.api.published import AS_OF, publish_twice
from tests.api.server import serve
from warehouse.keys import add_key
from warehouse.settings import Settings

STRATUM = {"feed": "food", "sampling_type": "evaluation", "quarter": "2026Q2", "kind": "previous_quarter", "q": "豆腐"}
FILES = {
    "csv": "text/csv", "parquet": "application/vnd.apache.parquet",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}  # fmt: skip
WRONG = {"Authorization": "Bearer choucha_000000000000_" + "a" * 43}


class Described:
    """The document, and what is in it for an answer."""

    def __init__(self, client: httpx.Client) -> None:
        self.document: dict[str, Any] = client.get("/openapi.json").json()
        self.seen: dict[str, set[int]] = defaultdict(set)

    def operations(self, method: str) -> Iterator[tuple[str, dict[str, Any]]]:
        for path, methods in self.document["paths"].items():
            if method in methods:
                yield path, methods[method]

    def check(self, path: str, answer: httpx.Response) -> None:
        """The answer is one that the document names, of a media type and a body as it says."""
        method = answer.request.method.lower()
        self.seen[path].add(answer.status_code)
        where = f"{method} {answer.request.url} {answer.status_code}"
        described = self.document["paths"][path][method]["responses"].get(str(answer.status_code))
        assert described is not None, f"{where}: {answer.text[:300]}"
        media = answer.headers["content-type"].partition(";")[0]
        assert media in described["content"], where
        if answer.status_code >= 400:
            assert list(described["content"]) == ["application/problem+json"], where
        if media.endswith("json"):
            schema = described["content"][media]["schema"] | {"components": self.document["components"]}
            assert schema.keys() - {"components"}, where
            jsonschema.Draft202012Validator(schema).validate(answer.json())


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    return publish_twice(settings)


@pytest.fixture(scope="module")
def keys(settings: Settings, released: str) -> dict[str, dict[str, str]]:
    scopes = {"office": ("office:read", "review", "intake"), "sender": ("intake",), "reader": ("office:read",)}
    made = {name: add_key(settings, name, given, now=AS_OF, created_by="ops")[0] for name, given in scopes.items()}
    return {name: {"Authorization": f"Bearer {text}"} for name, text in made.items()}


@pytest.fixture(scope="module")
def described(client: httpx.Client) -> Described:
    return Described(client)


def _filled(client: httpx.Client, path: str) -> str:
    releases = [row["release_id"] for row in client.get("/v1/releases").json()["items"]]
    between = ("1", "1") if "warning_id" in path else (releases[1], releases[0])
    known = {
        "warning_id": client.get("/v1/warnings?limit=1").json()["items"][0]["warning_id"],
        "release_id": releases[0], "before": between[0], "after": between[1], "version": "1", "quarter": "2026Q2",
        "batch_id": "b1", "receipt_id": "b1", "kind": "csv", "feed": "food",
        "sha256": client.get("/v1/downloads").json()["items"][0]["sha256"],
    }  # fmt: skip
    return path.format(**known)


def _needed(path: str, operation: dict[str, Any]) -> dict[str, str]:
    """What must be asked of a route."""
    parameters = operation.get("parameters", [])
    names = {each["name"] for each in parameters if each["in"] == "query" and each.get("required")}
    return {name: value for name, value in STRATUM.items() if name in names or (path, name) == ("/v1/lookup", "q")}


def test_whatever_is_asked_is_answered_as_the_document_says(
    client: httpx.Client, described: Described, keys: dict[str, dict[str, str]]
) -> None:
    for path, operation in described.operations("get"):
        here, needed = _filled(client, path), _needed(path, operation)
        names = {each["name"] for each in operation.get("parameters", [])}
        for headers in ({}, keys["office"], keys["sender"], WRONG):
            described.check(path, client.get(here, params=needed, headers=headers))
        for wrong in ({"nonsense": "1"}, {"as_of": "2000-01-01"}, {"as_of": "x"}, {"cursor": "x"}):
            described.check(path, client.get(here, params=needed | wrong, headers=keys["office"]))
        if path.count("{") == 1:
            nowhere = re.sub(r"\{\w+\}", "0" * 32, path)
            described.check(path, client.get(nowhere, params=needed, headers=keys["office"]))
        for name, media in FILES.items() if "format" in names else ():
            answer = client.get(here, params=needed | {"format": name}, headers=keys["office"])
            described.check(path, answer)
            assert answer.status_code == 200 and answer.headers["content-type"].partition(";")[0] == media, path
    unsecured = {path for path, each in described.operations("get") if "security" not in each}
    assert unsecured == {"/v1/downloads/{sha256}.{kind}", "/v1/metrics"}
    for path, statuses in described.seen.items():
        assert {200, 400} <= statuses, path
        assert path in unsecured or 401 in statuses, path
        assert path in unsecured or "batch_id" in path or "receipt_id" in path or 403 in statuses, path


def test_what_is_sent_is_answered_as_the_document_says(
    client: httpx.Client, described: Described, keys: dict[str, dict[str, str]]
) -> None:
    intake, decide = "/v1/intake/{feed}", "/v1/reviews"
    for headers in ({}, WRONG, keys["reader"], keys["sender"]):
        described.check(intake, client.post("/v1/intake/food?name=a.csv", headers=headers, content=b"a,b\n"))
        described.check(decide, client.post(decide, headers=headers, json={"warning_id": "W", "action": "approve"}))
    for feed, extra in (
        ("fish", {}),
        ("recalls", {}),
        ("food", {"Content-Encoding": "gzip"}),
        ("food", {"ce-id": "1"}),
    ):
        described.check(intake, client.post(f"/v1/intake/{feed}", headers=keys["sender"] | extra, content=b"a"))
    described.check(intake, client.post("/v1/intake/food?x=1", headers=keys["sender"], content=b"a"))
    too_large = keys["sender"] | {"Content-Type": "application/cloudevents+json"}
    described.check(intake, client.post("/v1/intake/food", headers=too_large, content=b"x" * (16 * 1024 * 1024 + 1)))
    for body in ({}, {"warning_id": "W", "action": "approve"}):
        described.check(decide, client.post(decide, headers=keys["office"], json=body))
    assert described.seen[intake] == {202, 400, 401, 403, 404, 413, 415}
    assert described.seen[decide] >= {400, 401, 403, 404}
    waiting = client.post("/v1/intake/food?name=b.csv", headers=keys["sender"], content=b"a,b\n").headers["location"]
    described.check("/v1/receipts/{receipt_id}", client.get(waiting, headers=keys["sender"]))


def test_before_the_first_release_too(tmp_path: Path) -> None:
    with (
        serve(Settings(home=tmp_path / "home", duckdb_memory="512MB")) as address,
        httpx.Client(base_url=address, timeout=30) as client,
    ):
        described = Described(client)
        for path, operation in described.operations("get"):
            filled = path.replace("{kind}", "csv").replace("{version}", "1").replace("{before}", "1")
            described.check(path, client.get(filled.replace("{after}", "2"), params=_needed(path, operation)))
    assert sum(503 in statuses for statuses in described.seen.values()) > 25


def test_keys_and_the_headers_of_an_upload_are_described(described: Described) -> None:
    (scheme,) = described.document["components"]["securitySchemes"].values()
    assert (scheme["type"], scheme["scheme"]) == ("http", "bearer")
    paths = described.document["paths"]
    assert paths["/v1/results"]["get"]["security"] == [{}, {"key": []}]
    assert paths["/v1/quarantine"]["get"]["security"] == [{"key": ["office:read"]}, {"key": ["review"]}]
    assert {"key": ["intake"]} in paths["/v1/quarantine/{batch_id}"]["get"]["security"]
    sent = {each["name"]: each for each in paths["/v1/intake/{feed}"]["post"]["parameters"]}
    assert (sent["X-Choucha-Sidecar"]["in"], sent["X-Choucha-Sidecar"]["required"]) == ("header", False)
    feed = paths["/v1/warnings.json"]["get"]["responses"]["200"]["content"]["application/feed+json"]["schema"]
    assert feed == {"$ref": "#/components/schemas/JsonFeed"}
