"""The command that publishes, and what it says of a publication."""

from __future__ import annotations

from dataclasses import asdict
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import click

from pipelines.cli.home import existing_home
from pipelines.cli.printing import json_option, print_json, say
from warehouse.errors import UserError
from warehouse.settings import Settings

if TYPE_CHECKING:
    from warehouse.release import Hold

__all__ = ["hold_sentence", "instant", "print_published", "publish"]


@click.command()
@click.option("--as-of", help="Instant as of which results are final or provisional, e.g. 2026-07-01T00:00:00+08:00.")
@click.option("--resume", is_flag=True, help="Publish although a release was taken back; this ends the hold.")
@click.option(
    "--issue-archived", is_flag=True, help="Issue warnings that are only history: results old when they came."
)
@json_option
def publish(as_of: str | None, resume: bool, issue_archived: bool, as_json: bool) -> None:
    """发布 Build what changed and publish a verified release; says so when nothing changed.

    After a rollback nothing is published until the hold ends: see choucha status.
    """
    from pipelines.publish import publish as publish_release  # noqa: PLC0415

    settings = existing_home()
    release_id = publish_release(settings, as_of=instant(as_of), resume=resume, issue_archived=issue_archived)
    print_published(settings, release_id, as_json=as_json)


def print_published(settings: Settings, release_id: str | None, *, as_json: bool, n_files: int | None = None) -> None:
    """What a publication came to, and why there is none."""
    from warehouse.release import standing_hold  # noqa: PLC0415

    hold = standing_hold(settings)
    if as_json:
        told: dict[str, object] = {"release_id": release_id}
        told |= {} if n_files is None else {"n_files": n_files}
        print_json(told | ({} if hold is None else {"hold": asdict(hold)}))
    elif hold is not None:
        say(hold_sentence(hold))
    elif release_id is None:
        say("无新内容，未生成新发布。 Nothing new; the current release stands.")
    else:
        say(f"已发布 published: {release_id}")


def hold_sentence(hold: Hold) -> str:
    """Who holds publication back, until when, and how it ends."""
    why = f"（{hold.reason}）" if hold.reason else ""
    return (
        f"已回退，自动发布暂停：{hold.held_by} 于 {hold.held_at:%Y-%m-%d %H:%M} UTC 收回 {hold.taken_back}{why}。\n"
        f"Rolled back: {hold.release_id} serves, automatic publication is held until {hold.until:%Y-%m-%d %H:%M} UTC; "
        "then the next new file is published with everything else in the lake. "
        "choucha publish --resume ends the hold at once."
    )


def instant(text: str | None) -> datetime | None:
    """The instant that an option gives; UTC where it names no zone. Raises UserError."""
    if text is None:
        return None
    try:
        moment = datetime.fromisoformat(text)
    except ValueError as error:
        raise UserError(f"--as-of {text!r}: write an instant such as 2026-07-01T00:00:00+08:00") from error
    return moment if moment.tzinfo else moment.replace(tzinfo=UTC)
