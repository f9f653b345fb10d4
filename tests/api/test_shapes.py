"""What is promised, described and answered is one thing: models, contract, statements and labels agree."""

from __future__ import annotations

import re
from typing import Any, get_args

import httpx
import pytest
from pydantic import BaseModel

from api import labels, parameters
from api.follow_up_rows import RecallRow, RectificationRow, TimelinessRow, WarningDetail
from api.indicator_row import BaselineRow, IndicatorRow
from api.lookup_rows import DownloadRow, LookupRow
from api.models import (
    CategoryRow,
    Finding,
    HazardRow,
    Health,
    One,
    PrefectureRow,
    RankingRow,
    ReleaseRow,
    ResultRow,
    Table,
    WarningRow,
    WarningSample,
)
from api.policy import require_published
from api.problems import Problem
from api.quarter_rows import QuarterlyResults, QuarterRow
from api.queries import statement
from tests.api.followed import FOLLOWED
from tests.api.release_files import cell, indicator, published_sample, release_id, warning, write_release
from warehouse import service_standards
from warehouse.arrow import arrow_schema
from warehouse.connect import connect, sql_text
from warehouse.contract import contract, feeds, form, table_contracts
from warehouse.quarterly.words import STEPS
from warehouse.sampling_types import PUBLISHED_TYPES, RANKED_TYPES, TYPES_OF_FAILURES
from warehouse.settings import Settings

STRATUM = "feed=food&sampling_type=evaluation&quarter=2026Q2"


def _words(query: type[BaseModel], parameter: str) -> set[str]:
    """What an optional parameter may say."""
    return set(get_args(get_args(query.model_fields[parameter].annotation)[0]))


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    return write_release(
        settings, 1, cells=[cell(n_conforming=90)], warnings=[warning(1)], indicators=[indicator()],
        samples=[published_sample(1)], others=FOLLOWED,
    )  # fmt: skip


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        (f"/v1/results?{STRATUM}&by=prefecture", Table[ResultRow]),
        (f"/v1/rankings?{STRATUM}", Table[RankingRow]),
        ("/v1/indicators", Table[IndicatorRow]),
        ("/v1/quarters", Table[QuarterRow]),
        ("/v1/quarters/2026Q2", One[QuarterlyResults]),
        ("/v1/warnings", Table[WarningRow]),
        ("/v1/warnings/W2026-TEST000001", One[WarningDetail]),
        ("/v1/recalls", Table[RecallRow]),
        ("/v1/rectification", Table[RectificationRow]),
        ("/v1/timeliness", Table[TimelinessRow]),
        ("/v1/lookup?q=豇豆", Table[LookupRow]),
        ("/v1/downloads", Table[DownloadRow]),
        ("/v1/prefectures", Table[PrefectureRow]),
        ("/v1/categories", Table[CategoryRow]),
        ("/v1/hazards", Table[HazardRow]),
        ("/v1/releases", Table[ReleaseRow]),
        (f"/v1/releases/{release_id(1)}", One[ReleaseRow]),
        ("/v1/health", Health),
    ],
)
def test_every_answer_has_the_shape_that_is_described(client: httpx.Client, path: str, shape: type[BaseModel]) -> None:
    answer = client.get(path)
    assert answer.status_code == 200
    shape.model_validate_json(answer.content)
    body = answer.json()
    for row in body.get("items", []):
        assert list(row) == list(shape.model_fields["items"].annotation.__args__[0].model_fields)  # type: ignore[union-attr]
    assert "items" not in body or body["items"]


def test_every_address_is_described_and_asked_for_its_shape(client: httpx.Client) -> None:
    paths = client.get("/openapi.json").json()["paths"]
    assert set(paths) == {
        "/v1/results", "/v1/rankings", "/v1/comparisons", "/v1/trends", "/v1/bounds", "/v1/quarters",
        "/v1/quarters/{quarter}",
        "/v1/indicators", "/v1/warnings", "/v1/warnings/{warning_id}", "/v1/prefectures",
        "/v1/warnings/{warning_id}/versions", "/v1/warnings/{warning_id}/versions/{version}",
        "/v1/warnings/{warning_id}/versions/{before}/diff/{after}", "/v1/reviews",
        "/v1/warnings.atom", "/v1/warnings.json", "/v1/warnings/{warning_id}.cap.xml",
        "/v1/warnings/{warning_id}/versions/{version}.cap.xml", "/v1/changes",
        "/v1/lookup", "/v1/downloads", "/v1/downloads/datapackage.json", "/v1/downloads/{sha256}.{kind}",
        "/v1/categories", "/v1/hazards", "/v1/releases", "/v1/releases/{release_id}",
        "/v1/releases/{before}/diff/{after}", "/v1/explain", "/v1/health", "/v1/metrics",
        "/v1/recalls", "/v1/rectification", "/v1/overdue", "/v1/timeliness",
        "/v1/intake/{feed}", "/v1/receipts/{receipt_id}", "/v1/quarantine", "/v1/quarantine/{batch_id}",
    }  # fmt: skip
    writing = {path: set(methods) - {"get"} for path, methods in paths.items()}
    assert {path: methods for path, methods in writing.items() if methods} == {
        "/v1/reviews": {"post"}, "/v1/intake/{feed}": {"post"},
    }  # fmt: skip


