"""The files that make two releases differ: what counts in one and not in the other, or was worked off again."""

from __future__ import annotations

from typing import Any

from warehouse import lake
from warehouse.connect import connect, sql_text
from warehouse.release import read_manifest
from warehouse.settings import Settings

__all__ = ["files_between"]


def files_between(settings: Settings, before: str, after: str) -> list[dict[str, Any]]:
    """Each with its kind of change, feed, name, batch, quarters and samples. Raises ReleaseNotFoundError."""
    with connect(settings) as connection:
        for side, release_id in (("before", before), ("after", after)):
            version = read_manifest(settings, release_id).lake_versions.get("receipts", lake.ABSENT)
            lake.scan(settings, connection, "receipts", version=version)
            connection.execute(f"CREATE TEMP TABLE receipts_{side} AS {sql_text('core/core_receipts')}")
        found: list[dict[str, Any]] = connection.sql(sql_text("differences/files")).to_arrow_table().to_pylist()
        return found
