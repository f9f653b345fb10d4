"""A ZIP from landing to lake: taken apart in the child, each file a drop of its own, and nothing twice or lost."""

from __future__ import annotations

import json
import os
import resource
import zipfile
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from shutil import copytree
from typing import Any

import pytest
from click.testing import CliRunner

from pipelines import unpack
from pipelines.cli import cli
from pipelines.process import process, process_chunk
from pipelines.publish import publish
from pipelines.receive import claim, pending, receive_file
from pipelines.upkeep import rebuild, verify
from tests.integration.feed_files import Table, query, write_csv, write_xlsx
from tests.integration.zip_files import SYMBOLIC_LINK, entry, in_gbk, locked, zip_of
from warehouse.archive import envelope_ids, object_path, read_envelope
from warehouse.connect import connect
from warehouse.landing import drop
from warehouse.receipts import Receipt, receipts
from warehouse.release import current_release_id, release_path
from warehouse.settings import Settings

HEADER = ("抽样编号", "食品名称", "被抽样单位名称", "被抽样单位地址", "公告日期")
EVALUATION = json.dumps({"sampling_type": "评价性抽检"}).encode()
SUPERVISION = json.dumps({"sampling_type": "监督抽检"}).encode()


def settings_at(home: Path) -> Settings:
    return Settings(home=home, settle_seconds=0, sidecar_wait_seconds=0, read_memory_mb=2048)


def table(*numbers: str, conclusion: str | None = "合格") -> Table:
    """One row each; without a conclusion a column of findings, or none, leaves the verdict to the file's name."""
    header = HEADER if conclusion is None else (*HEADER, "检验结论")
    own = () if conclusion is None else (conclusion,)
    return (header, *((number, "挂面", "某店", "四川省成都市武侯区某路1号", "2026-05-01", *own) for number in numbers))


def csv_of(folder: Path, rows: Table) -> bytes:
    return write_csv(folder / "scratch.csv", rows, "gb18030").read_bytes()


def failures(*numbers: str) -> Table:
    header, *rows = table(*numbers, conclusion=None)
    return ((*header, "不合格项目║检验结果║标准值"), *((*row, "铅║0.5mg/kg║≤0.2mg/kg") for row in rows))


@dataclass(frozen=True)
class Sent:
    """A ZIP that was taken in, with the receipts that its sender got, and the entries that it was made of."""

    settings: Settings
    path: Path
    receipts: list[Receipt]
    entries: list[tuple[str | zipfile.ZipInfo, bytes]]

    def __getitem__(self, name: str) -> Receipt:
        (receipt,) = (receipt for receipt in self.receipts if receipt.file_name == name)
        return receipt


def sent(settings: Settings, path: Path, *, sidecar: bytes | None = None) -> list[Receipt]:
    if sidecar is not None:
        path.with_name(f"{path.name}.meta.json").write_bytes(sidecar)
    return process(settings, receive_file(settings, "food", path))


@pytest.fixture(scope="module")
def food(tmp_path_factory: pytest.TempPathFactory) -> Sent:
    """A notice in two halves without a number, a ZIP in it, and about everything else that a sender may pack."""
    folder = tmp_path_factory.mktemp("zip")
    workbook = write_xlsx(folder / "a.xlsx", {"表": table("DC5", "DC6")}).read_bytes()
    nested = zip_of((in_gbk("绵阳.xlsx"), workbook), ("deeper.zip", zip_of(("a.csv", b"1"))))
    entries: list[tuple[str | zipfile.ZipInfo, bytes]] = [
        (in_gbk("成都/附件1_合格产品.csv"), csv_of(folder, table("DC1", "DC2", conclusion=None))),
        (in_gbk("成都/附件2_不合格产品.csv"), csv_of(folder, failures("DC3"))),
        ("__MACOSX/._a.csv", b"\x00\x05\x16\x07"),
        (in_gbk("内层.zip"), nested),
        ("../own.csv", csv_of(folder, table("DC4"))),
        ("../own.csv.meta.json", SUPERVISION),
        ("empty.csv", b""),
        (entry("link.csv", attributes=SYMBOLIC_LINK), b"/etc/passwd"),
    ]
    path = folder / "食品.zip"
    path.write_bytes(zip_of(*entries))
    settings = settings_at(folder / "home")
    return Sent(settings, path, sent(settings, path, sidecar=EVALUATION), entries)


