"""Rules that market and food share: each row is a report of one sample of a product, with one verdict."""

from __future__ import annotations

from expectations.conflict import conflicting, two_samples_of_one_number
from expectations.dates import deciding_date_rules, unreadable
from expectations.rule import PRODUCT_FEEDS, Feed, Rule, in_set, no_rows_where, not_in_set, nowhere_in_sample

__all__ = ["SAMPLE_RULES", "uncertain_number"]

_TYPES = "('supervision', 'evaluation', 'routine_monitoring', 'risk_monitoring')"

_FINDING_COLUMNS = ("finding_value", "findings_text", "finding_limit", "finding_item")


def uncertain_number(rule: str, feed: Feed) -> Rule:
    """A finding whose value or limit holds a number that can't be read for sure; the number is left out."""
    return Rule(
        id=rule,
        feeds=(feed,),
        action="flag_row",
        columns=_FINDING_COLUMNS,
        **no_rows_where("len(list_filter(findings, lambda finding: coalesce(finding.value_uncertain, false))) > 0"),
        zh="“{column}”的“{found}”中有读不准的数值（如 1.4×10⁴ 丢失指数，或单位、项目对不上），未予采用。请更正。",
        en="{column} '{found}' holds a number that can't be read for sure (a lost exponent, a wrong unit). Correct it.",
    )


_VERDICT: tuple[Rule, ...] = (
    Rule(
        id="SH-101",
        feeds=PRODUCT_FEEDS,
        action="quarantine_row",
        columns=("product_name",),
        **nowhere_in_sample("this.product_name IS NULL", cured_by="other.product_name IS NOT NULL"),
        zh="“{column}”为空，无法确认抽的是什么产品。请补填；如此行是表尾说明，请删去。",
        en="{column} is empty, so what was sampled cannot be told. Fill it in, or take the row out if it is a note.",
    ),
    Rule(
        id="SH-102",
        feeds=PRODUCT_FEEDS,
        action="quarantine_row",
        columns=("conclusion",),
        **nowhere_in_sample("this.conclusion_code IS NULL", cured_by="other.conclusion_code IS NOT NULL"),
        zh="看不出检验结论（“{column}”：{found}）。请填写合格、不合格或未判定。",
        en="The conclusion cannot be told ({column}: {found}). Write 合格, 不合格 or 未判定.",
    ),
    Rule(
        id="SH-103",
        feeds=PRODUCT_FEEDS,
        action="quarantine_row",
        columns=("conclusion",),
        **in_set("is_contradicting", False),
        zh="“{column}”写的是“{found}”，与本行的不合格项目或附表名称矛盾。请核实后更正。",
        en="{column} says '{found}', which the row's findings or the sheet's name contradict. Check and correct it.",
    ),
    Rule(
        id="SH-104",
        feeds=PRODUCT_FEEDS,
        action="quarantine_row",
        columns=("sample_no", "product_name"),
        **conflicting(),
        zh="同一批次（“{column}”：{found}）在本文件中有互相矛盾的结论，且看不出以哪份为准。请只保留正确的一份。",
        en="The file gives one sample ({column}: {found}) contradicting conclusions of equal standing. Keep one.",
    ),
    Rule(
        id="SH-105",
        feeds=PRODUCT_FEEDS,
        action="quarantine_row",
        columns=("sampling_type", "task"),
        **nowhere_in_sample(
            f"coalesce(this.sampling_type_code NOT IN {_TYPES}, true)", cured_by=f"other.sampling_type_code IN {_TYPES}"
        ),
        zh="看不出抽检类型（“{column}”：{found}）。请注明监督抽检、评价性抽检、例行监测或风险监测，四者不能合并统计。",
        en="The sampling type cannot be told ({column}: {found}). Write 监督抽检, 评价性抽检, 例行监测 or 风险监测.",
    ),
    Rule(
        id="SH-106",
        feeds=PRODUCT_FEEDS,
        action="quarantine_row",
        columns=("finding_item", "findings_text"),
        **nowhere_in_sample(
            "this.conclusion_code = 'nonconforming' AND len(coalesce(this.findings, [])) = 0 "
            "AND this.conclusion_source IS DISTINCT FROM 'column'",
            cured_by="len(other.findings) > 0",
        ),
        zh="本行仅因所在附表或文件名被判为不合格，却没有写“{column}”。请补填不合格项目，或把本行移到合格附表。",
        en="Only the sheet's or file's name says that it failed, and {column} is empty. Name the item or move the row.",
    ),
    Rule(
        id="SH-107",
        feeds=PRODUCT_FEEDS,
        action="quarantine_row",
        columns=("sample_no",),
        **two_samples_of_one_number(),
        zh="“{column}”的“{found}”在本文件中用于产品和被抽样单位都不同的两个批次，可能被表格软件改坏。请核对并填写完整编号。",
        en="{column} '{found}' stands for two samples of other product and unit; a spreadsheet may have cut it.",
    ),
)

