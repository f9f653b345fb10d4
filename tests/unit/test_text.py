"""Cells cleaned for reading, and keys for comparing."""

from __future__ import annotations

import pyarrow as pa
import pytest

from pipelines.normalise.text import clean_column, key_column, key_of, map_distinct, normal_header, number_column
from warehouse.contract import contract

MARKS = contract("food").missing_marks


@pytest.mark.parametrize("mark", ["/", "/ ", "／", "--", "——", "无", "暂无", "不详", "無", "", "\u3000", "\xa0", "N/A"])
def test_a_mark_of_absence_is_a_missing_value(mark: str) -> None:
    assert clean_column(pa.chunked_array([[mark]]), MARKS).to_pylist() == [None]


def test_cells_are_trimmed_of_every_kind_of_blank() -> None:
    cells = pa.chunked_array([["浙江省食品药品监督管理局\u3000", "\xa0 AB/瓶 ", None]])
    assert clean_column(cells, MARKS).to_pylist() == ["浙江省食品药品监督管理局", "AB/瓶", None]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("ＦＷ００１", "FW001"),
        ("１０２ｇ／袋", "102g/袋"),
        ("５０％＋１．５－ｚ", "50%+1.5-z"),
        ("２０２６年５月１日", "2026年5月1日"),
        ("甲（乙），丙：丁；10⁵ ② ℃", "甲（乙），丙：丁；10⁵ ② ℃"),
        ("－－", None),
    ],
)
def test_letters_and_digits_become_half_width_and_all_else_stays_as_written(written: str, meant: str | None) -> None:
    assert clean_column(pa.chunked_array([["甲", None], [written]]), MARKS).to_pylist() == ["甲", None, meant]


@pytest.mark.parametrize(
    ("written", "meant", "listed"),
    [
        ("大同市东瑞餐饮\n有限责任公司 ", "大同市东瑞餐饮有限责任公司", "大同市东瑞餐饮\n有限责任公司"),
        ("2016-06-10\r\n20160610", "2016-06-10 20160610", "2016-06-10\r\n20160610"),
        ("甲 \n ABC", "甲ABC", "甲 \n ABC"),
    ],
)
def test_a_wrapped_line_is_joined_unless_lines_part_what_is_listed(written: str, meant: str, listed: str) -> None:
    assert clean_column(pa.chunked_array([[written]]), MARKS).to_pylist() == [meant]
    assert clean_column(pa.chunked_array([[written]]), MARKS, keeps_lines=True).to_pylist() == [listed]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2026-01-05 00:00:00", "2026-01-05"),
        ("2026/1/5 0:00", "2026/1/5"),
        ("2026-01-05T00:00:00", "2026-01-05"),
        ("2026-01-05 00:00:00.000", "2026-01-05"),
        ("2026-01-05 08:00:00", "2026-01-05 08:00:00"),
        ("批号A1 00:00:00", "批号A1 00:00:00"),
    ],
)
def test_a_date_loses_the_midnight_that_a_spreadsheet_adds(written: str, meant: str) -> None:
    assert clean_column(pa.chunked_array([["甲", written, None]]), MARKS).to_pylist() == ["甲", meant, None]


def test_keys_are_the_same_for_cells_that_blanks_and_width_tell_apart() -> None:
    broken = ["大同市东瑞餐饮\n有限责任公司 ", "大同市东瑞餐饮有限责任公司", "dc００１", "\u200bDC 001\ufeff"]
    assert [key_of(text) for text in broken] == [
        "大同市东瑞餐饮有限责任公司",
        "大同市东瑞餐饮有限责任公司",
        "DC001",
        "DC001",
    ]
    assert key_column(pa.chunked_array([broken])).to_pylist() == [key_of(text) for text in broken]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("抽样数量(★必填)", "抽样数量"),
        ("样品名称*", "样品名称"),
        ("公告日期（隐藏栏）", "公告日期"),
        ("分类\r(食\r品一\r类)", "分类(食品一类)"),
        ("备注.1", "备注"),
    ],
)
def test_headers_lose_what_is_no_word(written: str, meant: str) -> None:
    assert normal_header(written) == meant


def test_a_function_runs_once_for_each_distinct_text() -> None:
    asked: list[str] = []

    def length(text: str) -> int:
        asked.append(text)
        return len(text)

    cells = pa.chunked_array([["一", "二三", None], ["一"]])
    assert map_distinct(cells, length, pa.int64()).to_pylist() == [1, 2, None, 1]
    assert sorted(asked) == ["一", "二三"]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("http://a.cn/?x=1&amp;amp;amp;y=2", "http://a.cn/?x=1&y=2"),
        ("甲<br/>乙", "甲乙"),
        ("浙江省食品药品监督管理局\u3000", "浙江省食品药品监督管理局"),
        ("\xa0甲\xa0", "甲"),
        ("&nbsp;", None),
        ("1.7×10<sup>4</sup>4CFU/g", "1.7×10<sup>4</sup>4CFU/g"),
        ("R&D;a<5", "R&D;a<5"),
        ("\ufeff甲", "甲"),
    ],
)
def test_what_a_web_page_left_in_a_cell_is_read_as_it_was_shown(written: str, meant: str | None) -> None:
    assert clean_column(pa.array([written]), MARKS).to_pylist() == [meant]


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("202651.0", "202651"),
        ("202651.000", "202651"),
        ("'202651", "202651"),
        ("＇202651.0", "202651"),
        ("’GC-26", "GC-26"),
        ("'/", None),
        ("A-1.0", "A-1.0"),
        ("1.10", "1.10"),
        ("202651.05", "202651.05"),
        ("2.02651E+15", "2.02651E+15"),
        ("123456789012345.0", "123456789012345"),
        ("1234567890123456.0", "1234567890123456.0"),
        ("'甲'", "'甲'"),
    ],
)
def test_a_number_loses_what_a_spreadsheet_added_and_nothing_else(written: str, meant: str | None) -> None:
    assert number_column(pa.chunked_array([["DC1", None], [written]]), MARKS).to_pylist() == ["DC1", None, meant]
