"""The shapes that /v1 promises; fields may be added, never renamed. They describe the OpenAPI document.

Answers are not built from them but compared with them in tests: rows come from SQL as they are.
"""

from __future__ import annotations

from datetime import date, datetime
from typing import Annotated, Any, Generic, TypeVar

from pydantic import BaseModel, ConfigDict, Field

__all__ = [
    "CategoryRow",
    "DifferenceRow",
    "Finding",
    "HazardRow",
    "Health",
    "LineageRow",
    "Links",
    "Meta",
    "One",
    "PrefectureRow",
    "ProblemDocument",
    "RankingRow",
    "ReleaseRow",
    "ResultRow",
    "RevisedAt",
    "RevisedIn",
    "RevisionKind",
    "Table",
    "WarningRow",
    "WarningSample",
]

RowT = TypeVar("RowT", bound=BaseModel)


class Shape(BaseModel):
    """Knows its fields and no others, so that a test sees a field that nobody described."""

    model_config = ConfigDict(extra="forbid")


class Note(Shape):
    zh: str
    en: str


class Meta(Shape):
    release: str = Field(description="Release that the figures come from. 发布编号")
    data_as_of: datetime | None = Field(description="When the newest file in it was received. 数据截至")
    method: str = Field(description="Version of the method. 方法版本")
    next_update_due: datetime | None = Field(
        description="As of this release, the latest time of the next look for news; one that finds none makes no "
        "release. 下次核对"
    )
    total: int = Field(description="Rows of all pages. 总行数")
    notes: list[Note] = Field(description="What a reader must know. 须知")


class Links(Shape):
    self: str = Field(description="This page. 本页")
    next: str | None = Field(description="The next page, or null. 下一页")


class Table(Shape, Generic[RowT]):
    meta: Meta
    items: list[RowT]
    links: Links


class One(Shape, Generic[RowT]):
    meta: Meta
    item: RowT
    links: Links


RevisionKind = Annotated[
    str | None,
    Field(
        description="revised: counts grew since the release before; corrected: within 92 days something that had been "
        "published was taken from them; null otherwise, and for what is new. 更新、更正"
    ),
]
RevisedAt = Annotated[datetime | None, Field(description="When it last was. 更新、更正时间")]
RevisedIn = Annotated[str | None, Field(description="By which release: its diff says what changed. 由哪次发布")]


