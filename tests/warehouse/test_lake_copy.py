"""What a query selects, appended to the lake by DuckDB's own files: the same rows, the same promises."""

from __future__ import annotations

import multiprocessing
from pathlib import Path

import pyarrow as pa
import pytest

from tests.warehouse.builder import Lake, batch, sample
from warehouse import lake
from warehouse.arrow import arrow_schema
from warehouse.connect import DatabaseError, connect
from warehouse.contract import table_contracts
from warehouse.lake_copy import append_query
from warehouse.settings import Settings

AGAIN = "SELECT * REPLACE ($batch AS batch_id) FROM copied"


def _copied(settings: Settings, source: Settings, batch_id: str, query: str = AGAIN) -> int:
    """Append the samples of another lake, as those of a batch."""
    with connect(settings) as connection:
        lake.scan(source, connection, "samples", name="copied")
        return append_query(settings, connection, "samples", query, {"batch": batch_id})


def _rows(settings: Settings) -> pa.Table:
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "samples")
        return connection.sql(f"SELECT * FROM {view} ORDER BY batch_id, sample_no").to_arrow_table()


def _copy_often(home: Path, source: Settings, name: str) -> None:
    for k in range(5):
        _copied(Settings(home=home), source, f"{name}{k}")


@pytest.fixture
def source(settings: Settings, lake_of: Lake) -> Settings:
    lake_of.commit(batch("b1", sample("1"), sample("2", quarter="2026Q1"), sample("3", conclusion="nonconforming")))
    return settings


def test_rows_come_back_as_they_were_selected_by_partition(source: Settings, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "copy")
    assert _copied(settings, source, "b1") == 3
    assert _rows(settings).equals(_rows(source))
    assert len(lake.files(settings, "samples")) == 2  # one for each quarter
    assert lake.versions(settings)["samples"] == 1  # made, and one commit


def test_a_null_where_the_contract_wants_a_value_is_refused_and_nothing_is_there(
    source: Settings, tmp_path: Path
) -> None:
    settings = Settings(home=tmp_path / "copy")
    with pytest.raises(DatabaseError, match="sample_key is required and holds a null"):
        _copied(settings, source, "b1", "SELECT * REPLACE (NULL AS sample_key, $batch AS batch_id) FROM copied")
    assert _rows(settings).num_rows == 0


def test_nothing_selected_is_no_commit(source: Settings, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "copy")
    assert _copied(settings, source, "b1", f"{AGAIN} WHERE false") == 0
    assert lake.versions(settings)["samples"] == 0


def test_a_table_made_before_a_column_joined_the_contract_takes_the_rows(source: Settings, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "copy")
    declared = table_contracts("lake")["samples"]
    older = arrow_schema(declared)
    older = older.remove(older.get_field_index("remark"))
    lake.DeltaTable.create(
        lake.table_path(settings, "samples"), schema=older, partition_by=lake.partitions_of(declared)
    )
    assert _copied(settings, source, "b1") == 3
    assert _rows(settings).equals(_rows(source))


def test_processes_that_copy_at_once_beside_a_compaction_lose_nothing(source: Settings, tmp_path: Path) -> None:
    settings = Settings(home=tmp_path / "copy")
    _copied(settings, source, "first")
    context = multiprocessing.get_context("spawn")
    names = ("a", "b")
    processes = [context.Process(target=_copy_often, args=(settings.home, source, name)) for name in names]
    for process in processes:
        process.start()
    while any(process.is_alive() for process in processes):
        lake.compact(settings, "samples", most_files=1)
    for process in processes:
        process.join(120)
    assert [process.exitcode for process in processes] == [0, 0]
    found = _rows(settings).group_by("batch_id").aggregate([("sample_no", "count")])
    assert dict(zip(*(column.to_pylist() for column in found.columns), strict=True)) == {
        "first": 3,
        **{f"{name}{k}": 3 for name in names for k in range(5)},
    }
