"""What the API takes of a side-car, a run reads as it was declared; and how a file came is never lost with it."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from pipelines.sidecars import read_sidecar, sidecar_path
from warehouse.declared import DeclaredError, declared_in
from warehouse.settings import Settings
from warehouse.uploads import Event, receiving

VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(st.characters(codec=None)),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
)
TEXTS = st.dictionaries(st.text(), VALUES).map(json.dumps)
# The largest form of a side-car that the API takes, of numbers that take the most room when they are written again.
LARGEST = '{"a":[' + ",".join(["1e15"] * (256 * 1024 // 5 - 3)) + "]}"


def accepted(text: str) -> dict[str, Any] | None:
    try:
        return declared_in(text.encode())
    except DeclaredError:
        return None


def read_again(declared: dict[str, Any]) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        with receiving(Settings(home=Path(folder)), "food") as upload:
            upload.write(b"content")
            event = Event("/" * 1024, "A" * 1024, "t" * 1024)
            path = upload.land("a.csv", key="某局", declared=declared, event=event)
        content, problem = read_sidecar(sidecar_path(path))
    assert problem is None
    assert content is not None
    assert content.pop("upload")["id"] == upload.upload_id
    return content


@given(TEXTS | st.text())
@settings(deadline=None)
@example('{"complete": 1e999}')
@example('{"sender": "\\ud800"}')
@example('{"a": ' + "[" * 19 + "]" * 19 + "}")
def test_what_is_taken_is_read_again_as_it_was_declared(text: str) -> None:
    declared = accepted(text)
    if declared is not None:
        assert read_again(declared) == {key: value for key, value in declared.items() if key != "upload"}


def test_the_largest_too() -> None:
    declared = declared_in(LARGEST.encode())
    assert read_again(declared) == declared


@pytest.mark.parametrize("broken", ["NaN", "1e999", '"\\ud800"', "[" * 30 + "]" * 30, "1" * 200])
def test_a_broken_declaration_does_not_lose_how_its_file_came(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "a.csv.meta.json"
    path.write_text(f'{{"complete": {broken}, "upload": {{"id": "u-1"}}}}')
    content, problem = read_sidecar(path)
    assert content == {"upload": {"id": "u-1"}}
    assert problem


@pytest.mark.parametrize("broken", ["NaN", '{"upload": "\\ud800"}', '["upload"]', '"upload"', '{"upload": 1e999}', "{"])
def test_of_what_says_nothing_of_it_nothing_is_kept(tmp_path: Path, broken: str) -> None:
    path = tmp_path / "a.csv.meta.json"
    path.write_text(broken)
    assert read_sidecar(path)[0] is None
    assert read_sidecar(path)[1]
