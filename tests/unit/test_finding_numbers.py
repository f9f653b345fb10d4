"""What findings say in numbers, shape by shape: value, limit, and whether the two agree with the verdict."""

from __future__ import annotations

import csv
import re
from pathlib import Path

import pytest

from pipelines.normalise.derive import FINDINGS_TYPE
from pipelines.normalise.findings import Finding, findings_in_cell, findings_in_columns
from pipelines.normalise.measured import measured
from tests.unit.test_normalise import normalised

REAL = Path(__file__).parents[2] / "../shared/data/real/food_export"

ORDER = ("item", "value", "limit")
SWAPPED = ("item", "limit", "value")
Said = tuple[str | None, list[float | None] | None, str | None, str | None, float | None, float | None, bool | None]


def hazard(item: str) -> str:
    return "other"


def said(found: Finding) -> Said:
    return (
        found["item"], found["value_numbers"], found["unit"], found["operator"], found["limit_low"],
        found["limit_high"], found["agrees"],
    )  # fmt: skip


def in_columns(item: str, value: str | None, limit: str | None = None, unit: str | None = None) -> Finding:
    (found,) = findings_in_columns(item=item, value=value, limit=limit, unit=unit, hazard=hazard)
    return found


LEAD: Said = ("铅", [0.5], "mg/kg", "≤", None, 0.2, True)
PEROXIDE: Said = ("过氧化值", [0.38], "g/100g", "≤", None, 0.25, True)
BENZOIC: Said = ("苯甲酸", [1.5], "g/kg", "≤", None, 1.0, True)


