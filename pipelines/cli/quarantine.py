"""Commands of whoever answers senders: what was refused, listed, shown, sent back, worked off again."""

from __future__ import annotations

import csv
import sys
from collections.abc import Callable, Iterator
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from pipelines.cli.home import existing_home
from pipelines.cli.printing import json_option, print_json, print_problems, print_table, progress, rows_of, say
from pipelines.cli.words import SAYING
from warehouse import lake
from warehouse.contract import FORMS, feeds
from warehouse.errors import UserError
from warehouse.quarantine import Chosen, quarantined_counts, quarantined_rows
from warehouse.spreadsheet import harmless

if TYPE_CHECKING:
    from pipelines.replay import Replay

__all__ = ["quarantine"]

_SHOWN = [
    "feed", "batch_id", "file_name", "sender", "sheet", "source_row", "rule", "column_name", "found", "message_zh",
]  # fmt: skip
_COUNTED = ["feed", "file_name", "sender", "rule", "n", "batch_id"]

_NAMED_ROWS = 10

Command = Callable[..., None]


def _chosen_rows(*names: str) -> Callable[[Command], Command]:
    """The options that say which rows; names: the feeds and forms to choose from."""

    def with_options(command: Command) -> Command:
        for option in (
            click.option("--rule", type=SAYING, help="Only rows with this rule, e.g. SH-116."),
            click.option("--batch", type=SAYING, help="Only this batch: its id or the beginning of it."),
            click.option("--feed", type=click.Choice(names), help="Only this feed or form."),
        ):
            command = option(command)
        return command

    return with_options


@click.group()
def quarantine() -> None:
    """隔离数据 Rows that could not be accepted, and why."""


@quarantine.command("list")
@_chosen_rows(*feeds(), *FORMS)
@click.option("--all", "everything", is_flag=True, help="Also what has left.")
@click.option("--summary", is_flag=True, help="Counts by feed, file, sender and rule, most first.")
@json_option
def quarantine_list(  # noqa: PLR0917 - one parameter an option
    feed: str | None, batch: str | None, rule: str | None, everything: bool, summary: bool, as_json: bool
) -> None:
    """列出 Everything that was refused and waits, newest file first: rows, conflicting samples, whole files and forms.

    A row leaves once its sample is accepted, a file once its bytes are taken in. The sender is who the
    side-car says, else whom the key was given to that the file came with.
    """
    names = _COUNTED if summary else _SHOWN
    names = [*names, "state"] if everything else names
    if summary:
        chosen = Chosen(feed=feed, batch=batch, rule=rule, everything=everything)
        counts = quarantined_counts(existing_home(), chosen).select(names)
        print_table(names, rows_of(counts), json_lines=as_json)
        return
    print_table(names, _quarantined(names, feed, batch, rule, everything=everything), json_lines=as_json)


@quarantine.command("show")
@click.argument("batch", type=SAYING)
@click.argument("row", type=int, required=False)
@click.option("--sheet", default=None, help="Sheet, where the file has several.")
@json_option
def quarantine_show(batch: str, row: int | None, sheet: str | None, as_json: bool) -> None:
    """查看 One quarantined row as it was read, with its reason in both languages; also after it has left.

    Without ROW: why the batch was rejected as a whole.
    """
    names = [*lake.schema("quarantine").names, "sender", "state"]
    found = [
        dict(zip(names, values, strict=True))
        for values in _quarantined(names, None, batch, None, everything=True)
        if values[names.index("source_row")] == row and sheet in (None, values[names.index("sheet")])
    ]
    if not found and row is None:
        there = {
            values[names.index("source_row")] for values in _quarantined(names, None, batch, None, everything=True)
        }
        if numbers := sorted(each for each in there if each is not None):
            shown = ", ".join(map(str, numbers[:_NAMED_ROWS])) + (", …" if len(numbers) > _NAMED_ROWS else "")
            raise UserError(
                f"批 {batch} 有隔离的行，请指明一行 batch {batch} has rows in quarantine, name one: {shown}"
            )
    if not found:
        raise UserError(
            f"批 {batch} 没有隔离的第 {row or '-'} 行 batch {batch} has no row {row or '-'} in quarantine; "
            "see choucha quarantine list --all"
        )
    for entry in found:
        if as_json:
            print_json(entry)
        else:
            for name, value in entry.items():
                say(f"{name}: {value}")


