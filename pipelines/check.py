"""What would become of a file, without committing it: the same stages, and no trace in archive or lake."""

from __future__ import annotations

from collections import Counter
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from pipelines.process import understand
from pipelines.quarantined import quarantined_rows
from pipelines.reading_problems import Unreadable
from warehouse.archive import Envelope
from warehouse.connect import connect
from warehouse.contract import contract
from warehouse.receipts import Problem
from warehouse.settings import Settings

__all__ = ["CheckReport", "check_file"]


@dataclass(frozen=True)
class CheckReport:
    """What a check found. ends: rows by where they would end; columns: contract column → header as written."""

    file_name: str
    feed: str
    is_rejected: bool
    ends: dict[str, int]
    columns: dict[str, dict[str, str]]
    problems: tuple[Problem, ...]

    def public(self) -> dict[str, Any]:
        return {
            "feed": self.feed,
            "file_name": self.file_name,
            "outcome": "rejected" if self.is_rejected else "readable",
            "rows_read": sum(self.ends.values()),
            **{f"rows_{end}": self.ends.get(end, 0) for end in _ENDS},
            "columns": self.columns,
            "problems": [asdict(problem) for problem in self.problems],
        }

    def sentence(self) -> str:
        if self.is_rejected:
            return f"{self.file_name}: 将被退回 would be rejected"
        ends = " · ".join(f"{end} {self.ends.get(end, 0)}" for end in _ENDS)
        mapped = "\n".join(
            f"  {sheet or '(sheet)'}: " + ", ".join(f"{title} → {name}" for name, title in columns.items())
            for sheet, columns in self.columns.items()
        )
        return f"{self.file_name}: {sum(self.ends.values())} 行 rows · {ends}\n{mapped}"


_ENDS = ("accepted", "continuation", "duplicate", "quarantined")


def check_file(settings: Settings, envelope: Envelope, source: Path, folder: Path) -> CheckReport:
    """Understand a file; scratch goes into folder, which is the caller's to remove."""
    try:
        understood = understand(settings, envelope, source, folder)
    except Unreadable as unreadable:
        return CheckReport(envelope.file_name, envelope.feed, True, {}, {}, (unreadable.problem,))
    columns = {
        name: {column: header.titles[number].strip() for column, number in header.columns.items()}
        for name, (_, header) in understood.batch.sheets.items()
    }
    if understood.rejections:
        return CheckReport(envelope.file_name, envelope.feed, True, {}, columns, understood.rejections)
    with connect(settings, understood.database) as connection:
        ends = Counter(row[0] for row in connection.execute("SELECT ends_as FROM routed").fetchall())
        quarantined = quarantined_rows(connection, understood.batch, contract(envelope.feed))
    problems = (*understood.batch.problems, *(row.problem for row in quarantined if row.is_to_blame))
    return CheckReport(envelope.file_name, envelope.feed, False, dict(ends), columns, problems)
