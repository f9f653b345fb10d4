"""The simulator: deterministic, conserving, ugly where told to be, and right about what must come out."""

from __future__ import annotations

import csv
import json
import re
import subprocess
import sys
from collections import Counter
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from python_calamine import CalamineWorkbook

from pipelines.simulate import SimulatedSet, first_drop, simulate, simulate_batch
from pipelines.simulate.catalog import Failure, load_catalog, measured
from pipelines.simulate.construction import INTRA_CLASS_CORRELATION, draw_construction
from pipelines.simulate.food import Task
from pipelines.simulate.frame import quarter_span, quarters_from, random_of
from pipelines.simulate.names import invent_names
from pipelines.simulate.places import load_places, place_stems, short_name
from pipelines.simulate.truth import KEYS, MEASURES
from pipelines.simulate.world import RATE_RANGES, build_world
from warehouse.contract import feeds
from warehouse.errors import UserError
from warehouse.reference import categories, divisions

ROW_COUNTS = ("rows_accepted", "rows_continuation", "rows_duplicate", "rows_quarantined")


@pytest.fixture(scope="module")
def ugly(tmp_path_factory: pytest.TempPathFactory) -> SimulatedSet:
    return simulate(tmp_path_factory.mktemp("ugly"), samples=3000, quirks=1.0, seed=7)


@pytest.fixture(scope="module")
def clean(tmp_path_factory: pytest.TempPathFactory) -> SimulatedSet:
    return simulate(tmp_path_factory.mktemp("clean"), samples=3000, quirks=0.0)


def truth_of(made: SimulatedSet) -> dict[str, Any]:
    content: dict[str, Any] = json.loads(made.truth.read_text(encoding="utf-8"))
    return content


def rows_of(path: Path, form: str) -> list[list[str]]:
    """Data rows of a file as its reader sees them, header rows left out."""
    if form == "xlsx":
        book = CalamineWorkbook.from_path(path)
        return [row for name in book.sheet_names for row in sheet_rows(book.get_sheet_by_name(name).to_python())]
    if form in ("json", "jsonl"):
        text = path.read_text(encoding="utf-8")
        objects = json.loads(text) if form == "json" else [json.loads(line) for line in text.splitlines()]
        return [list(each.values()) for each in objects]
    encoding = {"csv": "utf-8", "csv_bom": "utf-8-sig", "csv_gb18030": "gb18030"}[form]
    with path.open(encoding=encoding, newline="") as file:
        return sheet_rows(list(csv.reader(file)))


def sheet_rows(rows: list[list[Any]]) -> list[list[str]]:
    header = next(n for n, row in enumerate(rows) if sum(bool(cell) for cell in row) > 3)
    return [[str(cell) for cell in row] for row in rows[header + 1 :]]


def total(cells: list[dict[str, Any]], measure: str, **where: str) -> int:
    return sum(c[measure] for c in cells if all(c[name] == value for name, value in where.items()))


def test_the_same_seed_writes_the_same_bytes_and_another_seed_does_not(tmp_path: Path, ugly: SimulatedSet) -> None:
    again = simulate(tmp_path / "again", samples=3000, quirks=1.0, seed=7)
    other = simulate(tmp_path / "other", samples=3000, quirks=1.0, seed=8)

    def bytes_of(made: SimulatedSet) -> dict[str, bytes]:
        return {str(path.relative_to(made.folder)): path.read_bytes() for path in (*made.files, made.truth)}

    assert bytes_of(again) == bytes_of(ugly)
    assert bytes_of(other) != bytes_of(ugly)


def test_rows_read_of_each_file_are_the_rows_that_stand_in_it(ugly: SimulatedSet) -> None:
    entries = truth_of(ugly)["files"]
    assert {entry["form"] for entry in entries} == {"csv", "csv_bom", "csv_gb18030", "xlsx", "json", "jsonl"}
    for entry in entries:
        rows = rows_of(ugly.folder / entry["feed"] / entry["name"], entry["form"])
        assert len(rows) == entry["rows_read"] == sum(entry[name] for name in ROW_COUNTS), entry["name"]
        assert entry["n_samples"] == entry["rows_accepted"]
    assert sum(entry["rows_read"] for entry in entries) == ugly.n_rows


