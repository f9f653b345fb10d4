"""A receipt that does not add up can't exist."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from warehouse.receipts import Receipt

NOW = datetime(2026, 5, 1, tzinfo=UTC)


def receipt(**counts: int) -> Receipt:
    return Receipt("envelope", "batch", "food", "a.csv", "00", "accepted", NOW, NOW, "1", "1", **counts)  # type: ignore[arg-type]


def test_every_row_read_is_accounted_for_once() -> None:
    parts = {"rows_accepted": 4, "rows_quarantined": 3, "rows_continuation": 2, "rows_duplicate": 1}
    assert receipt(rows_read=10, **parts).rows_read == 10


@pytest.mark.parametrize("part", ["rows_accepted", "rows_quarantined", "rows_continuation", "rows_duplicate"])
@pytest.mark.parametrize(("n_read", "n_part"), [(2, 1), (1, 2), (0, 1), (1, 0)])
def test_a_row_lost_or_counted_twice_makes_no_receipt(part: str, n_read: int, n_part: int) -> None:
    with pytest.raises(ValueError, match=rf"a\.csv: {n_read} rows read but {n_part} accounted for"):
        receipt(rows_read=n_read, **{part: n_part})
