"""Which feed a sheet belongs to, where it says so itself: a table in another feed's folder is never counted there."""

from __future__ import annotations

import re

import pyarrow.compute as pc

from pipelines.normalise.headers import HeaderMatch, match_header
from pipelines.normalise.text import normal_header
from pipelines.read import Sheet
from warehouse.contract import Contract, contract, feeds

__all__ = ["other_feed"]

# What only one of the feeds that share their columns calls its tables; 食品相关产品 (packaging) are products.
_FOOD = re.compile(r"食品安全|食用农产品|农产品质量安全")
_FOOD_HEADER = re.compile(r"^(?:标称|标示)?食品(?!相关)")
_MARKET = re.compile(r"(?<!农)产品质量(?!安全)")


def other_feed(sheet: Sheet, header: HeaderMatch | None, feed_contract: Contract) -> str | None:
    """The feed that the sheet says it is of, when that is another; `a, b` where two of them know its header.

    Asked are the headers, then title, name and task; what speaks of both, or of neither, stays where it was sent.
    """
    if header is None:
        found = [name for name in feeds() if name != feed_contract.feed and match_header(sheet, contract(name))]
        return ", ".join(found) or None
    if feed_contract.feed not in ("food", "market"):
        return None
    says = _says(sheet, header)
    return None if says == feed_contract.feed else says


def _says(sheet: Sheet, header: HeaderMatch) -> str | None:
    if any(_FOOD_HEADER.match(normal_header(title)) for title in header.titles.values()):
        return "food"
    n_above = max(0, pc.index(sheet.table.column("row_no"), header.row_no).as_py())
    above = sheet.table.slice(0, n_above)
    told = [sheet.name, *(cell for name in above.column_names[1:] for cell in above.column(name).to_pylist() if cell)]
    if "task" in header.columns:
        tasks = sheet.table.column(f"c{header.columns['task']}").slice(n_above + 1)
        told += pc.unique(tasks).drop_null().to_pylist()
    text = normal_header(" ".join(told))
    is_food, is_market = bool(_FOOD.search(text)), bool(_MARKET.search(text))
    if is_food == is_market:
        return None
    return "food" if is_food else "market"