def test_an_ugly_set_has_continuations_duplicates_and_quarantined_rows_in_every_feed(ugly: SimulatedSet) -> None:
    for feed in ("food", "market"):
        entries = [entry for entry in truth_of(ugly)["files"] if entry["feed"] == feed]
        assert all(sum(entry[name] for entry in entries) > 0 for name in ROW_COUNTS)
    inspections = [entry for entry in truth_of(ugly)["files"] if entry["feed"] == "construction"]
    assert sum(entry["rows_quarantined"] for entry in inspections) > 0
    assert sum(entry["rows_continuation"] for entry in inspections) == 0


def test_a_clean_set_accepts_every_row_and_counts_every_sample_once(clean: SimulatedSet) -> None:
    truth = truth_of(clean)
    assert sum(entry["n_samples"] for entry in truth["files"]) == 3000
    assert all(entry["rows_read"] == entry["rows_accepted"] for entry in truth["files"])
    assert all(entry["outcome"] == "accepted" for entry in truth["files"])
    assert truth["notes"] == {}
    assert total(truth["cells"], "n_held") == 0


def test_cells_have_the_keys_of_the_release_and_add_up(ugly: SimulatedSet) -> None:
    cells = truth_of(ugly)["cells"]
    assert len({tuple(cell[key] for key in KEYS) for cell in cells}) == len(cells) > 500
    for cell in cells:
        assert set(cell) == {*KEYS, *MEASURES, "public"}
        assert cell["n_sampled"] == cell["n_concluded"] + cell["n_undetermined"]
        assert cell["n_concluded"] == cell["n_conforming"] + cell["n_nonconforming"]
        assert min(cell[measure] for measure in MEASURES) >= 0
        assert cell["public"] == (cell["sampling_type"] != "risk_monitoring")
        assert cell["province_code"] in ("510000", "unknown")
        assert cell["quarter"] in ("2026Q1", "2026Q2")


def test_a_clean_batch_recounted_from_its_file_gives_the_cells(tmp_path: Path) -> None:
    made = simulate_batch(tmp_path, samples=4000)
    with made.files[0].open(encoding="utf-8", newline="") as file:
        rows = list(csv.DictReader(file))
    assert len(rows) == len({row["抽样编号"] for row in rows}) == 4000
    codes = {each.name: each.code for each in divisions().at("prefecture") if each.parent_code == "510000"}
    recounted = Counter(
        (codes.get(row["所在市州"], "unknown"), row["检验结论"]) for row in rows if row["检验结论"] != "未判定"
    )
    cells = truth_of(made)["cells"]
    for code in [*codes.values(), "unknown"]:
        assert total(cells, "n_conforming", prefecture_code=code) == recounted[code, "合格"]
        assert total(cells, "n_nonconforming", prefecture_code=code) == recounted[code, "不合格"]
    assert total(cells, "n_sampled") == 4000
    assert total(cells, "n_sampled", prefecture_code="510100") > 0.15 * 4000


def test_observed_pass_rates_lie_where_the_world_puts_them(tmp_path: Path) -> None:
    cells = truth_of(simulate(tmp_path, samples=20_000, quirks=0.0))["cells"]
    for kind, (low, high) in RATE_RANGES.items():
        n, x = (total(cells, measure, sampling_type=kind) for measure in ("n_concluded", "n_conforming"))
        assert n > 500
        assert low - 0.02 < x / n < high + 0.02, kind


def test_points_of_one_inspection_are_alike_to_the_stated_degree() -> None:
    world = build_world(divisions(), categories().by_code.values(), province="510000", feeds=feeds(), seed=3)
    task = Task("construction", "inspection", "provincial", "2026Q1", first_no=1)
    drawn = draw_construction(world, task, random_of(3), 20_000, 0)
    points, conforming = drawn["points"].astype(float), drawn["points_conforming"].astype(float)
    rate = conforming.sum() / points.sum()
    excess = ((conforming - points * rate) ** 2).sum() / (points * rate * (1 - rate)).sum() - 1
    assert excess / ((points**2).sum() / points.sum() - 1) == pytest.approx(INTRA_CLASS_CORRELATION, abs=0.02)


def test_a_lone_half_is_held_until_its_sidecar_declares_the_set_complete(ugly: SimulatedSet) -> None:
    truth = truth_of(ugly)
    halves = [entry for entry in truth["files"] if entry["half"] == "conforming"]
    partners = {entry["notice_no"] for entry in truth["files"] if entry["half"] == "nonconforming"}
    lone = [entry for entry in halves if entry["notice_no"] not in partners]
    assert sorted(entry["sidecar"] for entry in lone) == [False, True]
    held, declared = sorted(lone, key=lambda entry: entry["sidecar"])
    assert total(truth["cells"], "n_held") == held["n_samples"] > 0
    sidecar = json.loads((ugly.folder / "food" / f"{declared['name']}.meta.json").read_text(encoding="utf-8"))
    assert sidecar["complete"] is True


