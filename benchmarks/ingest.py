"""A file from the archive to committed, against the barest reading of the same file in the same run.

CSV: DuckDB's read_csv into typed Parquet. Workbook: fastexcel's load_sheet. Both alternate with the whole way, and
what a batch of ten rows takes stands beside it, since it is what starting the reader and the checks costs.
"""

from __future__ import annotations

import shutil
import tempfile
from collections.abc import Callable
from pathlib import Path

from benchmarks.measuring import Spent, in_a_fresh_process, median, peak_of_children_mb, spent, table
from pipelines.process import process
from pipelines.receive import receive_file
from pipelines.simulate import simulate_batch
from warehouse.connect import connect, quote
from warehouse.settings import Settings

__all__ = ["csv_batch", "workbook_batch"]

_TO_PARQUET = """
COPY (
    SELECT * REPLACE ("抽样日期"::DATE AS "抽样日期", "检验报告签发日期"::DATE AS "检验报告签发日期")
    FROM read_csv({source}, all_varchar = true)
) TO {target} (FORMAT parquet)
"""
_TO_XLSX = "SELECT * FROM read_csv({source}, all_varchar = true)"
Bare = Callable[[Path, Path], object]


def csv_batch(n_rows: int, repeats: int) -> str:
    """One CSV of so many samples."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = simulate_batch(folder / "simulated", samples=n_rows).files[0]
        title = f"CSV of {n_rows:,} samples, landing to committed, against DuckDB read_csv to typed Parquet"
        return in_a_fresh_process(_compare, title, folder, source, _bare_csv, repeats)


def workbook_batch(n_rows: int, repeats: int) -> str:
    """One workbook of so many rows."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        source = folder / "batch.xlsx"
        _write_workbook(simulate_batch(folder / "simulated", samples=n_rows).files[0], source)
        title = f"XLSX of {n_rows:,} rows, landing to committed, against fastexcel's load_sheet"
        return in_a_fresh_process(_compare, title, folder, source, _bare_workbook, repeats)


def _compare(title: str, folder: Path, source: Path, bare: Bare, repeats: int) -> str:
    start_up = _start_up(folder)
    bares: list[Spent] = []
    wholes: list[Spent] = []
    stages: dict[str, list[float]] = {}
    for k in range(repeats):
        bares.append(spent(lambda: bare(source, folder / "bare.parquet"))[1])
        settings = Settings(home=folder / f"home_{k}")
        envelope_id = receive_file(settings, "food", source)
        (receipt,), whole = spent(lambda: process(settings, envelope_id))  # noqa: B023 - called at once
        wholes.append(whole)
        told = sum(receipt.timings.values())
        for stage, seconds in (*receipt.timings.items(), ("commit", whole.seconds - told)):
            stages.setdefault(stage, []).append(seconds)
        shutil.rmtree(settings.home)
    unit = median(each.seconds for each in bares)
    rows = [
        _row("bare reading", median(each.seconds for each in bares), unit),
        *(_row(stage, median(taken), unit, start_up.get(stage)) for stage, taken in stages.items()),
        _row("the whole way", median(each.seconds for each in wholes), unit, start_up["whole"]),
    ]
    cpu, bare_cpu = median(each.cpu_seconds for each in wholes), median(each.cpu_seconds for each in bares)
    net = median(each.seconds for each in wholes) - start_up["whole"]
    said = (
        f"Without what ten rows take: {net / unit:.2f} times. Seconds of processor: {cpu:.1f} against {bare_cpu:.1f} "
        f"({cpu / bare_cpu:.2f} times). Peak memory: {max(each.peak_mb for each in wholes):,.0f} MB, of the reading "
        f"child {peak_of_children_mb():,.0f} MB. Medians of {repeats}.\n"
    )
    return table(title, ("stage", "seconds", "bare = 1", "s for ten rows"), rows) + "\n" + said


def _row(name: str, seconds: float, unit: float, of_ten: float | None = None) -> tuple[str, str, str, str]:
    return name, f"{seconds:.2f}", f"{seconds / unit:.2f}", "" if of_ten is None else f"{of_ten:.2f}"


def _start_up(folder: Path) -> dict[str, float]:
    """Seconds by stage of a batch of ten rows, the second of its kind: imports of this process are paid by then."""
    settings = Settings(home=folder / "small_home")
    for seed in (1, 2):
        source = simulate_batch(folder / f"small_{seed}", samples=10, seed=seed).files[0]
        envelope_id = receive_file(settings, "food", source)
        (receipt,), whole = spent(lambda: process(settings, envelope_id))  # noqa: B023 - called at once
    return {**receipt.timings, "commit": whole.seconds - sum(receipt.timings.values()), "whole": whole.seconds}


def _bare_csv(source: Path, target: Path) -> None:
    with connect(Settings(home=target.parent / "bare_home")) as connection:
        connection.execute(_TO_PARQUET.format(source=quote(str(source)), target=quote(str(target))))


def _bare_workbook(source: Path, _: Path) -> None:
    import fastexcel  # noqa: PLC0415 - the pipeline loads it in its child alone

    fastexcel.read_excel(str(source)).load_sheet(0, dtypes="string").to_arrow()


def _write_workbook(source: Path, target: Path) -> None:
    import xlsxwriter  # noqa: PLC0415

    with connect(Settings(home=target.parent / "bare_home")) as connection:
        found = connection.sql(_TO_XLSX.format(source=quote(str(source)))).to_arrow_table()
    plain = {"constant_memory": True, "strings_to_numbers": False, "strings_to_formulas": False}
    with xlsxwriter.Workbook(target, plain) as book:
        sheet = book.add_worksheet()
        sheet.write_row(0, 0, found.column_names)
        for number, row in enumerate(zip(*(column.to_pylist() for column in found.columns), strict=True), start=1):
            sheet.write_row(number, 0, row)