@pytest.mark.parametrize(
    ("cell", "order", "meant"),
    [
        ("铅/0.5mg/kg/≤0.2mg/kg", ORDER, [LEAD]),
        ("铅/≤0.2mg/kg/0.5mg/kg", SWAPPED, [LEAD]),
        ("铅/0.5mg/kg/≤0.2mg/kg；过氧化值/0.38g/100g/≤0.25g/100g", ORDER, [LEAD, PEROXIDE]),
        ("过氧化值/0.38g/100g/≤0.25g/100g", ORDER, [PEROXIDE]),
        ("过氧化值/≤0.25g/100g/0.38g/100g", SWAPPED, [PEROXIDE]),
        (
            "菌落总数/8.2×10²/8.6×10²/8.5×10²/7.9×10²/7.3×10²CFU/g/n=5,c=2,m=100,M=1000",
            ORDER,
            [("菌落总数", [820, 860, 850, 790, 730], "CFU/g", None, None, None, True)],
        ),
        ("呋喃唑酮代谢物/1.2μg/kg/不得检出", ORDER, [("呋喃唑酮代谢物", [1.2], "μg/kg", "不得检出", None, None, True)]),
        ("苯甲酸║1.5g/kg║≤1.0g/kg", ORDER, [BENZOIC]),
        ("苯甲酸║1.5g/kg║≤1.0g/kg|铅║0.5mg/kg║≤0.2mg/kg", ORDER, [BENZOIC, LEAD]),
        ("1.苯甲酸║1.5g/kg║≤1.0g/kg；2.铅║0.5mg/kg║≤0.2mg/kg", ORDER, [BENZOIC, LEAD]),
        ("①苯甲酸║1.5g/kg║≤1.0g/kg②铅║0.5mg/kg║≤0.2mg/kg", ORDER, [BENZOIC, LEAD]),
        ("苯甲酸；铅║1.5g/kg；0.5mg/kg║≤1.0g/kg；≤0.2mg/kg", ORDER, [BENZOIC, LEAD]),
        ("苯甲酸:1.5g/kg(≤1.0g/kg);铅:0.5mg/kg(≤0.2mg/kg)", ORDER, [BENZOIC, LEAD]),
        ("苯甲酸 1.5g/kg ≤1.0g/kg", ORDER, [BENZOIC]),
        ("苯甲酸，1.5g/kg，≤1.0g/kg", ORDER, [BENZOIC]),
        ("苯甲酸1.5g/kg（≤1.0g/kg）", ORDER, [BENZOIC]),
        ("苯甲酸（检测值1.5g/kg，标准值≤1.0g/kg）", ORDER, [BENZOIC]),
        ("项目：苯甲酸；检验结果：1.5g/kg；标准值：≤1.0g/kg", ORDER, [BENZOIC]),
        ("经检验，苯甲酸项目不符合GB 2760要求，检验结果为1.5g/kg，标准规定为≤1.0g/kg", ORDER, [BENZOIC]),
        ("苯甲酸实测值1.5g/kg（标准要求≤1.0g/kg）、铅实测值0.5mg/kg（标准要求≤0.2mg/kg）", ORDER, [BENZOIC, LEAD]),
        ("苯甲酸║≤1.0g/kg║1.5g/kg", SWAPPED, [BENZOIC]),
        ("苯甲酸║║≤1.0g/kg", ORDER, [("苯甲酸", None, None, "≤", None, 1.0, None)]),
        ("苯甲酸║/║/", ORDER, [("苯甲酸", None, None, None, None, None, None)]),
        ("苯甲酸1.5g/kg", ORDER, [("苯甲酸", [1.5], "g/kg", None, None, None, None)]),
        ("铅║不得检出║0.5mg/kg", ORDER, [("铅", [0.5], "mg/kg", "不得检出", None, None, True)]),
        ("标准值≤1.0g/kg，实测1.5g/kg", ORDER, [(None, [1.5], "g/kg", "≤", None, 1.0, True)]),
        ("铅/0.5mg/kg/≤0.2mg/kg、过氧化值/0.38g/100g/≤0.25g/100g", ORDER, [LEAD, PEROXIDE]),
        (
            "铅（标准值：≤0.2mg/kg，实测值：0.5mg/kg）；苯甲酸（标准值：≤1.0g/kg，实测值：1.5g/kg）",
            ORDER,
            [LEAD, BENZOIC],
        ),
        ("不合格项目为铅，检测结果0.5mg/kg，标准值≤0.2mg/kg", ORDER, [LEAD]),
        (
            "大肠菌群/25,60,＜10,＜10,110CFU/g/n=5,c=2,m=10,M=10²",
            ORDER,
            [("大肠菌群", [25, 60, 10, 10, 110], "CFU/g", None, None, None, True)],
        ),
        ("接地措施/不合格/应符合GB 4706.1", ORDER, [("接地措施", None, None, None, None, None, None)]),
        ("2,4-滴/0.5mg/kg/≤0.1mg/kg", ORDER, [("2,4-滴", [0.5], "mg/kg", "≤", None, 0.1, True)]),
        ("菌落总数/1.3×10 CFU/g/≤100CFU/g", ORDER, [("菌落总数", None, None, "≤", None, 100, None)]),
        ("铅/≤0.2mg/kg/0.5mg/kg；过氧化值/≤0.25g/100g/0.38g/100g", SWAPPED, [LEAD, PEROXIDE]),
    ],
)
def test_a_cell_says_what_was_found_against_which_limit(cell: str, order: tuple[str, ...], meant: list[Said]) -> None:
    assert [said(found) for found in findings_in_cell(cell, order, hazard)] == meant