def test_the_zips_receipt_comes_first_and_each_file_has_its_own_that_names_it(food: Sent) -> None:
    whole, inner = food["食品.zip"], food["内层.zip"]
    assert [(receipt.file_name, receipt.outcome, receipt.parent_batch_id) for receipt in food.receipts] == [
        ("食品.zip", "accepted", None),
        ("成都/附件1_合格产品.csv", "accepted", whole.batch_id),
        ("成都/附件2_不合格产品.csv", "accepted", whole.batch_id),
        ("内层.zip", "accepted", whole.batch_id),
        ("绵阳.xlsx", "accepted", inner.batch_id),
        ("deeper.zip", "rejected", inner.batch_id),
        ("own.csv", "accepted", whole.batch_id),
        ("empty.csv", "rejected", whole.batch_id),
        ("link.csv", "rejected", whole.batch_id),
    ]
    assert receipts(food.settings) == food.receipts


def test_the_zips_receipt_counts_files_and_no_row_and_says_what_became_of_the_rest(food: Sent) -> None:
    whole = food["食品.zip"]
    assert (whole.rows_read, whole.n_samples, whole.attempt_id, whole.encoding) == (0, 0, None, "zip")
    assert [(problem.rule, problem.found) for problem in whole.problems] == [
        ("ZP-000", "6"),
        ("ZP-008", "__MACOSX/._a.csv"),
        ("ZP-009", "../own.csv → own.csv"),
    ]
    told = [(receipt.file_name, [problem.rule for problem in receipt.problems]) for receipt in food.receipts]
    assert [each for each in told if each[1] and each[0] != "食品.zip"] == [
        ("内层.zip", ["ZP-000"]),
        ("deeper.zip", ["ZP-007"]),
        ("empty.csv", ["RD-001"]),
        ("link.csv", ["ZP-006"]),
    ]


def test_a_file_keeps_its_own_side_car_and_has_the_zips_where_it_has_none(food: Sent) -> None:
    rows = query(food.settings, "SELECT sample_no, sampling_type FROM {samples} ORDER BY sample_no")
    assert rows == [
        ("DC1", "evaluation"), ("DC2", "evaluation"), ("DC3", "evaluation"),
        ("DC4", "supervision"), ("DC5", "evaluation"), ("DC6", "evaluation"),
    ]  # fmt: skip


def test_a_zip_stands_for_the_notice_of_the_halves_in_it(food: Sent) -> None:
    rows = query(
        food.settings, "SELECT DISTINCT half, notice_key FROM {samples} WHERE half <> 'together' ORDER BY half"
    )
    whole = food["食品.zip"].batch_id
    assert rows == [("conforming", whole), ("nonconforming", whole)]
    assert food["成都/附件1_合格产品.csv"].notices == ((whole, "conforming"),)


def test_every_file_of_it_is_an_object_of_its_own_and_nothing_else_is_left(food: Sent) -> None:
    workbook = food.receipts[4]
    with zipfile.ZipFile(object_path(food.settings, workbook.sha256)) as archived:
        assert "xl/workbook.xml" in archived.namelist()
    assert food["link.csv"].sha256 == food["食品.zip"].sha256
    parents = [read_envelope(food.settings, name).parent_envelope_id for name in envelope_ids(food.settings)]
    assert Counter(parent is None for parent in parents) == {True: 1, False: 8}
    assert list((food.settings.work / "batches").iterdir()) == []
    assert pending(food.settings) == []
    outside = [path for path in food.settings.home.parent.iterdir() if path.name.startswith(("own", "link"))]
    assert outside == []


def totals(settings: Settings) -> list[tuple[str, int, int]]:
    """Samples that count and those that are held, by sampling type, as the current release has them."""
    release = release_path(settings, str(current_release_id(settings)), "public")
    with connect(settings, release, read_only=True) as opened:
        told = "SELECT sampling_type, sum(n_sampled), sum(n_held) FROM mart_cells GROUP BY ALL ORDER BY ALL"
        return [tuple(row) for row in opened.execute(told).fetchall()]


