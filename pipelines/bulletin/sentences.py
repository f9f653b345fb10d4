"""The bulletin's sentences, in the field's own style: counts together, rates with their interval, nothing withheld."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from datetime import date
from typing import Any

from warehouse.office_time import OFFICE_TIME
from warehouse.periods import is_over
from warehouse.quarterly.words import FEEDS, SAMPLING_TYPES, percent, quarter_name
from warehouse.sampling_types import TYPES_OF_FAILURES

__all__ = [
    "METHOD",
    "WITHHELD",
    "change_sentence",
    "change_sentences",
    "checked_sentence",
    "correction_sentences",
    "enterprise_sentence",
    "funnel_sentence",
    "interval_text",
    "is_of_failures",
    "lead_sentence",
    "rank_sentence",
    "rate_name",
    "rate_text",
    "report_unit",
    "stratum_title",
    "target_text",
    "total_name",
    "unit_of",
]

Row = Mapping[str, Any]
_WITHHELD_FOR = {
    "withheld_few_inspections": "样本量不足",
    "withheld_small_n": "样本量不足",
    "withheld_wide": "区间过宽",
}
WITHHELD = {"no_data": "—"} | {status: f"{reason}，不作判断" for status, reason in _WITHHELD_FOR.items()}
RANKABLE = 0.5
"""Under this share of the differences that is no chance, groups come before ranks."""
METHOD = (
    "统计单位是抽样单（批次），不是表格行；工程质量抽查按点统计。合格率（符合率）＝合格数÷已出结论数，未判定的不入分母，另列。",
    "每个比率都附95%威尔逊（Wilson）置信区间：若抽样反复进行，这样算出的区间约有95%包含真实比率。两个区间大片重叠时，差别可能只是碰巧；能否断定有高下，要看两者之差的检验。"
    "工程质量抽查同一工地各点相近，区间按有效样本量计算。",
    "监督抽查、评价性抽检、例行监测、风险监测和工程质量抽查目的不同，数量和比率都不相加。总体情况、质量指标、数据质量各表中每行只是一类，"
    "写明其比率名称或单位，行与行不可比较；其余表格和图形一表（图）一类。",
    "监督抽查专挑风险较高的产品、单位和环节，其结果称“监督抽查不合格发现率”；发现率高说明抽得准，不代表当地的合格水平，不用于各地比较。",
    "样本量不足30，或检查不足10次的，只列数量，注“样本量不足，不作判断”；区间过宽的注“区间过宽，不作判断”；"
    "注“区间宽”的发现率、不合格率和占比，区间比比率本身还宽，仅供参考。",
    "带*的数字含尚在异议、复检期内的不合格结果，属暂定数，可能变动。",
    "位次只在公布比率的市州间按比率排列，附95%同时区间：各市州的真实位次同时落在所附区间内的把握为95%。两个市州能否断定有高下，"
    "由逐对检验得出，不能由位次区间是否重叠看出；逐个清单见数据接口 /v1/rankings 的 indistinguishable_from。",
    "漏斗图以全省比率为中线，99.8%控制限之外的差异仅凭抽样波动难以解释，应先核实抽样对象、类别构成和数据，再作判断。"
    "各市州的差异超出偶然波动时，控制限按随机效应放宽，图中注明。“需要关注的情况”逐类写明按合计漏斗图核对了几个市州；"
    "分环节、分类别的漏斗图只列超出控制限的市州。",
    "环比、同比以纽科姆（Newcombe）95%区间判断，区间不含0才称上升或下降；各市州逐个判断，即使都没有变化，"
    "每比较20个预计也约有1个被称为升降；监督抽查和风险监测取决于抽到哪里，不表述各市州的升降。全省的变化和指标不含省份不详的批次。",
    "指标只在整个95%区间都在目标值一侧时，称现达到或现低于目标值；目标年度结束后，才以该年全年的数值断定是否达到目标。替代指标不作达标判断。",
    "同一批次有多个不合格项目的，在各项目中各计一次，占比不可相加；企业按名称去重，不同表格中的企业数不可相加；"
    "涉嫌假冒（生产者否认）的批次不计入生产者，单独列出。",
    "迟报指首次报送晚于结论（工程为检查）之日30天以上；没有这一日期的无从判断，括注其数。",
)


def is_of_failures(stratum: Row) -> bool:
    """Whether what it finds is spoken of as failures found, for it looks for problems."""
    return stratum["sampling_type"] in TYPES_OF_FAILURES


def unit_of(stratum: Row) -> str:
    """What its counts count."""
    return "点" if stratum["feed"] == "construction" else "批次"


def report_unit(stratum: Row) -> str:
    """What is counted of its reports: in construction inspections, which have many points."""
    return "次检查" if stratum["feed"] == "construction" else "批次"


def total_name(stratum: Row, *, is_of_province: bool) -> str:
    """What a line through a chart is the rate of. What is of no known province is in the total, in no province's."""
    name = "全省" if is_of_province else "总体"
    if not stratum["data_quality"]["n_unknown_province"]:
        return name
    return f"{'不' if is_of_province else ''}含省份不详的{name}"


