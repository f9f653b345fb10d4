"""The forms that senders use: which headers stand in which order, and what each cell of a sample says."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = [
    "CONSTRUCTION",
    "DECLARATION",
    "FOOD_CONFORMING",
    "FOOD_CONFORMING_PLACED",
    "FOOD_INTERNAL",
    "FOOD_NONCONFORMING",
    "MARKET_INTERNAL",
    "MARKET_OFFICIAL",
    "Form",
]

DECLARATION = "（声明：以下信息仅指本次抽检标称的生产企业相关产品的生产日期/批号和所检项目）"
SEQUENCE = "sequence_no"
JOINED, ITEM, VALUE, LIMIT = "findings_text", "finding_item", "finding_value", "finding_limit"


@dataclass(frozen=True)
class Form:
    """Header and column of a sample, in the form's order; finding columns are filled row by row."""

    cells: tuple[tuple[str, str], ...]

    @property
    def headers(self) -> tuple[str, ...]:
        return tuple(header for header, _ in self.cells)

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(name for _, name in self.cells)

    def without(self, *names: str) -> Form:
        """The form less these columns."""
        return Form(tuple(cell for cell in self.cells if cell[1] not in names))

    def having(self, *cells: tuple[str, str]) -> Form:
        """The form with more columns at its end."""
        return Form(self.cells + cells)

    def with_findings_split(self) -> Form:
        """Item, result and limit in columns of their own instead of one cell."""
        split = (("不合格项目", ITEM), ("检验结果", VALUE), ("标准值", LIMIT))
        cells: list[tuple[str, str]] = []
        for cell in self.cells:
            cells.extend(split if cell[1] == JOINED else (cell,))
        return Form(tuple(cells))

    def with_one_category(self) -> Form:
        """Both category levels in one column, as `大类-->细类`."""
        kept = (cell for cell in self.cells if cell[1] != "category_2")
        return Form(tuple(("分类", "category_path") if name == "category" else (header, name) for header, name in kept))


FOOD_CONFORMING = Form(
    (
        ("抽样编号", "sample_no"),
        ("序号", SEQUENCE),
        ("标称生产企业名称", "producer_name"),
        ("标称生产企业地址", "producer_address"),
        ("被抽样单位名称", "sampled_unit_name"),
        ("被抽样单位所在省份", "sampled_unit_province"),
        ("食品名称", "product_name"),
        ("规格型号", "spec"),
        ("生产日期/批号", "batch_or_date"),
        ("分类", "category"),
        ("公告号", "notice_no"),
        ("公告日期", "published_on"),
        ("任务来源/项目名称", "task"),
        ("备注", "remark"),
    )
)
FOOD_CONFORMING_PLACED = Form(
    tuple(
        ("被抽样单位地址", "sampled_unit_address") if name == "sampled_unit_province" else (header, name)
        for header, name in FOOD_CONFORMING.cells
    )
)
FOOD_NONCONFORMING = Form(
    (
        *FOOD_CONFORMING_PLACED.cells[:7],
        ("商标", "brand"),
        *FOOD_CONFORMING_PLACED.cells[7:10],
        ("不合格项目║检验结果║标准值", JOINED),
        ("检验机构", "laboratory"),
        *FOOD_CONFORMING_PLACED.cells[10:],
    )
)
FOOD_INTERNAL = Form(
    (
        ("抽样编号", "sample_no"),
        ("任务来源/项目名称", "task"),
        ("食品名称", "product_name"),
        ("食品大类", "category"),
        ("食品细类", "category_2"),
        ("商标", "brand"),
        ("规格型号", "spec"),
        ("生产日期/批号", "batch_or_date"),
        ("标称生产企业名称", "producer_name"),
        ("标称生产企业地址", "producer_address"),
        ("被抽样单位名称", "sampled_unit_name"),
        ("被抽样单位地址", "sampled_unit_address"),
        ("所在市州", "sampled_unit_prefecture"),
        ("抽样日期", "sampled_on"),
        ("检验报告签发日期", "concluded_on"),
        ("检验结论", "conclusion"),
        ("不合格项目║检验结果║标准值", JOINED),
        ("抽样环节", "stage"),
        ("抽检级别", "level"),
        ("检验机构", "laboratory"),
    )
)
MARKET_OFFICIAL = Form(
    (
        ("序号", SEQUENCE),
        ("产品名称", "product_name"),
        ("受检单位", "sampled_unit_name"),
        ("标称生产单位", "producer_name"),
        ("商标", "brand"),
        ("规格型号", "spec"),
        ("生产日期/批号", "batch_or_date"),
        ("抽样地点", "sampled_unit_address"),
        ("抽样领域", "stage"),
        ("检验结论", "conclusion"),
        ("主要不合格项目", ITEM),
        ("承检机构", "laboratory"),
        ("备注", "remark"),
    )
)
MARKET_INTERNAL = Form(
    (
        ("抽样编号", "sample_no"),
        ("任务来源", "task"),
        ("产品名称", "product_name"),
        ("产品类别", "category"),
        ("商标", "brand"),
        ("规格型号", "spec"),
        ("生产日期/批号", "batch_or_date"),
        ("标称生产单位", "producer_name"),
        ("标称生产单位地址", "producer_address"),
        ("受检单位", "sampled_unit_name"),
        ("受检单位地址", "sampled_unit_address"),
        ("所在市州", "sampled_unit_prefecture"),
        ("抽样日期", "sampled_on"),
        ("报告签发日期", "concluded_on"),
        ("检验结论", "conclusion"),
        ("不合格项目", ITEM),
        ("检验结果", VALUE),
        ("标准值", LIMIT),
        ("抽样领域", "stage"),
        ("抽查级别", "level"),
        ("承检机构", "laboratory"),
    )
)
CONSTRUCTION = Form(
    (
        ("检查编号", "sample_no"),
        ("工程名称", "project_name"),
        ("工程类别", "category"),
        ("所在市州", "sampled_unit_prefecture"),
        ("建设单位", "owner_name"),
        ("施工单位", "contractor_name"),
        ("监理单位", "supervisor_name"),
        ("检测单位", "laboratory"),
        ("抽查项目", "inspected_item"),
        ("抽查点数", "points_checked_text"),
        ("符合点数", "points_conforming_text"),
        ("结论", "conclusion"),
        ("不符合项", ITEM),
        ("抽查日期", "sampled_on"),
        ("整改期限", "rectify_by"),
        ("整改状态", "rectification_status"),
    )
)
