"""Settings that make no sense are refused before anything is taken in by them."""

from __future__ import annotations

import pytest

from warehouse.settings import Settings, SettingsError


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("PROVINCES", "四川"), ("PROVINCES", ""), ("PROVINCES", "510100"), ("PROVINCES", "510000,x"),
        ("PROVINCES", "990000"), ("PROVINCES", "510000,520100"), ("PROVINCES", "all,990000"),
        ("SETTLE_SECONDS", "nan"), ("SETTLE_SECONDS", "inf"), ("READ_SECONDS", "0"), ("READ_MAX_ROWS", "-1"),
        ("WASTE_HOURS", "-1"), ("WASTE_HOURS", "nan"), ("DUCKDB_THREADS", "0"), ("RECONCILE_MINUTES", "0"),
        ("PARTS_DAYS", "a week"),
    ],
)  # fmt: skip
def test_a_value_that_makes_no_sense_is_named_with_its_variable(name: str, text: str) -> None:
    with pytest.raises(SettingsError, match=f"CHOUCHA_{name}=.*write"):
        Settings.from_environment({f"CHOUCHA_{name}": text})


def test_values_that_make_sense_are_taken() -> None:
    given = {"CHOUCHA_PROVINCES": "510000, 500000", "CHOUCHA_SETTLE_SECONDS": "0", "CHOUCHA_PARTS_DAYS": "0"}
    made = Settings.from_environment(given)
    assert (made.provinces, made.settle_seconds, made.parts_days) == (("510000", "500000"), 0, 0)
    assert Settings.from_environment({"CHOUCHA_PROVINCES": "all"}).provinces == ("all",)
