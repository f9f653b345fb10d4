"""No route of the OpenAPI document, asked in whatever way it takes, adds two kinds of sampling.

Each kind has a pass rate and a size of cell of its own, the same in every cell; what adds two of them shows neither.
A route that comes later is asked too, or the test says what it needs to know of it.
"""

from __future__ import annotations

import itertools
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from io import BytesIO
from typing import Any

import httpx
import pyarrow.csv as pa_csv
import pyarrow.parquet as pq
import pytest

from pipelines.publish import publish
from tests.api.server import serve
from tests.warehouse.builder import Lake, batch, sample
from warehouse.keys import add_key
from warehouse.settings import Settings

# Of each kind: how many are sampled in a cell, and how many of them conform.
CELLS = {
    "evaluation": (61, 59),
    "supervision": (67, 53),
    "routine_monitoring": (71, 67),
    "risk_monitoring": (73, 41),
    "inspection": (12 * 83, 12 * 79),
}
QUARTERS = {"2025Q2": date(2025, 5, 10), "2026Q1": date(2026, 2, 10), "2026Q2": date(2026, 5, 10)}
PREFECTURES = ("510100", "510300")
AS_OF = datetime(2026, 7, 31, tzinfo=UTC)

# What may be asked of a parameter that lists no values itself.
VALUES = {
    "province": ["510000"],
    "prefecture": ["510100", "unknown"],
    "category": ["F01"],
    "quarter": ["2026Q2", "2026YTD"],
    "by": ["prefecture", "category", "stage", "level", "quarter", "prefecture,category", "province"],
    "hazard": ["other"],
    "indicator": ["food_evaluation"],
    "q": ["豆腐"],
    "product": ["豆腐"],
    "producer": ["某某"],
    "batch": ["2026"],
    "since": [""],
    "rule": ["SH-116"],
    "warning_id": ["W2026-AAAAAAAAAA"],
    "issued_from": ["2026-06-01"],
    "issued_to": ["2026-06-30"],
}
IN_PATHS = {"quarter": "2026Q2", "version": "1", "batch_id": "evaluation-2026Q2", "receipt_id": "evaluation-2026Q2"}
IN_PATHS |= {"sha256": "0" * 64, "kind": "parquet"}
STRATUM = ("feed", "sampling_type", "quarter", "kind")
PAGING = {"format", "limit", "cursor", "as_of"}
# Answers without a figure on sampling, and those whose questions are costly: these are asked less.
FIGURELESS = {
    "/v1/metrics", "/v1/downloads", "/v1/downloads/datapackage.json", "/v1/downloads/{sha256}.{kind}",
    "/v1/categories", "/v1/hazards", "/v1/health", "/v1/prefectures", "/v1/releases", "/v1/releases/{release_id}",
    "/v1/quarters", "/v1/reviews", "/v1/warnings/{warning_id}", "/v1/warnings/{warning_id}/versions",
    "/v1/warnings/{warning_id}/versions/{version}", "/v1/warnings/{warning_id}/versions/{before}/diff/{after}",
    "/v1/warnings.atom", "/v1/warnings.json", "/v1/warnings/{warning_id}.cap.xml", "/v1/changes",
    "/v1/warnings/{warning_id}/versions/{version}.cap.xml",
    "/v1/receipts/{receipt_id}", "/v1/quarantine", "/v1/quarantine/{batch_id}",
    "/v1/warnings", "/v1/explain", "/v1/recalls", "/v1/rectification", "/v1/overdue", "/v1/timeliness",
}  # fmt: skip
COSTLY = {"/v1/explain"}
# Counts of something else than samples.
COUNTED = re.compile(r"n_(sampled|concluded|conforming|nonconforming)(_|$)")
RATED = re.compile(r"(^|_)rate(_before|_after|_previous)?$")


@dataclass
class Seen:
    """What was asked and answered: figures by route, and whatever adds up two kinds."""

    n_asked: Counter[str] = field(default_factory=Counter)
    n_figures: Counter[str] = field(default_factory=Counter)
    kinds: set[str] = field(default_factory=set)
    wrong: list[str] = field(default_factory=list)


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    """Two releases, the second with one more quarter: cells of every kind by prefecture and quarter."""
    lake_of = Lake(settings)
    for quarter, day in QUARTERS.items():
        if quarter == "2026Q2":
            assert publish(settings, AS_OF)
        for kind in CELLS:
            rows = [row for prefecture in PREFECTURES for row in _cell(kind, prefecture, quarter, day)]
            lake_of.commit(batch(f"{kind}-{quarter}", *rows))
    return str(publish(settings, AS_OF))


