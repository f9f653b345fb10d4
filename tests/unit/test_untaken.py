"""What lies in landing and can't be taken: answered once, left where it is, and taken once it can be."""

from __future__ import annotations

import contextlib
import dataclasses
import os
import shutil
import socket
from collections.abc import Callable
from pathlib import Path

import pytest

from pipelines.receive import claim
from tests.unit.landing_files import land, told_once
from warehouse.archive import object_path, read_envelope
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0)


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
