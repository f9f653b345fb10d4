"""The sender's own table back as a workbook: the same sheets, rows, columns and merged cells, with the cells marked.

Made of what the reading child handed over, never of the file itself, so that no upload is opened here; hence text and
layout are the sender's, colours and formulas are not kept.
"""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pyarrow.compute as pc
import xlsxwriter
from xlsxwriter.worksheet import Worksheet

from pipelines.read import Document, Merge, Sheet
from warehouse.errors import UserError
from warehouse.receipts import Problem

__all__ = ["Mark", "write_marked"]

_MOST_CELLS = 3_000_000
_MOST_CHARACTERS = 32_767
_MOST_ROWS = 1_048_576
_LONGEST_NAME = 31
_LARGEST_MERGE = 100_000
_LIST = "choucha 问题 problems"
_LIST_HEADER = ("规则 rule", "工作表 sheet", "行 row", "列 column", "原文 found", "说明", "explanation")
_WRONG, _NOTED = "#FFC7CE", "#FFEB9C"
_WIDTH = 18


@dataclass(frozen=True)
class Mark:
    """A problem and the sheet's own column it stands in, from 1; None: the whole row. is_note: the row goes through."""

    problem: Problem
    column: int | None = None
    is_note: bool = False

    @classmethod
    def of(cls, problem: Problem, column: int | None = None, *, is_note: bool = False) -> Mark:
        return cls(problem, column, is_note)


def write_marked(path: Path, document: Document | None, marks: Iterable[Mark], *, title: str) -> None:
    """Write the workbook; a table without sheet names stands under `title`.

    Raises UserError for a table that is too large to be looked through in a workbook.
    """
    sheets = document.sheets if document else ()
    if sum(sheet.table.num_rows * sheet.width for sheet in sheets) > _MOST_CELLS or any(
        sheet.table.num_rows and sheet.table.column("row_no")[-1].as_py() >= _MOST_ROWS for sheet in sheets
    ):
        raise UserError(
            f"表格过大，无法写成带标注的工作簿（上限 {_MOST_CELLS} 格）；请用 --json。 "
            f"The table is too large for a marked workbook (at most {_MOST_CELLS} cells); use --json"
        )
    of_sheet: dict[str, list[Mark]] = defaultdict(list)
    listed = list(marks)
    for mark in listed:
        of_sheet[mark.problem.sheet or ""].append(mark)
    with xlsxwriter.Workbook(path) as workbook:
        formats = {colour: workbook.add_format({"bg_color": colour, "text_wrap": True}) for colour in (_WRONG, _NOTED)}
        names: set[str] = {_LIST}
        for sheet in sheets:
            written = workbook.add_worksheet(_free_name(sheet.name or title, names))
            _write_sheet(written, sheet, of_sheet[sheet.name], formats, workbook.add_format())
        _write_list(workbook.add_worksheet(_LIST), listed, formats)


def _write_sheet(
    written: Worksheet, sheet: Sheet, marks: Iterable[Mark], formats: Mapping[str, Any], plain: Any
) -> None:
    marked: dict[tuple[int, int], list[Mark]] = defaultdict(list)
    for mark in marks:
        if mark.problem.row is not None:
            marked[mark.problem.row - 1, (mark.column or 1) - 1].append(mark)
    written.set_column(0, max(sheet.width - 1, 0), _WIDTH)
    rows: list[int] = pc.subtract(sheet.table.column("row_no"), 1).to_pylist()
    merged = _disjoint(sheet.merges)
    for number in range(sheet.width):
        cells = sheet.table.column(f"c{number + 1}").to_pylist()
        for row, cell in zip(rows, cells, strict=True):
            colour = _colour(marked.get((row, number), ()))
            if cell:
                written.write_string(row, number, cell[:_MOST_CHARACTERS], formats[colour] if colour else None)
            elif colour:
                written.write_blank(row, number, None, formats[colour])
    corners = {(row, number): value for row, number, value in _corners(sheet, merged)}
    for merge in merged:
        first = (merge.first_row - 1, merge.first_column - 1)
        colour = _colour(marked.get(first, ()))
        written.merge_range(*first, merge.last_row - 1, merge.last_column - 1, "", formats[colour] if colour else plain)
        if corners.get(first):
            written.write_string(*first, corners[first][:_MOST_CHARACTERS], formats[colour] if colour else plain)
    for (row, column), here in marked.items():
        written.write_comment(row, column, "\n".join(_sentence(mark) for mark in here), {"x_scale": 3, "y_scale": 2})


def _corners(sheet: Sheet, merges: Iterable[Merge]) -> Iterable[tuple[int, int, str]]:
    """The text of each merged range, which stands in its first cell."""
    place = {number: index for index, number in enumerate(sheet.table.column("row_no").to_pylist())}
    for merge in merges:
        if merge.first_row in place and merge.first_column <= sheet.width:
            text = sheet.table.column(f"c{merge.first_column}")[place[merge.first_row]].as_py()
            yield merge.first_row - 1, merge.first_column - 1, text or ""


def _disjoint(merges: Iterable[Merge]) -> list[Merge]:
    """The ranges of a sane size that overlap none before them; a workbook with others can't be opened."""
    taken: set[tuple[int, int]] = set()
    kept = []
    for merge in merges:
        rows = range(merge.first_row, merge.last_row + 1)
        columns = range(merge.first_column, merge.last_column + 1)
        if not 1 < len(rows) * len(columns) <= _LARGEST_MERGE:
            continue
        cells = {(row, column) for row in rows for column in columns}
        if taken.isdisjoint(cells):
            kept.append(merge)
            taken |= cells
    return kept


def _write_list(written: Worksheet, marks: Iterable[Mark], formats: Mapping[str, Any]) -> None:
    written.set_column(0, len(_LIST_HEADER) - 1, _WIDTH)
    written.set_column(len(_LIST_HEADER) - 2, len(_LIST_HEADER) - 1, 4 * _WIDTH)
    for column, text in enumerate(_LIST_HEADER):
        written.write_string(0, column, text)
    for row, mark in enumerate(marks, start=1):
        told = mark.problem
        cells = (told.rule, told.sheet, told.row, told.column, told.found, told.message_zh, told.message_en)
        for column, cell in enumerate(cells):
            if cell is not None:
                text = str(cell)[:_MOST_CHARACTERS]
                written.write_string(
                    row, column, text, formats[_NOTED if mark.is_note else _WRONG] if not column else None
                )
    written.freeze_panes(1, 0)


def _colour(marks: Iterable[Mark]) -> str | None:
    kinds = {mark.is_note for mark in marks}
    return (_WRONG if False in kinds else _NOTED) if kinds else None


def _sentence(mark: Mark) -> str:
    return f"[{mark.problem.rule}] {mark.problem.message_zh}\n{mark.problem.message_en}"


def _free_name(wished: str, taken: set[str]) -> str:
    """A name that a workbook may have and that is not taken yet."""
    name = re.sub(r"[\[\]:*?/\\\x00-\x1f]", " ", wished).strip(" '")[:_LONGEST_NAME] or "sheet"
    free, number = name, 2
    while free.casefold() in {each.casefold() for each in taken}:
        end = f" {number}"
        free, number = name[: _LONGEST_NAME - len(end)] + end, number + 1
    taken.add(free)
    return free
