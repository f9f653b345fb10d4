"""Finding the header of a sheet, which may take several rows, and which contract column stands where."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, replace

import pyarrow.compute as pc

from pipelines.normalise.header_words import (
    column_of,
    column_of_levels,
    findings_order,
    is_ambiguous,
    is_header_like,
    levels_of,
)
from pipelines.normalise.text import normal_header
from pipelines.normalise.wide import WideGroup, wide_groups
from pipelines.read import Merge, Sheet
from warehouse.contract import Contract

__all__ = ["HeaderMatch", "match_header", "titles_above"]

_SEARCHED_ROWS = 40
_MOST_LEVELS = 3
_PLAIN_ORDER = ("item", "value", "limit")

Cells = dict[int, str]


@dataclass(frozen=True)
class HeaderMatch:
    """Where the header stands and what it says.

    row_no: the sheet's own row, the last one of a header of several; columns: contract column → column number from 1;
    titles: column number → header as written, the words of several rows joined; order: the parts of a findings cell,
    in the order that its header names them; rows: the header's rows as written, to know it again at a page break;
    wide: columns that hold the result of one item each; ambiguous: headers that may mean several columns; verdicts:
    further columns of conclusions, which must not contradict the first.
    """

    row_no: int
    columns: dict[str, int]
    titles: dict[int, str]
    order: tuple[str, ...]
    rows: tuple[Mapping[int, str], ...] = ()
    wide: tuple[WideGroup, ...] = field(default=())
    ambiguous: tuple[str, ...] = ()
    verdicts: tuple[int, ...] = ()

    @property
    def first_row_no(self) -> int:
        return self.row_no - max(0, len(self.rows) - 1)


def match_header(
    sheet: Sheet, feed_contract: Contract, declared: dict[str, str] | list[str] | None = None
) -> HeaderMatch | None:
    """The rows among the first ones that name most contract columns; None when none name enough.

    declared is the side-car's `columns`: further spellings (header → contract column), or for a table without
    header the contract columns in order; a header that is there all the same is then no row of data.
    """
    extra = {} if isinstance(declared, list) else declared or {}
    best = _best(sheet, feed_contract, {normal_header(header): column for header, column in extra.items()})
    if isinstance(declared, list):
        return _declared(declared, feed_contract, best)
    if best is None and len(feed_contract.columns_without_header) == sheet.width:
        return _declared(feed_contract.columns_without_header, feed_contract, None)
    return best


def titles_above(sheet: Sheet, header: HeaderMatch) -> list[str]:
    """The cells above the header, in reading order: titles and declarations."""
    above = sheet.table.filter(pc.less(sheet.table.column("row_no"), header.first_row_no))
    return [str(cell) for row in above.to_pylist() for name, cell in row.items() if cell and name != "row_no"]


def _declared(
    names: list[str] | tuple[str, ...], feed_contract: Contract, found: HeaderMatch | None
) -> HeaderMatch | None:
    columns = {name: number for number, name in enumerate(names, start=1) if name in feed_contract.names}
    if not columns:
        return None
    titles = {number: name for number, name in enumerate(names, start=1) if name}
    row_no, rows = (found.row_no, found.rows) if found else (-1, ())
    return HeaderMatch(row_no, columns, titles, findings_order(""), rows)


def _best(sheet: Sheet, feed_contract: Contract, extra: dict[str, str]) -> HeaderMatch | None:
    rows = sheet.table.slice(0, _SEARCHED_ROWS).to_pylist()
    numbers = [row.pop("row_no") for row in rows]
    cells = [{int(name[1:]): str(cell) for name, cell in row.items() if cell is not None} for row in rows]
    known = [_match([row], row_no, feed_contract, extra) for row, row_no in zip(cells, numbers, strict=True)]
    best: HeaderMatch | None = None
    for k, found in enumerate(known):
        for candidate in (
            found,
            *_of_several_rows(k, cells, numbers, merges=sheet.merges, feed_contract=feed_contract, extra=extra),
        ):
            if candidate is not None and (best is None or _is_better(candidate, best)):
                best = candidate
    return _finished(best, feed_contract) if best and _is_enough(best.columns, feed_contract) else None


def _finished(found: HeaderMatch, feed_contract: Contract) -> HeaderMatch:
    """With the groups of a wide table, whose columns then belong to no contract column of their own."""
    wide = wide_groups(feed_contract, found.titles, found.columns)
    taken = {number for group in wide for number in group.columns.values()}
    columns = {name: number for name, number in found.columns.items() if number not in taken}
    doubtful = [
        title
        for number, title in found.titles.items()
        if number not in found.columns.values() and number not in taken and is_ambiguous(feed_contract, title)
    ]
    return replace(found, columns=columns, wide=wide, ambiguous=tuple(dict.fromkeys(doubtful)))


def _is_better(candidate: HeaderMatch, best: HeaderMatch) -> bool:
    """Whether it names more columns; or as many, and no title row stands for a part of it; or it is the same header
    with a row more, whose words may have unmade one column.
    """
    more = len(candidate.columns) - len(best.columns)
    if candidate.row_no == best.row_no:
        return more > 0 or (more == 0 and candidate.first_row_no > best.first_row_no)
    goes_on = candidate.first_row_no == best.first_row_no and candidate.row_no > best.row_no
    return more > 0 or (goes_on and more >= -1)


def _is_enough(columns: Mapping[str, int], feed_contract: Contract) -> bool:
    return len(columns) >= feed_contract.header_needs_at_least and any(
        column in columns for column in feed_contract.header_needs_any_of
    )


def _of_several_rows(
    first: int,
    cells: list[Cells],
    numbers: list[int],
    *,
    merges: tuple[Merge, ...],
    feed_contract: Contract,
    extra: dict[str, str],
) -> list[HeaderMatch]:
    """Headers that begin in this row and go on in the rows below, where these are no data."""
    found = []
    upper = [cells[first]]
    for below in range(first + 1, min(first + _MOST_LEVELS, len(cells))):
        if numbers[below] != numbers[below - 1] + 1:
            break
        upper = [*upper[:-1], _spread(upper[-1], cells[below], numbers[below - 1], merges)]
        if not _goes_below(upper, cells[below], feed_contract.feed):
            break
        upper.append(cells[below])
        match = _match(upper, numbers[below], feed_contract, extra, written=cells[first : below + 1])
        if match is not None:
            found.append(match)
    return found


def _spread(above: Cells, below: Cells, row_no: int, merges: tuple[Merge, ...]) -> Cells:
    """The upper row with each group's title over all its columns: as merged, else over what stands below blanks."""
    spread = dict(above)
    across = [merge for merge in merges if merge.first_row <= row_no <= merge.last_row]
    for merge in across:
        if (title := above.get(merge.first_column)) is not None:
            spread |= dict.fromkeys(range(merge.first_column, merge.last_column + 1), title)
    if any(merge.last_column > merge.first_column for merge in across):
        return spread
    for number in range(1, max(below, default=0) + 1):
        if number not in spread and number in below and number - 1 in spread and number - 1 in below:
            spread[number] = spread[number - 1]
    return spread


