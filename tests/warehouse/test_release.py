"""What a release is: its contract, its two artefacts, its manifest."""

from __future__ import annotations

from datetime import UTC, date, datetime
from hashlib import sha256
from itertools import pairwise

import pytest

from pipelines.artefacts import ReleaseCheckError, verify
from pipelines.build import METHOD_VERSION, PUBLISHED
from pipelines.compare import COMPARED
from pipelines.publish import publish
from pipelines.rank import RANKED
from tests.warehouse.builder import Lake, batch, quarantined, sample
from tests.warehouse.reading import counts, rows
from warehouse import lake
from warehouse.connect import connect
from warehouse.contract import table_contracts
from warehouse.release import (
    ARTEFACTS,
    ReleaseNotFoundError,
    current_release_id,
    list_releases,
    read_manifest,
    release_path,
)
from warehouse.settings import Settings

FAILED = {"conclusion": "nonconforming", "notice_no": "N1"}
AS_OF = datetime(2026, 7, 31, tzinfo=UTC)


def _visit(number: str, points: int, conforming: int, **given: object) -> dict[str, object]:
    verdict = "conforming" if points == conforming else "nonconforming"
    fixed = {"feed": "construction", "sampling_type": "inspection", "stage": "site", "notice_no": "N9"}
    return sample(
        number, **{"conclusion": verdict} | fixed | {"n_points": points, "n_points_conforming": conforming} | given
    )


@pytest.mark.parametrize("artefact", ARTEFACTS)
def test_every_table_has_exactly_the_columns_of_the_contract(settings: Settings, lake_of: Lake, artefact: str) -> None:
    lake_of.commit(batch("b1", sample("1", **FAILED)))
    publish(settings)
    for table in table_contracts("release").values():
        found = [(row[0], row[1]) for row in rows(settings, f"DESCRIBE {table.name}", artefact)]
        assert found == [(column.name, column.physical_type) for column in table.columns], table.name


def test_sampling_types_stand_in_cells_of_their_own(settings: Settings, lake_of: Lake) -> None:
    types = ("supervision", "evaluation", "routine_monitoring", "risk_monitoring")
    lake_of.commit(batch("b1", *(sample(kind, sampling_type=kind) for kind in types)))
    publish(settings)
    found = rows(settings, "SELECT sampling_type, n_sampled FROM mart_cells ORDER BY 1")
    assert found == [(kind, 1) for kind in sorted(types)]


def test_a_visit_counts_its_points_and_keeps_the_sums_for_their_likeness(settings: Settings, lake_of: Lake) -> None:
    undetermined = _visit("3", 7, 0, conclusion="undetermined")
    lake_of.commit(batch("b1", _visit("1", 10, 10), _visit("2", 30, 20), undetermined))
    publish(settings)
    figures = {"sampled": 47, "concluded": 40, "conforming": 30, "nonconforming": 10, "undetermined": 7}
    assert counts(settings) == figures | {"inspections": 2}
    sums = rows(settings, "SELECT sum_points_squared, sum_conforming_squared_per_point FROM mart_cells")
    assert sums == [(1000.0, 23.333333333)]
    assert rows(settings, "SELECT * FROM mart_warnings") == []


def test_the_public_file_is_silent_on_risk_monitoring_quarantine_and_persons(settings: Settings, lake_of: Lake) -> None:
    person = {"sampled_unit_name": "汪传文", "is_natural_person": True, "producer_status": "unnamed", **FAILED}
    risk = {"sampling_type": "risk_monitoring"}
    hidden = quarantined("food-9", sampling_type="risk_monitoring")
    held = {"half": "conforming", "notice_key": "N2"}
    lake_of.commit(
        batch("b1", sample("1", **person), sample("2", **risk, **FAILED), quarantine=(hidden, quarantined("food-8"))),
        batch("b2", sample("3", **risk, **held), sample("4", **held)),
    )
    publish(settings)
    types, waiting = "SELECT DISTINCT sampling_type FROM mart_cells ORDER BY 1", "SELECT n_rows FROM mart_quarantine"
    assert rows(settings, types, "public") == [("evaluation",)]
    assert rows(settings, types) == [("evaluation",), ("risk_monitoring",)]
    assert (rows(settings, waiting, "public"), rows(settings, waiting)) == ([(1,)], [(2,)])
    notices = "SELECT n_held FROM mart_notices"
    assert (rows(settings, notices, "public"), rows(settings, notices)) == ([(1,)], [(2,)])
    assert rows(settings, "SELECT count(*) FROM mart_quarantine_rows", "public") == [(0,)]
    assert rows(settings, "SELECT count(*) FROM mart_quarantine_rows") == [(2,)]
    names = "SELECT sampled_unit_name, headline_zh, samples[1].sampled_unit_name FROM mart_warnings"
    assert rows(settings, names, "public") == [("汪**", "汪**销售的豆腐干抽检不合格：苯甲酸", "汪**")]
    assert rows(settings, names) == [("汪传文", "汪传文销售的豆腐干抽检不合格：苯甲酸", "汪传文")]
    assert "汪传文".encode() not in release_path(settings, str(current_release_id(settings)), "public").read_bytes()


