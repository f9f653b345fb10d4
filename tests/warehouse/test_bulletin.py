"""The bulletin, read back: its sentences, the cells of its tables, its charts, and what it says without a font."""

from __future__ import annotations

import struct
import zipfile
from collections.abc import Iterator
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import docx
import numpy as np
import pytest
from click.testing import CliRunner
from docx.document import Document
from docx.oxml.ns import qn

from pipelines.bulletin import font
from pipelines.bulletin.charts import funnel_curves, interval_chart
from pipelines.bulletin.context import bulletin_context
from pipelines.bulletin.font import MissingFontError, find_font
from pipelines.bulletin.make import bulletin_bytes
from pipelines.bulletin.sentences import METHOD, change_sentences, rate_text, total_name
from pipelines.bulletin.template import TEMPLATE, template_bytes
from pipelines.cli import cli
from pipelines.publish import publish
from tests.warehouse.builder import Lake, batch, sample
from tests.warehouse.quarter_data import AREAS, commit_figure, commit_quarter
from warehouse.connect import connect, sql_text
from warehouse.errors import UserError
from warehouse.quarterly import LATE_AFTER_DAYS, Row, quarterly_results
from warehouse.quarterly.words import STEPS, alarm_sentence, percent
from warehouse.release import ARTEFACTS, release_path
from warehouse.settings import Settings
from warehouse.statistics import Strata, funnel

# While the failures of the quarter may still be objected to.
ABOUT = {"artefact": "public", "release_id": "r", "data_as_of": None, "method_version": "1", "province": "四川省"}
PROVISIONAL = datetime(2026, 5, 11, tzinfo=UTC)


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    made = Settings(home=tmp_path_factory.mktemp("home"))
    commit_quarter(Lake(made))
    return made


@pytest.fixture(scope="module")
def released(settings: Settings) -> str:
    published = publish(settings, as_of=PROVISIONAL)
    assert published is not None
    return published


@pytest.fixture(scope="module")
def written(settings: Settings, released: str) -> dict[str, bytes]:
    """The bulletin from each artefact; a glyph that the font has not would be a warning, hence an error."""
    return {artefact: bulletin_bytes(settings, "2026Q2", released, artefact) for artefact in ARTEFACTS}


@pytest.fixture(scope="module")
def results(settings: Settings, released: str) -> Row:
    with connect(settings, release_path(settings, released, "office"), read_only=True) as connection:
        found = quarterly_results(
            lambda text, given: connection.sql(text, params=dict(given)).to_arrow_table(), "2026Q2"
        )
    assert found is not None
    return found


def _opened(file: bytes) -> Document:
    return docx.Document(BytesIO(file))


def _texts(document: Document) -> list[str]:
    return [paragraph.text for paragraph in document.paragraphs]


def _rows(document: Document, head: str, *, of: int = 0) -> list[list[str]]:
    """The lines under the heads of a table, which is known by its first head."""
    tables: list[Any] = [table for table in document.tables if table.cell(0, 0).text == head]
    return [[cell.text for cell in row.cells] for row in tables[of].rows[1:]]


def _stratum(results: Row, sampling_type: str) -> Row:
    (found,) = [each for each in results["strata"] if each["sampling_type"] == sampling_type]
    return found


def test_the_opening_gives_the_counts_together_and_rates_with_their_intervals(written: dict[str, bytes]) -> None:
    conforming, failed = (sum(counts[k] for counts in AREAS.values()) for k in (0, 1))
    n = conforming + failed + 3
    (opening,) = [text for text in _texts(_opened(written["office"])) if "食品安全评价性抽检共抽查" in text]
    assert opening.startswith(
        f"2026年第二季度，四川省食品安全评价性抽检共抽查{n:,}批次，已出结论{n:,}批次，不合格{failed}批次，"
        f"合格率{percent((conforming + 3) / n)}*（95%区间"
    )
    assert f"不合格率{percent(failed / n)}*（95%区间" in opening
    assert f"涉嫌假冒（生产者否认）{len(AREAS)}批次单独统计" in opening


