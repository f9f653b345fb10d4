"""Rules on the date that decides the reporting quarter, the same for every feed but for the column that holds it.

One cause, one rule: what is unreadable is not also reported as missing, and what lies in the future not as misordered.
"""

from __future__ import annotations

from collections.abc import Sequence

from expectations.rule import Feed, Rule, no_rows_where, nowhere_in_sample

__all__ = ["EARLIEST_YEAR", "deciding_date_rules", "unreadable"]

# Before the Product Quality Law and the sampling system it set up; an earlier year is a misread cell.
EARLIEST_YEAR = 1993


def unreadable(column: str, table: str = "") -> str:
    """The condition that a column held something that is no date."""
    prefix = f"{table}." if table else ""
    return f"coalesce(list_contains({prefix}unreadable_dates, '{column}'), false)"


def deciding_date_rules(ids: Sequence[str], feeds: tuple[Feed, ...], *, column: str, date: str) -> tuple[Rule, ...]:
    """Eight rules, in the order of `ids`, for feeds whose quarter is that of `date`, else of the publication.

    column: contract column of the deciding date; date: the DATE column made of it.
    """
    return (
        *_readable(ids[0], ids[1], feeds, column, date),
        *_known(ids[2], ids[3], feeds, column, date),
        *_not_in_the_future(ids[4], ids[5], feeds, column, date),
        *_beside_publication(ids[6], ids[7], feeds, column, date),
    )


def _readable(first: str, second: str, feeds: tuple[Feed, ...], column: str, date: str) -> tuple[Rule, ...]:
    return (
        Rule(
            id=first,
            feeds=feeds,
            action="quarantine_row",
            columns=(column,),
            **no_rows_where(unreadable(column)),
            zh="“{column}”的“{found}”不是可辨认的日期，无法确定统计季度。请写成 2026-05-01 的形式。",
            en="{column} '{found}' is no date, so the quarter cannot be told. Write it as 2026-05-01.",
        ),
        Rule(
            id=second,
            feeds=feeds,
            action="quarantine_row",
            columns=("published_on",),
            **no_rows_where(f"{unreadable('published_on')} AND {date} IS NULL AND NOT {unreadable(column)}"),
            zh="“{column}”的“{found}”不是可辨认的日期，而统计季度要由它确定。请写成 2026-05-01 的形式。",
            en="{column} '{found}' is no date, and the quarter depends on it. Write it as 2026-05-01.",
        ),
    )


def _known(first: str, second: str, feeds: tuple[Feed, ...], column: str, date: str) -> tuple[Rule, ...]:
    unread = [unreadable(name, table) for table in ("this", "other") for name in (column, "published_on")]
    return (
        Rule(
            id=first,
            feeds=feeds,
            action="quarantine_row",
            columns=(column,),
            **nowhere_in_sample(
                f"this.quarter IS NULL AND NOT {unread[0]} AND NOT {unread[1]}",
                cured_by=f"other.quarter IS NOT NULL OR {unread[2]} OR {unread[3]}",
            ),
            zh="统计季度不明：“{column}”和公告日期都没有填写。请补上其中之一。",
            en="Reporting quarter unknown: neither {column} nor a publication date is given. Give one of them.",
        ),
        Rule(
            id=second,
            feeds=feeds,
            action="quarantine_row",
            columns=(column, "published_on"),
            **no_rows_where(f"year(coalesce({date}, publication_date)) < {EARLIEST_YEAR}"),
            zh="“{column}”的“{found}”年份过早，应为误填，无法确定统计季度。请更正年份。",
            en="{column} '{found}' lies too far back to be right, so the quarter cannot be told. Correct the year.",
        ),
    )


def _not_in_the_future(first: str, second: str, feeds: tuple[Feed, ...], column: str, date: str) -> tuple[Rule, ...]:
    return (
        Rule(
            id=first,
            feeds=feeds,
            action="quarantine_row",
            columns=(column,),
            **no_rows_where(f"{date} > received_on"),
            zh="“{column}”的“{found}”晚于收到文件的日期。请更正日期。",
            en="{column} '{found}' is later than the day the file was received. Correct the date.",
        ),
        Rule(
            id=second,
            feeds=feeds,
            action="quarantine_row",
            columns=("published_on",),
            **no_rows_where("publication_date > received_on"),
            zh="“{column}”的“{found}”晚于收到文件的日期。请更正日期，或在公告发布后再报送。",
            en="{column} '{found}' is later than the day the file was received. Correct it, or send it once published.",
        ),
    )


def _beside_publication(first: str, second: str, feeds: tuple[Feed, ...], column: str, date: str) -> tuple[Rule, ...]:
    return (
        Rule(
            id=first,
            feeds=feeds,
            action="flag_row",
            columns=("published_on",),
            **no_rows_where(f"{unreadable('published_on')} AND ({date} IS NOT NULL OR {unreadable(column)})"),
            zh="“{column}”的“{found}”不是可辨认的日期，已按空白处理。请写成 2026-05-01 的形式。",
            en="{column} '{found}' is no date and was taken as blank. Write it as 2026-05-01.",
        ),
        Rule(
            id=second,
            feeds=feeds,
            action="flag_row",
            columns=("published_on",),
            **no_rows_where(f"publication_date < {date} AND {date} <= received_on"),
            zh="“{column}”的“{found}”早于结论（抽查）日期，二者必有一误。请核对。",
            en="{column} '{found}' is earlier than the conclusion or inspection; one of the two is wrong. Check both.",
        ),
    )
