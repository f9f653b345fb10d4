"""Tables in the shapes that bureaus send them, from file to lake; each shape with its literal example."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
import xlsxwriter

from tests.integration.feed_files import Row, Table, ingest, query, write_csv
from warehouse.receipts import Receipt
from warehouse.settings import Settings

TASK = "省级食品安全监督抽检"
FOOD: Row = (
    "抽样编号", "食品名称", "规格型号", "生产日期/批号", "被抽样单位名称", "公告日期", "任务来源", "检验结论",
    "不合格项目", "检验结果", "标准值", "判定依据", "检验机构",
)  # fmt: skip


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    return Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0, read_memory_mb=4096)


def sent(settings: Settings, table: Table, *, name: str = "a.csv", **sidecar: Any) -> Receipt:
    path = write_csv(settings.home.parent / name, table)
    if sidecar:
        told = json.dumps(sidecar, ensure_ascii=False)
        path.with_name(f"{name}.meta.json").write_text(told, encoding="utf-8")
    return ingest(settings, "food", path)


def problems(receipt: Receipt) -> list[tuple[str, int | None, str | None]]:
    return [(problem.rule, problem.row, problem.column) for problem in receipt.problems]


def ends(receipt: Receipt) -> tuple[int, int, int, int]:
    """Rows accepted, continuation, duplicate, quarantined."""
    return receipt.rows_accepted, receipt.rows_continuation, receipt.rows_duplicate, receipt.rows_quarantined


def test_seventy_three_rows_that_are_forty_six_samples_count_forty_six(settings: Settings, tmp_path: Path) -> None:
    """One sample's cells merged over its item rows, left blank, or 序号 repeated, below a merged header of two rows."""
    path = tmp_path / "附件.xlsx"
    upper = [
        "序号",
        "抽样编号",
        "食品名称",
        "被抽样单位",
        None,
        "检验结论",
        "不合格项目║检验结果║标准值",
        "公告日期",
        "任务来源",
    ]
    n_items = [3 if k < 7 else 2 if k < 20 else 1 for k in range(46)]
    with xlsxwriter.Workbook(str(path)) as workbook:
        sheet = workbook.add_worksheet("抽检信息")
        sheet.merge_range(0, 0, 0, 8, "2026年省级食品安全监督抽检信息")
        sheet.merge_range(1, 0, 1, 8, "（声明：以下信息仅指本次抽检标称的生产企业相关产品的生产日期/批号和所检项目）")
        for k, title in enumerate(upper):
            if title == "被抽样单位":
                sheet.merge_range(2, k, 2, k + 1, title)
            elif title:
                sheet.merge_range(2, k, 3, k, title)
        sheet.write_row(3, 3, ["名称", "地址"])
        row = 4
        for k, n in enumerate(n_items):
            cells = [str(k + 1), f"DC{k:03}", "红薯淀粉", f"绵阳市第{k}店", f"绵阳市涪城区{k}号", "不合格"]
            findings = ["菌落总数║5.2×10³CFU/g║≤200CFU/g", "大肠菌群║30MPN/g║≤10MPN/g", "霉菌║90CFU/g║≤50CFU/g"]
            for item in range(n):
                is_merged, repeats_number = n > 1 and k % 3 == 0, k % 3 == 1
                shown = cells if item == 0 else [cells[0]] if repeats_number else []
                for column, text in enumerate(shown):
                    if is_merged and item == 0:
                        sheet.merge_range(row, column, row + n - 1, column, text)
                    elif not is_merged:
                        sheet.write_string(row, column, text)
                sheet.write_row(row, 6, [findings[item], *(("2026-05-01", TASK) if item == 0 else ())])
                row += 1
    receipt = ingest(settings, "food", path)
    assert receipt.problems == ()
    assert (receipt.rows_read, receipt.n_samples, ends(receipt)) == (73, 46, (46, 27, 0, 0))
    counted = query(settings, "SELECT count(*), sum(len(findings)), count(DISTINCT prefecture_code) FROM {samples}")
    assert counted == [(46, 73, 1)]


def test_a_header_of_two_rows_comes_again_at_each_page_break_with_its_title(settings: Settings) -> None:
    title = ("2026年第1期食品安全监督抽检不合格产品信息", *[None] * 7)
    upper = ("序号", "食品名称", "被抽样单位", None, "检验情况", None, "公告日期", "任务来源")
    lower = (None, None, "名称", "地址", "不合\r格项目", "检验结\r果", None, None)
    again = ("序 号", "食品名称*", *upper[2:])
    rows = [
        (str(k), f"挂面{k}", f"第{k}超市", f"四川省绵阳市涪城区{k}号", "铅", "0.5mg/kg", "2026-05-01", TASK)
        for k in (1, 2)
    ]
    receipt = sent(settings, (title, upper, lower, rows[0], title, again, lower, rows[1], ("续表", *[None] * 7)))
    assert (receipt.rows_read, receipt.problems) == (2, ())
    told = query(
        settings,
        "SELECT sampled_unit_name, sampled_unit_address, findings[1].item, findings[1].value_text, conclusion, half"
        " FROM {samples} ORDER BY 1",
    )
    assert told == [
        (f"第{k}超市", f"四川省绵阳市涪城区{k}号", "铅", "0.5mg/kg", "nonconforming", "nonconforming") for k in (1, 2)
    ]


