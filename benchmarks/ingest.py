"""A CSV batch from the archive to committed, against DuckDB reading the same file into typed Parquet."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

from pipelines.process import process
from pipelines.receive import receive_file
from pipelines.simulate import simulate_batch
from warehouse.connect import connect, quote
from warehouse.settings import Settings

__all__ = ["measure_ingest"]

_BARE = """
COPY (
    SELECT * REPLACE (try_cast("检验报告签发日期" AS DATE) AS "检验报告签发日期")
    FROM read_csv({source}, all_varchar = true)
) TO {target} (FORMAT parquet)
"""


def measure_ingest(n_rows: int, repeats: int) -> Iterator[str]:
    """Lines of a table: the stages' medians in units of the bare read of the same run."""
    stages: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = simulate_batch(folder / "simulated", samples=n_rows).files[0]
        settings = Settings(home=folder / "home")
        _warm(settings, folder)
        for k in range(repeats):
            fresh = Settings(home=folder / f"home_{k}")
            bare = _bare(fresh, source, folder / f"bare_{k}.parquet")
            envelope_id = receive_file(fresh, "food", source)
            started = time.perf_counter()
            (receipt,) = process(fresh, envelope_id)
            whole = time.perf_counter() - started
            for stage, seconds in (*receipt.timings.items(), ("whole", whole)):
                stages.setdefault(stage, []).append(seconds / bare)
    yield f"CSV batch of {n_rows} samples, landing to committed; bare DuckDB read_csv to typed Parquet = 1"
    for stage, ratios in stages.items():
        yield f"  {stage:<10} {statistics.median(ratios):6.2f}  (of {repeats}: {min(ratios):.2f}–{max(ratios):.2f})"


def _warm(settings: Settings, folder: Path) -> None:
    """Interpreter start and imports are reported apart, so they are paid before the clock runs."""
    small = simulate_batch(folder / "small", samples=10)
    process(settings, receive_file(settings, "food", small.files[0]))


def _bare(settings: Settings, source: Path, target: Path) -> float:
    with connect(settings) as connection:
        started = time.perf_counter()
        connection.execute(_BARE.format(source=quote(str(source)), target=quote(str(target))))
        return time.perf_counter() - started
