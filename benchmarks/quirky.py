"""A CSV batch with 5 % of its rows as real senders write them, against the same batch without, at equal rows.

Every twentieth row has quirks in a dozen of its cells, each cell different from all others, so that nothing which is
read once for each distinct text is spared; some rows stand twice, are garbled, or have lost their date.
"""

from __future__ import annotations

import csv
import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path

from opencc import OpenCC

from benchmarks.files import batch_file
from benchmarks.measuring import Spent, in_a_fresh_process, median, spent, table
from pipelines.process import process
from pipelines.receive import receive_file
from warehouse.receipts import Receipt
from warehouse.settings import Settings

__all__ = ["quirky_batch", "write_quirky"]

_EVERY = 20
_VERDICTS = {
    "合格": ("合  格", "符合", "合格（阴性）", "所检项目符合标准要求。"),
    "不合格": ("不 合 格", "不符合", "一般不合格报告"),
}
_DATES: tuple[Callable[[date], str], ...] = (
    lambda day: f"{day.year}/{day.month}/{day.day}",
    lambda day: f"{day.year}年{day.month}月{day.day}日",
    lambda day: f"{day.year}.{day.month:02}. {day.day:02}",
    lambda day: f"{day.year}—{day.month:02}—{day.day:02}",
    lambda day: str((day - date(1899, 12, 30)).days),
)
_MARKS = ("‖", "∥", "∣", "｜", "丨", "/")
Cells = dict[str, str]


def quirky_batch(n_rows: int, repeats: int) -> str:
    """Both batches in turns, from landing to committed."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        plain = batch_file(folder, samples=n_rows)
        quirky = folder / "quirky.csv"
        write_quirky(plain, quirky)
        title = f"CSV of {n_rows:,} rows, 5 % of them quirky, landing to committed, against the same without quirks"
        return in_a_fresh_process(_compare, title, folder, {"without": plain, "5 % quirky": quirky}, repeats)


def write_quirky(plain: Path, quirky: Path) -> None:
    """The table with every twentieth row written as it should not be."""
    converter = OpenCC("s2t")
    with plain.open(encoding="utf-8", newline="") as source, quirky.open("w", encoding="utf-8", newline="") as target:
        rows = csv.DictReader(source)
        names = list(rows.fieldnames or ())
        writer = csv.DictWriter(target, names)
        writer.writeheader()
        before: Cells = {}
        for number, row in enumerate(rows):
            written = row if number % _EVERY else _soiled(number // _EVERY, row, before, converter)
            writer.writerow(written)
            before = row


def _soiled(turn: int, row: Cells, before: Cells, converter: OpenCC) -> Cells:
    if turn % 11 == 0 and before:
        return before
    findings, verdict, unit = "不合格项目║检验结果║标准值", row["检验结论"], row["被抽样单位名称"]
    day = date.fromisoformat(row["检验报告签发日期"])
    words = _VERDICTS.get(verdict, (verdict,))
    soiled = {
        **row,
        "抽样编号": _wide(row["抽样编号"]),
        "规格型号": _wide(f"{row['规格型号']} {turn}"),
        "商标": "/ " if turn % 2 else "——",
        "生产日期/批号": f"{row['生产日期/批号'].replace('-', '.')}{turn:08}",
        "被抽样单位名称": f"\xa0{unit[:3]}\n{unit[3:]}{turn}号店<br/>&amp;amp;\u3000",
        "被抽样单位地址": f"{row['被抽样单位地址']}{turn}\u3000",
        "检验报告签发日期": _DATES[turn % len(_DATES)](day),
        "检验结论": words[turn % len(words)],
        findings: row[findings].replace("║", _MARKS[turn % len(_MARKS)]) or "无",
    }
    if turn % 5 == 1:
        soiled |= {name: converter.convert(text) for name, text in soiled.items()}
    if turn % 7 == 1:
        soiled["被抽样单位地址"] = f"市中区某路{turn}号"
    if turn % 17 == 1:
        soiled["食品名称"] = f"鎶芥牱{turn}"
    if turn % 19 == 1:
        soiled["检验报告签发日期"] = "2026年13月45日"
    return soiled


def _wide(text: str) -> str:
    return "".join(chr(ord(char) + 0xFEE0) if "!" <= char <= "~" else char for char in text)


def _compare(title: str, folder: Path, sources: dict[str, Path], repeats: int) -> str:
    for source in sources.values():  # what this process imports and learns once is nobody's
        _ingested(folder, source, number=-1)
    taken: dict[str, list[Spent]] = {name: [] for name in sources}
    receipts: dict[str, Receipt] = {}
    for number in range(repeats):
        for name, source in sources.items():
            receipts[name], whole = _ingested(folder, source, number)
            taken[name].append(whole)
    seconds = {name: median(each.seconds for each in runs) for name, runs in taken.items()}
    cpu = {name: median(each.cpu_seconds for each in runs) for name, runs in taken.items()}
    base = next(iter(sources))
    rows = [
        (
            name, f"{seconds[name]:.2f}", f"{seconds[name] / seconds[base]:.2f}", f"{cpu[name]:.2f}",
            f"{cpu[name] / cpu[base]:.2f}", f"{receipts[name].rows_read:,}", f"{receipts[name].rows_quarantined:,}",
        )
        for name in sources
    ]  # fmt: skip
    header = ("batch", "seconds", "without = 1", "s of processor", "without = 1", "rows", "quarantined")
    return table(title, header, rows) + f"\nMedians of {repeats}.\n"


def _ingested(folder: Path, source: Path, number: int) -> tuple[Receipt, Spent]:
    settings = Settings(home=folder / f"home_{source.stem}_{number}")
    envelope_id = receive_file(settings, "food", source)
    (receipt,), whole = spent(lambda: process(settings, envelope_id))
    shutil.rmtree(settings.home)
    return receipt, whole