def test_a_header_that_a_program_wrote_as_tuples_is_taken_apart(settings: Settings) -> None:
    header = ("('序号','被抽检人')", "('样品','名称')", "('被抽样单位','地址')", "公告日期.1", "检验结论.1", "任务来源")
    assert sent(settings, (header, ("甲超市", "挂面", "四川省绵阳市", "2026-05-01", "合格", TASK))).problems == ()
    rows = query(settings, "SELECT product_name, sampled_unit_name, prefecture_code FROM {samples}")
    assert rows == [("挂面", "甲超市", "510700")]


def test_a_table_without_header_is_taken_with_a_list_of_its_columns_alone(settings: Settings) -> None:
    rows = (("DC001", "挂面", "2026-05-01", "x", "合格", TASK),)
    refused = sent(settings, rows)
    assert (refused.outcome, problems(refused)) == ("rejected", [("HD-001", None, None)])
    assert ".meta.json" in refused.problems[0].message_zh
    assert ".meta.json" in refused.problems[0].message_en
    columns = ["抽样编号", "product_name", "published_on", "-", "结论", "task"]
    assert sent(settings, rows, name="b.csv", columns=columns).n_samples == 1
    wrong = sent(settings, rows, name="c.csv", columns=["sample_no", "prodct_name"])
    assert (wrong.outcome, wrong.problems[0].rule, "prodct_name" in wrong.problems[0].message_en) == (
        "rejected", "HD-003", True,
    )  # fmt: skip


def test_wide_tables_give_the_findings_of_what_failed_and_never_a_verdict(settings: Settings) -> None:
    common = ("抽样编号", "食品名称", "被抽样单位名称", "公告日期", "任务来源", "检验结论")
    row = ("大米", "成都市甲店", "2026-05-01", TASK)
    substances = (*common, "毒死蜱", "铅(mg/kg)", "克百威，甲拌磷，毒死蜱，氧乐果", "镉（≤0.1mg/kg）")
    receipt = sent(settings, (
        substances,
        ("W1", *row, "不合格", "未检出", "0.5", "不合格", "0.3"),
        ("W2", *row, "合格", "未检出", "0.1", "未检出", "0.05"),
        ("W3", *row, None, "0.1", "9.9", "未检出", "0.9"),
        ("W4", *row, "合格", "不合格", None, None, None),
    ))  # fmt: skip
    assert problems(receipt) == [("SH-102", 4, "检验结论"), ("SH-103", 5, "检验结论")]
    numbered = (*common, *(f"{part}{k}" for k in (1, 2, 11) for part in ("项目", "结果", "标准")))
    receipt = sent(settings, (
        numbered,
        ("N1", *row, "不合格", "铅", "0.5mg/kg", "≤0.2mg/kg", "镉", "0.05mg/kg", "≤0.1mg/kg", "铬", "1.5", "/"),
        ("N2", *row, "合格", "铅", "0.1mg/kg", "≤0.2mg/kg", "/", "/", "/", None, None, None),
    ), name="b.csv")  # fmt: skip
    assert receipt.problems == ()
    told = query(
        settings,
        "SELECT sample_no, conclusion, list_transform(findings, lambda f: concat_ws(' ', f.item, f.value_text, "
        "f.limit_text)) FROM {samples} ORDER BY sample_no",
    )
    assert told == [
        ("N1", "nonconforming", ["铅 0.5mg/kg ≤0.2mg/kg"]),
        ("N2", "conforming", []),
        ("W1", "nonconforming", ["克百威或甲拌磷或毒死蜱或氧乐果", "镉 0.3 ≤0.1mg/kg"]),
        ("W2", "conforming", []),
    ]


