"""A row of /v1/bounds: a rate, and how far what is missing from it could move it."""

from __future__ import annotations

from pydantic import Field

from api.models import Shape

__all__ = ["BoundsRow"]


class BoundsRow(Shape):
    quarter: str = Field(description="Reporting quarter, or the year to date. 统计季度")
    feed: str = Field(description="Feed. 报送来源")
    sampling_type: str = Field(description="Sampling type; never added to another. 抽检类型")
    province_code: str = Field(description="Province. 省份")
    prefecture_code: str | None = Field(description="Prefecture, or unknown; null: the province as a whole. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    category_code: str | None = Field(description="Category of the first level, or unknown; null: all. 类别代码")
    category_name: str | None = Field(description="Its name. 类别")
    n_sampled: int = Field(description="Samples; points in construction. 抽查批次（工程为点数）")
    n_concluded: int = Field(description="With a conclusion: the denominator. 已出结论")
    n_conforming: int = Field(description="Conforming. 合格（符合）")
    n_nonconforming: int = Field(description="Nonconforming. 不合格")
    n_undetermined: int = Field(description="Undetermined: in no rate. 未判定")
    n_held: int = Field(description="Held until their notice is complete: in no bound. 暂不计入，界限未含")
    n_inspections: int | None = Field(description="Inspections; null outside construction. 抽查工程次数")
    n_effective: int = Field(description="Effective size of the sample, behind the statuses. 有效样本量")
    n_quarantined: int = Field(description="Quarantined samples that could belong here. 可能属于此处的隔离批次")
    n_unplaced_conforming: int = Field(
        description="Conforming, counted under an unknown place or category, that could belong here. "
        "归属或类别不详、可能属于此处的合格数"
    )
    n_unplaced_nonconforming: int = Field(
        description="Nonconforming, counted under an unknown place or category, that could belong here. "
        "归属或类别不详、可能属于此处的不合格数"
    )
    n_rejected_files: int = Field(
        description="Files of the feed that were rejected whole and may hold samples of the period: in no bound. "
        "整份退回的文件，界限未含"
    )
    rate: float | None = Field(description="Conforming / concluded; null when withheld. 合格率")
    rate_lowest: float | None = Field(description="If all that could belong here had failed. 最低")
    rate_highest: float | None = Field(description="If all that could belong here had passed. 最高")
    rate_status: str = Field(description="Whether the rate may be shown, and how. 可用状态")
    failure_rate: float | None = Field(description="Nonconforming / concluded; null when withheld. 不合格率、发现率")
    failure_rate_lowest: float | None = Field(description="1 less the highest rate. 最低")
    failure_rate_highest: float | None = Field(description="1 less the lowest rate. 最高")
    failure_rate_status: str = Field(description="Whether the failure rate may be shown, and how. 可用状态")
    bounds_status: str = Field(
        description="ok; withheld as the rate is; no_area: what is unknown is no area of its own; points_unknown: a "
        "quarantined inspection, whose points nobody knows, could belong here. 界限状态"
    )
    is_provisional: bool = Field(description="Some failures are still open to objection. 含异议期内结果")
