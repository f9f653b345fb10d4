"""Claiming: whatever kills a run, the next one finishes its claims, and nothing is taken twice."""

from __future__ import annotations

import contextlib
import dataclasses
import hashlib
import json
import os
import shutil
import socket
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines import receive
from pipelines.receive import check_claims, chunks, claim, receive_file, stuck_claims
from warehouse.archive import Envelope, envelope_ids, object_path, read_envelope
from warehouse.errors import InfrastructureError, UserError
from warehouse.landing import complete_files
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0)


def land(settings: Settings, name: str, content: bytes) -> Path:
    path = settings.landing / "food" / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content)
    return path


def claims(settings: Settings) -> list[Path]:
    return list((settings.work / "claims").iterdir())


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


def test_a_side_car_of_a_killed_claim_goes_back_to_wait_for_its_file(settings: Settings) -> None:
    settings = dataclasses.replace(settings, sidecar_wait_seconds=600)
    claimed_side_car(settings, b"{}")
    assert claim(settings) == []
    assert (settings.landing / "food" / "a.csv.meta.json").read_bytes() == b"{}"


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
    settings: Settings, monkeypatch: pytest.MonkeyPatch
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
    good_id = envelope_ids(settings)[0]
    monkeypatch.setattr(receive, "answered_envelopes", lambda given: {good_id})
    with pytest.raises(InfrastructureError, match=r"food/bad\.csv: PermissionError"):
        claim(settings)
    assert bad.exists()


def test_a_late_side_car_makes_a_new_envelope_of_the_archived_bytes(settings: Settings) -> None:
    land(settings, "a.csv", b"content")
    (first,) = claim(settings)
    late = land(settings, "a.csv.meta.json", b'{"complete": true}')
    second = claim(settings)[-1]
    envelope = read_envelope(settings, second)
    assert envelope.supersedes_envelope_id == first
    assert envelope.sidecar == {"complete": True}
    assert envelope.sha256 == read_envelope(settings, first).sha256
    assert not late.exists()


def test_a_side_car_waits_while_its_file_is_still_being_written(settings: Settings) -> None:
    land(settings, "a.csv", b"last month's")
    claim(settings)
    sidecar = land(settings, "a.csv.meta.json", b'{"complete": true}')
    land(settings, "a.csv.part", b"this mon")
    assert len(claim(settings)) == 1
    assert sidecar.exists()


@pytest.mark.parametrize(
    "other",
    ["11.csv.meta.json", "11.csv", "11.csv.part", "1.csv.meta.json.part", ".11.csv.Xy12ab", "1.csv.bak", "1.csv (2)"],
)
def test_a_side_car_waits_for_no_file_but_its_own(settings: Settings, other: str) -> None:
    land(settings, "1.csv", b"content")
    claim(settings)
    land(settings, other, b"{}")
    sidecar = land(settings, "1.csv.meta.json", b'{"complete": true}')
    envelopes = [read_envelope(settings, envelope_id) for envelope_id in claim(settings)]
    assert [envelope.sidecar for envelope in envelopes if envelope.supersedes_envelope_id] == [{"complete": True}]
    assert not sidecar.exists()


@pytest.mark.parametrize("name", ["1.csv.part", "1.csv.tmp", "1.csv.filepart", ".1.csv", ".1.csv.Xy12ab", "~$1.csv"])
def test_a_side_car_waits_for_its_file_under_every_name_of_a_transfer(settings: Settings, name: str) -> None:
    land(settings, "1.csv", b"last month's")
    claim(settings)
    land(settings, name, b"this mon")
    sidecar = land(settings, "1.csv.meta.json", b'{"complete": true}')
    assert len(claim(settings)) == 1
    assert sidecar.exists()


def claimed_side_car(settings: Settings, content: bytes) -> Path:
    """A claim that was killed between the side-car and the file."""
    folder = settings.work / "claims" / "20260501T000000000000-00000000"
    folder.mkdir(parents=True)
    (folder / "claim.json").write_text(
        json.dumps({"feed": "food", "file_name": "a.csv", "received_at": "2026-05-01T00:00:00+00:00"})
    )
    (folder / "sidecar").write_bytes(content)
    return folder


