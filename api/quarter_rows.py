"""The object of /v1/quarters/{quarter}: each stratum by itself, with what is said of it."""

from __future__ import annotations

from pydantic import Field

from api.follow_up_rows import StepDays
from api.models import RevisedAt, RevisedIn, RevisionKind, Shape

__all__ = ["QuarterRow", "QuarterlyResults"]


class QuarterStratum(Shape):
    feed: str = Field(description="Feed. 报送来源")
    sampling_type: str = Field(description="Sampling type; never added to another. 抽检类型")
    n_sampled: int = Field(description="Samples; points in construction. 抽查批次（工程为点数）")
    n_concluded: int = Field(description="With a conclusion. 已出结论")
    n_nonconforming: int = Field(description="Nonconforming. 不合格")
    n_held: int = Field(description="Held until their notice is complete. 暂不计入")


class QuarterRow(Shape):
    quarter: str = Field(description="Quarter. 统计季度")
    is_provisional: bool = Field(description="Some failures are still open to objection. 含异议期内结果")
    strata: list[QuarterStratum] = Field(description="What there is of each stratum. 各层")
    results: str = Field(description="Path of its results. 季度结果地址")


class Figure(Shape):
    n_sampled: int = Field(description="Samples; points in construction. 抽查批次（工程为点数）")
    n_concluded: int = Field(description="With a conclusion: the denominator. 已出结论")
    n_conforming: int = Field(description="Conforming. 合格（符合）")
    n_nonconforming: int = Field(description="Nonconforming. 不合格")
    n_undetermined: int = Field(description="Undetermined: in no rate. 未判定")
    n_held: int = Field(description="Held: in no other count. 暂不计入")
    n_inspections: int | None = Field(description="Inspections; null outside construction. 抽查工程次数")
    n_effective: int = Field(description="Effective size, behind interval and status. 有效样本量")
    rate: float | None = Field(description="Conforming / concluded; null when withheld. 合格率")
    rate_low: float | None = Field(description="95 % Wilson interval, lower end. 区间下限")
    rate_high: float | None = Field(description="Upper end. 区间上限")
    rate_status: str = Field(description="Whether the rate may be shown, and how. 可用状态")
    failure_rate: float | None = Field(description="Nonconforming / concluded; null when withheld. 不合格率、发现率")
    failure_rate_low: float | None = Field(description="95 % Wilson interval, lower end. 区间下限")
    failure_rate_high: float | None = Field(description="Upper end. 区间上限")
    failure_rate_status: str = Field(description="Whether the failure rate may be shown, and how. 可用状态")
    is_provisional: bool = Field(description="Some failures are still open to objection. 含异议期内结果")
    revision: RevisionKind
    revised_at: RevisedAt
    revised_in: RevisedIn


