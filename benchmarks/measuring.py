"""What a benchmark measures with: seconds on the clock, seconds of processor, peak memory; and how it shows them.

The clock suffers when a machine has other work; seconds of processor suffer far less, so both stand side by side.
"""

from __future__ import annotations

import atexit
import os
import resource
import statistics
import time
from collections.abc import Callable, Iterable, Sequence
from concurrent.futures import ProcessPoolExecutor
from dataclasses import dataclass
from multiprocessing import get_context
from pathlib import Path
from typing import Any, TypeVar

__all__ = ["Spent", "in_a_fresh_process", "median", "peak_of_children_mb", "spent", "table"]

Result = TypeVar("Result")


@dataclass(frozen=True)
class Spent:
    """seconds: on the clock; cpu_seconds: of this process and the children that ended; peak_mb: of this process."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def spent(work: Callable[[], Result]) -> tuple[Result, Spent]:
    """The work's result and what it took."""
    Path("/proc/self/clear_refs").write_text("5", encoding="ascii")  # the peak is counted anew
    cpu, started = _cpu_seconds(), time.perf_counter()
    result = work()
    seconds = time.perf_counter() - started
    return result, Spent(seconds, _cpu_seconds() - cpu, _peak_mb())


def peak_of_children_mb() -> float:
    """The largest of the children that this process has had and that have ended."""
    return resource.getrusage(resource.RUSAGE_CHILDREN).ru_maxrss / 1024


def in_a_fresh_process(function: Callable[..., Result], *arguments: Any) -> Result:
    """The function's result from a new interpreter, so that no benchmark inherits memory or caches of another."""
    with ProcessPoolExecutor(1, mp_context=get_context("spawn"), initializer=_end_without_farewell) as pool:
        return pool.submit(function, *arguments).result()


def _end_without_farewell() -> None:
    """As the command itself ends: DuckDB's binding has twenty lines to say when an interpreter is taken down."""
    atexit.register(os._exit, 0)


def median(values: Iterable[float]) -> float:
    return statistics.median(values)


def table(title: str, header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A Markdown table with its title above."""
    lines = [" | ".join(cells) for cells in (header, ["---"] + ["---:"] * (len(header) - 1), *rows)]
    return "\n".join([f"**{title}**", "", *(f"| {line} |" for line in lines), ""])


def _cpu_seconds() -> float:
    times = os.times()
    return times.user + times.system + times.children_user + times.children_system


def _peak_mb() -> float:
    lines = Path("/proc/self/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
