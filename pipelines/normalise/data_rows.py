"""Which rows below a header are data: neither its repetition at a page break, nor titles, notes, sums or signatures."""

from __future__ import annotations

import re

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.headers import HeaderMatch, titles_above
from pipelines.normalise.text import Cells, map_distinct, normal_header
from pipelines.read import Sheet
from warehouse.script import simplified

__all__ = ["data_rows"]

_NOTE = re.compile(r"^\W*(?:(?:注|备注|说明|声明|制表|填表|联系)[:：人]|续\s*表)")
# Of how many of its first cells a row that repeats the header has to have half as they were.
_ASKED = 4
_SUM = r"(?:合|总|小|共)\s*计"
_SIGNED = (
    r"(?:制表|填表|填报|报送|审核|复核|校核|审批|批准|签发|经办|联系|统计|抄送|打印)(?:单位|部门|日期|时间|人员?|电话|方式)?"
    r"|(?:单位|部门)?负责人|(?:单位|机构)?(?:盖章|公章|签章)|联系电话|日期"
)
_FOOTER = re.compile(
    rf"^\W*(?:{_SUM}(?:\W*$|\s*[:：（(]|\s*\d|.*批次$)|(?:{_SIGNED})\s*(?:[（(](?:签字|签名|盖章|签章)[）)])?\s*(?:[:：]|$))"
)
_NOTE_OR_FOOTER = re.compile(f"{_NOTE.pattern}|{_FOOTER.pattern}")


def data_rows(sheet: Sheet, header: HeaderMatch) -> pa.Table:
    """The rows below the header that are data."""
    above = pc.sum(pc.less_equal(sheet.table.column("row_no"), header.row_no)).as_py() or 0
    table = sheet.table.slice(above)  # rows stand in their order; to copy what is kept would double the memory
    n_filled = pa.chunked_array([pa.array(np.zeros(table.num_rows, dtype=np.int32))])
    for name in table.column_names[1:]:
        is_filled = pc.not_equal(pc.utf8_trim_whitespace(table.column(name)), "")
        n_filled = pc.add(n_filled, pc.fill_null(is_filled, False).cast(pa.int32()))
    keep = pc.and_(pc.greater(n_filled, 0), pc.invert(_is_header_again(table, header)))
    if len(header.columns) > 1:
        titles = frozenset(title.strip() for title in titles_above(sheet, header))
        keep = pc.and_(keep, pc.invert(_is_note_or_footer(table, n_filled, header, titles)))
    return table if pc.all(keep).as_py() else table.filter(keep)


def _is_note_or_footer(table: pa.Table, n_filled: Cells, header: HeaderMatch, titles: frozenset[str]) -> Cells:
    """Rows that speak of the table: a note, or a title once more, alone in its row, and sums and signatures in a row
    that is half empty.

    Such a row has no sample number, unless its first word stands in that column.
    """
    is_sparse = pc.and_(pc.greater(n_filled, 0), pc.less_equal(n_filled, len(header.titles) // 2))
    sparse = pc.indices_nonzero(is_sparse)
    if not len(sparse):
        return pa.array(np.zeros(table.num_rows, dtype=bool))
    trimmed = [pc.utf8_trim_whitespace(table.column(name).take(sparse)) for name in table.column_names[1:]]
    told = [pc.if_else(pc.equal(taken, ""), None, taken) for taken in trimmed]
    first = pc.coalesce(*told)
    suspects = pc.indices_nonzero(
        map_distinct(first, lambda text: text in titles or bool(_NOTE_OR_FOOTER.search(simplified(text))), pa.bool_())
    )
    numbered = header.columns.get("sample_no", 0) - 1  # where the number stands among the cells; -1 for nowhere
    flags = np.zeros(len(n_filled), dtype=bool)
    rows = zip(*(taken.take(suspects).to_pylist() for taken in told), strict=True)
    for place, row in zip(sparse.take(suspects).to_pylist(), rows, strict=True):
        filled = [k for k, cell in enumerate(row) if cell]
        is_footer = _FOOTER.search(simplified(row[filled[0]])) and numbered not in filled[1:]
        flags[place] = bool(is_footer) or len(filled) == 1
    return pa.array(flags)


def _is_header_again(table: pa.Table, header: HeaderMatch) -> Cells:
    """Rows that repeat a row of the header, as at a page break; blanks and line feeds in them make no difference."""
    flags = np.zeros(table.num_rows, dtype=bool)
    for row in header.rows:
        told = [(number, text) for number, text in row.items() if f"c{number}" in table.column_names]
        asked = told[:_ASKED]
        equal = [
            pc.fill_null(pc.equal(table.column(f"c{number}"), text), False).cast(pa.int8()) for number, text in asked
        ]
        n_equal = equal[0] if equal else pa.array(np.zeros(table.num_rows, dtype=np.int8))
        for one in equal[1:]:
            n_equal = pc.add(n_equal, one)
        for place in pc.indices_nonzero(pc.greater_equal(n_equal, max(1, len(asked) // 2))).to_pylist():
            cells = {number: table.column(f"c{number}")[place].as_py() for number, _ in told}
            same = [not cells[n] or normal_header(cells[n]) == normal_header(text) for n, text in told]
            flags[place] = flags[place] or (all(same) and any(cells.values()))
    return pa.array(flags)
