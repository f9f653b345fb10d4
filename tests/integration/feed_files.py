"""Feed files as senders write them, in each format; all content is made up."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import xlsxwriter

from pipelines.process import process
from pipelines.receive import receive_file
from warehouse import lake
from warehouse.connect import connect
from warehouse.receipts import Receipt
from warehouse.settings import Settings

__all__ = ["CONSTRUCTION", "FOOD", "MARKET", "Row", "Table", "ingest", "query", "write_csv", "write_json", "write_xlsx"]

Row = Sequence[str | None]
Table = Sequence[Row]

FOOD: Table = (
    ("抽样编号", "序号", "标称生产企业名称", "被抽样单位名称", "被抽样单位地址", "食品名称", "规格型号",
     "生产日期/批号", "分类", "公告日期", "任务来源/项目名称", "检验结论", "不合格项目║检验结果║标准值", "备注"),
    ("DC26510000001", "1", "成都某面业有限公司", "武侯区某超市", "四川省成都市武侯区某路1号", "挂面", "500克/袋",
     "2026-03-01", "粮食加工品", "2026-05-01", "省级食品安全监督抽检", "合  格", "/", None),
    ("DC26510000002", "2", "绵阳某食品厂", "涪城区某商店", "四川省绵阳市涪城区某街2号", "红薯淀粉", "1kg/袋",
     "2026.03.02", "淀粉及淀粉制品", "2026年5月1日", "省级食品安全监督抽检", "不合格", "铅║0.5mg/kg║≤0.2mg/kg", "/"),
    (None, None, None, None, None, None, None, None, None, None, None, None, "镉║0.3mg/kg║≤0.1mg/kg", None),
    ("DC26510000003", "3", "/", "某餐馆", "四川省乐山市市中区某路3号", "食醋", "/", "20260303",
     "调味品", "2026/5/1", "省级食品安全监督抽检", "未判定", "/", None),
    ("DC26510000003", "4", "/", "某餐馆", "四川省乐山市市中区某路3号", "食醋", "/", "20260303",
     "调味品", "2026/5/1", "省级食品安全监督抽检", "未判定", "/", None),
    ("DC26510000004", "5", "某公司", "某店", "四川省成都市锦江区某路4号", "酱油", "/", "20260303",
     "调味品", "2099-05-01", "省级食品安全监督抽检", "合格", "/", None),
)  # fmt: skip
MARKET: Table = (
    ("序号", "产品名称", "受检单位", "标称生产单位", "商标", "规格型号", "生产日期/批号", "抽样地点", "抽样领域",
     "检验结论", "主要不合格项目", "承检机构", "公告日期", "任务来源"),
    ("1", "电热水壶", "成都某电器厂", "成都某电器厂", "某牌", "1.8L", "20260101", "四川省成都市某路5号", "生产",
     "合格", None, "某检验院", "2026-05-01", "省级产品质量监督抽查"),
    ("2", "电热毯", "广元某商场", "某地某厂", "/", "150×120", "20260102", "四川省广元市利州区某路6号", "流通",
     "不合格", "接地措施", "某检验院", "2026-05-01", "省级产品质量监督抽查"),
    ("3", "电热毯", "广元某商场", "某地某厂", "/", "150×120", "20260102", "四川省广元市利州区某路6号", "流通",
     "不合格", "输入功率和电流", "某检验院", "2026-05-01", "省级产品质量监督抽查"),
)  # fmt: skip
CONSTRUCTION: Table = (
    ("检查编号", "工程名称", "工程类别", "所在市州", "施工单位", "抽查项目", "抽查点数", "符合点数", "结论", "不符合项",
     "抽查日期"),
    ("GC001", "某小区一期", "房屋建筑", "成都市", "某建筑公司", "主体结构", "40", "38", "不符合", "钢筋间距",
     "2026-04-10"),
    ("GC001", "某小区一期", "房屋建筑", "成都市", "某建筑公司", "建筑材料", "10", "10", "符合", None, "2026-04-10"),
    ("GC001", "某小区一期", "房屋建筑", "成都市", "某建筑公司", "建筑材料", "10", "10", "符合", None, "2026-04-10"),
    ("GC002", "某大桥", "公路", "绵阳市", "某路桥公司", "地基基础", "20", "20", "符合", None, "2026-04-11"),
)  # fmt: skip


def write_csv(path: Path, table: Table, encoding: str = "utf-8") -> Path:
    text = io.StringIO(newline="")
    csv.writer(text).writerows(["" if cell is None else cell for cell in row] for row in table)
    path.write_bytes(text.getvalue().encode(encoding))
    return path


def write_json(path: Path, table: Table, *, lines: bool = False) -> Path:
    entries = [dict(zip(table[0], row, strict=True)) for row in table[1:]]
    told = [json.dumps(entry, ensure_ascii=False) for entry in entries]
    path.write_text("\n".join(told) if lines else f"[{','.join(told)}]", encoding="utf-8")
    return path


def write_xlsx(
    path: Path, sheets: dict[str, Table], *, titles: Sequence[str] = (), merged: Sequence[tuple[int, int, int]] = ()
) -> Path:
    """Workbook with title rows over each table; merged: column, first and last row of the table, counted from 0."""
    with xlsxwriter.Workbook(str(path)) as workbook:
        for name, table in sheets.items():
            sheet = workbook.add_worksheet(name)
            for row, title in enumerate(titles):
                sheet.merge_range(row, 0, row, len(table[0]) - 1, title)
            for row, cells in enumerate(table, start=len(titles)):
                for column, cell in enumerate(cells):
                    if cell is not None:
                        sheet.write_string(row, column, cell)
            for column, first, last in merged:
                value = table[first][column] or ""
                sheet.merge_range(first + len(titles), column, last + len(titles), column, value)
    return path


def ingest(settings: Settings, feed: str, path: Path) -> Receipt:
    """The one receipt of a file taken in."""
    (receipt,) = process(settings, receive_file(settings, feed, path))
    return receipt


def query(settings: Settings, statement: str) -> list[tuple[object, ...]]:
    """Rows of the lake's tables, named in braces: {samples}, {quarantine}, {receipts}."""
    with connect(settings) as connection:
        tables = {name: lake.scan(settings, connection, name) for name in ("samples", "quarantine", "receipts")}
        return list(connection.execute(statement.format(**tables)).fetchall())
