"""What commands print: receipts, tables and JSON."""

from __future__ import annotations

import contextlib
import itertools
import json
import os
import sys
from collections.abc import Iterable, Mapping, Sized
from datetime import date
from typing import Any, TypeVar

import click
import pyarrow as pa
from tqdm import tqdm

from warehouse.names import visible
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
    "say",
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


def print_json(value: Any) -> bool:
    """One object on a line, in whatever encoding the terminal has; False once nobody reads any more."""
    is_unicode = (getattr(sys.stdout, "encoding", None) or "utf-8").lower().replace("-", "") == "utf8"
    return _write(json.dumps(value, ensure_ascii=not is_unicode, default=_plain))


def _plain(value: Any) -> str:
    return value.isoformat() if isinstance(value, date) else str(value)


def say(text: str) -> bool:
    """Print a line; False once nobody reads any more (`choucha … | head -1`), while the work itself goes on.

    What a sender wrote into a cell or a name is shown, and never acts on the terminal.
    """
    return _write("\n".join(visible(line) for line in text.split("\n")))


def _write(text: str) -> bool:
    try:
        with tqdm.external_write_mode() if sys.stderr.isatty() else contextlib.nullcontext():  # a bar makes room
            click.echo(text)
    except BrokenPipeError:
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return False
    return True


def progress(work: Iterable[Item], unit: str, total: int | None = None) -> Iterable[Item]:
    """The same with a bar on a terminal, when it takes long enough for one to wonder; total: if work has no length."""
    n_items = len(work) if isinstance(work, Sized) else total or 0
    return tqdm(work, total=n_items, unit=unit, disable=n_items < _MANY or not sys.stderr.isatty())


def print_fields(values: Mapping[str, Any]) -> None:
    """A line a field; lists and mappings as JSON."""
    for name, value in values.items():
        is_nested = isinstance(value, dict | list | tuple)
        shown = json.dumps(value, ensure_ascii=False, default=_plain) if is_nested else value
        say(f"{name}: {_cell(_plain(shown) if isinstance(shown, date) else shown)}")


def print_receipt(receipt: Receipt) -> None:
    """A receipt for people: the counts on a line, then what to put right."""
    say(
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
        say(f"  [{problem.rule}] {where}\n    {problem.message_zh}\n    {problem.message_en}")
    if len(listed) > _SHOWN_PROBLEMS:
        say(f"  … {len(listed) - _SHOWN_PROBLEMS} more, with --json or choucha quarantine list")


def print_table(names: list[str], rows: Iterable[tuple[Any, ...]], *, json_lines: bool) -> None:
    """Rows as aligned columns, or as JSON lines."""
    if json_lines:
        for row in rows:
            if not print_json(dict(zip(names, row, strict=True))):
                return
        return
    lines = itertools.chain([names], ([_cell(value) for value in row] for row in rows))
    first = list(itertools.islice(lines, _ALIGNED_LINES))
    if len(first) == 1:
        first.append(["（无 none）", *[""] * (len(names) - 1)])
    widths = [max(_width(line[k]) for line in first) for k in range(len(names))]
    for line in itertools.chain(first, lines):
        if not say("  ".join(cell + " " * (widths[k] - _width(cell)) for k, cell in enumerate(line)).rstrip()):
            return


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
