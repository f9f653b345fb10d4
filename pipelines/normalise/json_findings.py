"""Findings that a sender nests in JSON: lists of objects or strings, objects of item → value. Nothing is left out."""

from __future__ import annotations

import json
from functools import cache
from typing import Any

from pipelines.normalise.text import normal_header
from warehouse.contract import contract, feeds

__all__ = ["json_entries"]

# Beside the contracts' spellings of the columns finding_<part>; within a finding these can mean nothing else.
_NAMES = {
    "item": ("item", "name", "项目", "项目名称", "检验项目", "检测项目", "名称", "指标"),
    "value": ("value", "value_text", "result", "结果", "数值", "值"),
    "limit": ("limit", "limit_text", "标准", "限量", "要求"),
    "unit": ("unit",),
    "standard": ("standard", "依据", "标准号"),
}


def json_entries(text: str) -> list[str | dict[str, str | None]] | None:
    """What a cell lists when it is JSON, each entry a text or parts by name with `raw`; None when it is no JSON."""
    if text[:1] not in ("[", "{"):
        return None
    try:
        told = json.loads(text, parse_float=str, parse_int=str)
    except json.JSONDecodeError:
        return None
    return [entry for each in (told if isinstance(told, list) else [told]) for entry in _entries(each)]


def _entries(told: Any) -> list[str | dict[str, str | None]]:
    if not isinstance(told, dict):
        return [] if told is None else [_text(told)]
    known = {key: part for key in told if (part := _parts().get(normal_header(key).lower()))}
    if not known:  # an object of item → value
        return [entry for item, value in told.items() for entry in _named(item, value)]
    parts: dict[str, str | None] = {"raw": _text(told)}
    for key, part in known.items():
        if told[key] is not None and part not in parts:
            parts[part] = _text(told[key])
    if "item" not in parts:
        if len(parts) == 1:
            return []
        parts["item"] = "，".join(f"{key}：{_text(value)}" for key, value in told.items() if value is not None)
    return [parts]


def _named(item: str, value: Any) -> list[str | dict[str, str | None]]:
    """The entry of an item that is the key of its value, or of an object with its value and limit."""
    if isinstance(value, dict) and "item" not in {_parts().get(normal_header(key).lower()) for key in value}:
        return _entries({"item": item, **value})
    if isinstance(value, list) and any(isinstance(each, dict) for each in value):  # {"items": [{…}, {…}]}
        return [entry for each in value for entry in _entries(each)]
    return [{"item": item, "value": None if value is None else _text(value), "raw": _text({item: value})}]


def _text(told: Any) -> str:
    return told if isinstance(told, str) else json.dumps(told, ensure_ascii=False)


@cache
def _parts() -> dict[str, str]:
    """Every spelling of a part of a finding; the part that a feed's contract gives it holds."""
    spelt = {normal_header(name).lower(): part for part, names in _NAMES.items() for name in names}
    for feed in feeds():
        for column in contract(feed).columns:
            part = column.name.removeprefix("finding_")
            if part in _NAMES and part != column.name:
                spelt |= {normal_header(name).lower(): part for name in (column.name, *column.aliases)}
    return spelt
