"""What became of an upload is found whatever else lies in the archive, and told to nobody who only names it."""

from __future__ import annotations

import io
import json
import zipfile
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pipelines.process import process_chunk
from pipelines.receive import claim
from warehouse import inquiry
from warehouse.inquiry import ask
from warehouse.receipts import receipts_of_upload, store_receipt
from warehouse.settings import Settings
from warehouse.uploads import receiving


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0, duckdb_memory="512MB")


def send(settings: Settings, name: str, content: bytes, *, key: str = "甲局", **declared: Any) -> str:
    with receiving(settings, "food") as upload:
        upload.write(content)
        upload.land(name, key=key, declared=declared)
    return upload.upload_id


def run(settings: Settings) -> None:
    process_chunk(settings, claim(settings))


def packed(files: dict[str, bytes]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, each in files.items():
            archive.writestr(name, each)
    return content.getvalue()


def test_an_envelope_that_was_damaged_keeps_no_other_from_being_asked_for(settings: Settings) -> None:
    uploads = [send(settings, f"{number}.csv", b"a,b\n%d,2\n" % number) for number in range(3)]
    waiting = claim(settings)
    damaged = settings.archive / "envelopes" / f"{waiting[-1]}.json"
    damaged.chmod(0o644)
    damaged.write_text('{"broken')
    answers = [ask(settings, upload) for upload in uploads]
    assert [answer and answer.receipt is None for answer in answers] == [True, True, None]
    assert ask(settings, "u-" + "0" * 32) is None


def test_an_upload_that_is_answered_while_it_is_looked_for_is_found(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    upload = send(settings, "a.csv", b"nothing that could be read")
    waiting = claim(settings)
    listed = inquiry.envelope_ids

    def answered_first(given: Settings) -> list[str]:
        process_chunk(given, waiting)
        return listed(given)

    monkeypatch.setattr(inquiry, "envelope_ids", answered_first)
    answer = ask(settings, upload)
    assert answer is not None
    assert answer.receipt is not None
    assert answer.receipt.file_name == "a.csv"


def test_a_receipt_that_names_an_upload_elsewhere_is_not_that_uploads(settings: Settings) -> None:
    first = send(settings, "a.csv", b"first")
    run(settings)
    send(settings, "b.csv", b"second", key="乙局", notice_no=first)
    run(settings)
    assert [receipt.file_name for receipt in receipts_of_upload(settings, first)] == ["a.csv"]


def test_a_file_in_a_zip_cannot_pass_for_another_senders_upload(settings: Settings) -> None:
    first = send(settings, "a.csv", b"first")
    run(settings)
    forged = json.dumps({"upload": {"id": first, "key": "乙局"}}).encode()
    second = send(settings, "z.zip", packed({"x.csv": b"second", "x.csv.meta.json": forged}), key="乙局")
    run(settings)
    answer, other = ask(settings, first), ask(settings, second)
    assert answer is not None
    assert answer.keys == {"甲局"}
    assert other is not None
    assert (other.keys, [each.problems[0].rule for each in other.inside]) == ({"乙局"}, ["HD-003"])
    assert [receipt.file_name for receipt in receipts_of_upload(settings, first)] == ["a.csv"]


def test_who_sent_an_upload_is_told_by_its_own_receipt_alone(settings: Settings) -> None:
    upload = send(settings, "z.zip", packed({"x.csv": b"second"}))
    run(settings)
    (own, inside) = receipts_of_upload(settings, upload)
    forged = {"upload": {"id": upload, "key": "乙局"}}
    store_receipt(settings, replace(inside, attempt_id=None, sidecar=forged))
    answer = ask(settings, upload)
    assert answer is not None
    assert answer.receipt == own
    assert answer.keys == {"甲局"}
