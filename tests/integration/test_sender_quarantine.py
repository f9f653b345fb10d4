"""All that was refused is told to who sent it over HTTP, however much it is, and to nobody else who sends."""

from __future__ import annotations

import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim
from tests.api.server import serve
from tests.integration.feed_files import FOOD, Row, write_csv
from warehouse.keys import add_key
from warehouse.settings import Settings

NOW = datetime(2026, 7, 1, tzinfo=UTC)
N_BAD = 1_203
FAILED = {"检验结论": "不合格", "不合格项目║检验结果║标准值": "铅║1║≤0.5"}


@dataclass(frozen=True)
class Sent:
    """A batch with many bad rows and a sample that another's contradicts; who asks, and the receipts of both."""

    client: httpx.Client
    keys: dict[str, dict[str, str]]
    receipts: dict[str, dict[str, Any]]

    def get(self, path: str, who: str) -> httpx.Response:
        return self.client.get(path, headers=self.keys[who])

    def rows(self, who: str, batch_of: str) -> list[dict[str, Any]]:
        """Every page."""
        found: list[dict[str, Any]] = []
        path = f"/v1/quarantine/{self.receipts[batch_of]['batch_id']}?limit=1000"
        while path:
            page = self.get(path, who).json()
            found, path = [*found, *page["items"]], page["links"]["next"]
        return found


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    folder = tmp_path_factory.mktemp("files")
    settings = Settings(home=folder / "home", settle_seconds=0, duckdb_memory="512MB")
    keys = {name: _key(settings, name, "intake") for name in ("甲局", "乙局")}
    keys["质量办"] = _key(settings, "质量办", "office:read")
    bad = [_row(f"BAD{number}", 检验结论="好") for number in range(N_BAD)]
    tables = {"甲局": [FOOD[0], _row("DC1"), *bad], "乙局": [FOOD[0], _row("DC1", **FAILED)]}
    said: dict[str, dict[str, str]] = {"甲局": {}, "乙局": {"X-Choucha-Sidecar": '{"sender": "B bureau"}'}}
    with serve(settings) as address, httpx.Client(base_url=address, timeout=60) as client:
        places = {name: _send(client, folder, keys[name] | said[name], name, tables[name]) for name in tables}
        process_chunk(settings, claim(settings))
        publish(settings)
        _until_it_serves(client)
        receipts = {name: client.get(place, headers=keys[name]).json() for name, place in places.items()}
        yield Sent(client, keys, receipts)


def _key(settings: Settings, name: str, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {add_key(settings, name, scopes, now=NOW, created_by='ops')[0]}"}


def _row(number: str, **changed: str) -> Row:
    values = dict(zip(FOOD[0], FOOD[1], strict=True)) | {"抽样编号": number} | changed
    return [values[name] for name in FOOD[0]]


def _send(client: httpx.Client, folder: Path, headers: dict[str, str], name: str, table: list[Row]) -> str:
    content = write_csv(folder / f"{name}.csv", table).read_bytes()
    answer = client.post(f"/v1/intake/food?name={name}.csv", headers=headers, content=content)
    assert answer.status_code == 202, answer.text
    return str(answer.headers["location"])


def _until_it_serves(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while client.get("/v1/health").status_code != 200:
        assert time.monotonic() < deadline, "the release did not come to serve"
        time.sleep(0.05)


def test_the_last_problem_of_a_long_receipt_leads_its_sender_to_every_row(sent: Sent) -> None:
    receipt = sent.receipts["甲局"]
    last = receipt["problems"][-1]
    assert (len(receipt["problems"]), last["rule"]) == (1_001, "RC-001")
    for told in (last["message_zh"], last["message_en"]):
        assert f"/v1/quarantine/{receipt['batch_id']}" in told
    found = [each for each in sent.rows("甲局", "甲局") if each["rule"] != "conflicting"]
    assert [each["row"] for each in found] == list(range(3, N_BAD + 3))
    file = sent.get(f"/v1/quarantine/{receipt['batch_id']}?format=csv", "甲局")
    assert file.headers["x-choucha-total"] == str(len(found) + 1)


def test_who_sends_reads_neither_the_list_nor_the_batch_of_another(sent: Sent) -> None:
    for who, other in (("甲局", "乙局"), ("乙局", "甲局")):
        assert sent.get("/v1/quarantine", who).status_code == 403
        for batch in (sent.receipts[other]["batch_id"], sent.receipts[other]["batch_id"][:8], "0" * 32):
            assert sent.get(f"/v1/quarantine/{batch}", who).status_code == 404
        assert sent.get("/v1/results", who).status_code == 403


def test_a_contradicted_sample_is_told_to_its_sender_without_what_the_other_sent(sent: Sent) -> None:
    (theirs,) = (each for each in sent.rows("甲局", "甲局") if each["rule"] == "conflicting")
    (office,) = (each for each in sent.rows("质量办", "甲局") if each["rule"] == "conflicting")
    for language in ("message_zh", "message_en"):
        assert "DC1" in theirs[language]
        assert "乙局.csv" in office[language]
        assert office[language].startswith(theirs[language])
        assert "乙局.csv" not in theirs[language] and "nonconforming" not in theirs[language]


def test_the_sender_is_who_the_side_car_says_else_the_name_of_the_key(sent: Sent) -> None:
    listed = sent.get("/v1/quarantine?limit=1000", "质量办").json()["items"]
    assert {(each["file_name"], each["sender"]) for each in listed} == {
        ("甲局.csv", "甲局"), ("乙局.csv", "B bureau"),
    }  # fmt: skip