def _cell(kind: str, prefecture: str, quarter: str, day: date) -> list[dict[str, Any]]:
    n, conforming = CELLS[kind]
    where = {"prefecture_code": prefecture, "quarter": quarter, "concluded_on": day, "sampling_type": kind}
    name = f"{kind}-{prefecture}-{quarter}"
    if kind == "inspection":
        own = {
            "feed": "construction",
            "stage": "site",
            "category_code": "C01",
            "n_points": 83,
            "n_points_conforming": 79,
        }
        failed = {"conclusion": "nonconforming", "findings": []}
        return [sample(f"{name}-{k}", **where, **own, **failed) for k in range(12)]
    verdict = ["conforming"] * conforming + ["nonconforming"] * (n - conforming)
    own = {"category_code": "F01", "category_2_code": "F01-01", "notice_no": "N1", "notice_key": "N1"}
    return [sample(f"{name}-{k}", **where, **own, conclusion=each) for k, each in enumerate(verdict)]


@pytest.fixture(scope="module")
def seen(settings: Settings, released: str) -> Seen:
    """Everything asked once, by the office and by the public."""
    key, _ = add_key(settings, "质量办", ["office:read", "review"], now=AS_OF, created_by="ops")
    found = Seen()
    with serve(settings) as address, httpx.Client(base_url=address, timeout=120) as client:
        document = client.get("/openapi.json").json()
        for headers in ({"Authorization": f"Bearer {key}"}, {}):
            for path, operation in _routes(document):
                for address_asked in _questions(client, path, operation, is_brief=not headers):
                    _ask(client, path, address_asked, headers, found)
    return found


