from __future__ import annotations

from pathlib import Path

import pytest

from warehouse.settings import Settings


@pytest.fixture(scope="session")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), duckdb_memory="512MB")


@pytest.fixture
def database(tmp_path: Path) -> Path:
    return tmp_path / "batch.duckdb"
