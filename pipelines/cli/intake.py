"""Commands that take files in."""

from __future__ import annotations

import shutil
import sys
import uuid
from pathlib import Path

import click
from tqdm import tqdm

from pipelines.cli.home import home, home_or_none
from pipelines.cli.printing import json_option, print_json, print_receipt, say
from pipelines.cli.publication import print_published
from warehouse.contract import FORMS, feeds
from warehouse.errors import InfrastructureError
from warehouse.receipts import Receipt

__all__ = ["check", "ingest", "run"]

_feed_option = click.option("--feed", type=click.Choice(feeds()), required=True, help="Which agency's form it is.")
_files = click.Path(exists=True, dir_okay=False, path_type=Path)
_MANY_FILES = 3


@click.command()
@click.argument("files", nargs=-1, required=True, type=_files)
@click.option("--feed", type=click.Choice((*feeds(), *FORMS)), required=True, help="Which form it is.")
@json_option
def ingest(files: tuple[Path, ...], feed: str, as_json: bool) -> None:
    """收件 Take FILES in: read, understand, validate, commit. Prints a receipt for each.

    A side-car FILE.meta.json beside a file is taken with it. Exit 2 when a file was rejected.
    """
    from pipelines.process import process  # noqa: PLC0415 - help must not wait for imports
    from pipelines.receive import receive_file  # noqa: PLC0415

    settings = home()
    receipts: list[Receipt] = []
    for path in tqdm(files, unit="file", disable=len(files) < _MANY_FILES or not sys.stderr.isatty()):
        for receipt in process(settings, receive_file(settings, feed, path)):
            _print(receipt, as_json)
            receipts.append(receipt)
    _end(receipts)


@click.command()
@click.argument("file", type=_files)
@_feed_option
@click.option(
    "--workbook",
    type=click.Path(dir_okay=False, writable=True, path_type=Path),
    help="Write the table back as this XLSX, with the cells marked and a comment on each.",
)
@json_option
def check(file: Path, feed: str, workbook: Path | None, as_json: bool) -> None:
    """试读 Understand FILE without committing anything: what would be accepted, what not, and why.

    A side-car FILE.meta.json beside it is taken with it. Exit 2 when the file, or one in a ZIP, would be rejected.
    """
    from pipelines.check import check_file  # noqa: PLC0415
    from pipelines.cli.check_report import print_check  # noqa: PLC0415
    from pipelines.marked_workbook import write_marked  # noqa: PLC0415

    if workbook is not None and workbook.suffix.lower() != ".xlsx":
        raise click.BadParameter("必须以 .xlsx 结尾 must end in .xlsx", param_hint="--workbook")
    if workbook is not None and workbook.resolve() == file.resolve():
        raise click.BadParameter("不能覆盖原文件 would overwrite the file itself", param_hint="--workbook")
    with home_or_none() as settings:
        folder = settings.work / "checks" / uuid.uuid4().hex
        try:
            report = check_file(settings, feed, file, folder)
            if workbook is not None:
                write_marked(workbook, report.document, report.marks, title=file.stem)
        finally:
            shutil.rmtree(folder, ignore_errors=True)
    for each in report.with_inside():
        if as_json:
            print_json(each.public())
        else:
            print_check(each)
    if not as_json and workbook is not None:
        say(f"已写出标注后的工作簿 marked workbook: {workbook}")
    if any(each.is_rejected for each in report.with_inside()):
        raise click.exceptions.Exit(2)


@click.command()
@json_option
def run(as_json: bool) -> None:
    """处理 Take in everything complete in landing, then publish: the whole chain, without Airflow."""
    from pipelines.process import process_chunk  # noqa: PLC0415
    from pipelines.publish import publish  # noqa: PLC0415
    from pipelines.receive import check_claims, claim  # noqa: PLC0415

    settings = home()
    waiting = claim(settings)
    failure: InfrastructureError | None = None
    with tqdm(total=len(waiting), unit="file", disable=len(waiting) < _MANY_FILES or not sys.stderr.isatty()) as bar:

        def answered(receipts: list[Receipt]) -> None:
            bar.update()
            for receipt in receipts:
                _print(receipt, as_json)

        try:
            process_chunk(settings, waiting, answered=answered)
            check_claims(settings)
        except InfrastructureError as error:  # told at the end: what went through is published all the same
            failure = error
    print_published(settings, publish(settings), as_json=as_json, n_files=len(waiting))
    if failure is not None:
        raise failure


def _print(receipt: Receipt, as_json: bool) -> None:
    if as_json:
        print_json(receipt.public())
    else:
        print_receipt(receipt)


def _end(receipts: list[Receipt]) -> None:
    if any(receipt.outcome == "rejected" for receipt in receipts):
        raise click.exceptions.Exit(2)
