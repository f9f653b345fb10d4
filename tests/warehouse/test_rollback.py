"""Taking a release back: what serves then, what waits and for how long, and what the public reads of warnings."""

from __future__ import annotations

import asyncio
import json
import shutil
from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime
from hashlib import sha256
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner

from api.release_reader import ReleaseReader
from pipelines.artefacts import ReleaseCheckError
from pipelines.cli import cli
from pipelines.publish import publish
from pipelines.rollback import roll_back
from tests.warehouse.builder import Lake, batch, sample
from tests.warehouse.reading import counts, rows
from warehouse.connect import connect
from warehouse.errors import InfrastructureError, UserError
from warehouse.release import current_release_id, hold_path, read_manifest, standing_hold
from warehouse.settings import Settings

FAILED = {"conclusion": "nonconforming", "notice_no": "N1"}
AS_OF = datetime(2026, 7, 31, tzinfo=UTC)


@dataclass(frozen=True)
class Made:
    """A sound release, and after it one with a wrong figure and a wrong warning."""

    home: Path
    sound: str
    wrong: str


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    settings = Settings(home=tmp_path_factory.mktemp("made") / "home")
    lake_of = Lake(settings)
    lake_of.commit(batch("b1", sample("1")))
    sound = str(publish(settings, AS_OF))
    lake_of.commit(batch("b2", sample("2", **FAILED)))
    return Made(settings.home, sound, str(publish(settings, AS_OF)))


@pytest.fixture
def released(settings: Settings, lake_of: Lake, made: Made) -> tuple[str, str]:
    """The ids of the sound and the wrong release, in a home of the test's own."""
    shutil.copytree(made.home, settings.home)
    lake_of.n_attempts = 2
    return made.sound, made.wrong


@pytest.fixture
def choucha(settings: Settings, monkeypatch: pytest.MonkeyPatch) -> Callable[..., list[Any]]:
    """A command with --json, run in this process; gives the objects that it prints."""
    monkeypatch.setenv("CHOUCHA_HOME", str(settings.home))

    def command(*words: str) -> list[Any]:
        ended = CliRunner().invoke(cli, [*words, "--json"], standalone_mode=False, catch_exceptions=False)
        return [json.loads(line) for line in ended.stdout.splitlines()]

    return command


def over(settings: Settings) -> None:
    """The hold's time is up."""
    values = json.loads(hold_path(settings).read_text(encoding="utf-8"))
    hold_path(settings).write_text(json.dumps(values | {"until": values["held_at"]}), encoding="utf-8")


def test_the_release_before_serves_again_for_office_public_and_api(
    settings: Settings, released: tuple[str, str]
) -> None:
    sound, wrong = released
    public = Settings(home=settings.public_releases.parent)

    async def served() -> list[str]:
        reader = ReleaseReader(public)
        seen = []
        for step in (lambda: None, lambda: roll_back(settings, held_by="op")):
            step()
            await reader.refresh()
            assert reader.release is not None
            seen.append(reader.release.info.release_id)
        reader.close()
        return seen

    assert asyncio.run(served()) == [wrong, sound]
    assert (current_release_id(settings), current_release_id(public)) == (sound, sound)
    assert read_manifest(settings, wrong).release_id == wrong


def test_automatic_publication_rests_whatever_comes_and_then_goes_on_with_what_came(
    settings: Settings, lake_of: Lake, released: tuple[str, str]
) -> None:
    sound, wrong = released
    done = roll_back(settings, held_by="op", reason="错数", hours=5)
    assert (done.release_id, done.before) == (sound, wrong)
    assert done.hold == standing_hold(settings)
    assert done.hold is not None
    assert (done.hold.until - done.hold.held_at).total_seconds() == 5 * 3600
    assert publish(settings) is None
    lake_of.commit(batch("b3", sample("3")))
    assert publish(settings) is None
    assert current_release_id(settings) == sound
    over(settings)
    after = publish(settings, AS_OF)
    assert after is not None
    assert (current_release_id(settings), read_manifest(settings, after).previous_release_id) == (after, sound)
    assert (counts(settings)["sampled"], standing_hold(settings)) == (3, None)


def test_the_clock_alone_never_brings_a_release_back_that_was_taken_back(
    settings: Settings, released: tuple[str, str]
) -> None:
    roll_back(settings, held_by="op", hours=0)
    assert publish(settings) is None
    assert current_release_id(settings) == released[0]


def test_an_operator_ends_the_hold_by_publishing_or_by_going_forward_again(
    settings: Settings, released: tuple[str, str]
) -> None:
    sound, wrong = released
    roll_back(settings, held_by="op")
    assert roll_back(settings, wrong, held_by="op").hold is None
    assert (current_release_id(settings), publish(settings, AS_OF)) == (wrong, None)
    roll_back(settings, held_by="op")
    resumed = publish(settings, AS_OF, resume=True)
    assert resumed is not None
    assert read_manifest(settings, resumed).digest == read_manifest(settings, wrong).digest
    assert standing_hold(settings) is None
    assert roll_back(settings, held_by="op").release_id == sound, "what served before, not what was taken back"


