"""What a release says of figures that are not what they were."""

from __future__ import annotations

import shutil
from datetime import UTC, datetime
from typing import Any

import pyarrow as pa
import pytest

from pipelines.publish import publish
from tests.api.release_files import cell, write_release
from tests.warehouse.builder import Lake, batch, sample
from tests.warehouse.reading import rows
from warehouse.connect import connect, fetched
from warehouse.differences import difference_rows, opened
from warehouse.quarterly import quarterly_results
from warehouse.release import current_release_id, release_path
from warehouse.revisions import COUNTS, revision_of
from warehouse.settings import Settings

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)
CHENGDU, ZIGONG, PANZHIHUA, LUZHOU = "510100", "510300", "510400", "510500"


def _samples(prefecture: str, n: int, prefix: str = "s", **given: Any) -> list[dict[str, Any]]:
    return [sample(f"{prefix}-{prefecture}-{k}", prefecture_code=prefecture, **given) for k in range(n)]


def _revisions(settings: Settings) -> dict[str, tuple[str | None, str | None]]:
    """Kind and release of each figure of food evaluation in 2026Q2: `all` and the prefectures that have samples."""
    path = release_path(settings, str(current_release_id(settings)), "public")
    with connect(settings, path, read_only=True) as connection:

        def ask(text: str, parameters: Any) -> pa.Table:
            return fetched(connection, text, parameters)

        told = quarterly_results(ask, "2026Q2")
    assert told is not None
    (stratum,) = (each for each in told["strata"] if each["feed"] == "food")
    found = {"all": stratum["overall"]} | {
        each["prefecture_code"]: each for each in stratum["prefectures"] if each["n_sampled"]
    }
    assert all((each["revision"] is None) == (each["revised_at"] is None) for each in found.values())
    return {code: (each["revision"], each["revised_in"]) for code, each in found.items()}


