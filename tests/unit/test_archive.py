"""The archive keeps bytes under their hash, and what is known of each drop."""

from __future__ import annotations

import hashlib
from datetime import UTC, datetime
from pathlib import Path

import pytest

from warehouse.archive import (
    Envelope,
    envelope_ids,
    new_envelope_id,
    object_path,
    read_envelope,
    store,
    write_atomically,
    write_envelope,
)
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def test_bytes_are_kept_unchanged_and_unwritable_under_their_hash(settings: Settings, tmp_path: Path) -> None:
    content = "抽样编号\r\nDC001\r\n".encode("gb18030")
    source = tmp_path / "source"
    source.write_bytes(content)
    sha256, size = store(settings, source)
    assert (sha256, size) == (hashlib.sha256(content).hexdigest(), len(content))
    kept = object_path(settings, sha256)
    assert kept.read_bytes() == content
    assert kept.stat().st_mode & 0o222 == 0


def test_the_same_bytes_are_kept_once(settings: Settings, tmp_path: Path) -> None:
    for name in ("one", "two"):
        (tmp_path / name).write_bytes(b"same")
        store(settings, tmp_path / name)
    assert len([path for path in (settings.archive / "objects").rglob("*") if path.is_file()]) == 1


def test_an_envelope_reads_back_as_it_was_written(settings: Settings) -> None:
    received_at = datetime(2026, 5, 1, 8, 30, 0, 123456, tzinfo=UTC)
    envelope = Envelope(
        envelope_id=new_envelope_id(received_at),
        feed="food",
        file_name="附件1.xlsx",
        sha256="ab" * 32,
        size=12,
        received_at=received_at,
        sidecar={"sender": "成都市市场监督管理局"},
        supersedes_envelope_id="earlier",
    )
    write_envelope(settings, envelope)
    assert read_envelope(settings, envelope.envelope_id) == envelope


def test_envelopes_are_listed_in_the_order_of_receipt(settings: Settings) -> None:
    moments = [datetime(2026, 5, day, tzinfo=UTC) for day in (3, 1, 2)]
    for moment in moments:
        write_envelope(settings, Envelope(new_envelope_id(moment), "food", "a.csv", "00", 0, moment))
    received = [read_envelope(settings, envelope_id).received_at.day for envelope_id in envelope_ids(settings)]
    assert received == [1, 2, 3]


def test_a_write_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    target = tmp_path / "folder" / "a.json"
    target.mkdir(parents=True)
    with pytest.raises(OSError, match=r"a\.json"):
        write_atomically(target, b"content")
    assert list(target.parent.iterdir()) == [target]
