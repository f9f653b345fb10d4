"""Which home a command works on: made by what takes files in, refused where it is none, never touched where newer."""

from __future__ import annotations

import json
import socket
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli import cli
from pipelines.publish import publish
from tests.integration.command import Choucha, refused
from tests.integration.feed_files import FOOD, write_csv
from warehouse.home import HomeError
from warehouse.settings import Settings

NEEDS_HOME = [
    ("status",), ("verify",), ("maintain",), ("publish",), ("rebuild", "new"), ("sql", "SELECT 1"), ("review", "list"),
    ("quarantine", "list"), ("quarantine", "export", "sent.csv"), ("quarantine", "replay"), ("releases", "list"),
    ("releases", "rollback"), ("notices", "list"), ("notices", "complete", "N1"), ("keys", "list"),
    ("keys", "add", "k", "--scope", "intake"), ("bulletin", "2026Q2"),
    ("explain", "--quarter", "2026Q2", "--feed", "food", "--sampling-type", "supervision"),
]  # fmt: skip


def test_a_home_that_is_not_there_is_only_made_by_what_takes_files_in(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "folder").mkdir()
    monkeypatch.chdir(tmp_path)
    for words in NEEDS_HOME:
        told = refused(tmp_path / "misspelt", monkeypatch, *words)
        assert f"CHOUCHA_HOME={tmp_path / 'misspelt'}: 没有这个目录 there is no such folder" in told
        assert "made by choucha ingest, choucha run and choucha up" in told
        if words[:2] != ("keys", "add"):  # a key may be given out before the first file
            assert "nothing of choucha's here" in refused(tmp_path / "folder", monkeypatch, *words)
    assert [path.name for path in tmp_path.rglob("*")] == ["folder"]


def test_a_check_without_a_home_makes_none(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHOUCHA_HOME", str(tmp_path / "none"))
    path = write_csv(tmp_path / "a.csv", FOOD)
    ended = CliRunner().invoke(cli, ["check", str(path), "--feed", "food", "--json"], standalone_mode=False)
    assert json.loads(ended.stdout)["rows_accepted"] == 3
    assert [path.name for path in tmp_path.iterdir()] == ["a.csv"]


def test_a_server_that_cannot_start_says_why_in_a_sentence(tmp_path: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        port = str(taken.getsockname()[1])
        (tmp_path / "before-the-first-file").mkdir()
        ended = Choucha(tmp_path / "before-the-first-file")("serve", "--port", port)
        homeless = Choucha(tmp_path / "misspelt")("serve", "--port", port)
    assert (ended.code, ended.out) == (1, "")
    assert f"Port {port} of 127.0.0.1 cannot be used" in ended.err
    assert "--port" in ended.err
    assert (homeless.code, "there is no such folder" in homeless.err) == (2, True)
    assert not (tmp_path / "misspelt").exists()


def test_a_home_that_a_newer_version_wrote_is_left_alone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    home.mkdir()
    (home / "format").write_text("99\n")
    for words in (("status",), ("run",), ("publish",)):
        assert "newer version" in refused(home, monkeypatch, *words)
    with pytest.raises(HomeError, match="newer version"):
        publish(Settings(home=home))
    assert [path.name for path in home.iterdir()] == ["format"]
