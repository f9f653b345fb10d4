"""Claiming: whatever kills a run, the next one finishes its claims, and nothing is taken twice."""

from __future__ import annotations

import hashlib
import os
import shutil
from pathlib import Path
from typing import Any

import pytest

from pipelines import receive
from pipelines.receive import check_claims, chunks, claim, receive_file, stuck_claims
from tests.unit.landing_files import claims, land
from warehouse.archive import envelope_ids, object_path, read_envelope
from warehouse.errors import InfrastructureError, UserError
from warehouse.landing import complete_files
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0)


def test_a_claimed_file_is_archived_with_its_side_car_and_leaves_landing(settings: Settings) -> None:
    path = land(settings, "a.csv", b"content")
    land(settings, "a.csv.meta.json", b'{"notice_no": "1"}')
    (envelope_id,) = claim(settings)
    envelope = read_envelope(settings, envelope_id)
    assert (envelope.feed, envelope.file_name, envelope.size) == ("food", "a.csv", 7)
    assert envelope.sidecar == {"notice_no": "1"}
    assert object_path(settings, envelope.sha256).read_bytes() == b"content"
    assert list(path.parent.iterdir()) == []
    assert claims(settings) == []


@pytest.mark.parametrize("killed_in", ["store", "write_envelope"])
def test_a_killed_claim_is_finished_by_the_next_run_with_the_same_envelope(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, killed_in: str
) -> None:
    land(settings, "a.csv", b"content")
    real = getattr(receive, killed_in)

    def killed(*arguments: Any) -> Any:
        if killed_in == "store":
            real(*arguments)  # the bytes are there, the envelope isn't
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(receive, killed_in, killed)
        with pytest.raises(KeyboardInterrupt):
            claim(settings)
    (left_over,) = claims(settings)
    assert envelope_ids(settings) == []
    assert claim(settings) == [left_over.name]
    assert read_envelope(settings, left_over.name).size == 7
    assert claims(settings) == []


