"""A disk that is really full: a file system of a few hundred KiB, where this machine lets a test mount one."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator
from pathlib import Path

import pytest

from pipelines.receive import claim, stuck_claims
from warehouse.archive import object_path, read_envelope
from warehouse.errors import InfrastructureError
from warehouse.landing import drop
from warehouse.settings import Settings

KIB = 1024


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Path]:
    folder = tmp_path / "disk"
    folder.mkdir()
    command = ["mount", "-t", "tmpfs", "-o", "size=512k", "tmpfs", str(folder)]
    mounted = subprocess.run(command, capture_output=True, check=False)
    if mounted.returncode:
        pytest.skip("mounting a small disk needs root")
    try:
        yield folder
    finally:
        subprocess.run(["umount", "-l", str(folder)], check=True)


def test_a_full_disk_is_told_keeps_the_small_files_moving_and_loses_nothing(small_disk: Path) -> None:
    settings = Settings(home=small_disk / "home", settle_seconds=0)
    content = os.urandom(300 * KIB)
    drop(settings, "food", "large.csv", content)
    with pytest.raises(InfrastructureError, match="No space left on device"):
        claim(settings)
    drop(settings, "food", "small.csv", b"small")
    assert [read_envelope(settings, envelope_id).file_name for envelope_id in claim(settings)] == ["small.csv"]
    assert [entry.rpartition(" ")[2] for entry in stuck_claims(settings)] == ["(large.csv)"]
    subprocess.run(["mount", "-o", "remount,size=4m", str(small_disk)], check=True)
    large, _ = (read_envelope(settings, envelope_id) for envelope_id in claim(settings))
    assert object_path(settings, large.sha256).read_bytes() == content
    assert stuck_claims(settings) == []


def test_a_drop_on_a_full_disk_leaves_nothing_behind(small_disk: Path) -> None:
    settings = Settings(home=small_disk / "home", settle_seconds=0)
    with pytest.raises(OSError, match="No space left on device"):
        drop(settings, "food", "large.csv", os.urandom(600 * KIB))
    assert list((settings.landing / "food").iterdir()) == []