def test_every_parameter_and_field_has_a_description(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    described = [
        p
        for path in document["paths"].values()
        for operation in path.values()
        for p in operation.get("parameters", [])
        if p["in"] == "query"
    ]
    assert len(described) > 30 and all(p.get("description") for p in described)
    for name in (
        "ResultRow", "RankingRow", "ComparisonRow", "TrendRow", "BoundsRow", "IndicatorRow", "BaselineRow",
        "WarningRow",
        "ReleaseRow", "LookupRow", "DownloadRow", "Meta", "Links",
        "UploadTaken", "UploadWaiting", "ReceiptDocument", "ReceiptProblem", "QuarantineRow",
    ):  # fmt: skip
        fields: dict[str, Any] = document["components"]["schemas"][name]["properties"]
        assert fields and all(field.get("description") for field in fields.values()), name


def test_warnings_give_every_column_of_the_contract_and_its_structs() -> None:
    table = table_contracts("release")["mart_warnings"]
    schema = arrow_schema(table)
    assert {column.name for column in table.columns} <= set(WarningRow.model_fields)
    assert [field.name for field in schema.field("findings").type.value_type] == list(Finding.model_fields)
    assert [field.name for field in schema.field("samples").type.value_type] == list(WarningSample.model_fields)


def test_indicators_give_every_column_of_the_contract_and_each_line_of_a_city() -> None:
    contracts = table_contracts("release")
    given = {column.name for column in contracts["mart_indicators"].columns}
    told = {"name_zh", "name_en", "prefecture_name", "unit", "target_source", "baselines"}
    assert given | told == set(IndicatorRow.model_fields)
    lines = {column.name.removeprefix("baseline_") for column in contracts["ref_baselines"].columns}
    assert lines - {"indicator_code"} == set(BaselineRow.model_fields)


@pytest.mark.parametrize(
    ("table", "row"), [("ref_prefectures", PrefectureRow), ("ref_categories", CategoryRow), ("ref_hazards", HazardRow)]
)
def test_reference_tables_are_given_as_the_contract_has_them(table: str, row: type[BaseModel]) -> None:
    assert [column.name for column in table_contracts("release")[table].columns] == list(row.model_fields)


def test_words_of_a_question_are_those_of_the_contracts() -> None:
    assert set(get_args(parameters.Feed)) == set(feeds()) == set(labels.FEEDS)
    asked = {"level": parameters.Level, "stage": parameters.Stage, "sampling_type": parameters.SamplingType}
    for kind, words in asked.items():
        known = {code for feed in feeds() for code in contract(feed).vocabularies.get(kind, {})}
        assert known and known <= set(get_args(words)), kind
    assert set(get_args(parameters.WarningState)) == set(labels.STATES)
    for kind in ("kind", "status"):
        assert _words(parameters.RecallsQuery, kind) == set(form("recalls").vocabularies[kind])


def test_steps_are_asked_for_named_and_ordered_alike() -> None:
    timed = [step for step in service_standards.STEPS if step != "final_to_rectified"]
    assert _words(parameters.TimelinessQuery, "step") == set(timed) and list(STEPS) == timed
    for text in (sql_text("quarterly/timeliness"), statement("timeliness")):
        (order,) = re.findall(r"list_position\(\[(.+?)\]", text)
        assert re.findall(r"'(.+?)'", order) == timed


def test_what_a_feed_has_of_sampling_is_what_its_contract_says() -> None:
    for feed in feeds():
        known = set(contract(feed).vocabularies["sampling_type"])
        for is_office in (False, True):
            told = known if is_office else known - {"risk_monitoring"}
            with pytest.raises(Problem) as refused:
                require_published("inspection" if feed != "construction" else "supervision", feed, is_office=is_office)
            assert set(refused.value.errors[0].allowed) == told


def test_every_sampling_type_has_a_name_for_readers() -> None:
    known = set(get_args(parameters.SamplingType))
    assert set(labels.SAMPLING_TYPES) == set(labels.RATE_NAMES) == known
    assert {*PUBLISHED_TYPES, *TYPES_OF_FAILURES} == known
    assert {*RANKED_TYPES} == known - {*TYPES_OF_FAILURES}
    assert known - {*PUBLISHED_TYPES} == {"risk_monitoring"}


def test_every_status_of_the_release_has_a_sentence(settings: Settings) -> None:
    with connect(settings) as connection:
        connection.execute(sql_text("marts/macros"))
        asked = "SELECT DISTINCT unnest([rate_status(x, n, v), failure_rate_status(x, n, v)])"
        cases = "range(0, 200) AS t(n), (SELECT unnest(range(0, 200)) AS x), (VALUES (NULL), (3), (12)) AS u(v)"
        rows = connection.execute(f"{asked} FROM {cases} WHERE x <= n").fetchall()
    assert {status for (status,) in rows} == set(labels.STATUSES)
