"""The data rows of one sheet as contract columns: which rows are data, merged cells, and rows of one sample.

Says nothing about meaning yet; `derive` does that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass
from typing import Any

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.headers import HeaderMatch, title_of
from pipelines.normalise.script import simplified
from pipelines.normalise.text import Cells, clean_column, closed_up, key_column, map_distinct, whole
from pipelines.normalise.words import conclusion_of
from pipelines.read import Merge, Sheet
from warehouse.contract import Contract, row_columns

__all__ = ["SheetRows", "sheet_rows"]

# What a continuation row has of its own; everything else it takes from the row that opened its sample.
_OWN = frozenset(
    {
        "findings_text", "finding_item", "finding_value", "finding_limit", "finding_unit", "finding_standard",
        "points_checked", "points_conforming", "inspected_item",
    }
)  # fmt: skip
# Line breaks part what these list: several parties in their roles, several items; elsewhere they are a wrapped line's.
_LISTED = frozenset(
    {
        "findings_text", "finding_item", "finding_value", "finding_limit", "finding_unit", "finding_standard",
        "producer_name", "producer_address", "owner_name", "contractor_name", "supervisor_name", "remark",
    }
)  # fmt: skip
_NOTE = re.compile(r"^\W*(?:注|备注|说明|声明|制表|填表|联系)[:：人]")
_SUM = r"(?:合|总|小|共)\s*计"
_SIGNED = (
    r"(?:制表|填表|填报|报送|审核|复核|校核|审批|批准|签发|经办|联系|统计|抄送|打印)(?:单位|部门|日期|时间|人员?|电话|方式)?"
    r"|(?:单位|部门)?负责人|(?:单位|机构)?(?:盖章|公章|签章)|联系电话|日期"
)
_FOOTER = re.compile(
    rf"^\W*(?:{_SUM}(?:\W*$|\s*[:：（(]|\s*\d|.*批次$)|(?:{_SIGNED})\s*(?:[（(](?:签字|签名|盖章|签章)[）)])?\s*(?:[:：]|$))"
)
_NOTE_OR_FOOTER = re.compile(f"{_NOTE.pattern}|{_FOOTER.pattern}")


@dataclass(frozen=True)
class SheetRows:
    """columns: every column that any feed knows (string, null where absent) for the data rows of one sheet.

    source_row: the sheet's own rows; group_no: rows of one sample share it, 0 before the first sample;
    findings_cell: the findings as written, marks of absence kept, since 无 there means passed.
    """

    sheet: str
    title: str
    header: HeaderMatch
    source_row: Cells
    group_no: Cells
    columns: dict[str, Cells]
    findings_cell: Cells

    @property
    def has(self) -> frozenset[str]:
        """The contract columns that the sheet's header names."""
        return frozenset(self.header.columns)

    @property
    def is_traditional(self) -> bool:
        """Whether the header is in traditional characters, as on pages that mirror a notice in the other script."""
        return any(simplified(title) != title for title in self.header.titles.values())

    def __len__(self) -> int:
        return len(self.source_row)


def sheet_rows(sheet: Sheet, header: HeaderMatch, feed_contract: Contract) -> SheetRows:
    """The sheet's data rows; title, declaration, header, repeated header, note and blank rows are none."""
    table = _data_rows(sheet, header)
    table = _filled(table, sheet.merges, header)
    raw = {name: table.column(f"c{number}") for name, number in header.columns.items()}
    cleaned = {
        name: clean_column(cells, feed_contract.missing_marks, keeps_lines=name in _LISTED)
        for name, cells in raw.items()
    }
    header = _verdict_under_result(header, cleaned, feed_contract)
    if "conclusion" in header.columns and "conclusion" not in cleaned:
        cleaned["conclusion"] = cleaned.pop("finding_value")
    if "conclusion" in cleaned:
        cleaned["conclusion"] = closed_up(cleaned["conclusion"])
    blank = pa.nulls(table.num_rows, pa.string())
    opens = _opens(cleaned, table.num_rows, feed_contract)
    first = None if pc.all(opens).as_py() else _first_row_of_group(opens)
    columns = {
        name: cleaned.get(name, blank)
        if first is None or name in _OWN or name not in cleaned
        else _inherited(cleaned[name], first)
        for name in row_columns()
    }
    findings_cell = raw.get("findings_text", raw.get("finding_item", blank))
    return SheetRows(
        sheet=sheet.name,
        title=title_of(sheet, header),
        header=header,
        source_row=table.column("row_no").combine_chunks(),
        group_no=pc.cumulative_sum(opens.cast(pa.int64())),
        columns=columns,
        findings_cell=pc.utf8_trim_whitespace(findings_cell),
    )