_DATES: tuple[Rule, ...] = (
    *deciding_date_rules(
        [f"SH-{number}" for number in range(111, 119)], PRODUCT_FEEDS, column="concluded_on", date="conclusion_date"
    ),
    Rule(
        id="SH-121",
        feeds=PRODUCT_FEEDS,
        action="quarantine_row",
        columns=("sampled_on",),
        **no_rows_where("sampling_date > received_on"),
        zh="“{column}”的“{found}”晚于收到文件的日期。请更正日期。",
        en="{column} '{found}' is later than the day the file was received. Correct the date.",
    ),
    Rule(
        id="SH-122",
        feeds=PRODUCT_FEEDS,
        action="quarantine_row",
        columns=("sampled_on",),
        **no_rows_where("sampling_date > coalesce(conclusion_date, publication_date) AND sampling_date <= received_on"),
        zh="“{column}”的“{found}”晚于得出结论或公告的日期，先有结论后抽样不可能。请更正日期。",
        en="{column} '{found}' is later than the conclusion or the publication. Correct whichever is wrong.",
    ),
    Rule(
        id="SH-123",
        feeds=PRODUCT_FEEDS,
        action="flag_row",
        columns=("sampled_on",),
        **no_rows_where(unreadable("sampled_on")),
        zh="“{column}”的“{found}”不是可辨认的日期，已按空白处理。请写成 2026-05-01 的形式。",
        en="{column} '{found}' is no date and was taken as blank. Write it as 2026-05-01.",
    ),
    Rule(
        id="SH-124",
        feeds=PRODUCT_FEEDS,
        action="flag_row",
        columns=("result_received_on",),
        **no_rows_where(unreadable("result_received_on")),
        zh="“{column}”的“{found}”不是可辨认的日期，异议期将从结论日期推算。请写成 2026-05-01 的形式。",
        en="{column} '{found}' is no date; the objection window runs from the conclusion. Write it as 2026-05-01.",
    ),
    Rule(
        id="SH-125",
        feeds=PRODUCT_FEEDS,
        action="flag_row",
        columns=("result_received_on",),
        **no_rows_where(
            "result_received_date > received_on "
            "OR (result_received_date < conclusion_date AND conclusion_date <= received_on)"
        ),
        zh="“{column}”的“{found}”早于得出结论或晚于收到文件的日期，会使异议期算错。请更正。",
        en="{column} '{found}' is before the conclusion or after the file came in. Correct it.",
    ),
    Rule(
        id="SH-126",
        feeds=PRODUCT_FEEDS,
        action="flag_row",
        columns=("batch_or_date",),
        **no_rows_where("production_date > coalesce(sampling_date, conclusion_date, publication_date, received_on)"),
        zh="“{column}”的“{found}”晚于抽样或得出结论的日期，追溯和召回会找错批次。请核对标签。",
        en="{column} '{found}' is later than sampling or conclusion; a recall would miss the batch. Check the label.",
    ),
)

_FLAGS: tuple[Rule, ...] = (
    Rule(
        id="SH-131",
        feeds=PRODUCT_FEEDS,
        action="flag_row",
        columns=("finding_item", "findings_text"),
        **nowhere_in_sample(
            "this.conclusion_code = 'nonconforming' AND len(coalesce(this.findings, [])) = 0 "
            "AND this.conclusion_source = 'column'",
            cured_by="len(other.findings) > 0",
        ),
        zh="结论为不合格，但没有写“{column}”；计入不合格，但无法据以发布消费提示。请补填不合格项目。",
        en="It failed, but {column} is empty: it counts as failed, yet no warning can be made of it. Name the item.",
    ),
    Rule(
        id="SH-132",
        feeds=PRODUCT_FEEDS,
        action="flag_row",
        columns=("sampled_unit_address", "sampled_unit_prefecture", "sampled_unit_name"),
        **not_in_set("prefecture_code", "unknown"),
        zh="看不出被抽样单位在哪个市州（“{column}”：{found}），按“未知”统计。请填写市州或完整地址。",
        en="The prefecture of the sampled unit cannot be told ({column}: {found}): counted as unknown. Give it.",
    ),
    Rule(
        id="SH-133",
        feeds=PRODUCT_FEEDS,
        action="flag_row",
        columns=("sampled_unit_name",),
        **nowhere_in_sample("this.sampled_unit_name IS NULL", cured_by="other.sampled_unit_name IS NOT NULL"),
        zh="“{column}”为空，无法核对抽样地点，也无法统计企业数。请补填被抽样单位。",
        en="{column} is empty: the place cannot be checked, nor the enterprise counted. Name the sampled unit.",
    ),
    Rule(
        id="SH-134",
        feeds=PRODUCT_FEEDS,
        action="flag_row",
        columns=_FINDING_COLUMNS,
        **no_rows_where(
            "conclusion_code = 'nonconforming' AND len(list_filter(findings, lambda finding: NOT finding.agrees)) > 0"
        ),
        zh="结论为不合格，但“{column}”的“{found}”中检验结果并未超出标准值。请核对结果、单位和标准值。",
        en="It failed, yet by {column} '{found}' a value is within its limit. Check value, unit and limit.",
    ),
)

SAMPLE_RULES: tuple[Rule, ...] = (*_VERDICT, *_DATES, *_FLAGS)
