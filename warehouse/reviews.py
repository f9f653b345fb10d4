"""What the office decides on warnings: found in the latest release, said in a file that goes into landing.

A decision takes effect when the file has been taken in like any other, and so it survives a rebuild.
"""

from __future__ import annotations

import hashlib
import json
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any, Literal, get_args

from warehouse.connect import connect
from warehouse.errors import UserError
from warehouse.landing import drop
from warehouse.release import list_releases, release_path
from warehouse.settings import Settings

__all__ = ["ACTIONS", "Action", "Decision", "ReviewError", "Subject", "decide", "find_subject", "waiting_warnings"]

Action = Literal["approve", "edit", "hold", "withdraw"]
ACTIONS: tuple[Action, ...] = get_args(Action)
_LONGEST = 2_000


class ReviewError(UserError):
    """What can't be decided; `zh` and `en` say why. is_unknown: there is no such warning."""

    def __init__(self, zh: str, en: str, *, is_unknown: bool = False) -> None:
        super().__init__(f"{zh} {en}")
        self.zh, self.en, self.is_unknown = zh, en, is_unknown


@dataclass(frozen=True)
class Subject:
    """A warning that may be decided on: public, or waiting (state ready) under the id that it would get."""

    warning_id: str
    feed: str
    state: str
    headline_zh: str | None
    sample_keys: tuple[str, ...]


@dataclass(frozen=True)
class Decision:
    """What somebody decided, and why. The advice is what an edit puts in its place; reason_en may be left out."""

    action: Action
    decided_by: str
    decided_at: datetime
    reason: str | None = None
    reason_en: str | None = None
    advice_zh: str | None = None
    advice_en: str | None = None


def find_subject(settings: Settings, warning_id: str) -> Subject:
    """A warning by its id, with all samples that it tells of or would. Raises UserError.

    Asks the newest release, also while it is taken back: what was wrong in it can be decided before the next one.
    """
    rows = _rows(
        settings,
        "SELECT feed, state, headline_zh, sample_keys FROM ("
        " SELECT w.feed, w.state, w.headline_zh, v.sample_keys, 1 AS place FROM mart_warnings w"
        " JOIN mart_warning_versions v ON v.warning_id = w.warning_id AND v.version = w.version"
        " WHERE w.warning_id = $warning_id"
        " UNION ALL SELECT feed, 'ready', first(headline_zh), list(sample_key ORDER BY sample_key), 0"
        " FROM mart_warning_candidates WHERE warning_id = $warning_id GROUP BY feed"
        ") ORDER BY place",
        {"warning_id": warning_id},
    )
    if not rows:
        raise ReviewError(
            f"没有消费提示 {warning_id}，公布的和待审的都没有；见 choucha review list --all",
            f"there is no warning {warning_id}, neither public nor waiting; see choucha review list --all",
            is_unknown=True,
        )
    keys = dict.fromkeys(key for row in rows for key in row[3])
    return Subject(warning_id, rows[0][0], rows[0][1], rows[0][2], tuple(keys))


def waiting_warnings(settings: Settings, *, shows_all: bool = False) -> list[dict[str, Any]]:
    """Warnings that wait for a decision, oldest first; with shows_all also those that the public reads."""
    names = ("warning_id", "feed", "state", "reason", "n_samples", "headline_zh", "advice_zh", "decided_by")
    rows = _rows(
        settings,
        "SELECT warning_id, feed, 'ready', first(reason_zh), count(*), first(headline_zh), first(advice_zh),"
        " first(decided_by) FROM mart_warning_candidates WHERE warning_id IS NOT NULL GROUP BY warning_id, feed"
        " UNION ALL SELECT warning_id, feed, state, reason_zh, n_samples, headline_zh, advice_zh, NULL"
        " FROM mart_warnings WHERE $shows_all"
        " ORDER BY ALL",
        {"shows_all": shows_all},
    )
    return [dict(zip(names, row, strict=True)) for row in rows]


def decide(settings: Settings, subject: Subject, decision: Decision) -> Path:
    """Put a decision into landing; returns where it lies. Raises UserError for one that says too little or too much."""
    _check(decision)
    said = {
        "kind": f"warning_{decision.action}",
        "feed": subject.feed,
        "subject": subject.warning_id,
        "samples": list(subject.sample_keys),
        "decided_by": decision.decided_by,
        "decided_at": decision.decided_at.isoformat(),
    }
    optional = ("reason", "reason_en", "advice_zh", "advice_en")
    said |= {name: value for name in optional if (value := getattr(decision, name))}
    content = json.dumps(said, ensure_ascii=False).encode()
    name = f"{said['kind']}-{subject.warning_id}-{hashlib.sha256(content).hexdigest()[:10]}.json"
    return drop(settings, "dispositions", name, content)


def _check(decision: Decision) -> None:
    if decision.action not in ACTIONS:
        raise ReviewError(
            f"没有这种决定：{decision.action}，可用：{'、'.join(ACTIONS)}",
            f"{decision.action}: no such decision; there are: {', '.join(ACTIONS)}",
        )
    if decision.action in ("hold", "withdraw") and not (decision.reason or "").strip():
        raise ReviewError(
            f"{decision.action} 须说明理由",
            f"{decision.action} needs a reason: the record keeps it, and a withdrawal tells it",
        )
    has_advice = bool((decision.advice_zh or decision.advice_en or "").strip())
    if (decision.action == "edit") != has_advice:
        raise ReviewError(
            "edit 须给出消费建议（advice_zh、advice_en），其他决定不得给出",
            "an edit, and nothing else, gives advice_zh or advice_en",
        )
    for name in ("reason", "reason_en", "advice_zh", "advice_en"):
        if len(getattr(decision, name) or "") > _LONGEST:
            raise ReviewError(
                f"{name} 过长，最多 {_LONGEST} 个字符", f"{name} is too long; at most {_LONGEST} characters"
            )


def _rows(settings: Settings, query: str, parameters: dict[str, object]) -> list[tuple[Any, ...]]:
    released = list_releases(settings)
    if not released:
        raise ReviewError("尚无发布，请先运行 choucha publish", "there is no release yet; run choucha publish")
    with connect(settings, release_path(settings, released[-1], "office"), read_only=True) as connection:
        return [tuple(row) for row in connection.execute(query, parameters).fetchall()]