def stratum_title(stratum: Row) -> str:
    """`食品安全评价性抽检`; construction's sampling type says all."""
    name = SAMPLING_TYPES[stratum["sampling_type"]].zh
    return name if stratum["feed"] == "construction" else f"{FEEDS[stratum['feed']].zh}{name}"


def rate_name(stratum: Row) -> str:
    """What the rate that a stratum is spoken of by is called, beside its title."""
    names = {"supervision": "不合格发现率", "risk_monitoring": "问题检出率", "inspection": "符合率"}
    return names.get(stratum["sampling_type"], "合格率")


def rate_text(row: Row, rate: str) -> str:
    """A rate as a table shows it, with the mark of provisional figures; why there is none where it is withheld."""
    if row[rate] is None:
        return WITHHELD[row[f"{rate}_status"]]
    wide = "（区间宽）" if row[f"{rate}_status"] == "unreliable" else ""
    return percent(row[rate]) + ("*" if row["is_provisional"] else "") + wide


def interval_text(row: Row, rate: str) -> str:
    """The 95 % interval beside a rate."""
    return "—" if row[rate] is None else f"{percent(row[f'{rate}_low'])}～{percent(row[f'{rate}_high'])}"


def lead_sentence(quarter: str, province: str, stratum: Row) -> str:
    """The counts of a stratum together, its rates with their intervals, and who was sampled."""
    overall, unit = stratum["overall"], unit_of(stratum)
    is_building = stratum["feed"] == "construction"
    counts = f"共抽查{overall['n_sampled']:,}{unit}，已出结论{overall['n_concluded']:,}{unit}"
    counts += f"，{'不符合' if is_building else '不合格'}{overall['n_nonconforming']:,}{unit}"
    if is_building:
        counts = f"检查工程{overall['n_inspections']:,}次，{counts}"
    rates = "，".join(_rates(stratum))
    others = "；".join(_others(stratum, unit))
    return (
        f"{quarter_name(quarter)}，{province}{stratum_title(stratum)}{counts}，{rates}。"
        + (f"{others}。" if others else "")
        + enterprise_sentence(stratum)
    )


def _rates(stratum: Row) -> Iterator[str]:
    overall = stratum["overall"]
    is_building = stratum["feed"] == "construction"
    failures = "不符合率" if is_building else "监督抽查不合格发现率" if is_of_failures(stratum) else "不合格率"
    if stratum["sampling_type"] == "risk_monitoring":
        failures = stratum["rate_name_zh"]
    passes = "符合率" if is_building else "合格率"
    order = ["failure_rate", "rate"] if is_of_failures(stratum) else ["rate", "failure_rate"]
    if stratum["sampling_type"] == "risk_monitoring":
        order.remove("rate")  # never spoken of as passed
    for rate in order:
        name = failures if rate == "failure_rate" else passes
        if overall[rate] is None:
            yield f"{name}：{WITHHELD[overall[f'{rate}_status']]}"
        else:
            yield f"{name}{rate_text(overall, rate)}（95%区间{interval_text(overall, rate)}）"


def _others(stratum: Row, unit: str) -> Iterator[str]:
    overall, n_nowhere = stratum["overall"], stratum["data_quality"]["n_unknown_province"]
    if n_nowhere:
        yield f"以上含省份不详的{n_nowhere:,}{unit}，全省的指标、变化和漏斗图中线不含"
    if overall["n_undetermined"]:
        yield f"另有未判定{overall['n_undetermined']:,}{unit}，不计入比率"
    if overall["n_held"]:
        yield f"公告附表未齐、暂不计入{overall['n_held']:,}批次"


