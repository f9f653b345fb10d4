"""From a published figure to its samples and files, and back: from the archived bytes to the same figure."""

from __future__ import annotations

import json
import shutil
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
from click.testing import CliRunner

from api.models import LineageRow, Table
from pipelines.cli import cli
from pipelines.explain import explain
from pipelines.process import process
from pipelines.publish import publish
from pipelines.receive import receive_file
from pipelines.rederive import rederive
from tests.api.server import serve
from tests.integration.feed_files import CONSTRUCTION, FOOD, MARKET, ingest, write_csv
from tests.integration.zip_files import zip_of
from warehouse.archive import object_path
from warehouse.connect import connect
from warehouse.keys import add_key
from warehouse.lineage import Figure
from warehouse.release import release_path
from warehouse.settings import Settings

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)
SUPERVISED = Figure("2026Q2", "food", "supervision")
IN_CHENGDU = Figure("2026YTD", "food", "supervision", prefecture="510100")
MADE_HERE = Figure("2026Q2", "market", "supervision", stage="production")
BUILT = Figure("2026Q2", "construction", "inspection")


@dataclass(frozen=True)
class Home:
    """Two releases: in the second a correction fails the sample of 成都."""

    settings: Settings
    first: str
    second: str

    def copied(self, folder: Path) -> Settings:
        shutil.copytree(self.settings.home, folder / "home")
        return Settings(home=folder / "home", duckdb_memory="512MB")


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("made")
    settings = Settings(home=folder / "home", duckdb_memory="512MB")
    sent = ingest(settings, "food", write_csv(folder / "省抽.csv", FOOD))
    ingest(settings, "construction", write_csv(folder / "工程.csv", CONSTRUCTION))
    packed = write_csv(folder / "产品.csv", MARKET).read_bytes()
    (folder / "产品.zip").write_bytes(
        zip_of(("产品.csv", packed), ("说明/产品2.csv", packed.replace("电热".encode(), "电动".encode())))
    )
    process(settings, receive_file(settings, "market", folder / "产品.zip"))
    first = str(publish(settings, AS_OF))
    corrected = [FOOD[0], [*FOOD[1][:11], "不合格", "铅║0.5mg/kg║≤0.2mg/kg", None]]
    target = write_csv(folder / "更正.csv", corrected)
    target.with_name("更正.csv.meta.json").write_text(json.dumps({"corrects": sent.batch_id}), encoding="utf-8")
    ingest(settings, "food", target)
    return Home(settings, first, str(publish(settings, AS_OF)))


def _counts(found: dict[str, int]) -> tuple[int, int, int, int]:
    return found["n_sampled"], found["n_conforming"], found["n_nonconforming"], found["n_undetermined"]


@pytest.mark.parametrize(
    ("figure", "counts", "files"),
    [
        (SUPERVISED, (3, 0, 2, 1), {"省抽.csv", "更正.csv"}),
        (IN_CHENGDU, (1, 0, 1, 0), {"省抽.csv", "更正.csv"}),
        (MADE_HERE, (2, 2, 0, 0), {"产品.zip"}),
        (BUILT, (70, 68, 2, 0), {"工程.csv"}),
    ],
    ids=["food", "a prefecture, year to date", "out of an archive", "construction"],
)
def test_a_figure_comes_out_of_the_archive_as_it_was_published(
    home: Home, figure: Figure, counts: tuple[int, int, int, int], files: set[str]
) -> None:
    found = rederive(home.settings, figure)
    assert found.release_id == home.second and found.differences == ()
    assert [_counts(each) for each in (found.published, found.lineage, found.derived)] == [counts] * 3
    assert {file.file_name for file in found.files} == files and found.is_same


def test_an_older_release_is_derived_as_it_stood_and_nothing_is_left_behind(home: Home) -> None:
    before = sorted(path for path in home.settings.home.rglob("*") if path.is_file())
    found = rederive(home.settings, IN_CHENGDU, home.first)
    assert sorted(path for path in home.settings.home.rglob("*") if path.is_file()) == before
    assert (_counts(found.published), _counts(found.derived)) == ((1, 1, 0, 0), (1, 1, 0, 0))
    assert [file.file_name for file in found.files] == ["省抽.csv"] and found.is_same


@pytest.fixture
def choucha(monkeypatch: pytest.MonkeyPatch) -> Callable[..., tuple[int, dict[str, Any]]]:
    """`choucha explain … --rederive --json` in this process: its exit code and what it prints."""

    def command(settings: Settings, figure: Figure) -> tuple[int, dict[str, Any]]:
        monkeypatch.setenv("CHOUCHA_HOME", str(settings.home))
        words = ["--quarter", figure.quarter, "--feed", figure.feed, "--sampling-type", figure.sampling_type]
        for name in ("province", "prefecture", "category", "stage", "level"):
            words += [f"--{name}", value] if (value := getattr(figure, name)) is not None else []
        ended = CliRunner().invoke(cli, ["explain", *words, "--rederive", "--json"], standalone_mode=False)
        return ended.return_value or 0, json.loads(ended.stdout)

    return command


@pytest.mark.parametrize("province", [None, "510000", "unknown"])
def test_the_command_derives_the_figure_of_a_province_too(
    home: Home, choucha: Callable[..., tuple[int, dict[str, Any]]], province: str | None
) -> None:
    figure = replace(IN_CHENGDU, prefecture=None, province=province)
    code, told = choucha(home.settings, figure)
    assert (code, told["is_same"]) == (0, True)
    assert told["published"] == rederive(home.settings, figure).published
    assert bool(told["files"]) is (province != "unknown")


