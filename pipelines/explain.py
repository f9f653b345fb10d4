"""The samples behind a figure, as they stood in the lake when the release was made, down to file, sheet and row."""

from __future__ import annotations

import re

import pyarrow as pa

from pipelines.build import build_core, create, derive, open_sources, relate
from warehouse.connect import Connection, connect
from warehouse.contract import contract
from warehouse.errors import UserError
from warehouse.release import ReleaseNotFoundError, current_release_id, read_manifest, release_path
from warehouse.settings import Settings

__all__ = ["explain"]

_PERIOD = re.compile(r"^\d{4}(?:Q[1-4]|YTD)$")


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

    Their counts equal the figure: held ones are marked and stand in n_held alone. quarter may be a year to date
    (2026YTD), category of either level. Raises ReleaseNotFoundError when there is no such release, UserError when
    quarter, sampling type, prefecture or category is none.
    """
    _quarters(quarter)
    _check_sampling_type(feed, sampling_type)
    release_id = release or current_release_id(settings)
    if release_id is None:
        raise ReleaseNotFoundError("nothing has been published yet")
    manifest = read_manifest(settings, release_id)
    _check_codes(settings, release_id, feed, prefecture, category)
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
        quarters = _quarters(quarter)
        build_core(sources, quarters)
        wanted = {"feed": feed, "sampling_type": sampling_type, "prefecture": prefecture, "category": category}
        tables = []
        for each in quarters:
            create(connection, "core_lineage", wanted | {"quarter": each})
            tables.append(connection.sql("FROM core_lineage").to_arrow_table())
        return pa.concat_tables(tables)


def _quarters(period: str) -> list[str]:
    """The quarters of a period: 2026Q2 is one, 2026YTD the four of its year."""
    if not _PERIOD.match(period):
        raise UserError(f"{period!r} is no quarter; write 2026Q2, or 2026YTD for the year to date")
    return [f"{period[:4]}Q{k}" for k in range(1, 5)] if period.endswith("YTD") else [period]


def _check_sampling_type(feed: str, sampling_type: str) -> None:
    known = contract(feed)
    allowed = [known.fixed_sampling_type] if known.fixed_sampling_type else list(known.vocabularies["sampling_type"])
    if sampling_type not in allowed:
        raise UserError(f"{sampling_type!r} is no sampling type of {feed}; there are: {', '.join(map(str, allowed))}")


def _check_codes(settings: Settings, release_id: str, feed: str, prefecture: str | None, category: str | None) -> None:
    """Raises UserError for a code that the release neither lists nor counts anything under."""
    with connect(settings, release_path(settings, release_id, "office"), read_only=True) as office:
        places = _codes(office, "SELECT prefecture_code FROM ref_prefectures")
        counted = _codes(office, "SELECT DISTINCT prefecture_code FROM mart_cells")
        kinds = _codes(office, "SELECT category_code FROM ref_categories WHERE feed = $feed", feed)
        kinds |= _codes(
            office, "SELECT unnest([category_code, category_2_code]) FROM mart_cells WHERE feed = $feed", feed
        )
    if prefecture is not None and prefecture not in places | counted | {"unknown"}:
        raise UserError(
            f"{prefecture!r} 不是此处的市州代码 is no prefecture here; there are: {', '.join(sorted(places))}"
        )
    if category is not None and category not in kinds | {"unknown"}:
        raise UserError(f"{category!r} 不是 {feed} 的类别代码 is no category of {feed}; /v1/categories lists them")


def _codes(office: Connection, query: str, feed: str | None = None) -> set[str]:
    return {row[0] for row in office.execute(query, None if feed is None else {"feed": feed}).fetchall()}
