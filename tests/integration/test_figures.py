"""Yearly figures as files: a right one counts once, a wrong one is answered row by row, and all survive a rebuild."""

from __future__ import annotations

import json
import shutil
from collections.abc import Mapping
from datetime import date
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter
from click.testing import CliRunner

from pipelines.cli import cli
from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim, pending
from pipelines.replay import candidates
from pipelines.upkeep import rebuild, verify
from tests.warehouse.reading import rows
from warehouse import lake
from warehouse.connect import connect
from warehouse.landing import drop
from warehouse.receipts import Receipt
from warehouse.settings import Settings

HEADER = ("指标", "年度", "数值", "单位", "来源", "发布日期")
FIGURE = ("制造业质量竞争力指数", "2023", "87.5", "指数", "市场监管总局公告", "2024-03-15")
INDEX = "SELECT value, value_status, target_status, is_corrected, published_on, source FROM mart_indicators WHERE"


def csv_of(*lines: tuple[str, ...], header: tuple[str, ...] = HEADER) -> bytes:
    return "\n".join(",".join(line) for line in (header, *lines)).encode()


def xlsx_of(title: str, *lines: tuple[Any, ...]) -> bytes:
    content = BytesIO()
    with xlsxwriter.Workbook(content) as book:
        sheet = book.add_worksheet("年度指标")
        sheet.write(0, 0, title)
        for number, line in enumerate((HEADER, *lines), start=2):
            sheet.write_row(number, 0, line)
    return content.getvalue()


def taken(settings: Settings, name: str, content: bytes) -> Receipt:
    drop(settings, "figures", name, content)
    (receipt,) = process_chunk(settings, claim(settings))
    return receipt


def told(receipt: Receipt) -> tuple[str, int, int, int, int]:
    return (
        receipt.outcome,
        receipt.rows_read,
        receipt.rows_accepted,
        receipt.rows_duplicate,
        receipt.rows_quarantined,
    )


def in_lake(settings: Settings) -> list[tuple[Any, ...]]:
    columns = "indicator_code, province_code, year, value, published_on, corrected_on, source_row"
    with connect(settings) as connection:
        table = lake.scan(settings, connection, "figures")
        return list(connection.execute(f"SELECT {columns} FROM {table} ORDER BY ALL").fetchall())


def figure(settings: Settings, year: int) -> tuple[Any, ...]:
    where = f"indicator_code = 'manufacturing_competitiveness' AND year = {year}"
    (row,) = rows(settings, f"{INDEX} {where}", "public")
    return row


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    return Settings(home=tmp_path_factory.mktemp("yearly") / "home", settle_seconds=0, sidecar_wait_seconds=0)


@pytest.fixture(scope="module")
def entered(settings: Settings) -> Mapping[str, Receipt]:
    """What came of each file, in this order, in one home: the first is published before the others come."""
    came = {"first": taken(settings, "2023.csv", csv_of(FIGURE))}
    assert publish(settings)
    came["again"] = taken(settings, "copy.csv", csv_of(FIGURE).decode().encode("utf-8-sig"))
    came["sheet"] = taken(
        settings, "a.xlsx", xlsx_of("年度指标值填报表", (*FIGURE[:1], 2022, 86.5, "", "公告", "2023-03-20"))
    )
    correction = dict(zip(HEADER, FIGURE, strict=True)) | {"数值": 88.25, "更正日期": "2024-04-02", "省份": "四川"}
    came["corrected"] = taken(settings, "c.json", json.dumps([correction, correction], ensure_ascii=False).encode())
    wrong = [
        FIGURE,
        ("食品安全评价性抽检合格率", "2023", "99", "", "公告", "2024-03-15"),
        ("幸福指数", "2023", "99", "", "公告", "2024-03-15"),
        (FIGURE[0], "2021", "八十", "指数", "", "2022-03-15"),
    ]
    came["wrong"] = taken(settings, "wrong.csv", csv_of(*wrong))
    came["header"] = taken(settings, "header.csv", b"a,b\n1,2\n")
    came["empty"] = taken(settings, "empty.csv", csv_of())
    return came


