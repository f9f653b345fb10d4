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
    ReleaseNotFoundError when there is no such release, UserError, with what there is, when quarter, sampling
    type or a filter is none.
    """
    figure = Figure(quarter, feed, sampling_type, **filters)
    manifest = check_figure(settings, figure, release)
    return lineage(settings, manifest.lake_versions, manifest.as_of, figure)


def check_figure(settings: Settings, figure: Figure, release: str | None) -> Manifest:
    """The manifest of the release that says the figure. Raises as `explain` does."""
    if not _PERIOD.fullmatch(figure.quarter):
        raise UserError(
            f"{figure.quarter!r} 不是统计季度，请写 2026Q2，年初至今写 2026YTD is no quarter; write 2026Q2, or 2026YTD "
            "for the year to date"
        )
    _check_sampling_type(figure.feed, figure.sampling_type)
    manifest = manifest_of(settings, release)
    _check_codes(settings, manifest.release_id, figure)
    return manifest


def manifest_of(settings: Settings, release: str | None) -> Manifest:
    """The manifest of a release by its id or date; None: of the one that serves. Raises UserError."""
    release_id = vintage_of(settings, release).release_id if release else current_release_id(settings)
    if release_id is None:
        raise ReleaseNotFoundError("尚无发布，请先运行 choucha publish nothing has been published yet")
    return read_manifest(settings, release_id)


def _check_sampling_type(feed: str, sampling_type: str) -> None:
    known = contract(feed)
    allowed = [known.fixed_sampling_type] if known.fixed_sampling_type else list(known.vocabularies["sampling_type"])
    if sampling_type not in allowed:
        raise UserError(
            f"{sampling_type!r} 不是 {feed} 的抽检类型 is no sampling type of {feed}; there are: "
            f"{', '.join(map(str, allowed))}"
        )


def _check_codes(settings: Settings, release_id: str, figure: Figure) -> None:
    """Raises UserError, with what there is, for a code that the release neither lists nor counts anything under."""
    feed, words = figure.feed, contract(figure.feed).vocabularies
    with connect(settings, release_path(settings, release_id, "office"), read_only=True) as office:
        kinds = _codes(office, "SELECT category_code FROM ref_categories WHERE feed = $feed", feed)
        first = _codes(
            office, "SELECT category_code FROM ref_categories WHERE feed = $feed AND parent_code IS NULL", feed
        )
        listed = {
            "province": ("省份代码", _codes(office, "SELECT province_code FROM ref_prefectures")),
            "prefecture": ("市州代码", _codes(office, "SELECT prefecture_code FROM ref_prefectures")),
            "category": ("类别代码", first),
            "stage": ("环节", set(words["stage"])),
            "level": ("级别", set(words["level"])),
        }
        counted = {
            "province": _codes(office, "SELECT DISTINCT province_code FROM mart_cells"),
            "prefecture": _codes(office, "SELECT DISTINCT prefecture_code FROM mart_cells"),
            "category": kinds
            | _codes(
                office, "SELECT unnest([category_code, category_2_code]) FROM mart_cells WHERE feed = $feed", feed
            ),
        }
    for name, (zh, codes) in listed.items():
        given = getattr(figure, name)
        if given is not None and given not in codes | counted.get(name, set()) | {"unknown"}:
            there_are = ", ".join([*sorted(codes), "unknown"])
            more = "；二级类别 those of the second level: /v1/categories" if name == "category" else ""
            raise UserError(f"{given!r} 不是 {feed} 的{zh} is no {name} of {feed}; there are: {there_are}{more}")


def _codes(office: Connection, query: str, feed: str | None = None) -> set[str]:
    return {row[0] for row in office.execute(query, None if feed is None else {"feed": feed}).fetchall()}
