"""A disk that is really full, or can't be written: small file systems, where this machine lets a test mount them."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path
from shutil import copytree, rmtree

import httpx
import pytest

from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim, pending, stuck_claims
from tests.api.server import serve
from tests.faults.stages import AS_OF, Ended, State, command, ended, food, home_at, run, served
from warehouse.archive import object_path, read_envelope
from warehouse.connect import DatabaseError
from warehouse.errors import InfrastructureError
from warehouse.landing import drop
from warehouse.settings import Settings

pytestmark = pytest.mark.timeout(1200)
KIB = 1024


def mounted(folder: Path, size: str) -> Iterator[Path]:
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", str(folder)]
    if subprocess.run(command, capture_output=True, check=False).returncode:
        pytest.skip("mounting a small disk needs root: a full or read-only disk was NOT tried on this machine")
    try:
        assert os.path.ismount(folder)
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "disk", "512k")


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[Path]:
    yield from mounted(tmp_path / "disk", "64m")


def remount(disk: Path, how: str) -> None:
    subprocess.run(["mount", "-o", f"remount,{how}", str(disk)], check=True)


def test_a_full_disk_is_told_keeps_the_small_files_moving_and_loses_nothing(small_disk: Path) -> None:
    settings = Settings(home=small_disk / "home", settle_seconds=0)
    content = os.urandom(300 * KIB)
    drop(settings, "food", "large.csv", content)
    with pytest.raises(InfrastructureError, match="No space left on device"):
        claim(settings)
    drop(settings, "food", "small.csv", b"small")
    assert [read_envelope(settings, envelope_id).file_name for envelope_id in claim(settings)] == ["small.csv"]
    assert [entry.rpartition(" ")[2] for entry in stuck_claims(settings)] == ["(large.csv)"]
    remount(small_disk, "size=4m")
    large, _ = (read_envelope(settings, envelope_id) for envelope_id in claim(settings))
    assert object_path(settings, large.sha256).read_bytes() == content
    assert stuck_claims(settings) == []


def test_a_drop_on_a_full_disk_leaves_nothing_behind(small_disk: Path) -> None:
    settings = Settings(home=small_disk / "home", settle_seconds=0)
    with pytest.raises(OSError, match="No space left on device"):
        drop(settings, "food", "large.csv", os.urandom(600 * KIB))
    assert list((settings.landing / "food").iterdir()) == []


def released(home: Path) -> None:
    """A release that serves, and a file that has landed since."""
    drop(home_at(home), "food", "a.csv", food("DC2651"), sidecar=b'{"notice_no": "N1"}')
    run(home)
    drop(home_at(home), "food", "b.csv", food("DC2652"), sidecar=b'{"notice_no": "N2"}')


def committing(home: Path) -> str:
    """What went wrong with committing what waits; nothing when nothing did."""
    try:
        process_chunk(home_at(home), pending(home_at(home)))
    except InfrastructureError as error:
        return str(error)
    return ""


def publishing(home: Path) -> str:
    try:
        publish(home_at(home), AS_OF)
    except (OSError, DatabaseError, InfrastructureError) as error:
        return str(error)
    return ""


def leave(disk: Path, room: int) -> None:
    """Fill the disk but for so many bytes."""
    ballast = disk / "ballast"
    ballast.unlink(missing_ok=True)
    with ballast.open("wb") as file:
        left = os.statvfs(disk)
        file.write(bytes(max(0, left.f_bavail * left.f_frsize - room)))


def test_a_disk_that_fills_in_commit_and_in_publish_loses_nothing_and_the_last_release_serves(
    disk: Path, tmp_path: Path
) -> None:
    home = disk / "home"
    assert ended(released, home).exitcode == 0
    copytree(home, tmp_path / "undisturbed")
    before, told = served(home_at(home)), []
    ended(claim, home_at(home))
    for room in (0, 64 * KIB, 256 * KIB):
        leave(disk, room)
        told.append(ended(committing, home))
        assert told[-1].exitcode == 0
        assert served(home_at(home)) == before
    assert "No space left on device" in told[0].result
    (disk / "ballast").unlink()
    assert ended(committing, home) == Ended(0, "")
    for room in (0, 512 * KIB):
        leave(disk, room)
        failure = ended(publishing, home)
        assert failure.exitcode == 0
        assert "No space left on device" in failure.result
        assert served(home_at(home)) == before
    (disk / "ballast").unlink()
    reached: State = ended(run, home).result
    assert reached == ended(run, tmp_path / "undisturbed").result
    assert served(home_at(home)) != before


def test_a_home_that_cannot_be_written_is_told_in_both_languages_and_the_api_serves_on(disk: Path) -> None:
    home = disk / "home"
    assert ended(released, home).exitcode == 0
    with serve(home_at(home)) as address:
        before = httpx.get(f"{address}/v1/releases").text
        rmtree(home / "work")  # as on a copy of a home
        remount(disk, "ro")
        for words in (("status",), ("verify",), ("quarantine", "list"), ("sql", "SELECT 1"), ("releases", "show")):
            code, said = ended(command, home, *words).result
            assert (code, "Traceback" in said) == (0, False), said
        for words in (("run",), ("publish",)):
            code, said = ended(command, home, *words).result
            assert code == 1
            assert "文件系统只读" in said
            assert "read-only" in said
            assert "Traceback" not in said
        assert httpx.get(f"{address}/v1/releases").text == before
        assert httpx.get(f"{address}/v1/health").status_code == 200
    with serve(home_at(home)) as address:  # one that starts on the read-only disk
        assert httpx.get(f"{address}/v1/releases").text == before
        remount(disk, "rw")
        leave(disk, 0)
        code, said = ended(command, home, "run").result
        assert (code, "磁盘已满" in said, "the disk is full" in said) == (1, True, True), said
        (disk / "ballast").unlink()
    assert [path.name for path in sorted((home / "landing" / "food").iterdir())] == ["b.csv", "b.csv.meta.json"]
    reached: State = ended(run, home).result
    assert [name for name, _ in reached.samples] == ["a.csv", "b.csv"]
    assert reached.wrong == ()
