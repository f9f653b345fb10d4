"""The record of one warning: its current version and all before, also while the release that told it is taken back.

What a release said that was taken back for review comes down at once, since it may name somebody wrongly; its ids stay
known, as withdrawn for that reason, until the next release lists them again or as withdrawn.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass
from datetime import date
from typing import Any

import pyarrow as pa
from fastapi import Request
from starlette.concurrency import run_in_threadpool

from api.problems import Problem, Text
from api.release_reader import OPENING_ERRORS, OpenRelease
from api.tables import Page, page_in, read_page, read_rows
from warehouse.release import list_releases
from warehouse.warning_policy import reasons

__all__ = ["NO_FILTER", "WarningRecord", "as_told", "differences", "find_version", "later_release", "withheld"]

NO_FILTER: dict[str, Any] = dict.fromkeys(
    ("feed", "prefecture", "category", "hazard", "quarter", "issued_from", "issued_to", "states")
)
"""The filters of `warnings.sql`, none of them asked for."""
_ALL = 100_000
_HEADLINE = Text("所在发布正在复核的消费提示", "A warning whose release is being reviewed")
# What a warning that is taken back still says: nothing of whom and what it was about.
_STILL_TOLD = (
    "warning_id", "version", "feed", "province_code", "prefecture_code", "prefecture_name", "category_code",
    "category_name", "hazard_code", "hazard_name_zh", "hazard_name_en", "sampling_type", "quarter", "n_samples",
    "issued_on", "page",
)  # fmt: skip


@asynccontextmanager
async def later_release(request: Request, release: OpenRelease) -> AsyncIterator[OpenRelease | None]:
    """The newest release that was taken back, open until the block ends; None while the newest one serves."""
    released = await run_in_threadpool(list_releases, request.app.state.settings)
    serves = request.scope["state"].get("vintage") is None
    if not (serves and released and released[-1] > release.info.release_id):
        yield None
        return
    try:
        later = await request.app.state.shelf.lease(released[-1], release.info.artefact)
    except OPENING_ERRORS:  # it is no part of what serves: the answer goes without it
        yield None
        return
    try:
        yield later
    finally:
        request.app.state.shelf.give_back(later)


@dataclass(frozen=True)
class WarningRecord:
    """One id as the release that serves tells it, and as a later one did that was taken back."""

    release: OpenRelease
    later: OpenRelease | None
    warning_id: str

    def current(self) -> dict[str, Any]:
        """The current version; as withdrawn where only a release that was taken back told it. Raises Problem."""
        if found := _row(self.release, self.warning_id):
            return found
        if self.later is None or not (gone := _row(self.later, self.warning_id)):
            raise _unknown(self.warning_id)
        return withheld(gone)

    def versions(self) -> pa.Table:
        """All versions with their content, the newest first. Raises Problem for an id that never was."""
        source = self.later or self.release
        page = read_page(source, "warning_versions", {"warning_id": self.warning_id}, n_rows=_ALL)
        if not page.total:
            raise _unknown(self.warning_id)
        rows = page.rows.to_pylist()
        for row in rows:
            row["is_taken_back"] = row["release_id"] > self.release.info.release_id
            if row["is_taken_back"]:
                row |= {"content": None, "headline_zh": None, "headline_en": None}
        schema = page.rows.schema.append(pa.field("is_taken_back", pa.bool_()))
        return pa.Table.from_pylist(rows, schema)

    def page(self, n_rows: int, after: str | None) -> Page:
        """A page of the versions without their content."""
        return page_in(self.versions().drop_columns(["content"]), n_rows=n_rows, after=after)


def withheld(row: dict[str, Any]) -> dict[str, Any]:
    """A warning as withdrawn because its release is taken back: its id, and nothing of whom and what it was about."""
    reason = reasons()["taken_back"]
    told: dict[str, Any] = {name: row[name] if name in _STILL_TOLD else None for name in row}
    return told | {
        "state": "withdrawn",
        "reason_zh": reason.reason_zh,
        "reason_en": reason.reason_en,
        "headline_zh": _HEADLINE.zh,
        "headline_en": _HEADLINE.en,
    }


def as_told(latest: dict[str, Any], version: dict[str, Any]) -> dict[str, Any]:
    """A version as a row of its time: the content of then beside what is for ever (the id, the day of its issue)."""
    if version["content"] is None:
        return withheld(latest) | {"version": version["version"]}
    content: dict[str, Any] = version["content"]
    for sample in content.get("samples") or ():
        sample["concluded_on"] = sample["concluded_on"] and date.fromisoformat(sample["concluded_on"])
    states = {name: version[name] for name in ("version", "state", "reason_zh", "reason_en")}
    return withheld(latest) | content | states


def find_version(record: WarningRecord, version: int) -> dict[str, Any]:
    """One version with its content as it was told. Raises Problem where there is no such version."""
    rows = record.versions().to_pylist()
    found: dict[str, Any] | None = next((row for row in rows if row["version"] == version), None)
    if found is None:
        known = f"1–{rows[0]['version']}"
        text = Text(
            f"消费提示 {record.warning_id} 没有第 {version} 版，只有 {known}。",
            f"Warning {record.warning_id} has no version {version}; it has {known}.",
        )
        raise Problem("not-found", text)
    return found | {"content": found["content"] and json.loads(found["content"])}


def differences(before: dict[str, Any], after: dict[str, Any]) -> list[tuple[str, Any, Any]]:
    """What two versions say differently: name, before, after; the state first, then the content in its order."""
    then, now = ({"state": each["state"], **(each["content"] or {})} for each in (before, after))
    names = dict.fromkeys([*then, *now])
    return [(name, then.get(name), now.get(name)) for name in names if then.get(name) != now.get(name)]


def _row(release: OpenRelease, warning_id: str) -> dict[str, Any] | None:
    found = read_rows(release, "warnings", NO_FILTER | {"warning_id": warning_id, "words": []}, n_rows=1)
    return found[0] if found else None


def _unknown(warning_id: str) -> Problem:
    text = Text(
        f"没有编号为 {warning_id} 的消费提示，请核对；发布过的编号不会消失。",
        f"There is no warning {warning_id}, and there never was; ids that were issued do not vanish.",
    )
    return Problem("not-found", text)
