"""A CSV batch from the archive to committed, against DuckDB reading the same file into typed Parquet."""

from __future__ import annotations

import statistics
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import pyarrow as pa
import pyarrow.csv as pa_csv

from pipelines.process import process
from pipelines.receive import receive_file
from warehouse.connect import connect, quote
from warehouse.settings import Settings

__all__ = ["measure_ingest"]

_PREFECTURES = ("成都市", "绵阳市", "阿坝州", "乐山市", "南充市")
_BARE = """
COPY (
    SELECT * REPLACE (try_cast("检验报告签发日期" AS DATE) AS "检验报告签发日期")
    FROM read_csv({source}, all_varchar = true)
) TO {target} (FORMAT parquet)
"""


def measure_ingest(n_rows: int, repeats: int) -> Iterator[str]:
    """Lines of a table: the stages' medians in units of the bare read of the same run."""
    stages: dict[str, list[float]] = {}
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "评价性抽检.csv"
        pa_csv.write_csv(_table(n_rows), source)
        settings = Settings(home=folder / "home")
        _warm(settings, folder)
        for k in range(repeats):
            fresh = Settings(home=folder / f"home_{k}")
            bare = _bare(fresh, source, folder / f"bare_{k}.parquet")
            envelope_id = receive_file(fresh, "food", source)
            started = time.perf_counter()
            (receipt,) = process(fresh, envelope_id)
            whole = time.perf_counter() - started
            for stage, seconds in (*receipt.timings.items(), ("whole", whole)):
                stages.setdefault(stage, []).append(seconds / bare)
    yield f"CSV batch of {n_rows} samples, landing to committed; bare DuckDB read_csv to typed Parquet = 1"
    for stage, ratios in stages.items():
        yield f"  {stage:<10} {statistics.median(ratios):6.2f}  (of {repeats}: {min(ratios):.2f}–{max(ratios):.2f})"


def _warm(settings: Settings, folder: Path) -> None:
    """Interpreter start and imports are reported apart, so they are paid before the clock runs."""
    small = folder / "small.csv"
    pa_csv.write_csv(_table(10), small)
    process(settings, receive_file(settings, "food", small))


def _bare(settings: Settings, source: Path, target: Path) -> float:
    with connect(settings) as connection:
        started = time.perf_counter()
        connection.execute(_BARE.format(source=quote(str(source)), target=quote(str(target))))
        return time.perf_counter() - started


def _table(n_rows: int) -> pa.Table:
    def cells(make: object) -> pa.Array:
        return pa.array([make(k) for k in range(n_rows)], pa.string())  # type: ignore[operator]

    return pa.table(
        {
            "抽样编号": cells(lambda k: f"GC26510000{k:08d}"),
            "任务来源/项目名称": cells(lambda _: "省级食品安全评价性抽检"),
            "食品名称": cells(lambda k: f"酱油{k % 997}"),
            "分类": cells(lambda _: "调味品"),
            "食品细类": cells(lambda _: "酱油"),
            "规格型号": cells(lambda k: f"{k % 9 + 1}00mL/瓶"),
            "商标": cells(lambda k: f"商标{k % 503}"),
            "生产日期/批号": cells(lambda k: f"2026-03-{k % 28 + 1:02d}"),
            "标称生产企业名称": cells(lambda k: f"第{k % 4001}酿造有限公司"),
            "标称生产企业地址": cells(lambda k: f"四川省某市某区某路{k % 4001}号"),
            "被抽样单位名称": cells(lambda k: f"第{k % 20011}超市"),
            "被抽样单位地址": cells(lambda k: f"四川省{_PREFECTURES[k % 5]}某街道{k}号"),
            "所在市州": cells(lambda k: _PREFECTURES[k % 5]),
            "抽样日期": cells(lambda k: f"2026-04-{k % 28 + 1:02d}"),
            "检验报告签发日期": cells(lambda k: f"2026-05-{k % 28 + 1:02d}"),
            "检验结论": cells(lambda k: "不合格" if k % 50 == 0 else "合格"),
            "不合格项目║检验结果║标准值": cells(lambda k: "苯甲酸║1.2g/kg║≤1.0g/kg" if k % 50 == 0 else "/"),
        }
    )
