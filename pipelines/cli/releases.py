"""Commands on releases: which there are, what each is made of, how two differ, and taking one back."""

from __future__ import annotations

import getpass
import math
from dataclasses import asdict
from typing import Any

import click

from pipelines.cli.home import existing_home
from pipelines.cli.printing import json_option, print_fields, print_json, print_table, say
from pipelines.cli.publication import hold_sentence
from pipelines.cli.words import SAYING
from warehouse.errors import UserError
from warehouse.release import (
    Manifest,
    current_release_id,
    damaged_releases,
    list_releases,
    pointer_text,
    read_if_whole,
    read_manifest,
)
from warehouse.settings import Settings

__all__ = ["releases"]

_COUNTS = ("n_sampled", "n_conforming", "n_nonconforming", "n_held")
_FIGURE_TITLES = ["figure", "quarter", "feed", "sampling_type", "prefecture", "category", *_COUNTS, "rate"]
_STATEMENT_TITLES = ["statement", "about", "quarter", "sampling_type", "prefecture", "category", "value", "says"]
_EVERYTHING = 2**62


class _Hours(click.FloatRange):
    """Hours that can be counted to: `nan` is within every range."""

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> float:
        hours = float(super().convert(value, param, ctx))
        if math.isnan(hours):
            self.fail(f"{value} 不是小时数 is no number of hours", param, ctx)
        return hours


# Ten years: longer than any cause takes to be found.
HOURS = _Hours(min=0, max=87_600)


@click.group()
def releases() -> None:
    """历次发布 What was published, when, and what changed; taking a release back."""


@releases.command("list")
@json_option
def releases_list(as_json: bool) -> None:
    """列出 All releases, newest first; the one that serves is marked, and one whose manifest is damaged."""
    settings = existing_home()
    current = pointer_text(settings)
    listed = sorted({*list_releases(settings), *damaged_releases(settings)}, reverse=True)
    rows = (_release_line(read_if_whole(settings, each), each, is_current=each == current) for each in listed)
    names = ["release_id", "is_current", "is_damaged", "created_at", "data_as_of", "method_version"]
    print_table(names, rows, json_lines=as_json)


@releases.command("show")
@click.argument("release_id", type=SAYING, required=False)
@json_option
def releases_show(release_id: str | None, as_json: bool) -> None:
    """查看 The manifest of a release (default: the current one)."""
    settings = existing_home()
    values = asdict(read_manifest(settings, release_id or _current(settings)))
    if as_json:
        print_json(values)
    else:
        print_fields(values)


@releases.command("diff")
@click.argument("before", type=SAYING, required=False)
@click.argument("after", type=SAYING, required=False)
@json_option
def releases_diff(before: str | None, after: str | None, as_json: bool) -> None:
    """比较 Which figures, statements and warnings two releases say differently, why, and which files made it so.

    Without AFTER the current one is compared, without both with the one that served before it. Why: new_data,
    notice_complete, finality, method, correction, taken_back; of a warning its state.
    """
    from pipelines.differences import files_between  # noqa: PLC0415
    from warehouse.differences import HELPERS, difference_rows, opened  # noqa: PLC0415

    settings = existing_home()
    after = after or _current(settings)
    before = before or read_manifest(settings, after).previous_release_id
    if before is None:
        raise UserError(f"{after} 是首次发布 is the first release; there is none to compare it with")
    with opened(settings, before, after, "office") as connection:
        changed = difference_rows(connection, limit=_EVERYTHING).drop_columns(list(HELPERS)).to_pylist()
    files = files_between(settings, before, after)
    if as_json:
        for each in (*files, *changed):
            print_json(each)
        return
    say(f"{before} → {after}")
    print_table(["file", "feed", "file_name", "batch_id", "n_samples"], map(_file_line, files), json_lines=False)
    figures = [each for each in changed if each["kind"] == "figure"]
    print_table(_FIGURE_TITLES, map(_figure_line, figures), json_lines=False)
    statements = [each for each in changed if each["kind"] in ("indicator", "comparison", "ranking")]
    print_table(_STATEMENT_TITLES, map(_statement_line, statements), json_lines=False)
    warnings = [each for each in changed if each["kind"] == "warning"]
    print_table(["warning", "warning_id", "version", "headline"], map(_warning_line, warnings), json_lines=False)
    told = [(files, "个文件 files"), (figures, "个数字 figures"), (statements, "条结论 statements")]
    say(" · ".join(f"{len(found)} {name}" for found, name in (*told, (warnings, "条提示 warnings"))))


@releases.command("rollback")
@click.argument("release_id", type=SAYING, required=False)
@click.option("--reason", type=SAYING, help="Why, for the record and for whoever looks at choucha status.")
@click.option("--hours", type=HOURS, default=24.0, show_default=True, help="How long nothing is published.")
@json_option
def releases_rollback(release_id: str | None, reason: str | None, hours: float, as_json: bool) -> None:
    """回退 Let an earlier release serve again (default: the one before the current one), within a second.

    Nothing is published for some hours, so that the next file doesn't bring the wrong figure back; files are taken in
    all the while. Naming the newest release goes forward again. Refused when its files were altered.
    """
    from pipelines.rollback import roll_back  # noqa: PLC0415

    settings = existing_home()
    done = roll_back(settings, release_id, held_by=getpass.getuser(), reason=reason, hours=hours)
    if as_json:
        print_json(asdict(done))
        return
    say(f"现行发布 now serving: {done.release_id}（原为 was {done.before}）")
    if done.hold is not None:
        say(hold_sentence(done.hold))
    say(f"所变各项 what that changes: choucha releases diff {done.before} {done.release_id}")


def _current(settings: Settings) -> str:
    """Id of the release that serves. Raises UserError before the first publication."""
    release_id = current_release_id(settings)
    if release_id is None:
        raise UserError("尚无发布 there is no release yet; run choucha publish")
    return release_id


def _release_line(manifest: Manifest | None, release_id: str, *, is_current: bool) -> tuple[Any, ...]:
    if manifest is None:
        return (release_id, is_current, True, None, None, None)
    return (release_id, is_current, False, manifest.created_at, manifest.data_as_of, manifest.method_version)


def _file_line(row: dict[str, Any]) -> tuple[Any, ...]:
    return tuple(row[name] for name in ("change", "feed", "file_name", "batch_id", "n_samples"))


def _figure_line(row: dict[str, Any]) -> tuple[Any, ...]:
    place = (row["prefecture_code"] or "*", row["category_code"] or "*")
    counts = (f"{row[f'{name}_before']} → {row[f'{name}_after']}" for name in _COUNTS)
    rates = " → ".join(_rate(row[f"rate_{side}"], row[f"rate_status_{side}"]) for side in ("before", "after"))
    return (row["why"], row["quarter"], row["feed"], row["sampling_type"], *place, *counts, rates)


def _statement_line(row: dict[str, Any]) -> tuple[Any, ...]:
    place = (row["prefecture_code"] or "*", row["category_code"] or "*")
    values = " → ".join("-" if row[name] is None else f"{row[name]:.4g}" for name in ("value_before", "value_after"))
    says = " → ".join(row[name] or "-" for name in ("says_before", "says_after"))
    return (row["kind"], row["about"] or "", row["quarter"], row["sampling_type"] or "", *place, values, says)


def _warning_line(row: dict[str, Any]) -> tuple[Any, ...]:
    versions = f"{row['version_before'] or '-'} → {row['version_after'] or '-'}"
    return (row["why"], row["warning_id"], versions, row["headline_zh"])


def _rate(rate: float | None, status: str) -> str:
    return status if rate is None else f"{rate:.2%}"
