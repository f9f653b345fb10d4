"""A release is written only when each of its tables has exactly the columns of its contract."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.artefacts import ReleaseCheckError, keep_figures, write_artefacts
from pipelines.build import Sources
from warehouse.connect import connect
from warehouse.contract import table_contracts
from warehouse.release import ARTEFACTS
from warehouse.settings import Settings

INFO: dict[str, object] = {
    "release_id": "20260731T000000Z-0123456789",
    "as_of": datetime(2026, 7, 31, tzinfo=UTC),
    "created_at": datetime(2026, 7, 31, tzinfo=UTC),
    "method_version": "1.0.0",
    "digest": "0" * 64,
}


@pytest.fixture
def sources(settings: Settings) -> Iterator[Sources]:
    """A connection that holds what a release is written from: every table of the contract, shared or not, empty."""
    with connect(settings) as connection:
        for table in table_contracts("release").values():
            columns = ", ".join(f'"{column.name}" {column.physical_type}' for column in table.columns)
            for name in (table.name, *(f"{artefact}_{table.name}" for artefact in ARTEFACTS)):
                connection.execute(f"CREATE TEMP TABLE {name} ({columns})")
        yield Sources(settings, connection, {}, datetime(2026, 7, 31, tzinfo=UTC))


def test_tables_with_the_columns_of_their_contract_are_written(sources: Sources, tmp_path: Path) -> None:
    keep_figures(sources, INFO["release_id"], None)
    counts = write_artefacts(sources, tmp_path, INFO)
    assert counts == dict.fromkeys(table_contracts("release"), 0) | {"release_info": 1}
    assert {path.name for path in tmp_path.glob("*.duckdb")} == {"public.duckdb", "office.duckdb"}


@pytest.mark.parametrize(
    ("alteration", "column"),
    [
        ("DROP COLUMN n_held", "n_held"),
        ("ADD COLUMN n_lost BIGINT", "n_lost"),
        ("ALTER COLUMN n_held TYPE INTEGER", "n_held"),
        ("RENAME COLUMN level TO levels", "level, levels"),
    ],
)
def test_a_mart_that_is_not_as_its_contract_ends_the_build(
    sources: Sources, tmp_path: Path, alteration: str, column: str
) -> None:
    sources.connection.execute(f"ALTER TABLE mart_cells {alteration}")
    with pytest.raises(ReleaseCheckError, match=f"mart_cells differs from its contract in {column}: "):
        keep_figures(sources, INFO["release_id"], None)