def _data_rows(sheet: Sheet, header: HeaderMatch) -> pa.Table:
    table = sheet.table.filter(pc.greater(sheet.table.column("row_no"), header.row_no))
    cells = [pc.utf8_trim_whitespace(table.column(name)) for name in table.column_names if name != "row_no"]
    filled = [pc.fill_null(pc.not_equal(column, ""), False).cast(pa.int32()) for column in cells]
    n_filled = filled[0] if filled else pa.chunked_array([pa.nulls(table.num_rows, pa.int32())])
    for column in filled[1:]:
        n_filled = pc.add(n_filled, column)
    keep = pc.and_(pc.greater(n_filled, 0), pc.invert(_is_header_again(table, header)))
    is_no_row = _is_note_or_footer(cells, n_filled, header) if len(header.columns) > 1 else None
    return table.filter(keep if is_no_row is None else pc.and_(keep, pc.invert(is_no_row)))


def _is_note_or_footer(cells: list[Cells], n_filled: Cells, header: HeaderMatch) -> Cells:
    """Rows that speak of the table: a note alone in its row, and sums and signatures in a row that is half empty.

    Such a row has no sample number, unless its first word stands in that column.
    """
    is_sparse = pc.and_(pc.greater(n_filled, 0), pc.less_equal(n_filled, len(header.titles) // 2))
    sparse = pc.indices_nonzero(is_sparse)
    told = [pc.if_else(pc.equal(taken, ""), None, taken) for taken in (whole(cell).take(sparse) for cell in cells)]
    first = pc.coalesce(*told)
    suspects = pc.indices_nonzero(map_distinct(first, lambda text: bool(_NOTE_OR_FOOTER.search(text)), pa.bool_()))
    numbered = header.columns.get("sample_no", 0) - 1  # where the number stands among the cells; -1 for nowhere
    flags = np.zeros(len(n_filled), dtype=bool)
    rows = zip(*(taken.take(suspects).to_pylist() for taken in told), strict=True)
    for place, row in zip(sparse.take(suspects).to_pylist(), rows, strict=True):
        filled = [k for k, cell in enumerate(row) if cell]
        is_footer = _FOOTER.search(row[filled[0]]) and numbered not in filled[1:]
        flags[place] = bool(is_footer) or len(filled) == 1
    return pa.array(flags)


def _is_header_again(table: pa.Table, header: HeaderMatch) -> Cells:
    same: Cells = pa.array([header.row_no >= 0] * table.num_rows, pa.bool_())
    for number in header.columns.values():
        repeated = pc.equal(table.column(f"c{number}"), header.titles[number])
        same = pc.and_(same, pc.fill_null(repeated, False))
    return same


def _filled(table: pa.Table, merges: tuple[Merge, ...], header: HeaderMatch) -> pa.Table:
    """Cells merged downwards get their value in every row, except where a row's value is its own."""
    own = {header.columns[name] for name in _OWN if name in header.columns}
    wanted = [merge for merge in merges if merge.last_row > merge.first_row and merge.first_row > header.row_no]
    position = {row: k for k, row in enumerate(table.column("row_no").to_pylist())} if wanted else {}
    changed: dict[int, list[str | None]] = {}
    for merge in wanted:
        number = merge.first_column
        if number in own or merge.first_row not in position or f"c{number}" not in table.column_names:
            continue
        cells = changed.setdefault(number, table.column(f"c{number}").to_pylist())
        value = cells[position[merge.first_row]]
        for row in range(merge.first_row + 1, merge.last_row + 1):
            if row in position and cells[position[row]] is None:
                cells[position[row]] = value
    for number, cells in changed.items():
        name = f"c{number}"
        table = table.set_column(table.column_names.index(name), name, pa.array(cells, pa.string()))
    return table


def _verdict_under_result(header: HeaderMatch, cleaned: dict[str, Cells], feed_contract: Contract) -> HeaderMatch:
    """A column 检验结果 that holds nothing but verdicts is the conclusion."""
    if "conclusion" in header.columns or "finding_value" not in cleaned:
        return header
    words = pc.unique(pc.drop_null(cleaned["finding_value"])).to_pylist()
    if not words or any(conclusion_of(feed_contract, word) is None for word in words):
        return header
    columns = {("conclusion" if name == "finding_value" else name): k for name, k in header.columns.items()}
    return HeaderMatch(header.row_no, columns, header.titles, header.order)


def _opens(cleaned: dict[str, Cells], n_rows: int, feed_contract: Contract) -> pa.Array[Any]:
    """Whether a row opens a sample: by a new number; without one, by anything that differs from the sample above.

    A row without number and without product continues the sample above, unless something else in it is another's.
    """
    nothing = pa.nulls(n_rows, pa.string())
    essential = next(name for name in feed_contract.identity.essential if name in ("product_name", "project_name"))
    has_product = pc.is_valid(cleaned.get(essential, nothing))
    if "sample_no" in cleaned and not cleaned["sample_no"].null_count:
        number = key_column(cleaned["sample_no"])
        return whole(pc.fill_null(pc.not_equal(number, _before(number)), True))
    differs = _differs(cleaned, n_rows, feed_contract)
    if "sample_no" not in cleaned and "sequence_no" not in cleaned:
        return whole(pc.or_(has_product, differs))
    if "sample_no" in cleaned:
        number = key_column(cleaned["sample_no"])
        is_new = pc.fill_null(pc.not_equal(number, _before(number)), True)
        return whole(pc.if_else(pc.is_valid(number), is_new, differs))
    sequence = key_column(cleaned["sequence_no"])
    repeats = pc.fill_null(pc.equal(sequence, _before(sequence)), False)
    tells = [name for name in feed_contract.identity.derived if name in cleaned and name != "sequence_no"]
    tells_anything = _any([pc.is_valid(cleaned[name]) for name in tells], n_rows)
    is_numbered = pc.and_(pc.is_valid(sequence), tells_anything)
    return whole(pc.if_else(repeats, differs, _any([has_product, differs, is_numbered], n_rows)))


def _differs(cleaned: dict[str, Cells], n_rows: int, feed_contract: Contract) -> Cells:
    """Whether a cell that tells samples apart holds something other than the last such cell above."""
    told = []
    for name in feed_contract.identity.derived:
        if name in cleaned and name != "sequence_no":
            key = key_column(cleaned[name])
            told.append(pc.and_(pc.is_valid(key), pc.fill_null(pc.not_equal(key, _before(key)), True)))
    return _any(told, n_rows)


def _any(conditions: list[Cells], n_rows: int) -> Cells:
    found: Cells = pa.array([False] * n_rows, pa.bool_())
    for condition in conditions:
        found = pc.or_(found, condition)
    return found


def _before(cells: Cells) -> Cells:
    """For each row the last value above it."""
    above = pa.concat_arrays([pa.nulls(1, pa.string()), whole(cells).slice(0, max(0, len(cells) - 1))])
    filled: Cells = pc.fill_null_forward(above.slice(0, len(cells)))
    return filled


def _first_row_of_group(opens: Cells) -> Cells:
    """For each row the position of the row that opened its sample; null before the first."""
    positions = pa.array(range(len(opens)), pa.int64())
    first: Cells = pc.fill_null_forward(pc.if_else(opens, positions, pa.scalar(None, pa.int64())))
    return first


def _inherited(cells: Cells, first: Cells) -> Cells:
    own: Cells = pc.coalesce(cells, whole(cells).take(first))
    return own
