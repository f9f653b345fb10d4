"""A file that can't be used ends with a receipt its sender can act on, and keeps no other from going through."""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from pathlib import Path

import psutil
import pytest

from pipelines.process import process_chunk
from pipelines.read import read
from pipelines.receive import claim
from tests.integration.bad_files import (
    MIB,
    compound_file,
    csv_of,
    entity_bomb,
    json_of,
    rewritten,
    with_cells,
    zip_of,
)
from tests.integration.feed_files import CONSTRUCTION, FOOD, MARKET, Table, query
from warehouse.archive import object_path
from warehouse.landing import drop
from warehouse.receipts import Receipt
from warehouse.settings import Settings

# The first test waits for all the files, each of which is read by a process of its own.
pytestmark = pytest.mark.timeout(900)

HEAD = FOOD[0]
ENTRY = dict(zip(map(str, HEAD), FOOD[1], strict=True))
NARROW = "抽样编号,食品名称,检验结论"


@dataclass(frozen=True)
class Bad:
    """name: of the file; rule and found, a part of it, and where: what its receipt names."""

    says: str
    name: str
    content: bytes
    rule: str
    found: str = ""
    feed: str = "food"
    sheet: str | None = None
    row: int | None = None
    column: str | None = None


def grid(n_cells: int, n_columns: int = 10) -> str:
    """Rows of cells that all show the first shared string."""
    rows = []
    for row in range(1, n_cells // n_columns + 1):
        rows.append(f'<row r="{row}">')
        rows += [f'<c r="{chr(65 + column)}{row}" t="s"><v>0</v></c>' for column in range(n_columns)]
        rows.append("</row>")
    return "".join(rows)


def many_sheets(number: int) -> bytes:
    sheets = "".join(f'<sheet name="s{n}" sheetId="{n}" r:id="r{n}"/>' for n in range(number))
    parts = {f"xl__worksheets__s{n}_xml": b"<worksheet/>" for n in range(number)}
    return zip_of(xl__workbook_xml=f"<workbook><sheets>{sheets}</sheets></workbook>".encode(), **parts)


def named_twice(xml: bytes) -> bytes:
    return xml.replace(b"</sheets>", '<sheet name="表" sheetId="2" r:id="rId1"/></sheets>'.encode())


DEEP = b"[" * 100_000
LONG = "面" * (10 * MIB // 3)  # 10 MB in UTF-8
LATIN = "n°,produit,résultat\n1,crème brûlée,ça va\n".encode("latin-1")
PAGE = "<html><body><table><tr><td>抽样编号</td></tr></table></body></html>"
SPREADSHEET_XML = (
    '<?xml version="1.0"?>\n<!DOCTYPE x [<!ENTITY a SYSTEM "file:///etc/passwd">]>\n'
    '<Workbook xmlns="urn:schemas-microsoft-com:office:spreadsheet">&a;</Workbook>'
)
SHARED, SHEET, BOOK = "xl/sharedStrings.xml", "xl/worksheets/sheet1.xml", "xl/workbook.xml"

BAD = (
    Bad("an empty file", "empty.csv", b"", "RD-001"),
    Bad("a table of food in the folder of market", "foods.csv", csv_of(*FOOD), "HD-006", "food", feed="market"),
    Bad("a table of market in the folder of food", "goods.csv", csv_of(*MARKET), "HD-006", "market"),
    Bad("a table of construction in the folder of food", "works.csv", csv_of(*CONSTRUCTION), "HD-006", "construction"),
    Bad("a truncated workbook", "cut.xlsx", rewritten(SHEET, bytes)[:-2000], "RD-004"),
    Bad(
        "a workbook whose shared strings are a deflate bomb",
        "bomb.xlsx",
        rewritten(SHARED, lambda xml: xml.replace(b"</sst>", b"<si><t>" + b"A" * (60 * MIB) + b"</t></si></sst>")),
        "RD-006",
        "60 MiB",
    ),
    Bad(
        "a workbook that shows one long string in very many cells",
        "echo.xlsx",
        rewritten(
            SHARED,
            lambda xml: xml.replace("抽样编号".encode(), b"A" * 900_000),
            content=with_cells(grid(20_000)),
        ),
        "RD-009",
    ),
    Bad(
        "a cell at XFD1048576",
        "far.xlsx",
        with_cells('<row r="1048576"><c r="XFD1048576"><v>1</v></c></row>'),
        "RD-006",
    ),
    Bad("a workbook with a password", "locked.xlsx", compound_file("EncryptedPackage"), "RD-005"),
    Bad("a legacy workbook", "old.xls", compound_file("Workbook"), "RD-002", "xls"),
    Bad("an XML spreadsheet with a DOCTYPE", "a.xml", SPREADSHEET_XML.encode(), "RD-011"),
    Bad("entities that grow in a sheet", "laughs.xlsx", entity_bomb(SHEET), "RD-011"),
    Bad("entities that grow in the shared strings", "laughs 2.xlsx", entity_bomb(SHARED), "RD-011"),
    Bad("a web page under the name of a workbook", "page.xls", PAGE.encode(), "RD-002", "HTML"),
    Bad("text in Latin-1", "latin.csv", LATIN, "RD-003"),
    Bad("a header that no contract knows", "who.csv", csv_of(("姓名", "电话"), ("甲", "1")), "HD-001", "产品名称"),
    Bad("30,000 columns", "wide.csv", csv_of(("x",) * 30_000, ("1",) * 30_000), "RD-006", "30000 列"),
    Bad(
        "a cell of 10 MB in a text",
        "long.csv",
        csv_of(HEAD, ("DC1", "1", LONG)),
        "RD-006",
        "3495253 字符",
        row=2,
        column="C",
    ),
    Bad(
        "a cell of 10 MB in a workbook",
        "long.xlsx",
        rewritten(SHARED, lambda xml: xml.replace("红薯淀粉".encode(), LONG.encode())),
        "RD-006",
        "3495253 字符",
        sheet="表",
        row=3,
        column="F",
    ),
    Bad("NUL characters", "nul.csv", csv_of(HEAD, ("DC1", "挂\x00面")), "RD-010", row=2),
    Bad("a NUL that JSON hides", "nul.json", json_of({"a": "x"}, {"a": "x\x00y"}), "RD-010", row=2, column="A"),
    Bad(
        "merged cells that overlap",
        "merged.xlsx",
        rewritten(
            SHEET,
            lambda xml: xml.replace(
                b"</sheetData>",
                b"</sheetData><mergeCells>" + b'<mergeCell ref="A2:A1048576"/>' * 5000 + b"</mergeCells>",
            ),
        ),
        "RD-004",
        "重叠",
        sheet="表",
    ),
    Bad("two sheets of one name", "twice.xlsx", rewritten(BOOK, named_twice), "RD-004", "表"),
    Bad("1,001 sheets", "sheets.xlsx", many_sheets(1001), "RD-006", "1001 张"),
    Bad(
        "a pair of quotes that joins rows of a narrow table",
        "joined.csv",
        f'{NARROW}\nA1,挂面,合格\nA2,"食醋,合格\nA3,酱油",合格\n'.encode(),
        "RD-012",
        "第 3 行",
    ),
    Bad("JSON that is a list of numbers", "numbers.json", b"[1, 2]", "RD-007", "第 1 项", row=1),
    Bad("JSON that is one string", "string.json", b'"abc"', "HD-001"),
    Bad("JSON that is an empty list", "nothing.json", b"[]", "HD-004"),
    Bad("JSON that is nested very deeply", "deep.json", DEEP, "RD-007", "嵌套过深"),
    Bad("a key that occurs twice", "keys.json", b'[{"a": 1}, {"a": 1, "a": 2}]', "RD-007", "第 2 项", row=2),
    Bad("NaN in JSON", "nan.json", b'[{"a": [1, NaN]}]', "RD-007", "NaN", row=1),
    Bad("a broken line between others", "middle.jsonl", b'{"a": 1}\n{"a": \n{"a": 3}\n', "RD-007", "第 2 行", row=2),
    Bad("half a character in JSON", "half.json", b'[{"a": 1}, {"a": "\\ud800"}]', "RD-007", "ud800", row=2),
    Bad("a PDF", "notice.pdf", b"%PDF-1.7\n", "RD-013", "PDF"),
    Bad("a scan", "scan.jpg", b"\xff\xd8\xff\xe0\x00\x10JFIF", "RD-013", "JPEG"),
    Bad(
        "a Word document",
        "notice.docx",
        zip_of(**{"[Content_Types]_xml": b"<x/>", "word__document_xml": b"<x/>"}),
        "RD-013",
        "Word",
    ),
)
GOOD: dict[str, Table] = {"food": FOOD, "market": MARKET, "construction": CONSTRUCTION}


@dataclass(frozen=True)
class Taken:
    """Everything dropped at once and worked off by one process; grown: by how much its memory did, in MiB."""

    settings: Settings
    receipts: dict[str, Receipt]
    grown: float


@pytest.fixture(scope="module")
def taken(tmp_path_factory: pytest.TempPathFactory) -> Taken:
    settings = Settings(home=tmp_path_factory.mktemp("bad") / "home", settle_seconds=0, read_memory_mb=1536)
    memory = psutil.Process()
    # What every batch needs is loaded by one that is sound, so that the growth is that of the others.
    drop(settings, "food", "first.csv", csv_of(HEAD, FOOD[1]))
    process_chunk(settings, claim(settings))
    for bad in BAD:
        drop(settings, bad.feed, bad.name, bad.content)
    for feed, table in GOOD.items():
        drop(settings, feed, f"good {feed}.csv", csv_of(*table))
    before = memory.memory_info().rss
    most = before
    receipts: dict[str, Receipt] = {}

    def answered(made: list[Receipt]) -> None:
        nonlocal most
        most = max(most, memory.memory_info().rss)
        receipts.update({receipt.file_name: receipt for receipt in made})

    process_chunk(settings, claim(settings), answered=answered)
    return Taken(settings, receipts, (most - before) / MIB)


@pytest.mark.parametrize("bad", BAD, ids=lambda bad: bad.says)
def test_a_file_that_cannot_be_used_is_answered(bad: Bad, taken: Taken) -> None:
    receipt = taken.receipts[bad.name]
    assert (receipt.outcome, receipt.rows_read) == ("rejected", 0)
    problem = receipt.problems[0]
    assert (problem.rule, problem.sheet, problem.row, problem.column) == (bad.rule, bad.sheet, bad.row, bad.column)
    assert bad.found in (problem.found or "")
    for message in (problem.message_zh, problem.message_en):
        assert bad.found in message
        assert "{" not in message
    assert re.search("(?:请|须).+。$", problem.message_zh)
    assert re.search("[a-z]{4}.*[.]$", problem.message_en)
    assert object_path(taken.settings, receipt.sha256).read_bytes() == bad.content


def test_the_files_beside_them_go_through(taken: Taken) -> None:
    good = {feed: taken.receipts[f"good {feed}.csv"] for feed in GOOD}
    assert {feed: receipt.outcome.split("_")[0] for feed, receipt in good.items()} == dict.fromkeys(GOOD, "accepted")
    assert len(taken.receipts) == len(BAD) + len(GOOD)
    named = query(taken.settings, "SELECT DISTINCT file_name FROM {samples} ORDER BY 1")
    assert named == [("first.csv",), *((f"good {feed}.csv",) for feed in sorted(GOOD))]


def test_the_memory_of_the_process_that_ingests_does_not_follow_what_is_in_them(taken: Taken) -> None:
    assert taken.grown < 150  # MiB; what they unpack to is counted in GiB


def test_a_json_of_100_mb_in_one_line_is_read(tmp_path: Path) -> None:
    entries = [ENTRY | {"备注": "x" * 999_000} for _ in range(105)]
    path = tmp_path / "a.json"
    path.write_text(json.dumps(entries, ensure_ascii=False), encoding="utf-8")
    assert path.stat().st_size > 100 * MIB
    (sheet,) = read(Settings(home=tmp_path / "home"), path, path.name, tmp_path / "scratch").sheets
    assert sheet.table.column("row_no").to_pylist() == list(range(106))
    assert sheet.table.column("c1").to_pylist()[1:] == ["DC26510000001"] * 105


def test_the_page_for_senders_names_every_answer_that_is_tested_here() -> None:
    page = (Path(__file__).parents[2] / "docs" / "how-to" / "what-can-be-read.md").read_text(encoding="utf-8")
    assert {bad.rule for bad in BAD} - set(re.findall("[A-Z]{2}-[0-9]{3}", page)) == set()