def test_cells_of_the_tables_are_the_figures_of_the_release(written: dict[str, bytes], results: Row) -> None:
    document = _opened(written["office"])
    strata = results["strata"]
    for position, stratum in enumerate(strata):
        shown = _rows(document, "市州", of=position)
        rate = "failure_rate" if stratum["sampling_type"] in ("supervision", "risk_monitoring") else "rate"
        assert len(shown) == len(stratum["prefectures"])
        for cells, row in zip(shown, stratum["prefectures"], strict=True):
            counts = [f"{row[name]:,}" for name in ("n_sampled", "n_concluded", "n_nonconforming")]
            assert cells[:4] == [row["prefecture_name"], *counts]
            if row[rate] is not None:
                marks = "*" * row["is_provisional"] + "（区间宽）" * (row[f"{rate}_status"] == "unreliable")
                assert cells[4] == percent(row[rate]) + marks
                assert cells[5] == f"{percent(row[f'{rate}_low'])}～{percent(row[f'{rate}_high'])}"
    items = {cells[0]: cells for cells in _rows(document, "不合格项目", of=1)}
    (germs,) = [row for row in _stratum(results, "evaluation")["failed_items"] if "菌落" in row["item_name"]]
    assert items["菌落<总数&\\x0b{{ quarter }}"][2:4] == [str(germs["n_samples"]), percent(germs["share"])]


def test_a_yearly_figure_stands_with_its_year_and_who_published_it_when(written: dict[str, bytes]) -> None:
    """Two years before the quarter, for it comes out late; of the quarter's own year there is none yet."""
    found = {cells[0]: cells for cells in _rows(_opened(written["public"]), "指标")}
    assert found["制造业质量竞争力指数"] == [
        "制造业质量竞争力指数", "2024年（市场监管总局公告，2025-11-20发布）", "89.1", "—", "≥88（2027年）",
        "现达到目标值",
    ]  # fmt: skip


def test_a_yearly_figure_of_a_later_year_is_none_of_the_quarter_s(tmp_path: Path) -> None:
    made = Settings(home=tmp_path)
    lake = Lake(made)
    lake.commit(batch("now", sample("P-1")))
    commit_figure(lake, year=2027, value=90.0, published_on=date(2028, 11, 20))
    published = publish(made)
    assert published is not None
    with connect(made, release_path(made, published, "public"), read_only=True) as connection:
        found = connection.sql(sql_text("quarterly/indicators"), params={"quarter": "2026Q2"}).to_arrow_table()
    (row,) = [row for row in found.to_pylist() if row["feed"] is None]
    assert (row["quarter"], row["value"], row["published_on"]) == ("2026", None, None)


def test_the_days_of_each_step_stand_with_their_standard_or_a_dash(written: dict[str, bytes], results: Row) -> None:
    steps = [row for stratum in results["strata"] for row in stratum["timeliness"]]
    shown = _rows(_opened(written["office"]), "抽检类型", of=2)
    assert len(shown) == len(steps) > 0
    for cells, row in zip(shown, steps, strict=True):
        days = [row[name] for name in ("p50_days", "p95_days", "standard_days")]
        assert cells[1:6] == [
            STEPS[row["step"]].zh,
            f"{row['n_samples']:,}{'次检查' if cells[0] == '工程质量抽查' else '批次'}",
            *("—" if n is None else f"{n:,}" for n in days),
        ]
    assert "ok" in {row["days_status"] for row in steps}


def test_what_is_withheld_says_so_and_what_is_provisional_is_marked(written: dict[str, bytes], results: Row) -> None:
    shown = {cells[0]: cells for cells in _rows(_opened(written["office"]), "市州", of=1)}
    assert shown["乐山市"][3:] == ["1", "样本量不足，不作判断", "—", "—"]
    assert shown["雅安市"][1:6] == ["0", "0", "0", "—", "—"]
    (mianyang,) = [row for row in _stratum(results, "evaluation")["prefectures"] if row["prefecture_code"] == "510700"]
    assert mianyang["is_provisional"] and shown["绵阳市"][4] == "78.00%*"
    assert shown["绵阳市"][6] == f"{mianyang['rank']}（{mianyang['rank_low']}～{mianyang['rank_high']}）"


def test_shares_and_rates_with_wide_intervals_say_so(results: Row) -> None:
    stratum = _stratum(results, "supervision")
    row = {**stratum["overall"], "failure_rate": 0.1, "failure_rate_status": "unreliable", "is_provisional": False}
    assert rate_text(row, "failure_rate") == "10.00%（区间宽）"
    item = {**_stratum(results, "evaluation")["failed_items"][0], "share": 0.1, "share_status": "unreliable"}
    shown = bulletin_context({**results, "strata": [{**stratum, "failed_items": [item]}]}, ABOUT)
    assert shown["strata"][0]["failed_items"][0]["share"] == "10.00%（区间宽）"


