"""Small files of the lake between the runs of `maintain`, which writes together all that there are."""

from __future__ import annotations

from pipelines.locks import if_free
from warehouse import lake
from warehouse.settings import Settings

__all__ = ["MOST_SMALL_FILES", "compact_between"]

MOST_SMALL_FILES = 32
_READ_BY_EACH_RELEASE = ("receipts", "samples")
# A file of half as much is left to `maintain`: a row is written again a few times, not with each batch, and what is
# kept for earlier releases stays in proportion.
_FULL_BYTES = 1024 * 1024


def compact_between(settings: Settings) -> int:
    """Write together the smallest files of what each release reads, where there are many; returns how many.

    A release opens every file of a touched quarter several times, and a day may bring thousands. While `maintain` runs,
    nothing is done.
    """
    with if_free(settings, "maintain") as is_held_here:
        return sum(
            lake.compact(settings, table, most_files=MOST_SMALL_FILES, full_bytes=_FULL_BYTES)
            for table in (_READ_BY_EACH_RELEASE if is_held_here else ())
        )
