"""Whatever bytes come, a reader answers with a table that says no more and no less than the file, or with a problem.

CHOUCHA_FUZZ_CASES sets how many cases each reader meets; one is made again by its kind and number.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest

from tests.integration.fuzzing import KINDS, case

PROJECT = Path(__file__).parents[2]
CASES = int(os.environ.get("CHOUCHA_FUZZ_CASES", "300"))


def wrongly_answered(kind: str, last: int, folder: Path) -> list[tuple[str, int, str]]:
    """The cases with another answer than a table or a problem; one that ends its reader is one, the rest goes on."""
    found: list[tuple[str, int, str]] = []
    first = 0
    while first < last:
        command = [sys.executable, "-m", "tests.integration.fuzzing", kind, str(first), str(last), str(folder)]
        ended = subprocess.run(command, cwd=PROJECT, capture_output=True, text=True, check=False)
        found += [tuple(json.loads(line)) for line in ended.stdout.splitlines()]
        if ended.returncode == 0:
            return found
        number = int((folder / "case").read_text(encoding="ascii"))
        found.append((kind, number, f"ended with {ended.returncode}: {ended.stderr[-300:]}"))
        first = number + 1
    return found


@pytest.mark.timeout(0 if CASES > 1000 else 900)
@pytest.mark.parametrize("kind", KINDS)
def test_damaged_files_are_read_as_they_are_or_refused_by_a_known_problem(kind: str, tmp_path: Path) -> None:
    assert wrongly_answered(kind, CASES, tmp_path) == []


def test_cases_are_made_of_their_number_alone_and_differ() -> None:
    for kind in KINDS:
        made = [case(kind, number) for number in range(30)]
        assert made == [case(kind, number) for number in range(30)]
        assert len(set(made)) > 20