@quarantine.command("export")
@click.argument("target", type=click.Path(dir_okay=False, path_type=Path))
@_chosen_rows(*feeds(), *FORMS)
@json_option
def quarantine_export(target: Path, feed: str | None, batch: str | None, rule: str | None, as_json: bool) -> None:
    """导出 Write what was refused and waits to TARGET (CSV), to be sent back."""
    names = [*_SHOWN, "message_en", "raw"]
    existing_home()  # before the file is made
    n_rows = 0
    with target.open("w", encoding="utf-8-sig", newline="") as file:
        writer = csv.writer(file)
        writer.writerow(names)
        for row in _quarantined(names, feed, batch, rule):
            writer.writerow([harmless(value) if isinstance(value, str) else value for value in row])
            n_rows += 1
    if as_json:
        print_json({"target": str(target), "n_rows": n_rows})
    else:
        say(f"{target}: {n_rows} 行 rows")


@quarantine.command("replay")
@_chosen_rows(*feeds())
@click.option("--dry-run", is_flag=True, help="Only say what would change.")
@click.option("--yes", is_flag=True, help="Don't ask.")
@json_option
def quarantine_replay(  # noqa: PLR0917 - one parameter an option
    feed: str | None, batch: str | None, rule: str | None, dry_run: bool, yes: bool, as_json: bool
) -> None:
    """重放 Work off again what lies in quarantine, with today's contract and rules; rejected files too.

    Says first what would change, and asks. Rows that are accepted now leave quarantine, figures follow with the next
    publication, and doing it again changes nothing. Without a terminal it changes nothing unless --yes is given.
    """
    from pipelines.replay import candidates, replay  # noqa: PLC0415

    settings = existing_home()
    chosen = candidates(settings, feed=feed, batch=batch, rule=rule)
    if batch and not chosen:
        raise UserError(
            f"batch {batch} 没有可重放的数据 has nothing that can be replayed (forms are sent again); "
            "see choucha quarantine list"
        )
    is_sure = yes and not dry_run
    told = []
    for each in progress(replay(settings, chosen, commits=is_sure), "file", total=len(chosen)):
        told.append(each)
        _print_replay(each, as_json)
    n_changes = sum(each.is_change for each in told)
    if not as_json:
        verb = "已重放 replayed" if is_sure else "将变更 would change"
        say(f"{len(told)} 个文件 files: {verb} {n_changes}, 不变 unchanged {len(told) - n_changes}")
    if is_sure or dry_run or not n_changes:
        return
    if as_json or not sys.stdin.isatty():
        click.echo("未作改动；加 --yes 执行。 Nothing was changed; add --yes to do it.", err=True)
    elif click.confirm("执行吗？ Do it?", err=True):
        wanted = {each.batch_id for each in told if each.is_change}
        done = list(replay(settings, [each for each in chosen if each.batch_id in wanted], commits=True))
        say(f"已重放 replayed: {sum(each.is_done for each in done)}; choucha publish 后生效 counts once published")


def _print_replay(each: Replay, as_json: bool) -> None:
    if as_json:
        print_json(asdict(each))
        return
    counts = (
        f"接受 accepted {each.rows_accepted_before} → {each.rows_accepted}, "
        f"隔离 quarantined {each.rows_quarantined_before} → {each.rows_quarantined}"
    )
    kept = {"unchanged": "不变 unchanged", "rejected": "仍不可用，维持原状 still unusable, stays as it is"}
    say(f"{each.feed} {each.batch_id[:8]} {each.file_name}: {kept.get(each.outcome, counts)}")
    print_problems(each.problems)


def _quarantined(
    names: list[str], feed: str | None, batch: str | None, rule: str | None, *, everything: bool = False
) -> Iterator[tuple[Any, ...]]:
    """What was refused and waits: rows, samples that the current release leaves out as conflicting, rejected files."""
    chosen = Chosen(feed=feed, batch=batch, rule=rule, everything=everything)
    for part in quarantined_rows(existing_home(), names, chosen):
        yield from rows_of(part)
