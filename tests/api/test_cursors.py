"""A cursor that a caller made up, though it belongs to the question, is refused like any other that leads nowhere."""

from __future__ import annotations

from typing import Any
from urllib.parse import parse_qsl, urlsplit

import httpx
import pyarrow as pa
import pytest

from api.tables import decode_cursor, encode_cursor, page_of, question_hash
from tests.api.published import AS_OF, publish_twice
from warehouse.keys import add_key
from warehouse.settings import Settings

STRATUM = {"feed": "food", "sampling_type": "evaluation", "quarter": "2026Q2", "kind": "previous_quarter"}
REQUIRED = {"/v1/lookup": {"q": "豆腐"}, "/v1/results": {"by": "prefecture"}}
MADE_UP = (
    "",
    "x",
    "-1",
    "1.5",
    "٣",
    "9" * 40,
    "1||",
    "1|2026-99-99|1",
    "1|2026-05-05|x",
    "1|2026-05-05|" + "9" * 20,
    "|" * 9,
    "\x00",
)


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    return publish_twice(settings)


@pytest.fixture(scope="module")
def headers(settings: Settings, released: str) -> dict[str, str]:
    key, _ = add_key(settings, "质量办", ["office:read", "review"], now=AS_OF, created_by="ops")
    return {"Authorization": f"Bearer {key}"}


def _paged(client: httpx.Client, headers: dict[str, str]) -> dict[str, dict[str, str]]:
    """Addresses of every route that is read page by page, with what must be asked of it."""
    warning = client.get("/v1/warnings?limit=1").json()["items"][0]["warning_id"]
    releases = [row["release_id"] for row in client.get("/v1/releases").json()["items"]]
    found: dict[str, dict[str, str]] = {}
    for path, methods in client.get("/openapi.json").json()["paths"].items():
        parameters: list[dict[str, Any]] = methods.get("get", {}).get("parameters", [])
        if all(each["name"] != "cursor" for each in parameters):
            continue
        needed = {each["name"] for each in parameters if each.get("required") and each["in"] == "query"}
        between = ("1", "1") if "warning_id" in path else (releases[1], releases[0])
        known = {"warning_id": warning, "before": between[0], "after": between[1], "batch_id": "b1"}
        asked = {name: value for name, value in STRATUM.items() if name in needed}
        found[path.format(**known)] = asked | REQUIRED.get(path, {})
    return found


def test_a_cursor_that_was_made_up_is_refused_and_never_an_error_of_ours(
    client: httpx.Client, headers: dict[str, str]
) -> None:
    paged = _paged(client, headers)
    assert len(paged) > 20
    refused = set()
    for path, asked in paged.items():
        first = client.get(path, params=asked, headers=headers)
        assert first.status_code in (200, 404), f"{path}: {first.text[:300]}"
        if not path.endswith((".atom", ".json")) and first.status_code == 200:
            assert urlsplit(first.json()["links"]["self"]).path == path
        for key in MADE_UP:
            cursor = encode_cursor(question_hash(path, asked), key)
            answer = client.get(path, params=asked | {"cursor": cursor}, headers=headers)
            assert answer.status_code in (200, 400, 404), f"{path} after {key!r}: {answer.text[:300]}"
            if answer.status_code == 400:
                refused.add(path)
                (error,) = answer.json()["errors"]
                assert error["parameter"] == "cursor" and error["message_zh"] and error["message_en"]
    assert {"/v1/explain", "/v1/lookup", "/v1/downloads"} <= refused
    assert any(path.endswith("/versions") for path in refused)
    assert any("/diff/1" in path for path in refused)
    made_up = encode_cursor(question_hash("/lookup", {"q": "豆腐"}), "1|2026-99-99|1")
    assert client.get("/lookup", params={"q": "豆腐", "cursor": made_up}).status_code == 400


def test_a_next_page_is_not_refused(client: httpx.Client, headers: dict[str, str]) -> None:
    for path, asked in _paged(client, headers).items():
        if path.endswith((".atom", ".json")):
            continue
        answer = client.get(path, params=asked | {"limit": "1"}, headers=headers)
        following = answer.json().get("links", {}).get("next")
        if following:
            cursor = dict(parse_qsl(urlsplit(following).query))["cursor"]
            assert decode_cursor(cursor, question_hash(path, asked))
            assert client.get(following, headers=headers).status_code == 200, following


def test_behind_the_last_row_the_total_is_still_told() -> None:
    whole = pa.table({"name": ["a", "b", "c"], "row_key": ["1", "2", "3"], "total": [3, 3, 3]})

    def read(after: str | None, limit: int) -> pa.Table:
        return whole.slice(int(after or 0), limit)

    found = page_of(read, n_rows=2, after="3")
    assert (found.rows.to_pylist(), found.total, found.next_key) == ([], 3, None)
    found = page_of(read, n_rows=2, after="2")
    assert (found.rows.to_pylist(), found.total, found.next_key) == ([{"name": "c"}], 3, None)
