"""Yearly figures of indicators that are not sampled: a file in landing/figures/ becomes rows of the lake, or goes back.

All rows or none, and the receipt last; what it says is known again, so that a file that comes twice counts once.
"""

from __future__ import annotations

import hashlib
import uuid
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pyarrow as pa

from expectations.rules import RULES_VERSION
from expectations.rules import rule as rule_of
from pipelines.locks import locked
from pipelines.normalise.figure_rows import FIGURES, FigureRows, figure_rows
from pipelines.read import Document, read
from pipelines.reading_problems import Unreadable, reading_problem
from warehouse import lake
from warehouse.archive import Envelope, object_path
from warehouse.connect import connect, in_memory
from warehouse.contract import form
from warehouse.failpoint import failpoint
from warehouse.receipts import Problem, Receipt, is_committed, store_receipt
from warehouse.settings import Settings

__all__ = ["FIGURES", "take_figures"]

# Column of the lake → column of the judged rows.
_FIGURE = {
    "indicator_code": "indicator_code",
    "province_code": "province_code",
    "year": "year_no",
    "value": "value_number",
    "source": "source",
    "published_on": "published_day",
    "corrected_on": "corrected_day",
}


def take_figures(settings: Settings, envelope: Envelope, folder: Path) -> Receipt:
    """Append the figures of one file, then its receipt; a row that breaks a rule sends the whole file back.

    Raises Unreadable for a file that can't be read as a table. A run that dies in between leaves an attempt without
    receipt, which no reader counts.
    """
    document = read(settings, object_path(settings, envelope.sha256), envelope.file_name, folder / "read")
    if not document.sheets:
        raise Unreadable(reading_problem("RD-002", found=document.kind))
    found = figure_rows(document, envelope, settings.provinces)
    n_rows = found.rows.num_rows
    batch_id = _batch_id(document, found)
    told: dict[str, Any] = {"batch_id": batch_id, "rows_read": n_rows, "encoding": document.encoding}
    if is_committed(settings, batch_id):
        return _stored(settings, envelope, told | {"outcome": "duplicate", "rows_duplicate": n_rows})
    if problems := _problems(settings, found):
        rejected = {"outcome": "rejected", "rows_quarantined": n_rows, "problems": problems}
        return _stored(settings, envelope, told | rejected)
    return _committed(settings, envelope, found, told)


def _committed(settings: Settings, envelope: Envelope, found: FigureRows, told: dict[str, Any]) -> Receipt:
    attempt_id = uuid.uuid4().hex
    figures = _figures(found, envelope, {"batch_id": told["batch_id"], "attempt_id": attempt_id})
    accepted = {
        "outcome": "accepted",
        "rows_accepted": figures.num_rows,
        "rows_duplicate": found.rows.num_rows - figures.num_rows,
        "attempt_id": attempt_id,
    }
    # While this is held the rows are no waste, however long the receipt takes: see pipelines/maintain.py.
    with locked(settings, f"attempt-{attempt_id}"):
        lake.append(settings, "figures", figures)
        failpoint("commit.figures")
        return _stored(settings, envelope, told | accepted)


def _stored(settings: Settings, envelope: Envelope, told: Mapping[str, Any]) -> Receipt:
    receipt = Receipt(
        envelope_id=envelope.envelope_id,
        feed=envelope.feed,
        file_name=envelope.file_name,
        sha256=envelope.sha256,
        received_at=envelope.received_at,
        committed_at=datetime.now(UTC),
        contract_version=form(FIGURES).version,
        rules_version=RULES_VERSION,
        sidecar=envelope.sidecar,
        **told,
    )
    store_receipt(settings, receipt)
    return receipt


def _batch_id(document: Document, found: FigureRows) -> str:
    """Hash of what was read, and of the provinces, which a row without one takes from the settings."""
    digest = hashlib.sha256(FIGURES.encode())
    for sheet in document.sheets:
        digest.update(sheet.content_hash())
    digest.update(repr(found.rows["province_code"].to_pylist()).encode())
    return digest.hexdigest()[:32]


def _problems(settings: Settings, found: FigureRows) -> tuple[Problem, ...]:
    """What the rules say against rows, in reading order; of several rules that a row breaks the first speaks."""
    from expectations.validate import validate  # noqa: PLC0415 - costs seconds; only who validates pays

    database = in_memory(f"figures-{uuid.uuid4().hex}")
    with connect(settings, database) as connection:
        connection.register("incoming", found.rows)
        connection.execute("CREATE TABLE rows AS FROM incoming")
        connection.unregister("incoming")
        validate(database, FIGURES, settings=settings)
        broken = connection.sql(
            "SELECT rule, column_name, found, sheet, source_row FROM problems INNER JOIN rows USING (row_no)"
            " QUALIFY row_number() OVER (PARTITION BY row_no ORDER BY severity) = 1 ORDER BY row_no"
        ).to_arrow_table()
    return tuple(_problem(found, **row) for row in broken.to_pylist())


def _problem(
    rows: FigureRows, *, rule: str, column_name: str, found: str | None, sheet: str, source_row: int
) -> Problem:
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


def _figures(found: FigureRows, envelope: Envelope, attempt: Mapping[str, str]) -> pa.Table:
    """The rows as the lake has them, each content once."""
    figures: dict[tuple[Any, ...], dict[str, Any]] = {}
    for row in found.rows.to_pylist():
        figure = {name: row[column] for name, column in _FIGURE.items()}
        place = {"sheet": row["sheet"], "source_row": row["source_row"]}
        origin = {"file_name": envelope.file_name, "received_at": envelope.received_at}
        figures.setdefault(tuple(figure.values()), {**figure, **place, **origin, **attempt})
    return pa.Table.from_pylist([*figures.values()], schema=lake.schema("figures"))