def test_cells_that_slid_under_other_headers_are_kept_out(settings: Settings) -> None:
    laboratory = "四川省食品检验研究院"
    day, where = "2026-05-01", "成都市甲店"
    receipt = sent(settings, (
        FOOD,
        ("A1", "豇豆", "/", "吡虫啉", where, day, TASK, "不合格", "7.47mg/kg", "/", "≤0.2mg/kg", laboratory, None),
        ("A2", "豇豆", "7.47mg/kg", "吡虫啉", "2026-03-01", day, TASK, "不合格", None, None, None, None, "散装"),
        ("A3", "豇豆", "/", "20260301", where, day, TASK, "不合格", "吡虫啉", "7.47mg/kg", "/", "/", laboratory),
        ("A4", "豇豆", "500g/袋", "见标签", where, day, TASK, "合格", None, None, None, "GB 2763", laboratory),
    ))  # fmt: skip
    assert problems(receipt) == [("SH-004", 2, "判定依据"), ("SH-004", 3, "生产日期/批号")]
    assert ends(receipt) == (2, 0, 0, 2)


def test_garbled_text_is_named_by_its_column_and_never_stored_as_a_sample(settings: Settings) -> None:
    blank, day = [None] * 5, "2026-05-01"
    receipt = sent(settings, (
        FOOD,
        ("G1", "鎶芥牱", "/", "/", "成都市甲店", day, TASK, "合格", *blank),
        ("G2", "挂面", "/", "/", "質(zhì)量強(qiáng)省", day, TASK, "合格", *blank),
        ("G3", "挂面", "/", "/", "成都市甲店", day, TASK, "ÎÞ", *blank),
        ("G4", "挂面", "/", "/", "成都市甲店", day, TASK, "不合格", "锟斤拷", *blank[1:]),
        ("G5", "挂\ufffd", "/", "/", "成都市甲店", day, TASK, "合格", *blank),
        ("G6", "挂面", "/", "/", "成都市甲店", day, TASK, "合格", *blank),
    ))  # fmt: skip
    columns = ["食品名称", "被抽样单位名称", "检验结论", "不合格项目", "食品名称"]
    assert problems(receipt) == [("SH-012", row, column) for row, column in enumerate(columns, start=2)]
    assert query(settings, "SELECT sample_no FROM {samples}") == [("G6",)]


def test_a_mirror_page_in_traditional_characters_is_the_same_sample(settings: Settings) -> None:
    plain = ("食品名称", "被抽样单位名称", "被抽样单位地址", "检验结论", "不合格项目", "公告日期", "任务来源")
    mirror = ("食品名稱", "被抽樣單位名稱", "被抽樣單位地址", "檢驗結論", "不合格項目", "公告日期", "任務來源")
    address = "四川省凉山彝族自治州西昌市某路1号"
    assert sent(settings, (plain, ("红薯淀粉", "西昌某店", address, "不合格", "镉", "2026-05-01", TASK))).n_samples == 1
    told = (
        "紅薯澱粉",
        "西昌某店",
        "四川省涼山彝族自治州西昌市某路1號",
        "不合格",
        "鎘",
        "2026-05-01",
        "省級食品安全監督抽檢",
    )
    assert sent(settings, (mirror, told), name="b.csv").problems == ()
    rows = query(
        settings,
        "SELECT count(DISTINCT sample_key), min(prefecture_code), max(prefecture_code), list(DISTINCT findings[1].item)"
        ", list_sort(list(product_name)), list_sort(list(findings[1].raw)) FROM {samples}",
    )
    assert rows == [(1, "513400", "513400", ["镉"], ["紅薯澱粉", "红薯淀粉"], ["鎘", "镉"])]


def test_the_title_gives_the_verdict_where_neither_column_nor_sheet_does(settings: Settings) -> None:
    header = ("抽样编号", "食品名称", "被抽样单位名称", "公告日期", "任务来源", "检验结果")
    rows = (("T1", "挂面", "甲", "2026-05-01", TASK, None), ("T2", "食醋", "甲", "2026-05-01", TASK, "不合格"))
    receipt = sent(settings, (("2026年食品安全监督抽检合格产品信息", *[None] * 5), header, *rows))
    assert problems(receipt) == [("SH-103", 4, "检验结果")]
    assert query(settings, "SELECT sample_no, conclusion FROM {samples}") == [("T1", "conforming")]


def test_a_bare_serial_number_counts_from_the_epoch_of_its_workbook(settings: Settings, tmp_path: Path) -> None:
    for is_1904 in (False, True):
        path = tmp_path / f"{is_1904}.xlsx"
        with xlsxwriter.Workbook(str(path), {"date_1904": is_1904}) as workbook:
            sheet = workbook.add_worksheet("抽检信息")
            sheet.write_row(0, 0, ["抽样编号", "食品名称", "公告日期", "任务来源", "检验结论"])
            sheet.write_row(1, 0, [f"DC{is_1904}", "挂面", 42100, TASK, "合格"])
        assert ingest(settings, "food", path).problems == ()
    rows = query(settings, "SELECT sample_no, published_on::VARCHAR FROM {samples} ORDER BY 1")
    assert rows == [("DCFalse", "2015-04-06"), ("DCTrue", "2019-04-07")]
