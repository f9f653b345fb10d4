"""One envelope through read, normalise, validate and commit; each file ends with a receipt of its own."""

from __future__ import annotations

import hashlib
import logging
import shutil
import time
import uuid
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TypeVar

import pyarrow as pa

from expectations.rules import rule
from pipelines.commit import commit, commit_duplicate, commit_rejection, superseded_batch
from pipelines.dispositions import take_dispositions
from pipelines.figures import FIGURES, take_figures
from pipelines.measures import DISPOSITIONS, holds_measures, take_measures
from pipelines.normalise.batch import Normalised, batch_id_of, normalise
from pipelines.read import Document, read
from pipelines.reading_problems import Unreadable, reading_problem
from pipelines.recalls import RECALLS, take_recalls
from pipelines.receive import locked
from pipelines.unpack import batch_of_archive, take_apart
from pipelines.validate import load_rows, validate
from warehouse.archive import Envelope, object_path, read_envelope
from warehouse.connect import Connection, in_memory
from warehouse.contract import Contract, contract, feeds
from warehouse.errors import InfrastructureError
from warehouse.names import visible
from warehouse.receipts import Problem, Receipt, answered_envelopes, is_committed
from warehouse.settings import Settings

__all__ = ["DISPOSITIONS", "Understood", "process", "process_again", "process_chunk", "understand_document"]

_FORMS = {FIGURES: take_figures, RECALLS: take_recalls, DISPOSITIONS: take_measures}
Result = TypeVar("Result")
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Understood:
    """A file that was read and normalised, with its judged rows in a DuckDB database, which lives as long as this."""

    batch: Normalised
    encoding: str
    database: Path
    rejections: tuple[Problem, ...]
    timings: dict[str, float] = field(default_factory=dict)
    keeper: Connection | None = None


def process_chunk(
    settings: Settings, envelope_ids: list[str], *, answered: Callable[[list[Receipt]], None] | None = None
) -> list[Receipt]:
    """Process envelopes one after the other; one that fails never hides the others.

    answered is told the receipts of each envelope as they come. Raises InfrastructureError at the end when some could
    not be processed; those stay without receipt and are taken again by the next run.
    """
    receipts: list[Receipt] = []
    failures: list[tuple[str, Exception]] = []
    waiting = list(envelope_ids)
    while waiting:
        envelope_id = waiting.pop(0)
        try:
            made, inside = _processed(settings, envelope_id)
            waiting = [*inside, *waiting]
            receipts.extend(made)
            for each in made:
                _LOG.info(
                    "%s (%s): %s, %d rows, batch %s",
                    visible(each.file_name), each.feed, each.outcome, each.rows_read, each.batch_id,
                )  # fmt: skip
            if answered is not None:
                answered(made)
        except Exception as error:  # noqa: BLE001 - raised below, after the other files had their turn
            failures.append((envelope_id, error))
    if failures:
        told = "; ".join(f"{envelope_id}: {type(error).__name__}: {error}" for envelope_id, error in failures)
        raise InfrastructureError(f"{len(failures)} of {len(envelope_ids)} files stay unprocessed: {told}") from (
            failures[0][1]
        )
    return receipts


def process(settings: Settings, envelope_id: str) -> list[Receipt]:
    """The receipts of one envelope, a ZIP's followed by those of its files; none when another process has just
    answered it.
    """
    made, inside = _processed(settings, envelope_id)
    return [*made, *(receipt for member_id in inside for receipt in process(settings, member_id))]


def _processed(settings: Settings, envelope_id: str) -> tuple[list[Receipt], list[str]]:
    """The receipts of one envelope, and the envelopes of the files that it held, which await theirs."""
    envelope = read_envelope(settings, envelope_id)
    first: list[Receipt] = []
    beside: list[str] = []
    if envelope.parent_envelope_id is not None:  # a run was killed before the ZIP had its receipt, which they name
        first, beside = _processed(settings, envelope.parent_envelope_id)
    with locked(settings, f"envelope-{envelope_id}"):
        if envelope_id in answered_envelopes(settings):
            return first, beside
        is_whole = envelope.feed == DISPOSITIONS and envelope.refused_rule is None
        if is_whole and not holds_measures(settings, envelope):
            return [take_dispositions(settings, envelope)], []
        # What it supersedes must be known first, in whatever order the two are worked off.
        earlier = envelope.supersedes_envelope_id
        first += process(settings, earlier) if earlier else []
        receipt, inside = _answer(settings, envelope)
        return [*first, receipt], [*inside, *beside]


def process_again(settings: Settings, envelope_id: str) -> list[Receipt]:
    """New receipts for an envelope that was rejected and can be used now, with those of a ZIP's files."""
    with locked(settings, f"envelope-{envelope_id}"):
        receipt, inside = _answer(settings, read_envelope(settings, envelope_id))
    return [receipt, *(each for member_id in inside for each in process(settings, member_id))]


