from __future__ import annotations

import re
from dataclasses import replace
from pathlib import Path

import pytest

from expectations.reference import rules_page
from expectations.rule import Rule
from expectations.rules import RULES, RULES_VERSION, rule, rules_of, severity, version_of
from warehouse.contract import FORMS, contract, feeds, form, row_columns

ROOT = Path(__file__).parents[2]
SENT = (*feeds(), *FORMS)
PLACEHOLDERS = {"{column}", "{found}"}

# Ids that receipts, quarantine and senders already know. Add new ones; never take one out or give it to another rule.
KNOWN_IDS = {
    *(f"SH-{number:03}" for number in range(1, 13)),
    *(f"SH-{number}" for number in range(101, 108)),
    *(f"SH-{number}" for number in range(111, 119)),
    *(f"SH-{number}" for number in range(121, 127)),
    *(f"SH-{number}" for number in range(131, 135)),
    *(f"CN-{number:03}" for number in (*range(1, 9), *range(11, 19), *range(21, 26))),
    *(f"FG-{number:03}" for number in range(1, 11)),
    *(f"RL-{number:03}" for number in range(1, 14)),
    *(f"DP-{number:03}" for number in range(1, 11)),
    "FD-001",
    "FD-002",
    "MK-001",
    "MK-002",
    "MK-003",
}

each_rule = pytest.mark.parametrize("each", RULES, ids=lambda each: each.id)


def test_ids_are_unique_and_none_has_disappeared() -> None:
    ids = [each.id for feed in SENT for each in rules_of(feed)]
    assert {each.id for each in RULES} == set(ids) == KNOWN_IDS
    assert all(len(set(each)) == 1 for each in _rules_by_id().values())


def _rules_by_id() -> dict[str, list[str]]:
    by_id: dict[str, list[str]] = {}
    for feed in SENT:
        for each in rules_of(feed):
            by_id.setdefault(each.id, []).append(f"{each.zh}{each.arguments}")
    return by_id


@pytest.mark.parametrize("feed", feeds())
def test_every_feed_with_a_contract_has_its_rules(feed: str) -> None:
    assert len(rules_of(feed)) >= 12
    assert all(feed in each.feeds for each in rules_of(feed))


@each_rule
def test_a_rule_is_of_the_feeds_that_it_says(each: Rule) -> None:
    assert {feed for feed in SENT if each in rules_of(feed)} == set(each.feeds)


@each_rule
def test_both_sentences_are_there_and_hold_nothing_but_known_placeholders(each: Rule) -> None:
    for sentence in (each.zh, each.en):
        assert set(re.findall(r"{[^}]*}", sentence)) <= PLACEHOLDERS
        assert sentence.endswith(("。", "."))
    assert re.search("[\u4e00-\u9fff]", each.zh)
    assert re.search("[A-Za-z]{4}", each.en)
    assert ("{found}" in each.zh) == ("{found}" in each.en)


@each_rule
def test_a_rule_on_rows_names_columns_that_some_of_its_feeds_know(each: Rule) -> None:
    if set(each.feeds) <= set(FORMS):
        assert set(each.columns) <= {column.name for feed in each.feeds for column in form(feed).columns}
        return
    known = {name for feed in each.feeds for name in contract(feed).names}
    assert set(each.columns) <= known & set(row_columns())
    assert bool(each.columns) == (each.action != "reject_file")


def test_sentences_name_the_column_as_the_sender_spells_it_and_what_was_found() -> None:
    told = rule("SH-115").sentences(column="报告签发日期", found="2027-01-01")
    assert told.zh == "“报告签发日期”的“2027-01-01”晚于收到文件的日期。请更正日期。"
    assert told.en == "报告签发日期 '2027-01-01' is later than the day the file was received. Correct the date."


def test_an_empty_cell_is_told_as_empty() -> None:
    told = rule("SH-007").sentences(column=None, found=None)
    assert told.zh.startswith("看不出抽检级别（“level”：（空））")
    assert "(level: nothing)" in told.en


def test_a_long_cell_is_cut_and_its_braces_and_line_breaks_do_no_harm() -> None:
    told = rule("SH-115").sentences(column="c", found="{x}\n" + "长" * 500)
    assert "“{x} " + "长" * 75 + "…”" in told.zh


def test_rejecting_decides_before_quarantining_and_quarantining_before_flagging() -> None:
    assert severity("SH-001") < severity("SH-003") < severity("SH-113") < severity("SH-007")
    assert [each.id for each in sorted(RULES, key=lambda each: severity(each.id))] == [each.id for each in RULES]


def test_an_unknown_rule_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        rule("SH-999")


def test_the_version_follows_every_word_of_the_rules_and_not_their_order() -> None:
    assert version_of(reversed(RULES)) == RULES_VERSION
    assert version_of([replace(RULES[0], en="Other words."), *RULES[1:]]) != RULES_VERSION
    assert version_of([replace(RULES[0], arguments={"min_value": 2}), *RULES[1:]]) != RULES_VERSION


def test_the_reference_page_is_what_the_rules_say() -> None:
    page = (ROOT / "docs/reference/rules.md").read_text(encoding="utf-8")
    assert page.startswith(rules_page()), "write it anew: make docs"
    assert all(f"| {each.id} |" in page for each in RULES)


def test_the_sampling_types_of_products_are_those_of_their_contracts() -> None:
    (listed,) = set(re.findall(r"IN \((.+?)\)", rule("SH-105").arguments["unexpected_rows_query"]))
    for feed in ("food", "market"):
        assert set(re.findall(r"'(.+?)'", listed)) == set(contract(feed).vocabularies["sampling_type"])
