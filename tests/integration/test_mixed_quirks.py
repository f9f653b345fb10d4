"""However a bureau's table mixes quirks, each sample comes back as it was, or is kept out; never as something else."""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Callable
from dataclasses import replace
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest
from hypothesis import HealthCheck, Phase, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from pipelines.normalise.batch import normalise
from pipelines.normalise.dates import date_of
from pipelines.read import Document
from pipelines.validate import load_rows, validate
from tests.integration.mixed_cells import SEPARATORS
from tests.integration.mixed_tables import Fault, Layout, Told, write_sheet
from warehouse.archive import Envelope
from warehouse.connect import in_memory
from warehouse.contract import Contract, contract
from warehouse.settings import Settings

ENVELOPE = Envelope("id", "food", "表.xlsx", "00", 1, datetime(2026, 5, 31, 17, 0, tzinfo=UTC))
N_SHEETS, N_SAMPLES = 4, 14


def layouts_of(feed: str) -> st.SearchStrategy[list[Layout]]:
    return st.lists(LAYOUTS.map(lambda layout: replace(layout, feed=feed)), min_size=N_SHEETS, max_size=N_SHEETS)


LAYOUTS = st.builds(
    Layout,
    feed=st.just("food"),
    verdict=st.sampled_from(["column", "findings", "sheet"]),
    findings=st.sampled_from(["cell", "columns", "groups", "substances", "verdict"]),
    separator=st.sampled_from(SEPARATORS),
    is_swapped=st.booleans(),
    more=st.sampled_from(["blank", "number", "repeat", "merged", "cell"]),
    header=st.sampled_from(["plain", "broken", "two rows"]),
    place=st.sampled_from(["address", "prefecture"]),
    is_numbered=st.booleans(),
    is_shuffled=st.booleans(),
    is_traditional=st.booleans(),
    has_task=st.booleans(),
    has_title=st.booleans(),
    counts_from_1904=st.booleans(),
).map(Layout.sound)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("home"), duckdb_memory="512MB")


@pytest.mark.timeout(1800)
@hypothesis_settings(
    max_examples=12, deadline=None, derandomize=True, phases=(Phase.generate,), database=None,
    suppress_health_check=list(HealthCheck),
)  # fmt: skip
@given(layouts=st.sampled_from(["food", "market"]).flatmap(layouts_of), rng=st.randoms(use_true_random=True))
def test_every_sample_comes_back_as_it_was_or_is_kept_out(
    settings: Settings, layouts: list[Layout], rng: random.Random
) -> None:
    wrong = third_things(settings, layouts, rng)
    assert not wrong, f"{len(wrong)}\n" + "\n".join(wrong[:12])


def by_substring(_: Contract, text: str) -> str | None:
    return "conforming" if "合格" in text else None


@pytest.mark.parametrize(
    ("broken", "by"),
    [
        ("pipelines.normalise.verdicts.conclusion_of", by_substring),
        ("pipelines.normalise.verdicts.says_passed", lambda text: False),
        ("pipelines.normalise.derive.date_of", lambda text, counts_from_1904: date_of(text)),
        (
            "pipelines.normalise.derive.garbled_column",
            lambda columns, *_: pa.nulls(len(columns["remark"]), pa.string()),
        ),
        ("pipelines.normalise.headers.findings_order", lambda title: ("item", "value", "limit")),
    ],
)
def test_what_is_read_wrongly_on_purpose_is_noticed(
    settings: Settings, monkeypatch: pytest.MonkeyPatch, broken: str, by: Callable[..., Any]
) -> None:
    monkeypatch.setattr(broken, by)
    plain = Layout(
        feed="food", verdict="column", findings="cell", separator="║", is_swapped=True, more="blank", header="plain",
        place="address", is_numbered=True, is_shuffled=False, is_traditional=False, has_task=True, has_title=True,
        counts_from_1904=True,
    )  # fmt: skip
    layouts = [plain, replace(plain, verdict="findings")]
    assert third_things(settings, layouts, random.Random(1))