def test_ranks_stand_with_what_they_can_tell_apart(written: dict[str, bytes], results: Row) -> None:
    stratum = _stratum(results, "evaluation")
    ranked = [row for row in stratum["prefectures"] if row["rank"] is not None]
    n_pairs = len(ranked) * (len(ranked) - 1) // 2
    n_told = n_pairs - sum(len(row["indistinguishable_from"]) for row in ranked) // 2
    assert 0 < n_told < n_pairs
    (note,) = [text for text in _texts(_opened(written["office"])) if f"能断定有高下的{n_told}对" in text]
    assert f"{len(ranked)}个市州两两相比{n_pairs}对" in note

    def said(rankability: float, *, is_wide: bool) -> str:
        about = {**stratum["rankings"][0], "rankability": rankability, "is_overdispersed": is_wide}
        alike = [{**row, "indistinguishable_from": [1] * (len(ranked) - 1)} for row in ranked]
        context = bulletin_context(
            {**results, "strata": [{**stratum, "rankings": [about], "prefectures": alike}]}, ABOUT
        )
        return str(context["strata"][0]["note"])

    assert "没有一对能断定有高下" in said(0.49, is_wide=False) and "为49%，不足一半" in said(0.49, is_wide=False)
    assert "不足一半" not in said(0.5, is_wide=False) and "随机效应" not in said(0.5, is_wide=False)
    assert "漏斗图控制限按随机效应放宽" in said(0.5, is_wide=True)


def test_one_prefecture_alone_has_no_rank_in_an_older_release_either(results: Row) -> None:
    stratum = _stratum(results, "evaluation")
    about = {**stratum["rankings"][0], "n_ranked": 1}
    context = bulletin_context({**results, "strata": [{**stratum, "rankings": [about]}]}, ABOUT)
    assert context["strata"][0]["is_ranked"] is False


def test_an_alarm_names_construction_once() -> None:
    row = {
        "rate": 0.9, "provincial_rate": 0.95, "funnel_998_low": 0.91, "funnel_998_high": 0.98, "side": "below",
        "category_code": "all", "category_name": None, "stage": "all", "prefecture_code": "511300",
        "prefecture_name": "南充市",
    }  # fmt: skip
    said = alarm_sentence("construction", "inspection", row)
    assert said.zh.startswith("南充市工程质量抽查符合率为90.00%，低于全省的95.00%")
    assert said.en.startswith("511300 conformity rate of construction inspections: 90.00%, below")
    assert alarm_sentence("market", "evaluation", row).zh.startswith("南充市产品质量评价性抽检合格率为")


def test_what_has_no_place_or_no_date_is_told_apart(results: Row) -> None:
    stratum = _stratum(results, "evaluation")
    quality = {**stratum["data_quality"], "n_unknown_province": 7, "n_late": 3, "n_undated": 4}
    nowhere = [{**row, "province_code": "unknown"} for row in stratum["timeliness"][:1]]
    change = {**stratum["changes"][0], "prefecture_code": "unknown", "prefecture_name": None}
    told = {**stratum, "data_quality": quality, "timeliness": nowhere, "changes": [change]}
    context = bulletin_context({**results, "strata": [told | {"compared": []}]}, ABOUT)
    assert "以上含省份不详的7批次" in context["opening"][0]
    assert context["quality"][0]["late"] == "3批次（另4批次无日期）"
    assert context["steps"][0]["title"] == "食品安全评价性抽检（省份不详）"
    assert context["strata"][0]["sentences"] == []


def test_before_prefectures_that_rose_or_fell_stands_how_many_were_compared_and_how_many_chance_names(
    written: dict[str, bytes], results: Row
) -> None:
    told = _texts(_opened(written["public"]))
    place = told.index("各市州环比（与2026Q1相比）共比较2个，仅凭偶然预计约0.1个会被称为升降，实有1个。")
    assert told[place - 2].startswith("全省环比") and told[place - 1].startswith("全省同比")
    assert told[place + 1].startswith("成都市环比（与2026Q1相比）：合格率由60.00%变为")

    stratum, change = _stratum(results, "evaluation"), {"prefecture_code": "510300", "prefecture_name": "自贡市"}
    (named,) = [row for row in stratum["changes"] if row["prefecture_code"] == "510100"]
    of_year = {"kind": "year_before", "quarter_before": "2025Q2"}
    several = {
        "changes": [named, named | change, named | change | of_year],
        "compared": [
            stratum["compared"][0] | {"n_compared": 17, "n_by_chance": 0.85, "n_higher": 1, "n_lower": 1},
            stratum["compared"][0] | of_year | {"n_compared": 21, "n_by_chance": 1.05, "n_higher": 0, "n_lower": 1},
        ],
    }
    said = [*change_sentences(stratum | several)]
    assert [text[: text.index("（")] for text in said] == [
        "各市州环比", "成都市环比", "自贡市环比", "各市州同比", "自贡市同比",
    ]  # fmt: skip
    assert "共比较17个，仅凭偶然预计约0.85个会被称为升降，实有2个" in said[0]
    assert "共比较21个，仅凭偶然预计约1.05个会被称为升降，实有1个" in said[3]
    for sampling_type in ("supervision", "risk_monitoring"):
        assert [*change_sentences(stratum | several | {"sampling_type": sampling_type})] == []


