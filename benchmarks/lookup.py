"""Look-up among a million samples: the answer of /v1/lookup against a bare scan of the same texts in DuckDB.

The samples are those of a simulated batch, multiplied over 25 quarters and four parts in each; every copy has product,
producer and batch names of its own, so that hardly a name occurs twice: the hard case for a search without an index.
"""

from __future__ import annotations

import os
import statistics
import tempfile
import time
import urllib.parse
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path

from benchmarks.api_load import served
from benchmarks.measuring import in_a_fresh_process, table
from pipelines.process import process
from pipelines.publish import publish
from pipelines.receive import receive_file
from pipelines.simulate import simulate_batch
from warehouse.connect import Connection, connect, quote
from warehouse.durable import file_hash
from warehouse.release import Manifest, Part, manifest_to_json, part_path, read_manifest
from warehouse.search_text import search_key
from warehouse.settings import Settings

__all__ = ["looked_up"]

_SEED_SAMPLES = 10_000
_N_PARTS = 100
_N_TEXTS = 12
_MULTIPLIED = """
SELECT * REPLACE (
    printf('%dQ%d', 2020 + $part // 16, 1 + $part // 4 % 4) AS quarter,
    product_name || copy % 97 || '号' AS product_name, product_key || copy % 97 || '号' AS product_key,
    left(producer_name, 4) || copy || substr(producer_name, 5) AS producer_name,
    left(producer_key, 4) || copy || substr(producer_key, 5) AS producer_key,
    batch_key || copy AS batch_key
)
FROM seed, (SELECT $part + range * $n_parts AS copy FROM range($n_copies))
"""


def looked_up(rows: int, repeats: int) -> str:
    """Milliseconds of an answer over HTTP, each asked for the first time, beside those of the scan alone."""
    with tempfile.TemporaryDirectory() as name:
        return in_a_fresh_process(_measure, Path(name), rows, repeats)


def _measure(folder: Path, rows: int, repeats: int) -> str:
    settings = Settings(home=folder / "home")
    source = simulate_batch(folder / "simulated", samples=_SEED_SAMPLES).files[0]
    process(settings, receive_file(settings, "food", source))
    manifest = read_manifest(settings, str(publish(settings)))
    with connect(settings) as connection:
        parts = tuple(_parts(settings, connection, manifest, rows))
        path = settings.releases / manifest.release_id / "manifest.json"
        path.write_text(manifest_to_json(replace(manifest, parts=parts)), encoding="utf-8")
        asked = list(_questions(connection))
        scanned = _times(asked, repeats, lambda question, _: _scan(connection, question))
    with served("api.app:create_app", os.environ | {"CHOUCHA_HOME": str(settings.home)}) as ours:
        address = f"http://127.0.0.1:{ours.port}/v1/lookup"
        _ask(address, "没有这种东西", 0)  # the first one waits until all has been read
        cpu = ours.cpu_seconds()
        answered = _times(asked, repeats, lambda question, k: _ask(address, question, k))
        cpu_ms = (ours.cpu_seconds() - cpu) / len(answered) * 1000
        peak = _peak_mb(ours.pid)
    header = ("search", "p50 ms", "p95 ms", "p50 of bare", "cpu ms", "peak MB")
    lines = [
        _line("bare scan of the texts", scanned, scanned, "", ""),
        _line("/v1/lookup", answered, scanned, f"{cpu_ms:.0f}", f"{peak:,.0f}"),
    ]
    n = sum(part.n_rows for part in parts)
    return table(f"{len(asked)} texts looked up among {n:,} samples in {len(parts)} parts", header, lines)


def _parts(settings: Settings, connection: Connection, manifest: Manifest, rows: int) -> Iterator[Part]:
    seeds = [quote(str(part_path(settings, part.sha256))) for part in manifest.parts]
    connection.execute(
        f"CREATE TABLE seed AS FROM read_parquet([{', '.join(seeds)}]) WHERE product_key IS NOT NULL LIMIT 2000"
    )
    n_seed = connection.execute("SELECT count(*) FROM seed").fetchall()[0][0]
    n_copies = -(-rows // (n_seed * _N_PARTS))
    connection.execute("CREATE TABLE bare (searched VARCHAR)")
    for number in range(_N_PARTS):
        parameters = {"part": number, "n_parts": _N_PARTS, "n_copies": n_copies}
        connection.execute(f"CREATE OR REPLACE TABLE multiplied AS {_MULTIPLIED}", parameters)
        path = settings.releases / "parts" / "part.tmp"
        connection.execute(
            f"COPY (FROM multiplied ORDER BY ALL) TO {quote(str(path))} (FORMAT parquet, COMPRESSION zstd)"
        )
        searched = "concat_ws(chr(10), product_key, producer_key, brand_key, batch_key)"
        connection.execute(f"INSERT INTO bare SELECT {searched} FROM multiplied")
        sha256, n_bytes = file_hash(path), path.stat().st_size
        path.replace(part_path(settings, sha256))
        yield Part("food", f"{2020 + number // 16}Q{1 + number // 4 % 4}", sha256, n_seed * n_copies, n_bytes)


def _questions(connection: Connection) -> Iterator[str]:
    """Pieces of names, from what nearly every sample has to what none has."""
    yield from ("公司", "2026", "没有这种东西")
    named = connection.execute(
        "SELECT product_name, producer_name, batch_or_date FROM seed WHERE producer_name IS NOT NULL"
        " USING SAMPLE reservoir(12 ROWS) REPEATABLE (7)"
    ).fetchall()
    for product, producer, batch in named[:_N_TEXTS]:
        yield from {search_key(product)[:2], search_key(product), search_key(producer)[1:6], search_key(batch)}


def _times(asked: Sequence[str], repeats: int, ask: Callable[[str, int], object]) -> list[float]:
    """Milliseconds of each question, each asked once a round."""
    found = []
    for k in range(repeats):
        for question in asked:
            started = time.perf_counter()
            ask(question, k)
            found.append((time.perf_counter() - started) * 1000)
    return found


def _scan(connection: Connection, question: str) -> int:
    rows = connection.execute("SELECT count(*) FROM bare WHERE contains(searched, $q)", {"q": question}).fetchall()
    return int(rows[0][0])


def _ask(address: str, question: str, k: int) -> None:
    asked = urllib.parse.urlencode({"q": question, "limit": 100 - k})  # never the same question twice
    with urllib.request.urlopen(f"{address}?{asked}") as answer:
        assert answer.status == 200
        answer.read()


def _line(name: str, times: Sequence[float], bare: Sequence[float], cpu: str, peak: str) -> tuple[str, ...]:
    p50, p95 = statistics.median(times), statistics.quantiles(times, n=20)[18]
    return name, f"{p50:.0f}", f"{p95:.0f}", f"{p50 / statistics.median(bare):.2f}", cpu, peak


def _peak_mb(pid: int) -> float:
    lines = Path(f"/proc/{pid}/status").read_text(encoding="ascii").splitlines()
    return next(int(line.split()[1]) / 1024 for line in lines if line.startswith("VmHWM:"))
