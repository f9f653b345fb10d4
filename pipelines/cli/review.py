"""Commands of whoever reviews warnings before and after the public reads them."""

from __future__ import annotations

import getpass
from datetime import UTC, datetime
from typing import Any

import click

from pipelines.cli.home import existing_home
from pipelines.cli.printing import json_option, print_json, print_table, say
from pipelines.cli.words import SAYING
from warehouse.reviews import Action, Decision, decide, find_subject, waiting_warnings

__all__ = ["review"]

_DONE: dict[Action, str] = {
    "approve": "同意发布 approved",
    "edit": "修改消费建议 advice edited",
    "hold": "暂缓 held",
    "withdraw": "撤回 withdrawn",
}


@click.group()
def review() -> None:
    """审核 Warnings that wait for the office, and decisions on them.

    A feed waits when its `review` in warehouse/reference/warning_policies.csv says review; any warning may be held or
    withdrawn.
    """


@review.command("list")
@click.option("--all", "shows_all", is_flag=True, help="Also what the public reads already.")
@json_option
def review_list(shows_all: bool, as_json: bool) -> None:
    """列出 Warnings that are ready and wait."""
    found = waiting_warnings(existing_home(), shows_all=shows_all)
    names = ["warning_id", "feed", "state", "n_samples", "reason", "headline_zh", "advice_zh", "decided_by"]
    print_table(names, [tuple(row[name] for name in names) for row in found], json_lines=as_json)
    if not found and not as_json:
        say("没有待审核的消费提示。 Nothing waits.")


@review.command("approve")
@click.argument("warning_id", metavar="ID", type=SAYING)
@click.option("--reason", help="Why, for the record.")
@json_option
def review_approve(warning_id: str, reason: str | None, as_json: bool) -> None:
    """同意 Let ID be issued; also what is held, or only history (archived)."""
    _decide(warning_id, "approve", as_json, reason=reason)


@review.command("edit")
@click.argument("warning_id", metavar="ID", type=SAYING)
@click.option("--advice-zh", help="What a shopper should do, in Chinese.")
@click.option("--advice-en", help="The same in English.")
@click.option("--reason", help="Why, for the record.")
@json_option
def review_edit(
    warning_id: str, advice_zh: str | None, advice_en: str | None, reason: str | None, as_json: bool
) -> None:
    """修改 Replace the advice of ID; one that waits goes on waiting."""
    _decide(warning_id, "edit", as_json, advice_zh=advice_zh, advice_en=advice_en, reason=reason)


@review.command("hold")
@click.argument("warning_id", metavar="ID", type=SAYING)
@click.option("--reason", required=True, help="Why; told in public when ID is public.")
@click.option("--reason-en", help="The same in English.")
@json_option
def review_hold(warning_id: str, reason: str, reason_en: str | None, as_json: bool) -> None:
    """暂缓 Keep ID back until it is approved; one that is public is withdrawn meanwhile, with the reason."""
    _decide(warning_id, "hold", as_json, reason=reason, reason_en=reason_en)


@review.command("withdraw")
@click.argument("warning_id", metavar="ID", type=SAYING)
@click.option("--reason", required=True, help="Why; told in public when ID is public.")
@click.option("--reason-en", help="The same in English.")
@json_option
def review_withdraw(warning_id: str, reason: str, reason_en: str | None, as_json: bool) -> None:
    """撤回 Withdraw ID; one that was not public never will be. Approving it takes this back."""
    _decide(warning_id, "withdraw", as_json, reason=reason, reason_en=reason_en)


def _decide(warning_id: str, action: Action, as_json: bool, **said: Any) -> None:
    settings = existing_home()
    subject = find_subject(settings, warning_id)
    decision = Decision(action, getpass.getuser(), datetime.now(UTC), **said)
    target = decide(settings, subject, decision)
    if as_json:
        told = {"warning_id": warning_id, "action": action, "n_samples": len(subject.sample_keys)}
        print_json(told | {"state": subject.state, "landed": str(target)})
        return
    about = f"{len(subject.sample_keys)} 批次 samples，{subject.state}"
    say(f"{warning_id}: {_DONE[action]}（{about}）{subject.headline_zh or ''}")
    say("决定已入收件区，下次 choucha run 生效。 The decision is in landing; choucha run takes it in.")