def test_a_side_car_of_a_killed_claim_is_taken_with_its_file(settings: Settings) -> None:
    claimed_side_car(settings, b'{"notice_no": "1"}')
    land(settings, "a.csv", b"content")
    (envelope_id,) = claim(settings)
    assert read_envelope(settings, envelope_id).sidecar == {"notice_no": "1"}
    assert claims(settings) == []


def test_a_side_car_that_was_replaced_meanwhile_is_kept_and_answered_while_the_new_one_counts(
    settings: Settings,
) -> None:
    folder = claimed_side_car(settings, b'{"notice_no": "1"}')
    land(settings, "a.csv.meta.json", b'{"notice_no": "2"}')
    land(settings, "a.csv", b"content")
    replaced, taken = (read_envelope(settings, envelope_id) for envelope_id in claim(settings))
    assert (taken.file_name, taken.sidecar) == ("a.csv", {"notice_no": "2"})
    assert (replaced.envelope_id, replaced.file_name, replaced.sidecar) == (folder.name, "a.csv.meta.json", None)
    assert (replaced.sidecar_problem or "").endswith("another of this name came before its file was taken, and counts")
    assert object_path(settings, replaced.sha256).read_bytes() == b'{"notice_no": "1"}'
    assert claims(settings) == []
    assert len(claim(settings)) == 2


def test_a_file_taken_back_between_look_and_claim_leaves_its_side_car_in_landing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = land(settings, "a.csv", b"content")
    sidecar = land(settings, "a.csv.meta.json", b'{"notice_no": "1"}')
    landed = complete_files(settings)
    path.unlink()
    monkeypatch.setattr(receive, "complete_files", lambda given: landed)
    assert claim(settings) == []
    assert sidecar.read_bytes() == b'{"notice_no": "1"}'
    assert claims(settings) == []


@pytest.mark.parametrize("n_done", [0, 1])
def test_giving_a_side_car_back_can_be_killed_and_repeated(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, n_done: int
) -> None:
    claimed_side_car(settings, b'{"notice_no": "1"}')
    if n_done:
        land(settings, "a.csv.meta.json", b'{"notice_no": "2"}')

    def killed(folder: Path) -> None:
        raise KeyboardInterrupt

    settings = dataclasses.replace(settings, sidecar_wait_seconds=600)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            claim(settings)
    assert len(claim(settings)) == n_done
    assert claims(settings) == []
    assert [path.name for path in (settings.landing / "food").iterdir()] == ["a.csv.meta.json"]


def told_once(settings: Settings) -> Envelope:
    """The one envelope of what lies in landing and can't be taken; a further look tells of nothing more."""
    (envelope_id,) = claim(settings)
    assert claim(settings) == [envelope_id]
    return read_envelope(settings, envelope_id)


def test_a_side_car_whose_file_never_came_is_told_of_once_and_waits_for_it(settings: Settings) -> None:
    sidecar = land(settings, "a.csv.meta.json", b'{"complete": true}')
    told = told_once(settings)
    assert (told.file_name, told.refused_rule, told.refused_found) == ("a.csv.meta.json", "SC-001", "a.csv")
    assert object_path(settings, told.sha256).read_bytes() == b'{"complete": true}'
    assert sidecar.exists()
    land(settings, "a.csv", b"content")
    taken = read_envelope(settings, claim(settings)[-1])
    assert (taken.file_name, taken.sidecar, taken.refused_rule) == ("a.csv", {"complete": True}, None)
    assert list((settings.work / "told").iterdir()) == []


def test_a_side_car_is_told_of_only_when_it_has_waited(settings: Settings) -> None:
    land(settings, "a.csv.meta.json", b"{}")
    assert claim(dataclasses.replace(settings, sidecar_wait_seconds=600)) == []
    assert told_once(settings).refused_rule == "SC-001"


