"""A home and a client for each module; the module's own fixture `released` writes what it reads."""

from __future__ import annotations

from collections.abc import Iterator

import httpx
import pytest

from tests.api.server import serve
from warehouse.settings import Settings


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(home=tmp_path_factory.mktemp("home"), duckdb_memory="512MB")
    made.releases.mkdir()
    return made


@pytest.fixture(scope="module")
def client(settings: Settings, released: str) -> Iterator[httpx.Client]:
    with serve(settings) as address, httpx.Client(base_url=address, timeout=30) as made:
        yield made