def test_growth_is_told_once_and_a_correction_goes_on(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", *_samples(CHENGDU, 3), *_samples(ZIGONG, 3), *_samples(PANZHIHUA, 3)))
    assert publish(settings, AS_OF)
    assert set(_revisions(settings).values()) == {(None, None)}, "all is new"

    lake_of.commit(batch("b2", *_samples(CHENGDU, 2, "late"), *_samples(LUZHOU, 1)))
    grown = publish(settings, AS_OF)
    assert _revisions(settings) == {
        "all": ("revised", grown), CHENGDU: ("revised", grown), ZIGONG: (None, None), PANZHIHUA: (None, None),
        LUZHOU: (None, None),
    }  # fmt: skip

    moved = sample("s-510300-0", prefecture_code=PANZHIHUA, correction="amend", corrects="b1")
    lake_of.commit(batch("b3", moved))
    corrected = publish(settings, AS_OF)
    assert _revisions(settings) == {
        "all": (None, None), CHENGDU: (None, None), ZIGONG: ("corrected", corrected),
        PANZHIHUA: ("revised", corrected), LUZHOU: (None, None),
    }  # fmt: skip

    lake_of.commit(batch("b4", *_samples(ZIGONG, 1, "later")))
    assert publish(settings, AS_OF)
    told = _revisions(settings)
    assert told[ZIGONG] == ("corrected", corrected), "growth does not hide what was corrected before"
    assert told[PANZHIHUA] == (None, None), "what grew then is old by now"
    assert told["all"] == ("revised", current_release_id(settings))


def test_what_is_told_does_not_depend_on_what_publication_remembers(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", *_samples(CHENGDU, 3), *_samples(ZIGONG, 3, quarter="2026Q1")))
    assert publish(settings, AS_OF)
    shutil.rmtree(settings.work / "publish")
    lake_of.commit(batch("b2", sample("s-510100-0", prefecture_code=ZIGONG, correction="amend", corrects="b1")))
    release_id = publish(settings, AS_OF)
    told = "SELECT release_id, quarter, prefecture_code, n_sampled FROM mart_revisions ORDER BY prefecture_code"
    assert rows(settings, told) == [(release_id, "2026Q2", CHENGDU, -1), (release_id, "2026Q2", ZIGONG, 1)]
    assert rows(settings, told) == rows(settings, told, "public")


def test_where_the_release_before_cannot_be_read_nothing_is_said_to_have_changed(
    settings: Settings, lake_of: Lake, caplog: pytest.LogCaptureFixture
) -> None:
    lake_of.commit(batch("b1", *_samples(CHENGDU, 3)))
    first = str(publish(settings, AS_OF))
    release_path(settings, first, "office").write_bytes(b"no database")
    lake_of.commit(batch("b2", *_samples(CHENGDU, 3, "late")))
    assert publish(settings, AS_OF)
    assert rows(settings, "SELECT count(*) FROM mart_revisions") == [(0,)]
    assert rows(settings, "SELECT sum(n_sampled)::BIGINT FROM mart_cells") == [(6,)]
    assert f"what {first} said can't be compared" in caplog.text


def test_a_quarter_that_went_away_as_a_whole_is_told_of(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", *_samples(CHENGDU, 3), *_samples(ZIGONG, 2, quarter="2026Q1")))
    assert publish(settings, AS_OF)
    elsewhere = [row | {"quarter": "2026Q2", "correction": "amend", "corrects": "b1"} for row in _samples(ZIGONG, 2)]
    lake_of.commit(batch("b2", *elsewhere))
    assert publish(settings, AS_OF)
    told = "SELECT quarter, sum(n_sampled)::BIGINT FROM mart_revisions GROUP BY ALL ORDER BY ALL"
    assert rows(settings, told) == [("2026Q1", -2), ("2026Q2", 2)]


def test_supervision_is_the_public_s_and_risk_monitoring_the_office_s(settings: Settings, lake_of: Lake) -> None:
    kinds = ("supervision", "risk_monitoring")
    for name in ("b1", "b2"):
        lake_of.commit(
            batch(name, *(row for kind in kinds for row in _samples(CHENGDU, 2, name + kind, sampling_type=kind)))
        )
        assert publish(settings, AS_OF)
    told = "SELECT DISTINCT sampling_type FROM mart_revisions ORDER BY ALL"
    assert rows(settings, told) == [("risk_monitoring",), ("supervision",)]
    assert rows(settings, told, "public") == [("supervision",)]


def test_a_diff_tells_what_is_stated_differently(settings: Settings, lake_of: Lake) -> None:
    """A correction turns the failures of 自贡: its rank, the change on the quarter before and the target turn too."""
    failed = {"conclusion": "nonconforming", "notice_no": "N1", "notice_key": "N1"}
    failures = [*_samples(CHENGDU, 5, "f", **failed), *_samples(ZIGONG, 20, "f", **failed)]
    now = [*_samples(CHENGDU, 195), *_samples(ZIGONG, 80), *failures]
    before = [*_samples(CHENGDU, 199, "q1", quarter="2026Q1"), *_samples(ZIGONG, 100, "q1", quarter="2026Q1")]
    lake_of.commit(batch("b1", *now), batch("b0", *before))
    first = publish(settings, AS_OF)
    turned = [row | {"findings": [], "correction": "amend", "corrects": "b1"} for row in _samples(ZIGONG, 20, "f")]
    lake_of.commit(batch("b2", *turned))
    second = publish(settings, AS_OF)
    assert first and second
    with opened(settings, first, second, "public") as connection:
        told = difference_rows(connection, limit=9_999).to_pylist()
    said = {
        (row["kind"], row["about"], row["quarter"], row["prefecture_code"]): (row["says_before"], row["says_after"])
        for row in told
        if row["kind"] not in ("figure", "warning") and row["category_code"] is None
    }
    assert said["ranking", None, "2026Q2", ZIGONG] == ("2–2", "1–2")
    assert said["comparison", "previous_quarter", "2026Q2", ZIGONG] == ("lower", "no_clear_change")
    assert said["indicator", "food_evaluation", "2026Q2", None] == ("not_met", "undecided")
    assert {row["why"] for row in told if row["kind"] in ("ranking", "comparison", "indicator")} == {"figures"}
    assert all(row["quarter"] != "2026Q1" for row in told), "what was not touched is not told of"
    assert len({row["row_key"] for row in told}) == len(told) == told[0]["total"]


@pytest.mark.parametrize(
    "changed",
    [
        {"n_conforming": 1, "n_sampled": 1, "n_concluded": 1},
        {"n_conforming": -1, "n_sampled": -1, "n_concluded": -1},
        {"n_conforming": -1, "n_nonconforming": 1},
        {"n_held": -2, "n_sampled": 2, "n_concluded": 2, "n_conforming": 2},
        {"n_undetermined": -1, "n_conforming": 1, "n_concluded": 1},
        {"n_held": 3},
    ],
)
def test_a_figure_is_corrected_where_the_diff_of_the_two_releases_says_correction(
    settings: Settings, changed: dict[str, int]
) -> None:
    settings.releases.mkdir(parents=True, exist_ok=True)
    before = {"n_conforming": 50, "n_nonconforming": 5, "n_undetermined": 5, "n_held": 5}
    after = {name: before[name] + changed.get(name, 0) for name in before}
    first, second = (write_release(settings, k, cells=[cell(**of)]) for k, of in enumerate((before, after), start=1))
    with opened(settings, first, second, "office") as connection:
        whole = next(row for row in difference_rows(connection, limit=9).to_pylist() if row["prefecture_code"] is None)
    moved = dict.fromkeys(COUNTS, 0) | changed | {"release_id": second, "published_at": AS_OF, "is_method": False}
    told = revision_of([moved], n_now=whole["n_sampled_after"] + whole["n_held_after"], release_id=second)
    assert told is not None
    assert (told.kind == "corrected") == (whole["why"] == "correction")


def test_what_another_method_took_is_no_correction() -> None:
    moved = dict.fromkeys(COUNTS, 0) | {"n_conforming": -1, "n_nonconforming": 1}
    by = {"release_id": "r2", "published_at": AS_OF, "is_method": True}
    told = revision_of([moved | by], n_now=9, release_id="r2")
    assert told is not None and told.kind == "revised"
    assert revision_of([moved | by], n_now=9, release_id="r3") is None