def test_each_row_of_the_table_of_all_kinds_names_its_rate_and_its_unit(
    written: dict[str, bytes], results: Row
) -> None:
    shown = _rows(_opened(written["office"]), "抽检类型")
    assert [(cells[0], cells[1][-2:], cells[4]) for cells in shown] == [
        ("工程质量抽查", "0点", "符合率"), ("食品安全评价性抽检", "批次", "合格率"),
        ("食品安全风险监测", "批次", "问题检出率"), ("食品安全监督抽查", "批次", "不合格发现率"),
    ]  # fmt: skip
    overall = _stratum(results, "evaluation")["overall"]
    assert shown[1][1:4] == [f"{overall[name]:,}批次" for name in ("n_sampled", "n_concluded", "n_nonconforming")]
    assert shown[1][5] == f"{percent(overall['rate'])}*"


def test_what_waits_or_is_missing_stands_with_its_unit(written: dict[str, bytes], results: Row) -> None:
    """Points and inspections of construction stand in one row."""
    construction, evaluation = _rows(_opened(written["office"]), "抽检类型", of=1)[:2]
    assert construction[1:] == ["0点", "0点", "1,120点", "0次检查", "28次检查", "42点"]
    assert evaluation[2] == f"{_stratum(results, 'evaluation')['data_quality']['n_unknown_place']}批次"


def test_what_could_be_placed_nowhere_is_no_prefecture_of_a_chart(results: Row) -> None:
    stratum = _stratum(results, "evaluation")
    shown = [row["prefecture_code"] for row in stratum["prefectures"] if row["rate"] is not None]
    assert "unknown" in shown and len(shown) == 13
    chart = interval_chart(stratum, find_font(), "rate")
    assert chart is not None and "：12个市州各一个比率" in chart.description
    (nowhere,) = [row for row in stratum["prefectures"] if row["prefecture_code"] == "unknown"]
    assert interval_chart({**stratum, "prefectures": [nowhere]}, find_font(), "rate") is None


def test_the_lines_of_both_charts_say_which_total_they_are(results: Row) -> None:
    stratum = _stratum(results, "evaluation")
    assert total_name(stratum, is_of_province=True) == "全省"
    assert total_name(stratum, is_of_province=False) == "总体"
    partly = {**stratum, "data_quality": {**stratum["data_quality"], "n_unknown_province": 7}}
    assert total_name(partly, is_of_province=True) == "不含省份不详的全省"
    chart = interval_chart(partly, find_font(), "rate")
    assert chart is not None
    assert f"，虚线为含省份不详的总体{percent(partly['overall']['rate'])}" in chart.description


def test_supervision_is_named_as_failures_found_and_never_ranked(written: dict[str, bytes]) -> None:
    document = _opened(written["office"])
    heads = [
        [cell.text for cell in table.rows[0].cells] for table in document.tables if table.cell(0, 0).text == "市州"
    ]
    assert [head[4] for head in heads] == ["符合率", "合格率", "问题检出率", "不合格发现率"]
    ranks = [[text for text in head if text.startswith("位次")] for head in heads]
    assert ranks == [["位次（区间，共2个）"], ["位次（区间，共12个）"], [], []]
    assert any("发现率，不代表各地合格水平" in text for text in _texts(document))


def test_the_public_one_says_nothing_of_what_is_the_office_s(written: dict[str, bytes]) -> None:
    office, public = (" ".join(_everything(_opened(written[artefact]))) for artefact in ("office", "public"))
    assert "内部资料·送审稿" in office and "食品安全风险监测共抽查39批次" in office
    assert "公开稿" in public and "送审稿" not in public and "共抽查39批次" not in public