def third_things(settings: Settings, layouts: list[Layout], rng: random.Random) -> list[str]:
    """What came of tables in these layouts and is neither the truth nor a refusal, with the sample that it came of."""
    written = [each for k, layout in enumerate(layouts) for each in write_sheet(layout, N_SAMPLES, 1 + 1000 * k, rng)]
    found = routed(settings, Document("xlsx", "xlsx", tuple(sheet for sheet, _ in written)), layouts[0].feed)
    wrong: list[str] = []
    for (sheet, told), layout in zip(written, _layout_of_each(layouts), strict=True):
        rows = found[sheet.name]
        cells = {row.pop("row_no"): [cell for cell in row.values() if cell] for row in sheet.table.to_pylist()}
        meant = {number for sample in told for number in (*sample.rows, *sample.copies)}
        wrong += [f"{layout}\n {cells[number]} is no data" for number in rows.keys() - meant]
        for sample in told:
            if (third := third_thing(sample, rows)) is not None:
                wrong.append(f"{layout}\n {cells[sample.rows[0]]}\n {sample}\n   {third}")
    return wrong


def routed(settings: Settings, document: Document, feed: str) -> dict[str, dict[int, dict[str, Any]]]:
    """By sheet and row what became of each row that was taken for data."""
    batch = normalise(replace(ENVELOPE, feed=feed), document, contract(feed))
    assert batch.problems == ()
    database = in_memory(f"mixed-{id(batch)}")
    with load_rows(settings, batch.rows, database) as connection:
        assert validate(settings, feed, database).rejections == ()
        found = connection.sql("SELECT rows.*, ends_as, problem FROM rows JOIN routed USING (row_no)").to_arrow_table()
    assert found.num_rows == batch.rows.num_rows
    by_sheet: dict[str, dict[int, dict[str, Any]]] = defaultdict(dict)
    for row in found.to_pylist():
        by_sheet[row["sheet"]][row["source_row"]] = row
    return by_sheet


def third_thing(told: Told, rows: dict[int, dict[str, Any]]) -> str | None:
    """What is neither the truth nor a refusal; None when all is well."""
    if missing := {*told.rows, *told.copies} - rows.keys():
        return f"rows {missing} were not read"
    mine = [rows[number] for number in told.rows]
    ends = [row["ends_as"] for row in mine]
    if told.spoilt is not None:
        return None if set(ends) == {"quarantined"} else f"{told.spoilt}, yet {ends}"
    if ends != ["accepted", *["continuation"] * (len(mine) - 1)]:
        return f"{ends}: {mine[0]['problem']}"
    if any(rows[number]["ends_as"] != "duplicate" for number in told.copies):
        return "its repetition counts"
    if len({row["sample_key"] for row in mine}) > 1:
        return "it is several samples"
    meant = (told.verdict, told.prefecture, told.quarter, told.sampling_type, *told.produced)
    names = ("conclusion_code", "prefecture_code", "quarter", "sampling_type_code", "production_date")
    said = tuple(mine[0][name] for name in (*names, "production_date_kind"))
    if said != meant:
        return f"{said} instead of {meant}"
    findings = [finding for row in mine for finding in row["findings"]]
    if len(findings) != len(told.faults):
        return f"findings {[finding['raw'] for finding in findings]}"
    pairs = zip(
        sorted(told.faults, key=lambda f: f.name), sorted(findings, key=lambda f: f["item_name"] or ""), strict=True
    )
    return next((told_wrong for fault, finding in pairs if (told_wrong := misread(fault, finding))), None)


def misread(fault: Fault, finding: dict[str, Any]) -> str | None:
    """What of the finding is neither as it was nor flagged."""
    if finding["item_name"] != fault.name:
        return f"{finding['item_name']} instead of {fault.name}: {finding['raw']}"
    bounds = finding["limit_low"], finding["limit_high"]
    if bounds != (fault.low, fault.high):
        return f"limit {bounds} instead of {fault}: {finding['raw']}"
    if finding["value_uncertain"]:
        return None if fault.may_be_unsure and finding["value_numbers"] is None else f"unsure of {finding['raw']}"
    if finding["value_numbers"] != [pytest.approx(fault.number)] or finding["agrees"] is not True:
        return f"{finding['value_numbers']} (agrees: {finding['agrees']}) instead of {fault}: {finding['raw']}"
    return None


def _layout_of_each(layouts: list[Layout]) -> list[Layout]:
    return [layout for layout in layouts for _ in range(2 if layout.verdict == "sheet" else 1)]
