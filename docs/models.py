"""The models of the warehouse, each a SQL file of one SELECT, as their headers describe them; and the page on them.

A header says `Grain:` what one row is, and `From:` which relations the statement reads; what stands there in brackets
is a remark. A test compares it with the statement.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache
from pathlib import Path

__all__ = ["Model", "models", "models_page"]

_ROOT = Path(__file__).parents[1]
_RELATION = re.compile(r"\b(?:core|given|lake|(?:office_|public_)?mart)_[a-z0-9_]+\b")
_NOTE = "<!-- Made by `make docs`; change the source it names, not this page. -->"
_INTRODUCTION = """\
Source: the headers of `warehouse/core/*.sql` and `warehouse/marts/*.sql`. Each is one SELECT; its cases, with input and
expectation, are in `tests/warehouse/models/<model>/`. `lake_` are the tables of the lake, `given_` those that are made
of reference data; a `core_` without a line is made by the module that runs the models, out of what it knows.
"""


@dataclass(frozen=True)
class Model:
    """One SQL file: its name, what one row of it is, and the relations that it reads, as its header has them."""

    name: str
    path: Path
    grain: str
    reads: tuple[str, ...]


@cache
def models() -> tuple[Model, ...]:
    """All models, core before marts, by name; macros are none."""
    paths = [*(_ROOT / "warehouse" / "core").glob("core_*.sql"), *(_ROOT / "warehouse" / "marts").glob("mart_*.sql")]
    return tuple(_model(path) for path in sorted(paths))


def _model(path: Path) -> Model:
    lines = path.read_text(encoding="utf-8").splitlines()
    end = next(number for number, line in enumerate(lines) if not line.startswith("--"))
    header = " ".join(line.removeprefix("--").strip() for line in lines[:end])
    found = re.fullmatch(r"Grain: (?P<grain>.+?) From: (?P<reads>.+)", header)
    if found is None:
        raise ValueError(f"{path.name}: its header says not `Grain: …` and then `From: …`")
    named = _RELATION.findall(re.sub(r"\([^)]*\)", "", found["reads"]))
    return Model(path.stem, path, found["grain"], tuple(sorted(set(named))))


def models_page() -> str:
    """Every model with its grain, what it reads and what reads it, and how the marts hang together."""
    lines = [
        _NOTE,
        "# Models 数据模型",
        "",
        _INTRODUCTION,
        "| model | one row is | reads | read by |",
        "|---|---|---|---|",
    ]
    for model in models():
        readers = [other.name for other in models() if model.name in other.reads]
        grain = model.grain.replace("|", "\\|")
        lines.append(f"| `{model.name}` | {grain} | {_listed(model.reads)} | {_listed(readers)} |")
    return "\n".join([*lines, "", "## Lineage of the models 血缘", "", "```mermaid", *_graph(), "```", ""])


def _graph() -> list[str]:
    known = {model.name for model in models()}
    edges = [f"  {read} --> {model.name}" for model in models() for read in model.reads if read in known]
    marts = [f"  class {model.name} mart" for model in models() if model.name.startswith("mart_")]
    return ["flowchart LR", "  classDef mart font-weight:bold,stroke-width:3px", *edges, *marts]


def _listed(names: tuple[str, ...] | list[str]) -> str:
    return ", ".join(f"`{name}`" for name in names)
