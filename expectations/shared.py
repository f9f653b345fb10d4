"""Rules of every feed: the file is whole, the rows are results of this country, and each says which sample it is of."""

from __future__ import annotations

from expectations.rule import EVERY_FEED, Rule, in_set, no_rows_where, not_in_set, not_null

__all__ = ["CONTRACT_COLUMNS_PARAMETER", "SHARED_RULES"]

# The columns of the contracts reach the suite as a parameter: they are listed in warehouse/contracts alone.
CONTRACT_COLUMNS_PARAMETER = "contract_columns"

# A formula that failed, as a spreadsheet shows it, or that was never calculated.
_NO_RESULT = "left({column}, 1) IN ('#', '=') AND regexp_full_match({column}, '#(N/A|[A-Z0-9_/]+[!?])|=.*', 's')"
# The columns that enter a figure, an identity or a warning.
_TELLING = (
    "sample_no", "product_name", "project_name", "conclusion", "findings_text", "finding_item", "finding_value",
    "finding_limit", "sampled_unit_name", "sampled_unit_address", "sampled_unit_prefecture", "producer_name",
    "batch_or_date", "category", "category_2", "sampling_type", "task", "level", "stage", "sampled_on",
    "concluded_on", "published_on", "notice_no", "inspected_item", "points_checked", "points_conforming",
)  # fmt: skip

# Where garbled text is looked for.
_READ_AS_TEXT = (
    "product_name", "sampled_unit_name", "producer_name", "project_name", "contractor_name", "conclusion", "task",
    "findings_text", "finding_item", "finding_value", "finding_limit",
    "sampled_unit_address", "sampled_unit_prefecture", "sampled_unit_county",
)  # fmt: skip

SHARED_RULES: tuple[Rule, ...] = (
    Rule(
        id="SH-001",
        feeds=EVERY_FEED,
        action="reject_file",
        columns=(),
        expectation="expect_table_row_count_to_be_between",
        arguments={"min_value": 1},
        zh="文件中没有数据行（共 {found} 行）。请检查是否选错了文件，或数据是否在其他工作表中，然后重新报送。",
        en="The file has no data rows ({found} in all). Check that it is the right file and send it again.",
    ),
    Rule(
        id="SH-002",
        feeds=EVERY_FEED,
        action="reject_file",
        columns=(),
        expectation="expect_table_columns_to_match_set",
        arguments={"column_set": {"$PARAMETER": CONTRACT_COLUMNS_PARAMETER}, "exact_match": False},
        zh="数据表缺少列：{found}。请补齐后重新报送。",
        en="The table lacks the columns {found}. Add them and send the file again.",
    ),
    Rule(
        id="SH-011",
        feeds=EVERY_FEED,
        action="quarantine_row",
        columns=_TELLING,
        **no_rows_where(" OR ".join(f"({_NO_RESULT.format(column=column)})" for column in _TELLING)),
        blames=_NO_RESULT,
        zh="“{column}”的“{found}”是没有结果的公式（出错或未计算）。请修正公式或粘贴为数值后重新报送此行。",
        en="{column} '{found}' is a formula without a result: it failed or was never calculated. Mend or replace it.",
    ),
    Rule(
        id="SH-012",
        feeds=EVERY_FEED,
        action="quarantine_row",
        columns=_READ_AS_TEXT,
        **no_rows_where("garbled_column IS NOT NULL"),
        blames="garbled_column = '{column}'",
        zh="“{column}”的“{found}”是乱码（编码转换出错，或混入了注音），内容不可辨认。请从原系统重新导出后报送此行。",
        en="{column} '{found}' is garbled: decoded wrongly, or with readings glued in. Export the row again.",
    ),
    Rule(
        id="SH-003",
        feeds=EVERY_FEED,
        action="quarantine_row",
        columns=("publisher", "information_source"),
        **in_set("is_foreign", False),
        zh="“{column}”为“{found}”，是境外通报（如 RASFF），不是国内抽检结果，不计入统计。请从报送文件中删去此行。",
        en="{column} is '{found}': a notification from abroad (such as RASFF), no Chinese result. Take the row out.",
    ),
    Rule(
        id="SH-004",
        feeds=EVERY_FEED,
        action="quarantine_row",
        columns=(
            "laboratory",
            "finding_standard",
            "finding_item",
            "findings_text",
            "finding_value",
            "finding_limit",
            "batch_or_date",
            "product_name",
        ),
        **no_rows_where("shifted_column IS NOT NULL"),
        blames="shifted_column = '{column}'",
        zh="本行内容与表头错位（“{column}”中是“{found}”）。请把各单元格移回对应列后重新报送此行。",
        en="The cells stand under the wrong headers ('{found}' in {column}). Move them back and send the row again.",
    ),
    Rule(
        id="SH-005",
        feeds=EVERY_FEED,
        action="quarantine_row",
        columns=("sample_no",),
        **no_rows_where(
            "contains(sample_no, '+') AND regexp_full_match(trim(sample_no), '[0-9]([.][0-9]+)?[Ee][+][0-9]+')"
        ),
        zh="“{column}”的“{found}”已被表格软件改成科学计数法，编号不可辨认。请把该列设为文本格式，重新填写完整编号。",
        en="{column} '{found}' was made scientific notation by a spreadsheet. Format it as text; write it in full.",
    ),
    Rule(
        id="SH-006",
        feeds=EVERY_FEED,
        action="quarantine_row",
        columns=("sample_no", "product_name", "project_name"),
        **not_null("sample_key"),
        zh="无法确定本行属于哪个批次：既无编号，也缺少可据以认定的内容（“{column}”：{found}）。请填写抽样编号或检查编号。",
        en="Which sample this is cannot be told: no number, nor enough to go by ({column}: {found}). Give its number.",
    ),
    Rule(
        id="SH-007",
        feeds=EVERY_FEED,
        action="flag_row",
        columns=("level", "task"),
        **not_in_set("level_code", "unknown"),
        zh="看不出抽检级别（“{column}”：{found}），按“未知”统计。请注明国家、省、市或县级。",
        en="The level cannot be told ({column}: {found}): counted as unknown. Write 国家, 省级, 市级 or 县级.",
    ),
    Rule(
        id="SH-008",
        feeds=EVERY_FEED,
        action="flag_row",
        columns=("stage",),
        **not_in_set("stage_code", "unknown"),
        zh="看不出抽样环节（“{column}”：{found}），按“未知”统计。请注明生产、流通、餐饮或网络。",
        en="The stage cannot be told ({column}: {found}): counted as unknown. Write 生产, 流通, 餐饮 or 网络.",
    ),
    Rule(
        id="SH-009",
        feeds=EVERY_FEED,
        action="flag_row",
        columns=("category", "category_2"),
        **not_in_set("category_code", "unknown"),
        zh="类别“{found}”不在类别表中，按“未知”统计。请按现行分类填写“{column}”。",
        en="The category '{found}' is in no list: counted as unknown. Write {column} as the classification has it.",
    ),
    Rule(
        id="SH-010",
        feeds=EVERY_FEED,
        action="flag_row",
        columns=("sample_no",),
        **in_set("is_identity_derived", False),
        zh="“{column}”为空，批次由内容推定，与其他报送难以核对。请填写编号。",
        en="{column} is empty; the sample was told from the row's content and is hard to match. Give the number.",
    ),
)
