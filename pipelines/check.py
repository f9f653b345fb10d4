"""What would become of a file, without committing it: the same stages, and no trace in archive or lake."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import asdict, dataclass, field, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from expectations.rules import rule
from pipelines.marked_workbook import Mark
from pipelines.normalise.batch import Normalised
from pipelines.process import Understood, understand_document
from pipelines.quarantined import quarantined_rows, title_as_written
from pipelines.read import Document, read
from pipelines.reading_problems import Unreadable, reading_problem
from pipelines.receive import refuse_special
from pipelines.sidecars import read_sidecar, sidecar_path
from pipelines.sql import statement
from pipelines.unpack import archive_notes, check_archive, member_envelope
from warehouse.archive import Envelope, new_envelope_id
from warehouse.connect import Connection, connect
from warehouse.contract import Contract, contract
from warehouse.names import readable
from warehouse.receipts import Problem
from warehouse.reference import UNKNOWN, categories, divisions
from warehouse.settings import Settings

__all__ = ["CheckReport", "check_file"]

_ENDS = ("accepted", "continuation", "duplicate", "quarantined")


@dataclass(frozen=True)
class CheckReport:
    """What a check found.

    ends: rows by where they would end; columns: by sheet, contract column → header as written; unmapped: by sheet, the
    headers that no contract column was found for; counts, places, examples: what was understood of the samples that
    would be accepted; problems: why rows or the file would not go through; notes: the rules that flag rows which would,
    with the first such row and how many; marks: both, by cell; document: what was read, None where nothing could be;
    inside: of a ZIP its files, each with a fate of its own, and then nothing else is told.
    """

    file_name: str
    feed: str
    is_rejected: bool
    problems: tuple[Problem, ...]
    ends: Mapping[str, int] = field(default_factory=dict)
    columns: Mapping[str, Mapping[str, str]] = field(default_factory=dict)
    unmapped: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    counts: tuple[Mapping[str, Any], ...] = ()
    places: tuple[Mapping[str, Any], ...] = ()
    examples: tuple[Mapping[str, Any], ...] = ()
    notes: tuple[tuple[Problem, int], ...] = ()
    marks: tuple[Mark, ...] = ()
    document: Document | None = None
    inside: tuple[CheckReport, ...] = ()

    def with_inside(self) -> Iterator[CheckReport]:
        """This report, and of a ZIP those of its files."""
        yield self
        for report in self.inside:
            yield from report.with_inside()

    def public(self) -> dict[str, Any]:
        """As JSON; fields may be added, never renamed."""
        return {
            "feed": self.feed,
            "file_name": self.file_name,
            "outcome": "rejected" if self.is_rejected else "readable",
            "rows_read": sum(self.ends.values()),
            **{f"rows_{end}": self.ends.get(end, 0) for end in _ENDS},
            "n_samples": self.ends.get("accepted", 0),
            "columns": self.columns,
            "unmapped": self.unmapped,
            "counts": self.counts,
            "places": self.places,
            "examples": self.examples,
            "problems": [asdict(problem) for problem in self.problems],
            "notes": [{**asdict(note), "n_rows": n_rows} for note, n_rows in self.notes],
        }


def check_file(settings: Settings, feed: str, path: Path, folder: Path) -> CheckReport:
    """Understand a file, with the side-car beside it; scratch goes into folder, which is the caller's to remove."""
    refuse_special(path)
    received_at = datetime.now(UTC)
    declared, wrong = read_sidecar(sidecar_path(path))
    envelope = Envelope(
        new_envelope_id(received_at), feed, readable(path.name), "", path.stat().st_size, received_at, declared, wrong
    )
    return _checked(settings, envelope, path, folder)


def _checked(settings: Settings, envelope: Envelope, path: Path, folder: Path, level: int = 1) -> CheckReport:
    """level: 1 for a file by itself, 2 for one in a ZIP, and so on."""
    document = None
    try:
        document = read(settings, path, envelope.file_name, folder / "read")
        if document.kind == "zip":
            inside = _inside(settings, envelope, document, folder, level)
            return CheckReport(envelope.file_name, envelope.feed, False, archive_notes(document), inside=inside)
        understood = understand_document(settings, envelope, document)
    except Unreadable as unreadable:
        problem = unreadable.problem
        return CheckReport(
            envelope.file_name, envelope.feed, True, (problem,), marks=(Mark.of(problem),), document=document
        )
    return _report(settings, envelope, document, understood)


def _inside(
    settings: Settings, envelope: Envelope, document: Document, folder: Path, level: int
) -> tuple[CheckReport, ...]:
    """The files of a ZIP, each as it would be understood. Raises Unreadable for a ZIP that isn't taken apart."""
    check_archive(envelope, contract(envelope.feed), level)
    reports = []
    for member in document.members:
        own = replace(member_envelope(envelope, member), parent_envelope_id=None)
        if member.path is None:
            problem = reading_problem(own.refused_rule or "", found=own.refused_found)
            reports.append(CheckReport(own.file_name, own.feed, True, (problem,), marks=(Mark.of(problem),)))
        else:
            scratch = folder / f"inside_{member.number}"
            reports.append(_checked(settings, own, member.path, scratch, level + 1))
    return tuple(reports)