def test_a_figure_is_taken_in_and_published_with_its_source(entered: Mapping[str, Receipt], settings: Settings) -> None:
    assert told(entered["first"]) == ("accepted", 1, 1, 0, 0)
    assert entered["first"].contract_version == "1.0.0"
    assert pending(settings) == []
    assert in_lake(settings) == [
        ("manufacturing_competitiveness", "510000", 2022, 86.5, date(2023, 3, 20), None, 4),
        ("manufacturing_competitiveness", "510000", 2023, 87.5, date(2024, 3, 15), None, 2),
        ("manufacturing_competitiveness", "510000", 2023, 88.25, date(2024, 3, 15), date(2024, 4, 2), 1),
    ]
    assert figure(settings, 2023) == (87.5, "ok", "not_met", False, date(2024, 3, 15), "市场监管总局公告")


def test_what_was_said_before_is_a_duplicate_in_any_encoding(entered: Mapping[str, Receipt]) -> None:
    assert told(entered["again"]) == ("duplicate", 1, 0, 1, 0)
    assert entered["again"].batch_id == entered["first"].batch_id
    assert told(entered["corrected"]) == ("accepted", 2, 1, 1, 0)


def test_a_later_row_corrects_an_earlier_one_and_a_rebuild_says_the_same(
    entered: Mapping[str, Receipt], settings: Settings, tmp_path: Path
) -> None:
    assert publish(settings)
    assert figure(settings, 2023) == (88.25, "ok", "met", True, date(2024, 3, 15), "市场监管总局公告")
    assert figure(settings, 2022)[:3] == (86.5, "ok", "not_met")
    assert all(check.ok for check in verify(settings))
    rebuilt = rebuild(settings, tmp_path / "rebuilt")
    assert rebuilt.expected_digest is not None and rebuilt.is_same


def test_each_wrong_row_is_told_and_none_of_the_file_is_taken(
    entered: Mapping[str, Receipt], settings: Settings
) -> None:
    receipt = entered["wrong"]
    assert told(receipt) == ("rejected", 4, 0, 0, 4)
    assert [(problem.rule, problem.row, problem.column, problem.found) for problem in receipt.problems] == [
        ("FG-002", 3, "指标", "食品安全评价性抽检合格率"),
        ("FG-001", 4, "指标", "幸福指数"),
        ("FG-005", 5, "数值", "八十"),
    ]
    assert receipt.problems[0].message_zh.startswith("“食品安全评价性抽检合格率”由抽检结果计算，不接受填报")
    assert "is computed from samples and can't be entered" in receipt.problems[0].message_en
    assert candidates(settings) == []


def test_a_file_that_is_no_table_of_figures_says_what_is_missing(entered: Mapping[str, Receipt]) -> None:
    ((header,), (empty,)) = (entered[name].problems for name in ("header", "empty"))
    assert (header.rule, header.found) == ("HD-001", "指标、年度、数值、来源、发布日期")
    assert empty.rule == "HD-004"
    assert {entered[name].outcome for name in ("header", "empty")} == {"rejected"}


def test_without_its_province_a_row_is_refused_where_several_are_installed(
    entered: Mapping[str, Receipt], settings: Settings
) -> None:
    both = Settings(**{**vars(settings), "provinces": ("510000", "440000")})
    (refused,) = taken(both, "p.csv", csv_of((FIGURE[0], "2020", *FIGURE[2:]))).problems
    assert (refused.rule, refused.row) == ("FG-003", 2)
    accepted = taken(both, "q.csv", csv_of(("广东省", FIGURE[0], "2020", *FIGURE[2:]), header=("省份", *HEADER)))
    assert told(accepted) == ("accepted", 1, 1, 0, 0)
    assert ("manufacturing_competitiveness", "440000", 2020) in [row[:3] for row in in_lake(both)]


def test_rows_that_are_not_in_the_lake_though_a_receipt_counts_them_are_found(
    entered: Mapping[str, Receipt], settings: Settings
) -> None:
    hidden = settings.home / "hidden"
    shutil.move(lake.table_path(settings, "figures"), hidden)
    try:
        checks = {check.name: check for check in verify(settings)}
    finally:
        shutil.move(hidden, lake.table_path(settings, "figures"))
    assert not checks["conservation"].ok
    assert "2023.csv: 0 + 0 + 1 said, 0 + 0 + 0 held" in checks["conservation"].detail


def test_the_command_line_takes_figures_in(settings: Settings, tmp_path: Path, entered: Mapping[str, Receipt]) -> None:
    path = tmp_path / "again.csv"
    path.write_bytes(csv_of(FIGURE))
    words = ["ingest", str(path), "--feed", "figures", "--json"]
    answer = CliRunner().invoke(cli, words, env={"CHOUCHA_HOME": str(settings.home)})
    assert answer.exit_code == 0
    assert json.loads(answer.stdout)["outcome"] == "duplicate"
