"""The command that says where a figure comes from, and derives it anew from the archive."""

from __future__ import annotations

from dataclasses import asdict
from typing import TYPE_CHECKING

import click

from pipelines.cli.home import existing_home
from pipelines.cli.printing import json_option, print_json, print_table, progress, say
from pipelines.cli.words import SAYING
from warehouse.contract import feeds
from warehouse.settings import Settings

if TYPE_CHECKING:
    from pipelines.rederive import Rederived
    from warehouse.lineage import Figure

__all__ = ["explain"]


@click.command()
@click.option("--quarter", required=True, help="Quarter, e.g. 2026Q2, or 2026YTD.")
@click.option("--feed", type=click.Choice(feeds()), required=True, help="Feed.")
@click.option("--sampling-type", required=True, help="Sampling type, e.g. evaluation.")
@click.option("--province", help="Province code, or unknown: a province's figures leave out what is of none.")
@click.option("--prefecture", help="Prefecture code, or unknown.")
@click.option("--category", help="Category code of either level, or unknown.")
@click.option("--stage", help="Stage, e.g. catering, or unknown.")
@click.option("--level", help="Level, e.g. provincial, or unknown.")
@click.option(
    "--release",
    type=SAYING,
    help="Release: an id, or a date for the last one made up to it (default: the current one).",
)
@click.option("--rederive", is_flag=True, help="Derive the figure anew from the archived bytes, and compare.")
@json_option
def explain(  # noqa: PLR0917 - one parameter an option
    quarter: str,
    feed: str,
    sampling_type: str,
    province: str | None,
    prefecture: str | None,
    category: str | None,
    stage: str | None,
    level: str | None,
    release: str | None,
    rederive: bool,
    as_json: bool,
) -> None:
    """溯源 The samples behind a figure: batch, file, hash, sheet and rows of each.

    With --rederive the archived bytes behind it (their hashes checked) are read, judged and counted afresh; exit 1 when
    the figure does not come out as it was published.
    """
    from warehouse.lineage import Figure  # noqa: PLC0415

    figure = Figure(
        quarter, feed, sampling_type,
        province=province, prefecture=prefecture, category=category, stage=stage, level=level,
    )  # fmt: skip
    if rederive:
        _rederive(existing_home(), figure, release, as_json=as_json)
        return
    from pipelines.explain import explain as explain_figure  # noqa: PLC0415

    table = explain_figure(existing_home(), **asdict(figure), release=release)
    rows = [tuple(row.values()) for row in table.to_pylist()]
    print_table(table.column_names, rows, json_lines=as_json)
    if not as_json:
        say(f"{len(rows)} 批次 samples")


def _rederive(settings: Settings, figure: Figure, release: str | None, *, as_json: bool) -> None:
    from pipelines.rederive import rederive  # noqa: PLC0415

    found = rederive(settings, figure, release, progress=progress)
    if as_json:
        print_json(asdict(found) | {"is_same": found.is_same})
    else:
        _print(found)
    if not found.is_same:
        raise click.exceptions.Exit(1)


def _print(found: Rederived) -> None:
    files = [(file.file_name, file.sha256, "一致 intact" if file.is_intact else "不符 ALTERED") for file in found.files]
    print_table(["file", "sha256", "bytes"], files, json_lines=False)
    counts = [(name, n, found.lineage.get(name), found.derived.get(name)) for name, n in found.published.items()]
    print_table(["count", "published", "lineage", "derived anew"], counts, json_lines=False)
    if found.differences:
        lines = [tuple(asdict(difference).values()) for difference in found.differences]
        print_table(["sample_key", "sample_no", "file", "what differs"], lines, json_lines=False)
    same = "一致 equal" if found.is_same else "不一致 DIFFERENT"
    say(f"{found.release_id}: {len(found.files)} 个文件 files, {len(found.differences)} 处差异 differences: {same}")
