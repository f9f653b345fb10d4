"""The stages in processes that may be killed, and what a home must be like once the next run has ended.

The processes are forked from a server that has imported all they need and called none of it: a process that had used
deltalake or DuckDB could not be forked honestly.
"""

from __future__ import annotations

import csv
import io
import multiprocessing
import os
import sys
from collections import Counter
from collections.abc import Callable, Mapping
from contextlib import redirect_stderr, redirect_stdout
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.process import BaseProcess
from pathlib import Path
from typing import Any

import deltalake  # noqa: F401 - imported here, once, for every process that is forked from the server
import duckdb_engine  # noqa: F401
import great_expectations  # noqa: F401

import expectations.validate  # noqa: F401
from pipelines import cli
from pipelines.build import _windows
from pipelines.maintain import clear_waste
from pipelines.normalise.gazetteer import gazetteer
from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim
from pipelines.upkeep import verify
from tests.integration.feed_files import FOOD, Table
from warehouse import lake
from warehouse.connect import connect
from warehouse.contract import row_columns, table_contracts
from warehouse.receipts import receipts
from warehouse.release import current_release_id, list_releases, read_manifest, release_path
from warehouse.settings import Settings

__all__ = [
    "AS_OF", "Ended", "State", "command", "csv_of", "ended", "food", "home_at", "result_of", "run", "served", "started",
    "state_of",
]  # fmt: skip

AS_OF = datetime(2026, 7, 1, 4, tzinfo=UTC)
_SERVER = multiprocessing.get_context("forkserver")
_SERVER.set_forkserver_preload(["pytest", __name__])
_MOST_SECONDS = 900
# What every run reads first, in Python alone.
row_columns()
table_contracts("release")
gazetteer()
_windows()


@dataclass(frozen=True)
class Ended:
    """How a process ended: its exit code (negative: the signal), and what its work returned."""

    exitcode: int | None
    result: Any


@dataclass(frozen=True)
class State:
    """What a home holds when nothing is under way.

    wrong: what `verify` found; receipts: how many of each outcome; rows: of the receipts that count; left: files of
    landing and of work/ that some run left behind; events: warning and version of each, as often as it stands there.
    """

    digest: str
    wrong: tuple[str, ...]
    outcomes: Counter[str]
    samples: tuple[tuple[str, int], ...]
    left: tuple[str, ...]
    events: tuple[tuple[str, int], ...]
    n_releases: int


def home_at(home: Path) -> Settings:
    return Settings(home=home, settle_seconds=0, sidecar_wait_seconds=0, read_memory_mb=4096, duckdb_threads=1)


def started(work: Callable[..., Any], *arguments: Any, **environment: str) -> tuple[BaseProcess, Connection]:
    """Begin the work in a process of its own, with these variables in its environment."""
    receiving, sending = _SERVER.Pipe(duplex=False)
    process = _SERVER.Process(target=_work, args=(sending, environment, work, arguments), daemon=True)
    process.start()
    sending.close()
    return process, receiving


def ended(work: Callable[..., Any], *arguments: Any, **environment: str) -> Ended:
    """Do the work in a process of its own and wait for its end."""
    return result_of(*started(work, *arguments, **environment))


def result_of(process: BaseProcess, receiving: Connection) -> Ended:
    """Wait for its end."""
    try:
        result = receiving.recv() if receiving.poll(_MOST_SECONDS) else None
    except EOFError:  # it was killed
        result = None
    process.join(_MOST_SECONDS)
    assert process.exitcode is not None, "it did not end"
    return Ended(process.exitcode, result)


def _work(sending: Connection, environment: Mapping[str, str], work: Callable[..., Any], arguments: Any) -> None:
    os.environ.update(environment)
    sending.send(work(*arguments))


def csv_of(table: Table) -> bytes:
    text = io.StringIO(newline="")
    csv.writer(text).writerows([cell or "" for cell in row] for row in table)
    return text.getvalue().encode()


def food(first: str) -> bytes:
    """A file of food samples whose numbers begin with this."""
    return csv_of([[cell and cell.replace("DC2651", first) for cell in row] for row in FOOD])


def run(home: Path) -> State:
    """The whole chain, as `choucha run` does it; returns what the home is like then."""
    settings = home_at(home)
    process_chunk(settings, claim(settings))
    publish(settings, AS_OF)
    return state_of(settings)


def command(home: Path, *words: str) -> tuple[int, str]:
    """`choucha` with these words: its exit code, and what it said to the operator."""
    os.environ["CHOUCHA_HOME"] = str(home)
    os.environ["CHOUCHA_SETTLE_SECONDS"] = "0"
    sys.argv = ["choucha", *words]
    with redirect_stdout(io.StringIO()), redirect_stderr(io.StringIO()) as said:
        return cli._run(), said.getvalue()


def state_of(settings: Settings) -> State:
    """What the home holds, once `maintain` has looked after it at a time when nothing can be under way any more."""
    clear_waste(settings, now=datetime.now(UTC) + timedelta(hours=2 * settings.waste_hours))
    with connect(settings) as connection:
        events = lake.scan(settings, connection, "warning_events")
        issued = connection.execute(f"SELECT warning_id, version FROM {events} ORDER BY ALL").fetchall()
    told = receipts(settings)
    return State(
        digest=read_manifest(settings, str(current_release_id(settings))).digest,
        wrong=tuple(f"{check.name}: {check.detail}" for check in verify(settings) if not check.ok),
        outcomes=Counter(receipt.outcome for receipt in told),
        samples=tuple(sorted((each.file_name, each.n_samples) for each in told if each.attempt_id)),
        left=_left_behind(settings),
        events=tuple(tuple(row) for row in issued),
        n_releases=len(list_releases(settings)),
    )


def _left_behind(settings: Settings) -> tuple[str, ...]:
    folders = (settings.landing, settings.work, settings.releases, settings.public_releases)
    found = (path.relative_to(settings.home).as_posix() for folder in folders for path in folder.rglob("*"))
    kept = ("work/publish/", "work/publish.lock", "work/duckdb")
    return tuple(sorted(each for each in found if _is_leftover(each) and not each.startswith(kept)))


def _is_leftover(path: str) -> bool:
    parts = path.split("/")
    if "releases" in parts:
        return parts[-1].startswith(("begun-", "next")) or parts[-1].endswith(".tmp")
    return len(parts) > 2


def served(settings: Settings) -> str | None:
    """The release that serves, opened in both kinds; raises when either isn't whole."""
    release_id = current_release_id(settings)
    if release_id is None:
        return None
    for artefact in ("public", "office"):
        with connect(settings, release_path(settings, release_id, artefact), read_only=True) as release:
            assert release.execute("SELECT release_id FROM release_info").fetchall() == [(release_id,)]
            assert release.execute("SELECT count(*) > 0 FROM mart_cells").fetchall() == [(True,)]
    return release_id
