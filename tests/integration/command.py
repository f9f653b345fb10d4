"""The command `choucha` as a process of its own, or within this one where only its refusal matters."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from pipelines.cli import cli
from warehouse.errors import UserError

PROJECT = Path(__file__).parents[2]


@dataclass(frozen=True)
class Ended:
    code: int
    out: str
    err: str

    @property
    def objects(self) -> list[Any]:
        return [json.loads(line) for line in self.out.splitlines()]


@dataclass(frozen=True)
class Choucha:
    home: Path

    def __call__(self, *words: str | Path) -> Ended:
        environment = os.environ | {"CHOUCHA_HOME": str(self.home), "CHOUCHA_SETTLE_SECONDS": "0"}
        done = subprocess.run(
            [sys.executable, "-c", "from pipelines.cli import main; main()", *map(str, words)],
            cwd=PROJECT,
            env=environment,
            capture_output=True,
            text=True,
            check=False,
        )
        return Ended(done.returncode, done.stdout, done.stderr)


def refused(home: Path, monkeypatch: pytest.MonkeyPatch, *words: str) -> str:
    """The sentence with which a command, run in this process, refuses; its exit code would be 2."""
    monkeypatch.setenv("CHOUCHA_HOME", str(home))
    ended = CliRunner().invoke(cli, list(words), standalone_mode=False)
    assert isinstance(ended.exception, UserError), ended.output
    assert ended.exception.exit_code == 2
    return str(ended.exception)
