"""What docs/reference/rules.md says of the rules about rows, made of the rules; `make docs` writes the page."""

from __future__ import annotations

from collections.abc import Iterable

from expectations.rule import EVERY_FEED, Rule
from expectations.rules import RULES

__all__ = ["rules_page"]

_HEAD = """\
# Rules 校验规则

What Great Expectations checks in each batch. The page is written from the rules (`expectations/`); a test compares the
two. `{column}` stands for the sender's own spelling of the column, `{found}` for what stood in the cell. A rule's id
never changes and is never given to another rule.

A row that breaks several rules is quarantined under the first of them in the order of this page; one quarantined row
takes its whole sample along.
"""

_ACTIONS = {
    "reject_file": (
        "Reject the file 整份退回",
        "Nothing of the file is taken in; it is kept, with a receipt that says why.",
    ),
    "quarantine_row": ("Quarantine the row 隔离该行", "The row enters no figure until it is corrected or replayed."),
    "flag_row": ("Flag the row 标记该行", "The row counts, and carries the rule's id."),
}


def rules_page() -> str:
    """The page's part in Markdown."""
    return "\n".join([_HEAD, *(line for action in _ACTIONS for line in _section(action))])


def _section(action: str) -> Iterable[str]:
    title, meaning = _ACTIONS[action]
    yield from (f"## {title}", "", meaning, "", "| id | feeds | columns | sentence 说明 |", "|---|---|---|---|")
    yield from (_line(rule) for rule in RULES if rule.action == action)
    yield ""


def _line(rule: Rule) -> str:
    columns = ", ".join(f"`{column}`" for column in rule.columns) or "–"
    feeds = "all" if rule.feeds == EVERY_FEED else ", ".join(rule.feeds)
    return f"| {rule.id} | {feeds} | {columns} | {rule.zh}<br>{rule.en} |"
