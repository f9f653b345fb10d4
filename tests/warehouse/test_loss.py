"""What is lost or damaged under a home is told, and never published as if somebody had decided it."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import pytest
from click.testing import CliRunner

from pipelines.cli import cli
from pipelines.process import process
from pipelines.publish import publish
from pipelines.receive import receive_file
from pipelines.rollback import roll_back
from pipelines.simulate import simulate
from pipelines.status import status_of
from pipelines.upkeep import verify
from tests.warehouse.builder import Lake, batch, sample
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

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)
WARNED = "SELECT state FROM mart_warnings"


@pytest.fixture
def warned(settings: Settings, lake_of: Lake, tmp_path: Path) -> Path:
    """A copy of the lake of the first of two releases; the second warns of what the copy has not."""
    lake_of.commit(batch("b1", sample("1")))
    assert publish(settings, AS_OF)
    copy = tmp_path / "backup"
    shutil.copytree(settings.lake, copy)
    lake_of.commit(batch("b2", sample("2", conclusion="nonconforming", notice_no="N1")))
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
