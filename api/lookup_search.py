"""What is looked for, and the rows that answer it: recalls and warnings, then conforming samples, or none."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa

from api.known_samples import Reading
from api.lookup_rows import ANSWERS
from api.parameters import LookupQuery
from api.problems import ParameterError, Problem, Text
from api.queries import statement
from api.questions import MAX_WORDS
from api.tables import Page, foreign_cursor
from warehouse.search_text import search_key

__all__ = ["Sought", "found", "sought_of"]

MOST_BATCHES = 20
_LEAST_CHARACTERS = 2
_LINES = {"product": 1, "producer": 2, "batch": 4}
_SAMPLES = "1"
_LARGEST = 2**64 - 1
_BEHIND_A_PRODUCT = re.compile(r"1\|(\d{4}-\d\d-\d\d)\|(\d{1,20})", re.ASCII)
_COLUMNS: dict[str, pa.DataType] = {
    "answer": pa.string(), "says_zh": pa.string(), "says_en": pa.string(), "feed": pa.string(),
    "sampling_type": pa.string(), "product_name": pa.string(), "brand": pa.string(), "producer_name": pa.string(),
    "n_conforming": pa.int64(), "quarters": pa.list_(pa.string()), "latest_on": pa.date32(),
    "batches": pa.list_(pa.string()), "warning_id": pa.string(), "warning_state": pa.string(),
    "headline_zh": pa.string(), "headline_en": pa.string(), "issued_on": pa.date32(), "recall_no": pa.string(),
    "recall_status": pa.string(), "announced_on": pa.date32(), "source_url": pa.string(), "page": pa.string(),
}  # fmt: skip
_SCHEMA = pa.schema(_COLUMNS)


@dataclass(frozen=True)
class Sought:
    """What must occur: conditions of the statements and their parameters."""

    conditions: str
    parameters: dict[str, str]


def sought_of(query: LookupQuery) -> Sought:
    """What a question looks for. Raises Problem where it names nothing, or too little to be looked for."""
    words = [key for key in dict.fromkeys(map(search_key, (query.q or "").split())) if key]
    if len(words) > MAX_WORDS:
        raise _refused("q", query.q, Text(f"检索词最多 {MAX_WORDS} 个", f"at most {MAX_WORDS} words"))
    _require_enough("q", query.q, "".join(words))
    parameters = {f"word_{k}": word for k, word in enumerate(words)}
    conditions = [f"contains(searched, ${name})" for name in parameters]
    for name, line in _LINES.items():
        given = getattr(query, name)
        key = search_key(given or "")
        _require_enough(name, given, key)
        if given is not None:
            parameters[name] = key
            # The lines are taken apart only where it can matter.
            conditions += [f"contains(searched, ${name})", f"contains(split_part(searched, chr(10), {line}), ${name})"]
    if not conditions:
        raise _refused("q", None, Text("请给出 q、product、producer 或 batch", "name q, product, producer or batch"))
    return Sought(" AND ".join(conditions), parameters)


def found(known: Reading, sought: Sought, *, n_rows: int, after: str | None = None) -> Page:
    """The page of answers behind the key `after`, each with the sentence on what it does not mean.

    Raises Problem for a key that no page gave.
    """
    place = _place(after)
    told = known.ask(_text("lookup_told", sought), sought.parameters).to_pylist()
    named = [row for row in told if after is None or row["row_key"] < after]
    n_wanted = n_rows + 1 - len(named)
    counts, n_sampled = _counts(known, sought, place, max(n_wanted, 1))
    counts = counts[: max(n_wanted, 0)]
    rows = [*named, *_products(known, sought, counts)] or ([] if after else [_NOTHING])
    total = max(len(told) + n_sampled, 1)
    next_key = rows[n_rows - 1]["row_key"] if len(rows) > n_rows else None
    return Page(_table(rows[:n_rows]), total, next_key)


_NOWHERE = {"after_on": None, "after_no": None}
_NOTHING = {"answer": "not_sampled", "row_key": "0"}
_Count = tuple[int, int, Any]


def _place(after: str | None) -> dict[str, Any]:
    """Where the products begin that are behind a key; all are behind that of a warning."""
    if after is None or not after.startswith(f"{_SAMPLES}|"):
        return _NOWHERE
    numbered = _BEHIND_A_PRODUCT.fullmatch(after)
    if not numbered or int(numbered[2]) > _LARGEST:
        raise foreign_cursor(after)
    try:
        return {"after_on": date.fromisoformat(numbered[1]), "after_no": int(numbered[2])}
    except ValueError as error:
        raise foreign_cursor(after) from error


def _counts(known: Reading, sought: Sought, place: dict[str, Any], limit: int) -> tuple[list[_Count], int]:
    """The next products by latest conclusion, as (number, samples, date), and how many there are in all."""
    text = _text("lookup_counts", sought)
    rows = known.rows(text, {**sought.parameters, **place, "limit": limit})
    if not rows and place is not _NOWHERE:
        first = known.rows(text, {**sought.parameters, **_NOWHERE, "limit": 1})
        return [], first[0][3] if first else 0
    return [(row[0], row[1], row[2]) for row in rows], rows[0][3] if rows else 0


def _products(known: Reading, sought: Sought, counts: Sequence[_Count]) -> list[dict[str, Any]]:
    if not counts:
        return []
    shown = {**sought.parameters, "shown": [number for number, _, _ in counts]}
    read = known.ask(_text("lookup_products", sought), shown).to_pylist()
    named = {row["product_no"]: row for row in read}
    return [
        {
            **named[number],
            "answer": "sampled_conforming",
            "n_conforming": n_conforming,
            "batches": named[number]["batches"] if len(named[number]["batches"] or ()) <= MOST_BATCHES else None,
            "row_key": f"{_SAMPLES}|{latest_on}|{number}",
        }
        for number, n_conforming, latest_on in counts
    ]


def _table(rows: Sequence[dict[str, Any]]) -> pa.Table:
    told = [row | {"says_zh": ANSWERS[row["answer"]].zh, "says_en": ANSWERS[row["answer"]].en} for row in rows]
    return pa.Table.from_pylist([{name: row.get(name) for name in _COLUMNS} for row in told], _SCHEMA)


def _text(name: str, sought: Sought) -> str:
    """A statement with the conditions in their place; they hold names of parameters alone."""
    return statement(name).replace("{conditions}", sought.conditions)


def _require_enough(name: str, given: str | None, key: str) -> None:
    if given is not None and len(key) < _LEAST_CHARACTERS:
        text = Text(
            f"{name} 至少要有 {_LEAST_CHARACTERS} 个字（空格和标点不算）",
            f"{name} needs at least {_LEAST_CHARACTERS} characters besides blanks and punctuation",
        )
        raise _refused(name, given, text)


def _refused(name: str, given: str | None, text: Text) -> Problem:
    return Problem("invalid-parameter", text, [ParameterError(name, given, text)])