def enterprise_sentence(stratum: Row) -> str:
    """How many enterprises stand behind the samples; empty where the release counts none."""
    found = [row for row in stratum["enterprises"] if row["stage"] == "all"]
    if not found:
        return ""
    row, is_building = found[0], stratum["feed"] == "construction"
    maker, unit = ("施工单位", "受检单位") if is_building else ("标称生产者", "被抽样单位")
    parts = []
    if row["n_producers"]:
        parts.append(
            f"{row['n_producers']:,}家{maker}的{row['n_samples_of_producers']:,}{'次检查' if is_building else '批次'}"
        )
    if row["n_units"]:
        parts.append(f"{row['n_units']:,}家{unit}")
    text = f"涉及{'、'.join(parts)}。" if parts else ""
    if row["n_samples_disputed"]:
        text += f"涉嫌假冒（生产者否认）{row['n_samples_disputed']:,}批次单独统计，不计入生产者。"
    return text


def correction_sentences(stratum: Row) -> Iterator[str]:
    """Which of its figures were corrected of late, by day and release; growth is what a quarter does."""
    corrected: dict[tuple[date, str], list[str]] = {}
    named = [
        ("合计", stratum["overall"]),
        *((row["prefecture_name"], row) for row in stratum["prefectures"]),
        *((row["category_name"], row) for row in stratum["categories"]),
    ]
    for name, row in named:
        if row["revision"] == "corrected":
            on = row["revised_at"].astimezone(OFFICE_TIME).date()
            corrected.setdefault((on, row["revised_in"]), []).append(name)
    for (on, release_id), names in sorted(corrected.items()):
        yield (
            f"更正：{'、'.join(names)}的数字于{on.year}年{on.month}月{on.day}日更正，与此前公布的不同"
            f"（发布编号 {release_id}）。"
        )


def change_sentences(stratum: Row) -> Iterator[str]:
    """The changes of the province; then, of each kind of comparison, how many prefectures it compares and how many of
    them chance alone would name, before those that it names. None of prefectures where failures are sought: a rate that
    depends on where one looks has no trend.
    """
    changes = stratum["changes"]
    yield from (change_sentence(stratum, row) for row in changes if row["prefecture_code"] == "all")
    for row in () if is_of_failures(stratum) else stratum["compared"]:
        yield (
            f"各市州{_against(row)}共比较{row['n_compared']}个，仅凭偶然预计约{row['n_by_chance']:g}个会被称为升降，"
            f"实有{row['n_higher'] + row['n_lower']}个。"
        )
        # What could be placed nowhere is no area whose rate could rise or fall.
        yield from (
            change_sentence(stratum, each)
            for each in changes
            if each["prefecture_code"] not in ("all", "unknown")
            and (each["province_code"], each["kind"]) == (row["province_code"], row["kind"])
        )


def _against(row: Row) -> str:
    return f"{'环比' if row['kind'] == 'previous_quarter' else '同比'}（与{row['quarter_before']}相比）"


def change_sentence(stratum: Row, row: Row) -> str:
    """A change with its interval, or that nothing can be said. Failures are spoken of where they are sought."""
    against = f"{row['prefecture_name'] or '全省'}{_against(row)}"
    if row["difference"] is None:
        return f"{against}：{_why_not_compared(row)}。"
    now, before = row["rate"], row["rate_before"]
    difference, low, high = (row[name] * 100 for name in ("difference", "difference_low", "difference_high"))
    is_up = row["change"] == "higher"
    if is_of_failures(stratum):
        now, before, difference, low, high = 1 - now, 1 - before, -difference, -high, -low
        is_up = row["change"] == "lower"
    interval = f"95%区间{low:+.2f}至{high:+.2f}个百分点"
    rates = f"{rate_name(stratum)}由{percent(before)}变为{percent(now)}{'*' if row['is_provisional'] else ''}"
    if row["change"] not in ("higher", "lower"):
        return f"{against}：{rates}，相差{difference:+.2f}个百分点（{interval}），不能断定有升降。"
    return f"{against}：{rates}，{'上升' if is_up else '下降'}{abs(difference):.2f}个百分点（{interval}）。"