def understand_document(settings: Settings, envelope: Envelope, document: Document) -> Understood:
    """Normalise and validate what was read, without committing anything. Raises Unreadable for what can't be used."""
    timings: dict[str, float] = {}
    archive_batch = batch_of_archive(settings, envelope)
    batch = _timed(
        timings,
        "normalise",
        lambda: normalise(envelope, document, _contract(envelope), archive_batch=archive_batch),
    )
    loaded = _loaded(settings, batch, timings)
    batch = batch.with_rows_elsewhere()
    return _judged(settings, envelope, batch, document.encoding, loaded=loaded, timings=timings)


def _answer(settings: Settings, envelope: Envelope) -> tuple[Receipt, list[str]]:
    folder = settings.work / "batches" / envelope.envelope_id
    shutil.rmtree(folder, ignore_errors=True)
    source = object_path(settings, envelope.sha256)
    feed_contract, document = None, None
    timings: dict[str, float] = {}
    archive_batch = batch_of_archive(settings, envelope)
    try:
        _check_drop(envelope)
        if envelope.feed in _FORMS:
            return _FORMS[envelope.feed](settings, envelope, folder), []
        feed_contract = _contract(envelope)
        document = _timed(timings, "read", lambda: read(settings, source, envelope.file_name, folder / "read"))
        if document.kind == "zip":
            return take_apart(settings, envelope, document, feed_contract)
        batch = _timed(
            timings, "normalise", lambda: normalise(envelope, document, feed_contract, archive_batch=archive_batch)
        )
        batch = _renewed(settings, envelope, batch)
        if is_committed(settings, batch.batch_id):
            return commit_duplicate(settings, envelope, feed_contract, batch, encoding=document.encoding), []
        loaded = _loaded(settings, batch, timings)
        batch = batch.with_rows_elsewhere()
        judged = _judged(settings, envelope, batch, document.encoding, loaded=loaded, timings=timings)
        return _committed(settings, envelope, feed_contract, judged), []
    except Unreadable as unreadable:
        refused = {} if envelope.refused_rule is None else {"refused": f"{envelope.refused_rule} {envelope.file_name}"}
        batch_id = batch_id_of(envelope, document, refused)
        return commit_rejection(settings, envelope, batch_id, (unreadable.problem,), feed_contract=feed_contract), []
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _check_drop(envelope: Envelope) -> None:
    """Raises Unreadable for what needs no reading to be known as unusable."""
    if envelope.refused_rule is not None:
        raise Unreadable(reading_problem(envelope.refused_rule, found=envelope.refused_found))
    if envelope.sidecar_problem is not None:
        raise Unreadable(reading_problem("HD-003", found=envelope.sidecar_problem))


def _renewed(settings: Settings, envelope: Envelope, batch: Normalised) -> Normalised:
    """A batch that was committed before, and now takes the place of another, counts as one of its own.

    Else a side-car that takes back an earlier one would be a duplicate of the batch that the earlier one replaced.
    """
    superseded = superseded_batch(settings, envelope)
    if superseded in (None, batch.batch_id) or not is_committed(settings, batch.batch_id):
        return batch
    renewed = hashlib.sha256(f"{batch.batch_id} in the place of {superseded}".encode()).hexdigest()[:32]
    return replace(batch, batch_id=renewed, notice=renewed if batch.notice == batch.batch_id else batch.notice)


def _committed(settings: Settings, envelope: Envelope, feed_contract: Contract, judged: Understood) -> Receipt:
    batch = judged.batch
    if judged.rejections:
        return commit_rejection(
            settings,
            envelope,
            batch.batch_id,
            judged.rejections,
            feed_contract=feed_contract,
            rows_read=batch.rows.num_rows,
        )
    return commit(
        settings,
        envelope,
        feed_contract,
        batch,
        judged.database,
        encoding=judged.encoding,
        timings=judged.timings,
    )


def _loaded(settings: Settings, batch: Normalised, timings: dict[str, float]) -> tuple[Path, Connection]:
    """The batch's rows in a database in memory, and the connection that keeps it."""
    database = in_memory(f"batch-{uuid.uuid4().hex}")
    return database, _timed(timings, "load", lambda: load_rows(settings, batch.rows, database))


def _judged(
    settings: Settings,
    envelope: Envelope,
    batch: Normalised,
    encoding: str,
    *,
    loaded: tuple[Path, Connection],
    timings: dict[str, float],
) -> Understood:
    database, keeper = loaded
    pa.default_memory_pool().release_unused()  # what the rows took before they were loaded
    judged = _timed(timings, "validate", lambda: validate(settings, envelope.feed, database))
    rejections = tuple(_file_problem(name, found) for name, found in judged.rejections)
    return Understood(batch, encoding, database, rejections, timings, keeper)


def _file_problem(rule_id: str, found: str) -> Problem:
    sentences = rule(rule_id).sentences(column=None, found=found)
    return Problem(rule=rule_id, message_zh=sentences.zh, message_en=sentences.en, found=found)


def _contract(envelope: Envelope) -> Contract:
    if envelope.feed not in feeds():
        raise Unreadable(reading_problem("HD-002", found=envelope.feed))
    return contract(envelope.feed)


def _timed(timings: dict[str, float], stage: str, work: Callable[[], Result]) -> Result:
    started = time.perf_counter()
    try:
        return work()
    finally:
        timings[stage] = round(time.perf_counter() - started, 4)