@pytest.mark.parametrize(
    ("item", "value", "limit", "meant"),
    [
        ("蛋白质", "2.1g/100g", "≥2.5g/100g", ([2.1], "g/100g", "≥", 2.5, None, True)),
        ("谷氨酸钠", "99.2%", "≥99.0%", ([99.2], "%", "≥", 99.0, None, False)),
        ("总酸", "9.1g/100ml", "≥9.62g/100ml", ([9.1], "g/100mL", "≥", 9.62, None, True)),
        ("铝", "231", "200≤mg/kg", ([231], None, "≤", None, 200, True)),
        ("霉菌", "40000CFU/g", "30000CFU/g", ([40000], "CFU/g", None, 30000, 30000, True)),
        ("某项", "40", "30", ([40], None, None, 30, 30, None)),
        ("谷氨酸钠", "96.2%", "99%", ([96.2], "%", None, 99, 99, True)),
        ("还原糖（12.0g/100g～29.0g/100g）", "11.2g/100g", None, ([11.2], "g/100g", "~", 12, 29, True)),
        ("pH值", "9.2", "4.0≤pH≤8.5", ([9.2], None, "~", 4, 8.5, True)),
        ("酒精度", "50.1%vol", "53%vol±1%vol", ([50.1], "%vol", "~", 52, 54, True)),
        ("孔雀石绿", "3.1μg/kg", "不得检出μg/kg", ([3.1], "μg/kg", "不得检出", None, None, True)),
        ("糖精钠", "0.35", "不得添加g/kg", ([0.35], None, "不得添加", None, None, True)),
        ("氯霉素", "<LOD", "不得检出", (None, None, "不得检出", None, None, False)),
        ("铅", "0.12mg/kg", "≤100μg/kg", ([0.12], "mg/kg", "≤", None, 100, True)),
        ("铅", "0.2mg/kg", "≤200μg/kg", ([0.2], "mg/kg", "≤", None, 200, False)),
        ("铅", "0.2mg/kg", "<0.2mg/kg", ([0.2], "mg/kg", "<", None, 0.2, True)),
        ("砷", "＞3mg/kg", "3mg/kg", ([3], "mg/kg", None, 3, 3, True)),
        ("大肠菌群", "＞24000MPN/g", "≤110MPN/100g", ([24000], "MPN/g", "≤", None, 110, True)),
        ("食盐", "＞0.1%", "＜20%", ([0.1], "%", "<", None, 20, None)),
        ("铅", "0.5mg/kg", "≤0.2mg/L", ([0.5], "mg/kg", "≤", None, 0.2, None)),
        ("重量偏差", "-8.2%", "±6%", ([-8.2], "%", "~", -6, 6, True)),
        ("容量", "标称值的-12.3%", "标称值的±10%", ([-12.3], "%", "~", -10, 10, True)),
        ("酒精度", "44.5%vol", "标签明示值±1.0%vol", ([44.5], "%vol", "~", -1, 1, None)),
        ("耐摩擦色牢度", "3-4级", "≥4级", ([3.5], "级", "≥", 4, None, True)),
        ("耐汗渍色牢度", "2-3", "≥3-4级", ([2.5], "级", "≥", 3.5, None, True)),
        ("起球", "实测3级，要求≥4级", None, ([3], "级", "≥", 4, None, True)),
        ("绝缘电阻", "0.3MΩ", "≥2MΩ", ([0.3], "MΩ", "≥", 2, None, True)),
        ("噪声", "72dB(A)", "≤65dB(A)", ([72], "dB(A)", "≤", None, 65, True)),
        ("拉伸负荷", "纵向1.2N，横向1.8N", "≥1.6N", ([1.2, 1.8], "N", "≥", 1.6, None, True)),
        ("酸价(以脂肪计)(KOH)/(mg/g)", "5.2", "≤3", ([5.2], "mg/g", "≤", None, 3, True)),
        ("沙门氏菌", "25g样品检出", "不得检出/25g", (None, None, "不得检出", None, None, True)),
        ("大肠菌群", "检出/50cm²", "不得检出/50cm²", (None, None, "不得检出", None, None, True)),
        ("拉力", "62N（纵向），48N（横向）", "≥60N", ([62, 48], "N", "≥", 60, None, True)),
        ("甜蜜素（以环己基氨基磺酸计），g/kg", "0.89", "0.65", ([0.89], "g/kg", None, 0.65, 0.65, True)),
        ("铅", "0.33", "≤0.02（单位：mg/kg）", ([0.33], None, "≤", None, 0.02, True)),
        (
            "铜绿假单胞菌",
            "112、106、124、108、134CFU/250mL",
            "不得检出",
            ([112, 106, 124, 108, 134], "CFU/250mL", "不得检出", None, None, True),
        ),
        ("发热", "温升95K", "温升≤75K", ([95], "K", "≤", None, 75, True)),
        ("熄火保护装置", "闭阀时间75s", "闭阀时间：≤60s", ([75], "s", "≤", None, 60, True)),
        ("食盐", "大于5%", "大于6%", ([5], "%", ">", 6, None, None)),
        ("钢筋保护层厚度", "8mm", "15mm(+8，-5)", ([8], "mm", "~", 10, 23, True)),
        ("现浇楼板厚度偏差", "-12mm", "+10mm，-5mm", ([-12], "mm", "~", -5, 10, True)),
        ("楼板厚度", "112mm", "+10mm，-5mm", ([112], "mm", "~", -5, 10, None)),
        ("氯离子(Cl⁻)的质量分数/%", "8.3", "≤3.0", ([8.3], "%", "≤", None, 3, True)),
        ("沙门氏菌", "检出", "0/25g", (None, None, None, 0, 0, True)),
    ],
)
def test_values_are_held_against_limits_of_every_kind(
    item: str, value: str, limit: str | None, meant: tuple[object, ...]
) -> None:
    assert said(in_columns(item, value, limit))[1:] == meant


