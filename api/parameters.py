"""What may be asked: query parameters as models, so that the OpenAPI document and the checks are one thing.

An unknown parameter, a repeated one or a value that nothing has is refused with what is allowed; never ignored.
"""

from __future__ import annotations

import re
import unicodedata
from datetime import date
from typing import Annotated, Any, ClassVar, Literal, get_args

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, model_validator
from pydantic_core import PydanticCustomError

from api.problems import ParameterError, Problem, Text
from warehouse.sampling_types import RANKED_TYPES

__all__ = [
    "BoundsQuery",
    "ByDimension",
    "CategoriesQuery",
    "Code",
    "ComparisonsQuery",
    "DownloadsQuery",
    "ExplainQuery",
    "Format",
    "HazardsQuery",
    "IndicatorsQuery",
    "IntakeQuery",
    "LookupQuery",
    "OverdueQuery",
    "PagedQuery",
    "PrefecturesQuery",
    "QuarantineListQuery",
    "QuarantineQuery",
    "QuarterlyQuery",
    "QuartersQuery",
    "RankingsQuery",
    "RecallsQuery",
    "RectificationQuery",
    "ReleasesQuery",
    "ResultsQuery",
    "Sought",
    "TableQuery",
    "TimelinessQuery",
    "WarningVersionsQuery",
    "WarningsQuery",
]

MAX_ROWS = {"json": 1_000, "csv": 100_000, "parquet": 100_000, "xlsx": 100_000}
DEFAULT_ROWS = {"json": 100, "csv": 100_000, "parquet": 100_000, "xlsx": 100_000}

Format = Literal["json", "csv", "parquet", "xlsx"]
Feed = Literal["market", "food", "construction"]
# risk_monitoring is understood, to be answered with the reason why there is nothing.
SamplingType = Literal["supervision", "evaluation", "routine_monitoring", "inspection", "risk_monitoring"]
Level = Literal["national", "provincial", "municipal", "county", "unknown"]
Stage = Literal["production", "distribution", "catering", "online", "site", "unknown"]
WarningState = Literal["issued", "updated", "withdrawn", "expired", "archived"]
DIMENSIONS = ("prefecture", "category", "stage", "level", "quarter")


def _quarter(text: str) -> str:
    if not re.fullmatch("[12][0-9]{3}(Q[1-4]|YTD)", text):
        raise PydanticCustomError(
            "choice_error",
            "not a quarter",
            {"zh": f"“{text}”不是统计季度", "en": f"{text!r} is no quarter", "allowed": ["2026Q2", "2026YTD"]},
        )
    return text


def _period(text: str) -> str:
    return text if re.fullmatch("[12][0-9]{3}", text) else _quarter(text)


def _day(text: str) -> str:
    try:
        if not re.fullmatch("[0-9]{4}-[0-9]{2}-[0-9]{2}", text):
            raise ValueError(text)
        date.fromisoformat(text)
    except ValueError as error:
        raise PydanticCustomError(
            "choice_error",
            "not a date",
            {"zh": f"“{text}”不是日期", "en": f"{text!r} is no date", "allowed": ["2026-06-30"]},
        ) from error
    return text


def _dimensions(text: str) -> str:
    for part in text.split(","):
        if part not in DIMENSIONS:
            raise PydanticCustomError(
                "choice_error",
                "not a dimension",
                {"zh": f"不能按“{part}”分列", "en": f"{part!r} is no dimension", "allowed": list(DIMENSIONS)},
            )
    return text


def _printable(text: str) -> str:
    if any(unicodedata.category(char) == "Cc" for char in text):
        raise PydanticCustomError(
            "choice_error", "control characters", {"zh": "含控制字符", "en": "control characters", "allowed": []}
        )
    return text


Quarter = Annotated[str, AfterValidator(_quarter)]
Period = Annotated[str, AfterValidator(_period)]
Day = Annotated[str, AfterValidator(_day), Field(json_schema_extra={"format": "date"})]
ByDimension = Annotated[str, AfterValidator(_dimensions)]
Code = Annotated[str, Field(max_length=64), AfterValidator(_printable)]
Sought = Annotated[str, Field(max_length=100), AfterValidator(_printable)]
# Left out of dumps: it says which release is read (api/vintages.py), never which rows of it.
AsOf = Annotated[
    Annotated[str, Field(max_length=64)] | None,
    Field(
        exclude=True,
        description="A release by its id, or a day or an instant: the last one made up to then. Default: the one that "
        "serves. 历次发布：编号、日期或时刻",
    ),
]