def _routes(document: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        if "get" in methods:
            yield path, methods["get"]


def _questions(client: httpx.Client, path: str, operation: dict[str, Any], *, is_brief: bool) -> Iterator[str]:
    """Every stratum that the route may be asked for, and of the wide ones each other parameter, one at a time."""
    parameters = [each for each in operation.get("parameters", []) if each["name"] not in PAGING]
    here = _in_path(client, path)
    asked = {each["name"]: _values(path, each) for each in parameters if each["in"] == "query"}
    stratum = {name: values for name, values in asked.items() if name in STRATUM}
    if path in COSTLY:
        stratum |= {"feed": ["food"], "quarter": ["2026Q2"]}
    paged = "limit=1000&" if any(each["name"] == "limit" for each in operation.get("parameters", [])) else ""
    for chosen in itertools.product(*stratum.values()):
        base = dict(zip(stratum, chosen, strict=True))
        # One feed with four kinds, or all of them, over several quarters: where two kinds could be added.
        is_wide = base.get("feed") in (None, "food") and base.get("quarter", "2026YTD") == "2026YTD"
        if base.get("feed") == "market" or (is_brief and not is_wide):
            continue
        yield _address(here, paged, base)
        if is_brief or path in COSTLY or not is_wide or base.get("sampling_type") not in (None, "supervision"):
            continue
        for name, values in asked.items():
            for value in values:
                if name not in STRATUM and value is not None:
                    yield _address(here, paged, base | {name: value})


def _address(path: str, paged: str, asked: dict[str, str | None]) -> str:
    return f"{path}?{paged}" + "&".join(f"{name}={value}" for name, value in asked.items() if value is not None)


def _values(path: str, parameter: dict[str, Any]) -> list[str | None]:
    """What may stand in a parameter; None where it may be left out."""
    schema = parameter["schema"]
    options = schema.get("anyOf", [schema])
    listed = [value for option in options for value in option.get("enum", [])]
    if not listed and {"type": "boolean"} in options:
        listed = ["true", "false"]
    found = listed or VALUES.get(parameter["name"])
    assert found, f"{path} takes {parameter['name']}: say in VALUES what may be asked of it"
    return [*found] if parameter.get("required") else [None, *found]


def _in_path(client: httpx.Client, path: str) -> str:
    releases = [row["release_id"] for row in client.get("/v1/releases").json()["items"]]
    warnings = [row["warning_id"] for row in client.get("/v1/warnings?limit=1").json()["items"]]
    known = IN_PATHS | {"release_id": releases[0], "warning_id": warnings[0] if warnings else "W2026-AAAAAAAAAA"}
    is_versions = "warning_id" in path
    known |= {"before": "1" if is_versions else releases[1], "after": "1" if is_versions else releases[0]}
    for name in re.findall(r"\{(\w+)\}", path):
        assert name in known, f"{path} has {name} in it: say in IN_PATHS what may stand there"
        path = path.replace(f"{{{name}}}", known[name])
    return path


def _ask(client: httpx.Client, path: str, asked: str, headers: dict[str, str], found: Seen) -> None:
    answer = client.get(asked, headers=headers)
    assert answer.status_code in (200, 400, 401, 403, 404), f"{asked}: {answer.status_code} {answer.text[:300]}"
    found.n_asked[path] += 1
    if answer.status_code != 200 or not answer.headers["content-type"].partition(";")[0].endswith("json"):
        return  # feeds and messages tell of warnings in words, metrics of requests
    before = found.n_figures[path]
    _examine(answer.json(), None, path, asked, found)
    if found.n_figures[path] and not before and "limit=" in asked:
        _examine_files(client, path, asked, headers, found)


def _examine_files(client: httpx.Client, path: str, asked: str, headers: dict[str, str], found: Seen) -> None:
    parquet = pq.read_table(BytesIO(client.get(f"{asked}&format=parquet", headers=headers).content))
    csv = pa_csv.read_csv(BytesIO(client.get(f"{asked}&format=csv", headers=headers).content))
    for table in (parquet, csv):
        assert table.num_rows
        _examine(table.to_pylist(), None, path, asked, found)


def _examine(node: Any, kind: str | None, path: str, asked: str, found: Seen) -> None:
    """Every figure below this node belongs to one kind, that of its row or of what the row stands in."""
    if isinstance(node, list):
        for each in node:
            _examine(each, kind, path, asked, found)
    if not isinstance(node, dict):
        return
    kind = node.get("sampling_type") or kind
    for name, value in node.items():
        if isinstance(value, (dict, list)):
            _examine(value, kind, path, asked, found)
        elif isinstance(value, (int, float)) and not isinstance(value, bool) and (told := _mixes(name, value, kind)):
            found.wrong.append(f"{asked}: {name} = {value}: {told}")
        elif value is not None and (COUNTED.match(name) or RATED.search(name)):
            found.n_figures[path] += 1
            found.kinds.add(str(kind))


def _mixes(name: str, value: float, kind: str | None) -> str | None:
    """Why a value is no figure of this kind; None where it is one, or no figure at all."""
    counted, rated = COUNTED.match(name), RATED.search(name)
    if not counted and not rated:
        return None
    if kind not in CELLS:
        return f"a figure of {kind}"
    n, conforming = CELLS[kind]
    if counted:
        unit = {"conforming": conforming, "nonconforming": n - conforming}.get(counted[1], n)
        return None if value % unit == 0 else f"no multiple of {unit}, as {kind} has it"
    rate = (n - conforming) / n if "failure" in name else conforming / n
    return None if abs(value - rate) < 1e-6 else f"not {rate}, as {kind} has it everywhere"


def test_no_route_adds_two_kinds_of_sampling(seen: Seen) -> None:
    assert seen.wrong == []
    assert seen.kinds == set(CELLS)


def test_every_route_that_has_figures_showed_some(seen: Seen) -> None:
    without = {path for path in seen.n_asked if not seen.n_figures[path]}
    assert {"/v1/results", "/v1/rankings", "/v1/releases/{before}/diff/{after}"} <= set(seen.n_figures)
    assert without <= FIGURELESS, "asked in vain: add what they need to VALUES, IN_PATHS or the lake, or say why not"


@pytest.mark.parametrize(
    ("name", "value", "kind"),
    [
        ("n_sampled", 61 + 67, "evaluation"), ("n_conforming", 59 + 53, "supervision"), ("n_sampled", 61, None),
        ("rate", (59 + 53) / (61 + 67), "evaluation"), ("failure_rate", 59 / 61, "evaluation"),
        ("n_concluded_before", 71 + 73, "routine_monitoring"), ("provincial_rate", 0.9, "evaluation"),
    ],
)  # fmt: skip
def test_a_figure_that_adds_two_kinds_would_be_noticed(name: str, value: float, kind: str | None) -> None:
    assert _mixes(name, value, kind) is not None


def test_two_kinds_in_one_question_are_refused_wherever_one_may_be_named(client: httpx.Client) -> None:
    document = client.get("/openapi.json").json()
    routes = [
        path
        for path, operation in _routes(document)
        if any(each["name"] == "sampling_type" for each in operation.get("parameters", []))
    ]
    assert {"/v1/results", "/v1/rankings"} <= set(routes)
    base = "feed=food&quarter=2026Q2&kind=previous_quarter"
    for path in routes:
        both = f"{path}?{base}&sampling_type=evaluation&sampling_type=supervision"
        assert client.get(both).status_code in (400, 401), path
        assert client.get(f"{path}?{base}&sampling_type=evaluation,supervision").status_code in (400, 401), path