def _report(settings: Settings, envelope: Envelope, document: Document, understood: Understood) -> CheckReport:
    batch, feed_contract = understood.batch, contract(envelope.feed)
    told: dict[str, Any] = {
        "file_name": envelope.file_name,
        "feed": envelope.feed,
        "columns": {
            name: {column: header.titles[number].strip() for column, number in header.columns.items()}
            for name, (_, header) in batch.sheets.items()
        },
        "unmapped": {
            name: tuple(
                title.strip() for number, title in header.titles.items() if number not in header.columns.values()
            )
            for name, (_, header) in batch.sheets.items()
        },
        "document": document,
    }
    if understood.rejections:
        marks = tuple(Mark.of(problem) for problem in understood.rejections)
        return CheckReport(is_rejected=True, problems=understood.rejections, marks=marks, **told)
    with connect(settings, understood.database) as connection:
        ends = Counter(row[0] for row in connection.execute("SELECT ends_as FROM routed").fetchall())
        quarantined = quarantined_rows(connection, batch, feed_contract)
        flagged, n_flagged = _flagged(connection, batch, feed_contract)
        counts, places, examples = (
            _told(connection, f"understood_{what}") for what in ("counts", "places", "examples")
        )
    return CheckReport(
        is_rejected=False,
        ends=ends,
        counts=_named(counts, lambda row: _name(row["fact"], row["said"])),
        places=_named(places, lambda row: _division(row["prefecture_code"])),
        examples=examples,
        problems=(*batch.problems, *(row.problem for row in quarantined if row.is_to_blame)),
        notes=_notes(flagged, n_flagged),
        marks=(
            *(Mark.of(problem) for problem in batch.problems),
            *(Mark.of(row.problem, _cell(batch, row.problem, row.values["column_name"])) for row in quarantined),
            *(Mark.of(problem, cell, is_note=True) for problem, cell in flagged),
        ),
        **told,
    )


def _flagged(
    connection: Connection, batch: Normalised, feed_contract: Contract
) -> tuple[list[tuple[Problem, int | None]], Counter[tuple[str, str | None]]]:
    """What the rules say of rows that go through with a flag, and the cell that it is about; rows by rule and sheet.

    What a whole column is missing for is said once, of no row.
    """
    flagged: list[tuple[Problem, int | None]] = []
    n_rows: Counter[tuple[str, str | None]] = Counter()
    for row in _told(connection, "flagged"):
        sheet, column = row["sheet"], row["column_name"]
        cell = batch.sheets[sheet][1].columns.get(column)
        key = row["rule"], sheet or None
        n_rows[key] += 1
        if cell is None and n_rows[key] > 1:
            continue
        title = title_as_written(batch, feed_contract, sheet, column)
        sentences = rule(row["rule"]).sentences(column=title, found=row["found"])
        problem = Problem(
            rule=row["rule"],
            message_zh=sentences.zh,
            message_en=sentences.en,
            sheet=sheet or None,
            row=None if cell is None else row["source_row"],
            column=title,
            found=row["found"],
        )
        flagged.append((problem, cell))
    return flagged, n_rows


def _notes(
    flagged: Iterable[tuple[Problem, int | None]], n_rows: Mapping[tuple[str, str | None], int]
) -> tuple[tuple[Problem, int], ...]:
    """The first of each rule and sheet, with the number of rows."""
    first: dict[tuple[str, str | None], Problem] = {}
    for problem, _ in flagged:
        first.setdefault((problem.rule, problem.sheet), problem)
    return tuple((problem, n_rows[key]) for key, problem in first.items())


def _cell(batch: Normalised, problem: Problem, column: str | None) -> int | None:
    """The number of the sheet's own column that a problem speaks of."""
    return batch.sheets[problem.sheet or ""][1].columns.get(column) if column else None


def _told(connection: Connection, name: str) -> tuple[Mapping[str, Any], ...]:
    return tuple(connection.sql(statement(name)).to_arrow_table().to_pylist())


def _named(
    rows: Iterable[Mapping[str, Any]], name: Callable[[Mapping[str, Any]], str | None]
) -> tuple[Mapping[str, Any], ...]:
    return tuple({**row, "name": name(row)} for row in rows)


def _name(fact: str, code: str) -> str | None:
    known = categories().by_code.get(code) if fact == "category" else None
    return known.category_name if known else None


def _division(code: str) -> str | None:
    return None if code == UNKNOWN else divisions().by_code[code].name