class Parameters(BaseModel):
    """Refuses what it does not know, and says what it does."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _refuse_unknown(cls, values: Any) -> Any:
        for name in values:
            if name not in cls.model_fields:
                raise PydanticCustomError(
                    "unknown_parameter", "unknown parameter", {"parameter": name, "allowed": sorted(cls.model_fields)}
                )
        return values


class PagedQuery(Parameters):
    """How the rows of a table are taken: all that the table of differences has, which names its releases itself."""

    format: Format = Field(default="json", description="json, csv, parquet or xlsx. 输出格式")
    # What is too much depends on the format: see n_rows.
    limit: Annotated[int, Field(ge=1, json_schema_extra={"maximum": max(MAX_ROWS.values())})] | None = Field(
        default=None,
        description="Rows of one page: 100 by default and at most 1,000 in JSON, 100,000 in files. 每页行数",
    )
    cursor: Annotated[str, Field(max_length=2_000)] | None = Field(
        default=None, description="Taken from links.next; says where the page begins. 翻页标记"
    )

    @property
    def n_rows(self) -> int:
        """Rows of one page. Raises Problem when more are asked for than a page of this format has."""
        most = MAX_ROWS[self.format]
        if self.limit is not None and self.limit > most:
            text = Text(f"format={self.format} 每页最多 {most} 行", f"at most {most} rows in {self.format}")
            raise Problem("invalid-parameter", text, [ParameterError("limit", str(self.limit), text, (f"1–{most}",))])
        return self.limit or DEFAULT_ROWS[self.format]


class TableQuery(PagedQuery):
    """What every table takes: a table of any release that was ever published."""

    as_of: AsOf = None


class QuarterlyQuery(Parameters):
    """The results of a quarter are one object, of any release that was ever published."""

    as_of: AsOf = None


class CellQuery(TableQuery):
    """The filters of results and rankings."""

    province: Code | None = Field(default=None, description="GB/T 2260 code, or unknown. 省份")
    prefecture: Code | None = Field(default=None, description="GB/T 2260 code, or unknown. 市州")
    category: Code | None = Field(default=None, description="Code of either level, or unknown; needs feed. 类别")
    level: Level | None = Field(default=None, description="Level of the sampling. 级别")
    stage: Stage | None = Field(default=None, description="Stage. 环节")


class ResultsQuery(CellQuery):
    """Without feed, type or quarter, each stratum has rows of its own; they are never added."""

    feed: Feed | None = Field(default=None, description="Feed. 报送来源")
    sampling_type: SamplingType | None = Field(default=None, description="Sampling type. 抽检类型")
    quarter: Quarter | None = Field(default=None, description="2026Q2, or 2026YTD for the year to date. 统计季度")
    by: ByDimension | None = Field(
        default=None,
        description="prefecture, category, stage, level or quarter, or several with commas; totals over the rest. 分列",
    )


class BoundsQuery(TableQuery):
    """Without feed, type or quarter, each stratum and quarter has rows of its own; they are never added."""

    feed: Feed | None = Field(default=None, description="Feed. 报送来源")
    sampling_type: SamplingType | None = Field(default=None, description="Sampling type. 抽检类型")
    quarter: Quarter | None = Field(
        default=None, description="2026Q2, or 2026YTD for the year to date; default: every quarter. 统计季度"
    )
    province: Code | None = Field(default=None, description="GB/T 2260 code. 省份")
    prefecture: Code | None = Field(default=None, description="GB/T 2260 code, or unknown. 市州")
    category: Code | None = Field(default=None, description="Code of the first level, or unknown; needs feed. 类别")
    by: Literal["prefecture", "category"] | None = Field(
        default=None, description="prefecture or category: a row for each; totals over the other. 分列"
    )


class OneStratum(Parameters):
    """Of one kind of sampling, which must be named. Kinds: those that a reader who names none is told of."""

    kinds: ClassVar[tuple[str, ...]] = RANKED_TYPES

    @model_validator(mode="before")
    @classmethod
    def _require_kind(cls, values: Any) -> Any:
        if "sampling_type" not in values:
            raise PydanticCustomError("one_stratum", "no sampling_type", {"allowed": [*cls.kinds]})
        return values


class RankingsQuery(OneStratum, CellQuery):
    """One stratum: feed, sampling type and quarter must be named."""

    feed: Feed = Field(description="Feed. 报送来源")
    sampling_type: SamplingType = Field(description="Required: exactly one. 抽检类型，必须且只能一种")
    quarter: Quarter = Field(description="2026Q2 or 2026YTD. 统计季度")


class TrendsQuery(OneStratum, TableQuery):
    """One stratum; of the whole province, unless a prefecture is named or the rows are asked for by prefecture."""

    feed: Feed = Field(description="Feed. 报送来源")
    sampling_type: SamplingType = Field(description="Required: exactly one. 抽检类型，必须且只能一种")
    province: Code | None = Field(default=None, description="GB/T 2260 code. 省份")
    prefecture: Code | None = Field(default=None, description="GB/T 2260 code, or unknown. 市州")
    category: Code | None = Field(default=None, description="Code, or unknown. 类别")
    stage: Stage | None = Field(default=None, description="Stage. 环节")
    by: Literal["prefecture"] | None = Field(default=None, description="prefecture: rows for each. 分列")


class ComparisonsQuery(TrendsQuery):
    """As the trends, of one period, against the quarter before or the same period of the year before."""

    kind: Literal["previous_quarter", "year_before"] = Field(description="What it is compared with. 环比或同比")
    quarter: Quarter = Field(description="2026Q2, or 2026YTD with kind=year_before. 统计季度")
    by: Literal["prefecture", "category", "stage"] | None = Field(  # type: ignore[assignment]
        default=None, description="prefecture, category or stage: a row for each; totals over the others. 分列"
    )


class IndicatorsQuery(TableQuery):
    """Of the whole province, unless a prefecture is named or the rows are asked for by prefecture."""

    indicator: Code | None = Field(default=None, description="Code, such as food_evaluation. 指标代码")
    quarter: Period | None = Field(
        default=None,
        description="2026Q2; 2026YTD, with the yearly figures of 2026; 2026 for those alone. 统计季度",
    )
    province: Code | None = Field(default=None, description="GB/T 2260 code. 省份")
    prefecture: Code | None = Field(
        default=None, description="GB/T 2260 code, or unknown; not for indicators of supervision sampling. 市州"
    )
    by: Literal["prefecture"] | None = Field(default=None, description="prefecture: a row for each. 分列")


class ExplainQuery(RankingsQuery):
    """One figure: feed, sampling type and quarter must be named; what is not named is summed over."""

    kinds: ClassVar[tuple[str, ...]] = get_args(SamplingType)


class WarningsQuery(TableQuery):
    """Filters of the warnings."""

    feed: Feed | None = Field(default=None, description="Feed. 报送来源")
    prefecture: Code | None = Field(default=None, description="Prefecture of the sampled unit. 市州")
    category: Code | None = Field(default=None, description="Code of the first level, or unknown; needs feed. 类别")
    hazard: Code | None = Field(default=None, description="Hazard class, see /v1/hazards. 危害类别")
    quarter: Quarter | None = Field(default=None, description="Quarter of the latest sample. 统计季度")
    issued_from: Day | None = Field(default=None, description="First issued on this day or later. 首次发布日期自")
    issued_to: Day | None = Field(default=None, description="First issued on this day or earlier. 首次发布日期至")
    state: WarningState | None = Field(
        default=None, description="Default: all but archived, which is history and never news. 状态"
    )
    q: Sought | None = Field(default=None, description="Words that must all occur in the warning. 检索词，以空格分开")


class LookupQuery(TableQuery):
    """What is looked up: one of the four at least, of two characters or more besides blanks and punctuation."""

    q: Sought | None = Field(
        default=None,
        description="Words that must all occur in product, brand, party (see producer), batch or recall number. "
        "检索词，以空格分开",
    )
    product: Sought | None = Field(default=None, description="Part of the product's name. 产品名称（可只写一部分）")
    producer: Sought | None = Field(
        default=None,
        description="Part of the producer's name; in warnings also of who ordered, imported or sold it, as far as the "
        "public reads it. 企业：标称生产者；消费提示中还有委托方、进口商和被抽样单位",
    )
    batch: Sought | None = Field(default=None, description="Part of production date or batch. 生产日期或批号")


class DownloadsQuery(TableQuery):
    """Filters of the downloads."""

    feed: Feed | None = Field(default=None, description="Feed. 报送来源")
    quarter: Quarter | None = Field(default=None, description="2026Q2, or 2026YTD for the quarters of a year. 统计季度")


class RecallsQuery(TableQuery):
    """Filters of the recalls."""

    kind: Literal["ordered", "voluntary"] | None = Field(default=None, description="责令召回 or 主动召回. 召回类型")
    status: Literal["ongoing", "completed", "withdrawn"] | None = Field(default=None, description="Status. 状态")
    warning_id: Code | None = Field(default=None, description="Recalls of the goods that a warning names. 消费提示编号")
    q: Sought | None = Field(default=None, description="Words that must all occur in the recall. 检索词，以空格分开")


class RectificationQuery(TableQuery):
    """Without feed, type or quarter, each stratum has rows of its own; they are never added."""

    feed: Feed | None = Field(default=None, description="Feed. 报送来源")
    sampling_type: SamplingType | None = Field(default=None, description="Sampling type. 抽检类型")
    quarter: Quarter | None = Field(
        default=None, description="Of the samples: 2026Q2, or 2026YTD for the year to date. 统计季度"
    )
    province: Code | None = Field(default=None, description="GB/T 2260 code, or unknown. 省份")
    prefecture: Code | None = Field(default=None, description="GB/T 2260 code, or unknown. 市州")
    by: Literal["prefecture"] | None = Field(default=None, description="prefecture: a row for each. 分列")


class TimelinessQuery(RectificationQuery):
    """The same, by step; percentiles of quarters don't add up, so there is no year to date."""

    quarter: Quarter | None = Field(default=None, description="Of the samples: 2026Q2. 统计季度")
    step: Literal["sampled_to_concluded", "concluded_to_final", "final_to_issued"] | None = Field(
        default=None, description="One step only. 步骤"
    )