def test_figures_verify_and_rebuild_count_a_file_once(food: Sent, tmp_path: Path) -> None:
    publish(food.settings)
    assert [check for check in verify(food.settings) if not check.ok] == []
    assert totals(food.settings) == [("evaluation", 5, 0), ("supervision", 1, 0)]
    rebuilt = rebuild(food.settings, tmp_path / "again")
    assert rebuilt.is_same
    assert [(r.envelope_id, r.batch_id, r.outcome) for r in receipts(settings_at(tmp_path / "again"))] == [
        (r.envelope_id, r.batch_id, r.outcome) for r in food.receipts
    ]


def test_the_same_files_packed_again_in_another_order_or_sent_alone_are_duplicates(food: Sent, tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "home")
    copytree(food.settings.home, settings.home)
    again = tmp_path / "again.zip"
    again.write_bytes(zip_of(*reversed(food.entries), method=zipfile.ZIP_STORED))
    repeated = sent(settings, again, sidecar=EVALUATION)
    assert (repeated[0].outcome, repeated[0].batch_id) == ("duplicate", food["食品.zip"].batch_id)
    assert Counter(receipt.outcome for receipt in repeated) == {"duplicate": 6, "rejected": 3}
    (alone,) = sent(settings, write_csv(tmp_path / "alone.csv", table("DC4")), sidecar=SUPERVISION)
    assert (alone.outcome, alone.batch_id) == ("duplicate", food["own.csv"].batch_id)
    assert query(settings, "SELECT count(*) FROM {samples}") == [(6,)]