def test_a_notice_whose_passes_have_no_address_counts_under_unknown(tmp_path: Path) -> None:
    truth = truth_of(simulate(tmp_path, samples=4000, quirks=0.0, feeds=("food",)))
    national = [cell for cell in truth["cells"] if cell["level"] == "national"]
    assert {cell["prefecture_code"] for cell in national} == {"unknown"}
    assert {cell["province_code"] for cell in national} == {"510000"}
    passes = [e for e in truth["files"] if e["half"] == "conforming" and "国家" in e["name"] and e["form"] != "xlsx"]
    header = (tmp_path / "food" / passes[0]["name"]).read_bytes().splitlines()[0]
    assert "地址".encode() not in header.replace("标称生产企业地址".encode(), b"")
    placed = [c for c in truth["cells"] if c["sampling_type"] == "supervision" and c["level"] == "provincial"]
    assert {"510100", "unknown"} <= {cell["prefecture_code"] for cell in placed}


def test_samples_of_other_provinces_are_written_and_counted_nowhere(tmp_path: Path) -> None:
    truth = truth_of(simulate(tmp_path, samples=4000, quirks=0.0, feeds=("food",)))
    written = sum(e["n_samples"] for e in truth["files"] if "国家" in e["name"])
    counted = total(truth["cells"], "n_sampled", level="national")
    assert 0.3 * written < counted < 0.7 * written


def test_later_reports_move_counts_and_never_add_samples(tmp_path: Path) -> None:
    made = simulate(tmp_path, samples=3000, quirks=0.5, seed=5)
    truth = truth_of(made)
    assert {"amended", "replaced", "reported_by_two_levels", "reinspected", "sent_twice"} == set(truth["notes"])
    later = {note["later"] for note in truth["notes"].values()}
    first = [entry for entry in truth["files"] if entry["name"] not in later]
    distinct = sum(entry["n_samples"] for entry in first)
    inspections = total(truth["cells"], "n_inspections")
    samples = sum(c["n_sampled"] + c["n_held"] for c in truth["cells"] if c["feed"] != "construction")
    assert samples + inspections < distinct
    national = next(e for e in truth["files"] if e["name"] == truth["notes"]["reported_by_two_levels"]["later"])
    assert total(truth["cells"], "n_sampled", level="national", feed="food", stage="distribution") > 0
    assert national["n_samples"] == 12


def test_a_file_sent_twice_holds_the_same_table_in_another_encoding(tmp_path: Path) -> None:
    made = simulate(tmp_path, samples=3000, quirks=0.5, seed=5)
    twice = truth_of(made)["notes"]["sent_twice"]
    path = next(path for path in made.files if path.name == twice["earlier"])
    assert path.with_name(twice["later"]).read_bytes().decode("gb18030") == path.read_bytes().decode("utf-8")
    with pytest.raises(UnicodeDecodeError):
        path.with_name(twice["later"]).read_bytes().decode("utf-8")


def test_every_date_is_of_the_simulated_quarters_or_meant_to_be_refused(clean: SimulatedSet) -> None:
    for entry in truth_of(clean)["files"]:
        if entry["form"] != "csv":
            continue
        with (clean.folder / entry["feed"] / entry["name"]).open(encoding="utf-8", newline="") as file:
            for row in csv.DictReader(file):
                for header in {"检验报告签发日期", "公告日期", "抽查日期", "抽样日期"} & set(row):
                    assert date(2025, 10, 1) < date.fromisoformat(row[header]) <= date(2026, 6, 30)


@pytest.mark.parametrize("feed", feeds())
def test_every_product_can_fail_and_every_finding_contradicts_its_limit(feed: str) -> None:
    catalog = load_catalog(feed, categories().by_code.values())
    rng = np.random.default_rng(1)
    for product in catalog.products:
        found = catalog.fail(rng, product.category_name, product.sub_name, several=1.0)
        assert found
        assert len({each.item for each in found}) == len(found)
    ways = [way for each in catalog.failures.values() for way in each]
    assert all(_contradicts(way) for way in ways for _ in range(20))


