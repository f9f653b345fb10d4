"""Rows of what was done since: recalls, measures on warnings, rectification, what is overdue, how long steps took."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from api.models import Shape, WarningRow

__all__ = [
    "DispositionSince", "OverdueRow", "RecallRow", "RecallSince", "RecalledWarning", "RectificationRow",
    "TimelinessRow", "WarningDetail", "WarningSince",
]  # fmt: skip


class RecalledWarning(Shape):
    warning_id: str = Field(description="Warning of the same goods. 消费提示编号")
    matched_by: str = Field(
        description="How that is known: the recall names the warning (warning_id) or a sample of it (sample_no), or "
        "producer and product are the same (producer_and_product). 关联依据"
    )


class RecallRow(Shape):
    recall_no: str = Field(description="Number. 召回编号")
    announced_on: date = Field(description="Announced or ordered. 发布日期")
    kind: str = Field(description="ordered (责令召回) or voluntary (主动召回). 召回类型")
    announced_by: str = Field(description="Who announced it. 发布机构")
    producer_name: str = Field(description="Who recalls. 召回企业")
    product_name: str = Field(description="Product. 产品名称")
    brand: str | None = Field(description="Brand. 品牌")
    spec: str | None = Field(description="Model or specification. 型号规格")
    batch: str | None = Field(description="Batches. 批次")
    produced_from: date | None = Field(description="First day of production. 生产起始日期")
    produced_to: date | None = Field(description="Last day of production. 生产截止日期")
    n_units: int | None = Field(description="Units. 召回数量")
    defect: str = Field(description="Defect. 缺陷描述")
    hazard: str = Field(description="What may happen. 可能后果")
    remedy: str = Field(description="What the holder is offered. 补救措施")
    source_url: str = Field(description="Where it is published. 公告链接")
    sample_no: str | None = Field(description="Sample that led to it. 关联抽样编号")
    status: str = Field(description="ongoing, completed, or withdrawn: taken back. 状态")
    corrected_on: date | None = Field(description="Day of the latest correction. 更正日期")
    is_conflicting: bool = Field(description="Its rows contradict each other; the public reads none such. 内容矛盾")
    warnings: list[RecalledWarning] = Field(description="Warnings of the same goods. 关联消费提示")


class RecallSince(Shape):
    recall_no: str = Field(description="Number, see /v1/recalls. 召回编号")
    announced_on: date = Field(description="Announced or ordered. 发布日期")
    kind: str = Field(description="ordered or voluntary. 召回类型")
    announced_by: str = Field(description="Who announced it. 发布机构")
    product_name: str = Field(description="Product as the recall names it. 产品名称")
    remedy: str = Field(description="What the holder is offered. 补救措施")
    source_url: str = Field(description="Where it is published. 公告链接")
    status: str = Field(description="ongoing, completed or withdrawn. 状态")
    matched_by: str = Field(description="warning_id, sample_no or producer_and_product. 关联依据")


class DispositionSince(Shape):
    kind: str = Field(
        description="notified, rectified, penalised, rechecked, removed, reinspection or objection. 处置类型"
    )
    happened_on: date = Field(description="When. 处置日期")
    authority: str = Field(description="By which authority. 处置机关")
    result: str = Field(
        description="done, pending or failed; of a re-inspection pending, upheld or overturned, of an objection "
        "disputed, upheld or disowned. 处置结果"
    )
    due_on: date | None = Field(description="Until when it has to be rectified. 完成期限")
    n_samples: int = Field(description="Samples of the warning that it was reported of. 涉及批次")


class WarningSince(Shape):
    recalls: list[RecallSince] = Field(description="Recalls of the same goods. 召回")
    dispositions: list[DispositionSince] = Field(description="What authorities did. 核查处置")


class WarningDetail(WarningRow):
    since: WarningSince | None = Field(
        description="What was done since; null in releases from before there were such tables. 后续处置"
    )


class RectificationRow(Shape):
    quarter: str = Field(description="Quarter of the samples, or the year to date. 统计季度")
    feed: str = Field(description="Feed. 报送来源")
    sampling_type: str = Field(description="Sampling type; never added to another. 抽检类型")
    province_code: str = Field(description="Province. 省份")
    prefecture_code: str | None = Field(description="Prefecture of the sampled unit; null in totals. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    n_failed: int = Field(description="Failed samples (inspections) that are final and stand. 已终局的不合格批次")
    n_rectified: int = Field(description="Of those, rectified. 已整改")
    n_rechecked: int = Field(description="Of those, looked at again. 已回头看")
    n_untouched: int = Field(description="Of those, without any report of a measure. 无处置记录")
    share_rectified: float | None = Field(description="Rectified of failed, as a fraction; null when withheld. 整改率")
    share_rectified_low: float | None = Field(description="95 % Wilson interval. 区间下限")
    share_rectified_high: float | None = Field(description="Upper end. 区间上限")
    share_status: str = Field(description="As rate_status of /v1/results. 可用状态")


class OverdueRow(Shape):
    feed: str = Field(description="Feed. 报送来源")
    sample_key: str = Field(description="Sample. 批次标识")
    sample_no: str | None = Field(description="Its number. 抽样编号")
    quarter: str = Field(description="Its quarter. 统计季度")
    sampling_type: str = Field(description="Sampling type. 抽检类型")
    province_code: str = Field(description="Province. 省份")
    prefecture_code: str = Field(description="Prefecture or unknown. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    product_name: str | None = Field(description="Product. 产品名称")
    producer_name: str | None = Field(description="Producer as reported. 标称生产企业")
    sampled_unit_name: str | None = Field(description="Sampled unit. 被抽样单位")
    final_on: date = Field(description="When it became final. 终局日期")
    due_on: date = Field(description="Last day. 期限")
    due_set_by: str = Field(description="authority, or standard (days of the feed after it became final). 期限来源")
    is_overdue: bool = Field(description="The last day had passed when the release was made. 已逾期")
    n_days_overdue: int = Field(description="Days since, at the release. 逾期天数")
    last_kind: str | None = Field(description="Latest measure. 最近处置")
    last_on: date | None = Field(description="When. 最近处置日期")
    last_result: str | None = Field(description="Its result. 最近处置结果")
    last_authority: str | None = Field(description="By which authority. 最近处置机关")
    standard_days: int = Field(description="Days of the feed. 标准天数")
    standard_source: str = Field(description="Regulation, or whose standard. 标准依据")


class StepDays(Shape):
    """How long a step took on the way from sampling to the public."""

    step: str = Field(description="sampled_to_concluded, concluded_to_final or final_to_issued. 步骤")
    n_samples: int = Field(description="Samples that it was measured on. 批次数")
    n_undated: int = Field(description="Samples without both dates, or in the wrong order. 日期不全")
    days_status: str = Field(description="ok, withheld_small_n (below 30) or no_data. 状态")
    p50_days: int | None = Field(description="Median. 中位天数")
    p95_days: int | None = Field(description="95th percentile. 第95百分位天数")
    standard_days: int | None = Field(description="Service standard; null where the feed has none. 标准天数")
    standard_source: str | None = Field(description="Regulation, or whose standard. 标准依据")
    n_within: int | None = Field(description="Samples within the standard. 达标批次")
    share_status: str | None = Field(description="As rate_status of /v1/results. 可用状态")
    share_within: float | None = Field(description="Share within the standard; null when withheld. 达标率")
    share_within_low: float | None = Field(description="95 % Wilson interval. 区间下限")
    share_within_high: float | None = Field(description="Upper end. 区间上限")


class TimedArea(Shape):
    quarter: str = Field(description="Quarter of the samples. 统计季度")
    feed: str = Field(description="Feed. 报送来源")
    sampling_type: str = Field(description="Sampling type; never added to another. 抽检类型")
    province_code: str = Field(description="Province. 省份")
    prefecture_code: str | None = Field(description="Prefecture of the sampled unit; null in totals. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")


class TimelinessRow(StepDays, TimedArea):
    """One step, of one area."""