def _everything(document: Document) -> Iterator[str]:
    yield from _texts(document)
    yield from (cell.text for table in document.tables for row in table.rows for cell in row.cells)
    yield from (paragraph.text for paragraph in document.sections[0].footer.paragraphs)


def test_the_footer_names_release_and_instant_and_the_annex_explains(written: dict[str, bytes], released: str) -> None:
    document = _opened(written["office"])
    footer = document.sections[0].footer.paragraphs[0].text
    assert f"发布编号 {released}" in footer and "数据截至 2026-0" in footer
    told = _texts(document)
    annex = told[told.index("附：统计方法说明") + 1 :]
    assert annex == [f"{number}. {sentence}" for number, sentence in enumerate(METHOD, 1)]
    assert any(f"{LATE_AFTER_DAYS}天以上" in sentence for sentence in METHOD)
    alarms = told[told.index("三、需要关注的情况") + 1 : told.index("四、质量指标")]
    checked, mianyang = alarms[1:3]
    assert checked == (
        "食品安全评价性抽检：按合计漏斗图核对12个市州，超出99.8%控制限的1个；未核对9个（样本量不足1个、没有数据8个）。"
    )
    assert mianyang.startswith("绵阳市食品安全评价性抽检合格率为78.00%，低于全省的")
    assert alarms[0] == ("工程质量抽查：按合计漏斗图核对2个市州，没有超出99.8%控制限的；未核对19个（没有数据19个）。")
    assert "食品安全风险监测：本季无漏斗图，未作判断（公布比率的市州不足2个）。" in alarms


def test_where_there_is_no_funnel_nothing_is_said_of_its_limits(results: Row) -> None:
    """As in an artefact without ranks of supervision, and where no sample of a province failed."""

    def said(sampling_type: str, **changed: Any) -> str:
        stratum = _stratum(results, sampling_type)
        rows = [row | {"is_alarm": None} | changed for row in stratum["prefectures"]]
        (sentence,) = bulletin_context({**results, "strata": [{**stratum, "prefectures": rows, "notable": []}]}, ABOUT)[
            "notable"
        ]
        return str(sentence)

    assert said("evaluation") == "食品安全评价性抽检：本季无漏斗图，未作判断（全省比率为0或100%，画不出控制限）。"
    assert said("supervision") == "食品安全监督抽查：本季无漏斗图，未作判断（不用于各地比较）。"
    assert "（公布比率的市州不足2个）" in said("evaluation", rate=None, rate_status="withheld_wide")


def test_charts_are_pictures_of_their_strata(written: dict[str, bytes]) -> None:
    with zipfile.ZipFile(BytesIO(written["office"])) as parts:
        charts = [parts.read(name) for name in parts.namelist() if name.startswith("word/media/")]
    # A funnel and the intervals of construction and evaluation, the intervals alone where failures are sought.
    assert len(charts) == 6
    for chart in charts:
        assert chart.startswith(b"\x89PNG\r\n\x1a\n") and chart.endswith(b"IEND\xaeB`\x82")
        width, height = struct.unpack(">II", chart[16:24])
        assert width == 1008 and height > 150


def test_every_picture_has_a_text_in_its_place(written: dict[str, bytes]) -> None:
    body = _opened(written["office"]).element.body
    told = [each.get("descr") for each in body.iter(qn("wp:docPr"))]
    assert len(told) == 6 and all(told)
    (funnel,) = [text for text in told if text.startswith("食品安全评价性抽检合格率漏斗图：")]
    assert "超出99.8%控制限的有绵阳市" in funnel
    assert any(text.startswith("食品安全监督抽查不合格发现率及其95%区间") for text in told)


def test_funnel_limits_are_curves_between_the_areas_and_the_release_s_own_at_them(results: Row) -> None:
    for sampling_type in ("inspection", "evaluation"):
        stratum = _stratum(results, sampling_type)
        shown = [row for row in stratum["prefectures"] if row["funnel_95_low"] is not None]
        names = {0.95: "95", 0.998: "998"}
        for level, sizes, limits in funnel_curves(stratum["rankings"], shown):
            assert set(range(int(sizes[0]), int(sizes[-1]) + 1)) == set(sizes.tolist())
            for side, curve in zip(("low", "high"), limits, strict=True):
                at = dict(zip(sizes.tolist(), curve.tolist(), strict=True))
                for row in shown:
                    assert at[row["n_effective"]] == pytest.approx(row[f"funnel_{names[level]}_{side}"], abs=1e-12)