class OverdueQuery(TableQuery):
    """Filters of what is not rectified; for the office."""

    feed: Feed | None = Field(default=None, description="Feed. 报送来源")
    sampling_type: SamplingType | None = Field(default=None, description="Sampling type. 抽检类型")
    quarter: Quarter | None = Field(default=None, description="Of the samples: 2026Q2 or 2026YTD. 统计季度")
    prefecture: Code | None = Field(default=None, description="GB/T 2260 code, or unknown. 市州")
    state: Literal["overdue", "open"] = Field(
        default="overdue", description="open: also what is still in time. 状态：逾期，或全部未整改"
    )


class IntakeQuery(Parameters):
    """How a file is called, whatever its body says of it."""

    name: Annotated[str, Field(max_length=255)] | None = Field(
        default=None,
        description="Name of the file, before that of a form or an event. 文件名，优先于表单与事件",
    )


class QuarantineQuery(TableQuery):
    """Filters of the rows in quarantine, as they are now or were in an earlier release."""

    rule: Code | None = Field(default=None, description="Only rows with this rule, such as SH-116. 规则")
    state: Literal["waiting", "all"] = Field(
        default="waiting", description="all: also rows that have left quarantine. 状态：仍在隔离，或全部"
    )


class QuarantineListQuery(QuarantineQuery):
    """The same, over all batches; for the office."""

    feed: Feed | None = Field(default=None, description="Feed. 报送来源")


class WarningVersionsQuery(PagedQuery):
    """The versions of a warning, and what two of them say differently, have no filter."""


class PrefecturesQuery(TableQuery):
    """Filters of the prefectures."""

    province: Code | None = Field(default=None, description="GB/T 2260 code. 省份")


class CategoriesQuery(TableQuery):
    """Filters of the categories."""

    feed: Feed | None = Field(default=None, description="Feed. 报送来源")


class QuartersQuery(TableQuery):
    """The quarters have no filter."""


class HazardsQuery(TableQuery):
    """The hazards have no filter."""


class ReleasesQuery(TableQuery):
    """The releases have no filter."""


class DifferencesQuery(PagedQuery):
    """What two releases say differently has no filter."""
