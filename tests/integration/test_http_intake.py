"""From an upload with a key to its receipt, the rows in quarantine and the figure that it entered, all over HTTP."""

from __future__ import annotations

import io
import time
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest

from api.models import Table
from api.receipt_rows import QuarantineRow, ReceiptDocument
from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim
from tests.api.server import serve
from tests.integration.feed_files import CONSTRUCTION, FOOD, Row, write_csv
from warehouse.archive import read_envelope
from warehouse.keys import add_key
from warehouse.receipts import receipts
from warehouse.settings import Settings

NOW = datetime(2026, 7, 1, tzinfo=UTC)
DECISION = b'{"kind": "warning_approve"}'


@dataclass
class Sent:
    """What was uploaded by two senders, what was said of it while it waited, and how to ask now."""

    client: httpx.Client
    settings: Settings
    sender: dict[str, str]
    other: dict[str, str]
    office: dict[str, str]
    worse: bytes
    receipts: dict[str, str] = field(default_factory=dict)
    waiting: set[int] = field(default_factory=set)

    def receipt(self, name: str) -> dict[str, Any]:
        answer = self.client.get(self.receipts[name], headers=self.office)
        assert answer.status_code == 200, answer.text
        return ReceiptDocument.model_validate_json(answer.content).model_dump(mode="json")


@pytest.fixture(scope="module")
def sent(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Sent]:
    """Files of two senders, taken in by one run and published."""
    folder = tmp_path_factory.mktemp("files")
    settings = Settings(home=folder / "home", settle_seconds=0, duckdb_memory="512MB")
    sender, other, office = (
        _key(settings, name, *scopes)
        for name, scopes in {
            "某局": ("intake", "review"), "别局": ("intake",), "质量办": ("office:read",),
        }.items()
    )  # fmt: skip
    table = write_csv(folder / "二季度.csv", [*FOOD, _again(FOOD[-1], "DC26510000005")]).read_bytes()
    worse = write_csv(folder / "worse.csv", [FOOD[0], _again(FOOD[-1], "DC26510000006")]).read_bytes()
    sheets = [write_csv(folder / name, rows) for name, rows in (("a.csv", CONSTRUCTION), ("b.csv", CONSTRUCTION))]
    with serve(settings) as address, httpx.Client(base_url=address, timeout=60) as client:
        made = Sent(client, settings, sender, other, office, worse)
        files = {"file": ("二季度.csv", table), "sidecar": b'{"complete": true}'}
        _send(made, "form", sender, "/v1/intake/food", files=files)
        said = {"ce-specversion": "1.0", "ce-id": "A-1", "ce-source": "/lims", "ce-type": "t"}
        said["X-Choucha-Sidecar"] = '{"complete": true}'
        _send(made, "event", other | said, "/v1/intake/food", content=table)
        _send(made, "zip", other, "/v1/intake/construction?name=x.zip", content=_zip(*sheets))
        _send(made, "garbage", sender, "/v1/intake/market", content=b"\x00\x01")
        _send(made, "decision", sender, "/v1/intake/dispositions", content=DECISION)
        waiting = claim(settings)
        made.waiting |= {client.get(path, headers=office).status_code for path in made.receipts.values()}
        process_chunk(settings, waiting)
        publish(settings)
        _until_it_serves(client)
        yield made


def _until_it_serves(client: httpx.Client) -> None:
    deadline = time.monotonic() + 60
    while client.get("/v1/health").status_code != 200:
        assert time.monotonic() < deadline, "the release did not come to serve"
        time.sleep(0.05)


