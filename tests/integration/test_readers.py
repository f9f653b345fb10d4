"""Cells are read as they were meant, or their row or file is refused by name: never changed, joined or lost."""

from __future__ import annotations

import json
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter

from pipelines.read import read
from tests.integration.feed_files import FOOD, ingest, query
from warehouse.settings import Settings

HEAD = FOOD[0]
ROW = FOOD[1]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home")


def rows_of(settings: Settings, path: Path) -> list[list[str | None]]:
    """The cells of the one sheet, without their row numbers."""
    (sheet,) = read(settings, path, path.name, settings.home / "scratch").sheets
    return [list(row.values())[1:] for row in sheet.table.to_pylist()]


def workbook(path: Path, table: list[list[object]], *, date_format: str = "yyyy-mm-dd") -> Path:
    with xlsxwriter.Workbook(str(path), {"default_date_format": date_format}) as book:
        sheet = book.add_worksheet("表")
        for number, row in enumerate(table):
            for column, cell in enumerate(row):
                if isinstance(cell, str) and cell.startswith("#"):
                    sheet.write_formula(number, column, "=NA()", None, cell)
                elif cell is not None:
                    sheet.write(number, column, cell)
    return path


def test_a_long_number_that_lost_its_last_digits_does_not_pass_for_a_sample_number(
    settings: Settings, tmp_path: Path
) -> None:
    rows: list[list[object]] = [
        list(HEAD),
        [2026510000000012341, *ROW[1:]],
        [2026510000000012345, "2", *ROW[2:]],
        ["2026510000000012349", "3", *ROW[2:]],
    ]
    receipt = ingest(settings, "food", workbook(tmp_path / "a.xlsx", rows))
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (3, 1, 2)
    assert {problem.rule for problem in receipt.problems} == {"SH-005"}
    assert query(settings, "SELECT sample_no FROM {samples}") == [("2026510000000012349",)]


def test_only_numbers_beyond_a_spreadsheets_fifteen_digits_are_shown_in_scientific_notation(
    settings: Settings, tmp_path: Path
) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [
            [None, None, None],
            [None, "2026510000000012341", 2026510000000012341],
            [None, 999999999999999, 1e15],
            [None, 12.5, -1.25e21],
            [None, 0.2, "1E+20"],
        ],
    )
    assert rows_of(settings, path)[-4:] == [
        [None, "2026510000000012341", "2.026510000000012E+18"],
        [None, "999999999999999", "1E+15"],
        [None, "12.5", "-1.25E+21"],
        [None, "0.2", "1E+20"],
    ]


def test_a_real_date_of_a_workbook_is_a_plain_date_and_an_instant_keeps_its_time(
    settings: Settings, tmp_path: Path
) -> None:
    path = workbook(
        tmp_path / "a.xlsx",
        [
            ["抽样编号", "公告日期", "备注"],
            ["A1", datetime(2026, 1, 5), "自 2026-01-05 00:00:00 起"],  # noqa: DTZ001 - a workbook has no zones
            ["A2", datetime(2026, 1, 6, 10, 3), "2026-01-07"],  # noqa: DTZ001
        ],
    )
    assert rows_of(settings, path)[1:] == [
        ["A1", "2026-01-05", "自 2026-01-05 00:00:00 起"],
        ["A2", "2026-01-06 10:03:00", "2026-01-07"],
    ]


def test_an_empty_list_or_object_of_json_is_a_blank_cell(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.json"
    path.write_text('[{"a": [], "b": {}, "c": "x"}, {"a": ["铅"], "b": 0, "c": false}]', encoding="utf-8")
    assert rows_of(settings, path)[1:] == [[None, None, "x"], ['["铅"]', "0", "false"]]


def test_a_conforming_sample_with_an_empty_list_of_findings_is_accepted(settings: Settings, tmp_path: Path) -> None:
    entry = dict(zip(map(str, HEAD), ROW, strict=True))
    path = tmp_path / "a.json"
    path.write_text(json.dumps([entry | {"不合格项目║检验结果║标准值": []}]), encoding="utf-8")
    receipt = ingest(settings, "food", path)
    assert (receipt.rows_accepted, receipt.problems) == (1, ())