def _why_not_compared(row: Row) -> str:
    if row["rate_status_before"] == "no_data":
        return "基期没有数据"
    if row["rate_status"] == "no_data":
        return "本期没有数据"
    return WITHHELD[row["rate_status" if row["rate"] is None else "rate_status_before"]]


def rank_sentence(stratum: Row) -> str:
    """How far ranks tell prefectures apart: the pairs that are declared different, and the rankability; empty where
    there is not just one province to rank.
    """
    ranked = [row for row in stratum["prefectures"] if row["rank"] is not None]
    if len(stratum["rankings"]) != 1 or len(ranked) < 2:
        return ""
    n_pairs = len(ranked) * (len(ranked) - 1) // 2
    n_alike = sum(len(row["indistinguishable_from"]) for row in ranked) // 2
    rankability = stratum["rankings"][0]["rankability"]
    told = "没有一对能断定有高下" if n_alike == n_pairs else f"能断定有高下的{n_pairs - n_alike:,}对"
    doubt = "，不足一半：先后多半出于偶然，不宜单独引用位次" if rankability < RANKABLE else ""
    return (
        f"位次须连同区间读：{len(ranked)}个市州两两相比{n_pairs:,}对，{told}；"
        f"各市州的差异中不属偶然的份额（可排序性）为{percent(rankability, 0)}{doubt}。"
    )


def funnel_sentence(stratum: Row) -> str:
    """That the limits of the funnel are those of random effects; empty where they are not."""
    if not any(row["is_overdispersed"] for row in stratum["rankings"]):
        return ""
    return "各市州的差异超出偶然波动，漏斗图控制限按随机效应放宽。"


def checked_sentence(stratum: Row) -> str:
    """How many prefectures the funnel of the whole stratum checked, how many not, and why."""
    title, areas = (
        stratum_title(stratum),
        [row for row in stratum["prefectures"] if row["prefecture_code"] != "unknown"],
    )
    checked = [row for row in areas if row["is_alarm"] is not None]
    if not checked:
        return f"{title}：本季无漏斗图，未作判断（{_why_no_funnel(stratum, areas)}）。"
    n_alarms = sum(row["is_alarm"] for row in checked)
    outside = f"超出99.8%控制限的{n_alarms}个" if n_alarms else "没有超出99.8%控制限的"
    why = Counter(_why_not_checked(row) for row in areas if row["is_alarm"] is None)
    left = "、".join(f"{reason}{n}个" for reason, n in why.items())
    note = "（发现率不用于各地比较，只提示核实）" if is_of_failures(stratum) else ""
    return (
        f"{title}{note}：按合计漏斗图核对{len(checked)}个市州，{outside}"
        + (f"；未核对{why.total()}个（{left}）" if left else "")
        + "。"
    )


def _why_not_checked(row: Row) -> str:
    return _WITHHELD_FOR.get(row["rate_status"], "没有数据" if row["rate_status"] == "no_data" else "无控制限")


def _why_no_funnel(stratum: Row, areas: Sequence[Row]) -> str:
    if sum(row["rate"] is not None for row in areas) < 2:
        return "公布比率的市州不足2个"
    return "不用于各地比较" if is_of_failures(stratum) else "全省比率为0或100%，画不出控制限"


def target_text(row: Row, day: date | None) -> str:
    """How an indicator stands to its target on the day of the newest data: a verdict only of the target year as a whole
    once it is over, of a proxy never.
    """
    status = row["target_status"]
    if status == "undecided":
        text = "尚不能断定"
    elif row["target_value"] is None:
        text = "现高于上年同期" if status == "met" else "现低于上年同期"
    elif row["is_proxy"]:
        text = "不低于目标值" if status == "met" else "低于目标值"
    elif _is_final(row, day):
        text = "达到目标" if status == "met" else "未达目标"
    else:
        text = "现达到目标值" if status == "met" else "现低于目标值"
    return text + ("（替代指标，不作达标判断）" if row["is_proxy"] else "")


def _is_final(row: Row, day: date | None) -> bool:
    is_of_target_year = row["quarter"] in (f"{row['target_year']}", f"{row['target_year']}YTD")
    return is_of_target_year and day is not None and is_over(f"{row['target_year']}Q4", day)