def _contradicts(way: Failure) -> bool:
    finding = measured(np.random.default_rng(), way)
    number = re.match(r"[0-9.]+", finding.value)
    match way.kind:
        case "upper":
            return number is not None and float(number[0]) > float(way.limit)
        case "lower":
            return number is not None and float(number[0]) < float(way.limit)
        case "range":
            low, high = (float(each) for each in way.limit.split("~"))
            return number is not None and not low <= float(number[0]) <= high
        case "absent":
            return number is not None and float(number[0]) > 0 and finding.limit.startswith("不得")
        case "microbial":
            counts = [float(each) for each in re.findall(r"[0-9.]+(?=[、A-Z])", finding.value)[:5]]
            accepted = int(re.search(r"c=(\d+)", way.limit)[1])  # type: ignore[index]
            threshold = float(re.search(r",m=(\d+)", way.limit)[1])  # type: ignore[index]
            return len(counts) == 5 and sum(each > threshold for each in counts) > accepted
        case _:
            return finding.value == "不符合"


def test_invented_names_hold_no_place_that_a_reader_could_find() -> None:
    stems = place_stems(divisions())
    names = invent_names(1, stems)
    for kind, pool in names.pools.items():
        assert len(pool) >= 8, kind
        for name in pool.tolist():
            parts = {name[a:b] for a in range(len(name)) for b in range(a + 2, len(name) + 1)}
            assert not parts & stems, name


def test_autonomous_prefectures_have_the_short_names_that_people_use() -> None:
    assert short_name("阿坝藏族羌族自治州") == "阿坝州"
    assert short_name("凉山彝族自治州") == "凉山州"
    assert short_name("成都市") == "成都市"


def test_another_province_is_reference_data(tmp_path: Path) -> None:
    cells = truth_of(simulate(tmp_path, province="440000", samples=2000, quirks=0.3))["cells"]
    codes = {cell["prefecture_code"] for cell in cells} - {"unknown"}
    assert len(codes) == 21
    assert all(code.startswith("44") for code in codes)
    assert load_places(divisions(), "440000").province_name == "广东省"


def test_quarters_follow_one_another_across_years() -> None:
    assert quarters_from("2025Q4", 3) == ("2025Q4", "2026Q1", "2026Q2")
    assert quarter_span("2025Q4") == (date(2025, 10, 1), date(2025, 12, 31))
    assert quarter_span("2028Q1") == (date(2028, 1, 1), date(2028, 3, 31))


@pytest.mark.parametrize("samples", [1, 7, 60])
def test_few_samples_are_still_exactly_that_many(tmp_path: Path, samples: int) -> None:
    truth = truth_of(simulate(tmp_path, samples=samples, quirks=0.0))
    assert sum(entry["n_samples"] for entry in truth["files"]) == samples


def test_progress_ends_at_the_number_of_samples(tmp_path: Path) -> None:
    seen: list[tuple[int, int]] = []
    simulate(tmp_path, samples=500, progress=lambda done, whole: seen.append((done, whole)))
    assert seen[-1] == (500, 500)
    assert seen == sorted(seen)


def test_first_files_are_few_of_every_feed_and_bring_both_halves(tmp_path: Path) -> None:
    paths = first_drop(tmp_path)
    assert {path.parent.name for path in paths} == set(feeds())
    assert len(paths) <= 8
    assert all(path.is_file() and path.parent.parent == tmp_path for path in paths)
    halves = [path.name for path in paths if path.name.startswith("附件")]
    assert [name[:3] for name in sorted(halves)] == ["附件1", "附件2"]
    assert sum(path.stat().st_size for path in paths) < 2_000_000


@pytest.mark.parametrize(
    ("options", "told"),
    [
        ({"province": "999999"}, "999999"),
        ({"start": "2026-1"}, "2026Q1"),
        ({"samples": 0}, "1 or more"),
        ({"quirks": 1.5}, "from 0 to 1"),
        ({"feeds": ("transport",)}, "transport"),
        ({"feeds": ()}, "none"),
    ],
)
def test_what_cannot_be_simulated_is_said_in_a_sentence(tmp_path: Path, options: dict[str, Any], told: str) -> None:
    with pytest.raises(UserError, match=told):
        simulate(tmp_path, **options)


def test_the_simulator_imports_neither_engine_nor_checks_nor_orchestrator() -> None:
    script = "import sys, pipelines.simulate; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert not {"duckdb", "great_expectations", "airflow", "deltalake"} & set(loaded)


def test_neither_half_of_a_notice_is_ever_empty(tmp_path: Path) -> None:
    entries = truth_of(simulate(tmp_path, samples=150, quirks=0.0, feeds=("food",)))["files"]
    halves = [entry for entry in entries if entry["half"] in ("conforming", "nonconforming")]
    assert len(halves) >= 4
    assert min(entry["n_samples"] for entry in halves) >= 1