def test_a_manifest_tells_what_the_release_is_made_of(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1")))
    release_id = publish(settings, AS_OF)
    assert release_id is not None
    manifest = read_manifest(settings, release_id)
    assert release_id == f"{manifest.created_at:%Y%m%dT%H%M%SZ}-{manifest.digest[:10]}"
    assert (manifest.as_of, manifest.data_as_of) == (AS_OF, datetime(2026, 6, 30, 9, tzinfo=UTC))
    assert (manifest.method_version, manifest.n_receipts) == (METHOD_VERSION, 1)
    assert manifest.lake_versions == {"receipts": 1, "samples": 1}
    assert manifest.counts["mart_cells"] == 1
    assert set(manifest.files) == {"public.duckdb", "office.duckdb", "warning_events.parquet"}
    for name, digest in manifest.files.items():
        assert sha256((settings.releases / release_id / name).read_bytes()).hexdigest() == digest
    info = "SELECT release_id, artefact, digest, epoch(next_update_due - created_at)::INT FROM release_info"
    assert rows(settings, info, "public") == [(release_id, "public", manifest.digest, 120)]


def test_ids_are_unique_and_sort_by_time_within_one_second(settings: Settings, lake_of: Lake) -> None:
    published = [publish(settings)]
    for number in range(3):
        lake_of.commit(batch(f"b{number}", sample(str(number))))
        published.append(publish(settings))
    assert published == list_releases(settings)
    stamps = [read_manifest(settings, each).created_at for each in list_releases(settings)]
    assert all(earlier < later for earlier, later in pairwise(stamps))
    previous = [read_manifest(settings, each).previous_release_id for each in list_releases(settings)]
    assert previous == [None, *published[:-1]]


def test_a_release_that_does_not_exist_is_named(settings: Settings) -> None:
    assert current_release_id(settings) is None
    for name in ("20260101T000000Z-0123456789", "../../etc"):
        with pytest.raises(ReleaseNotFoundError, match="there is no release"):
            read_manifest(settings, name)
        with pytest.raises(ReleaseNotFoundError, match="there is no release"):
            release_path(settings, name, "public")


def test_a_file_that_reads_back_otherwise_is_refused(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1"), sample("2", sampling_type="risk_monitoring")))
    release_id = str(publish(settings))
    manifest, folder = read_manifest(settings, release_id), settings.releases / release_id
    verify(settings, folder, manifest.digest, manifest.counts)
    with pytest.raises(ReleaseCheckError, match="digest"):
        verify(settings, folder, "0" * 64, manifest.counts)
    with pytest.raises(ReleaseCheckError, match="mart_cells reads back 2 rows, not 3"):
        verify(settings, folder, manifest.digest, {"mart_cells": 3})
    (folder / "public.duckdb").write_bytes((folder / "office.duckdb").read_bytes())
    with pytest.raises(ReleaseCheckError, match="sampling in mart_cells that nobody publishes"):
        verify(settings, folder, manifest.digest, manifest.counts)
    with connect(settings, folder / "public.duckdb") as connection:
        connection.execute("ALTER TABLE mart_cells DROP COLUMN n_held")
    with pytest.raises(ReleaseCheckError, match="mart_cells differs from its contract in n_held"):
        verify(settings, folder, manifest.digest, manifest.counts)


SUPERVISED = {"sampling_type": "supervision"}


@pytest.mark.parametrize(
    ("table", "row", "told"),
    [
        ("mart_quarantine_rows", {}, "holds rows of the quarantine"),
        ("mart_warning_candidates", {}, "holds candidates"),
        ("mart_overdue", {}, "holds what is not rectified"),
        *((name, SUPERVISED, f"holds sampling in {name} that nobody compares") for name in (*RANKED, *COMPARED)),
        *((name, {"sampling_type": "risk_monitoring"}, "that nobody publishes") for name in PUBLISHED),
    ],
)
def test_a_public_file_that_says_too_much_is_refused(
    settings: Settings, lake_of: Lake, table: str, row: dict[str, str], told: str
) -> None:
    lake_of.commit(batch("b1", sample("1", **SUPERVISED)))
    release_id = str(publish(settings))
    manifest, folder = read_manifest(settings, release_id), settings.releases / release_id
    with connect(settings, folder / "public.duckdb") as connection:
        for column in table_contracts("release")[table].columns:
            connection.execute(f"ALTER TABLE {table} ALTER {column.name} DROP NOT NULL")
        values = row or {"feed": "food"}
        connection.execute(
            f"INSERT INTO {table} ({', '.join(values)}) VALUES ({', '.join('?' * len(values))})", [*values.values()]
        )
    with pytest.raises(ReleaseCheckError, match=told):
        verify(settings, folder, manifest.digest, manifest.counts)


def test_the_macros_travel_with_the_release(settings: Settings) -> None:
    publish(settings)
    assert rows(settings, "SELECT round(wilson_low(98, 100), 4), rate_status(30, 30, NULL)", "public") == [
        (0.93, "boundary")
    ]


def test_an_earlier_release_stays_as_it_was(settings: Settings, lake_of: Lake) -> None:
    lake_of.commit(batch("b1", sample("1")))
    first = str(publish(settings))
    before = (settings.releases / first / "office.duckdb").read_bytes()
    lake_of.commit(batch("b2", sample("2", concluded_on=date(2026, 6, 1))))
    publish(settings)
    assert (settings.releases / first / "office.duckdb").read_bytes() == before
    assert lake.versions(settings)["samples"] == 2
