"""JSON and JSON Lines in the child process: objects become rows; what two readers might take differently is refused."""

from __future__ import annotations

import json
from typing import Any

import pyarrow as pa

from pipelines.readers import Refused, json_cell, table_of

__all__ = ["table_of_json"]

_LIST_KEYS = ("items", "data", "rows")
# Objects and constants that JSON has no place for, each with what is wrong with it.
Wrongs = list[tuple[object, str]]


def table_of_json(text: str, request: dict[str, Any]) -> pa.Table:
    """Row 0 holds the keys; an object's row is its place in the list or its line. Raises Refused."""
    try:
        return _table_of_objects(_objects(text), request)
    except json.JSONDecodeError as error:
        raise _refused_text(error) from error
    except RecursionError as error:
        raise Refused("RD-007", "嵌套过深 nested too deeply") from error


def _refused_text(error: json.JSONDecodeError) -> Refused:
    place = f"第 {error.lineno} 行第 {error.colno} 个字符 line {error.lineno}, character {error.colno}"
    return Refused("RD-007", f"{place}: {error.msg}", row=error.lineno)


def _table_of_objects(objects: list[tuple[int, Any]], request: dict[str, Any]) -> pa.Table:
    keys: dict[str, None] = {}
    for number, entry in objects:
        if not isinstance(entry, dict):
            raise Refused("RD-007", f"第 {number} 项不是对象 item {number} is no object", row=number)
        keys.update(dict.fromkeys(entry))
        if len(keys) > request["max_columns"]:
            raise Refused("RD-006", f"> {request['max_columns']} 列 columns", row=number)
    if not keys:
        raise Refused("HD-004")
    rows: list[list[str | None]] = [list(keys)]
    rows.extend([json_cell(entry.get(key)) for key in keys] for _, entry in objects)
    try:
        return table_of(rows, [0, *(number for number, _ in objects)])
    except UnicodeEncodeError as error:
        raise _half_character(objects) from error


def _half_character(objects: list[tuple[int, Any]]) -> Refused:
    for number, entry in objects:
        try:
            json.dumps(entry, ensure_ascii=False).encode()
        except UnicodeEncodeError as error:
            half = f"\\u{ord(error.object[error.start]):04x}"
            return Refused("RD-007", f"第 {number} 项有半个字符 item {number} has half a character, {half}", row=number)
    return Refused("RD-007", "半个字符 half a character")


def _objects(text: str) -> list[tuple[int, Any]]:
    try:
        whole, wrongs = _loads(text)
    except json.JSONDecodeError:
        if text.lstrip()[:1] == "[" or text.lstrip().split("\n", 1)[0].strip() == "{":
            raise
        return [(number, _line(number, line)) for number, line in enumerate(text.split("\n"), 1) if line.strip()]
    objects = list(enumerate(_listed(whole), start=1))
    for wrong, said in wrongs:
        number = next((number for number, entry in objects if _holds(entry, wrong)), None)
        raise Refused("RD-007", said if number is None else f"第 {number} 项 item {number}: {said}", row=number)
    return objects


def _listed(whole: Any) -> list[Any]:
    if isinstance(whole, list):
        return whole
    for key in _LIST_KEYS:
        if isinstance(whole.get(key), list):
            found: list[Any] = whole[key]
            return found
    return [whole]


def _holds(value: Any, wrong: object) -> bool:
    if value is wrong:
        return True
    inside = value.values() if isinstance(value, dict) else value if isinstance(value, list) else ()
    return any(_holds(each, wrong) for each in inside)


def _line(number: int, line: str) -> Any:
    try:
        value, wrongs = _loads(line)
    except json.JSONDecodeError as error:
        raise Refused("RD-007", f"第 {number} 行 line {number}: {error.msg}", row=number) from error
    for _, said in wrongs:
        raise Refused("RD-007", f"第 {number} 行 line {number}: {said}", row=number)
    return value


def _loads(text: str) -> tuple[Any, Wrongs]:
    """JSON whose numbers stay as written: 0.50 is no 0.5, and a code of twenty digits no float.

    Python would let the last of two equal keys win, and take NaN for a number; both are noted as wrong.
    """
    wrongs: Wrongs = []

    def constant(name: str) -> object:
        value = [name]
        wrongs.append((value, f"{name} 不是 JSON 的值，空值写 null {name} is no value of JSON: write null"))
        return value

    def pairs(found: list[tuple[str, Any]]) -> dict[str, Any]:
        value = dict(found)
        if len(value) < len(found):
            names = [name for name, _ in found]
            twice = next(name for k, name in enumerate(names) if name in names[:k])
            wrongs.append((value, f"“{twice}”出现两次 “{twice}” occurs twice"))
        return value

    whole = json.loads(text, parse_float=str, parse_int=str, parse_constant=constant, object_pairs_hook=pairs)
    return whole, wrongs
