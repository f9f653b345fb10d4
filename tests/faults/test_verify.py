"""What `verify` promises: each of its checks turns false when what it watches over is altered, and no other does."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Iterable, Sequence
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from click.testing import CliRunner

from pipelines.cli import cli
from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim, receive_file
from pipelines.upkeep import rebuild, verify
from tests.integration.feed_files import FOOD, write_csv
from warehouse import lake
from warehouse.archive import envelope_ids, object_path, read_envelope
from warehouse.errors import InfrastructureError, UserError
from warehouse.lake_log import LakeDamagedError
from warehouse.landing import drop
from warehouse.release import current_release_id, read_manifest, release_path
from warehouse.settings import Settings

CHECKS = {"archive", "receipts", "conservation", "lake", "release"}


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    """A home with one file taken in and published."""
    settings = Settings(home=tmp_path / "home", settle_seconds=0, read_memory_mb=4096)
    process_chunk(settings, [receive_file(settings, "food", write_csv(tmp_path / "a.csv", FOOD))])
    assert publish(settings) is not None
    return settings


def failing(settings: Settings) -> set[str]:
    checks = verify(settings)
    assert {check.name for check in checks} == CHECKS
    return {check.name for check in checks if not check.ok}


def altered(path: Path) -> None:
    """One bit in the middle of the file."""
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.chmod(0o644)
    path.write_bytes(bytes(content))


def test_a_sound_home_passes_every_check(settings: Settings) -> None:
    assert failing(settings) == set()


def archived(settings: Settings) -> Path:
    (envelope_id,) = envelope_ids(settings)
    return object_path(settings, read_envelope(settings, envelope_id).sha256)


def test_an_altered_object_is_found(settings: Settings) -> None:
    altered(archived(settings))
    assert failing(settings) == {"archive"}


def test_a_missing_object_is_found(settings: Settings) -> None:
    archived(settings).unlink()
    assert failing(settings) == {"archive"}


def test_an_envelope_without_receipt_is_found(settings: Settings) -> None:
    drop(settings, "food", "b.csv", b"x")
    assert failing(settings) == set()  # landing is no part of what was received
    (waiting,) = claim(settings)
    assert failing(settings) == {"receipts"}
    process_chunk(settings, [waiting])
    assert failing(settings) == set()


def without_the_last(rows: pa.Table) -> pa.Table:
    return rows.slice(0, rows.num_rows - 1)


def with_one_more(rows: pa.Table) -> pa.Table:
    names = [name for name in ("sample_key", "source_row") if name in rows.column_names]
    values = {"sample_key": pa.array(["another"]), "source_row": pa.array([10_000], pa.int64())}
    extra = rows.slice(0, 1)
    for name in names:
        number = rows.column_names.index(name)
        extra = extra.set_column(number, rows.schema.field(name), values[name].cast(rows.schema.field(name).type))
    return pa.concat_tables([rows, extra])


@pytest.mark.parametrize("table", ["samples", "quarantine"])
@pytest.mark.parametrize("alter", [without_the_last, with_one_more])
def test_a_row_of_the_lake_that_is_missing_or_too_many_is_found(
    settings: Settings, table: str, alter: Callable[[pa.Table], pa.Table]
) -> None:
    path = max(lake.table_path(settings, table).rglob("*.parquet"))
    with pq.ParquetFile(path) as file:
        rows = file.read()
    path.chmod(0o644)
    pq.write_table(alter(rows), path)
    assert failing(settings) == {"conservation"}


@pytest.mark.parametrize("kind", ["public", "office"])
def test_an_altered_file_of_the_release_is_found(settings: Settings, kind: str) -> None:
    release_id = current_release_id(settings)
    assert release_id is not None
    altered(release_path(settings, release_id, kind))
    assert failing(settings) == {"release"}


def told(settings: Settings, name: str) -> str:
    (detail,) = [check.detail for check in verify(settings) if check.name == name]
    return detail


def test_a_damaged_envelope_is_a_finding_that_names_the_file_and_stops_no_other_check(settings: Settings) -> None:
    (envelope_id,) = envelope_ids(settings)
    path = settings.archive / "envelopes" / f"{envelope_id}.json"
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:40])
    assert failing(settings) == {"archive"}
    assert f"{path}: 接收单已损坏" in told(settings, "archive")
    assert "restore the file from a backup" in told(settings, "archive")
    with pytest.raises(InfrastructureError, match=rf"{path}: .*this envelope is damaged"):
        rebuild(settings, settings.home.parent / "again")
    assert not (settings.home.parent / "again").exists()


def test_nothing_is_rebuilt_from_altered_bytes(settings: Settings) -> None:
    altered(archived(settings))
    with pytest.raises(InfrastructureError, match=str(archived(settings))):
        rebuild(settings, settings.home.parent / "again")
    assert not (settings.home.parent / "again").exists()


def test_a_rebuild_that_failed_leaves_the_folder_as_it_was_and_can_be_repeated(settings: Settings) -> None:
    target = settings.home.parent / "again"
    target.mkdir()
    calls: list[str] = []

    def interrupted(work: Sequence[str], of_what: str) -> Iterable[str]:
        calls.append(of_what)
        if len(calls) > 1:  # the archive was looked through, and copied
            assert (target / "archive" / "envelopes").is_dir()
            raise KeyboardInterrupt
        return work

    with pytest.raises(KeyboardInterrupt):
        rebuild(settings, target, progress=interrupted)
    assert list(target.iterdir()) == []
    assert rebuild(settings, target).is_same
    with pytest.raises(UserError, match="is not empty"):
        rebuild(settings, target)
    assert (target / "archive").is_dir()


def test_a_damaged_log_of_the_lake_is_a_finding_and_a_sentence_and_its_remedy_works(
    settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    samples, receipts = (
        max((lake.table_path(settings, table) / "_delta_log").glob("*.json")) for table in ("samples", "receipts")
    )
    samples.write_bytes(samples.read_bytes()[:-20])
    assert failing(settings) == {"conservation", "lake"}
    assert str(samples) in told(settings, "conservation")
    receipts.write_bytes(receipts.read_bytes()[:-20])
    assert failing(settings) == {"receipts", "conservation", "lake"}
    assert str(receipts) in told(settings, "receipts")
    monkeypatch.setenv("CHOUCHA_HOME", str(settings.home))
    for words in (["status"], ["publish"], ["quarantine", "list"]):
        ended = CliRunner().invoke(cli, words, standalone_mode=False)
        assert isinstance(ended.exception, LakeDamagedError)
        assert ended.exception.exit_code == 1
        assert f"is damaged: {receipts}" in str(ended.exception)
        assert "choucha rebuild" in str(ended.exception)
    rebuilt = rebuild(settings, settings.home.parent / "again")
    released = read_manifest(settings, str(current_release_id(settings)))
    assert (rebuilt.n_files, rebuilt.digest, rebuilt.expected_digest) == (1, released.digest, None)


def test_what_publication_would_miss_of_the_lake_is_a_finding_too(settings: Settings) -> None:
    shutil.rmtree(lake.table_path(settings, "quarantine"))
    assert failing(settings) == {"conservation", "lake"}
    with pytest.raises(InfrastructureError, match="quarantine: version -1 <") as refused:
        publish(settings)
    assert told(settings, "lake") == str(refused.value)


def missing(path: Path) -> None:
    path.unlink()


def truncated(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(path.read_bytes()[:-200])


def of_no_bytes(path: Path) -> None:
    path.chmod(0o644)
    path.write_bytes(b"")


@pytest.mark.parametrize("damage", [missing, truncated, of_no_bytes])
def test_a_damaged_file_of_the_lake_is_told_with_its_name_and_the_remedy(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, damage: Callable[[Path], None]
) -> None:
    path = max(lake.table_path(settings, "samples").rglob("*.parquet"))
    damage(path)
    assert failing(settings) == {"conservation"}
    assert f"数据湖的文件缺失或已损坏 a file of the lake is missing or damaged: {path}" in told(
        settings, "conservation"
    )
    shutil.rmtree(settings.work / "publish")
    monkeypatch.setenv("CHOUCHA_HOME", str(settings.home))
    for words in (["publish", "--as-of", "2020-01-01"], ["sql", "SELECT 1 FROM lake_samples"]):
        error = CliRunner().invoke(cli, words, standalone_mode=False).exception
        assert isinstance(error, LakeDamagedError), words
        assert str(path) in str(error) and "choucha rebuild FOLDER" in str(error)
