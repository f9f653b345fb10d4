"""What is lost or damaged under a home is told, and never published as if somebody had decided it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import click
import pytest
from click.testing import CliRunner, Result

from pipelines.cli import cli
from pipelines.maintain import forget
from pipelines.process import process
from pipelines.publish import publish
from pipelines.receive import receive_file
from pipelines.rollback import roll_back
from pipelines.simulate import simulate
from pipelines.status import status_of
from pipelines.upkeep import verify
from tests.warehouse.builder import RECEIVED, Lake, batch, sample
from tests.warehouse.reading import rows
from warehouse import lake
from warehouse.archive import envelope_ids
from warehouse.errors import InfrastructureError
from warehouse.landing import SIDECAR_SUFFIX
from warehouse.release import (
    ReleaseDamagedError,
    current_release_id,
    hold_path,
    list_releases,
    read_manifest,
)
from warehouse.settings import Settings
from warehouse.vintages import taken_back

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)
WARNED = "SELECT state FROM mart_warnings"


@pytest.fixture
def warned(settings: Settings, lake_of: Lake, tmp_path: Path) -> Path:
    """A copy of the lake of the first of two releases; the second warns of what the copy has not."""
    lake_of.commit(batch("b1", sample("1")))
    assert publish(settings, AS_OF)
    copy = tmp_path / "backup"
    shutil.copytree(settings.lake, copy)
    failed = sample("2", conclusion="nonconforming", notice_no="N1")
    lake_of.commit(batch("b2", failed, receipt={"received_at": RECEIVED + timedelta(days=1)}))
    assert publish(settings, AS_OF)
    assert rows(settings, WARNED) == [("issued",)]
    return copy


def _restored(settings: Settings, copy: Path) -> None:
    shutil.rmtree(settings.lake)
    shutil.copytree(copy, settings.lake)


def _without_receipts(settings: Settings, _: Path) -> None:
    shutil.rmtree(lake.table_path(settings, "receipts"))


def _without_a_lake(settings: Settings, _: Path) -> None:
    shutil.rmtree(settings.lake)


@pytest.mark.parametrize("lose", [_restored, _without_receipts, _without_a_lake])
def test_a_lake_that_holds_less_than_the_release_is_not_published(
    settings: Settings, warned: Path, lose: Callable[[Settings, Path], None]
) -> None:
    serving = current_release_id(settings)
    lose(settings, warned)
    with pytest.raises(InfrastructureError, match=r"receipts.* < .*choucha rebuild"):
        publish(settings, AS_OF)
    assert current_release_id(settings) == serving and rows(settings, WARNED) == [("issued",)]


@pytest.mark.parametrize("is_anew", [True, False])
def test_a_lake_that_was_built_anew_begins_with_versions_of_its_own(
    settings: Settings, lake_of: Lake, warned: Path, is_anew: bool
) -> None:
    manifest = settings.releases / list_releases(settings)[-1] / "manifest.json"
    values = json.loads(manifest.read_text(encoding="utf-8"))
    values["lake_versions"]["receipts"] += 9
    values["lake_identity"] = "another" if is_anew else values["lake_identity"]
    manifest.chmod(0o644)
    manifest.write_text(json.dumps(values), encoding="utf-8")
    lake_of.commit(batch("b3", sample("3")))
    if is_anew:
        assert publish(settings, AS_OF)
    else:
        with pytest.raises(InfrastructureError, match="receipts: version"):
            publish(settings, AS_OF)


def test_verify_misses_the_events_of_what_the_public_was_told(settings: Settings, lake_of: Lake, warned: Path) -> None:
    del warned
    lake_of.commit(batch("b3", sample("3")))
    assert publish(settings, AS_OF)
    shutil.rmtree(lake.table_path(settings, "warning_events"))
    assert "warning_events: version -1 < " in _told(settings, "lake")


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """Two releases of simulated files, taken in as they land."""
    settings = Settings(home=tmp_path_factory.mktemp("kept") / "home")
    simulated = simulate(tmp_path_factory.mktemp("set"), start="2026Q1", quarters=1, samples=30, seed=5, quirks=0.0)
    files = [path for path in simulated.files if not path.name.endswith(SIDECAR_SUFFIX)]
    for path in files:
        process(settings, receive_file(settings, path.parent.name, path))
        publish(settings, AS_OF)
    assert len(list_releases(settings)) >= 2 and all(check.ok for check in verify(settings))
    return settings


@pytest.fixture
def home(kept: Settings, tmp_path: Path) -> Settings:
    shutil.copytree(kept.home, tmp_path / "home")
    return Settings(home=tmp_path / "home")


def _told(settings: Settings, name: str) -> str:
    (check,) = [check for check in verify(settings) if check.name == name]
    assert not check.ok
    return check.detail


def test_verify_misses_what_has_a_receipt_and_is_no_longer_archived(home: Settings) -> None:
    lost = envelope_ids(home)[0]
    shutil.rmtree(home.archive)
    assert f"envelope {lost}, which has a receipt" in _told(home, "archive")


def test_verify_misses_a_release_that_another_one_continues(home: Settings) -> None:
    first, second = list_releases(home)[:2]
    shutil.rmtree(home.releases / first)
    assert f"{first}, which came before {second}, is not there" in _told(home, "release")


@pytest.mark.parametrize("lost", ["current", "{serving}/public.duckdb"])
def test_verify_misses_what_the_public_is_to_have(home: Settings, lost: str) -> None:
    shown = lost.format(serving=current_release_id(home))
    (home.public_releases / shown).unlink()
    assert f"public/releases/{shown}" in _told(home, "release")


def test_a_release_that_serves_and_is_gone_is_told_with_the_way_out(home: Settings) -> None:
    serving = str(current_release_id(home))
    shutil.rmtree(home.releases / serving)
    assert f"{serving} serves and is not there" in _told(home, "release")
    (first, *_) = status_of(home).attention
    assert "choucha releases rollback" in first.zh and serving in first.en
    ended = CliRunner().invoke(cli, ["status"], env={"CHOUCHA_HOME": str(home.home)})
    assert (ended.exit_code, serving in ended.output) == (0, True)


def test_a_damaged_manifest_is_named(home: Settings) -> None:
    serving = str(current_release_id(home))
    manifest = home.releases / serving / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text("{", encoding="utf-8")
    with pytest.raises(ReleaseDamagedError, match=r"manifest\.json"):
        read_manifest(home, serving)
    assert f"{serving}/manifest.json" in _told(home, "release")
    assert serving in status_of(home).attention[0].en


@pytest.fixture
def damaged(settings: Settings, warned: Path) -> str:
    """The newest of two releases, which serves and warns, with a manifest that nobody can read."""
    del warned
    newest = list_releases(settings)[-1]
    _damage(settings, newest)
    return newest


def _damage(settings: Settings, release_id: str, content: str = "{") -> None:
    manifest = settings.releases / release_id / "manifest.json"
    manifest.chmod(0o644)
    manifest.write_text(content, encoding="utf-8")


def _command(settings: Settings, *words: str) -> Result:
    return CliRunner().invoke(cli, words, standalone_mode=False, env={"CHOUCHA_HOME": str(settings.home)})


def test_a_release_whose_manifest_is_damaged_serves_on_until_the_next_publication(
    settings: Settings, lake_of: Lake, damaged: str
) -> None:
    lake_of.commit(batch("b3", sample("3")))
    after = publish(settings, AS_OF)
    assert after is not None and read_manifest(settings, after).previous_release_id == damaged
    assert rows(settings, WARNED) == [("issued",)]
    assert taken_back(settings) == frozenset()
    assert publish(settings, AS_OF) is None


def test_a_damaged_release_is_listed_as_damaged_and_status_names_each(settings: Settings, damaged: str) -> None:
    first, _ = list_releases(settings)
    _damage(settings, first, "")
    listed = [json.loads(line) for line in _command(settings, "releases", "list", "--json").stdout.splitlines()]
    assert [(each["release_id"], each["is_damaged"]) for each in listed] == [(damaged, True), (first, True)]
    told = [each.en for each in status_of(settings).attention]
    assert any(damaged in each and "rollback" in each for each in told)
    assert any(first in each and "backup" in each for each in told)


def test_a_rollback_without_id_goes_to_the_nearest_release_that_can_be_read(
    settings: Settings, lake_of: Lake, damaged: str
) -> None:
    first, _ = list_releases(settings)
    lake_of.commit(batch("b3", sample("3")))
    third = str(publish(settings, AS_OF))
    assert roll_back(settings, held_by="ops").release_id == first
    assert publish(settings, AS_OF) is None
    assert taken_back(settings) == {damaged, third}
    assert publish(settings, AS_OF, resume=True) is not None


def test_publication_goes_on_after_a_damaged_release_was_taken_back_and_set_aside(
    settings: Settings, damaged: str, tmp_path: Path
) -> None:
    first, _ = list_releases(settings)
    assert roll_back(settings, held_by="ops").release_id == first
    for folder in (settings.releases, settings.public_releases):
        (folder / damaged).rename(tmp_path / f"{folder.parent.name}-{damaged}")
    assert publish(settings, AS_OF, resume=True) is not None
    assert rows(settings, WARNED) == [("issued",)]
    release = next(check for check in verify(settings) if check.name == "release")
    assert release.ok, release.detail


def test_beside_a_damaged_manifest_too_a_lake_that_holds_less_is_not_published(
    settings: Settings, warned: Path, damaged: str
) -> None:
    _restored(settings, warned)
    with pytest.raises(InfrastructureError, match=rf"{damaged}.*receipts: up to .* < .*choucha rebuild"):
        publish(settings, AS_OF)
    assert current_release_id(settings) == damaged


def test_nothing_that_a_damaged_release_may_read_is_deleted(settings: Settings, damaged: str) -> None:
    (done,) = forget(settings)
    assert done.n == 0 and damaged in done.detail


@pytest.mark.parametrize("rubbish", [b"rubbish\n", b"\xff\xfe", b"20260101T000000Z-"])
def test_a_pointer_that_names_no_release_is_damage_and_written_anew_by_naming_one(
    settings: Settings, warned: Path, rubbish: bytes
) -> None:
    del warned
    newest = list_releases(settings)[-1]
    for folder in (settings.releases, settings.public_releases):
        (folder / "current").write_bytes(rubbish)
    for words in (["publish"], ["releases", "rollback"]):
        error = _command(settings, *words).exception
        assert isinstance(error, ReleaseDamagedError) and error.exit_code == 1
        assert "choucha releases rollback ID" in str(error)
    assert "releases/current" in status_of(settings).attention[0].en
    assert roll_back(settings, newest, held_by="ops").release_id == newest
    assert current_release_id(settings) == newest
    assert current_release_id(Settings(home=settings.public_releases.parent)) == newest


@pytest.mark.parametrize("hours", ["nan", "inf", "1e9"])
def test_hours_that_nobody_can_count_to_are_bad_usage(settings: Settings, warned: Path, hours: str) -> None:
    del warned
    assert isinstance(_command(settings, "releases", "rollback", "--hours", hours).exception, click.BadParameter)
    assert status_of(settings).hold is None


def test_a_damaged_hold_is_named_where_it_holds_and_written_anew_by_another_rollback(home: Settings) -> None:
    hold_path(home).write_text("{", encoding="utf-8")
    assert status_of(home).hold is None  # the newest release serves
    first = list_releases(home)[0]
    roll_back(home, first, held_by="ops")
    hold_path(home).write_text("{", encoding="utf-8")
    with pytest.raises(ReleaseDamagedError, match=r"hold\.json.*choucha releases rollback"):
        status_of(home)
    roll_back(home, list_releases(home)[-1], held_by="ops")
    roll_back(home, first, held_by="ops")
    hold = status_of(home).hold
    assert hold is not None and hold.release_id == first
