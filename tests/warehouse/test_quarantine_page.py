"""What was refused: pages of the quarantine lose no row, and a file says why it was rejected the last time."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.warehouse.builder import RECEIVED, Lake, batch
from warehouse import lake
from warehouse.connect import connect, sql_text
from warehouse.settings import Settings

GIVEN = """
SELECT
    'food' AS feed, 'b1' AS batch_id, 'a.csv' AS file_name, NULL::VARCHAR AS sender, '' AS sheet,
    NULL::BIGINT AS source_row, rule, NULL::VARCHAR AS column_name, found, '' AS message_zh, '' AS message_en,
    NULL::VARCHAR AS raw, TIMESTAMPTZ '2026-07-01 00:00:00+00' AS received_at, 'waiting' AS state,
    NULL::VARCHAR AS attempt_id
FROM (VALUES ('HD-001', 'one'), ('HD-001', 'two'), ('HD-002', 'one')) AS given(rule, found)
"""


def test_following_pages_of_one_row_gives_every_row_once(settings: Settings) -> None:
    text, after, seen = sql_text("quarantine/page").format(rows=GIVEN), None, []
    with connect(settings) as connection:
        while True:
            asked: dict[str, Any] = {"after": after, "limit": 1}
            found = connection.execute(f"SELECT rule, found, total, row_key FROM ({text})", asked).fetchall()
            if not found:
                break
            ((rule, what, total, after),) = found
            seen.append((rule, what))
            assert total == 3
    assert seen == [("HD-001", "one"), ("HD-001", "two"), ("HD-002", "one")]


def test_a_file_that_was_rejected_again_speaks_by_its_latest_reading(settings: Settings, lake_of: Lake) -> None:
    for day, why in ((1, "second"), (0, "first"), (2, "third")):
        rejected = batch("b1", outcome="rejected", receipt={"problems": why, "attempt_id": None})
        lake_of.commit(rejected, at=RECEIVED + timedelta(day))
    with connect(settings) as connection:
        lake.scan(settings, connection, "receipts")
        found = connection.execute(f"SELECT problems, is_taken FROM ({sql_text('quarantine/rejected')})").fetchall()
    assert found == [("third", False)]