@pytest.mark.parametrize("rates", [(0.97, 0.96), (0.99, 0.90)])
def test_between_two_areas_a_funnel_s_limit_is_no_straight_line(rates: tuple[float, float]) -> None:
    """Areas as alike as chance makes them, and such as get limits of random effects."""
    rows = [
        {"prefecture_code": f"510{k}00", "n_effective": n, "rate": rate}
        for k, (n, rate) in enumerate(zip((100, 500), rates, strict=True), 1)
    ]
    about = {"province_code": "510000", "provincial_rate": 0.96}
    for level, sizes, (low, high) in funnel_curves([about], rows):
        middle = sizes.tolist().index(300)
        assert low[middle] > (low[0] + low[-1]) / 2 + 0.0005, level
        own = funnel(Strata(np.array([97, 480]), np.array([100, 500]), np.array([2])), np.array([0.96]))
        assert (high[0] == own.limits[level][1][0]) == (rates == (0.97, 0.96))


def test_the_template_is_what_its_code_makes_and_leaves_no_tag_behind(written: dict[str, bytes]) -> None:
    assert TEMPLATE.read_bytes() == template_bytes(), "run python -m pipelines.bulletin.template"
    for file in written.values():
        left = [text for text in _everything(_opened(file)) if "{{" in text or "{%" in text]
        assert {text for text in left if "菌落" not in text} == set()


def test_a_quarter_without_indicators_alarms_or_known_time_is_written_too(results: Row) -> None:
    bare = {
        **results,
        "indicators": [],
        "strata": [{**each, "notable": [], "changes": []} for each in results["strata"]],
    }
    context = bulletin_context(bare, ABOUT)
    assert (context["data_as_of"], context["indicators"]) == ("—", [])


@pytest.mark.parametrize(
    ("quarter", "newest", "said"),
    [
        ("2026Q2", datetime(2026, 6, 30, 15, 59, tzinfo=UTC), "本季未完，数据截至2026年6月30日"),
        ("2026Q2", datetime(2026, 6, 30, 16, 0, tzinfo=UTC), ""),
        ("2026Q4", datetime(2026, 12, 1, tzinfo=UTC), "本季未完，数据截至2026年12月1日"),
        ("2026Q4", datetime(2026, 12, 31, 16, 0, tzinfo=UTC), ""),
    ],
)
def test_a_quarter_that_is_not_over_at_the_office_says_so(
    results: Row, quarter: str, newest: datetime, said: str
) -> None:
    context = bulletin_context({**results, "quarter": quarter}, ABOUT | {"data_as_of": newest})
    assert context["unfinished"] == said
    assert context["opening"][0].startswith(f"{said}：2026年" if said else "2026年")
    assert context["opening"][1].startswith("2026年")


def test_the_title_block_says_that_a_quarter_is_not_over(written: dict[str, bytes]) -> None:
    told = _texts(_opened(written["public"]))
    assert told[2].startswith("本季未完，数据截至2026年")
    assert told[4].startswith(f"{told[2]}：2026年第二季度，四川省")


def test_the_command_writes_a_file_and_never_over_one_that_may_have_been_edited(
    settings: Settings, released: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CHOUCHA_HOME", str(settings.home))
    target = tmp_path / "通报.docx"
    asked = ["bulletin", "2026Q1", "--public", "--out", str(target)]
    first = CliRunner().invoke(cli, asked)
    assert first.exit_code == 0 and released in first.output
    assert "公开稿" in " ".join(_everything(_opened(target.read_bytes())))
    target.write_bytes(b"edited")
    again = CliRunner().invoke(cli, asked)
    assert isinstance(again.exception, UserError) and "--force" in str(again.exception)
    assert target.read_bytes() == b"edited"


def test_a_quarter_that_is_not_there_is_told_with_those_that_are(settings: Settings, released: str) -> None:
    with pytest.raises(UserError, match=r"has nothing of 2031Q1; it has: 2026Q2, 2026Q1"):
        bulletin_bytes(settings, "2031Q1", released, "office")


def test_without_a_chinese_font_it_says_which_to_install(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    assert find_font().path.is_file()
    monkeypatch.setenv("PATH", str(tmp_path))  # no fontconfig
    collection = tmp_path / "NotoSansCJK-Regular.ttc"
    monkeypatch.setattr(font, "_DEBIAN", collection)
    collection.touch()
    assert find_font() == font.TypeFace(collection, 2)
    collection.unlink()
    with pytest.raises(MissingFontError, match="fonts-noto-cjk"):
        find_font()
