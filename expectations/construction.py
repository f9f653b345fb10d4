"""Rules of the feed construction: an inspection reports points, its rate is points conforming over points checked."""

from __future__ import annotations

from expectations.conflict import conflicting_inspections
from expectations.dates import deciding_date_rules
from expectations.rule import Rule, no_rows_where, not_in_set, nowhere_in_sample
from expectations.shared import SHARED_RULES

__all__ = ["CONSTRUCTION_RULES"]

_INSPECTION: tuple[Rule, ...] = (
    Rule(
        id="CN-001",
        feeds=("construction",),
        action="quarantine_row",
        columns=("sampling_type",),
        **no_rows_where("sampling_type_code IS DISTINCT FROM 'inspection'"),
        zh="“{column}”为“{found}”，不是工程质量抽查。请改报到相应的来源。",
        en="{column} is '{found}', no construction inspection. Send it to the feed that it belongs to.",
    ),
    Rule(
        id="CN-002",
        feeds=("construction",),
        action="quarantine_row",
        columns=("project_name",),
        **nowhere_in_sample("this.project_name IS NULL", cured_by="other.project_name IS NOT NULL"),
        zh="“{column}”为空，无法确认抽查的是哪个工程。请补填；如此行是表尾说明，请删去。",
        en="{column} is empty, so what was inspected cannot be told. Fill it in, or take the row out if it is a note.",
    ),
    Rule(
        id="CN-003",
        feeds=("construction",),
        action="quarantine_row",
        columns=("points_checked",),
        **no_rows_where("n_points IS NULL"),
        zh="“{column}”为“{found}”，不是整数，无法计算符合率。请填写抽查点数。",
        en="{column} is '{found}', no whole number, so no rate can be worked out. Give the points checked.",
    ),
    Rule(
        id="CN-004",
        feeds=("construction",),
        action="quarantine_row",
        columns=("points_conforming",),
        **no_rows_where("n_points_conforming IS NULL"),
        zh="“{column}”为“{found}”，不是整数，无法计算符合率。请填写符合点数。",
        en="{column} is '{found}', no whole number, so no rate can be worked out. Give the points conforming.",
    ),
    Rule(
        id="CN-005",
        feeds=("construction",),
        action="quarantine_row",
        columns=("points_checked",),
        **no_rows_where("n_points <= 0"),
        zh="“{column}”为“{found}”，应大于 0。没有抽查的项目请不要报送。",
        en="{column} is '{found}' and must be above 0. Leave out what was not inspected.",
    ),
    Rule(
        id="CN-006",
        feeds=("construction",),
        action="quarantine_row",
        columns=("points_conforming",),
        **no_rows_where("n_points > 0 AND n_points_conforming NOT BETWEEN 0 AND n_points"),
        zh="“{column}”为“{found}”，应在 0 与抽查点数之间。请核对两个点数是否填反。",
        en="{column} is '{found}' and must lie between 0 and the points checked. Check whether the two are swapped.",
    ),
    Rule(
        id="CN-007",
        feeds=("construction",),
        action="quarantine_row",
        columns=("conclusion",),
        **nowhere_in_sample(
            "this.conclusion_code IS NULL AND this.n_points IS NOT NULL AND this.n_points_conforming IS NOT NULL",
            cured_by="other.conclusion_code IS NOT NULL",
        ),
        zh="看不出抽查结论（“{column}”：{found}）。请填写符合或不符合。",
        en="The conclusion cannot be told ({column}: {found}). Write 符合 or 不符合.",
    ),
    Rule(
        id="CN-008",
        feeds=("construction",),
        action="quarantine_row",
        columns=("sample_no", "project_name"),
        **conflicting_inspections(),
        zh="同一次抽查（“{column}”：{found}）的同一项目在本文件中有不同的结论或点数，且看不出以哪份为准。请只保留正确的一份。",
        en="The file gives one item of an inspection ({column}: {found}) different conclusions or points. Keep one.",
    ),
)

_FLAGS: tuple[Rule, ...] = (
    Rule(
        id="CN-021",
        feeds=("construction",),
        action="flag_row",
        columns=("conclusion",),
        **no_rows_where(
            "(conclusion_code = 'conforming' AND n_points_conforming < n_points) "
            "OR (conclusion_code = 'nonconforming' AND n_points_conforming = n_points)"
        ),
        zh="“{column}”为“{found}”，与点数不一致（符合率按点数计算）。请核对结论和点数。",
        en="{column} '{found}' does not go with the points (the rate is made of the points). Check both.",
    ),
    Rule(
        id="CN-022",
        feeds=("construction",),
        action="flag_row",
        columns=("finding_item",),
        **nowhere_in_sample(
            "this.conclusion_code = 'nonconforming' AND len(coalesce(this.findings, [])) = 0",
            cured_by="len(other.findings) > 0",
        ),
        zh="结论为不符合，但“{column}”为空，无法督促整改。请写明不符合项。",
        en="It did not conform, but {column} is empty, so nothing can be followed up. Say what did not conform.",
    ),
    Rule(
        id="CN-023",
        feeds=("construction",),
        action="flag_row",
        columns=("sampled_unit_prefecture", "sampled_unit_address"),
        **not_in_set("prefecture_code", "unknown"),
        zh="看不出工程在哪个市州（“{column}”：{found}），按“未知”统计。请填写所在市州。",
        en="The prefecture of the project cannot be told ({column}: {found}) and counts as unknown. Give it.",
    ),
    Rule(
        id="CN-024",
        feeds=("construction",),
        action="flag_row",
        columns=("contractor_name",),
        **nowhere_in_sample("this.contractor_name IS NULL", cured_by="other.contractor_name IS NOT NULL"),
        zh="“{column}”为空，无法按施工单位统计和督促整改。请补填。",
        en="{column} is empty: the contractor can neither be counted nor followed up. Fill it in.",
    ),
    Rule(
        id="CN-025",
        feeds=("construction",),
        action="flag_row",
        columns=("rectify_by",),
        **nowhere_in_sample(
            "this.conclusion_code = 'nonconforming' AND this.rectify_by IS NULL",
            cured_by="other.rectify_by IS NOT NULL",
        ),
        zh="结论为不符合，但没有写“{column}”，无法安排回头看。请补填整改期限。",
        en="It did not conform, but {column} is empty, so no look-back can be planned. Give the deadline.",
    ),
)

CONSTRUCTION_RULES: tuple[Rule, ...] = (
    *SHARED_RULES,
    *_INSPECTION,
    *deciding_date_rules(
        [f"CN-{number:03}" for number in range(11, 19)], ("construction",), column="sampled_on", date="sampling_date"
    ),
    *_FLAGS,
)