def _goes_below(upper: list[Cells], below: Cells, feed: str) -> bool:
    """Whether the row is the lower part of the header above it: it parts a group, and holds nothing like data."""
    above = upper[-1]
    grouped = [number for number, cell in below.items() if above.get(number, cell) != cell]
    parts_a_group = any(
        above.get(number) == above.get(other) for number in grouped for other in below if other != number
    )
    if not parts_a_group:
        return False
    for number, cell in below.items():
        levels = [row[number] for row in upper if number in row and row[number] != cell]
        if number in above and above[number] == cell:
            continue
        if not is_header_like(feed, [*levels, cell]):
            return False
    return True


def _match(
    levels: list[Cells],
    row_no: int,
    feed_contract: Contract,
    extra: dict[str, str],
    written: list[Cells] | None = None,
) -> HeaderMatch | None:
    """What the header says if it stands in these rows; None when it names no column."""
    columns: dict[str, int] = {}
    titles: Cells = {}
    order: tuple[str, ...] = ()
    verdicts: list[int] = []
    for number in sorted(set().union(*levels)):
        words = list(dict.fromkeys(row[number] for row in levels if number in row))
        if len(words) == 1:
            words = list(levels_of(words[0]))
        titles[number] = " ".join(words) if len(levels) > 1 else levels[0][number]
        column = _column(feed_contract.feed, words, extra)
        if column is not None and column not in columns:
            columns[column] = number
            if column == "findings_text":
                order = findings_order(words[-1])
        elif column == "conclusion":
            verdicts.append(number)
    if not columns:
        return None
    return HeaderMatch(
        row_no, columns, titles, order or _PLAIN_ORDER, tuple(written or levels), verdicts=tuple(verdicts)
    )


def _column(feed: str, words: list[str], extra: dict[str, str]) -> str | None:
    if extra and (column := extra.get(normal_header(words[-1])) or extra.get(normal_header("".join(words)))):
        return column
    return column_of(feed, words[0]) if len(words) == 1 else column_of_levels(feed, words)
