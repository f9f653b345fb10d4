"""Names and texts of senders: nothing in them acts on whoever reads them."""

from __future__ import annotations

import json
import os

import pytest
from hypothesis import given
from hypothesis import strategies as st

from warehouse.names import readable, visible


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("附件1 合格.xlsx", "附件1 合格.xlsx"),
        ("full width　and no-break\xa0blanks", "full width　and no-break\xa0blanks"),
        ("a\x00\x1b]0;title\x07\x9b", r"a\x00\x1b]0;title\x07\x9b"),
        ("gpj.\u202excod", r"gpj.\u202excod"),
        ("zero\u200bwidth\ufeff", r"zero\u200bwidth\ufeff"),
        ("line\u2028break", r"line\u2028break"),
        ("half \ud83d", r"half \ud83d"),
        ("private \U000f0000", r"private \U000f0000"),
        ("😀", "😀"),
    ],
)
def test_what_cannot_be_seen_is_spelled_out_and_all_else_stays(text: str, shown: str) -> None:
    assert visible(text) == shown


def test_bytes_that_are_no_utf_8_are_gb18030() -> None:
    assert readable(os.fsdecode("抽检.csv".encode("gbk"))) == "抽检.csv"
    assert readable(os.fsdecode(b"a\xff.csv")) == "a\ufffd.csv"


def test_a_name_longer_than_a_file_system_allows_loses_its_middle() -> None:
    shown = readable("头" + "中" * 70_000 + "尾.csv")
    assert (len(shown), shown[0], shown[190:193], shown[-5:]) == (255, "头", "中…中", "尾.csv")
    assert readable("n" * 255) == "n" * 255


@given(st.text(st.characters(exclude_categories=())))
def test_whatever_the_name_it_can_be_encoded_shown_and_written_as_json(name: str) -> None:
    shown = readable(name)
    assert all(character.isprintable() or character.isspace() for character in shown)
    assert not {"\n", "\r", "\x1b", "\u202e", "\u2028"} & set(shown)
    assert json.loads(json.dumps(shown, ensure_ascii=False).encode()) == shown