@pytest.mark.parametrize(
    ("value", "limit", "plan", "agrees"),
    [
        ("8.2×10²；8.6×10²；8.5×10²；7.9×10²；7.3×10²CFU/g", "n=5，c=2，m=10²，M=10³", (5, 2, 100, 1000), True),
        ("90；95；850；80；730CFU/g", "n=5,c=2,m=100,M=1000CFU/g", (5, 2, 100, 1000), False),
        ("90；95；1100；80；30CFU/g", "n=5,c=2,m=102,M=103CFU/g", (5, 2, 100, 1000), True),
        ("＜10CFU/g；\n＜10CFU/g；\n1200CFU/g；＜10CFU/g；2000CFU/g", "n=5,c=2,m=100,M=1000", (5, 2, 100, 1000), True),
        ("未检出；未检出；未检出；检出；未检出", "n=5,c=0,m=0/25g", (5, 0, 0, None), True),
        ("未检出；未检出；未检出；未检出；未检出", "n=5,c=0,m=0/25g", (5, 0, 0, None), False),
        ("3.7×104CFU/g", "n=5,c=2,m=104CFU/g,M=105CFU/g", (5, 2, 10_000, 100_000), None),
        ("1.7×10<sup>5</sup>CFU/g", "n=5 c=2 m=10<sup>4</sup> M=10<sup>5</sup>", (5, 2, 10_000, 100_000), True),
        (
            "n₁：530000；n₂：340000；n₃：90000；n₄：90000；n₅：90000结果均大于M（单位：CFU/g）",
            "n=5，c=2，m=10⁴，M=10⁵CFU/g",
            (5, 2, 10_000, 100_000),
            True,
        ),
    ],
)
def test_a_microbial_plan_fails_above_its_m_or_with_more_than_c_units_between(
    value: str, limit: str, plan: tuple[float | None, ...], agrees: bool | None
) -> None:
    found = in_columns("菌落总数", value, limit)
    assert tuple(found[part] for part in ("plan_n", "plan_c", "plan_m", "plan_max")) == plan
    assert (found["agrees"], found["value_uncertain"]) == (agrees, False)


