"""The truth: what every cell must come to once all files were taken in, in whatever order.

Counting follows the field's rules: held halves in `n_held` alone, two reports of a sample once, samples of other
provinces in no figure, points in construction.
"""

from __future__ import annotations

import json
from collections import Counter
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from pipelines.simulate.frame import Samples
from pipelines.simulate.layout import QUARANTINED, Counts

__all__ = ["MEASURES", "FileTruth", "Ledger", "write_truth"]

KEYS = (
    "quarter",
    "feed",
    "sampling_type",
    "level",
    "stage",
    "province_code",
    "prefecture_code",
    "category_code",
)
MEASURES = (
    "n_sampled",
    "n_concluded",
    "n_conforming",
    "n_nonconforming",
    "n_undetermined",
    "n_held",
    "n_inspections",
)
Key = tuple[str, ...]


@dataclass(frozen=True)
class FileTruth:
    """What the receipt of one file must say; `half` is together, conforming or nonconforming.

    same_batch_as names a file with the same content: whichever of the two comes second is a duplicate.
    """

    name: str
    feed: str
    form: str
    notice_no: str | None
    half: str
    counts: Counts
    sidecar: bool = False
    corrects: str | None = None
    same_batch_as: str | None = None

    @property
    def outcome(self) -> str:
        return "accepted_with_quarantine" if self.counts.rows_quarantined else "accepted"


@dataclass
class Ledger:
    """Grows cell by cell while files are written; `take_back` undoes a report that a later one replaces."""

    province: str
    cells: dict[Key, Counter[str]] = field(default_factory=dict)
    failed: Counter[tuple[str, str]] = field(default_factory=Counter)
    files: list[FileTruth] = field(default_factory=list)

    def count(self, feed: str, samples: Samples, *, held: bool = False, take_back: bool = False) -> None:
        """Count the accepted samples of this province, or of an unknown one."""
        inside = (samples["cell_province"] == self.province) | (samples["cell_province"] == "unknown")
        chosen = samples.take(inside & (samples["fate"] != QUARANTINED))
        sign = -1 if take_back else 1
        for key, each in _tally(feed, chosen, held).items():
            cell = self.cells.setdefault(key, Counter())
            for measure, number in each.items():
                cell[measure] += sign * number
        for kind, number in Counter(chosen.take(chosen["verdict"] == "nonconforming")["cell_type"].tolist()).items():
            self.failed[feed, kind] += sign * number

    def as_cells(self) -> list[dict[str, Any]]:
        """The cells in order, each measure given; what came to nothing is left out."""
        return [
            dict(zip(KEYS, key, strict=True))
            | {measure: cell[measure] for measure in MEASURES}
            | {"public": key[2] != "risk_monitoring"}
            for key, cell in sorted(self.cells.items())
            if any(cell.values())
        ]


def write_truth(path: Path, ledger: Ledger, parameters: dict[str, Any], notes: dict[str, Any]) -> None:
    """Write truth.json: parameters, cells, files, failed samples by feed and type, and notes on special cases."""
    failed: dict[str, dict[str, int]] = {}
    for (feed, kind), number in sorted(ledger.failed.items()):
        failed.setdefault(feed, {})[kind] = number
    content = {
        "parameters": parameters,
        "cells": ledger.as_cells(),
        "files": [_file_entry(each) for each in ledger.files],
        "failed_samples": failed,
        "notes": notes,
    }
    path.write_text(json.dumps(content, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")


def _tally(feed: str, samples: Samples, held: bool) -> dict[Key, Counter[str]]:
    names = (
        "cell_quarter",
        "cell_type",
        "cell_level",
        "cell_stage",
        "cell_province",
        "cell_prefecture",
        "cell_category",
    )
    quarter, kind, level, stage, province, prefecture, category = (samples[name].tolist() for name in names)
    if "points" in samples:
        return _tally_points(zip(quarter, kind, level, stage, province, prefecture, category, strict=True), samples)
    verdicts = samples["verdict"].tolist()
    counted = Counter(zip(quarter, kind, level, stage, province, prefecture, category, verdicts, strict=True))
    cells: dict[Key, Counter[str]] = {}
    for (when, *rest, verdict), number in counted.items():
        cell = cells.setdefault((when, feed, *rest), Counter())
        if held:
            cell["n_held"] += number
            continue
        cell["n_sampled"] += number
        cell["n_concluded"] += number if verdict != "undetermined" else 0
        cell[f"n_{verdict}"] += number
    return cells


def _tally_points(keys: Any, samples: Samples) -> dict[Key, Counter[str]]:
    cells: dict[Key, Counter[str]] = {}
    for key, points, conforming in zip(
        keys, samples["points"].tolist(), samples["points_conforming"].tolist(), strict=True
    ):
        cell = cells.setdefault((key[0], "construction", *key[1:]), Counter())
        cell["n_sampled"] += points
        cell["n_concluded"] += points
        cell["n_conforming"] += conforming
        cell["n_nonconforming"] += points - conforming
        cell["n_inspections"] += 1
    return cells


def _file_entry(each: FileTruth) -> dict[str, Any]:
    entry: dict[str, Any] = asdict(each)
    counts = entry.pop("counts")
    name, feed = entry.pop("name"), entry.pop("feed")
    return {"name": name, "feed": feed, **counts, "outcome": each.outcome, **entry}
