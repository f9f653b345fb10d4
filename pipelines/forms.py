"""A form without samples: a file in landing/<form>/ becomes rows of the lake, or goes back.

All rows or none, and the receipt last; what it says is known again, so that a file that comes twice counts once.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.rules import RULES_VERSION
from expectations.rules import rule as rule_of
from pipelines.locks import locked
from pipelines.normalise.form_rows import FormRows
from pipelines.read import Document, read
from pipelines.reading_problems import Unreadable, reading_problem
from warehouse import lake
from warehouse.archive import Envelope, object_path
from warehouse.connect import connect, in_memory
from warehouse.contract import form
from warehouse.failpoint import failpoint
from warehouse.receipts import Problem, Receipt, is_committed, store_receipt
from warehouse.settings import Settings

__all__ = ["Kept", "take_form"]


@dataclass(frozen=True)
class Kept:
    """What the lake keeps of a form: in which table, and column of the lake → column of the judged rows.

    assumed: the judged column that a row may leave to the settings, which makes it part of what the file says.
    """

    form: str
    table: str
    columns: Mapping[str, str]
    assumed: str | None = None


def take_form(
    settings: Settings, envelope: Envelope, folder: Path, kept: Kept, understand: Callable[[Document], FormRows]
) -> Receipt:
    """Append the rows of one file, then its receipt; a row that breaks a rule sends the whole file back.

    Raises Unreadable for a file that can't be read as a table. A run that dies in between leaves an attempt without
    receipt, which no reader counts.
    """
    document = read(settings, object_path(settings, envelope.sha256), envelope.file_name, folder / "read")
    if not document.sheets:
        raise Unreadable(reading_problem("RD-002", found=document.kind))
    found = understand(document)
    n_rows = found.rows.num_rows
    told: dict[str, Any] = {
        "batch_id": _batch_id(document, found, kept),
        "rows_read": n_rows,
        "encoding": document.encoding,
        "contract_version": form(kept.form).version,
    }
    if is_committed(settings, told["batch_id"]):
        return _stored(settings, envelope, told | {"outcome": "duplicate", "rows_duplicate": n_rows})
    if problems := _problems(settings, found, kept.form):
        rejected = {"outcome": "rejected", "rows_quarantined": n_rows, "problems": problems}
        return _stored(settings, envelope, told | rejected)
    return _committed(settings, envelope, found, kept, told)


def _committed(settings: Settings, envelope: Envelope, found: FormRows, kept: Kept, told: dict[str, Any]) -> Receipt:
    attempt_id = uuid.uuid4().hex
    rows = _rows(found, envelope, kept, {"batch_id": told["batch_id"], "attempt_id": attempt_id})
    accepted = {
        "outcome": "accepted",
        "rows_accepted": rows.num_rows,
        "rows_duplicate": found.rows.num_rows - rows.num_rows,
        "attempt_id": attempt_id,
    }
    # While this is held the rows are no waste, however long the receipt takes: see pipelines/maintain.py.
    with locked(settings, f"attempt-{attempt_id}"):
        lake.append(settings, kept.table, rows)
        failpoint("commit.form")
        return _stored(settings, envelope, told | accepted)


def _stored(settings: Settings, envelope: Envelope, told: Mapping[str, Any]) -> Receipt:
    receipt = Receipt(
        envelope_id=envelope.envelope_id,
        feed=envelope.feed,
        file_name=envelope.file_name,
        sha256=envelope.sha256,
        received_at=envelope.received_at,
        committed_at=datetime.now(UTC),
        rules_version=RULES_VERSION,
        sidecar=envelope.sidecar,
        **told,
    )
    store_receipt(settings, receipt)
    return receipt


def _batch_id(document: Document, found: FormRows, kept: Kept) -> str:
    """Hash of what was read, and of what rows took from the settings."""
    digest = hashlib.sha256(kept.form.encode())
    for sheet in document.sheets:
        digest.update(sheet.content_hash())
    if kept.assumed is not None:
        digest.update(repr(found.rows[kept.assumed].to_pylist()).encode())
    return digest.hexdigest()[:32]


def _problems(settings: Settings, found: FormRows, name: str) -> tuple[Problem, ...]:
    """What the rules say against rows, in reading order; of several rules that a row breaks the first speaks."""
    from expectations.validate import validate  # noqa: PLC0415 - costs seconds; only who validates pays

    database = in_memory(f"form-{uuid.uuid4().hex}")
    with connect(settings, database) as connection:
        connection.register("incoming", found.rows)
        connection.execute("CREATE TABLE rows AS FROM incoming")
        connection.unregister("incoming")
        validate(database, name, settings=settings)
        broken = connection.sql(
            "SELECT rule, column_name, found, sheet, source_row FROM problems INNER JOIN rows USING (row_no)"
            " QUALIFY row_number() OVER (PARTITION BY row_no ORDER BY severity) = 1 ORDER BY row_no"
        ).to_arrow_table()
    return tuple(_problem(found, **row) for row in broken.to_pylist())


def _problem(rows: FormRows, *, rule: str, column_name: str, found: str | None, sheet: str, source_row: int) -> Problem:
    title = rows.titles[sheet].get(column_name, column_name)
    sentences = rule_of(rule).sentences(column=title, found=found)
    return Problem(
        rule=rule,
        message_zh=sentences.zh,
        message_en=sentences.en,
        sheet=sheet or None,
        row=source_row,
        column=title,
        found=found,
    )


def _rows(found: FormRows, envelope: Envelope, kept: Kept, attempt: Mapping[str, str]) -> pa.Table:
    """The rows as the lake has them, each content once."""
    rows: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in found.rows.to_pylist():
        said = {name: row[column] for name, column in kept.columns.items()}
        place = {"sheet": row["sheet"], "source_row": row["source_row"]}
        origin = {"file_name": envelope.file_name, "received_at": envelope.received_at}
        rows.setdefault(tuple(said.values()), {**said, **place, **origin, **attempt})
    return pa.Table.from_pylist([*rows.values()], schema=lake.schema(kept.table))