@pytest.mark.parametrize(
    ("value", "limit"),
    [
        ("①1.4×10；②2.1×10³", "n=5，c=2，m=10²，M=10³"),
        ("1.06×10", "≤200CFU/g"),
        ("1.7×10<sup>4</sup>4CFU/g", "≤200CFU/g"),
        ("7.5×10⁴,1.3×10⁵,9.2×10⁴,5.0×10⁴", "7.5×10⁴CFU/g"),
        ("104CFU/g", "≤100CFU/g"),
        ("10μk/kg", "≤10μg/kg"),
        ("0..05mg/kg", "≤0.1mg/kg"),
        ("1,234mg/kg", "≤1000mg/kg"),
        ("1 200CFU/g", "≤1000CFU/g"),
        ("150,120,…", "n=5,c=2,m=10,M=100"),
        ("约5mg/kg", "≤1mg/kg"),
        ("≤0.2mg/kg", "7.47mg/kg"),
        ("0.00564", "≥99%"),
        ("12×104CFU/g", "≤1000CFU/g"),
        ("0.33mg/kg；≤0.02mg/kg", "≤0.02mg/kg"),
        ("3/5", "≤1"),
        ("1/180", "≤1/300"),
        ("35，20,10，15，20CFU/g", "≤10CFU/g"),
        ("2021-03-04", "≤1"),
        ("0571-8888", "≤1"),
    ],
)
def test_a_number_that_can_be_read_in_two_ways_is_flagged_and_left_out(value: str, limit: str) -> None:
    found = in_columns("某项", value, limit)
    assert (found["value_uncertain"], found["value_numbers"], found["agrees"]) == (True, None, None)
    assert found["value_text"] is not None


def test_a_lost_exponent_of_the_plan_leaves_the_plan_without_bounds() -> None:
    found = in_columns("菌落总数", "2.1×10³CFU/g", "n=5，c=2，m=2.5×10")
    assert (found["plan_n"], found["plan_c"], found["plan_m"], found["plan_max"]) == (5, 2, None, None)
    assert (found["value_numbers"], found["value_uncertain"], found["agrees"]) == ([2100.0], True, None)


@pytest.mark.parametrize(
    "value",
    [
        "初检结果：231mg/kg复检结果：236mg/kg",
        "原检值231mg/kg，复检值236mg/kg",
        "231mg/kg（初检）；236mg/kg（复检）",
    ],
)
def test_after_a_re_test_its_result_decides_and_the_first_is_kept(value: str) -> None:
    found = in_columns("铝的残留量", value, "≤200mg/kg")
    assert (found["initial_numbers"], found["value_numbers"], found["agrees"]) == ([231.0], [236.0], True)


def test_a_profile_keeps_its_order_with_what_was_not_detected() -> None:
    found = in_columns("脂肪酸组成", "ND/0.4/19.4/0.2/0.1/ND/3.6/30.4")
    assert found["value_numbers"] == [None, 0.4, 19.4, 0.2, 0.1, None, 3.6, 30.4]


@pytest.mark.parametrize(
    ("limit", "standard", "operator", "high"),
    [
        ("GB 2762-2017 ≤0.2mg/kg", "GB 2762-2017", "≤", 0.2),
        ("≤0.2mg/kg（GB 2762—2022）", "GB 2762—2022", "≤", 0.2),
        ("GB 2760-2014《食品安全国家标准 食品添加剂使用标准》≤0.2mg/kg", "GB 2760-2014", "≤", 0.2),
        ("应符合GB 7718的规定", "GB 7718", None, None),
        ("农业农村部公告第250号 不得检出", "农业农村部公告第250号", "不得检出", None),
    ],
)
def test_the_standard_that_a_limit_names_is_told(
    limit: str, standard: str, operator: str | None, high: float | None
) -> None:
    found = in_columns("某项", "0.5mg/kg", limit)
    assert (found["standard"], found["operator"], found["limit_high"]) == (standard, operator, high)
    assert found["limit_text"] == limit


@pytest.mark.parametrize(
    "value", ["营养标签中碳水化合物修约间隔错误", "未标示生产日期", "5批样品中2批不符合要求", "有异味"]
)
def test_prose_is_kept_as_text_and_says_no_number(value: str) -> None:
    found = in_columns("标签", value, "应符合GB 7718的规定")
    assert (found["value_text"], found["value_numbers"], found["value_uncertain"]) == (value, None, False)


def test_values_of_several_items_are_dealt_out_by_their_plans_and_separators() -> None:
    item = "菌落总数（n=3,c=1,m=10,M=100CFU/mL）;氨基酸态氮（以氮计）（国家标准≥0.4g/100mL；标签明示值≥0.7g/100mL）"
    for value in ("50；60；20CFU/mL;0.63g/100mL", "50；60；20CFU/mL；0.63g/100mL"):
        first, second = findings_in_columns(item=item, value=value, hazard=hazard)
        assert (first["value_numbers"], first["plan_max"], first["agrees"]) == ([50.0, 60.0, 20.0], 100.0, True)
        assert (second["value_numbers"], second["limit_low"], second["agrees"]) == ([0.63], 0.7, True)


