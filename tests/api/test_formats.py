"""CSV, Parquet and XLSX: the same rows as JSON, nulls for what is withheld, and nothing that a spreadsheet runs."""

from __future__ import annotations

import codecs
import csv
from io import BytesIO, StringIO
from typing import Any
from zipfile import ZipFile

import fastexcel
import httpx
import pyarrow as pa
import pyarrow.parquet as pq
import pytest
from hypothesis import given
from hypothesis import strategies as st

from api.rendering import MAX_CELL_CHARS, table_bytes
from tests.api.release_files import cell, warning, write_release
from warehouse.settings import Settings

TABLES = [
    "/v1/results?feed=food&sampling_type=evaluation&quarter=2026Q2&by=prefecture",
    "/v1/rankings?feed=food&sampling_type=evaluation&quarter=2026Q2",
    "/v1/warnings?limit=1000",
    "/v1/prefectures?limit=1000",
    "/v1/categories?limit=1000",
    "/v1/hazards?limit=1000",
    "/v1/releases?limit=1000",
]
META: dict[str, Any] = {"release": "r", "data_as_of": None, "method": "1", "next_update_due": None, "notes": []}


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    cells = [cell(n_conforming=485, n_nonconforming=15), cell(prefecture_code="510300", n_conforming=29)]
    names = ["=HYPERLINK(1)", "+1", "-2", "@SUM(A1)", "\t=1", "＝1", "豇豆"]
    warnings = [warning(number, product_name=name) for number, name in enumerate(names)]
    return write_release(settings, 1, cells=cells, warnings=warnings)


def _items(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = client.get(path).json()["items"]
    return found


@pytest.mark.parametrize("path", TABLES)
def test_parquet_has_the_rows_of_json_with_their_types(client: httpx.Client, path: str) -> None:
    rows = pq.read_table(BytesIO(client.get(f"{path}&format=parquet").content)).to_pylist()
    plain = [{name: _json_form(value) for name, value in row.items()} for row in rows]
    assert plain == _items(client, path) and len(plain) > 0


def _text(answer: httpx.Response) -> StringIO:
    """A CSV, which says by its first bytes that it is UTF-8."""
    assert answer.content.startswith(codecs.BOM_UTF8) and answer.content.count(codecs.BOM_UTF8) == 1
    return StringIO(answer.content.decode("utf-8-sig"))


def _json_form(value: Any) -> Any:
    if isinstance(value, list):
        return [{name: _json_form(part) for name, part in entry.items()} for entry in value]
    return value.isoformat() if hasattr(value, "isoformat") else value


@pytest.mark.parametrize("path", TABLES)
def test_csv_has_the_columns_and_rows_of_json(client: httpx.Client, path: str) -> None:
    answer = client.get(f"{path}&format=csv")
    rows = list(csv.DictReader(_text(answer)))
    items = _items(client, path)
    assert answer.headers["content-type"].startswith("text/csv") and len(rows) == len(items)
    assert [list(row) for row in rows] == [list(item) for item in items]


@pytest.mark.parametrize("path", TABLES)
def test_a_workbook_has_the_columns_and_rows_of_json(client: httpx.Client, path: str) -> None:
    book = fastexcel.read_excel(client.get(f"{path}&format=xlsx").content)
    sheet = book.load_sheet("data", header_row=0).to_arrow()
    items = _items(client, path)
    assert (sheet.num_rows, sheet.schema.names) == (len(items), list(items[0]))


def test_a_withheld_rate_is_empty_in_every_format(client: httpx.Client) -> None:
    path = f"{TABLES[0]}&prefecture=510300"
    (row,) = csv.DictReader(_text(client.get(f"{path}&format=csv")))
    assert (row["rate"], row["rate_low"], row["failure_rate"], row["n_concluded"]) == ("", "", "", "29")
    (parquet,) = pq.read_table(BytesIO(client.get(f"{path}&format=parquet").content)).to_pylist()
    assert (parquet["rate"], parquet["rate_high"], parquet["n_concluded"]) == (None, None, 29)
    (sheet,) = fastexcel.read_excel(client.get(f"{path}&format=xlsx").content).load_sheet("data").to_arrow().to_pylist()
    assert (sheet["rate"], sheet["n_concluded"]) == (None, 29)


def test_no_text_of_a_csv_begins_as_a_formula_does(client: httpx.Client) -> None:
    rows = csv.DictReader(_text(client.get("/v1/warnings?format=csv")))
    names = sorted(row["product_name"] for row in rows)
    assert names == sorted(["'=HYPERLINK(1)", "'+1", "'-2", "'@SUM(A1)", "'\t=1", "'＝1", "豇豆"])


@given(st.text(max_size=20))
def test_whatever_a_sender_writes_no_cell_of_a_csv_can_run(text: str) -> None:
    rows = list(
        csv.reader(StringIO(table_bytes(pa.table({"text": [text]}), "csv", META, "/").decode("utf-8-sig"), newline=""))
    )
    assert rows[1][0] in (text, f"'{text}") and not rows[1][0].startswith(("=", "+", "-", "@", "\t", "\r", "＝"))


def test_a_workbook_holds_texts_as_texts_and_no_formula(client: httpx.Client) -> None:
    content = client.get("/v1/warnings?format=xlsx").content
    with ZipFile(BytesIO(content)) as book:
        sheet = book.read("xl/worksheets/sheet1.xml").decode()
        texts = book.read("xl/sharedStrings.xml").decode()
    assert "<f>" not in sheet and "=HYPERLINK(1)" in texts


def test_a_workbook_says_which_release_it_is_of(client: httpx.Client, released: str) -> None:
    book = fastexcel.read_excel(client.get(f"{TABLES[0]}&format=xlsx").content)
    about = dict(
        zip(*(c.to_pylist() for c in book.load_sheet("about", header_row=None).to_arrow().columns), strict=True)
    )
    assert about["release"] == released and about["source"].startswith("/v1/results?")


def test_a_text_too_long_for_a_cell_says_so_in_its_place() -> None:
    book = table_bytes(pa.table({"text": ["x" * (MAX_CELL_CHARS + 1)]}), "xlsx", META, "/")
    (row,) = fastexcel.read_excel(book).load_sheet("data").to_arrow().to_pylist()
    assert len(row["text"]) == MAX_CELL_CHARS and "全文见 JSON" in row["text"]


def test_a_file_is_named_after_its_release_and_tells_the_total(client: httpx.Client, released: str) -> None:
    answer = client.get(f"{TABLES[0]}&format=csv")
    assert answer.headers["content-disposition"] == f'attachment; filename="choucha-results-{released}.csv"'
    assert answer.headers["x-choucha-total"] == "21"


def test_a_file_that_is_cut_links_to_the_rest(client: httpx.Client) -> None:
    answer = client.get("/v1/prefectures?format=csv&limit=20")
    link = answer.links["next"]["url"]
    rest = list(csv.DictReader(_text(client.get(link))))
    assert [row["prefecture_code"] for row in rest] == ["513400"]
