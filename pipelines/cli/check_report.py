"""What `choucha check` prints for people: how the file was understood, then what to put right."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from itertools import groupby
from typing import Any

from pipelines.check import CheckReport
from pipelines.cli.printing import print_problems, say

__all__ = ["print_check"]

_FACTS = {
    "conclusion": "结论 conclusion",
    "sampling_type": "抽检类型 sampling type",
    "level": "级别 level",
    "stage": "环节 stage",
    "quarter": "统计季度 quarter",
    "category": "类别 category",
}
_SHOWN = 12


def print_check(report: CheckReport) -> None:
    """Header mapping, counts, places, examples, then every problem and note."""
    if report.is_rejected:
        say(f"{report.file_name}: 将被退回 would be rejected")
    elif report.inside:
        n_rejected = sum(each.is_rejected for each in report.inside)
        say(
            f"{report.file_name}: {len(report.inside)} 个文件 files · 接收 taken {len(report.inside) - n_rejected} · "
            f"退回 rejected {n_rejected}"
        )
    else:
        ends = report.ends
        say(
            f"{report.file_name}: {ends.get('accepted', 0)} 批次 samples · 读入 read {sum(ends.values())} = "
            f"接受 {ends.get('accepted', 0)} + 续行 {ends.get('continuation', 0)} + "
            f"重复 {ends.get('duplicate', 0)} + 隔离 {ends.get('quarantined', 0)}"
        )
    for sheet, columns in report.columns.items():
        say(f"表头 header{f' · {sheet}' if sheet else ''}")
        for name, title in columns.items():
            say(f"  {' '.join(title.split())} → {name}")
        if report.unmapped.get(sheet):
            titles = "、".join(" ".join(title.split()) for title in report.unmapped[sheet])
            say(f"  未用到 not used: {titles}")
    _print_counts(report.counts)
    _print_places(report.places)
    _print_examples(report.examples)
    if report.problems:
        say("问题 problems")
        print_problems(report.problems)
    if report.notes:
        say("提示（不影响接收） notes (the rows go through)")
        for note, n_rows in report.notes:
            print_problems([note])
            if n_rows > 1:
                say(f"    共 {n_rows} 行 rows")


def _print_counts(counts: Iterable[Mapping[str, Any]]) -> None:
    for fact, rows in groupby(counts, key=lambda row: row["fact"]):
        listed = [f"{row['name'] or row['said']} {row['n_samples']}" for row in rows]
        more = f" · … {len(listed) - _SHOWN} more" if len(listed) > _SHOWN else ""
        say(f"{_FACTS[fact]}: {' · '.join(listed[:_SHOWN])}{more}")


def _print_places(places: Iterable[Mapping[str, Any]]) -> None:
    listed = list(places)
    if listed:
        say("所在地 places (by 依据 evidence)")
    for row in listed[:_SHOWN]:
        name = row["name"] or "未知 unknown"
        example = f" · 例 e.g. {' '.join(row['example'].split())}" if row["example"] else ""
        say(f"  {name} {row['prefecture_code']} ({row['evidence']}): {row['n_samples']}{example}")
    if len(listed) > _SHOWN:
        say(f"  … {len(listed) - _SHOWN} more, with --json")


def _print_examples(examples: Iterable[Mapping[str, Any]]) -> None:
    for row in examples:
        told = " · ".join(
            f"{name}={row[name]}"
            for name in ("sample_no", "product", "producer", "sampled_unit", "prefecture_code", "conclusion", "quarter")
            if row[name] is not None
        )
        say(f"例 e.g. {row['sheet'] or ''} 第 {row['row']} 行 row {row['row']}: {told}")
        for finding in row["findings"] or ():
            known = ", ".join(f"{name}={value}" for name, value in finding.items() if value not in (None, [], ""))
            say(f"    {known}")