def test_values_that_cannot_be_dealt_out_are_kept_as_text_and_flagged() -> None:
    first, *rest = findings_in_columns(item="镉、铅、砷", value="0.5；0.4", hazard=hazard)
    assert (first["value_text"], first["value_numbers"], first["value_uncertain"]) == ("0.5；0.4", None, True)
    assert [found["value_uncertain"] for found in rest] == [False, False]


def test_a_unit_of_its_own_column_goes_with_bare_numbers_and_completes_half_a_unit() -> None:
    assert said(in_columns("铅", "0.5", "0.2", "mg/kg"))[1:] == ([0.5], "mg/kg", None, 0.2, 0.2, True)
    assert said(in_columns("铅", "13mg", "≤0.05mg /kg", "/kg"))[1:] == ([13], "mg/kg", "≤", None, 0.05, True)
    assert in_columns("6-苄基腺嘌呤(6-BA)(mg/kg)（不得检出）", "0.0110")["unit"] == "mg/kg"


def test_a_triple_under_the_header_of_the_result_is_taken_apart() -> None:
    (found,) = findings_in_columns(item=None, value="铅‖0.5mg/kg‖≤0.2mg/kg", hazard=hazard)
    (pair,) = findings_in_columns(item="铅", value="0.5mg/kg‖≤0.2mg/kg", hazard=hazard)
    assert said(found) == said(pair) == LEAD


def test_a_text_that_many_rows_repeat_is_read_once() -> None:
    header: list[str | None] = [
        "抽样编号",
        "食品名称",
        "被抽样单位名称",
        "公告日期",
        "任务来源",
        "不合格项目║检验结果║标准值",
    ]
    told = [f"铅║0.{k}7131mg/kg║≤0.2mg/kg" for k in range(1, 4)]
    rows: list[list[str | None]] = [
        [f"DC{k:05}", "挂面", "甲超市", "2026-05-01", "省级食品安全监督抽检", told[k % 3]] for k in range(600)
    ]
    before = measured.cache_info()
    found = normalised(("", [header, *rows])).rows["findings"].to_pylist()
    after = measured.cache_info()
    assert after.misses - before.misses < 30 and after.hits - before.hits < 60
    assert [each[0]["value_numbers"] for each in found[:3] if each] == [[0.17131], [0.27131], [0.37131]]


def test_a_finding_has_the_fields_of_the_lake_s_contract() -> None:
    assert {field.name for field in FINDINGS_TYPE.value_type} == set(Finding.__annotations__)


@pytest.mark.real
@pytest.mark.skipif(not REAL.exists(), reason="shared/data/real/food_export is not here")
def test_of_the_real_exports_98_of_100_results_are_read_and_no_failure_is_held_against_its_limit() -> None:
    texts: set[tuple[str, str, str, str]] = set()
    for path in REAL.glob("*.csv"):
        if "RASFF" not in path.name and "_format" not in path.name:
            with path.open(encoding="utf-8-sig", newline="") as file:
                texts |= {
                    (row["检测项目"], row["检测结果"], row["限量值"], row["单位"])
                    for row in csv.DictReader(file)
                    if "不合格" in row["判定"] and re.search(r"\d", row["检测结果"])
                }
    found = [
        each
        for item, value, limit, unit in texts
        for each in findings_in_columns(item=item, value=value, limit=limit or None, unit=unit or None, hazard=hazard)
        if re.search(r"\d", each["value_text"] or "")
    ]
    assert len(found) > 150
    assert sum(not each["value_uncertain"] and bool(each["value_numbers"]) for each in found) / len(found) >= 0.98
    assert [each["raw"] for each in found if each["agrees"] is False] == []
    assert [each["raw"] for each in found if not each["value_uncertain"] and not each["value_numbers"]] == []
