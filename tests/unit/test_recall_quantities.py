"""How many units are recalled: a number in digits, or none that could be wrong by a thousand."""

from __future__ import annotations

import pytest

from pipelines.normalise.recall_rows import units_in


@pytest.mark.parametrize(
    ("written", "units"),
    [
        ("7", 7), ("1200台", 1200), ("约12,345台(件)", 12_345), ("１２００袋", 1200), ("1200千克", 1200),
        ("12千瓦", 12),
        ("120万台", None), ("1千床", None), ("5百个", None), ("3亿只", None), ("1.2万床", None),
        ("很多", None), ("", None),
    ],
)  # fmt: skip
def test_a_quantity_is_a_whole_number_written_out(written: str, units: int | None) -> None:
    assert units_in(written) == units