def test_a_warning_of_a_release_taken_back_keeps_its_id_and_is_withdrawn_with_the_reason_once_corrected(
    settings: Settings, lake_of: Lake, released: tuple[str, str]
) -> None:
    state = "SELECT warning_id, version, state FROM mart_warnings"
    ((issued, *_),) = rows(settings, state, "public")
    roll_back(settings, held_by="op")
    assert rows(settings, state, "public") == []
    lake_of.commit(batch("b3", sample("2", correction="amend", corrects="N1", notice_no="N2")))
    assert publish(settings, AS_OF, resume=True) is not None
    assert rows(settings, state, "public") == [(issued, 2, "withdrawn")]
    ((reason,),) = rows(settings, "SELECT reason_en FROM mart_warnings", "public")
    assert "no longer count as failed" in reason


def test_a_warning_of_a_release_taken_back_that_still_holds_comes_back_as_it_was(
    settings: Settings, released: tuple[str, str]
) -> None:
    state = "SELECT warning_id, version, state, issued_on FROM mart_warnings"
    before = rows(settings, state, "public")
    roll_back(settings, held_by="op")
    publish(settings, AS_OF, resume=True)
    assert rows(settings, state, "public") == before


@pytest.mark.parametrize("name", ["public.duckdb", "office.duckdb", "warning_events.parquet"])
def test_a_release_whose_files_were_altered_is_refused(
    settings: Settings, released: tuple[str, str], name: str
) -> None:
    sound, wrong = released
    path = settings.releases / sound / name
    path.unlink() if name == "warning_events.parquet" else path.write_bytes(path.read_bytes()[:-1])
    with pytest.raises(InfrastructureError, match=f"{sound}: {name}"):
        roll_back(settings, held_by="op")
    assert (current_release_id(settings), standing_hold(settings)) == (wrong, None)


def test_a_release_of_another_contract_is_refused(settings: Settings, released: tuple[str, str]) -> None:
    sound, wrong = released
    folder = settings.releases / sound
    with connect(settings, folder / "public.duckdb") as connection:
        connection.execute("ALTER TABLE mart_cells DROP COLUMN n_held")
    manifest = json.loads((folder / "manifest.json").read_text(encoding="utf-8"))
    manifest["files"]["public.duckdb"] = sha256((folder / "public.duckdb").read_bytes()).hexdigest()
    (folder / "manifest.json").write_text(json.dumps(manifest), encoding="utf-8")
    with pytest.raises(ReleaseCheckError, match="another version"):
        roll_back(settings, held_by="op")
    assert current_release_id(settings) == wrong


def test_there_must_be_something_to_go_back_to(settings: Settings, lake_of: Lake) -> None:
    with pytest.raises(UserError, match="no release yet"):
        roll_back(settings, held_by="op")
    lake_of.commit(batch("b1", sample("1")))
    only = publish(settings, AS_OF)
    for wanted, told in ((None, "first release"), (only, "serves already"), ("20200101T000000Z-0123456789", "no rel")):
        with pytest.raises(UserError, match=told):
            roll_back(settings, wanted, held_by="op")


def test_a_rollback_that_died_before_the_pointer_moved_holds_nothing(
    settings: Settings, lake_of: Lake, released: tuple[str, str], monkeypatch: pytest.MonkeyPatch
) -> None:
    def died(*_: object) -> None:
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr("pipelines.rollback.shelf.serve_again", died)
        with pytest.raises(KeyboardInterrupt):
            roll_back(settings, held_by="op")
    assert (current_release_id(settings), standing_hold(settings)) == (released[1], None)
    lake_of.commit(batch("b3", sample("3")))
    assert publish(settings, AS_OF) is not None


def test_an_operator_is_told_what_serves_what_is_held_and_what_that_changes(
    settings: Settings, released: tuple[str, str], choucha: Callable[..., list[Any]]
) -> None:
    sound, wrong = released
    (done,) = choucha("releases", "rollback", "--reason", "错数")
    assert (done["release_id"], done["before"], done["hold"]["reason"]) == (sound, wrong, "错数")
    (status,) = choucha("status")
    assert (status["release_id"], status["n_unpublished"], status["hold"]["taken_back"]) == (sound, 1, wrong)
    assert [wrong in each["en"] and "错数" in each["en"] for each in status["attention"]] == [True]
    (published,) = choucha("publish")
    assert (published["release_id"], published["hold"]["release_id"]) == (None, sound)
    assert {entry["release_id"]: entry["is_current"] for entry in choucha("releases", "list")} == {
        wrong: False,
        sound: True,
    }
    (noted,) = (settings.releases / "rollbacks.jsonl").read_text(encoding="utf-8").splitlines()
    assert {**json.loads(noted), "at": None, "by": None} == {
        "at": None, "by": None, "from": wrong, "to": sound, "reason": "错数",
    }  # fmt: skip
    (resumed,) = choucha("publish", "--resume")
    assert (resumed.get("hold"), choucha("status")[0]["attention"]) == (None, [])


def test_the_difference_of_two_releases_names_the_files_that_made_it(
    released: tuple[str, str], choucha: Callable[..., list[Any]]
) -> None:
    sound, wrong = released
    file, *rest = choucha("releases", "diff")
    assert rest == choucha("releases", "diff", sound, wrong)[1:]
    assert (file["kind"], file["change"], file["batch_id"], file["n_samples"]) == ("file", "added", "b2", 1)
    whole = [
        row
        for row in rest
        if row["kind"] == "figure" and (row["prefecture_code"], row["category_code"]) == (None, None)
    ]
    assert [(row["why"], row["n_sampled_before"], row["n_sampled_after"]) for row in whole] == [("new_data", 1, 2)]
    assert [(row["change"], row["why"]) for row in rest if row["kind"] == "warning"] == [("added", "issued")]
