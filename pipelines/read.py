"""Read: archived bytes become sheets of strings, parsed in a child process that is limited and reaches one folder.

Every cell keeps the row and column of its own sheet: column k of the table is column k of the sheet, `row_no` its row.
A file that can't be read raises Unreadable with a sentence for its sender; the parent never touches the bytes.
"""

from __future__ import annotations

import hashlib
import json
import logging
import os
import signal
import subprocess
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import ipc

from pipelines.reading_problems import Unreadable, reading_problem
from warehouse.archive import write_atomically
from warehouse.durable import file_hash
from warehouse.errors import InfrastructureError
from warehouse.receipts import Problem
from warehouse.settings import Settings

__all__ = ["Document", "Member", "Merge", "Sheet", "read"]

_GRACE_SECONDS = 5
# A parser that breaks on a file ends by one of these; whatever else ends it is the machine or a mistake of ours.
_BROKEN = frozenset(-number for number in (signal.SIGABRT, signal.SIGSEGV, signal.SIGBUS, signal.SIGILL, signal.SIGFPE))
# The machine kills whoever is large when memory runs out, guilty or not; the third time it is the file.
_MOST_KILLS = 3
_LINES_LOGGED = 20
_LOG = logging.getLogger(__name__)


@dataclass(frozen=True)
class Merge:
    """A merged range, by the sheet's own rows and columns, counted from 1, both ends included."""

    first_row: int
    first_column: int
    last_row: int
    last_column: int


@dataclass(frozen=True)
class Sheet:
    """One sheet: table has `row_no` (int64) and c1…cN (string, null where blank); notes: what its sender is told.

    counts_from_1904: bare numbers under dates count days from 1904 and not from 1900.
    """

    name: str
    table: pa.Table
    merges: tuple[Merge, ...] = ()
    notes: tuple[Problem, ...] = ()
    counts_from_1904: bool = False

    @property
    def width(self) -> int:
        return int(self.table.num_columns) - 1

    def content_hash(self) -> bytes:
        """Hash of the sheet's name, rows and cells; the same however the cells were encoded in the file."""
        digest = hashlib.sha256(json.dumps([self.name, self.table.num_rows, self.width]).encode())
        if self.counts_from_1904:
            digest.update(b"1904")
        _add(digest, self.table.column("row_no"))
        for number in range(1, self.width + 1):
            _add(digest, pc.fill_null(self.table.column(f"c{number}").cast(pa.large_string()), ""))
        return digest.digest()


@dataclass(frozen=True)
class Member:
    """One file of an archive: its place there, its name, its bytes, and its side-car or what is wrong with that.

    path is None where it could not be taken out; rule and found then say why. was_named: what its name was before
    what leads out of the archive was taken off it.
    """

    number: int
    name: str
    path: Path | None
    sidecar: dict[str, Any] | None
    sidecar_problem: str | None
    rule: str | None
    found: str | None
    was_named: str | None


@dataclass(frozen=True)
class Document:
    """What a file says, before anything is understood; of an archive (kind `zip`) the files, and what was left out."""

    kind: str
    encoding: str
    sheets: tuple[Sheet, ...]
    members: tuple[Member, ...] = ()
    left_out: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Request:
    parent: int
    source: str
    file_name: str
    folder: str
    memory_mb: int
    seconds: int
    max_rows: int
    max_columns: int
    max_cell_chars: int
    max_expansion: int
    max_members: int


def read(settings: Settings, source: Path, file_name: str, folder: Path) -> Document:
    """Parse the file in a child process; scratch files go into `folder`, which is the caller's to remove.

    Raises Unreadable when the file is empty, too large, of a kind or encoding that isn't read, or breaks its parser;
    InfrastructureError when the machine failed, or the reader has a mistake, and the file is not to blame. A child
    that the machine killed counts as the machine's failure twice for the same bytes, then as the file's.
    """
    if not source.is_file():
        raise InfrastructureError(f"{source} is missing; restore it from a copy of the archive")
    folder.mkdir(parents=True, exist_ok=True)
    request = _Request(
        parent=os.getpid(),
        source=str(source.absolute()),
        file_name=file_name,
        folder=str(folder.absolute()),
        memory_mb=settings.read_memory_mb,
        seconds=settings.read_seconds,
        max_rows=settings.read_max_rows,
        max_columns=settings.read_max_columns,
        max_cell_chars=settings.read_max_cell_chars,
        max_expansion=settings.read_max_expansion,
        max_members=settings.read_max_members,
    )
    (folder / "request.json").write_text(json.dumps(asdict(request)), encoding="utf-8")
    returncode = _run_child(folder, settings.read_seconds)
    answer_path = folder / "answer.json"
    if not answer_path.exists():
        raise _unanswered(settings, source, folder, returncode)
    if any((settings.work / "kills").glob("*")):
        _kills(settings, source).unlink(missing_ok=True)
    answer = json.loads(answer_path.read_text(encoding="utf-8"))
    if "failure" in answer:
        raise InfrastructureError(f"the reader failed: {answer['failure']}")
    if "problem" in answer:
        where = {name: answer.get(name) for name in ("found", "sheet", "row", "column")}
        raise Unreadable(reading_problem(answer["problem"], **where))
    return Document(
        kind=answer["kind"],
        encoding=answer["encoding"],
        sheets=tuple(_sheet(folder, number, entry) for number, entry in enumerate(answer["sheets"])),
        members=tuple(_member(folder, entry) for entry in answer.get("members", ())),
        left_out=tuple(answer.get("left_out", ())),
    )


