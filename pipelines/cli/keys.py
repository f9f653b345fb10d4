"""Commands on the keys of the office's interface: giving one out, listing them, ending one at once."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime, timedelta

import click

from pipelines.cli.home import existing_folder, existing_home
from pipelines.cli.printing import json_option, print_json, print_table, say
from pipelines.cli.words import SAYING
from warehouse.keys import SCOPES, Key, add_key, list_keys, revoke_key

__all__ = ["keys"]

_SHOWN = ("key_id", "name", "scopes", "created_at", "created_by", "expires_at", "revoked_at")


@click.group()
def keys() -> None:
    """密钥 Keys of the office's interface: `Authorization: Bearer <key>`."""


@keys.command("add")
@click.argument("name", type=SAYING)
@click.option(
    "--scope",
    "scopes",
    type=click.Choice(tuple(SCOPES)),
    multiple=True,
    required=True,
    help="What it is allowed; may be given several times.",
)
@click.option(
    "--days", type=click.IntRange(min=1, max=36_500), help="How long it lasts (default: until it is revoked)."
)
@json_option
def keys_add(name: str, scopes: tuple[str, ...], days: int | None, as_json: bool) -> None:
    """新建 Make a key for NAME, a person or a system; it is shown this once and kept nowhere, only its hash is."""
    now = datetime.now(UTC).replace(microsecond=0)
    ends = None if days is None else now + timedelta(days=days)
    text, key = add_key(existing_folder(), name, scopes, now=now, created_by=getpass.getuser(), expires_at=ends)
    if as_json:
        print_json({"key": text, **_shown(key, now)})
        return
    say(text)
    click.echo(
        "此密钥只显示这一次，请立即妥善保存；遗失就撤销后另发。\n"
        "This key is shown this once; keep it safe. A lost one is revoked and replaced.",
        err=True,
    )


@keys.command("list")
@json_option
def keys_list(as_json: bool) -> None:
    """列出 All keys that were ever made, with what they may do and whether they stand; never the keys themselves."""
    now = datetime.now(UTC)
    rows = [_shown(key, now) for key in list_keys(existing_home())]
    if as_json:
        for row in rows:
            print_json(row)
        return
    lines = [tuple({**row, "scopes": " ".join(row["scopes"])}.values()) for row in rows]  # type: ignore[arg-type]
    print_table(["state", *_SHOWN], lines, json_lines=False)


@keys.command("revoke")
@click.argument("key", type=SAYING)
@json_option
def keys_revoke(key: str, as_json: bool) -> None:
    """撤销 End KEY (its id or name): the next request with it is refused."""
    now = datetime.now(UTC).replace(microsecond=0)
    revoked = revoke_key(existing_home(), key, now=now)
    if as_json:
        print_json(_shown(revoked, now))
    else:
        say(f"已撤销 revoked: {revoked.key_id} {revoked.name}")


def _shown(key: Key, now: datetime) -> dict[str, object]:
    return {"state": key.state_at(now), **{name: getattr(key, name) for name in _SHOWN}}