def test_a_copy_that_was_killed_half_way_is_no_file(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    source = settings.home.parent / "named on the command line.csv"
    source.write_bytes(b"content")

    def killed(source: Path, target: Path) -> None:
        target.write_bytes(b"con")
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(shutil, "copyfile", killed)
        with pytest.raises(KeyboardInterrupt):
            receive_file(settings, "food", source)
    assert claim(settings) == []
    assert claims(settings) == []


def test_one_file_that_cannot_be_read_keeps_no_other_waiting(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad, good = land(settings, "bad.csv", b"bad"), land(settings, "good.csv", b"good")
    os.utime(bad, (1, 1))
    os.utime(good, (2, 2))
    real = receive.store

    def refusing(given: Settings, path: Path) -> tuple[str, int]:
        if path.read_bytes() == b"bad":
            raise PermissionError(13, "Permission denied", str(path))
        return real(given, path)

    monkeypatch.setattr(receive, "store", refusing)
    assert [read_envelope(settings, envelope_id).file_name for envelope_id in claim(settings)] == ["good.csv"]
    assert "could not be archived" in caplog.text
    monkeypatch.undo()
    assert len(claim(settings)) == 2


def test_a_claim_that_cannot_be_archived_is_told_once_nothing_else_waits(settings: Settings) -> None:
    land(settings, "a.csv", b"content")
    (settings.archive / "objects").mkdir(parents=True)
    in_the_way = settings.archive / "objects" / hashlib.sha256(b"content").hexdigest()[:2]
    in_the_way.write_bytes(b"")
    with pytest.raises(InfrastructureError, match=r"could not be received: .*/work/claims/.*FileExists"):
        claim(settings)
    (left_over,) = claims(settings)
    assert stuck_claims(settings) == [f"{left_over} (a.csv)"]
    with pytest.raises(InfrastructureError, match=r"claimed and not archived.*\(a\.csv\)"):
        check_claims(settings)
    assert not (left_over / "copy").exists()
    land(settings, "good.csv", b"good")
    assert [read_envelope(settings, envelope_id).file_name for envelope_id in claim(settings)] == ["good.csv"]
    assert stuck_claims(settings) == [f"{left_over} (a.csv)"]
    in_the_way.unlink()
    assert {read_envelope(settings, envelope_id).file_name for envelope_id in claim(settings)} == {"a.csv", "good.csv"}
    assert stuck_claims(settings) == []
    check_claims(settings)


def test_a_file_that_cannot_be_taken_is_told_once_nothing_else_waits(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    bad = land(settings, "bad.csv", b"bad")
    good = land(settings, "good.csv", b"good")
    os.utime(good, (2, 2))
    os.utime(bad, (1, 1))
    real = Path.replace

    def refusing(path: Path, target: Path) -> Path:
        if path == bad:
            raise PermissionError(1, "Operation not permitted", str(path))
        return real(path, target)

    monkeypatch.setattr(Path, "replace", refusing)
    assert len(claim(settings)) == 1
    assert "bad.csv could not be archived and stays for the next run: [Errno 1]" in caplog.text
    assert "Traceback" not in caplog.text
    good_id = envelope_ids(settings)[0]
    monkeypatch.setattr(receive, "answered_envelopes", lambda given: {good_id})
    with pytest.raises(InfrastructureError, match=r"food/bad\.csv: PermissionError"):
        claim(settings)
    assert bad.exists()


def test_one_name_with_other_bytes_is_another_file(settings: Settings) -> None:
    land(settings, "a.csv", b"first")
    claim(settings)
    land(settings, "a.csv", b"second")
    taken = [read_envelope(settings, envelope_id) for envelope_id in claim(settings)]
    assert [(envelope.file_name, envelope.size) for envelope in taken] == [("a.csv", 5), ("a.csv", 6)]


def test_a_file_that_somebody_opens_while_it_is_claimed_goes_back_with_its_side_car_until_it_is_whole(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = land(settings, "a.csv", b"begun")
    sidecar = land(settings, "a.csv.meta.json", b'{"complete": true}')
    landed = complete_files(settings)
    with monkeypatch.context() as patched, path.open("ab") as writer:
        patched.setattr(receive, "complete_files", lambda given: landed)
        assert claim(settings) == []
        assert (path.read_bytes(), sidecar.read_bytes()) == (b"begun", b'{"complete": true}')
        writer.write(b" and ended")
    (envelope_id,) = claim(settings)
    envelope = read_envelope(settings, envelope_id)
    assert (envelope.size, envelope.sidecar) == (15, {"complete": True})
    assert claims(settings) == []


def test_a_file_that_is_still_written_waits_in_its_claim_while_another_has_its_name(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = land(settings, "a.csv", b"begun")
    landed = complete_files(settings)
    real = Path.replace

    def replaced(moved: Path, target: Path) -> Path:
        made = real(moved, target)
        if moved == path:
            path.write_bytes(b"another")
        return made

    with monkeypatch.context() as patched, path.open("ab") as writer:
        patched.setattr(receive, "complete_files", lambda given: landed)
        patched.setattr(Path, "replace", replaced)
        assert claim(settings) == []
        writer.write(b" and ended")
    assert [read_envelope(settings, envelope_id).size for envelope_id in claim(settings)] == [15, 7]
    assert claims(settings) == []


def test_a_name_that_acts_on_its_reader_is_spelled_out_and_its_file_taken(settings: Settings) -> None:
    names = {"a\x1b[31m\nb\x7f.csv", "a\u202evsc.exe", "名．сsv", "n" * 251 + ".csv", "\udcff\udcfe.csv", "a..csv"}
    for name in names:
        land(settings, name, name.encode(errors="surrogateescape"))
    taken = {read_envelope(settings, envelope_id).file_name for envelope_id in claim(settings)}
    assert taken == {
        r"a\x1b[31m\x0ab\x7f.csv", r"a\u202evsc.exe", "名．сsv", "n" * 251 + ".csv", "\ufffd\ufffd.csv", "a..csv",
    }  # fmt: skip
    assert list((settings.landing / "food").iterdir()) == []


def test_a_file_named_on_the_command_line_may_have_the_longest_name_and_must_be_a_file(
    settings: Settings, tmp_path: Path
) -> None:
    path = tmp_path / ("n" * 251 + ".csv")
    path.write_bytes(b"content")
    assert read_envelope(settings, receive_file(settings, "food", path)).file_name == path.name
    os.mkfifo(tmp_path / "pipe")
    with pytest.raises(UserError, match="pipe 不是文件 is no regular file"):
        receive_file(settings, "food", tmp_path / "pipe")
    assert claims(settings) == []


def test_a_name_in_the_encoding_of_chinese_file_servers_is_understood(settings: Settings) -> None:
    folder = settings.landing / "food"
    folder.mkdir(parents=True)
    for name in ("名.csv", "名.csv.meta.json"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name.encode("gbk"))).write_bytes(b'{"complete": true}')
    land(settings, "good.csv", b"good")
    envelopes = [read_envelope(settings, envelope_id) for envelope_id in claim(settings)]
    assert {(envelope.file_name, bool(envelope.sidecar)) for envelope in envelopes} == {
        ("名.csv", True),
        ("good.csv", False),
    }
    assert claims(settings) == []


def test_a_claim_whose_note_is_unreadable_keeps_no_other_waiting(settings: Settings) -> None:
    folder = settings.work / "claims" / "20260501T000000000000-00000000"
    folder.mkdir(parents=True)
    (folder / "claim.json").write_text("{")
    (folder / "content").write_bytes(b"content")
    land(settings, "good.csv", b"good")
    assert [read_envelope(settings, envelope_id).file_name for envelope_id in claim(settings)] == ["good.csv"]
    assert claims(settings) == [folder]


def test_ids_are_handed_out_in_chunks() -> None:
    assert chunks(["1", "2", "3"], 2) == [["1", "2"], ["3"]]
    assert chunks([], 2) == []