def _unanswered(settings: Settings, source: Path, folder: Path, returncode: int) -> Exception:
    """Whose fault it is that the child ended without an answer."""
    said = (folder / "stderr.txt").read_text(encoding="utf-8", errors="replace").strip().splitlines()
    last = said[-1] if said else "it said nothing"
    if not (folder / "ready").exists():
        return InfrastructureError(f"the reader could not start: {last}")
    if returncode in _BROKEN:
        return Unreadable(reading_problem("RD-009"))
    if returncode == -signal.SIGKILL:
        kills = _count_kill(settings, source)
        if kills >= _MOST_KILLS:
            return Unreadable(reading_problem("RD-009"))
        return InfrastructureError(f"the reader was killed, most likely for lack of memory (time {kills}); free some")
    _LOG.error("the reader ended with %s:\n%s", returncode, "\n".join(said[-_LINES_LOGGED:]))
    return InfrastructureError(f"the reader ended with {returncode}: {last}")


def _kills(settings: Settings, source: Path) -> Path:
    """Counts how often the machine killed the child over these bytes; gone once they were read."""
    return settings.work / "kills" / file_hash(source)


def _count_kill(settings: Settings, source: Path) -> int:
    path = _kills(settings, source)
    kills = 1 + (int(path.read_text(encoding="ascii")) if path.exists() else 0)
    write_atomically(path, str(kills).encode())
    return kills


def _run_child(folder: Path, seconds: int) -> int:
    """Run the parser to its end or its limit; its answer file speaks, and where there is none its exit code."""
    environment = {name: os.environ[name] for name in ("PATH", "LANG", "LC_ALL", "TZ") if name in os.environ}
    with (folder / "stderr.txt").open("wb") as errors:
        child = subprocess.Popen(
            [sys.executable, "-m", "pipelines.read_child", str(folder / "request.json")],
            cwd=Path(__file__).parent.parent,
            env=environment,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
            stderr=errors,
            start_new_session=True,
        )
    try:
        child.wait(timeout=seconds + _GRACE_SECONDS)
    except subprocess.TimeoutExpired as error:
        raise Unreadable(reading_problem("RD-008", found=f"{seconds} s")) from error
    finally:
        if child.poll() is None:
            os.killpg(child.pid, signal.SIGKILL)
            child.wait()
    if child.returncode == -signal.SIGXCPU:
        raise Unreadable(reading_problem("RD-008", found=f"{seconds} s"))
    return child.returncode


def _add(digest: hashlib._Hash, column: pa.ChunkedArray[Any]) -> None:
    """Offsets and bytes of the column as one array of its own, so that chunks and padding make no difference."""
    array = pa.concat_arrays([*column.chunks, pa.array([], column.type)])
    for buffer in array.buffers()[1:]:
        if buffer is not None:
            digest.update(buffer)


def _member(folder: Path, entry: dict[str, Any]) -> Member:
    path = folder / f"member_{entry['number']}"
    return Member(**entry, path=path if entry["rule"] is None else None)


def _sheet(folder: Path, number: int, entry: dict[str, Any]) -> Sheet:
    with pa.memory_map(str(folder / f"sheet_{number}.arrow")) as file:
        table = ipc.open_file(file).read_all()
    return Sheet(
        name=entry["name"],
        table=table,
        merges=tuple(Merge(*merge) for merge in entry["merges"]),
        notes=tuple(reading_problem(sheet=entry["name"] or None, **note) for note in entry["notes"]),
        counts_from_1904=entry["counts_from_1904"],
    )
