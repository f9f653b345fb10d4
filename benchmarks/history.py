"""A batch of a thousand samples, committed and published, over histories of different length.

The history is written straight into the lake: rows of a real batch, multiplied over twenty-five quarters under keys
of their own. Homes take turns, so that a noisy minute hits all of them.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

from benchmarks.files import batch_file
from benchmarks.measuring import Spent, in_a_fresh_process, median, spent, table
from pipelines.process import process
from pipelines.publish import publish
from pipelines.receive import receive_file
from warehouse import lake
from warehouse.connect import Connection, connect
from warehouse.receipts import Receipt, receipts, store_receipt
from warehouse.settings import Settings

__all__ = ["over_history"]

_SEED_SAMPLES = 5_000
_BATCH_SAMPLES = 1_000
_ROWS_AT_ONCE = 500_000
_FIRST_YEAR, _N_QUARTERS = 2020, 25
_MULTIPLIED = """
SELECT seed.* REPLACE (
    printf('%s%07d', left(seed.sample_key, 25), copy) AS sample_key,
    printf('%s-%d', seed.sample_no, copy) AS sample_no,
    printf('%s%07d', left(seed.content_hash, 25), copy) AS content_hash,
    printf('%dQ%d', $first_year + quarter_no // 4, 1 + quarter_no % 4) AS quarter,
    (make_date($first_year, 1, 1) + to_months(3 * quarter_no::INTEGER) + to_days(40))::DATE AS concluded_on,
    $batch_id AS notice_key, $batch_id AS batch_id, $attempt_id AS attempt_id
)
FROM seed, (SELECT range AS copy, range % $n_quarters AS quarter_no FROM range($first_copy, $last_copy))
"""


def over_history(sizes: Sequence[int], repeats: int) -> str:
    """Seconds and ratios to the shortest history, for the commit and for the release."""
    with tempfile.TemporaryDirectory() as name:
        return in_a_fresh_process(_measure, Path(name), tuple(sizes), repeats)


def _measure(folder: Path, sizes: tuple[int, ...], repeats: int) -> str:
    homes = {size: _with_history(folder / f"home_{size}", size) for size in sizes}
    commits: dict[int, list[Spent]] = {size: [] for size in sizes}
    releases: dict[int, list[Spent]] = {size: [] for size in sizes}
    for k in range(1 + repeats):  # the first round warms up
        source = batch_file(folder, samples=_BATCH_SAMPLES, number=1 + k)
        for size, settings in homes.items():
            envelope_id = receive_file(settings, "food", source)
            (receipt,), commit = spent(lambda: process(settings, envelope_id))  # noqa: B023 - called at once
            assert receipt.rows_accepted == _BATCH_SAMPLES
            released, release = spent(lambda: publish(settings))  # noqa: B023
            assert released is not None
            if k:
                commits[size].append(commit)
                releases[size].append(release)
    rows = [_row(size, commits, releases) for size in sizes]
    header = ("history", "commit s", "× shortest", "publish s", "× shortest", "publish cpu s", "peak MB")
    return table(f"A batch of {_BATCH_SAMPLES:,} samples over a history, medians of {repeats}", header, rows)


def _row(size: int, commits: dict[int, list[Spent]], releases: dict[int, list[Spent]]) -> tuple[str, ...]:
    shortest = min(commits)
    cells = [f"{size:,}"]
    for measured in (commits, releases):
        taken = median(each.seconds for each in measured[size])
        cells += [f"{taken:.2f}", f"{taken / median(each.seconds for each in measured[shortest]):.2f}"]
    cpu, peak = median(e.cpu_seconds for e in releases[size]), max(e.peak_mb for e in releases[size])
    return (*cells, f"{cpu:.2f}", f"{peak:,.0f}")


def _with_history(home: Path, size: int) -> Settings:
    """A home with so many samples, published once."""
    settings = Settings(home=home)
    seed_home = Settings(home=home.with_name("seed_home"))
    shutil.rmtree(seed_home.home, ignore_errors=True)
    process(seed_home, receive_file(seed_home, "food", batch_file(home.parent, samples=_SEED_SAMPLES)))
    (receipt,) = receipts(seed_home)
    with connect(seed_home) as connection:
        view = lake.scan(seed_home, connection, "samples")
        connection.execute(f"CREATE TEMP TABLE seed AS FROM {view}")
        copies = -(-size // _SEED_SAMPLES)
        step = max(1, _ROWS_AT_ONCE // _SEED_SAMPLES)
        for first in range(0, copies, step):
            _append(settings, connection, receipt, first, min(first + step, copies))
    publish(settings)
    return settings


def _append(settings: Settings, connection: Connection, receipt: Receipt, first: int, last: int) -> None:
    batch_id, attempt_id = f"history{first:025d}", f"attempt{first:025d}"
    parameters = {
        "first_year": _FIRST_YEAR, "n_quarters": _N_QUARTERS, "first_copy": first, "last_copy": last,
        "batch_id": batch_id, "attempt_id": attempt_id,
    }  # fmt: skip
    rows = connection.sql(_MULTIPLIED, params=parameters).to_arrow_table()
    lake.append(settings, "samples", rows)
    n_rows = rows.num_rows
    at = datetime(2026, 4, 1, tzinfo=UTC) + timedelta(seconds=first)
    store_receipt(
        settings,
        replace(
            receipt, envelope_id=batch_id, batch_id=batch_id, attempt_id=attempt_id, rows_read=n_rows,
            rows_accepted=n_rows, n_samples=n_rows, notices=((batch_id, "together"),), received_at=at, committed_at=at,
            quarters=tuple(sorted(rows.column("quarter").unique().to_pylist())),
        ),
    )  # fmt: skip
