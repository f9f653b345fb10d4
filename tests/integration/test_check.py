"""What a sender learns before sending: how the file is understood, and the same table with its cells marked."""

from __future__ import annotations

import csv
import zipfile
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree

import pytest
import xlsxwriter
from python_calamine import CalamineWorkbook

from pipelines.check import CheckReport, check_file
from pipelines.cli.check_report import print_check
from pipelines.marked_workbook import write_marked
from tests.integration.feed_files import FOOD, write_csv, write_xlsx
from warehouse.settings import Settings

_MAIN = "{http://schemas.openxmlformats.org/spreadsheetml/2006/main}"


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("check")


@pytest.fixture(scope="module")
def report(folder: Path) -> CheckReport:
    return checked(write_xlsx(folder / "查.xlsx", {"表一": FOOD}), folder)


def test_what_was_understood_is_told_before_anything_is_sent(report: CheckReport) -> None:
    assert dict(report.ends) == {"accepted": 3, "continuation": 1, "duplicate": 1, "quarantined": 1}
    assert report.columns["表一"]["producer_name"] == "标称生产企业名称"
    counts = {(row["fact"], row["name"] or row["said"]): row["n_samples"] for row in report.counts}
    assert counts["conclusion", "nonconforming"] == 1
    assert counts["sampling_type", "supervision"] == 3
    assert counts["quarter", "2026Q2"] == 3
    assert counts["category", "粮食加工品"] == 1
    places = {row["name"]: (row["evidence"], row["example"]) for row in report.places}
    assert places["乐山市"] == ("address", "四川省乐山市市中区某路3号")
    assert [row["row"] for row in report.examples] == [2, 3, 5]
    assert [finding["item"] for finding in report.examples[1]["findings"]] == ["铅"]


def test_problems_and_notes_are_told_apart_and_a_missing_column_is_said_once(report: CheckReport) -> None:
    assert [(each.rule, each.row, each.column) for each in report.problems] == [("SH-116", 7, "公告日期")]
    ((stage, n_rows),) = ((note, n_rows) for note, n_rows in report.notes if note.rule == "SH-008")
    assert (stage.row, stage.column, n_rows) == (None, "抽样环节", 5)
    assert [mark.problem.row for mark in report.marks if mark.problem.rule == "SH-008"] == [None]


def test_a_header_that_nothing_is_done_with_is_named(folder: Path) -> None:
    table = [(*row, "x" if number else "经手人员") for number, row in enumerate(FOOD)]
    report = checked(write_csv(folder / "多一列.csv", table), folder)
    assert report.unmapped[""] == ("经手人员",)


def test_the_senders_table_comes_back_with_the_wrong_cell_marked_and_commented(
    report: CheckReport, folder: Path
) -> None:
    path = folder / "marked.xlsx"
    write_marked(path, report.document, report.marks, title="查")
    workbook = CalamineWorkbook.from_path(path)
    assert workbook.sheet_names[0] == "表一"
    assert [[cell or None for cell in row] for row in workbook.get_sheet_by_name("表一").to_python()] == [
        list(row) for row in FOOD
    ]
    (comment,) = comments(path)
    assert comment[0] == "J7"
    assert "晚于收到文件的日期" in comment[1]
    assert "later than the day the file was received" in comment[1]
    assert fill_of(path, "J7") == "FFFFC7CE"
    assert fill_of(path, "J6") is None
    assert next(row[:4] for row in workbook.get_sheet_by_index(1).to_python()[1:]) == [
        "SH-116",
        "表一",
        "7",
        "公告日期",
    ]


def test_rows_and_merged_cells_stand_where_the_sender_put_them(folder: Path) -> None:
    path = folder / "合并.xlsx"
    with xlsxwriter.Workbook(path) as workbook:
        sheet = workbook.add_worksheet("附件1")
        sheet.merge_range(1, 1, 1, 14, "食品抽检结果")
        for row, cells in enumerate(FOOD):
            for column, cell in enumerate(cells):
                if cell is not None:
                    sheet.write_string(row + 3, column + 1, cell)
    marked = folder / "合并_marked.xlsx"
    report = checked(path, folder)
    write_marked(marked, report.document, report.marks, title="合并")
    assert [place for place, _ in comments(marked)] == ["K10"]
    sheet_back = CalamineWorkbook.from_path(marked).get_sheet_by_name("附件1")
    assert sheet_back.merged_cell_ranges == [((1, 1), (1, 14))]
    assert sheet_back.start == (1, 1)


def test_a_file_that_would_be_rejected_comes_back_with_the_reason(folder: Path) -> None:
    path = write_csv(folder / "通讯录.csv", [("姓名", "电话"), ("王", "=1+1")])
    report = checked(path, folder)
    assert report.is_rejected
    marked = folder / "通讯录.xlsx"
    write_marked(marked, report.document, report.marks, title=path.stem)
    workbook = CalamineWorkbook.from_path(marked)
    assert workbook.get_sheet_by_name("通讯录").to_python() == [["姓名", "电话"], ["王", "=1+1"]]  # text, not a formula
    assert workbook.get_sheet_by_index(1).to_python()[1][0] == "HD-001"


def test_a_zip_with_a_bad_file_says_how_many_of_its_files_would_be_taken(capsys: pytest.CaptureFixture[str]) -> None:
    bad = CheckReport("坏.csv", "food", True, ())
    print_check(CheckReport("批.zip", "food", False, (), inside=(bad, replace(bad, is_rejected=False), bad)))
    assert capsys.readouterr().out == "批.zip: 3 个文件 files · 接收 taken 1 · 退回 rejected 2\n"


def test_a_sidecar_beside_the_file_is_taken_with_it(folder: Path) -> None:
    path = folder / "无表头.csv"
    with path.open("w", encoding="utf-8", newline="") as file:
        csv.writer(file).writerows(FOOD[1:3])
    assert checked(path, folder).is_rejected
    names = (
        '["sample_no", "sequence_no", "producer_name", "sampled_unit_name", "sampled_unit_address", "product_name", '
        '"spec", "batch_or_date", "category", "published_on", "task", "conclusion", "findings_text", "remark"]'
    )
    Path(f"{path}.meta.json").write_text(f'{{"columns": {names}}}', encoding="utf-8")
    assert dict(checked(path, folder).ends) == {"accepted": 2}


def checked(path: Path, folder: Path) -> CheckReport:
    return check_file(Settings(home=folder / "home"), "food", path, folder / "scratch" / path.stem)


def comments(path: Path) -> list[tuple[str, str]]:
    with zipfile.ZipFile(path) as parts:
        root = ElementTree.fromstring(parts.read("xl/comments1.xml"))
    return [(each.attrib["ref"], "".join(each.itertext())) for each in root.iter(f"{_MAIN}comment")]


def fill_of(path: Path, place: str) -> str | None:
    """The background colour of a cell of the first sheet."""
    with zipfile.ZipFile(path) as parts:
        sheet, styles = (
            ElementTree.fromstring(parts.read(name)) for name in ("xl/worksheets/sheet1.xml", "xl/styles.xml")
        )
    style = next((cell.attrib.get("s") for cell in sheet.iter(f"{_MAIN}c") if cell.attrib["r"] == place), None)
    if style is None:
        return None
    formats = styles.find(f"{_MAIN}cellXfs")
    fills = styles.find(f"{_MAIN}fills")
    assert formats is not None
    assert fills is not None
    colour = fills[int(formats[int(style)].attrib["fillId"])].find(f".//{_MAIN}fgColor")
    return colour.attrib["rgb"] if colour is not None else None
