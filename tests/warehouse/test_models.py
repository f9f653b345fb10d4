"""Each model makes of the rows of its cases what they expect, and its header says what it reads."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest

import pipelines.publish
from docs.models import Model, models
from pipelines.build import open_sources
from pipelines.changes import find_changes
from pipelines.publish import publish
from pipelines.warnings import let_go
from tests.warehouse.builder import RECEIVED, Lake, batch, sample
from tests.warehouse.model_cases import (
    CASES,
    Catalogue,
    Table,
    described,
    difference,
    read_case,
    relations_read,
    statement,
)
from warehouse import lake
from warehouse.connect import Connection, connect, sql_text
from warehouse.office_time import OFFICE_TIME
from warehouse.reviews import ACTIONS
from warehouse.settings import Settings

PATHS = sorted(CASES.glob("*/*.yaml"))


@pytest.fixture(scope="module")
def connection(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Connection]:
    """One connection for all cases, with the macros that models use."""
    with connect(Settings(home=tmp_path_factory.mktemp("cases"), duckdb_threads=1)) as opened:
        opened.execute(sql_text("marts/macros"))
        opened.execute(sql_text("marts/warning_macros"))
        yield opened


@pytest.fixture(scope="module")
def catalogue(connection: Connection, tmp_path_factory: pytest.TempPathFactory) -> Catalogue:
    """The columns of all relations. Those that no model makes are as a publication, before it lets go of any and at its
    end, and the look for changes after it had them on their connections.
    """
    settings = Settings(home=tmp_path_factory.mktemp("observed"))
    observed: dict[str, Mapping[str, str]] = {}

    @contextmanager
    def watched(of: Settings) -> Iterator[Connection]:
        with connect(of) as opened:
            yield opened
            observed.update(_relations(opened))

    def letting_go(opened: Connection) -> None:
        observed.update(_relations(opened))
        let_go(opened)

    Lake(settings).commit(batch("b1", sample("1")))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pipelines.publish, "connect", watched)
        patch.setattr(pipelines.publish, "let_go", letting_go)
        publish(settings, RECEIVED)
    with watched(settings) as opened:
        for table in lake.LAKE_TABLES:
            lake.scan(settings, opened, table)
        find_changes(open_sources(settings, opened, lake.versions(settings), RECEIVED))
    return Catalogue(connection, observed)


def _relations(connection: Connection) -> dict[str, Mapping[str, str]]:
    made = connection.execute(
        "SELECT table_name FROM duckdb_tables() WHERE temporary"
        " UNION SELECT view_name FROM duckdb_views() WHERE temporary AND NOT internal"
    )
    return {name: described(connection, name) for (name,) in made.fetchall()}


@pytest.mark.parametrize("path", PATHS, ids=lambda path: f"{path.parent.name}/{path.stem}")
def test_a_model_makes_of_the_rows_of_a_case_what_it_expects(catalogue: Catalogue, path: Path) -> None:
    case = read_case(path)
    differing = difference(catalogue, case)
    assert not differing, f"{case.model}: {case.about}\n{differing}"


def test_a_difference_names_the_rows_that_are_missing_and_too_many(catalogue: Catalogue) -> None:
    case = read_case(CASES / "core_shared_keys" / "quarters_that_share_a_sample.yaml")
    wrong = replace(case, expect=(["sample_key", "quarter"], [{"sample_key": "s1", "quarter": "2026Q1"}, {}]))
    assert difference(catalogue, wrong).splitlines() == [
        "         | sample_key | quarter",
        "missing  |  | ",
        "too many | s1 | 2026Q2",
    ]


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"core_samples": (["key"], [])}, "core_scattered_keys does not read core_samples"),
        ({"core_new_keys": (["keys"], [])}, "core_new_keys has no column keys; it has key, quarter"),
        ({"core_new_keys": (["key"], [{"key": "a word"}])}, "core_new_keys.key holds what is none of its type"),
    ],
)
def test_what_a_case_misspells_is_refused(catalogue: Catalogue, given: dict[str, Table], message: str) -> None:
    case = read_case(CASES / "core_scattered_keys" / "samples_of_several_quarters.yaml")
    with pytest.raises(ValueError, match=message):
        difference(catalogue, replace(case, given=given))


def test_every_model_has_a_case_and_every_case_a_model() -> None:
    assert len(PATHS) > 60
    assert {path.parent.name for path in PATHS} == {model.name for model in models()}


@pytest.mark.parametrize("model", models(), ids=lambda model: model.name)
def test_the_header_of_a_model_names_exactly_what_its_one_select_reads(connection: Connection, model: Model) -> None:
    assert relations_read(connection, statement(model.name)) == {*model.reads}


def test_what_is_no_model_is_macros() -> None:
    folders = {model.path.parent for model in models()}
    others = {path.name for folder in folders for path in folder.glob("*.sql")} - {
        f"{each.name}.sql" for each in models()
    }
    assert others == {"macros.sql", "warning_macros.sql"}


def test_a_statement_beside_the_select_is_refused(connection: Connection) -> None:
    for query in ("SELECT 1; SELECT 2", "CREATE TABLE a AS SELECT 1", "SELECT"):
        with pytest.raises(ValueError):
            relations_read(connection, query)


def test_the_decisions_of_the_office_are_those_that_it_can_take() -> None:
    known = set(re.findall(r"'(warning_\w+)'", statement("core_reviews")))
    assert known == {f"warning_{action}" for action in ACTIONS}


def test_models_count_days_in_the_office_time() -> None:
    zones = [zone for model in models() for zone in re.findall(r"TIME ZONE '(.+?)'", statement(model.name))]
    assert len(zones) > 5 and set(zones) == {str(OFFICE_TIME)}