def in_landing(settings: Settings, name: str) -> Path:
    (settings.landing / "food").mkdir(parents=True, exist_ok=True)
    return settings.landing / "food" / name


def put_link(path: Path) -> None:
    outside = path.parents[3] / "secret.csv"
    outside.write_bytes(b"secret")
    path.symlink_to(outside)


def put_socket(path: Path) -> None:
    with socket.socket(socket.AF_UNIX) as server, contextlib.chdir(path.parent):  # such a path may have 107 bytes
        server.bind(path.name)


def put_folder(path: Path) -> None:
    path.mkdir()
    (path / "inside.csv").write_bytes(b"inside")


@pytest.mark.parametrize(
    ("put", "rule"), [(put_link, "LD-001"), (put_folder, "LD-002"), (os.mkfifo, "LD-003"), (put_socket, "LD-003")]
)
def test_what_is_no_file_is_answered_once_and_left_where_it_is(
    settings: Settings, put: Callable[[Path], None], rule: str
) -> None:
    path = in_landing(settings, "odd.csv")
    put(path)
    before = path.lstat()
    told = told_once(settings)
    assert (told.file_name, told.refused_rule, told.refused_found, told.size) == ("odd.csv", rule, "odd.csv", 0)
    assert object_path(settings, told.sha256).read_bytes() == b""
    assert os.path.samestat(path.lstat(), before)
    land(settings, "good.csv", b"good")
    assert read_envelope(settings, claim(settings)[-1]).file_name == "good.csv"


def test_what_took_the_place_of_an_answered_entry_is_answered_too(settings: Settings) -> None:
    path = in_landing(settings, "odd.csv")
    put_folder(path)
    claim(settings)
    shutil.rmtree(path)
    put_link(path)
    assert [read_envelope(settings, told).refused_rule for told in claim(settings)] == ["LD-002", "LD-001"]
    path.unlink()
    claim(settings)
    assert list((settings.work / "told").iterdir()) == []


def test_an_entry_is_answered_once_it_is_quiet_and_none_that_is_named_unfinished(settings: Settings) -> None:
    for name in ("odd.csv", ".odd", "odd.part", "~$odd"):
        in_landing(settings, name).mkdir()
    assert claim(dataclasses.replace(settings, settle_seconds=600)) == []
    assert told_once(settings).file_name == "odd.csv"