def _key(settings: Settings, name: str, *scopes: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {add_key(settings, name, scopes, now=NOW, created_by='ops')[0]}"}


def _again(row: Row, number: str) -> Row:
    """A further sample with the same mistake."""
    return [number, *row[1:]]


def _send(sent: Sent, name: str, headers: dict[str, str], path: str, **body: Any) -> None:
    answer = sent.client.post(path, headers=headers, **body)
    assert answer.status_code == 202, answer.text
    sent.receipts[name] = answer.headers["location"]


def _zip(*paths: Path) -> bytes:
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        for path in paths:
            archive.write(path, path.name)
    return packed.getvalue()


def test_what_was_claimed_and_not_processed_still_waits(sent: Sent) -> None:
    assert sent.waiting == {202}


def test_an_upload_gets_the_receipt_of_its_rows_and_names_the_wrong_one(sent: Sent) -> None:
    receipt = sent.receipt("form")
    assert (receipt["file_name"], receipt["outcome"]) == ("二季度.csv", "accepted_with_quarantine")
    counts = {name: receipt[f"rows_{name}"] for name in ("accepted", "quarantined", "continuation", "duplicate")}
    assert counts == {"accepted": 3, "quarantined": 2, "continuation": 1, "duplicate": 1}
    assert receipt["rows_read"] == 7
    problem, second = receipt["problems"]
    assert (problem["row"], problem["column"], problem["found"]) == (7, "公告日期", "2099-05-01")
    assert second["row"] == 8
    assert problem["message_zh"] and problem["message_en"]


def test_the_rows_that_were_accepted_are_counted_in_the_results(sent: Sent) -> None:
    rows = sent.client.get("/v1/results?feed=food", headers=sent.office).json()["items"]
    assert sum(row["n_sampled"] for row in rows) == 3


def test_the_same_table_of_another_sender_is_a_duplicate_that_names_the_batch(sent: Sent) -> None:
    first, again = sent.receipt("form"), sent.receipt("event")
    assert (again["outcome"], again["rows_duplicate"]) == ("duplicate", 7)
    assert again["batch_id"] == first["batch_id"]
    by_batch = sent.client.get(f"/v1/receipts/{again['batch_id']}", headers=sent.other)
    assert by_batch.json()["outcome"] == "accepted_with_quarantine"
    assert by_batch.json()["problems"] == first["problems"]


def test_each_file_of_a_zip_is_answered_beside_it(sent: Sent) -> None:
    receipt = sent.receipt("zip")
    assert [each["file_name"] for each in receipt["members"]] == ["a.csv", "b.csv"]
    assert {each["parent_batch_id"] for each in receipt["members"]} == {receipt["batch_id"]}
    assert receipt["members"][1]["outcome"] == "duplicate"


def test_what_cannot_be_read_and_what_is_no_decision_are_answered_too(sent: Sent) -> None:
    assert sent.receipt("garbage")["outcome"] == "rejected"
    decision = sent.receipt("decision")
    assert (decision["outcome"], decision["problems"][0]["rule"]) == ("rejected", "DS-001")


def test_a_sender_reads_its_own_receipts_and_no_others(sent: Sent) -> None:
    statuses = {
        (name, who): sent.client.get(sent.receipts[name], headers=headers).status_code
        for name in ("event", "zip", "garbage")
        for who, headers in (("other", sent.other), ("office", sent.office), ("nobody", {}))
    }
    assert {key: status for key, status in statuses.items() if status != 200} == {
        ("garbage", "other"): 404, ("event", "nobody"): 401, ("zip", "nobody"): 401, ("garbage", "nobody"): 401,
    }  # fmt: skip
    batch = sent.receipt("garbage")["batch_id"]
    assert sent.client.get(f"/v1/receipts/{batch}", headers=sent.other).status_code == 404


def test_how_a_file_came_is_kept_with_it_and_is_no_part_of_what_it_is(sent: Sent) -> None:
    found = {each.file_name: each for each in receipts(sent.settings)}
    upload = sent.receipts["event"].rpartition("/")[2]
    envelope = read_envelope(sent.settings, found["A-1"].envelope_id)
    event = {"source": "/lims", "id": "A-1", "type": "t"}
    assert envelope.sidecar == {
        "complete": True,
        "upload": {"id": upload, "key": "别局", "sha256": envelope.sha256, "event": event},
    }
    assert found["A-1"].batch_id == found["二季度.csv"].batch_id


def test_rows_in_quarantine_are_listed_with_what_to_do(sent: Sent) -> None:
    answer = sent.client.get("/v1/quarantine?feed=food", headers=sent.office)
    row, _ = Table[QuarantineRow].model_validate_json(answer.content).items
    assert (row.file_name, row.sheet, row.row, row.column, row.found, row.state) == (
        "二季度.csv", None, 7, "公告日期", "2099-05-01", "waiting",
    )  # fmt: skip
    assert row.raw is not None and "DC26510000004" in row.raw
    told = sent.receipt("form")["problems"][0]
    assert (row.rule, row.message_zh, row.message_en) == (told["rule"], told["message_zh"], told["message_en"])
    assert sent.client.get("/v1/quarantine?feed=food&rule=SH-001", headers=sent.office).json()["items"] == []


def test_the_quarantine_of_a_batch_is_its_own_and_pages_lose_no_row(sent: Sent) -> None:
    batch = sent.receipt("form")["batch_id"]
    own = sent.client.get(f"/v1/quarantine/{batch}", headers=sent.office).json()
    assert {row["batch_id"] for row in own["items"]} == {batch}
    whole = sent.client.get("/v1/quarantine?state=all", headers=sent.office).json()
    paged, path = [], "/v1/quarantine?state=all&limit=1"
    while path:
        page = sent.client.get(path, headers=sent.office).json()
        paged, path = [*paged, *page["items"]], page["links"]["next"]
    assert paged == whole["items"]
    assert len(paged) == whole["meta"]["total"] >= 2
    assert sent.client.get("/v1/quarantine/" + "0" * 32, headers=sent.office).status_code == 404


def test_an_earlier_release_says_what_waited_then(sent: Sent) -> None:
    now = sent.client.get("/v1/quarantine", headers=sent.office).json()
    path = f"/v1/quarantine?as_of={now['meta']['release']}"
    assert sent.client.get(path, headers=sent.office).json()["items"] == now["items"]
    answer = sent.client.post("/v1/intake/food", headers=sent.sender, content=sent.worse)
    process_chunk(sent.settings, claim(sent.settings))
    receipt = sent.client.get(answer.headers["location"], headers=sent.sender).json()
    assert receipt["rows_quarantined"] == 1
    assert sent.client.get(path, headers=sent.office).json()["items"] == now["items"]
    assert sent.client.get("/v1/quarantine", headers=sent.office).json()["meta"]["total"] == now["meta"]["total"] + 1


def test_the_public_sees_neither_receipts_nor_quarantine(sent: Sent) -> None:
    batch = sent.receipt("form")["batch_id"]
    for path in (f"/v1/receipts/{batch}", "/v1/quarantine", f"/v1/quarantine/{batch}"):
        assert sent.client.get(path).status_code == 401
        assert sent.client.get(path, headers=sent.office).headers["cache-control"] == "private, no-store"