@pytest.mark.parametrize("name", ["write_envelope", "commit_archive"])
def test_a_run_that_is_killed_between_files_is_finished_by_the_next(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    settings = settings_at(tmp_path / "home")
    drop(settings, "food", "a.zip", zip_of(("a.csv", b""), ("b.csv", b" ")), sidecar=EVALUATION)
    (envelope_id,) = claim(settings)
    real: Callable[..., Any] = getattr(unpack, name)

    def killed(*arguments: Any) -> Any:
        real(*arguments)
        raise KeyboardInterrupt

    with monkeypatch.context() as patched:
        patched.setattr(unpack, name, killed)
        with pytest.raises(KeyboardInterrupt):
            process(settings, envelope_id)
    # In whatever order the next run finds what awaits a receipt, the ZIP's is known before those of its files.
    process_chunk(settings, list(reversed(claim(settings))))
    told = {receipt.file_name: receipt for receipt in receipts(settings)}
    assert len(receipts(settings)) == 3
    assert {receipt.file_name: receipt.outcome for receipt in told.values()} == {
        "a.zip": "accepted", "a.csv": "rejected", "b.csv": "rejected",
    }  # fmt: skip
    assert {told[name].parent_batch_id for name in ("a.csv", "b.csv")} == {told["a.zip"].batch_id}
    assert [check for check in verify(settings) if not check.ok] == []


def test_a_late_side_car_of_a_zip_or_of_a_file_in_it_takes_the_place_of_what_was_read_without(tmp_path: Path) -> None:
    settings = settings_at(tmp_path / "home")
    content = zip_of(("x/a.csv", csv_of(tmp_path, table("DC1"))), ("b.csv", b""))
    landed = drop(settings, "food", "a.zip", content, sidecar=SUPERVISION)
    process_chunk(settings, claim(settings))
    landed.with_name("a.zip.meta.json").write_bytes(EVALUATION)
    again = process_chunk(settings, claim(settings))
    assert [(receipt.file_name, receipt.outcome, receipt.supersedes_batch_id is None) for receipt in again] == [
        ("a.zip", "accepted", False),
        ("x/a.csv", "accepted", False),
        ("b.csv", "rejected", False),
    ]
    landed.with_name("a.csv.meta.json").write_bytes(SUPERVISION)
    (late,) = process_chunk(settings, claim(settings))
    assert (late.file_name, late.parent_batch_id) == ("x/a.csv", again[0].batch_id)
    publish(settings)
    assert totals(settings) == [("supervision", 1, 0)]


@pytest.mark.parametrize(
    ("content", "sidecar", "rule"),
    [
        (zip_of(("a.csv", bytes(80 * 1024 * 1024))), None, "ZP-004"),
        (locked(zip_of(("a.csv", b"1")), b"a.csv"), None, "ZP-003"),
        (zip_of(("a.csv", b"1"))[:-30], None, "ZP-002"),
        (zip_of(("a.csv", b"1")), b"[1]", "HD-003"),
        (zip_of(("a.csv", b"1")), b'{"sampling_typ": "1"}', "HD-003"),
    ],
    ids=["bomb", "locked", "damaged", "broken side-car", "wrong side-car"],
)
def test_a_zip_that_cannot_be_taken_apart_has_one_receipt_in_both_languages_and_moves_no_memory_here(
    tmp_path: Path, content: bytes, sidecar: bytes | None, rule: str
) -> None:
    settings = settings_at(tmp_path / "home")
    path = tmp_path / "a.zip"
    path.write_bytes(content)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (receipt,) = sent(settings, path, sidecar=sidecar)
    assert resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before < 60 * 1024  # KiB; the bomb holds 80 MiB
    assert (receipt.outcome, receipt.rows_read, receipt.parent_batch_id) == ("rejected", 0, None)
    (problem,) = receipt.problems
    assert problem.rule == rule
    assert any(character > "\u4e00" for character in problem.message_zh)
    assert any("a" <= character <= "z" for character in problem.message_en)
    assert object_path(settings, receipt.sha256).read_bytes() == content


def test_ingest_prints_the_zips_line_then_those_of_its_files_and_ends_with_two_where_one_was_rejected(
    tmp_path: Path,
) -> None:
    path = tmp_path / "a.zip"
    path.write_bytes(zip_of((entry("x\x1b[2J\u202e.csv"), csv_of(tmp_path, table("DC1"))), ("b.pdf", b"%PDF-1.7")))
    words = ["ingest", str(path), "--feed", "food", "--json"]
    ended = CliRunner().invoke(cli, words, env={"CHOUCHA_HOME": str(tmp_path / "home")})
    whole, first, second = (json.loads(line) for line in ended.stdout.splitlines())
    assert ended.exit_code == 2
    assert (whole["file_name"], whole["outcome"], whole["parent_batch_id"]) == ("a.zip", "accepted", None)
    assert (first["file_name"], first["parent_batch_id"]) == (r"x\x1b[2J\u202e.csv", whole["batch_id"])
    assert (second["outcome"], second["parent_batch_id"]) == ("rejected", whole["batch_id"])
    assert not {"\x1b", "\u202e"} & set(ended.stdout)


def test_check_tells_of_a_zip_and_of_each_file_in_it_and_keeps_nothing(tmp_path: Path) -> None:
    path = tmp_path / os.fsdecode("压缩.zip".encode("gbk"))
    nested = zip_of(("a.csv", csv_of(tmp_path, table("DC1"))), ("deeper.zip", zip_of(("a.csv", b"1"))))
    path.write_bytes(zip_of(("nested.zip", nested), ("b.csv", b""), (entry("l", attributes=SYMBOLIC_LINK), b"/")))
    path.with_name(f"{path.name}.meta.json").write_bytes(EVALUATION)
    words = ["check", str(path), "--feed", "food", "--json"]
    ended = CliRunner().invoke(cli, words, env={"CHOUCHA_HOME": str(tmp_path / "home")})
    told = [json.loads(line) for line in ended.stdout.splitlines()]
    assert ended.exit_code == 2
    assert [(each["file_name"], each["outcome"], [p["rule"] for p in each["problems"]]) for each in told] == [
        ("压缩.zip", "readable", ["ZP-000"]),
        ("nested.zip", "readable", ["ZP-000"]),
        ("a.csv", "readable", []),
        ("deeper.zip", "rejected", ["ZP-007"]),
        ("b.csv", "rejected", ["RD-001"]),
        ("l", "rejected", ["ZP-006"]),
    ]
    assert told[2]["n_samples"] == 1
    assert [path for path in (tmp_path / "home").rglob("*") if path.is_file()] == []
