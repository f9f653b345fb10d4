"""A home of its own for each test, and the builder that fills its lake."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.warehouse.builder import Lake
from warehouse.settings import Settings


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


@pytest.fixture
def lake_of(settings: Settings) -> Lake:
    return Lake(settings)
