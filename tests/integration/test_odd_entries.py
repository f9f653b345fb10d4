"""What a sender may put into landing beside plain files: each is answered in both languages, and no file waits."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from pipelines.process import process_chunk
from pipelines.receive import claim, pending
from pipelines.upkeep import verify
from tests.integration.feed_files import FOOD, write_csv
from warehouse.receipts import Receipt
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0, read_memory_mb=2048)


def answered(settings: Settings) -> dict[str, Receipt]:
    return {receipt.file_name: receipt for receipt in process_chunk(settings, claim(settings))}


def test_each_odd_entry_has_its_receipt_and_the_sound_file_goes_through(settings: Settings, tmp_path: Path) -> None:
    folder = settings.landing / "food"
    (folder / "folder.csv").mkdir(parents=True)
    (folder / "folder.csv" / "inside.csv").write_bytes(b"inside")
    secret = tmp_path / "secret.csv"
    secret.write_bytes(b"secret")
    (folder / "link.csv").symlink_to(secret)
    os.mkfifo(folder / "pipe\x1b[2J.csv")
    (folder / "gone.csv.meta.json").write_bytes(b"{}")
    (folder / "broken.csv").write_bytes(b"x")
    (folder / "broken.csv.meta.json").write_bytes(b"[1]")
    (folder / ("n" * 251 + ".csv")).write_bytes(b"")
    (settings.landing / "fire\u202eworks").mkdir()
    (settings.landing / "fire\u202eworks" / "a.csv").write_bytes(b"x")
    (folder / "名\u202e．сsv").write_bytes(b"")
    write_csv(folder / os.fsdecode("抽检.csv".encode("gbk")), FOOD[:2])
    told = answered(settings)
    assert {name: (receipt.outcome, [p.rule for p in receipt.problems]) for name, receipt in told.items()} == {
        "folder.csv": ("rejected", ["LD-002"]),
        "link.csv": ("rejected", ["LD-001"]),
        r"pipe\x1b[2J.csv": ("rejected", ["LD-003"]),
        "gone.csv.meta.json": ("rejected", ["SC-001"]),
        "broken.csv": ("rejected", ["HD-003"]),
        "n" * 251 + ".csv": ("rejected", ["RD-001"]),
        "a.csv": ("rejected", ["HD-002"]),
        "名\\u202e．сsv": ("rejected", ["RD-001"]),
        "抽检.csv": ("accepted", []),
    }
    for receipt in told.values():
        shown = json.dumps(receipt.public(), ensure_ascii=False)
        assert json.loads(shown.encode()) == receipt.public()
        assert not {"\x1b", "\u202e"} & set(shown)
        for problem in receipt.problems:
            assert any(character > "\u4e00" for character in problem.message_zh)
            assert any("a" <= character <= "z" for character in problem.message_en)
    assert secret.read_bytes() == b"secret"
    assert sorted(path.name for path in folder.iterdir()) == [
        "folder.csv", "gone.csv.meta.json", "link.csv", "pipe\x1b[2J.csv",
    ]  # fmt: skip
    assert answered(settings) == {}
    assert pending(settings) == []
    assert [check for check in verify(settings) if not check.ok] == []


def test_one_name_with_other_bytes_is_read_twice_and_a_side_car_after_its_file_is_answered(settings: Settings) -> None:
    folder = settings.landing / "food"
    folder.mkdir(parents=True)
    write_csv(folder / "a.csv", FOOD[:2])
    first = answered(settings)["a.csv"]
    write_csv(folder / "a.csv", (*FOOD[:2], FOOD[4]))
    second = answered(settings)["a.csv"]
    assert (first.n_samples, second.n_samples) == (1, 2)
    assert first.batch_id != second.batch_id
    (folder / "a.csv.meta.json").write_text('{"level": "市级"}', encoding="utf-8")
    late = answered(settings)["a.csv"]
    assert (late.outcome, late.supersedes_batch_id, late.sidecar) == ("accepted", second.batch_id, {"level": "市级"})
    assert list(folder.iterdir()) == []
