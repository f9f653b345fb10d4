"""Taking a release back: an earlier one serves again, and automatic publication rests so that it stays so.

Nothing is unpublished: the release that was taken back stays readable under its id, and its warnings' events stay in
the lake. The next publication continues those that still hold and withdraws the others, with the reason.
"""

from __future__ import annotations

import json
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta

from pipelines import shelf
from pipelines.artefacts import check_readable
from warehouse.archive import write_atomically
from warehouse.errors import InfrastructureError, UserError
from warehouse.release import (
    Hold,
    altered_files,
    current_release_id,
    hold_path,
    list_releases,
    pointer_text,
    read_if_whole,
    release_before,
    standing_hold,
)
from warehouse.settings import Settings

__all__ = ["HOLD_HOURS", "RolledBack", "roll_back"]

# Long enough to find out by daylight what was wrong, short enough that a forgotten one doesn't stop warnings for days.
HOLD_HOURS = 24.0


@dataclass(frozen=True)
class RolledBack:
    """What serves now and what served before; hold: None when the newest release serves again."""

    release_id: str
    before: str
    hold: Hold | None


def roll_back(
    settings: Settings,
    release_id: str | None = None,
    *,
    held_by: str,
    reason: str | None = None,
    hours: float = HOLD_HOURS,
) -> RolledBack:
    """Let another release serve, by default the one that served before the current one; where that, or the current
    one, can't be read, the nearest one before it that can.

    Going to the newest release ends the hold; going to any other begins one of so many hours. Raises UserError when
    there is no such release or it serves already, InfrastructureError when its files are not what was published: then
    nothing changes.
    """
    with shelf.alone(settings):
        shelf.settle(settings)
        # A pointer that names no release is written anew by naming one; what it names was served before.
        before = current_release_id(settings) if release_id is None else pointer_text(settings)
        if before is None:
            raise UserError("尚无发布 there is no release yet; run choucha publish")
        target = _checked(settings, release_id or _readable_before(settings, before), before)
        if target != list_releases(settings)[-1]:
            _hold(settings, target, before, held_by=held_by, reason=reason, hours=hours)
        shelf.serve_again(settings, target)
        hold = standing_hold(settings)
        if hold is None:
            hold_path(settings).unlink(missing_ok=True)
        _note(settings, target, before, held_by=held_by, reason=reason)
        return RolledBack(target, before, hold)


def _readable_before(settings: Settings, release_id: str) -> str | None:
    before = release_before(settings, release_id)
    while before is not None and read_if_whole(settings, before) is None:
        before = release_before(settings, before)
    return before


def _checked(settings: Settings, target: str | None, before: str) -> str:
    if target is None:
        raise UserError(f"{before} 是首次发布，之前没有可回退的 is the first release; there is none before it")
    if target not in list_releases(settings):
        raise UserError(f"没有发布 there is no release {target}; see choucha releases list")
    if target == before:
        raise UserError(f"{target} 已是现行发布 serves already; see choucha releases list")
    if altered := altered_files(settings, target):
        raise InfrastructureError(
            f"{target}: {', '.join(altered)} 与发布时不符，不能回退到它 is not what was published; {before} serves on. "
            "Choose another one (choucha releases list), or restore the folder from a backup"
        )
    check_readable(settings, settings.releases / target)
    return target


def _hold(settings: Settings, target: str, before: str, *, held_by: str, reason: str | None, hours: float) -> None:
    now = datetime.now(UTC).replace(microsecond=0)
    hold = Hold(target, before, now, now + timedelta(hours=hours), held_by, reason)
    text = json.dumps(asdict(hold), default=datetime.isoformat, ensure_ascii=False, indent=2)
    write_atomically(hold_path(settings), text.encode())


def _note(settings: Settings, target: str, before: str, *, held_by: str, reason: str | None) -> None:
    """Keep who did what, and why, for good: the hold goes with the next publication."""
    entry = {"at": datetime.now(UTC).isoformat(), "by": held_by, "from": before, "to": target, "reason": reason}
    with (settings.releases / "rollbacks.jsonl").open("a", encoding="utf-8") as file:
        file.write(f"{json.dumps(entry, ensure_ascii=False)}\n")
