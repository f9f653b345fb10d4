"""Cells are read as they were meant, or their row or file is refused by name: never changed, joined or lost."""

from __future__ import annotations

import json
import random
from datetime import datetime
from pathlib import Path

import pyarrow as pa
import pytest
import xlsxwriter

from pipelines import readers_text
from pipelines.read import read
from pipelines.reading_problems import Unreadable
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


def text_file(path: Path, text: str) -> Path:
    path.write_bytes(text.encode())
    return path


def test_a_quote_that_is_never_closed_rejects_the_file_and_names_its_line(settings: Settings, tmp_path: Path) -> None:
    second = ",".join(cell or "" for cell in FOOD[2]).replace("红薯淀粉", '"未闭合')
    lines = [
        ",".join(map(str, HEAD)),
        ",".join(cell or "" for cell in ROW),
        second,
        ",".join(cell or "" for cell in FOOD[4]),
    ]
    receipt = ingest(settings, "food", text_file(tmp_path / "a.csv", "\r\n".join(lines) + "\r\n"))
    assert (receipt.outcome, receipt.rows_read) == ("rejected", 0)
    (problem,) = receipt.problems
    assert (problem.rule, problem.found) == ("RD-012", "第 3 行 line 3")
    assert "引号未闭合" in problem.message_zh
    assert "line 3" in problem.message_en


WIDE = "a,b,c,d,e,f,g"


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('a,b,c\n1,2,3\n4,5,"未闭合', 3),
        ('a,b,c\n1, "未闭合,3\n4,5,6\n', 2),
        ('a,b,c\n\n1,"未闭合,3\n4,5\n', 3),
        ('a,b,c\n1,15"屏,3\n4,"未闭合,6\n7,8,9\n', 3),
        ('a,b,c\n1,"x\ny",3\n4,"未闭合,6\n7,8,9\n1,"合法",3\n', 4),
        ('a,b,c\n1,"未闭合,3\n4,"也未闭合,6\n', 2),
        ('a,b,c\n1,"p,q"r,3\n4,5,6\n', 2),
        (f'{WIDE}\n1,"x,3,4,5,6,7\n1,2",3,4,5,6,7\n', 2),
        (f'{WIDE}\n1,"x,3,4,5,6,7\n1,2,3,4,5,6,7\n1,2,3\n1,2",3,4,5,6,7\n\n', 2),
        ('a,b,c\n1,"x,3\n1,2,3\n4,5,6\n7,8",9\n', 2),
    ],
)
def test_quotes_that_swallow_rows_reject_the_file(settings: Settings, tmp_path: Path, text: str, line: int) -> None:
    path = text_file(tmp_path / "a.csv", text)
    with pytest.raises(Unreadable) as raised:
        read(settings, path, path.name, settings.home / "scratch")
    assert (raised.value.problem.rule, raised.value.problem.found) == ("RD-012", f"第 {line} 行 line {line}")


@pytest.mark.parametrize("blank_line", ["", "\n"], ids=["regular", "with a blank line"])
@pytest.mark.parametrize(
    ("line", "cells"),
    [
        ('1,15"屏,x', ["1", '15"屏', "x"]),
        ('1,15",x', ["1", '15"', "x"]),
        ('1,"15""屏",x', ["1", '15"屏', "x"]),
        ('1,"上\n下",x', ["1", "上\n下", "x"]),
        ('1,"上,一\n下,二","y\n\nz"', ["1", "上,一\n下,二", "y\n\nz"]),
        ('"1","p,q","""x"""', ["1", "p,q", '"x"']),
        ('1, "p,q",x', ["1", "p,q", "x"]),
        ('1,"",x', ["1", None, "x"]),
        ('1,"标准"面粉,"x"', ["1", '"标准"面粉', "x"]),
    ],
)
def test_quotes_inside_and_around_cells_are_read_as_they_were_meant(
    settings: Settings, tmp_path: Path, line: str, cells: list[str | None], blank_line: str
) -> None:
    path = text_file(tmp_path / "a.csv", f"a,b,c\n{blank_line}{line}\n4,5,6\n")
    assert rows_of(settings, path) == [["a", "b", "c"], cells, ["4", "5", "6"]]


def test_both_readers_of_text_agree_on_whatever_quoting_is_sound(tmp_path: Path) -> None:
    chance = random.Random(5)
    pieces = ('"', '""', "x", "三", ",", "\n")
    request = {"folder": str(tmp_path), "memory_mb": 1024, "max_columns": 50, "max_cell_chars": 1000}
    compared = 0
    for _ in range(400):
        text = "a,b,c\n" + "".join(
            ",".join("".join(chance.choices(pieces, k=chance.randrange(1, 5))) for _ in range(3)) + "\n"
            for _ in range(2)
        )
        broken, has_breaks = readers_text._quotes(text, ",")
        if broken is not None or "\n\n" in text:
            continue
        width = 1 + max(line.count(",") for line in text.split("\n"))
        fast = readers_text._by_duckdb(text, ",", width, request, has_breaks=has_breaks)
        if fast is None:
            continue
        slow = readers_text._by_python(text, ",", request)
        assert stripped(fast) == stripped(slow), text
        compared += 1
    assert compared > 20


def stripped(table: pa.Table) -> list[list[str]]:
    """Rows that hold something, without the blanks at the right of a row and round its cells."""
    rows = [[(cell or "").strip(" ") for cell in list(row.values())[1:]] for row in table.to_pylist()]
    ends = [max((k for k, cell in enumerate(row, 1) if cell), default=0) for row in rows]
    return [row[:end] for row, end in zip(rows, ends, strict=True) if end]
