"""The data rows of one sheet as contract columns: which rows are data, merged cells, and rows of one sample.

Says nothing about meaning yet; `derive` does that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.headers import HeaderMatch, title_of
from pipelines.normalise.text import clean_column, key_column, map_distinct
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
_NOTE = re.compile(r"^\W*(?:注|备注|说明|声明|制表|填表|联系)[:：人]")
_MOST_VERDICT_WORDS = 30


@dataclass(frozen=True)
class SheetRows:
    """columns: every column that any feed knows (string, null where absent) for the data rows of one sheet.

    source_row: the sheet's own rows; group_no: rows of one sample share it, 0 before the first sample;
    findings_cell: the findings as written, marks of absence kept, since 无 there means passed.
    """

    sheet: str
    title: str
    header: HeaderMatch
    source_row: pa.Array
    group_no: pa.Array
    columns: dict[str, pa.ChunkedArray]
    findings_cell: pa.ChunkedArray

    @property
    def has(self) -> frozenset[str]:
        """The contract columns that the sheet's header names."""
        return frozenset(self.header.columns)

    def __len__(self) -> int:
        return len(self.source_row)


def sheet_rows(sheet: Sheet, header: HeaderMatch, feed_contract: Contract) -> SheetRows:
    """The sheet's data rows; title, declaration, header, repeated header, note and blank rows are none."""
    table = _data_rows(sheet, header)
    table = _filled(table, sheet.merges, header)
    raw = {name: table.column(f"c{number}") for name, number in header.columns.items()}
    cleaned = {name: clean_column(cells, feed_contract.missing_marks) for name, cells in raw.items()}
    header = _verdict_under_result(header, cleaned, feed_contract)
    if "conclusion" in header.columns and "conclusion" not in cleaned:
        cleaned["conclusion"] = cleaned.pop("finding_value")
    blank = pa.chunked_array([pa.nulls(table.num_rows, pa.string())])
    opens = _opens(cleaned, table.num_rows)
    first = _first_row_of_group(opens)
    columns = {
        name: _inherited(cleaned[name], first) if name in cleaned and name not in _OWN else cleaned.get(name, blank)
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
    keep = pc.greater(n_filled, 0)
    keep = pc.and_(keep, pc.invert(_is_header_again(table, header)))
    if len(header.columns) > 1 and cells:
        is_note = map_distinct(pc.coalesce(*cells), lambda text: bool(_NOTE.search(text)), pa.bool_())
        is_lonely_note = pc.and_(pc.equal(n_filled, 1), pc.fill_null(is_note, False))
        keep = pc.and_(keep, pc.invert(is_lonely_note))
    return table.filter(keep)


def _is_header_again(table: pa.Table, header: HeaderMatch) -> pa.Array:
    same: pa.Array | pa.ChunkedArray = pa.array([header.row_no >= 0] * table.num_rows, pa.bool_())
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


def _verdict_under_result(
    header: HeaderMatch, cleaned: dict[str, pa.ChunkedArray], feed_contract: Contract
) -> HeaderMatch:
    """A column 检验结果 that holds nothing but verdicts is the conclusion."""
    if "conclusion" in header.columns or "finding_value" not in cleaned:
        return header
    words = pc.unique(cleaned["finding_value"].drop_null())
    if not 0 < len(words) <= _MOST_VERDICT_WORDS:
        return header
    if any(conclusion_of(feed_contract, word) is None for word in words.to_pylist()):
        return header
    columns = {("conclusion" if name == "finding_value" else name): k for name, k in header.columns.items()}
    return HeaderMatch(header.row_no, columns, header.titles, header.order)


def _opens(cleaned: dict[str, pa.ChunkedArray], n_rows: int) -> pa.Array:
    """Whether a row opens a sample: by a new number; without one, by a product of its own."""
    nothing = pa.chunked_array([pa.nulls(n_rows, pa.string())])
    product = key_column(cleaned.get("product_name", cleaned.get("project_name", nothing)))
    has_product = pc.is_valid(product)
    if "sample_no" in cleaned:
        number = key_column(cleaned["sample_no"])
        is_new = pc.fill_null(pc.not_equal(number, _before(number)), True)
        is_other_product = pc.fill_null(pc.not_equal(product, _before(product)), True)
        without_number = pc.and_(has_product, is_other_product)
        return _whole(pc.if_else(pc.is_valid(number), is_new, without_number))
    if "sequence_no" not in cleaned:
        return _whole(has_product)
    sequence = key_column(cleaned["sequence_no"])
    repeats = pc.and_(pc.equal(sequence, _before(sequence)), pc.equal(product, _before(product)))
    return _whole(pc.and_(has_product, pc.invert(pc.fill_null(repeats, False))))


def _before(cells: pa.ChunkedArray) -> pa.ChunkedArray:
    """For each row the last value above it."""
    above = pa.concat_arrays([pa.nulls(1, pa.string()), _whole(cells).slice(0, max(0, len(cells) - 1))])
    return pc.fill_null_forward(above.slice(0, len(cells)))


def _first_row_of_group(opens: pa.Array) -> pa.Array:
    """For each row the position of the row that opened its sample; null before the first."""
    positions = pa.array(range(len(opens)), pa.int64())
    return pc.fill_null_forward(pc.if_else(opens, positions, pa.scalar(None, pa.int64())))


def _inherited(cells: pa.ChunkedArray, first: pa.Array) -> pa.ChunkedArray:
    return pc.coalesce(cells, cells.take(first))


def _whole(cells: pa.Array | pa.ChunkedArray) -> pa.Array:
    if not isinstance(cells, pa.ChunkedArray):
        return cells
    combined = cells.combine_chunks()
    return combined if not isinstance(combined, pa.ChunkedArray) else pa.concat_arrays(combined.chunks)

