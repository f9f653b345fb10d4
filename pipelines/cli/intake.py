"""Commands that take files in."""

from __future__ import annotations

import shutil
import sys
import uuid
from datetime import UTC, datetime
from pathlib import Path

import click
from tqdm import tqdm

from pipelines.cli.printing import json_option, print_json, print_problems, print_receipt
from warehouse.archive import Envelope, new_envelope_id
from warehouse.contract import feeds
from warehouse.errors import InfrastructureError
from warehouse.receipts import Receipt
from warehouse.settings import Settings

__all__ = ["check", "ingest", "run"]

_feed_option = click.option("--feed", type=click.Choice(feeds()), required=True, help="Which agency's form it is.")
_files = click.Path(exists=True, dir_okay=False, path_type=Path)
_MANY_FILES = 3


@click.command()
@click.argument("files", nargs=-1, required=True, type=_files)
@_feed_option
@json_option
def ingest(files: tuple[Path, ...], feed: str, as_json: bool) -> None:
    """Take FILES in: read, understand, validate, commit. Prints a receipt for each.

    A side-car FILE.meta.json beside a file is taken with it. Exit 2 when a file was rejected.
    """
    from pipelines.process import process  # noqa: PLC0415 - help must not wait for imports
    from pipelines.receive import receive_file  # noqa: PLC0415

    settings = Settings.from_environment()
    receipts: list[Receipt] = []
    for path in tqdm(files, unit="file", disable=len(files) < _MANY_FILES or not sys.stderr.isatty()):
        for receipt in process(settings, receive_file(settings, feed, path)):
            _print(receipt, as_json)
            receipts.append(receipt)
    _end(receipts)


@click.command()
@click.argument("file", type=_files)
@_feed_option
@json_option
def check(file: Path, feed: str, as_json: bool) -> None:
    """Understand FILE without committing anything: what would be accepted, what not, and why."""
    from pipelines.check import check_file  # noqa: PLC0415

    settings = Settings.from_environment()
    received_at = datetime.now(UTC)
    envelope = Envelope(new_envelope_id(received_at), feed, file.name, "", file.stat().st_size, received_at)
    folder = settings.work / "checks" / uuid.uuid4().hex
    try:
        report = check_file(settings, envelope, file, folder)
    finally:
        shutil.rmtree(folder, ignore_errors=True)
    if as_json:
        print_json(report.public())
    else:
        click.echo(report.sentence())
        print_problems(report.problems)
    if report.is_rejected:
        raise click.exceptions.Exit(2)


@click.command()
@json_option
def run(as_json: bool) -> None:
    """Take in everything complete in landing, then publish: the whole chain, without Airflow."""
    from pipelines.process import process_chunk  # noqa: PLC0415
    from pipelines.publish import publish  # noqa: PLC0415
    from pipelines.receive import check_claims, claim  # noqa: PLC0415

    settings = Settings.from_environment()
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
    release_id = publish(settings)
    if as_json:
        print_json({"release_id": release_id, "n_files": len(waiting)})
    elif release_id is None:
        click.echo("无新内容，未生成新发布。 Nothing new; the current release stands.")
    else:
        click.echo(f"已发布 published: {release_id}")
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
