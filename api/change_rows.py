"""Rows of /v1/comparisons and /v1/trends: a rate beside earlier ones."""

from __future__ import annotations

from pydantic import Field

from api.models import Shape

__all__ = ["ComparisonRow", "TrendRow"]


class _Area(Shape):
    quarter: str = Field(description="Reporting quarter, or the year to date. 统计季度")
    feed: str = Field(description="Feed. 报送来源")
    sampling_type: str = Field(description="Sampling type; never compared with another. 抽检类型")
    province_code: str = Field(description="Province. 省份")
    prefecture_code: str | None = Field(description="Prefecture; null: the province as a whole. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    category_code: str | None = Field(description="Category; null: all. 类别代码")
    category_name: str | None = Field(description="Its name. 类别")
    stage: str | None = Field(description="Stage; null: all. 环节")
    n_concluded: int = Field(description="With a conclusion: the denominator; points in construction. 已出结论")
    n_conforming: int = Field(description="Conforming. 合格（符合）")
    n_inspections: int | None = Field(description="Inspections; null outside construction. 抽查工程次数")
    n_effective: int = Field(description="Effective size of the sample, behind intervals and limits. 有效样本量")
    rate: float | None = Field(description="Conforming / concluded; null when withheld. 合格率")
    rate_low: float | None = Field(description="95 % Wilson interval, lower end. 区间下限")
    rate_high: float | None = Field(description="Upper end. 区间上限")
    rate_status: str = Field(description="Whether the rate may be shown, and how. 可用状态")
    is_provisional: bool = Field(description="Some failures are still open to objection. 含异议期内结果")


class ComparisonRow(_Area):
    kind: str = Field(description="previous_quarter or year_before. 环比或同比")
    quarter_before: str = Field(description="Period that it is compared with. 比较基期")
    quarters: list[str] = Field(description="Quarters that this side is the sum of. 本期所含季度")
    quarters_before: list[str] = Field(description="The same quarters, of the earlier side. 基期所含季度")
    n_concluded_before: int = Field(description="The earlier period's denominator. 基期已出结论")
    n_conforming_before: int = Field(description="Conforming then. 基期合格")
    n_inspections_before: int | None = Field(description="Inspections then. 基期抽查工程次数")
    n_effective_before: int = Field(description="Effective size then. 基期有效样本量")
    rate_before: float | None = Field(description="Rate then; null when withheld. 基期合格率")
    rate_low_before: float | None = Field(description="95 % Wilson interval, lower end. 区间下限")
    rate_high_before: float | None = Field(description="Upper end. 区间上限")
    rate_status_before: str = Field(description="Whether that rate may be shown, and how. 基期可用状态")
    is_provisional_before: bool = Field(description="Some failures of then are still open to objection. 含异议期内结果")
    difference: float | None = Field(description="Rate less the earlier one; null when either is withheld. 变化")
    difference_low: float | None = Field(description="95 % Newcombe interval, lower end. 区间下限")
    difference_high: float | None = Field(description="Upper end. 区间上限")
    change: str = Field(
        description="higher or lower where the interval excludes 0; no_clear_change; withheld. 升、降或无明显变化"
    )
    withheld_for: str | None = Field(
        description="Which rate is withheld: now, before or both; its rate_status says why. 不公布的一方"
    )
    rate_effect: float | None = Field(description="Part of the difference from rates within categories. 合格率贡献")
    mix_effect: float | None = Field(description="Part from another mix of shared categories. 构成贡献")
    unmatched_effect: float | None = Field(description="Part from categories of one period only. 不可比类别的贡献")
    mix_share: float | None = Field(
        description="mix_effect / difference where higher or lower; may be below 0 or above 1. 构成所占份额"
    )
    mix_status: str = Field(
        description="comparable; partly_comparable: some categories are of one period only; nothing_in_common: "
        "all are; withheld. 构成可比性"
    )
    unmatched_share: float | None = Field(description="Share in categories that only this period has. 仅本期有的占比")
    unmatched_share_before: float | None = Field(
        description="Share in categories that only the earlier period has. 仅基期有的占比"
    )
    unmatched_categories: list[str] = Field(description="Those of this period. 仅本期有的类别")
    unmatched_categories_before: list[str] = Field(description="Those of the earlier period. 仅基期有的类别")


class TrendRow(_Area):
    n_quarters_before: int | None = Field(
        description="Quarters before, at most 20, behind centre and limits; null: no point of the chart. 基线季度数"
    )
    centre: float | None = Field(description="Pooled rate of the quarters before. 中心线")
    limit_low: float | None = Field(description="Lower 3-sigma limit; null before eight quarters. 控制下限")
    limit_high: float | None = Field(description="Upper. 控制上限")
    sigma_z: float | None = Field(description="Laney's σz; 1 where quarters vary by chance alone. 过度离散系数")
    chart_status: str = Field(description="ok, overdispersed (limits of Laney), too_few_quarters or withheld. 图的状态")
    signals: list[str] = Field(
        description="above_limits, below_limits, nine_above, nine_below, six_rising, six_falling. 判异信号"
    )
