"""Run the benchmarks and print their tables: `python -m benchmarks [NAME…] [--rows N] [--repeats K]`."""

from __future__ import annotations

import argparse
import os
from collections.abc import Callable

from benchmarks.api_load import hot_page
from benchmarks.coverage import of_bounds, of_ranks
from benchmarks.first_answers import first_answers
from benchmarks.history import over_history
from benchmarks.ingest import csv_batch, workbook_batch
from benchmarks.lookup import looked_up
from benchmarks.quirky import quirky_batch
from benchmarks.ranks import over_cells

_HISTORIES = (10_000, 1_000_000, 10_000_000)


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    names = "csv, quirky, workbook, history, ranks, coverage, lookup, api, first (default: all)"
    parser.add_argument("names", nargs="*", metavar="NAME", help=names)
    parser.add_argument("--rows", type=int, default=1_000_000, help="samples in a CSV batch")
    parser.add_argument("--workbook-rows", type=int, default=200_000, help="rows in the workbook")
    parser.add_argument("--histories", type=int, nargs="+", default=_HISTORIES, help="samples of history")
    parser.add_argument("--ranked-samples", type=int, default=10_000_000, help="samples that are ranked")
    parser.add_argument("--simulations", type=int, default=5_000, help="of each case of the coverage")
    parser.add_argument("--looked-up", type=int, default=1_000_000, help="samples among which is looked up")
    parser.add_argument("--answered", type=int, default=250_000, help="samples that first answers are about")
    parser.add_argument("--seconds", type=float, default=5.0, help="how long each load on the API lasts")
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the median is taken")
    chosen = parser.parse_args()
    benchmarks: dict[str, Callable[[], str]] = {
        "csv": lambda: csv_batch(chosen.rows, chosen.repeats),
        "quirky": lambda: quirky_batch(chosen.rows, chosen.repeats),
        "workbook": lambda: workbook_batch(chosen.workbook_rows, chosen.repeats),
        "history": lambda: over_history(chosen.histories, chosen.repeats),
        "ranks": lambda: over_cells(chosen.ranked_samples, chosen.repeats),
        "coverage": lambda: f"{of_ranks(chosen.simulations)}\n{of_bounds(200 * chosen.simulations)}",
        "lookup": lambda: looked_up(chosen.looked_up, chosen.repeats),
        "api": lambda: hot_page(chosen.seconds, chosen.repeats),
        "first": lambda: first_answers(chosen.answered),
    }
    if unknown := set(chosen.names) - set(benchmarks):
        parser.error(f"no benchmark {', '.join(sorted(unknown))}; there are {', '.join(benchmarks)}")
    print(f"{os.cpu_count()} cores, load at the beginning {os.getloadavg()[0]:.1f}\n")
    for name in chosen.names or benchmarks:
        print(benchmarks[name](), flush=True)


if __name__ == "__main__":
    main()
