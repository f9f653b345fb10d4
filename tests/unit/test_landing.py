"""What counts as complete in landing, and dropping into it."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from warehouse.landing import complete_files, drop, has_complete_files
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=1.0)


def landed(settings: Settings, name: str, *, age: float = 10.0, feed: str = "food") -> Path:
    path = settings.landing / feed / name
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(b"x")
    moment = path.stat().st_mtime - age
    os.utime(path, (moment, moment))
    return path


def names(settings: Settings) -> list[str]:
    return [file.path.name for file in complete_files(settings)]


def test_a_file_that_was_just_written_is_left_alone_until_it_has_been_quiet(settings: Settings) -> None:
    path = landed(settings, "a.csv", age=0)
    modified_at = path.stat().st_mtime
    assert complete_files(settings, now=modified_at + 0.9) == []
    assert [file.path for file in complete_files(settings, now=modified_at + 1.0)] == [path]


def test_a_file_that_a_process_holds_open_for_writing_is_left_alone_however_quiet(settings: Settings) -> None:
    path = landed(settings, "a.csv")
    with path.open("ab"):
        assert names(settings) == []
    with path.open("rb"):
        assert names(settings) == ["a.csv"]


@pytest.mark.parametrize("name", ["a.csv.part", "a.csv.tmp", ".a.csv", "~$a.xlsx", "a.xlsx.crdownload"])
def test_names_of_unfinished_files_are_ignored(settings: Settings, name: str) -> None:
    landed(settings, name)
    assert names(settings) == []


def test_folders_and_links_are_no_files(settings: Settings, tmp_path: Path) -> None:
    (settings.landing / "food" / "folder.csv").mkdir(parents=True)
    (tmp_path / "elsewhere.csv").write_bytes(b"x")
    (settings.landing / "food" / "link.csv").symlink_to(tmp_path / "elsewhere.csv")
    assert names(settings) == []


def test_the_oldest_file_comes_first(settings: Settings) -> None:
    landed(settings, "new.csv", age=20)
    landed(settings, "old.csv", age=40)
    assert names(settings) == ["old.csv", "new.csv"]


def test_a_side_car_alone_rings_no_bell(settings: Settings) -> None:
    landed(settings, "a.csv.meta.json")
    assert not has_complete_files(settings)
    landed(settings, "a.csv")
    assert has_complete_files(settings)


def test_a_drop_never_overwrites_a_waiting_file(settings: Settings) -> None:
    first = drop(settings, "food", "a.csv", b"first")
    second = drop(settings, "food", "a.csv", b"second", sidecar=b"{}")
    third = drop(settings, "food", "a.csv", b"third")
    assert [path.name for path in (first, second, third)] == ["a.csv", "a (2).csv", "a (3).csv"]
    assert [path.read_bytes() for path in (first, second, third)] == [b"first", b"second", b"third"]
    assert (second.parent / "a (2).csv.meta.json").read_bytes() == b"{}"


def test_a_drop_never_comes_under_a_side_car_that_waits_for_another_file(settings: Settings) -> None:
    landed(settings, "a.csv.meta.json")
    assert drop(settings, "food", "a.csv", b"x").name == "a (2).csv"


@pytest.mark.parametrize(
    ("name", "landed_as"),
    [
        ("../../etc/passwd", "passwd"),
        ("..\\..\\a.csv", "a.csv"),
        ("..", "unnamed"),
        ("", "unnamed"),
        (".hidden.csv", "_.hidden.csv"),
        ("a.part", "a.part_"),
        ("a.csv.meta.json", "a.csv.meta.json_"),
    ],
)
def test_a_senders_name_cannot_leave_the_folder_nor_pass_for_something_else(
    settings: Settings, name: str, landed_as: str
) -> None:
    path = drop(settings, "food", name, b"x")
    assert (path.parent, path.name) == (settings.landing / "food", landed_as)


def test_a_name_too_long_for_the_file_system_is_cut_before_its_ending(settings: Settings) -> None:
    path = drop(settings, "food", "抽" * 300 + ".csv", b"x", sidecar=b"{}")
    assert path.name == "抽" * 65 + ".csv"
