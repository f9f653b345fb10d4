"""Exports of published results, as a third party made them, through the food feed; private input, never copied."""

from __future__ import annotations

import csv
import itertools
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import pytest

from pipelines.process import process, understand_document
from pipelines.publish import publish
from pipelines.read import read
from pipelines.receive import receive_file
from warehouse import lake
from warehouse.archive import object_path, read_envelope
from warehouse.connect import connect
from warehouse.receipts import Receipt, receipts
from warehouse.release import read_manifest
from warehouse.settings import Settings

FOLDER = Path(__file__).parents[2] / "../shared/data/real/food_export"
VERDICTS = ("合格", "不合格")
ENDS = ("accepted", "continuation", "duplicate", "quarantined")

pytestmark = [pytest.mark.real, pytest.mark.timeout(900)]


def real_files() -> list[Path]:
    if not FOLDER.is_dir():
        pytest.skip("../shared/data/real/food_export is absent")
    found = [path for path in sorted(FOLDER.glob("*.csv")) if not path.stem.endswith("_format")]
    assert len(found) == 11
    return found


@dataclass(frozen=True)
class SourceRow:
    verdict: str
    is_foreign: bool


def source_rows(path: Path) -> list[SourceRow]:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8-sig")
    except UnicodeDecodeError:
        text = content.decode("gb18030")
    rows = csv.DictReader(text.splitlines(keepends=True))
    return [
        SourceRow(row["判定"].strip(), "RASFF" in (row.get("信息来源") or row["发布单位"]))
        for row in rows
        if any(cell for cell in row.values() if cell)
    ]


def ends_by_verdict(settings: Settings, receipt: Receipt, folder: Path) -> Counter[tuple[str, str]]:
    """How many rows of each verdict, as the source writes it, came to which end: the same stages, not committed."""
    envelope = read_envelope(settings, receipt.envelope_id)
    document = read(settings, object_path(settings, envelope.sha256), envelope.file_name, folder)
    understood = understand_document(settings, envelope, document)
    with connect(settings, understood.database) as connection:
        rows = connection.execute(
            "SELECT coalesce(rows.conclusion, ''), routed.ends_as, count(*) "
            "FROM rows JOIN routed ON rows.row_no = routed.row_no GROUP BY ALL"
        ).fetchall()
    return Counter({(verdict, end): n for verdict, end, n in rows})


def settings_in(home: Path) -> Settings:
    return Settings(home=home, provinces=("all",))


def take(settings: Settings, path: Path) -> Receipt:
    (receipt,) = process(settings, receive_file(settings, "food", path))
    return receipt


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> tuple[Settings, dict[str, Receipt]]:
    settings = settings_in(tmp_path_factory.mktemp("real"))
    return settings, {path.name: take(settings, path) for path in real_files()}


def released(settings: Settings) -> str:
    release_id = publish(settings)
    assert release_id is not None
    return read_manifest(settings, release_id).digest


def test_every_row_of_each_verdict_is_accounted_for(taken: tuple[Settings, dict[str, Receipt]], tmp_path: Path) -> None:
    settings, by_name = taken
    for path in real_files():
        receipt = by_name[path.name]
        ends = ends_by_verdict(settings, receipt, tmp_path / path.stem)
        found: Counter[str] = Counter()
        for (verdict, _), n in ends.items():
            found[verdict] += n
        written = Counter(row.verdict for row in source_rows(path))
        assert found == written, path.name
        if any(not row.is_foreign for row in source_rows(path)):
            assert set(written) & set(VERDICTS), path.name
        counted = {end: sum(n for (_, name), n in ends.items() if name == end) for end in ENDS}
        assert counted == {end: getattr(receipt, f"rows_{end}") for end in ENDS}, path.name


def test_nearly_all_chinese_rows_are_taken_and_every_foreign_one_is_quarantined(
    taken: tuple[Settings, dict[str, Receipt]],
) -> None:
    settings, by_name = taken
    n_chinese = n_taken = n_foreign = 0
    for path in real_files():
        receipt, rows = by_name[path.name], source_rows(path)
        foreign = sum(row.is_foreign for row in rows)
        n_foreign += foreign
        n_chinese += len(rows) - foreign
        n_taken += receipt.rows_accepted + receipt.rows_continuation + receipt.rows_duplicate
        with connect(settings) as connection:
            told = connection.execute(
                f"SELECT count(*) FROM {lake.scan(settings, connection, 'quarantine')} "
                "WHERE batch_id = $batch AND rule = 'SH-003'",
                {"batch": receipt.batch_id},
            ).fetchall()
        assert told == [(foreign,)], path.name
    assert n_foreign > 700
    assert n_chinese > 3000
    assert n_taken / n_chinese >= 0.95


def test_the_same_files_again_change_nothing(taken: tuple[Settings, dict[str, Receipt]]) -> None:
    settings, by_name = taken
    before = len(receipts(settings))
    first = released(settings)
    for path in real_files():
        again = take(settings, path)
        assert (again.outcome, again.batch_id) == ("duplicate", by_name[path.name].batch_id)
    assert len(receipts(settings)) == before + len(by_name)
    release_id = publish(settings)
    assert release_id is None or read_manifest(settings, release_id).digest == first


def test_the_order_of_the_files_and_their_encoding_make_no_difference(
    taken: tuple[Settings, dict[str, Receipt]], tmp_path: Path
) -> None:
    _, by_name = taken
    paths = real_files()
    digests = set()
    for number, order in enumerate(itertools.islice((paths, paths[::-1]), 2)):
        settings = settings_in(tmp_path / f"home{number}")
        for path in order:
            source = path
            if number:  # the second time also in the other encoding
                text = path.read_bytes()
                try:
                    transcoded = text.decode("utf-8-sig").encode("gb18030")
                except UnicodeDecodeError:
                    transcoded = text.decode("gb18030").encode("utf-8")
                source = tmp_path / path.name
                source.write_bytes(transcoded)
            receipt = take(settings, source)
            known = by_name[path.name]
            assert receipt.batch_id == known.batch_id
            for count in ("rows_read", "rows_accepted", "rows_continuation", "rows_duplicate", "rows_quarantined"):
                assert getattr(receipt, count) == getattr(known, count), (path.name, count)
        digests.add(released(settings))
    assert len(digests) == 1
