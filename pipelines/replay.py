"""Replay: what lies in quarantine is worked off again from the archive, with today's contract and rules.

A replayed batch keeps its id; its new attempt counts instead of the former, whose rows stay as history. What comes out
as it was is not written, so repeating a replay changes nothing.
"""

from __future__ import annotations

import shutil
import uuid
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, replace
from pathlib import Path

import pyarrow as pa

from pipelines.commit import commit, samples_of
from pipelines.locks import locked
from pipelines.normalise.batch import Normalised
from pipelines.process import Understood, process_again, understand_document
from pipelines.quarantined import quarantined_rows
from pipelines.read import read
from pipelines.reading_problems import Unreadable, reading_problem
from pipelines.sql import statement
from warehouse import lake
from warehouse.archive import Envelope, envelope_ids, object_path, read_envelope
from warehouse.connect import Connection, connect, fetched, sql_text
from warehouse.contract import contract, feeds
from warehouse.errors import InfrastructureError
from warehouse.receipts import Problem
from warehouse.settings import Settings

__all__ = ["Candidate", "Replay", "candidates", "replay"]

# What a quarantined row is told about; its sentences may be worded anew without being another finding.
_COMPARED = ("sheet", "source_row", "sample_key", "rule", "found")
# What keeps a ZIP from being taken apart though it can be read.
_REFUSED_AS_A_WHOLE = frozenset({"ZP-007", "HD-003"})


@dataclass(frozen=True)
class Candidate:
    """A file with rows in quarantine, or rejected as a whole (attempt_id is None); rules: why."""

    envelope_id: str
    batch_id: str
    attempt_id: str | None
    feed: str
    file_name: str
    outcome: str
    rows_accepted: int
    rows_quarantined: int
    quarters: tuple[str, ...]
    n_replays: int
    rules: tuple[str, ...]


@dataclass(frozen=True)
class Replay:
    """What working a file off again comes to. outcome: as of today, or `unchanged`; a file that would be rejected stays
    as it was, and problems say why. is_done: it was written, not only told.
    """

    batch_id: str
    feed: str
    file_name: str
    outcome_before: str
    outcome: str
    rows_accepted_before: int
    rows_accepted: int
    rows_quarantined_before: int
    rows_quarantined: int
    problems: tuple[Problem, ...] = ()
    is_done: bool = False

    @property
    def is_change(self) -> bool:
        return self.outcome not in ("unchanged", "rejected")


def candidates(
    settings: Settings, *, feed: str | None = None, batch: str | None = None, rule: str | None = None
) -> list[Candidate]:
    """The files that a replay may change, oldest first; batch: an id or its beginning.

    A rejected file that another envelope took the place of (a late side-car) is left out.
    """
    with connect(settings) as connection:
        lake.scan(settings, connection, "receipts")
        lake.scan(settings, connection, "quarantine", feed=feed)
        query = statement("replayable").format(counting=sql_text("core/core_receipts"))
        found = fetched(connection, query, {"feed": feed, "batch": batch, "rule": rule}).to_pylist()
    listed = [
        Candidate(**values | {"quarters": tuple(values["quarters"] or ()), "rules": tuple(values["rules"])})
        for values in found
        if values["feed"] in feeds()
    ]
    if all(each.attempt_id for each in listed):
        return listed
    superseded = {read_envelope(settings, each).supersedes_envelope_id for each in envelope_ids(settings)}
    return [each for each in listed if each.attempt_id or each.envelope_id not in superseded]


def replay(settings: Settings, chosen: list[Candidate], *, commits: bool) -> Iterator[Replay]:
    """Work each file off again; with commits what changes is written, else it is only told.

    One that fails never hides the others: raises InfrastructureError at the end when some could not be worked off.
    """
    failures: list[str] = []
    for candidate in chosen:
        folder = settings.work / "checks" / uuid.uuid4().hex
        with locked(settings, f"replay-{candidate.envelope_id}"):
            if commits and candidate not in candidates(settings, feed=candidate.feed, batch=candidate.batch_id):
                continue  # another replay was faster
            try:
                told = _replayed(settings, candidate, folder, commits=commits)
            except Exception as error:  # noqa: BLE001 - raised below, after the other files had their turn
                failures.append(f"{candidate.file_name}: {type(error).__name__}: {error}")
                continue
            finally:
                shutil.rmtree(folder, ignore_errors=True)
        yield told
    if failures:
        raise InfrastructureError(f"{len(failures)} of {len(chosen)} files stay as they are: {'; '.join(failures)}")