def test_a_file_without_permission_is_answered_and_taken_once_it_has_it(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    land(settings, "a.csv", b"content")
    with monkeypatch.context() as patched:  # root may read everything: tests/unit/test_landing.py asks as nobody
        patched.setattr(os, "access", lambda path, mode, **how: False)
        told = told_once(settings)
    assert (told.file_name, told.refused_rule) == ("a.csv", "LD-004")
    assert read_envelope(settings, claim(settings)[-1]).size == 7


def test_a_hard_link_is_a_file_and_what_is_archived_no_longer_follows_it(settings: Settings, tmp_path: Path) -> None:
    outside = tmp_path / "outside.csv"
    outside.write_bytes(b"content")
    in_landing(settings, "a.csv").hardlink_to(outside)
    (envelope_id,) = claim(settings)
    with outside.open("r+b") as file:
        file.write(b"CHANGED")
    assert object_path(settings, read_envelope(settings, envelope_id).sha256).read_bytes() == b"content"


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


def test_a_side_car_goes_with_a_name_that_was_spelled_out_also_when_it_comes_late(settings: Settings) -> None:
    land(settings, "a\u202e.csv", b"content")
    claim(settings)
    land(settings, "a\u202e.csv.meta.json", b'{"complete": true}')
    assert read_envelope(settings, claim(settings)[-1]).sidecar == {"complete": True}


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


def test_a_broken_side_car_is_a_problem_of_its_file(settings: Settings) -> None:
    land(settings, "a.csv", b"content")
    land(settings, "a.csv.meta.json", b"[1]")
    (envelope_id,) = claim(settings)
    assert read_envelope(settings, envelope_id).sidecar_problem == "expected a JSON object, found list"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[" * 100_000, "嵌套过深 nested too deeply"),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "嵌套过深 nested too deeply"),
        (b'{"notice_no": ' + b"1" * 5_000 + b"}", "数字过长 a number too long（5000 digits）"),
        (b'{"sender": "\\ud800"}', "不是 UTF-8 文字 not text in UTF-8"),
        ('{"sender": "某局"}'.encode("gb18030"), "不是 UTF-8 文字 not text in UTF-8"),
        (b'{"sender": "' + b"x" * 1024 * 1024 + b'"}', "超过 1 MiB larger than 1 MiB"),
        (b'{"complete": NaN}', "NaN 不是 JSON is no JSON"),
        (b'{"complete": 1e999}', "Out of range float"),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_a_hostile_side_car_is_a_problem_of_its_file_and_of_no_other(
    settings: Settings, content: bytes, problem: str, is_late: bool
) -> None:
    land(settings, "a.csv", b"content")
    if is_late:
        claim(settings)
    sidecar = land(settings, "a.csv.meta.json", content)
    land(settings, "good.csv", b"good")
    envelopes = [read_envelope(settings, envelope_id) for envelope_id in claim(settings)]
    (told,) = [envelope for envelope in envelopes if envelope.sidecar_problem is not None]
    assert (told.file_name, told.sidecar) == ("a.csv", None)
    assert told.sidecar_problem is not None
    assert told.sidecar_problem.startswith(problem)
    assert "good.csv" in {envelope.file_name for envelope in envelopes}
    assert not sidecar.exists()
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


def test_a_late_side_car_finds_its_file_by_a_name_in_gbk(settings: Settings) -> None:
    folder = settings.landing / "food"
    folder.mkdir(parents=True)
    for name in ("名.csv", "名.csv.meta.json"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name.encode("gbk"))).write_bytes(b'{"complete": true}')
        last = claim(settings)[-1]
    assert read_envelope(settings, last).sidecar == {"complete": True}


def test_a_claim_whose_note_is_unreadable_keeps_no_other_waiting(settings: Settings) -> None:
    folder = settings.work / "claims" / "20260501T000000000000-00000000"
    folder.mkdir(parents=True)
    (folder / "claim.json").write_text("{")
    (folder / "content").write_bytes(b"content")
    land(settings, "good.csv", b"good")
    assert [read_envelope(settings, envelope_id).file_name for envelope_id in claim(settings)] == ["good.csv"]
    assert claims(settings) == [folder]


COUNTING = """
import sys
from pathlib import Path
from pipelines.receive import locked
from warehouse.settings import Settings
settings = Settings(home=Path(sys.argv[1]))
counter = settings.home / "counter"
for _ in range(200):
    with locked(settings, "one"):
        counter.write_text(str(int(counter.read_text()) + 1))
"""


def test_a_lock_lets_one_process_in_at_a_time_and_leaves_no_file(settings: Settings) -> None:
    settings.home.mkdir()
    (settings.home / "counter").write_text("0")
    project = Path(__file__).parents[2]
    command = [sys.executable, "-c", COUNTING, str(settings.home)]
    processes = [subprocess.Popen(command, cwd=project) for _ in range(4)]
    assert [process.wait(60) for process in processes] == [0] * 4
    assert (settings.home / "counter").read_text() == "800"
    assert list((settings.work / "locks").iterdir()) == []


def test_a_lock_whose_work_fails_is_given_back(settings: Settings) -> None:
    with pytest.raises(ZeroDivisionError), receive.locked(settings, "one"):
        raise ZeroDivisionError
    with receive.locked(settings, "one"):
        assert [path.name for path in (settings.work / "locks").iterdir()] == ["one.lock"]
    assert list((settings.work / "locks").iterdir()) == []


def test_ids_are_handed_out_in_chunks() -> None:
    assert chunks(["1", "2", "3"], 2) == [["1", "2"], ["3"]]
    assert chunks([], 2) == []
