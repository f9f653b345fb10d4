"""Commands that publish, and that say where a figure comes from."""

from __future__ import annotations

from datetime import UTC, datetime

import click

from pipelines.cli.printing import json_option, print_json, print_table
from warehouse.contract import feeds
from warehouse.errors import UserError
from warehouse.settings import Settings

__all__ = ["explain", "instant", "publish", "releases"]


@click.command()
@click.option("--as-of", help="Instant as of which results are final or provisional, e.g. 2026-07-01T00:00:00+08:00.")
@json_option
def publish(as_of: str | None, as_json: bool) -> None:
    """Build what changed and publish a verified release; says so when nothing changed."""
    from pipelines.publish import publish as publish_release  # noqa: PLC0415

    release_id = publish_release(Settings.from_environment(), as_of=instant(as_of))
    if as_json:
        print_json({"release_id": release_id})
    elif release_id is None:
        click.echo("无新内容，未生成新发布。 Nothing new; the current release stands.")
    else:
        click.echo(f"已发布 published: {release_id}")


@click.group()
def releases() -> None:
    """What was published, and when."""


@releases.command("list")
@json_option
def releases_list(as_json: bool) -> None:
    """All releases, newest first; the one that serves is marked."""
    from warehouse.release import current_release_id, list_releases, read_manifest  # noqa: PLC0415

    settings = Settings.from_environment()
    current = current_release_id(settings)
    rows = []
    for release_id in list_releases(settings):
        manifest = read_manifest(settings, release_id)
        rows.append((manifest.release_id, manifest.release_id == current, manifest.data_as_of, manifest.method_version))
    rows.sort(reverse=True)
    print_table(["release_id", "is_current", "data_as_of", "method_version"], rows, json_lines=as_json)


@releases.command("show")
@click.argument("release_id", required=False)
@json_option
def releases_show(release_id: str | None, as_json: bool) -> None:
    """The manifest of a release (default: the current one)."""
    from dataclasses import asdict  # noqa: PLC0415

    from warehouse.release import current_release_id, list_releases, read_manifest  # noqa: PLC0415

    settings = Settings.from_environment()
    wanted = release_id or current_release_id(settings)
    if wanted is None or wanted not in list_releases(settings):
        raise UserError(f"没有发布 there is no release {wanted or ''}; see choucha releases list")
    values = asdict(read_manifest(settings, wanted))
    if as_json:
        print_json(values)
    else:
        for name, value in values.items():
            click.echo(f"{name}: {value}")


@click.command()
@click.option("--quarter", required=True, help="Quarter, e.g. 2026Q2.")
@click.option("--feed", type=click.Choice(feeds()), required=True, help="Feed.")
@click.option("--sampling-type", required=True, help="Sampling type, e.g. evaluation.")
@click.option("--prefecture", help="Prefecture code, or unknown.")
@click.option("--category", help="Category code (first level), or unknown.")
@click.option("--release", help="Release (default: the current one).")
@json_option
def explain(  # noqa: PLR0917 - one parameter an option
    quarter: str,
    feed: str,
    sampling_type: str,
    prefecture: str | None,
    category: str | None,
    release: str | None,
    as_json: bool,
) -> None:
    """The samples behind a figure: batch, file, hash, sheet and rows of each."""
    from pipelines.explain import explain as explain_figure  # noqa: PLC0415

    table = explain_figure(
        Settings.from_environment(),
        quarter=quarter,
        feed=feed,
        sampling_type=sampling_type,
        prefecture=prefecture,
        category=category,
        release=release,
    )
    rows = [tuple(row.values()) for row in table.to_pylist()]
    print_table(table.column_names, rows, json_lines=as_json)
    if not as_json:
        click.echo(f"{len(rows)} 批次 samples")


def instant(text: str | None) -> datetime | None:
    """The instant that an option gives; UTC where it names no zone. Raises UserError."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"--as-of {text!r}: write an instant such as 2026-07-01T00:00:00+08:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
