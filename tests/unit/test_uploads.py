"""Uploads: a side-car of one goes with its own file alone, whatever breaks off between the two."""

from __future__ import annotations

import errno
import fcntl
import json
import os
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines.receive import claim
from tests.faults.stages import ended
from tests.unit.landing_files import claims, land
from warehouse import landing
from warehouse.archive import read_envelope
from warehouse.landing import complete_files
from warehouse.settings import Settings
from warehouse.uploads import Upload, receiving


def at(home: Path) -> Settings:
    return Settings(home=home, settle_seconds=0, sidecar_wait_seconds=0)


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return at(tmp_path / "home")


def send(settings: Settings, content: bytes, *, key: str = "甲局", **declared: Any) -> Upload:
    with receiving(settings, "food") as upload:
        upload.write(content)
        upload.land("upload.csv", key=key, declared=declared)
    return upload


def send_in_child(home: Path, content: bytes) -> None:
    send(at(home), content, key="乙局", complete=True)


def names(settings: Settings) -> list[str]:
    return sorted(path.name for path in (settings.landing / "food").iterdir())


def test_a_side_car_that_a_kill_left_is_never_joined_to_another_senders_file(
    settings: Settings, caplog: pytest.LogCaptureFixture
) -> None:
    send(settings, b"first")
    (first,) = claim(settings)
    assert ended(send_in_child, settings.home, b"second", CHOUCHA_FAILPOINT="landing.sidecar_named").exitcode == -9
    assert "upload.csv.meta.json" in names(settings)
    assert "upload.csv" not in names(settings)
    assert claim(settings) == [first]
    assert "upload.csv.meta.json" not in names(settings)
    assert "乙局" in caplog.text


def test_neither_is_it_joined_to_the_same_bytes_of_another_sender(settings: Settings) -> None:
    send(settings, b"same")
    (first,) = claim(settings)
    assert ended(send_in_child, settings.home, b"same", CHOUCHA_FAILPOINT="landing.sidecar_named").exitcode == -9
    assert claim(settings) == [first]


def test_a_file_put_beside_it_by_hand_is_told_that_it_is_not_its_own(settings: Settings) -> None:
    assert ended(send_in_child, settings.home, b"second", CHOUCHA_FAILPOINT="landing.sidecar_named").exitcode == -9
    land(settings, "upload.csv", b"by hand")
    (envelope_id,) = claim(settings)
    envelope = read_envelope(settings, envelope_id)
    assert (envelope.sidecar, (envelope.sidecar_problem or "")[-17:]) == (None, "take that key out")


def test_a_side_car_waits_while_its_file_is_about_to_be_named_however_long_that_takes(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    send(settings, b"first")
    claim(settings)
    link = os.link

    def slow(source: str, target: Path) -> None:
        if target.name == "upload.csv":
            assert len(claim(settings)) == 1
        link(source, target)

    monkeypatch.setattr(os, "link", slow)
    upload = send(settings, b"second", key="乙局")
    taken = read_envelope(settings, claim(settings)[-1])
    assert (taken.sha256, (taken.sidecar or {})["upload"]["id"]) == (upload.sha256, upload.upload_id)


def test_a_file_that_was_taken_before_its_side_car_was_seen_gets_it_all_the_same(settings: Settings) -> None:
    upload = send(settings, b"content")
    sidecar = settings.landing / "food" / "upload.csv.meta.json"
    told = sidecar.read_bytes()
    sidecar.unlink()
    claim(settings)
    sidecar.write_bytes(told)
    late = read_envelope(settings, claim(settings)[-1])
    assert (late.sha256, late.sidecar) == (upload.sha256, json.loads(told))


def test_both_are_quiet_at_the_same_moment(settings: Settings) -> None:
    with receiving(settings, "food") as upload:
        upload.write(b"content")
        upload._part.flush()
        os.utime(upload._part.fileno(), (1000, 1000))
        upload.land("upload.csv", key="甲局")
    assert {file.modified_at for file in complete_files(settings)} == {1000.0}


def test_both_are_on_the_disk_before_either_is_named_and_their_names_before_the_answer(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []

    def told(name: str, real: Callable[..., Any], what: Callable[..., str]) -> Callable[..., Any]:
        def telling(*arguments: Any) -> Any:
            done.append(f"{name} {what(*arguments)}")
            return real(*arguments)

        return telling

    def content_of(descriptor: int) -> str:
        path = Path(f"/proc/self/fd/{descriptor}").readlink()
        return path.name if path.is_dir() else "side-car" if path.read_bytes().startswith(b"{") else "file"

    monkeypatch.setattr(os, "fsync", told("fsync", os.fsync, content_of))
    monkeypatch.setattr(os, "link", told("link", os.link, lambda source, target: target.name))
    monkeypatch.setattr(fcntl, "flock", told("lock", fcntl.flock, lambda file, how: "side-car"))
    send(settings, b"content")
    assert done == [
        "fsync file", "fsync side-car", "lock side-car", "link upload.csv.meta.json", "link upload.csv", "fsync food",
    ]  # fmt: skip


def failing_sync(monkeypatch: pytest.MonkeyPatch, before: Callable[[], Any] = lambda: None) -> None:
    def failing(folder: Path) -> None:
        before()
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(landing, "sync", failing)


def test_a_disk_that_does_not_keep_the_names_gets_neither(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_sync(monkeypatch)
    with pytest.raises(OSError, match="Input/output"):
        send(settings, b"content")
    assert names(settings) == []


def test_what_a_run_has_taken_by_then_is_in(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> None:
    failing_sync(monkeypatch, lambda: claim(settings))
    upload = send(settings, b"content")
    (envelope_id,) = claim(settings)
    assert (read_envelope(settings, envelope_id).sidecar or {})["upload"]["id"] == upload.upload_id
    assert (names(settings), claims(settings)) == ([], [])


def test_a_link_that_was_made_counts_though_the_file_server_says_that_it_failed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    link = os.link

    def unsure(source: str, target: Path) -> None:
        link(source, target)
        raise FileExistsError(errno.EEXIST, "File exists")

    monkeypatch.setattr(os, "link", unsure)
    send(settings, b"content")
    assert names(settings) == ["upload.csv", "upload.csv.meta.json"]
