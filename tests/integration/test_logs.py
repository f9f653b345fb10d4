"""What a run leaves in the log: a line for each file, and nothing of how the libraries work."""

from __future__ import annotations

import logging
from pathlib import Path

import pytest

from pipelines.process import process_chunk
from pipelines.receive import receive_file
from tests.integration.feed_files import FOOD, write_csv
from warehouse.settings import Settings


def test_a_file_taken_in_is_one_line_of_the_log(tmp_path: Path, caplog: pytest.LogCaptureFixture) -> None:
    settings = Settings(home=tmp_path / "home", read_memory_mb=4096)
    envelopes = [receive_file(settings, "food", write_csv(tmp_path / "五月.csv", FOOD))]
    with caplog.at_level(logging.INFO):
        (receipt,) = process_chunk(settings, envelopes)
    assert [record.getMessage() for record in caplog.records] == [
        f"五月.csv (food): {receipt.outcome}, {receipt.rows_read} rows, batch {receipt.batch_id}"
    ]
