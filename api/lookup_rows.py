"""The rows of look-up and downloads as /v1 promises them, and what each answer of look-up does not mean."""

from __future__ import annotations

from datetime import date

from pydantic import Field

from api.models import Shape
from api.problems import Text

__all__ = ["ANSWERS", "KINDS_APART", "DownloadRow", "LookupRow"]

ANSWERS = {
    "named_in_recall": Text(
        "召回公告列有该产品或该企业的产品；手中的是否在内，以公告所列的型号和批次为准，补救办法见公告。不代表该企业的其他产品有缺陷。",
        "A recall names it, or goods of that business. The announcement says which models and batches, and what their "
        "holders are offered. That says nothing of other goods of the business.",
    ),
    "named_in_warning": Text(
        "消费提示点名了该产品，或该企业所产、委托、进口或所售产品的具体批次；不代表其他批次或其他产品不合格。",
        "A warning names batches of it, or of what it made, ordered, imported or sold. That says nothing of other "
        "batches or products.",
    ),
    "warning_withdrawn": Text(
        "曾有消费提示点名，现已撤回，原因见该提示的网页；不应再据此认为产品有问题。",
        "A warning named it and was withdrawn, for the reason on its page; conclude nothing from it any more.",
    ),
    "recall_withdrawn": Text(
        "曾有召回公告列有该产品或该企业的产品，公告现已撤销；不应再据此认为产品有缺陷。",
        "A recall named it, or goods of that business, and was taken back; conclude nothing from it any more.",
    ),
    "sampled_conforming": Text(
        "所列批次在该类抽检的检验项目上合格；只说明这些批次、这些项目，不是对产品质量的担保。不合格的结果不在此列，"
        "确认后由消费提示公布。",
        "The batches counted conformed in what this kind of sampling tested. That speaks of those batches and tests "
        "alone and vouches for nothing else. Failures are not counted here; once final, warnings tell of them.",
    ),
    "not_sampled": Text(
        "没有查到：未被抽检、结果尚未公布，或名称写法不同。没有记录既不说明合格，也不说明不合格。",
        "Nothing found: not sampled, not published yet, or spelt differently. No record speaks neither for it nor "
        "against it.",
    ),
}
"""Each answer with the sentence that says what it does not mean."""
KINDS_APART = Text(
    "合格批次按抽检类型分列，不同类型目的不同，不能相加。查询结果只涉及已公布的批次，不是对任何产品的担保。",
    "Conforming samples stand by kind of sampling; kinds differ in purpose and are never added together. The "
    "answer speaks of published samples alone and vouches for no product.",
)


class LookupRow(Shape):
    """A recall, a warning, or a product as one kind of sampling found it; `not_sampled` is a row alone."""

    answer: str = Field(
        description="named_in_recall, recall_withdrawn, named_in_warning, warning_withdrawn, sampled_conforming or "
        "not_sampled. 查询结果"
    )
    says_zh: str = Field(description="What the answer means and does not. 含义")
    says_en: str = Field(description="The same in English.")
    feed: str | None = Field(description="Feed. 报送来源")
    sampling_type: str | None = Field(
        description="Kind of sampling; counts of different kinds are never added together. 抽检类型"
    )
    product_name: str | None = Field(description="Product, food or building project. 产品")
    brand: str | None = Field(description="Brand. 商标")
    producer_name: str | None = Field(description="Nominal producer, in construction the contractor. 标称生产者")
    n_conforming: int | None = Field(
        description="Conforming samples of this kind of sampling; null for recalls and warnings. 合格批次数"
    )
    quarters: list[str] | None = Field(description="Quarters in which they count. 统计季度")
    latest_on: date | None = Field(
        description="Latest conclusion among them, of those without one publication. 最近结论日期，没有的为公布日期"
    )
    batches: list[str] | None = Field(
        description="Their production dates or batches; null where there are more than twenty: ask with batch. 批号"
    )
    warning_id: str | None = Field(description="Id of the warning. 消费提示编号")
    warning_state: str | None = Field(
        description="issued, updated, expired, archived (history) or withdrawn. 消费提示状态"
    )
    headline_zh: str | None = Field(description="Headline of the warning. 标题")
    headline_en: str | None = Field(description="The same in English.")
    issued_on: date | None = Field(description="Day on which the warning was first issued. 首次发布日")
    recall_no: str | None = Field(description="Number of the recall, see /v1/recalls. 召回编号")
    recall_status: str | None = Field(description="ongoing, completed, or withdrawn: taken back. 召回状态")
    announced_on: date | None = Field(description="Day on which the recall was announced or ordered. 召回发布日期")
    source_url: str | None = Field(description="Where the recall is published. 召回公告链接")
    page: str | None = Field(description="Path of the page of the warning or recall. 网页")


class DownloadRow(Shape):
    """The samples of one feed and quarter."""

    feed: str = Field(description="Feed. 报送来源")
    quarter: str = Field(description="Reporting quarter. 统计季度")
    n_rows: int = Field(description="Samples in it. 批次数")
    n_bytes: int = Field(description="Bytes of the Parquet file. 字节数")
    sha256: str = Field(description="Hash of the Parquet file, which names it. 文件散列")
    parquet: str = Field(description="Path of the Parquet file; it never changes. Parquet 地址")
    csv: str = Field(description="Path of the same rows as CSV. CSV 地址")
    datapackage: str = Field(description="Path of the data package that describes the columns. 数据包说明")
    terms_zh: str = Field(description="Terms of use. 使用条款")
    terms_en: str = Field(description="The same in English.")
    terms_url: str | None = Field(description="Page of the terms, where the publisher has one. 条款网页")
