"""Batches, committed and published, over histories of different length; and the first release of each history.

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

__all__ = ["QUARTERS", "fill", "over_history"]

_SEED_SAMPLES = 5_000
_BATCHES = (1_000, 10_000)
_ROWS_AT_ONCE = 500_000
_FIRST_YEAR, _N_QUARTERS = 2020, 25
QUARTERS = tuple(f"{_FIRST_YEAR + number // 4}Q{1 + number % 4}" for number in range(_N_QUARTERS))
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


# The cells of a release, without a rule of what counts.
_BARE = """
SELECT quarter, feed, sampling_type, level, stage, province_code, prefecture_code, category_code,
    count(*), count(*) FILTER (WHERE conclusion = 'nonconforming')
FROM lake_samples GROUP BY ALL
"""


def over_history(sizes: Sequence[int], repeats: int) -> str:
    """Seconds and ratios to the shortest history, for commits and releases; full builds beside the bare GROUP BY."""
    with tempfile.TemporaryDirectory() as name:
        return in_a_fresh_process(_measure, Path(name), tuple(sizes), repeats)


def _measure(folder: Path, sizes: tuple[int, ...], repeats: int) -> str:
    homes = {size: Settings(home=folder / f"home_{size}") for size in sizes}
    full = [_full_build(settings, size) for size, settings in homes.items()]
    header: tuple[str, ...] = ("history", "full build s", "cpu s", "bare GROUP BY s", "bare = 1", "peak MB")
    tables = [table(f"The first release, of {_N_QUARTERS} quarters", header, full)]
    for n_samples in _BATCHES:
        taken: dict[int, list[tuple[Spent, Spent]]] = {size: [] for size in sizes}
        for k in range(1 + repeats):  # the first round warms up
            source = batch_file(folder, samples=n_samples, number=n_samples + k)
            for size, settings in homes.items():
                taken[size].append(_batch(settings, source, n_samples))
        rows = [_row(size, {each: spent_on[1:] for each, spent_on in taken.items()}) for size in sizes]
        header = ("history", "commit s", "× shortest", "publish s", "× shortest", "publish cpu s", "peak MB")
        title = f"A batch of {n_samples:,} samples of one quarter over a history, medians of {repeats}"
        tables.append(table(title, header, rows))
    return "\n".join(tables)


def _full_build(settings: Settings, size: int) -> tuple[str, ...]:
    fill(settings, size)
    with connect(settings) as connection:
        lake.scan(settings, connection, "samples")
        bare = median(spent(lambda: connection.execute(_BARE).fetchall())[1].seconds for _ in range(3))
    released, full = spent(lambda: publish(settings))
    assert released is not None
    cells = (f"{full.seconds:.1f}", f"{full.cpu_seconds:.1f}", f"{bare:.2f}", f"{full.seconds / bare:.0f}")
    return (f"{size:,}", *cells, f"{full.peak_mb:,.0f}")


def _batch(settings: Settings, source: Path, n_samples: int) -> tuple[Spent, Spent]:
    """What commit and release of one file take."""
    envelope_id = receive_file(settings, "food", source)
    (receipt,), commit = spent(lambda: process(settings, envelope_id))
    assert receipt.rows_accepted == n_samples
    released, release = spent(lambda: publish(settings))
    assert released is not None
    return commit, release


def _row(size: int, taken: dict[int, list[tuple[Spent, Spent]]]) -> tuple[str, ...]:
    shortest = min(taken)
    cells = [f"{size:,}"]
    for which in (0, 1):
        seconds = {of: median(each[which].seconds for each in taken[of]) for of in (size, shortest)}
        cells += [f"{seconds[size]:.2f}", f"{seconds[size] / seconds[shortest]:.2f}"]
    releases = [release for _, release in taken[size]]
    cpu, peak = median(each.cpu_seconds for each in releases), max(each.peak_mb for each in releases)
    return (*cells, f"{cpu:.2f}", f"{peak:,.0f}")


def fill(settings: Settings, size: int) -> None:
    """Put so many samples into the lake of a new home."""
    seed_home = Settings(home=settings.home.with_name("seed_home"))
    shutil.rmtree(seed_home.home, ignore_errors=True)
    process(seed_home, receive_file(seed_home, "food", batch_file(settings.home.parent, samples=_SEED_SAMPLES)))
    (receipt,) = receipts(seed_home)
    with connect(seed_home) as connection:
        view = lake.scan(seed_home, connection, "samples")
        connection.execute(f"CREATE TEMP TABLE seed AS FROM {view}")
        copies = -(-size // _SEED_SAMPLES)
        step = max(1, _ROWS_AT_ONCE // _SEED_SAMPLES)
        for first in range(0, copies, step):
            _append(settings, connection, receipt, first, min(first + step, copies))


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
