"""What a figure of the command line means: checked against what its release knows, then traced to its samples."""

from __future__ import annotations

import re

import pyarrow as pa

from warehouse.connect import Connection, connect
from warehouse.contract import contract
from warehouse.errors import UserError
from warehouse.lineage import Figure, lineage
from warehouse.release import Manifest, ReleaseNotFoundError, current_release_id, read_manifest, release_path
from warehouse.settings import Settings
from warehouse.vintages import vintage_of

__all__ = ["check_figure", "explain", "manifest_of"]

_PERIOD = re.compile(r"\d{4}(?:Q[1-4]|YTD)")


def explain(
    settings: Settings,
    *,
    quarter: str,
    feed: str,
    sampling_type: str,
    release: str | None = None,
    **filters: str | None,
) -> pa.Table:
    """The samples that one cell, or the sum of several, was counted from; release: the current one by default.

    Their counts equal the figure: held ones are marked and stand in n_held alone. quarter may be a year to date
    (2026YTD), release an id or a date; filters: province, prefecture, category (of either level), stage, level. Raises
    ReleaseNotFoundError when there is no such release, UserError when quarter, sampling type, prefecture or category is
    none.
    """
    figure = Figure(quarter, feed, sampling_type, **filters)
    manifest = check_figure(settings, figure, release)
    return lineage(settings, manifest.lake_versions, manifest.as_of, figure)


def check_figure(settings: Settings, figure: Figure, release: str | None) -> Manifest:
    """The manifest of the release that says the figure. Raises as `explain` does."""
    if not _PERIOD.fullmatch(figure.quarter):
        raise UserError(f"{figure.quarter!r} is no quarter; write 2026Q2, or 2026YTD for the year to date")
    _check_sampling_type(figure.feed, figure.sampling_type)
    manifest = manifest_of(settings, release)
    _check_codes(settings, manifest.release_id, figure)
    return manifest


def manifest_of(settings: Settings, release: str | None) -> Manifest:
    """The manifest of a release by its id or date; None: of the one that serves. Raises UserError."""
    release_id = vintage_of(settings, release).release_id if release else current_release_id(settings)
    if release_id is None:
        raise ReleaseNotFoundError("nothing has been published yet")
    return read_manifest(settings, release_id)


def _check_sampling_type(feed: str, sampling_type: str) -> None:
    known = contract(feed)
    allowed = [known.fixed_sampling_type] if known.fixed_sampling_type else list(known.vocabularies["sampling_type"])
    if sampling_type not in allowed:
        raise UserError(f"{sampling_type!r} is no sampling type of {feed}; there are: {', '.join(map(str, allowed))}")


def _check_codes(settings: Settings, release_id: str, figure: Figure) -> None:
    """Raises UserError for a code that the release neither lists nor counts anything under."""
    feed, prefecture, category = figure.feed, figure.prefecture, figure.category
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
