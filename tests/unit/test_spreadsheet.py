"""No text of ours is run by a spreadsheet that opens it."""

from __future__ import annotations

import pyarrow as pa
import pytest

from warehouse.spreadsheet import FORMULA_STARTS, harmless, harmless_column

TEXTS = [f"{start}SUM(A1)" for start in FORMULA_STARTS] + [*FORMULA_STARTS, "豇豆", "", "1-2", "a\n=1", "'=1"]


@pytest.mark.parametrize("text", ["=1", "+1", "-1", "@A1", "\t=1", "\r=1", "\n=1", "＝1", "＋1", "－1", "＠1"])
def test_a_formula_gets_an_apostrophe(text: str) -> None:
    assert harmless(text) == f"'{text}"


@pytest.mark.parametrize("text", ["", "豇豆", "1-2", "a=1", "a\n=1"])
def test_other_text_stays_as_it_is(text: str) -> None:
    assert harmless(text) == text


def test_a_column_says_what_its_cells_say() -> None:
    column = harmless_column(pa.chunked_array([[*TEXTS, None], []], pa.string()))
    assert column.to_pylist() == [*map(harmless, TEXTS), None]
