"""Odd but usable files: every cell stays in its own row and column, and what a reader might miss is said."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import datetime
from pathlib import Path

import pytest
import xlsxwriter
from pyarrow import ipc

from pipelines import readers
from pipelines.readers import Refused
from pipelines.unread_kinds import unread_kind
from tests.integration.bad_files import compound_file, rewritten, with_cells, workbook
from tests.integration.feed_files import FOOD, ingest, query
from warehouse.settings import Settings

LIMITS = {
    "memory_mb": 4096, "max_rows": 1000, "max_columns": 50, "max_cell_chars": 1000, "max_expansion": 200,
    "max_members": 10,
}  # fmt: skip
HEAD, ROW = FOOD[0], FOOD[1]
TEXT = "抽样编号,食品名称,检验结论\r\nA1,挂面,合格\r\n"
PLAIN = [[1, "抽样编号", "食品名称", "检验结论"], [2, "A1", "挂面", "合格"]]


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", read_memory_mb=2048)


def sheets_of(folder: Path, content: bytes) -> dict[str, list[list[object]]]:
    """The rows of each sheet, with their numbers, as the child writes them."""
    source = folder / "file"
    source.write_bytes(content)
    answer = readers.parse({"source": str(source), "file_name": "file", "folder": str(folder), **LIMITS})
    told = {}
    for number, entry in enumerate(answer["sheets"]):
        with ipc.open_file(str(folder / f"sheet_{number}.arrow")) as file:
            told[entry["name"]] = [list(row.values()) for row in file.read_all().to_pylist()]
    return told


def cells_of(folder: Path, content: bytes) -> list[list[object]]:
    (rows,) = sheets_of(folder, content).values()
    return rows


def fill(sheet: xlsxwriter.worksheet.Worksheet, *rows: list[object], top: int = 0, left: int = 0) -> None:
    for number, row in enumerate(rows, start=top):
        for place, cell in enumerate(row, start=left):
            if cell is not None:
                sheet.write(number, place, cell)


@pytest.mark.parametrize(
    "content",
    [
        TEXT.encode(),
        TEXT.encode("utf-16"),
        b"\xfe\xff" + TEXT.encode("utf-16-be"),
        TEXT.replace(",", ";").encode(),
        TEXT.replace(",", "\t").encode(),
        ("sep=;\r\n" + TEXT.replace(",", ";")).encode(),
        ("sep=|\n" + TEXT.replace(",", "|")).encode("gb18030"),
        TEXT.replace("\r\n", "\r").encode(),
    ],
    ids=["commas", "UTF-16", "UTF-16 big-endian", "semicolons", "tabs", "sep=;", "sep=| in GB18030", "line ends of CR"],
)
def test_a_text_table_is_the_same_under_every_delimiter_encoding_and_line_end(tmp_path: Path, content: bytes) -> None:
    assert cells_of(tmp_path, content) == PLAIN


def test_ragged_rows_and_mixed_line_ends_keep_every_cell_in_its_place(tmp_path: Path) -> None:
    text = f"{TEXT}A2,食醋\nA3,酱油,合格,多,余\r\n\r\nA4\rA5,面粉,合格\n"
    assert cells_of(tmp_path, text.encode()) == [
        *([*row, None, None] for row in PLAIN),
        [3, "A2", "食醋", None, None, None],
        [4, "A3", "酱油", "合格", "多", "余"],
        [6, "A4", None, None, None, None],
        [7, "A5", "面粉", "合格", None, None],
    ]


@pytest.mark.parametrize(
    ("text", "line"),
    [
        ('A1,"挂面,合格\nA2,食醋",合格\nA3,酱油,合格\n', 2),
        ('A1,酱油,合格\n"A2,挂面,合格\nA3,食醋,合格\nA4",面粉,合格\n', 3),
        ('A1,酱油,"合格\r\nA2,挂面,不合格"\r\nA3,食醋,合格\r\n', 2),
    ],
    ids=["in the middle", "over three rows", "in the last column"],
)
def test_a_pair_of_quotes_that_joins_rows_of_a_narrow_table_is_told_by_line(
    tmp_path: Path, text: str, line: int
) -> None:
    with pytest.raises(Refused) as refused:
        cells_of(tmp_path, f"抽样编号,食品名称,检验结论\n{text}".encode())
    assert (refused.value.rule, refused.value.found) == ("RD-012", f"第 {line} 行 line {line}")


def test_a_line_break_and_commas_inside_quotes_are_one_cell_where_they_look_like_no_row(tmp_path: Path) -> None:
    text = 'A1,挂面,"自检,\n合格"\nA2,"委托方：甲,乙\n受托方：丙,丁",合格\n'
    assert [row[2:] for row in cells_of(tmp_path, f"抽样编号,食品名称,检验结论\n{text}".encode())[1:]] == [
        ["挂面", "自检,\n合格"],
        ["委托方：甲,乙\n受托方：丙,丁", "合格"],
    ]


def test_a_table_that_begins_in_b4_is_told_of_by_its_own_rows_and_columns(settings: Settings, tmp_path: Path) -> None:
    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(lambda book: fill(book.add_worksheet("表"), *map(list, FOOD), top=3, left=1)))
    receipt = ingest(settings, "food", path)
    told = {(problem.rule, problem.sheet, problem.row, problem.column) for problem in receipt.problems}
    assert ("SH-116", "表", 10, "公告日期") in told
    assert query(settings, "SELECT source_rows FROM {samples} WHERE sample_no = 'DC26510000001'") == [([5],)]


def test_formulas_that_failed_or_were_never_calculated_are_told_by_their_cell(
    settings: Settings, tmp_path: Path
) -> None:
    number = [f"DC2651000000{n}" for n in range(6)]

    def build(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("表")
        fill(sheet, list(HEAD), *([number[n], str(n), *ROW[2:]] for n in range(1, 6)))
        sheet.write_formula("F3", "=VLOOKUP(A3,B:C,2,0)", None, "#N/A")
        sheet.write_formula("J4", "=1/0", None, "#DIV/0!")
        sheet.write_formula("C5", "=B5&C6", None, "")
        sheet.write_formula("N6", "=1/0", None, "#REF!")  # the remark, which decides nothing

    path = tmp_path / "a.xlsx"
    path.write_bytes(workbook(build))
    receipt = ingest(settings, "food", path)
    assert (receipt.rows_read, receipt.rows_accepted, receipt.rows_quarantined) == (5, 2, 3)
    told = [(problem.rule, problem.sheet, problem.row, problem.column, problem.found) for problem in receipt.problems]
    assert told == [
        ("SH-011", "表", 3, "食品名称", "#N/A"),
        ("SH-011", "表", 4, "公告日期", "#DIV/0!"),
        ("SH-011", "表", 5, "标称生产企业名称", "=B5&C6"),
    ]
    assert query(settings, "SELECT sample_no FROM {samples} ORDER BY 1") == [(number[1],), (number[5],)]


def test_a_column_of_formulas_alone_keeps_its_place_and_its_rows(tmp_path: Path) -> None:
    cells = (
        '<row r="2"><c r="A2"><f>B2</f></c><c r="B2"><v>1</v></c></row>'
        '<row r="3"><c r="A3"><f t="shared" si="0"/><v></v></c><c r="B3"><v>2</v></c></row>'
        '<row r="5"><c r="D5"><f>B2&amp;"x"</f></c></row>'
    )
    assert cells_of(tmp_path, with_cells(cells)) == [
        [1, None, None, None, None],
        [2, "=B2", "1", None, None],
        [3, "=", "2", None, None],
        [4, None, None, None, None],
        [5, None, None, None, '=B2&"x"'],
    ]


def test_a_first_column_of_blank_results_shifts_no_other(tmp_path: Path) -> None:
    cells = (
        '<row r="1"><c r="A1" t="str"><f>""</f><v></v></c><c r="B1" t="inlineStr"><is><t>h</t></is></c></row>'
        '<row r="2"><c r="A2" t="str"><f>""</f><v></v></c><c r="B2"><v>2</v></c></row>'
    )
    assert cells_of(tmp_path, with_cells(cells)) == [[1, None, "h"], [2, None, "2"]]


def test_a_sheet_that_is_not_where_it_is_expected_keeps_its_columns_too(tmp_path: Path) -> None:
    content = workbook(lambda book: fill(book.add_worksheet("表"), ["h"], [2026510000000012341], left=2))
    moved = rewritten(
        "xl/_rels/workbook.xml.rels", lambda xml: xml.replace(b"worksheets/sheet1.xml", b"data/a.xml"), content=content
    )
    with zipfile.ZipFile(io.BytesIO(moved)) as source, zipfile.ZipFile(tmp_path / "moved", "w") as target:
        for name in source.namelist():
            target.writestr(name.replace("worksheets/sheet1.xml", "data/a.xml"), source.read(name))
    assert cells_of(tmp_path, (tmp_path / "moved").read_bytes()) == [
        [1, None, None, "h"],
        [2, None, None, "2.026510000000012E+18"],
    ]


def hidden_first(xml: bytes) -> bytes:
    """Columns with their attributes in the order of another program."""
    return re.sub(rb'<col ([^>]*) hidden="1"', rb'<col hidden="1" \1', xml)


@pytest.mark.parametrize("is_hidden_first", [False, True])
def test_what_is_hidden_is_read_and_told_and_what_is_empty_or_a_chart_is_neither(
    settings: Settings, tmp_path: Path, is_hidden_first: bool
) -> None:
    def build(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("表")
        fill(sheet, list(HEAD), list(ROW), list(FOOD[2]))
        sheet.set_row(2, None, None, {"hidden": True})
        sheet.set_row(90, None, None, {"hidden": True})
        sheet.set_column("D:E", None, None, {"hidden": True})
        sheet.set_column("Z:XFD", None, None, {"hidden": True})
        words = book.add_worksheet("下拉")
        fill(words, ["合格"], ["不合格"])
        words.hide()
        old = book.add_worksheet("上期")
        fill(old, list(HEAD), ["DC26510000009", *ROW[1:]])
        old.very_hidden()
        book.add_worksheet("空")
        chart = book.add_chart({"type": "line"})
        chart.add_series({"values": "=表!$A$1:$A$2"})
        book.add_chartsheet("图").set_chart(chart)

    path = tmp_path / "a.xlsx"
    content = workbook(build)
    if is_hidden_first:
        moved = rewritten("xl/worksheets/sheet1.xml", hidden_first, content=content)
        assert b'<col hidden="1"' in zipfile.ZipFile(io.BytesIO(moved)).read("xl/worksheets/sheet1.xml")
        content = moved
    path.write_bytes(content)
    receipt = ingest(settings, "food", path)
    assert (receipt.outcome, receipt.rows_accepted) == ("accepted", 3)
    assert [(problem.rule, problem.sheet, problem.row, problem.found) for problem in receipt.problems] == [
        ("RD-014", "表", 3, "1 行，从第 3 行起 rows, from row 3 on；列 columns D、E"),
        ("HD-001", "下拉", None, "产品名称、抽样编号、结论"),
        ("RD-014", "下拉", None, "整张工作表 the whole sheet"),
        ("RD-014", "上期", None, "整张工作表 the whole sheet"),
    ]
    assert "取消隐藏" in receipt.problems[0].message_zh
    assert "unhide" in receipt.problems[0].message_en


def test_five_hundred_sheets_are_read(tmp_path: Path) -> None:
    def build(book: xlsxwriter.Workbook) -> None:
        for number in range(500):
            book.add_worksheet(f"s{number}").write(0, 0, number)

    read = sheets_of(tmp_path, workbook(build))
    assert list(read) == [f"s{number}" for number in range(500)]
    assert list(read.values()) == [[[1, str(number)]] for number in range(500)]


@pytest.mark.parametrize("epoch", [{}, {"date_1904": True}], ids=["1900", "1904"])
def test_dates_count_from_the_workbooks_own_epoch(tmp_path: Path, epoch: dict[str, bool]) -> None:
    content = workbook(
        lambda book: fill(book.add_worksheet("表"), ["公告日期"], [datetime(2026, 1, 5)]),  # noqa: DTZ001
        default_date_format="yyyy-mm-dd",
        **epoch,
    )
    assert cells_of(tmp_path, content) == [[1, "公告日期"], [2, "2026-01-05"]]


def test_numbers_as_text_stay_as_typed_and_a_date_outside_the_calendar_stays_the_number_that_it_is(
    tmp_path: Path,
) -> None:
    def build(book: xlsxwriter.Workbook) -> None:
        sheet = book.add_worksheet("表")
        fill(sheet, ["a", "b", "c"])
        sheet.write_string(1, 0, "007")
        sheet.write_string(1, 1, "1.50")
        sheet.write_number(1, 2, 1e10, book.add_format({"num_format": "yyyy-mm-dd"}))

    assert cells_of(tmp_path, workbook(build))[1] == [2, "007", "1.50", "10000000000.0"]


def test_cells_merged_over_the_whole_sheet_end_with_its_rows(tmp_path: Path) -> None:
    merged = b'</sheetData><mergeCells count="1"><mergeCell ref="A2:A1048576"/></mergeCells>'
    source = tmp_path / "a.xlsx"
    source.write_bytes(rewritten("xl/worksheets/sheet1.xml", lambda xml: xml.replace(b"</sheetData>", merged)))
    answer = readers.parse({"source": str(source), "file_name": "a.xlsx", "folder": str(tmp_path), **LIMITS})
    assert answer["sheets"][0]["merges"] == [[2, 1, len(FOOD), 1]]


@pytest.mark.parametrize(
    ("content", "told"),
    [
        (b"%PDF-1.4", ("RD-013", "PDF")),
        (b"\x89PNG\r\n\x1a\n", ("RD-013", "图片 a picture (PNG)")),
        (b"GIF89a", ("RD-013", "图片 a picture (GIF)")),
        (b"II*\x00\x08", ("RD-013", "图片 a picture (TIFF)")),
        (b"RIFF\x24\x00\x00\x00WEBPVP8 ", ("RD-013", "图片 a picture (WebP)")),
        (b"{\\rtf1\\ansi", ("RD-013", "Word 文档 a Word document (RTF)")),
        (compound_file("WordDocument"), ("RD-013", "Word 文档 a Word document")),
        (compound_file("Book"), ("RD-002", "旧版工作簿 an old workbook, xls")),
        (compound_file("Workbook"), ("RD-002", "旧版工作簿 an old workbook, xls")),
        (compound_file("EncryptedPackage"), ("RD-005", None)),
        (b"Rar!\x1a\x07", ("RD-002", "RAR")),
        (b"\xef\xbb\xbf <HTML>", ("RD-002", "网页 a web page (HTML)")),
        ("<table>".encode("utf-16"), ("RD-002", "网页 a web page (HTML)")),
        (b"<!-- a --><div>", ("RD-002", "网页 a web page (HTML)")),
        (b"<!DOCTYPE html><html>", ("RD-002", "网页 a web page (HTML)")),
        (b"MIME-Version: 1.0\r\n", ("RD-002", "网页 a web page (MHT)")),
        (b'<?xml version="1.0"?><Workbook/>', ("RD-002", "XML")),
        (b'<?xml version="1.0"?><!DOCTYPE x><Workbook/>', ("RD-011", None)),
        ("抽样编号,<5 mg/kg".encode(), None),
        (b"<5 mg/kg,\xe9\x93\x85", None),
    ],
)
def test_a_kind_that_is_not_read_is_told_by_its_content(
    tmp_path: Path, content: bytes, told: tuple[str, str | None] | None
) -> None:
    (tmp_path / "a.xlsx").write_bytes(content)
    assert unread_kind(content, tmp_path / "a.xlsx") == told
