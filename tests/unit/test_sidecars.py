"""Side-cars: early, late, broken or alone, each goes with its file or is answered, and none is lost."""

from __future__ import annotations

import dataclasses
import os
import shutil
from pathlib import Path

import pytest

from pipelines import receive
from pipelines.receive import claim
from tests.unit.landing_files import claimed_side_car, claims, land, told_once
from warehouse.archive import object_path, read_envelope
from warehouse.landing import complete_files
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0)


def test_a_side_car_of_a_killed_claim_goes_back_to_wait_for_its_file(settings: Settings) -> None:
    settings = dataclasses.replace(settings, sidecar_wait_seconds=600)
    claimed_side_car(settings, b"{}")
    assert claim(settings) == []
    assert (settings.landing / "food" / "a.csv.meta.json").read_bytes() == b"{}"


def test_a_late_side_car_makes_a_new_envelope_of_the_archived_bytes(settings: Settings) -> None:
    land(settings, "a.csv", b"content")
    (first,) = claim(settings)
    late = land(settings, "a.csv.meta.json", b'{"complete": true}')
    second = claim(settings)[-1]
    envelope = read_envelope(settings, second)
    assert envelope.supersedes_envelope_id == first
    assert envelope.sidecar == {"complete": True}
    assert envelope.sha256 == read_envelope(settings, first).sha256
    assert not late.exists()


def test_a_side_car_waits_while_its_file_is_still_being_written(settings: Settings) -> None:
    land(settings, "a.csv", b"last month's")
    claim(settings)
    sidecar = land(settings, "a.csv.meta.json", b'{"complete": true}')
    land(settings, "a.csv.part", b"this mon")
    assert len(claim(settings)) == 1
    assert sidecar.exists()


@pytest.mark.parametrize(
    "other",
    ["11.csv.meta.json", "11.csv", "11.csv.part", "1.csv.meta.json.part", ".11.csv.Xy12ab", "1.csv.bak", "1.csv (2)"],
)
def test_a_side_car_waits_for_no_file_but_its_own(settings: Settings, other: str) -> None:
    land(settings, "1.csv", b"content")
    claim(settings)
    land(settings, other, b"{}")
    sidecar = land(settings, "1.csv.meta.json", b'{"complete": true}')
    envelopes = [read_envelope(settings, envelope_id) for envelope_id in claim(settings)]
    assert [envelope.sidecar for envelope in envelopes if envelope.supersedes_envelope_id] == [{"complete": True}]
    assert not sidecar.exists()


@pytest.mark.parametrize("name", ["1.csv.part", "1.csv.tmp", "1.csv.filepart", ".1.csv", ".1.csv.Xy12ab", "~$1.csv"])
def test_a_side_car_waits_for_its_file_under_every_name_of_a_transfer(settings: Settings, name: str) -> None:
    land(settings, "1.csv", b"last month's")
    claim(settings)
    land(settings, name, b"this mon")
    sidecar = land(settings, "1.csv.meta.json", b'{"complete": true}')
    assert len(claim(settings)) == 1
    assert sidecar.exists()


def test_a_side_car_of_a_killed_claim_is_taken_with_its_file(settings: Settings) -> None:
    claimed_side_car(settings, b'{"notice_no": "1"}')
    land(settings, "a.csv", b"content")
    (envelope_id,) = claim(settings)
    assert read_envelope(settings, envelope_id).sidecar == {"notice_no": "1"}
    assert claims(settings) == []


def test_a_side_car_that_was_replaced_meanwhile_is_kept_and_answered_while_the_new_one_counts(
    settings: Settings,
) -> None:
    folder = claimed_side_car(settings, b'{"notice_no": "1"}')
    land(settings, "a.csv.meta.json", b'{"notice_no": "2"}')
    land(settings, "a.csv", b"content")
    replaced, taken = (read_envelope(settings, envelope_id) for envelope_id in claim(settings))
    assert (taken.file_name, taken.sidecar) == ("a.csv", {"notice_no": "2"})
    assert (replaced.envelope_id, replaced.file_name, replaced.sidecar) == (folder.name, "a.csv.meta.json", None)
    assert (replaced.sidecar_problem or "").endswith("another of this name came before its file was taken, and counts")
    assert object_path(settings, replaced.sha256).read_bytes() == b'{"notice_no": "1"}'
    assert claims(settings) == []
    assert len(claim(settings)) == 2