def _replayed(settings: Settings, candidate: Candidate, folder: Path, *, commits: bool) -> Replay:
    envelope = read_envelope(settings, candidate.envelope_id)
    try:
        understood = _understood(settings, envelope, candidate, folder)
    except Unreadable as unreadable:
        return _still_rejected(candidate, (unreadable.problem,))
    if understood is None:
        return _taken_in(settings, candidate, Counter(), commits=commits)
    if understood.rejections:
        return _still_rejected(candidate, understood.rejections)
    with connect(settings, understood.database) as connection:
        ends = Counter(dict(connection.execute("SELECT ends_as, count(*) FROM routed GROUP BY ends_as").fetchall()))
        if candidate.attempt_id and not _differs(settings, connection, envelope, candidate, understood.batch):
            return _told(candidate, "unchanged", candidate.rows_accepted, candidate.rows_quarantined)
    if candidate.attempt_id is None:
        return _taken_in(settings, candidate, ends, commits=commits)
    if commits:
        _commit(settings, envelope, candidate, understood)
    return _told(candidate, _outcome(ends), ends["accepted"], ends["quarantined"], is_done=commits)


def _understood(settings: Settings, envelope: Envelope, candidate: Candidate, folder: Path) -> Understood | None:
    """The file as today's contract has it, under its former batch id; None for a ZIP, whose files count by themselves.

    Raises Unreadable when it can't be used.
    """
    if envelope.refused_rule is not None:
        raise Unreadable(reading_problem(envelope.refused_rule, found=envelope.refused_found))
    document = read(settings, object_path(settings, envelope.sha256), envelope.file_name, folder / "read")
    if document.kind == "zip":
        for rule_id in _REFUSED_AS_A_WHOLE.intersection(candidate.rules):
            raise Unreadable(reading_problem(rule_id, found=""))
        return None
    understood = understand_document(settings, envelope, document)
    if candidate.attempt_id is None:
        return understood
    batch = understood.batch
    notice = candidate.batch_id if batch.notice == batch.batch_id else batch.notice
    return replace(understood, batch=replace(batch, batch_id=candidate.batch_id, notice=notice))


def _differs(
    settings: Settings, connection: Connection, envelope: Envelope, candidate: Candidate, batch: Normalised
) -> bool:
    """Whether the batch comes out otherwise than the attempt that counts; the connection is on its judged rows."""
    samples = samples_of(settings, connection, envelope, batch, "")
    found = quarantined_rows(connection, batch, contract(envelope.feed))
    names = lake.schema("samples").names
    rows = [{name: row.values[name] for name in _COMPARED} for row in found]
    schema = pa.schema([lake.schema("quarantine").field(name) for name in _COMPARED])
    lake.scan(settings, connection, "samples", feed=candidate.feed, quarters=candidate.quarters)
    lake.scan(settings, connection, "quarantine", feed=candidate.feed)
    connection.register("replayed_samples", samples.select(names))
    connection.register("replayed_rows", pa.Table.from_pylist(rows, schema=schema))
    differing = connection.execute(statement("replay_differences"), {"attempt_id": candidate.attempt_id}).fetchall()
    return bool(differing[0][0])


def _commit(settings: Settings, envelope: Envelope, candidate: Candidate, understood: Understood) -> None:
    commit(
        settings,
        envelope,
        contract(envelope.feed),
        understood.batch,
        understood.database,
        encoding=understood.encoding,
        timings=understood.timings,
        replay_no=candidate.n_replays + 1,
    )


def _taken_in(settings: Settings, candidate: Candidate, ends: Counter[str], *, commits: bool) -> Replay:
    """A file that was rejected and can be read now, or a ZIP that can be taken apart now."""
    if not commits:
        return _told(candidate, _outcome(ends), ends["accepted"], ends["quarantined"])
    made = process_again(settings, candidate.envelope_id)
    n_accepted = sum(receipt.rows_accepted for receipt in made)
    n_quarantined = sum(receipt.rows_quarantined for receipt in made)
    return _told(candidate, made[0].outcome, n_accepted, n_quarantined, is_done=True)


def _outcome(ends: Counter[str]) -> str:
    return "accepted_with_quarantine" if ends["quarantined"] else "accepted"


def _still_rejected(candidate: Candidate, problems: tuple[Problem, ...]) -> Replay:
    told = _told(candidate, "rejected", candidate.rows_accepted, candidate.rows_quarantined)
    return replace(told, problems=problems)


def _told(candidate: Candidate, outcome: str, n_accepted: int, n_quarantined: int, *, is_done: bool = False) -> Replay:
    return Replay(
        batch_id=candidate.batch_id,
        feed=candidate.feed,
        file_name=candidate.file_name,
        outcome_before=candidate.outcome,
        outcome=outcome,
        rows_accepted_before=candidate.rows_accepted,
        rows_accepted=n_accepted,
        rows_quarantined_before=candidate.rows_quarantined,
        rows_quarantined=n_quarantined,
        is_done=is_done,
    )
