"""Reading a release in tests, as rows of plain values."""

from __future__ import annotations

from typing import Any

from warehouse.connect import connect
from warehouse.release import current_release_id, release_path
from warehouse.settings import Settings


def rows(settings: Settings, query: str, artefact: str = "office", release: str | None = None) -> list[tuple[Any, ...]]:
    """The rows of a query on an artefact of a release (the current one by default)."""
    release_id = release or current_release_id(settings)
    assert release_id is not None
    with connect(settings, release_path(settings, release_id, artefact), read_only=True) as connection:
        return [tuple(row) for row in connection.execute(query).fetchall()]


def counts(settings: Settings, where: str = "true", artefact: str = "office") -> dict[str, int]:
    """The summed n_ columns of the cells that a condition selects, without those that are 0."""
    names = (
        "sampled",
        "concluded",
        "conforming",
        "nonconforming",
        "undetermined",
        "held",
        "provisional",
        "inspections",
    )
    summed = ", ".join(f"coalesce(sum(n_{name}), 0)::BIGINT" for name in names)
    found = rows(settings, f"SELECT {summed} FROM mart_cells WHERE {where}", artefact)[0]
    return {name: value for name, value in zip(names, found, strict=True) if value}