class PrefectureFigure(Figure):
    prefecture_code: str = Field(description="Prefecture of the sampled unit, or unknown. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    rank: int | None = Field(description="Competition rank; null when not ranked. 位次")
    rank_low: int | None = Field(description="Simultaneous 95 % interval of the rank, best. 位次区间（优）")
    rank_high: int | None = Field(description="Worst. 位次区间（差）")
    indistinguishable_from: list[str] | None = Field(description="Whom it can't be told apart from. 分不出高下者")
    funnel_95_low: float | None = Field(description="95 % funnel limit. 漏斗图 95% 下限")
    funnel_95_high: float | None = Field(description="Upper. 漏斗图 95% 上限")
    funnel_998_low: float | None = Field(description="99.8 % funnel limit. 漏斗图 99.8% 下限")
    funnel_998_high: float | None = Field(description="Upper. 漏斗图 99.8% 上限")
    is_alarm: bool | None = Field(description="Outside the limits of 99.8 %. 是否超出 99.8% 界限")
    shrunken_rate: float | None = Field(description="Drawn towards the provincial rate. 收缩估计")
    standardised_rate: float | None = Field(description="With the province's mix of categories. 标准化合格率")


class CategoryFigure(Figure):
    category_code: str = Field(description="First level, or unknown. 类别代码")
    category_name: str | None = Field(description="Its name. 类别")


class StageFigure(Figure):
    stage: str = Field(description="Stage, or unknown. 环节")


class RankedStratum(Shape):
    province_code: str = Field(description="Province. 省份")
    n_ranked: int = Field(description="Prefectures ranked. 参加排序的市州数")
    provincial_rate: float = Field(description="Rate of the province, unknown places included. 全省合格率")
    rankability: float = Field(description="Share of the differences that is no chance. 可排序性")
    is_overdispersed: bool | None = Field(description="Funnel limits are those of random effects. 是否过度离散")


class HazardShare(Shape):
    hazard_code: str = Field(description="Hazard class. 危害类别代码")
    hazard_name_zh: str | None = Field(description="Its name. 危害类别")
    hazard_name_en: str | None = Field(description="Its name in English.")
    n_samples: int = Field(description="Failed samples with it, an inspection is one. 不合格批次")
    n_failed: int = Field(description="All failed samples of the stratum. 不合格批次总数")
    share: float | None = Field(description="Of the failed samples; shares overlap; null when withheld. 占比")
    share_low: float | None = Field(description="95 % Wilson interval, lower end. 区间下限")
    share_high: float | None = Field(description="Upper end. 区间上限")
    share_status: str = Field(description="As failure_rate_status. 可用状态")


class ItemShare(HazardShare):
    item_name: str = Field(description="Failed item; unknown where nobody named it. 不合格项目")
    is_listed: bool = Field(description="Whether the name is of the vocabulary. 是否规范名称")


class Enterprises(Shape):
    """Distinct enterprises; they don't add up over stages."""

    stage: str = Field(description="Stage, or all. 环节")
    n_samples: int = Field(description="Samples, an inspection is one. 批次")
    n_samples_of_producers: int = Field(description="With a named producer. 有具名生产者的批次")
    n_producers: int = Field(description="Distinct named producers. 标称生产者数")
    n_producers_nonconforming: int = Field(description="Those with a nonconforming sample. 其中有不合格的")
    n_samples_unnamed: int = Field(description="That name no producer. 未标示生产者的批次")
    n_samples_disputed: int = Field(description="Whose named producer disputes or disowns them. 涉嫌假冒批次")
    n_samples_of_units: int = Field(description="With the sampled unit's name. 有被抽样单位名称的批次")
    n_units: int = Field(description="Distinct sampled units. 被抽样单位数")
    n_units_nonconforming: int = Field(description="Those with a nonconforming sample. 其中有不合格的")


class Change(Shape):
    province_code: str = Field(description="Province. 省份")
    prefecture_code: str = Field(description="Prefecture, or all: the province as a whole. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    kind: str = Field(description="previous_quarter or year_before. 环比或同比")
    quarter_before: str = Field(description="Compared with. 比较基期")
    n_concluded: int = Field(description="Concluded. 已出结论")
    rate: float | None = Field(description="Rate; null when withheld. 合格率")
    rate_status: str = Field(description="Whether it may be shown. 是否公布")
    n_concluded_before: int = Field(description="Concluded then. 基期已出结论")
    rate_before: float | None = Field(description="Rate then. 基期合格率")
    rate_status_before: str = Field(description="Whether it could be shown. 基期是否公布")
    difference: float | None = Field(description="Rate less the earlier one. 变化")
    difference_low: float | None = Field(description="Newcombe's 95 % interval, lower end. 区间下限")
    difference_high: float | None = Field(description="Upper end. 区间上限")
    change: str = Field(description="higher or lower where the interval excludes 0; else no_clear_change. 升降")
    withheld_for: str | None = Field(description="Which rate is withheld. 不公布的一方")
    mix_effect: float | None = Field(description="Part from a different mix of categories. 类别构成变化的贡献")
    mix_status: str = Field(description="Whether the mixes compare. 构成可比性")
    is_provisional: bool = Field(description="Either holds failures that are open to objection. 含异议期内结果")


class Notable(Shape):
    province_code: str = Field(description="Province. 省份")
    stage: str = Field(description="Stage of the funnel, or all. 环节")
    category_code: str = Field(description="Category of the funnel, or all. 类别代码")
    category_name: str | None = Field(description="Its name. 类别")
    prefecture_code: str = Field(description="Prefecture. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    n_concluded: int = Field(description="Concluded. 已出结论")
    n_nonconforming: int = Field(description="Nonconforming. 不合格")
    rate: float = Field(description="Rate. 合格率")
    provincial_rate: float = Field(description="The province's. 全省合格率")
    funnel_998_low: float = Field(description="99.8 % limit. 漏斗图 99.8% 下限")
    funnel_998_high: float = Field(description="Upper. 漏斗图 99.8% 上限")
    is_overdispersed: bool | None = Field(description="Limits are those of random effects. 是否过度离散")
    is_provisional: bool = Field(description="Some failures are still open to objection. 含异议期内结果")
    side: str = Field(description="below or above the province. 低于或高于全省")
    sentence_zh: str = Field(description="What it says, and what to do. 说明")
    sentence_en: str = Field(description="The same in English.")


class ProvinceBounds(Shape):
    """How far the rate could lie from what is shown, as /v1/bounds has it."""

    province_code: str = Field(description="Province. 省份")
    n_quarantined: int = Field(description="Quarantined samples that could belong here. 可能属于此处的隔离批次")
    n_unplaced_conforming: int = Field(description="Conforming, of no known province. 省份不详的合格数")
    n_unplaced_nonconforming: int = Field(description="Nonconforming, of no known province. 省份不详的不合格数")
    n_held: int = Field(description="Held: in no bound. 暂不计入，界限未含")
    n_rejected_files: int = Field(description="Files rejected whole: in no bound. 整份退回的文件，界限未含")
    rate: float | None = Field(description="Rate of the province; null when withheld. 合格率")
    rate_lowest: float | None = Field(description="If all that could belong here had failed. 最低")
    rate_highest: float | None = Field(description="If all that could belong here had passed. 最高")
    failure_rate: float | None = Field(description="Failure rate; null when withheld. 不合格率、发现率")
    failure_rate_lowest: float | None = Field(description="1 less the highest rate. 最低")
    failure_rate_highest: float | None = Field(description="1 less the lowest rate. 最高")
    bounds_status: str = Field(description="ok, withheld or points_unknown, as /v1/bounds has it. 界限状态")


class ProvinceStepDays(StepDays):
    province_code: str = Field(description="Province. 省份")


class StratumQuality(Shape):
    n_sampled: int = Field(description="Samples; points in construction. 抽查批次（工程为点数）")
    n_undetermined: int = Field(description="Undetermined. 未判定")
    n_provisional: int = Field(description="Failures still open to objection. 异议期内不合格")
    n_held: int = Field(description="Held: half of a notice is missing. 附表未齐、暂不计入")
    n_unknown_place: int = Field(description="Whose prefecture can't be told. 未能归属市州")
    n_unknown_province: int = Field(description="Of these in no province's figures. 其中省份不详")
    n_unknown_category: int = Field(description="Whose category can't be told. 类别不详")
    n_unknown_stage: int = Field(description="Whose stage can't be told. 环节不详")
    n_late: int = Field(description="First received more than late_after_days after their conclusion. 迟报批次")
    n_undated: int = Field(description="Without a conclusion date: can't be judged late. 无结论日期")


class StratumResults(Shape):
    feed: str = Field(description="Feed. 报送来源")
    sampling_type: str = Field(description="Sampling type; never added to another. 抽检类型")
    rate_name_zh: str = Field(description="What its rate is called. 比率名称")
    rate_name_en: str = Field(description="The same in English.")
    overall: Figure = Field(description="The stratum as a whole. 总体")
    bounds: list[ProvinceBounds] = Field(
        description="Worst-case bounds of each province's rate; empty in releases older than they. 最不利界限"
    )
    rankings: list[RankedStratum] = Field(description="Provinces whose prefectures are ranked. 排序概况")
    prefectures: list[PrefectureFigure] = Field(description="By prefecture. 分市州")
    categories: list[CategoryFigure] = Field(description="By category of the first level. 分类别")
    stages: list[StageFigure] = Field(description="By stage. 分环节")
    failed_items: list[ItemShare] = Field(description="What most samples failed on. 主要不合格项目")
    hazards: list[HazardShare] = Field(description="By hazard class. 危害类别")
    enterprises: list[Enterprises] = Field(description="Enterprises by stage, and all. 涉及企业")
    changes: list[Change] = Field(description="Against earlier periods. 变化")
    timeliness: list[ProvinceStepDays] = Field(
        description="Days from sampling to the public, as /v1/timeliness has them; empty in older releases. 时效"
    )
    notable: list[Notable] = Field(description="Outside the funnel. 需关注")
    data_quality: StratumQuality = Field(description="What figures leave out or can't place. 数据质量")


class QuarterIndicator(Shape):
    indicator_code: str = Field(description="Code. 指标代码")
    name_zh: str = Field(description="Name. 指标名称")
    name_en: str = Field(description="Name in English.")
    province_code: str = Field(description="Province. 省份")
    quarter: str = Field(description="Quarter, its year, or in the latest quarter the year to date. 统计季度")
    feed: str | None = Field(description="Feed; null: not sampled. 报送来源")
    sampling_type: str | None = Field(description="The only kind of sampling in it. 抽检类型")
    is_proxy: bool = Field(description="Stands in for what was promised. 替代指标")
    unit: str = Field(description="rate or index. 单位")
    n_concluded: int | None = Field(description="Concluded. 已出结论")
    n_conforming: int | None = Field(description="Conforming. 合格")
    value: float | None = Field(description="Rate or figure; null when withheld. 指标值")
    value_low: float | None = Field(description="95 % Wilson interval. 区间下限")
    value_high: float | None = Field(description="Upper end. 区间上限")
    value_status: str = Field(description="Whether it may be shown. 可用状态")
    is_provisional: bool = Field(description="Some failures are still open to objection. 含异议期内结果")
    direction: str = Field(description="at_least or rising. 方向")
    target_value: float | None = Field(description="Target. 目标值")
    target_year: int | None = Field(description="Its year. 目标年度")
    target_status: str = Field(description="met, not_met or undecided. 是否达标")
    quarter_before: str | None = Field(description="Same period of the year before. 对比期")
    value_before: float | None = Field(description="Its value. 对比期值")
    change: float | None = Field(description="Change on it. 变化")
    change_low: float | None = Field(description="Newcombe's interval. 区间下限")
    change_high: float | None = Field(description="Upper end. 区间上限")
    change_status: str = Field(description="higher, lower, undecided, same or no_comparison. 变化结论")
    needed_rate: float | None = Field(description="What the rest of the year needs. 余期所需")
    needed_status: str | None = Field(description="Why there is none. 所需合格率状态")


class FeedQuality(Shape):
    feed: str = Field(description="Feed. 报送来源")
    n_rows_quarantined: int = Field(description="Rows in quarantine of this quarter. 隔离行数")
    n_samples_quarantined: int = Field(description="Samples of theirs where known. 隔离批次")
    n_rows_of_no_quarter: int = Field(description="Rows in quarantine whose quarter is unknown. 季度不详的隔离行")
    n_notices_held: int = Field(description="Notices that wait for a half, of any quarter. 附表未齐的公告")


class DataQuality(Shape):
    late_after_days: int = Field(description="Days after the conclusion beyond which a sample is late. 迟报标准（天）")
    feeds: list[FeedQuality] = Field(description="What waits, by feed. 各来源")


class QuarterlyResults(Shape):
    """Sampling types stand side by side and are never added."""

    quarter: str = Field(description="Quarter. 统计季度")
    strata: list[StratumResults] = Field(description="One for each feed and sampling type. 各层")
    indicators: list[QuarterIndicator] = Field(description="What was promised. 质量指标")
    data_quality: DataQuality = Field(description="What waits or is missing. 数据质量")