def test_a_file_taken_back_between_look_and_claim_leaves_its_side_car_in_landing(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = land(settings, "a.csv", b"content")
    sidecar = land(settings, "a.csv.meta.json", b'{"notice_no": "1"}')
    landed = complete_files(settings)
    path.unlink()
    monkeypatch.setattr(receive, "complete_files", lambda given: landed)
    assert claim(settings) == []
    assert sidecar.read_bytes() == b'{"notice_no": "1"}'
    assert claims(settings) == []


@pytest.mark.parametrize("n_done", [0, 1])
def test_giving_a_side_car_back_can_be_killed_and_repeated(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, n_done: int
) -> None:
    claimed_side_car(settings, b'{"notice_no": "1"}')
    if n_done:
        land(settings, "a.csv.meta.json", b'{"notice_no": "2"}')

    def killed(folder: Path) -> None:
        raise KeyboardInterrupt

    settings = dataclasses.replace(settings, sidecar_wait_seconds=600)
    with monkeypatch.context() as patched:
        patched.setattr(shutil, "rmtree", killed)
        with pytest.raises(KeyboardInterrupt):
            claim(settings)
    assert len(claim(settings)) == n_done
    assert claims(settings) == []
    assert [path.name for path in (settings.landing / "food").iterdir()] == ["a.csv.meta.json"]


def test_a_side_car_whose_file_never_came_is_told_of_once_and_waits_for_it(settings: Settings) -> None:
    sidecar = land(settings, "a.csv.meta.json", b'{"complete": true}')
    told = told_once(settings)
    assert (told.file_name, told.refused_rule, told.refused_found) == ("a.csv.meta.json", "SC-001", "a.csv")
    assert object_path(settings, told.sha256).read_bytes() == b'{"complete": true}'
    assert sidecar.exists()
    land(settings, "a.csv", b"content")
    taken = read_envelope(settings, claim(settings)[-1])
    assert (taken.file_name, taken.sidecar, taken.refused_rule) == ("a.csv", {"complete": True}, None)
    assert list((settings.work / "told").iterdir()) == []


def test_a_side_car_is_told_of_only_when_it_has_waited(settings: Settings) -> None:
    land(settings, "a.csv.meta.json", b"{}")
    assert claim(dataclasses.replace(settings, sidecar_wait_seconds=600)) == []
    assert told_once(settings).refused_rule == "SC-001"


def test_a_side_car_goes_with_a_name_that_was_spelled_out_also_when_it_comes_late(settings: Settings) -> None:
    land(settings, "a\u202e.csv", b"content")
    claim(settings)
    land(settings, "a\u202e.csv.meta.json", b'{"complete": true}')
    assert read_envelope(settings, claim(settings)[-1]).sidecar == {"complete": True}


def test_a_broken_side_car_is_a_problem_of_its_file(settings: Settings) -> None:
    land(settings, "a.csv", b"content")
    land(settings, "a.csv.meta.json", b"[1]")
    (envelope_id,) = claim(settings)
    assert read_envelope(settings, envelope_id).sidecar_problem == "须为 JSON 对象 expected a JSON object, found list"


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        (b"[" * 100_000, "嵌套过深 nested too deeply"),
        (b'{"a": ' + b"[" * 300 + b"]" * 300 + b"}", "嵌套过深 nested too deeply"),
        (b'{"notice_no": ' + b"1" * 5_000 + b"}", "数字过长 a number too long（5000 digits）"),
        (b'{"sender": "\\ud800"}', "不是 UTF-8 文字 not text in UTF-8"),
        ('{"sender": "某局"}'.encode("gb18030"), "不是 UTF-8 文字 not text in UTF-8"),
        (b'{"sender": "' + b"x" * 1024 * 1024 + b'"}', "超过 1 MiB larger than 1 MiB"),
        (b'{"complete": NaN}', "NaN 不是 JSON is no JSON"),
        (b'{"complete": 1e999}', "数字过大或过长 a number too large or too long"),
    ],
)
@pytest.mark.parametrize("is_late", [False, True])
def test_a_hostile_side_car_is_a_problem_of_its_file_and_of_no_other(
    settings: Settings, content: bytes, problem: str, is_late: bool
) -> None:
    land(settings, "a.csv", b"content")
    if is_late:
        claim(settings)
    sidecar = land(settings, "a.csv.meta.json", content)
    land(settings, "good.csv", b"good")
    envelopes = [read_envelope(settings, envelope_id) for envelope_id in claim(settings)]
    (told,) = [envelope for envelope in envelopes if envelope.sidecar_problem is not None]
    assert (told.file_name, told.sidecar) == ("a.csv", None)
    assert told.sidecar_problem is not None
    assert told.sidecar_problem.startswith(problem)
    assert "good.csv" in {envelope.file_name for envelope in envelopes}
    assert not sidecar.exists()
    assert claims(settings) == []


def test_a_late_side_car_finds_its_file_by_a_name_in_gbk(settings: Settings) -> None:
    folder = settings.landing / "food"
    folder.mkdir(parents=True)
    for name in ("名.csv", "名.csv.meta.json"):
        Path(os.fsdecode(os.fsencode(folder) + b"/" + name.encode("gbk"))).write_bytes(b'{"complete": true}')
        last = claim(settings)[-1]
    assert read_envelope(settings, last).sidecar == {"complete": True}
