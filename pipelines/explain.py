"""The samples behind a figure, as they stood in the lake when the release was made, down to file, sheet and row."""

from __future__ import annotations

import pyarrow as pa

from pipelines.build import build_core, create, derive, open_sources, relate
from warehouse.connect import connect
from warehouse.release import ReleaseNotFoundError, current_release_id, read_manifest
from warehouse.settings import Settings

__all__ = ["explain"]


def explain(
    settings: Settings,
    *,
    quarter: str,
    feed: str,
    sampling_type: str,
    prefecture: str | None = None,
    category: str | None = None,
    release: str | None = None,
) -> pa.Table:
    """The samples that one cell, or the sum of several, was counted from; release: the current one by default.

    Their counts equal the figure: held ones are marked and stand in n_held alone. category may be of either level.
    Raises ReleaseNotFoundError when there is no such release.
    """
    release_id = release or current_release_id(settings)
    if release_id is None:
        raise ReleaseNotFoundError("nothing has been published yet")
    manifest = read_manifest(settings, release_id)
    with connect(settings) as connection:
        sources = open_sources(settings, connection, manifest.lake_versions, manifest.as_of)
        derive(connection, "core_fresh_batches", "SELECT batch_id, attempt_id FROM core_receipts")
        sources.scan("samples")
        create(connection, "core_batches")
        relate(sources)
        sources.scan("samples")
        derive(
            connection,
            "core_key_quarters",
            "SELECT DISTINCT feed, sample_key, quarter FROM lake_samples WHERE feed = $feed",
            {"feed": feed},
        )
        create(connection, "core_shared_keys")
        build_core(sources, [quarter])
        wanted = {"quarter": quarter, "feed": feed, "sampling_type": sampling_type}
        create(connection, "core_lineage", wanted | {"prefecture": prefecture, "category": category})
        explained: pa.Table = connection.sql("FROM core_lineage").to_arrow_table()
        return explained
