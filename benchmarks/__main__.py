"""Run every benchmark and print its table: `python -m benchmarks [--rows N] [--repeats K]`."""

from __future__ import annotations

import argparse

from benchmarks.ingest import measure_ingest


def main() -> None:
    parser = argparse.ArgumentParser(prog="benchmarks", description=__doc__)
    parser.add_argument("--rows", type=int, default=100_000, help="samples in the CSV batch")
    parser.add_argument("--repeats", type=int, default=3, help="runs of which the median is taken")
    arguments = parser.parse_args()
    for line in measure_ingest(arguments.rows, arguments.repeats):
        print(line)


if __name__ == "__main__":
    main()
