"""The lake: typed reads of absent, empty and grown tables, and appends from several processes at once."""

from __future__ import annotations

import fcntl
import multiprocessing
import os
from datetime import UTC, datetime
from pathlib import Path
from shutil import rmtree

import pyarrow as pa
import pytest

from tests.warehouse.builder import Lake, batch, sample
from warehouse import lake
from warehouse.arrow import arrow_type
from warehouse.connect import Connection, connect
from warehouse.contract import table_contracts
from warehouse.settings import Settings


def _declared(table: str) -> list[tuple[str, str]]:
    return [(column.name, column.physical_type) for column in table_contracts("lake")[table].columns]


def _described(connection: Connection, view: str) -> list[tuple[str, str]]:
    return [(row[0], row[1]) for row in connection.execute(f"DESCRIBE SELECT * FROM {view}").fetchall()]


def _numbers(connection: Connection, view: str) -> list[str]:
    return [row[0] for row in connection.execute(f"SELECT sample_no FROM {view} ORDER BY 1").fetchall()]


def _n_files(connection: Connection, view: str) -> int:
    """How many files of the lake a view reads."""
    ((text,),) = connection.execute("SELECT sql FROM duckdb_views() WHERE view_name = ?", [view]).fetchall()
    return str(text).count(".parquet'")


@pytest.mark.parametrize("table", lake.LAKE_TABLES)
def test_an_absent_table_reads_as_no_rows_with_the_contracts_columns(settings: Settings, table: str) -> None:
    with connect(settings) as connection:
        view = lake.scan(settings, connection, table)
        assert view == f"lake_{table}"
        assert _described(connection, view) == _declared(table)
        assert connection.execute(f"SELECT count(*) FROM {view}").fetchall() == [(0,)]


def test_a_written_table_reads_with_the_contracts_columns_and_types(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1"), sample("2", quarter="2026Q1")))
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "samples")
        assert _described(connection, view) == _declared("samples")
        rows = connection.execute(f"SELECT sample_no, feed, quarter FROM {view} ORDER BY 1").fetchall()
    assert rows == [("1", "food", "2026Q2"), ("2", "food", "2026Q1")]


