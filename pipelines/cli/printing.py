"""What commands print: receipts, tables and JSON."""

from __future__ import annotations

import itertools
import json
import sys
from collections.abc import Iterable, Mapping
from datetime import date
from typing import Any, TypeVar

import click
import pyarrow as pa
from tqdm import tqdm

from warehouse.receipts import Problem, Receipt

__all__ = [
    "json_option",
    "print_fields",
    "print_json",
    "print_problems",
    "print_receipt",
    "print_table",
    "progress",
    "rows_of",
]

Item = TypeVar("Item")

_OUTCOMES = {
    "accepted": "接受 accepted",
    "accepted_with_quarantine": "部分隔离 accepted with quarantine",
    "rejected": "退回 rejected",
    "duplicate": "重复 duplicate",
}
_SHOWN_PROBLEMS = 20
_MANY = 3
# So many lines share the width of their columns; of more, the first decide.
_ALIGNED_LINES = 1000

json_option = click.option("--json", "as_json", is_flag=True, help="Print JSON, one object a line.")


def print_json(value: Any) -> None:
    click.echo(json.dumps(value, ensure_ascii=False, default=_plain))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def progress(work: Iterable[Item], *, total: int, unit: str) -> Iterable[Item]:
    """The same with a bar on a terminal, where it takes long enough for one to wonder."""
    return tqdm(work, total=total, unit=unit, disable=total < _MANY or not sys.stderr.isatty())


def print_fields(values: Mapping[str, Any]) -> None:
    """A line a field; lists and mappings as JSON."""
    for name, value in values.items():
        is_nested = isinstance(value, dict | list | tuple)
        shown = json.dumps(value, ensure_ascii=False, default=_plain) if is_nested else value
        click.echo(f"{name}: {_cell(_plain(shown) if isinstance(shown, date) else shown)}")


def print_receipt(receipt: Receipt) -> None:
    """A receipt for people: the counts on a line, then what to put right."""
    click.echo(
        f"{receipt.file_name}: {_OUTCOMES[receipt.outcome]} · {receipt.n_samples} 批次 samples · "
        f"读入 read {receipt.rows_read} = 接受 {receipt.rows_accepted} + 续行 {receipt.rows_continuation} + "
        f"重复 {receipt.rows_duplicate} + 隔离 {receipt.rows_quarantined}"
    )
    print_problems(receipt.problems)


def print_problems(problems: Iterable[Problem]) -> None:
    listed = list(problems)
    for problem in listed[:_SHOWN_PROBLEMS]:
        sheet = f"{problem.sheet} " if problem.sheet else ""
        row = f"第 {problem.row} 行 row {problem.row}" if problem.row else ""
        where = " · ".join(part for part in (f"{sheet}{row}".strip(), problem.column) if part)
        click.echo(f"  [{problem.rule}] {where}\n    {problem.message_zh}\n    {problem.message_en}")
    if len(listed) > _SHOWN_PROBLEMS:
        click.echo(f"  … {len(listed) - _SHOWN_PROBLEMS} more, with --json or choucha quarantine list")


def print_table(names: list[str], rows: Iterable[tuple[Any, ...]], *, json_lines: bool) -> None:
    """Rows as aligned columns, or as JSON lines."""
    if json_lines:
        for row in rows:
            print_json(dict(zip(names, row, strict=True)))
        return
    lines = itertools.chain([names], ([_cell(value) for value in row] for row in rows))
    first = list(itertools.islice(lines, _ALIGNED_LINES))
    widths = [max(_width(line[k]) for line in first) for k in range(len(names))]
    for line in itertools.chain(first, lines):
        click.echo("  ".join(cell + " " * (widths[k] - _width(cell)) for k, cell in enumerate(line)).rstrip())


def _cell(value: Any) -> str:
    """On one line, and without what a terminal would obey."""
    text = "" if value is None else str(value)
    return "".join(character if character.isprintable() else " " for character in text)


def rows_of(table: pa.Table | pa.RecordBatch) -> list[tuple[Any, ...]]:
    """The rows of a table, also where two columns have one name; instants keep their zone."""
    return list(zip(*(column.to_pylist() for column in table.columns), strict=True))


def _width(text: str) -> int:
    """Columns on a terminal: Chinese characters take two."""
    return sum(2 if ord(character) > 0x2E7F else 1 for character in text)
