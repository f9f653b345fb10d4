"""What tests of a running system share: how long to wait, and figures to compare."""

from __future__ import annotations

import json
from collections import Counter
from typing import TYPE_CHECKING, Any

from pipelines.simulate import SimulatedSet

if TYPE_CHECKING:
    from tests.integration.conftest import Running

__all__ = ["PATIENCE", "Figures", "figures_in_api", "figures_of"]

PATIENCE = 600.0  # seconds; a machine of its own needs a tenth of it
KEY = ("quarter", "feed", "sampling_type", "prefecture_code")
COUNTS = ("n_sampled", "n_concluded", "n_conforming", "n_nonconforming", "n_undetermined")
Figures = dict[tuple[str, ...], tuple[int, ...]]


def figures_of(simulated: SimulatedSet) -> Figures:
    """What the truth says of each stratum and prefecture, as far as the public may see it."""
    totals: dict[tuple[str, ...], Counter[str]] = {}
    for cell in json.loads(simulated.truth.read_text(encoding="utf-8"))["cells"]:
        if cell["public"]:
            totals.setdefault(_key(cell), Counter()).update({name: cell[name] for name in COUNTS})
    return {key: tuple(counts[name] for name in COUNTS) for key, counts in totals.items()}


def figures_in_api(choucha: Running, *quarters: str) -> Figures:
    """What the public API serves of these quarters."""
    rows = choucha.api("/v1/results", by="prefecture,quarter", limit="1000")
    rows = [row for row in rows if row["quarter"] in quarters]
    figures = {_key(row): tuple(row[name] for name in COUNTS) for row in rows}
    return {key: counts for key, counts in figures.items() if any(counts)}


def _key(row: dict[str, Any]) -> tuple[str, ...]:
    return tuple(row[name] for name in KEY)
