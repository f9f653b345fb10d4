"""All rules: by feed, by id, in the order in which they decide, and the version that receipts carry."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Iterable, Mapping
from dataclasses import asdict
from types import MappingProxyType

from expectations.construction import CONSTRUCTION_RULES
from expectations.dispositions import DISPOSITION_RULES
from expectations.figures import FIGURE_RULES
from expectations.food import FOOD_RULES
from expectations.market import MARKET_RULES
from expectations.recalls import RECALL_RULES
from expectations.rule import Action, Rule, Sentences

__all__ = [
    "RULES",
    "RULES_VERSION",
    "Rule",
    "Sentences",
    "rule",
    "rules_of",
    "severity",
    "version_of",
]

_OF_FEED: Mapping[str, tuple[Rule, ...]] = MappingProxyType(
    {
        "market": MARKET_RULES,
        "food": FOOD_RULES,
        "construction": CONSTRUCTION_RULES,
        "figures": FIGURE_RULES,
        "recalls": RECALL_RULES,
        "dispositions": DISPOSITION_RULES,
    }
)
_ACTIONS: tuple[Action, ...] = ("reject_file", "quarantine_row", "flag_row")

# Every rule once: rejecting before quarantining before flagging, within an action as the feeds list them.
RULES: tuple[Rule, ...] = tuple(
    each
    for action in _ACTIONS
    for each in {each.id: each for rules in _OF_FEED.values() for each in rules}.values()
    if each.action == action
)
_SEVERITY: Mapping[str, int] = MappingProxyType({each.id: place for place, each in enumerate(RULES)})


def version_of(rules: Iterable[Rule]) -> str:
    """A hash of the rules; a change of any of them, its sentences included, is another version."""
    told = [asdict(each) for each in sorted(rules, key=lambda each: each.id)]
    return hashlib.sha256(json.dumps(told, sort_keys=True, ensure_ascii=False).encode()).hexdigest()[:12]


RULES_VERSION: str = version_of(RULES)


def rules_of(feed: str) -> tuple[Rule, ...]:
    """The rules of a feed, most severe first. Raises KeyError for a feed without rules."""
    return tuple(sorted(_OF_FEED[feed], key=lambda each: _SEVERITY[each.id]))


def rule(rule_id: str) -> Rule:
    """The rule of that id. Raises KeyError when there is none."""
    return RULES[_SEVERITY[rule_id]]


def severity(rule_id: str) -> int:
    """The place of a rule in the order of severity; the smallest decides."""
    return _SEVERITY[rule_id]
