"""Which quarters the reports of a sample lie in: a hash and a quarter a row, in files that publications add to.

So a publication finds what ten thousand samples touch among ten million without reading the lake's keys again. What it
names beyond the lake's rows, after a collision or when a batch counts no more, is built once more and comes out the
same. The files are a cache beside the memory of the release, which names them.
"""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from pathlib import Path

from warehouse.connect import Connection, quote

__all__ = ["add_segment", "open_index"]

# A look into many files costs more than into one; a large one is not worth writing again.
_MOST_SMALL = 8
_SMALL_BYTES = 16 * 1024 * 1024


def open_index(connection: Connection, segments: Sequence[Path]) -> None:
    """Make the view core_key_index over the segments and core_new_keys."""
    stored = "".join(f" UNION ALL {_rows_of([path])}" for path in segments)
    connection.execute(f"CREATE OR REPLACE TEMP VIEW core_key_index AS FROM core_new_keys{stored}")


def add_segment(connection: Connection, segments: Sequence[Path], folder: Path) -> list[Path]:
    """Store core_new_keys as a further segment, with the small ones when there are many; returns those to be named.

    Segments that are not returned belong to the release before and are the caller's to remove.
    """
    if not connection.execute("SELECT 1 FROM core_new_keys LIMIT 1").fetchall():
        return [*segments]
    small = [path for path in segments if path.stat().st_size < _SMALL_BYTES]
    merged = small if len(small) >= _MOST_SMALL else []
    added = folder / f"keys-{uuid.uuid4().hex}.parquet"
    rows = f"FROM core_new_keys{f' UNION ALL {_rows_of(merged)}' if merged else ''}"
    connection.execute(f"COPY ({rows}) TO {quote(str(added))} (FORMAT parquet)")
    return [*(path for path in segments if path not in merged), added]


def _rows_of(paths: Sequence[Path]) -> str:
    return f"FROM read_parquet([{', '.join(quote(str(path)) for path in paths)}])"
