"""What counts as complete in landing, and dropping into it."""

from __future__ import annotations

import contextlib
import dataclasses
import errno
import os
import shutil
import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.status import status_of
from warehouse.landing import SIDECAR_SUFFIX, complete_files, drop, ringing_files, untakable_entries
from warehouse.settings import Settings

_NOBODY = 65534


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


def test_what_nobody_takes_is_counted_and_named_once_an_hour_has_passed(settings: Settings) -> None:
    landed(settings, "old.csv.part", age=4_000)
    landed(settings, "new.csv.part", age=60)
    held = landed(settings, "held.csv", age=5_000)
    for number in range(7):
        landed(settings, f"deep{number}.csv", feed="food/deeper")
    with held.open("a"):
        os.utime(held, (held.stat().st_mtime,) * 2)
        found = status_of(settings)
        (misplaced, left) = (each for each in found.attention if "landing" in each.en)
    assert (found.n_left_alone, found.n_misplaced) == (3, 7)
    assert "food/held.csv, food/old.csv.part;" in left.en and "new.csv.part" not in left.en
    assert "food/held.csv, food/old.csv.part；" in left.zh
    assert misplaced.en.endswith("food/deeper/deep4.csv … +2")
    assert status_of(settings).n_left_alone == 2


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


def test_what_is_no_file_is_told_by_its_kind(settings: Settings, tmp_path: Path) -> None:
    folder = settings.landing / "food"
    (folder / "folder.csv").mkdir(parents=True)
    (folder / "link.csv").symlink_to(tmp_path)
    os.mkfifo(folder / "pipe.csv")
    (folder / ".folder").mkdir()
    landed(settings, "a.csv")
    settings = dataclasses.replace(settings, settle_seconds=0)
    found = [(entry.path.name, entry.kind) for entry in untakable_entries(settings)]
    assert found == [("folder.csv", "folder"), ("link.csv", "link"), ("pipe.csv", "special")]


def test_a_file_that_may_not_be_read_rings_no_bell_until_it_may(settings: Settings) -> None:
    """Root may read everything, so where need be this is asked as nobody, in a folder that is nobody's."""
    home = Path(tempfile.mkdtemp(prefix="choucha-nobody-"))
    child = os.fork()
    if child == 0:
        status = 1
        with contextlib.suppress(BaseException):
            status = 0 if _unreadable_as_nobody(dataclasses.replace(settings, home=home)) else 2
        os._exit(status)
    try:
        assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    finally:
        shutil.rmtree(home)


def _unreadable_as_nobody(settings: Settings) -> bool:
    path = landed(settings, "a.csv")
    path.chmod(0o000)
    if os.geteuid() == 0:
        for folder in (settings.home, settings.landing, path.parent):
            folder.chmod(0o755)
        os.setgroups([])
        os.setgid(_NOBODY)
        os.setuid(_NOBODY)
        rings, kinds = bool(ringing_files(settings)), [entry.kind for entry in untakable_entries(settings)]
        return (rings, kinds) == (False, ["unreadable"])
    rings, kinds = bool(ringing_files(settings)), [entry.kind for entry in untakable_entries(settings)]
    path.chmod(0o400)
    return (rings, kinds, bool(ringing_files(settings))) == (False, ["unreadable"], True)


def test_the_oldest_file_comes_first(settings: Settings) -> None:
    landed(settings, "new.csv", age=20)
    landed(settings, "old.csv", age=40)
    assert names(settings) == ["old.csv", "new.csv"]


def test_a_side_car_alone_rings_no_bell(settings: Settings) -> None:
    landed(settings, "a.csv.meta.json")
    assert ringing_files(settings) == frozenset()
    path = landed(settings, "a.csv")
    assert [file.path for file in ringing_files(settings)] == [path]


def test_a_drop_never_overwrites_a_waiting_file(settings: Settings) -> None:
    first = drop(settings, "food", "a.csv", b"first")
    second = drop(settings, "food", "a.csv", b"second", sidecar=b"{}")
    third = drop(settings, "food", "a.csv", b"third")
    assert [path.name for path in (first, second, third)] == ["a.csv", "a (2).csv", "a (3).csv"]
    assert [path.read_bytes() for path in (first, second, third)] == [b"first", b"second", b"third"]
    assert (second.parent / "a (2).csv.meta.json").read_bytes() == b"{}"


def test_a_drop_that_fails_leaves_neither_file_nor_side_car(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(source: str, target: Path) -> None:
        if target.name == "a.csv":
            raise OSError(errno.ENOSPC, "No space left on device")
        link(source, target)

    link = os.link
    monkeypatch.setattr(os, "link", full)
    with pytest.raises(OSError, match="No space"):
        drop(settings, "food", "a.csv", b"x", sidecar=b"{}")
    assert list((settings.landing / "food").iterdir()) == []


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
        ("a\x1b[2J\nb.csv", "a\\x1b[2J\\x0ab.csv"),
        ("a\u202evsc.exe", "a\\u202evsc.exe"),
        ("\ud800.csv", "\\ud800.csv"),
        ("名．сsv", "名．сsv"),
        ("．．", "．．"),
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


DOTS_AND_ENDINGS = st.sampled_from(
    [".", "..", "~$", ".part", ".tmp", ".crdownload", ".meta", ".json", SIDECAR_SUFFIX, ".csv", "/", "\\", " ", "\x00",
     "附件1.四川省市场监督管理局", "\ud800", "\u202e", "x" * 90, "抽" * 33, "y" * 181]
)  # fmt: skip


@given(st.lists(DOTS_AND_ENDINGS | st.text(max_size=4), max_size=6).map("".join))
@hypothesis_settings(deadline=None)
@example("附件1.四川省市场监督管理局" + "关于" * 40)
@example("a." + "x" * 300)
@example("x" * 190 + ".meta" + "y" * 10 + ".json")
@example("x" * 190 + ".csv.part" + "y" * 200)
def test_whatever_name_is_sent_the_file_lands_as_one_that_is_taken_also_the_second_time(name: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        settings = Settings(home=Path(folder), settle_seconds=0)
        placed = [drop(settings, "food", name, b"x", sidecar=b"{}") for _ in range(2)]
        listed = [file for file in complete_files(settings) if not file.is_sidecar]
        assert {file.path for file in listed} == set(placed)
        assert all(path.with_name(f"{path.name}{SIDECAR_SUFFIX}").exists() for path in placed)


def test_a_dot_in_a_long_name_makes_no_ending_of_what_follows(settings: Settings) -> None:
    path = drop(settings, "food", "附件1." + "四川省" * 40, b"x")
    assert path.name.startswith("附件1.四川省四川省")
