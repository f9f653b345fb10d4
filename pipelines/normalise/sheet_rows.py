"""The data rows of one sheet as contract columns: which rows are data, merged cells, and rows of one sample.

Says nothing about meaning yet; `derive` does that.
"""

from __future__ import annotations

import re
from dataclasses import dataclass, replace
from functools import partial
from typing import Any

import pyarrow as pa
import pyarrow.compute as pc

from pipelines.normalise.data_rows import data_rows
from pipelines.normalise.headers import HeaderMatch, titles_above
from pipelines.normalise.numbers import unit_known
from pipelines.normalise.text import Cells, clean_column, closed_up, key_column, map_distinct, number_column, whole
from pipelines.normalise.wide import told_by_groups
from pipelines.normalise.words import BETWEEN_VERDICTS, conclusion_of
from pipelines.read import Merge, Sheet
from warehouse.contract import Contract, row_columns
from warehouse.script import simplified

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

_IN_BRACKETS = re.compile(r"[(（]([^()（）]+)[)）]\s*$")
_UNIT_WORD = re.compile(r"^单位[:：]?\s*")
_DECLARATION = re.compile(r"^\W*(?:声明|说明|注|备注|填表|附注)|以下信息")


@dataclass(frozen=True)
class SheetRows:
    """title: the text above the header; verdict_title: the same without declarations, which speak of both verdicts.
    columns: every column that any feed knows (string, null where absent) for the data rows of one sheet.

    source_row: the sheet's own rows; group_no: rows of one sample share it, 0 before the first sample;
    findings_cell: the findings as written, marks of absence kept, since 无 there means passed.
    """

    sheet: str
    title: str
    verdict_title: str
    header: HeaderMatch
    source_row: Cells
    group_no: Cells
    columns: dict[str, Cells]
    findings_cell: Cells
    counts_from_1904: bool = False

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
    table = data_rows(sheet, header)
    table = _filled(table, sheet.merges, header)
    raw: dict[str, Cells] = {name: table.column(f"c{number}") for name, number in header.columns.items()}
    cleaned = {
        name: clean_column(cells, feed_contract.missing_marks, keeps_lines=name in _LISTED)
        for name, cells in raw.items()
    }
    if "sample_no" in cleaned:
        cleaned["sample_no"] = number_column(cleaned["sample_no"], feed_contract.missing_marks)
    for number in header.verdicts:
        other = clean_column(table.column(f"c{number}"), feed_contract.missing_marks)
        cleaned["conclusion"] = _said_together(cleaned["conclusion"], other)
    header = _verdict_under_result(header, cleaned, feed_contract)
    _unit_in_header(header, cleaned)
    if header.wide:
        header = _found_in_groups(header, table, cleaned, raw, feed_contract)
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
    titles = titles_above(sheet, header)
    findings_cell = raw.get("findings_text", raw.get("finding_item", blank))
    return SheetRows(
        sheet=sheet.name,
        title=" ".join(titles),
        verdict_title=" ".join(title for title in titles if not _DECLARATION.search(title)),
        header=header,
        source_row=table.column("row_no").combine_chunks(),
        group_no=pc.cumulative_sum(opens.cast(pa.int64())),
        columns=columns,
        findings_cell=pc.utf8_trim_whitespace(findings_cell),
        counts_from_1904=sheet.counts_from_1904,
    )


def _said_together(first: Cells, other: Cells) -> Cells:
    """What two columns of conclusions say: the one that says anything, and both where they say different things."""
    differs = pc.fill_null(pc.not_equal(first, other), False)
    both: Cells = pc.if_else(
        differs, pc.binary_join_element_wise(first, other, BETWEEN_VERDICTS), pc.coalesce(first, other)
    )
    return both


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
    """What stands under 检验结果 may be verdicts or values: without a column of conclusions, each cell says which."""
    if "conclusion" in header.columns or "finding_value" not in cleaned:
        return header
    results = cleaned["finding_value"]
    says_verdict = map_distinct(results, lambda word: conclusion_of(feed_contract, word) is not None, pa.bool_())
    if not pc.any(says_verdict).as_py():
        return header
    nothing = pa.scalar(None, pa.string())
    is_verdict = pc.fill_null(says_verdict, False)
    cleaned["conclusion"] = pc.if_else(is_verdict, results, nothing)
    columns = header.columns | {"conclusion": header.columns["finding_value"]}
    if pc.all(says_verdict).as_py():
        del cleaned["finding_value"], columns["finding_value"]
    else:
        cleaned["finding_value"] = pc.if_else(is_verdict, nothing, results)
    return replace(header, columns=columns)


def _unit_in_header(header: HeaderMatch, cleaned: dict[str, Cells]) -> None:
    """A header such as 检验结果(μg/kg) gives the unit of its values."""
    if "finding_value" not in cleaned or "finding_unit" in cleaned:
        return
    written = _IN_BRACKETS.search(header.titles[header.columns["finding_value"]])
    unit = _UNIT_WORD.sub("", written[1].strip()) if written else ""
    if unit_known(unit):
        cleaned["finding_unit"] = pc.if_else(pc.is_valid(cleaned["finding_value"]), unit, None)


def _found_in_groups(
    header: HeaderMatch, table: pa.Table, cleaned: dict[str, Cells], raw: dict[str, Cells], feed_contract: Contract
) -> HeaderMatch:
    """The findings of a wide table, as the one cell that other tables have for them."""
    numbers = sorted({number for group in header.wide for number in group.columns.values()})
    cells = zip(*(table.column(f"c{number}").to_pylist() for number in numbers), strict=True)
    read = partial(conclusion_of, feed_contract)
    verdicts = map_distinct(cleaned["conclusion"], read, pa.string()).to_pylist() if "conclusion" in cleaned else None
    told: dict[tuple[tuple[str | None, ...], bool], str | None] = {}
    found = []
    for k, row in enumerate(cells):
        key = (row, verdicts is not None and verdicts[k] == "nonconforming")
        if key not in told:
            told[key] = told_by_groups(feed_contract, header.wide, dict(zip(numbers, row, strict=True)), key[1])
        found.append(told[key])
    raw["findings_text"] = pa.array(found, pa.string())
    cleaned["findings_text"] = clean_column(raw["findings_text"], feed_contract.missing_marks, keeps_lines=True)
    return replace(header, columns=header.columns | {"findings_text": numbers[0]})


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