def test_bytes_that_were_altered_are_named_and_end_in_1(
    home: Home, tmp_path: Path, choucha: Callable[..., tuple[int, dict[str, Any]]]
) -> None:
    settings = home.copied(tmp_path)
    (sha256,) = set(explain(settings, **vars(BUILT)).column("sha256").to_pylist())
    path = object_path(settings, sha256)
    path.chmod(0o644)
    path.write_bytes(path.read_bytes().replace(b"20,20", b"20,19"))
    code, told = choucha(settings, BUILT)
    assert (code, told["is_same"]) == (1, False)
    assert [(each["file_name"], each["is_intact"]) for each in told["files"]] == [("工程.csv", False)]
    assert (told["published"]["n_sampled"], told["derived"]["n_sampled"]) == (70, 0)
    assert {each["what"] for each in told["differences"]} == {"重新推算中没有 not derived anew"}


def test_a_figure_that_was_altered_in_its_release_does_not_come_out(
    home: Home, tmp_path: Path, choucha: Callable[..., tuple[int, dict[str, Any]]]
) -> None:
    settings = home.copied(tmp_path)
    with connect(settings, release_path(settings, home.second, "office")) as office:
        office.execute(
            "UPDATE mart_cells SET n_conforming = n_conforming + 1 WHERE feed = 'construction' AND stage = 'site'"
        )
    code, told = choucha(settings, BUILT)
    assert (code, told["is_same"], told["differences"]) == (1, False, [])
    assert told["published"]["n_conforming"] > told["lineage"]["n_conforming"] == told["derived"]["n_conforming"] == 68


def test_what_is_read_otherwise_today_is_told_sample_by_sample(home: Home, monkeypatch: pytest.MonkeyPatch) -> None:
    from pipelines.normalise import batch as stage  # noqa: PLC0415

    then = stage.normalise
    monkeypatch.setattr("pipelines.process.normalise", lambda *given, **more: _without_places(then(*given, **more)))
    found = rederive(home.settings, Figure("2026Q2", "market", "supervision"))
    assert not found.is_same and all(file.is_intact for file in found.files)
    assert found.published == found.lineage == found.derived
    assert {each.what.split(":")[0] for each in found.differences} == {"prefecture_code"}
    assert "510100 → unknown" in {each.what.split(": ")[1] for each in found.differences}


def _without_places(batch: Any) -> Any:

    import pyarrow as pa  # noqa: PLC0415

    rows = batch.rows
    position = rows.schema.get_field_index("prefecture_code")
    nowhere = pa.array(["unknown"] * rows.num_rows, rows.schema.field(position).type)
    return replace(batch, rows=rows.set_column(position, rows.schema.field(position), nowhere))


@pytest.fixture(scope="module")
def office(home: Home) -> Iterator[httpx.Client]:
    text, _ = add_key(home.settings, "质量办", ["office:read"], now=datetime.now(UTC), created_by="ops")
    with (
        serve(home.settings) as address,
        httpx.Client(base_url=address, timeout=60, headers={"Authorization": f"Bearer {text}"}) as client,
    ):
        yield client


ASKED = "/v1/explain?feed=food&sampling_type=supervision&quarter=2026Q2"


def test_the_office_is_shown_the_samples_that_the_command_shows(home: Home, office: httpx.Client) -> None:
    answer = office.get(ASKED)
    body = answer.json()
    Table[LineageRow].model_validate_json(answer.content)
    assert list(body["items"][0]) == list(LineageRow.model_fields)
    told = explain(home.settings, quarter="2026Q2", feed="food", sampling_type="supervision").to_pylist()
    assert body["items"] == told and body["meta"]["total"] == 3 and body["meta"]["release"] == home.second
    by_number = {row["sample_no"]: row for row in body["items"]}
    assert by_number["DC26510000001"]["file_name"] == "更正.csv" and by_number["DC26510000001"]["source_rows"] == [2]
    assert by_number["DC26510000002"]["source_rows"] == [3, 4]
    assert answer.headers["cache-control"] == "private, no-store"


def test_an_earlier_release_shows_what_it_counted(home: Home, office: httpx.Client) -> None:
    found = office.get(f"{ASKED}&as_of={home.first}&prefecture=510100").json()
    assert [(row["conclusion"], row["file_name"]) for row in found["items"]] == [("conforming", "省抽.csv")]
    assert found["meta"]["release"] == home.first


def test_pages_and_files_of_the_lineage_hold_the_same_samples(office: httpx.Client) -> None:
    whole = office.get(ASKED).json()["items"]
    first = office.get(f"{ASKED}&limit=2").json()
    rest = office.get(first["links"]["next"]).json()
    assert first["items"] + rest["items"] == whole and rest["links"]["next"] is None
    assert len(office.get(f"{ASKED}&format=csv").text.strip().splitlines()) == 4


def test_a_code_that_the_release_does_not_know_is_refused(office: httpx.Client) -> None:
    for wrong in ("prefecture=999999", "category=X99", "stage=moon"):
        assert office.get(f"{ASKED}&{wrong}").status_code == 400, wrong
