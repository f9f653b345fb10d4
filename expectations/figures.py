"""Rules of the form `figures`: a yearly figure is of a known indicator, year and source, or its whole file goes back.

Such files have a few rows and one sender, the office, which mends the row and sends the file again.
"""

from __future__ import annotations

from expectations.rule import JUDGED, Rule, no_rows, no_rows_where

__all__ = ["FIGURE_RULES"]

FIGURE_RULES: tuple[Rule, ...] = (
    Rule(
        id="FG-001",
        feeds=("figures",),
        action="reject_file",
        columns=("indicator",),
        **no_rows_where("indicator_code IS NULL"),
        zh="“{column}”的“{found}”不是已知的指标。请填写指标的代码或名称（见 /v1/indicators），改正后重新报送。",
        en="{column} '{found}' is no known indicator. Write its code or Chinese name (see /v1/indicators) and "
        "send the file again.",
    ),
    Rule(
        id="FG-002",
        feeds=("figures",),
        action="reject_file",
        columns=("indicator",),
        **no_rows_where("is_sampled"),
        zh="“{found}”由抽检结果计算，不接受填报，以免与抽检数据混淆。请删去此行，重新报送整份文件。",
        en="'{found}' is computed from samples and can't be entered, so that the two never mix. Take the row out "
        "and send the file again.",
    ),
    Rule(
        id="FG-003",
        feeds=("figures",),
        action="reject_file",
        columns=("province",),
        **no_rows_where("NOT has_target"),
        blames="true",
        zh="“{column}”为“{found}”：认不出省份，或该省没有这项指标的目标。请填写省份名称或代码，如“四川省”；"
        "本系统只设一个省份时可不填。",
        en="{column} '{found}': no known province, or one without a target for this indicator. Write its name or "
        "code, such as 四川省; it may stay empty where one province is installed.",
    ),
    Rule(
        id="FG-004",
        feeds=("figures",),
        action="reject_file",
        columns=("year",),
        **no_rows_where("year_no IS NULL OR year_no NOT BETWEEN 2000 AND year(received_on)"),
        blames="true",
        zh="“{column}”为“{found}”，应为四位年份，且不晚于收到文件的年份，如 2025。请改正后重新报送整份文件。",
        en="{column} '{found}' must be a year of four digits, such as 2025, not later than the one in which the file "
        "came. Mend it and send the file again.",
    ),
    Rule(
        id="FG-005",
        feeds=("figures",),
        action="reject_file",
        columns=("value",),
        **no_rows_where(
            "CASE WHEN value IS NULL THEN corrected_on IS NULL"
            " ELSE value_number IS NULL OR value_number NOT BETWEEN 0 AND 100 END"
        ),
        blames="true",
        zh="“{column}”为“{found}”，应为 0 至 100 的数，如 84.52；只有填了更正日期、要撤回先前数值时才可留空。"
        "请改正后重新报送整份文件。",
        en="{column} '{found}' must be a number from 0 to 100, such as 84.52; it may be empty only beside a "
        "correction date, to take an earlier figure back. Mend it and send the file again.",
    ),
    Rule(
        id="FG-006",
        feeds=("figures",),
        action="reject_file",
        columns=("unit",),
        **no_rows_where(
            "unit IS NOT NULL AND unit_code IS DISTINCT FROM indicator_unit AND indicator_code IS NOT NULL"
        ),
        zh="“{column}”的“{found}”不是该指标的单位（指数）。请核对数值和单位，改正后重新报送整份文件。",
        en="{column} '{found}' is not the unit of this indicator (index, 指数). Check both and send the file again.",
    ),
    Rule(
        id="FG-007",
        feeds=("figures",),
        action="reject_file",
        columns=("source",),
        **no_rows_where("source IS NULL"),
        zh="“{column}”没有填写。请写明发布机构和文件，公开的指标值必须有出处，然后重新报送整份文件。",
        en="{column} is empty. Say who published the figure and where, for it can't be shown without; send "
        "the file again.",
    ),
    Rule(
        id="FG-008",
        feeds=("figures",),
        action="reject_file",
        columns=("published_on",),
        **no_rows_where("published_day IS NULL OR published_day > received_on OR year(published_day) < year_no"),
        blames="true",
        zh="“{column}”为“{found}”，应为日期（如 2026-03-15），不晚于收到文件之日，也不早于所属年度。"
        "请改正后重新报送整份文件。",
        en="{column} '{found}' must be a date such as 2026-03-15, not later than the day the file came and not before "
        "the figure's year. Mend it and send the file again.",
    ),
    Rule(
        id="FG-009",
        feeds=("figures",),
        action="reject_file",
        columns=("corrected_on",),
        **no_rows_where(
            "corrected_on IS NOT NULL"
            " AND (corrected_day IS NULL OR corrected_day > received_on OR corrected_day < published_day)"
        ),
        zh="“{column}”的“{found}”应为日期（如 2026-04-01），不早于发布日期，不晚于收到文件之日。"
        "请改正后重新报送整份文件。",
        en="{column} '{found}' must be a date such as 2026-04-01, not before the publication date and not later "
        "than the day the file came. Mend it and send the file again.",
    ),
    Rule(
        id="FG-010",
        feeds=("figures",),
        action="reject_file",
        columns=("value",),
        **no_rows(
            f"WITH {JUDGED} SELECT this.row_no FROM judged AS this"  # noqa: S608 -- rules are part of the program
            " WHERE EXISTS (SELECT 1 FROM judged AS other WHERE"
            " this.indicator_code = other.indicator_code AND this.province_code = other.province_code"
            " AND this.year_no = other.year_no AND this.published_day = other.published_day"
            " AND this.corrected_day IS NOT DISTINCT FROM other.corrected_day"
            " AND this.value_number IS DISTINCT FROM other.value_number)"
        ),
        blames="true",
        zh="同一指标、省份、年度、发布日期和更正日期有不同的数值（{found}）。请只留一个；如为更正，请填写更正日期，"
        "再重新报送整份文件。",
        en="The same indicator, province, year and dates have different figures ({found}). Keep one, or give a "
        "correction its date, and send the file again.",
    ),
)
