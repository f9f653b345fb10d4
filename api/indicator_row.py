"""A row of /v1/indicators: an indicator of one period, with what is needed to judge it."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from api.models import Shape

__all__ = ["BaselineRow", "IndicatorRow"]


class BaselineRow(Shape):
    name_zh: str = Field(description="What its papers call it. 名称")
    name_en: str = Field(description="The same in English.")
    prefecture_code: str = Field(description="City that it is of. 城市")
    value: float = Field(description="Value, counted by that city's own rules. 参考值")
    source: str = Field(description="Where it is quoted. 来源")


class IndicatorRow(Shape):
    indicator_code: str = Field(description="Code. 指标代码")
    name_zh: str = Field(description="Name. 指标名称")
    name_en: str = Field(description="Name in English.")
    province_code: str = Field(description="Province. 省份")
    prefecture_code: str | None = Field(description="Prefecture; null for the whole province. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    quarter: str = Field(description="Quarter or year to date; the year of a figure that is not sampled. 统计季度")
    year: int = Field(description="Its year. 年度")
    feed: str | None = Field(description="Feed that it is computed from; null: it is not sampled. 报送来源")
    sampling_type: str | None = Field(description="The only kind of sampling in it. 抽检类型")
    is_proxy: bool = Field(description="Stands in for what was promised. 替代指标")
    n_sampled: int | None = Field(description="Samples; points in construction; null: not sampled. 抽查批次")
    n_concluded: int | None = Field(description="With a conclusion: the denominator. 已出结论")
    n_conforming: int | None = Field(description="Conforming. 合格（符合）")
    n_nonconforming: int | None = Field(description="Nonconforming. 不合格")
    n_undetermined: int | None = Field(description="Undetermined: in no rate. 未判定")
    n_held: int | None = Field(description="Held: in no other count. 暂不计入")
    n_inspections: int | None = Field(description="Inspections; null outside construction. 抽查工程次数")
    n_effective: int | None = Field(description="Effective size, behind interval and status. 有效样本量")
    is_provisional: bool = Field(description="Some failures are still open to objection. 含异议期内结果")
    value: float | None = Field(description="Rate as a fraction, or the figure entered; null when withheld. 指标值")
    value_low: float | None = Field(description="95 % Wilson interval; null: not sampled. 区间下限")
    value_high: float | None = Field(description="Upper end. 区间上限")
    value_status: str = Field(description="As rate_status; of a figure entered ok, no_data, conflicting. 可用状态")
    source: str | None = Field(description="Who published a figure that is not sampled. 来源")
    published_on: date | None = Field(description="When. 发布日期")
    is_corrected: bool = Field(description="A figure entered that replaces an earlier one. 已更正")
    direction: str = Field(description="at_least, or rising from year to year. 方向")
    target_value: float | None = Field(description="Target; null when it is a direction. 目标值")
    target_year: int | None = Field(description="Year of the target. 目标年度")
    target_status: str = Field(description="met or not_met when the whole interval says so, else undecided. 是否达标")
    gap: float | None = Field(description="Value less target. 与目标之差")
    quarter_before: str | None = Field(description="Same period of the year before, where alike. 对比期")
    value_before: float | None = Field(description="Its value, of a year to date over the same quarters. 对比期值")
    change: float | None = Field(description="Value less that of the year before. 变化")
    change_low: float | None = Field(description="Newcombe's 95 % interval, lower end. 区间下限")
    change_high: float | None = Field(description="Upper end. 区间上限")
    change_status: str = Field(
        description="higher or lower when the interval excludes 0, else undecided; same, of figures entered; "
        "no_comparison. 变化结论"
    )
    n_expected: int | None = Field(
        description="Expected in what is left of the year, a running quarter included, as the year before had it. "
        "预计余量"
    )
    needed_rate: float | None = Field(
        description="Rate that the rest of the year needs for the year to reach its target, or last year. "
        "余期所需合格率"
    )
    needed_status: str | None = Field(
        description="ok, secured, impossible, no_quarters_left, no_expectation, withheld or no_data; null outside the "
        "year to date. 所需合格率状态"
    )
    unit: str = Field(description="rate or index. 单位")
    target_source: str = Field(description="Where the target was promised. 目标依据")
    baselines: list[BaselineRow] = Field(description="Lines that cities quote; counted by other rules. 城市参考线")