def test_filters_read_only_the_files_of_their_partition(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1"), sample("2", quarter="2026Q1")))
    lake_of.commit(batch("b2", sample("3", feed="market")))
    with connect(settings) as connection:
        assert _n_files(connection, lake.scan(settings, connection, "samples")) == 3
        assert _n_files(connection, lake.scan(settings, connection, "samples", feed="food")) == 2
        chosen = lake.scan(settings, connection, "samples", feed="food", quarters=["2026Q1"])
        assert _n_files(connection, chosen) == 1
        assert _n_files(connection, lake.scan(settings, connection, "samples", quarters=[])) == 0
        view = lake.scan(settings, connection, "samples", feed="food", quarters=["2026Q2", "2025Q4"])
        assert _numbers(connection, view) == ["1"]
        assert _numbers(connection, lake.scan(settings, connection, "samples", quarters=[])) == []


def test_a_table_reads_as_it_was_at_a_version(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1")))
    before = lake.versions(settings)
    lake_of.commit(batch("b2", sample("2")))
    with connect(settings) as connection:
        old = lake.scan(settings, connection, "samples", version=before["samples"], name="old")
        new = lake.scan(settings, connection, "samples")
        assert (_numbers(connection, old), _numbers(connection, new)) == (["1"], ["1", "2"])
        assert _numbers(connection, lake.scan(settings, connection, "samples", version=lake.ABSENT)) == []


def test_a_table_that_was_built_again_is_not_taken_for_the_one_before(settings: Settings, lake_of: Lake) -> None:
    for number in ("1", "2"):
        lake_of.commit(batch("b1", sample(number)))
        with connect(settings) as connection:
            assert _numbers(connection, lake.scan(settings, connection, "samples", version=1)) == [number]
        rmtree(lake.table_path(settings, "samples"))


def test_rows_that_the_contract_does_not_know_are_refused(settings: Settings) -> None:
    with pytest.raises(ValueError, match="no column colour"):
        lake.append(settings, "receipts", pa.table({"colour": ["red"]}))
    with pytest.raises(ValueError, match=r"receipts\.envelope_id is required"):
        lake.append(settings, "receipts", pa.table({"batch_id": ["b"]}))
    assert lake.versions(settings) == {}


def _append_many(home: Path, name: str) -> None:
    writer = Lake(Settings(home=home))
    for number in range(5):
        writer.commit(batch(f"{name}-{number}", sample(f"{name}-{number}")))


def test_processes_that_create_and_append_at_once_lose_nothing(settings: Settings) -> None:
    context = multiprocessing.get_context("spawn")
    writers = [context.Process(target=_append_many, args=(settings.home, f"w{n}")) for n in range(4)]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join(120)
    assert [writer.exitcode for writer in writers] == [0, 0, 0, 0]
    with connect(settings) as connection:
        lake.scan(settings, connection, "receipts")
        assert connection.execute("SELECT count(DISTINCT batch_id), count(*) FROM lake_receipts").fetchall() == [
            (20, 20)
        ]


def test_every_type_of_both_contracts_has_an_arrow_type() -> None:
    kinds = {
        c.physical_type
        for name in ("lake", "release")
        for table in table_contracts(name).values()
        for c in table.columns
    }
    assert len(kinds) > 6
    assert all(isinstance(arrow_type(kind), pa.DataType) for kind in kinds)


def test_a_compacted_table_keeps_its_rows_and_its_earlier_versions(settings: Settings) -> None:
    for k in range(5):
        lake.append(settings, "dispositions", decision(k))
    before = lake.versions(settings)["dispositions"]
    assert not lake.compact(settings, "dispositions", most_files=5)
    assert lake.compact(settings, "dispositions", most_files=4)
    with connect(settings) as connection:
        assert _n_files(connection, lake.scan(settings, connection, "dispositions")) == 1
    for version in (None, before):
        with connect(settings) as connection:
            view = lake.scan(settings, connection, "dispositions", version=version)
            subjects = connection.execute(f"SELECT subject FROM {view} ORDER BY subject").fetchall()
        assert subjects == [(f"notice {k}",) for k in range(5)]


def test_processes_that_compact_at_once_leave_every_row_once(settings: Settings) -> None:
    n_processes, n_each = 3, 12
    context = multiprocessing.get_context("spawn")
    writers = [
        context.Process(target=_append_and_compact, args=(settings.home, range(first * n_each, (first + 1) * n_each)))
        for first in range(n_processes)
    ]
    for writer in writers:
        writer.start()
    for writer in writers:
        writer.join()
    assert [writer.exitcode for writer in writers] == [0] * n_processes
    with connect(settings) as connection:
        view = lake.scan(settings, connection, "dispositions")
        subjects = connection.execute(f"SELECT subject FROM {view} ORDER BY ALL").fetchall()
    assert sorted(subjects) == sorted((f"notice {k}",) for k in range(n_processes * n_each))


def _append_and_compact(home: Path, numbers: range) -> None:
    settings = Settings(home=home)
    for k in numbers:
        lake.append(settings, "dispositions", decision(k))
        lake.compact(settings, "dispositions", most_files=1)


def test_a_table_that_is_being_compacted_is_left_to_who_does_it(settings: Settings) -> None:
    for k in range(3):
        lake.append(settings, "dispositions", decision(k))
    other = os.open(lake.table_path(settings, "dispositions"), os.O_RDONLY)
    fcntl.flock(other, fcntl.LOCK_EX)
    assert lake.compact(settings, "dispositions", most_files=1) == 0
    os.close(other)
    assert lake.compact(settings, "dispositions", most_files=1) == 3


def decision(k: int) -> pa.Table:
    values = {
        "feed": "food",
        "disposition_id": f"decision {k}",
        "kind": "notice_complete",
        "subject": f"notice {k}",
        "decided_by": "office",
        "decided_at": datetime(2026, 7, 1, tzinfo=UTC),
        "envelope_id": f"envelope {k}",
    }
    return pa.Table.from_pylist([values], schema=lake.schema("dispositions"))