class ResultRow(Shape):
    quarter: str = Field(description="Reporting quarter, or the year to date. 统计季度")
    feed: str = Field(description="Feed. 报送来源")
    sampling_type: str = Field(description="Sampling type; never added to another. 抽检类型")
    province_code: str | None = Field(description="Province, where the row is of one. 省份")
    prefecture_code: str | None = Field(description="Prefecture of the sampled unit; null in totals. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    category_code: str | None = Field(description="Category; null in totals. 类别代码")
    category_name: str | None = Field(description="Its name. 类别")
    stage: str | None = Field(description="Stage; null in totals. 环节")
    level: str | None = Field(description="Level; null in totals. 级别")
    n_sampled: int = Field(description="Samples; points in construction. 抽查批次（工程为点数）")
    n_concluded: int = Field(description="With a conclusion: the denominator. 已出结论")
    n_conforming: int = Field(description="Conforming. 合格（符合）")
    n_nonconforming: int = Field(description="Nonconforming. 不合格")
    n_undetermined: int = Field(description="Undetermined: in no rate. 未判定")
    n_held: int = Field(description="Held until their notice is complete: in no other count. 暂不计入")
    n_inspections: int | None = Field(description="Inspections; null outside construction. 抽查工程次数")
    n_effective: int = Field(description="Effective size of the sample, behind interval and status. 有效样本量")
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


class RankingRow(ResultRow):
    rank: int | None = Field(description="Competition rank; null when not ranked. 位次")
    rank_low: int | None = Field(description="Simultaneous 95 % interval of the rank, best. 位次区间（优）")
    rank_high: int | None = Field(description="Worst. 位次区间（差）")
    indistinguishable_from: list[str] | None = Field(
        description="Prefectures it cannot be told apart from. 分不出高下者"
    )
    funnel_95_low: float | None = Field(description="95 % funnel limit round the provincial rate. 漏斗图 95% 下限")
    funnel_95_high: float | None = Field(description="Upper. 漏斗图 95% 上限")
    funnel_998_low: float | None = Field(description="99.8 % funnel limit. 漏斗图 99.8% 下限")
    funnel_998_high: float | None = Field(description="Upper. 漏斗图 99.8% 上限")
    is_alarm: bool | None = Field(description="Outside the limits of 99.8 %. 是否超出 99.8% 界限")
    shrunken_rate: float | None = Field(description="Drawn towards the provincial rate; never the observed. 收缩估计")
    standardised_rate: float | None = Field(description="With the province's mix of categories. 标准化合格率")
    n_ranked: int | None = Field(description="Prefectures ranked in the stratum. 参加排序的市州数")
    provincial_rate: float | None = Field(description="Rate of the province, unknown places included. 全省合格率")
    rankability: float | None = Field(description="Share of the differences that is no chance. 可排序性")
    is_overdispersed: bool | None = Field(description="Funnel limits are those of random effects. 是否过度离散")


class Finding(Shape):
    item: str | None = Field(description="Failed item. 不合格项目")
    value_text: str | None = Field(description="What was found. 检验结果")
    limit_text: str | None = Field(description="Limit. 标准值")
    unit: str | None = Field(description="Unit. 单位")
    operator: str | None = Field(description="How the limit is meant. 限值方向")
    standard: str | None = Field(description="Standard. 标准")
    hazard_code: str | None = Field(description="Hazard class. 危害类别")
    item_name: str | None = Field(description="Its name in the vocabulary; null when it is not listed. 规范项目名称")
    value_numbers: list[float | None] | None = Field(
        description="What was found in numbers, in unit; null within for not detected. 检验数值"
    )
    limit_low: float | None = Field(description="Lower bound of the limit. 下限")
    limit_high: float | None = Field(description="Upper bound; equal to the lower where nobody says which. 上限")
    limit_unit: str | None = Field(description="Unit of the limit. 限值单位")
    value_uncertain: bool | None = Field(description="A number that cannot be read for sure, so not given. 数值存疑")


class WarningSample(Shape):
    sample_no: str | None = Field(description="Sampling-form number. 抽样编号")
    product_name: str | None = Field(description="Product. 产品")
    brand: str | None = Field(description="Brand. 商标")
    spec: str | None = Field(description="Specification. 规格型号")
    batch_or_date: str | None = Field(description="Production date or batch. 生产日期/批号")
    sampled_unit_name: str | None = Field(description="Sampled unit; persons masked. 被抽样单位")
    prefecture_code: str | None = Field(description="Its prefecture. 市州")
    concluded_on: date | None = Field(description="Conclusion, else publication. 结论日期，没有的为公布日期")
    notice_no: str | None = Field(description="Notice. 公告号")


class LineageRow(Shape):
    """A sample behind a figure, as the report that holds says it, and where that stands."""

    sample_key: str = Field(description="Hash of the sample's identity. 批次标识")
    sample_no: str | None = Field(description="Sampling-form number. 抽样编号")
    quarter: str = Field(description="Quarter. 统计季度")
    feed: str = Field(description="Feed. 报送来源")
    sampling_type: str = Field(description="Sampling type. 抽检类型")
    conclusion: str = Field(description="conforming, nonconforming or undetermined: the last one. 结论")
    reinspection: str | None = Field(
        description="Of what failed first, how the second test stands: pending, upheld or overturned. 复检"
    )
    is_held: bool = Field(description="Held until its notice is complete: in n_held alone. 暂不计入")
    is_provisional: bool = Field(description="A failure still open to objection. 尚在异议期")
    level: str = Field(description="Level. 级别")
    stage: str = Field(description="Stage. 环节")
    province_code: str = Field(description="Province. 省份")
    prefecture_code: str = Field(description="Prefecture that the figures use. 市州代码")
    category_code: str = Field(description="Category. 类别代码")
    category_2_code: str = Field(description="Second level. 细类代码")
    product_name: str | None = Field(description="Product, food or project. 产品、食品或工程")
    n_points: int = Field(description="Points checked; 1 outside construction. 抽查点数")
    n_points_conforming: int = Field(description="Points conforming. 符合点数")
    batch_id: str = Field(description="Batch. 批")
    file_name: str = Field(description="File as sent. 文件名")
    sha256: str = Field(description="Hash of the archived bytes. 文件散列")
    sheet: str = Field(description="Sheet; empty for CSV and JSON. 工作表")
    source_rows: list[int] = Field(description="Rows of the sheet. 行号")


class WarningRow(Shape):
    warning_id: str = Field(description="Permanent id. 编号")
    version: int = Field(description="Version, 1 when issued. 版本")
    state: str = Field(description="issued, updated, withdrawn, expired or archived (history, never news). 状态")
    reason_zh: str | None = Field(description="Why this version differs from the one before. 原因")
    reason_en: str | None = Field(description="The same in English.")
    feed: str = Field(description="Feed. 报送来源")
    headline_zh: str = Field(description="Headline. 标题")
    headline_en: str = Field(description="Headline in English.")
    product_name: str | None = Field(description="Product. 产品")
    brand: str | None = Field(description="Brand. 商标")
    spec: str | None = Field(description="Specification. 规格型号")
    batch_or_date: str | None = Field(description="Production date or batch. 生产日期/批号")
    producer_name: str | None = Field(description="Nominal producer; null when unnamed or disowned. 标称生产者")
    producer_status: str | None = Field(description="named, unnamed, disputed or disowned. 生产者状态")
    orderer_name: str | None = Field(description="Who had it made by another. 委托方")
    importer_name: str | None = Field(description="Importer. 进口商")
    sampled_unit_name: str | None = Field(description="Sampled unit; persons masked. 被抽样单位")
    stage: str | None = Field(description="Where in trade it was sampled; online: a web shop. 环节")
    province_code: str = Field(description="Province of the sampled unit, or unknown. 省份")
    prefecture_code: str = Field(description="Prefecture of the sampled unit, or unknown. 市州代码")
    prefecture_name: str | None = Field(description="Its name. 市州")
    category_code: str = Field(description="Category, or unknown. 类别代码")
    category_name: str | None = Field(description="Its name. 类别")
    hazard_code: str = Field(description="Hazard class. 危害类别代码")
    hazard_name_zh: str | None = Field(description="Its name. 危害类别")
    hazard_name_en: str | None = Field(description="Its name in English.")
    risk_zh: str | None = Field(description="What the hazard means. 危害")
    risk_en: str | None = Field(description="The same in English.")
    advice_zh: str | None = Field(description="What a shopper should do. 建议")
    advice_en: str | None = Field(description="The same in English.")
    sampling_type: str = Field(description="Of its first sample. 抽检类型")
    quarter: str = Field(description="Of its latest sample. 统计季度")
    n_samples: int = Field(description="Failed samples in it. 批次数")
    issued_on: date = Field(description="Day first issued here. 首次发布日")
    expires_on: date | None = Field(description="Day on which it expires unless a further sample joins. 有效期至")
    concluded_on: date | None = Field(description="Latest conclusion, else publication. 最近结论日期，没有的为公布日期")
    found_zh: list[str] | None = Field(description="What was found against which limit, in words. 查出了什么")
    found_en: list[str] | None = Field(description="The same in English.")
    findings: list[Finding] | None = Field(description="What was found against which limit. 不合格项目")
    samples: list[WarningSample] | None = Field(description="Its samples. 批次")
    page: str = Field(description="Path of its page. 网页")


class WarningVersionRow(Shape):
    """One version of a warning; versions only grow in number."""

    warning_id: str = Field(description="Permanent id. 编号")
    version: int = Field(description="Version, from 1. 版本")
    event: str = Field(description="issued, archived, updated, withdrawn or expired. 事件")
    state_before: str | None = Field(description="State before; null for the first. 变动前状态")
    state: str = Field(description="State of this version. 状态")
    reason: str | None = Field(description="Code of the reason; null when issued. 原因代码")
    reason_zh: str | None = Field(description="Why it differs from the version before. 原因")
    reason_en: str | None = Field(description="The same in English.")
    headline_zh: str | None = Field(description="Headline; null while its release is taken back. 标题")
    headline_en: str | None = Field(description="Headline in English.")
    release_id: str = Field(description="Release that told it first. 首次载有它的发布")
    happened_at: datetime = Field(description="When. 时间")
    is_current: bool = Field(description="Whether it is the latest version. 是否最新")
    is_taken_back: bool = Field(description="Whether its release is taken back for review. 所在发布是否已收回")


class WarningVersion(WarningVersionRow):
    """One version with what it said: the fields of a warning that are no state. Null while it is taken back."""

    content: dict[str, Any] | None = Field(description="What it said. 内容")


class WarningDifferenceRow(Shape):
    field: str = Field(description="What two versions say differently; a field of the content, or state. 项目")
    before: str | None = Field(description="As the first says it; what is no text as JSON. 之前")
    after: str | None = Field(description="As the second says it. 之后")


class ReviewRow(Shape):
    """A warning that waits for the office."""

    warning_id: str = Field(description="The id that it joins or would get. 编号")
    feed: str = Field(description="Feed. 报送来源")
    state: str = Field(description="ready. 状态")
    reason: str | None = Field(description="What it waits for. 等待的原因")
    n_samples: int = Field(description="Samples that wait. 批次数")
    headline_zh: str | None = Field(description="The headline that it would have. 标题")
    advice_zh: str | None = Field(description="The advice that it would give. 建议")
    decided_by: str | None = Field(description="Who decided on it last. 经办人")


class ReviewList(Shape):
    items: list[ReviewRow] = Field(description="What waits, in the order of the ids. 待审核")


class ReviewTaken(Shape):
    """A decision that lies in landing."""

    warning_id: str = Field(description="The warning. 编号")
    action: str = Field(description="approve, edit, hold or withdraw. 决定")
    state: str = Field(description="Its state in the latest release. 状态")
    n_samples: int = Field(description="Samples that the decision is about. 批次数")
    decided_by: str = Field(description="Name of the key. 经办人")
    landed: str = Field(description="Name of the file in landing. 文件名")


class PrefectureRow(Shape):
    prefecture_code: str = Field(description="GB/T 2260. 代码")
    prefecture_name: str = Field(description="Name. 名称")
    province_code: str = Field(description="GB/T 2260. 省份代码")
    province_name: str = Field(description="Name. 省份")


class CategoryRow(Shape):
    feed: str = Field(description="Feed. 报送来源")
    category_code: str = Field(description="Code. 代码")
    category_name: str = Field(description="Name. 名称")
    parent_code: str | None = Field(description="First level; null when it is one. 上级")


class HazardRow(Shape):
    hazard_code: str = Field(description="Code. 代码")
    name_zh: str = Field(description="Name. 名称")
    name_en: str = Field(description="Name in English.")
    advice_zh: str = Field(description="What a shopper should do. 建议")
    advice_en: str = Field(description="The same in English.")


class ReleaseRow(Shape):
    release_id: str = Field(description="Sorts by time. 发布编号")
    created_at: datetime = Field(description="When built. 生成时间")
    as_of: datetime = Field(description="Instant as of which results are final or provisional. 截至时刻")
    data_as_of: datetime | None = Field(description="When the newest file in it was received. 数据截至")
    method_version: str = Field(description="Version of the method. 方法版本")
    digest: str = Field(description="Hash over the published content. 摘要")
    previous_release_id: str | None = Field(description="The one before. 上一发布")
    sha256: str = Field(description="Hash of the public artefact. 公开版文件散列")
    is_current: bool = Field(description="Whether it serves now. 是否现行")
    is_taken_back: bool = Field(description="Whether it was taken back; it stays readable. 是否已收回")


class DifferenceRow(Shape):
    """A figure, a statement that follows from figures, or a warning; what belongs to another kind is null."""

    kind: str = Field(
        description="figure; indicator, comparison or ranking (statements); or warning. "
        "数字、指标、变化、位次或消费提示"
    )
    change: str = Field(description="added, removed or changed. 新增、消失或变动")
    why: str = Field(
        description="Of a figure: new_data, notice_complete, finality, method, correction, or taken_back when the "
        "second release is the earlier one; of a statement figures (those behind it), method or taken_back; of a "
        "warning its state. 原因"
    )
    about: str | None = Field(description="Which indicator, or kind of comparison. 何种指标或变化")
    quarter: str = Field(description="Quarter, year to date, or year. 统计季度")
    feed: str | None = Field(description="Feed; null for a figure that the office entered. 报送来源")
    sampling_type: str | None = Field(description="Sampling type; null likewise. 抽检类型")
    province_code: str | None = Field(description="Province of a statement. 省份")
    prefecture_code: str | None = Field(description="Null: all of them together. 市州")
    category_code: str | None = Field(description="First level; null: all of them together. 类别")
    n_sampled_before: int | None = Field(description="Sampled. 抽查")
    n_sampled_after: int | None = Field(description="The same in the second release.")
    n_concluded_before: int | None = Field(description="Concluded. 已出结论")
    n_concluded_after: int | None = Field(description="The same in the second release.")
    n_conforming_before: int | None = Field(description="Conforming. 合格")
    n_conforming_after: int | None = Field(description="The same in the second release.")
    n_nonconforming_before: int | None = Field(description="Nonconforming. 不合格")
    n_nonconforming_after: int | None = Field(description="The same in the second release.")
    n_undetermined_before: int | None = Field(description="Undetermined. 未判定")
    n_undetermined_after: int | None = Field(description="The same in the second release.")
    n_held_before: int | None = Field(description="Held. 暂不计入")
    n_held_after: int | None = Field(description="The same in the second release.")
    n_provisional_before: int | None = Field(description="Still open to objection. 尚在异议期")
    n_provisional_after: int | None = Field(description="The same in the second release.")
    rate_before: float | None = Field(description="Pass rate; null where it is withheld. 合格率")
    rate_after: float | None = Field(description="The same in the second release.")
    rate_status_before: str | None = Field(description="As in /v1/results. 合格率状态")
    rate_status_after: str | None = Field(description="The same in the second release.")
    value_before: float | None = Field(description="The indicator's value, the difference of rates, the rank. 数值")
    value_after: float | None = Field(description="The same in the second release.")
    says_before: str | None = Field(description="target_status, change, or the rank's interval. 结论")
    says_after: str | None = Field(description="The same in the second release.")
    warning_id: str | None = Field(description="Warning. 消费提示编号")
    version_before: int | None = Field(description="Its version; null where the first release has it not. 版本")
    version_after: int | None = Field(description="The same in the second release.")
    headline_zh: str | None = Field(description="Its headline. 标题")


class Health(Shape):
    status: str = Field(description="ok")
    release: str = Field(description="Release that serves. 发布编号")
    data_as_of: datetime | None = Field(description="Data as of. 数据截至")
    method: str = Field(description="Version of the method. 方法版本")


class ProblemParameter(Shape):
    parameter: str
    found: str | None
    message_zh: str
    message_en: str
    allowed: list[str]


class ProblemDocument(Shape):
    """Problem details, RFC 9457."""

    type: str
    title: str
    status: int
    detail: str = Field(description="In Chinese and in English. 中英文说明")
    detail_zh: str
    detail_en: str
    instance: str
    errors: list[ProblemParameter] = Field(default_factory=list)
