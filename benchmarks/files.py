"""Feed files for benchmarks: simulated batches whose samples are nobody else's."""

from __future__ import annotations

import shutil
from pathlib import Path

from pipelines.simulate import simulate_batch

__all__ = ["batch_file"]


def batch_file(folder: Path, *, samples: int, number: int = 0) -> Path:
    """One CSV of so many samples; another number, another file with samples of its own."""
    made = folder / f"simulated_{number}"
    (source,) = simulate_batch(made, samples=samples, seed=1 + number).files
    target = folder / f"batch_{number}_of_{samples}.csv"
    with source.open(encoding="utf-8") as lines, target.open("w", encoding="utf-8") as file:
        file.write(next(lines))
        file.writelines(f"B{number}{line}" for line in lines)  # the sample's number stands first
    shutil.rmtree(made)
    return target
