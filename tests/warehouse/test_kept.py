"""Figures of untouched periods go on from release to release, and come to what a build of everything comes to."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from pipelines import changes, kept
from pipelines import publish as publish_module
from pipelines.build import PUBLISHED, Sources
from pipelines.compare import COMPARED
from pipelines.kept import figures_path, memory_folder, program_files
from pipelines.publish import publish
from pipelines.rank import RANKED
from tests.warehouse.builder import Batch, Lake, batch, sample
from tests.warehouse.reading import rows
from warehouse.release import ARTEFACTS
from warehouse.settings import Settings

TABLES = (*PUBLISHED, *RANKED, *COMPARED)
QUARTERS = ("2024Q4", "2025Q1", "2025Q2", "2025Q3", "2025Q4", "2026Q1", "2026Q2")


def taken(quarter: str, n_failed: int, **given: Any) -> list[dict[str, Any]]:
    return [
        sample(
            f"{quarter}-{given.get('sampling_type', '')}-{number}",
            quarter=quarter,
            conclusion="nonconforming" if number < n_failed else "conforming",
            prefecture_code="510100" if number % 2 else "510300",
            **given,
        )
        for number in range(70)
    ]


HISTORY = [batch(f"b{quarter}", *taken(quarter, 3 + position)) for position, quarter in enumerate(QUARTERS)]
SUPERVISED = batch("supervised", *taken("2025Q2", 20, sampling_type="supervision"))
MOVED = batch(
    "moved",
    sample("2025Q2--1", quarter="2025Q2", correction="amend", sampling_type="risk_monitoring"),
    sample("2025Q4--2", quarter="2026Q1", correction="amend", prefecture_code="511900"),
    *({**each, "quarter": "2026Q1", "correction": "amend"} for each in taken("2026Q2", 9)),
)


def figures(settings: Settings) -> dict[str, list[tuple[Any, ...]]]:
    return {
        f"{artefact} {name}": rows(settings, f"FROM {name} ORDER BY ALL", artefact)
        for artefact in ARTEFACTS
        for name in TABLES
    }


@pytest.fixture(scope="module")
def at_once(tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[tuple[Any, ...]]]:
    """What one build of everything comes to."""
    settings = Settings(home=tmp_path_factory.mktemp("at-once"))
    Lake(settings).commit(*HISTORY, SUPERVISED, MOVED)
    assert publish(settings)
    return figures(settings)


def built(monkeypatch: pytest.MonkeyPatch) -> list[tuple[str, ...]]:
    """The quarters of each build from here on."""
    seen: list[tuple[str, ...]] = []
    build = publish_module.build_quarters

    def watched(sources: Sources, quarters: tuple[str, ...], told: Callable[[Sources], None]) -> None:
        seen.append(quarters)
        build(sources, quarters, told)

    monkeypatch.setattr(publish_module, "build_quarters", watched)
    return seen


def test_both_artefacts_have_every_row_of_a_full_build_and_no_other(
    settings: Settings, lake_of: Lake, at_once: dict[str, list[tuple[Any, ...]]], monkeypatch: pytest.MonkeyPatch
) -> None:
    releases = []
    seen = built(monkeypatch)
    for each in ([*HISTORY], [SUPERVISED], [MOVED]):
        lake_of.commit(*each)
        releases.append(publish(settings))
    assert seen[1:] == [("2025Q2",), ("2025Q2", "2025Q4", "2026Q1", "2026Q2")]
    assert figures(settings) == at_once
    assert not rows(settings, "FROM mart_control_chart WHERE quarter = '2026Q2'")
    assert {row[0] for row in rows(settings, "SELECT DISTINCT sampling_type FROM mart_cells", "public")} == {
        "evaluation", "supervision",
    }  # fmt: skip
    assert sorted(path.name for path in memory_folder(settings).glob("*.duckdb")) == [
        f"{releases[-1]}.duckdb", f"{releases[-1]}.office.duckdb", f"{releases[-1]}.public.duckdb",
    ]  # fmt: skip


def gone(path: Path) -> None:
    path.unlink()


def cut(path: Path) -> None:
    path.write_bytes(path.read_bytes()[:100])


def another_file(path: Path) -> None:
    path.write_bytes(b"no database at all" * 1_000)


@pytest.mark.parametrize(
    ("which", "damage"), [("memory", cut), ("public", gone), ("public", another_file), ("office", cut)]
)
def test_without_its_files_all_is_built_and_they_are_there_again(
    settings: Settings, lake_of: Lake, monkeypatch: pytest.MonkeyPatch, which: str, damage: Callable[[Path], None]
) -> None:
    seen = built(monkeypatch)
    lake_of.commit(*few("2025Q4", "2026Q1"))
    first = str(publish(settings))
    kept = memory_folder(settings) / f"{first}.duckdb" if which == "memory" else figures_path(settings, first, which)
    damage(kept)
    for number, quarters in enumerate((("2025Q4", "2026Q1", "2026Q2"), ("2026Q2",))):
        lake_of.commit(batch(f"more {number}", sample(f"more {number}", quarter="2026Q2")))
        assert publish(settings)
        assert seen[-1] == quarters
    assert rows(settings, "SELECT quarter, sum(n_sampled)::BIGINT FROM mart_cells GROUP BY ALL ORDER BY ALL") == [
        ("2025Q4", 1), ("2026Q1", 1), ("2026Q2", 2),
    ]  # fmt: skip


def few(*quarters: str) -> list[Batch]:
    return [batch(quarter, sample(quarter, quarter=quarter)) for quarter in quarters]


def test_tables_of_another_shape_are_made_whole(
    settings: Settings, lake_of: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = built(monkeypatch)
    lake_of.commit(*few("2025Q4", "2026Q1"))
    publish(settings)
    shapes = dict(changes.table_contracts("release"))
    shapes.pop("mart_notices")
    monkeypatch.setattr(changes, "table_contracts", lambda name: shapes)
    assert publish(settings) is None
    assert seen == [("2025Q4", "2026Q1")] * 2


def test_what_another_program_made_is_not_kept(
    settings: Settings, lake_of: Lake, monkeypatch: pytest.MonkeyPatch
) -> None:
    seen = built(monkeypatch)
    lake_of.commit(*few("2025Q4", "2026Q1"))
    publish(settings)
    monkeypatch.setattr(changes, "program_digest", lambda: "another")
    lake_of.commit(batch("more", sample("more", quarter="2026Q2")))
    assert publish(settings)
    assert seen[1:] == [("2025Q4", "2026Q1", "2026Q2")]


def test_the_program_is_all_that_a_publication_runs_and_reads() -> None:
    project = Path(changes.__file__).parents[1]
    told = "import sys, pipelines.publish; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", told], check=True, capture_output=True, text=True).stdout.split()
    of_project = [project.joinpath(*name.split(".")) for name in loaded]
    run = {each for path in of_project for each in (path.with_suffix(".py"), path / "__init__.py") if each.is_file()}
    assert {project / "warehouse" / "sampling_types.py", project / "pipelines" / "rank.py"} <= run
    read = {path for path in (project / "warehouse").rglob("*.*") if path.suffix not in (".pyc", ".md")}
    assert run | read <= {*program_files()}


def test_a_program_is_another_when_a_byte_of_it_or_a_library_that_calculates_is(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    digest = kept.program_digest.__wrapped__
    before = digest()
    with monkeypatch.context() as patch:
        patch.setattr(kept, "version", lambda name: f"{name} of tomorrow")
        assert digest() != before
    monkeypatch.setattr(kept, "_PACKAGES", ("pipelines",))
    assert digest() != before
