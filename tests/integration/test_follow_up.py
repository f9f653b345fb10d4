"""Recalls and what agencies did, from their files to the public: taken once, answered row by row, shown on the warning;
and risk monitoring, cross-border goods among it, which the office sees and no public file or answer ever holds.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import httpx
import pytest
import xlsxwriter

from pipelines.process import process_chunk
from pipelines.publish import publish
from pipelines.receive import claim, pending
from pipelines.upkeep import rebuild, verify
from tests.api.server import serve
from tests.integration.feed_files import Row
from tests.warehouse.reading import rows
from warehouse import lake
from warehouse.connect import connect
from warehouse.keys import add_key
from warehouse.landing import drop
from warehouse.receipts import Receipt
from warehouse.settings import Settings

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)
FOOD: Row = (
    "抽样编号", "标称生产企业名称", "被抽样单位名称", "被抽样单位地址", "食品名称", "生产日期/批号", "分类", "公告号",
    "公告日期", "抽样日期", "检验报告签发日期", "任务来源/项目名称", "检验结论", "不合格项目║检验结果║标准值",
)  # fmt: skip
FAILED = ("不合格", "铅║0.5mg/kg║≤0.2mg/kg")
MARKET: Row = (
    "产品名称", "受检单位", "标称生产单位", "商标", "规格型号", "生产日期/批号", "抽样地点", "抽样领域", "检验结论",
    "主要不合格项目", "公告日期", "任务来源",
)  # fmt: skip
RECALL: Row = (
    "召回编号", "发布日期", "召回类型", "发布机构", "召回企业", "产品名称", "批次", "召回数量", "缺陷描述", "可能后果",
    "补救措施", "公告链接", "关联抽样编号", "状态", "更正日期",
)  # fmt: skip
MEASURE: Row = ("报送来源", "抽样编号", "处置类型", "处置日期", "处置机关", "处置结果", "整改期限", "文书号")
# Words that stand in results of risk monitoring alone.
HIDDEN = ("跨境", "洁齿", "海淘", "FX26", "星洲")


def csv_of(*lines: Row) -> bytes:
    return "\n".join(",".join(cell or "" for cell in line) for line in lines).encode()


def failed(number: str, product: str, task: str = "省级食品安全监督抽检", notice: str = "N1") -> Row:
    maker, shop, address = "四川某某食品有限公司", "武侯区某超市", "四川省成都市武侯区某路1号"
    days = ("2026-05-20", "2026-04-01", "2026-05-10")
    return (number, maker, shop, address, product, "20260301", "豆制品", notice, *days, task, *FAILED)


def recall(number: str, product: str, **given: str) -> Row:
    told = {
        "召回编号": number, "发布日期": "2026-06-10", "召回类型": "主动召回", "发布机构": "四川省市场监督管理局",
        "召回企业": "四川某某食品有限公司", "产品名称": product, "批次": "全部", "召回数量": "约1200袋",
        "缺陷描述": "铅超标", "可能后果": "损害健康", "补救措施": "退货", "公告链接": "https://example.org/1",
    }  # fmt: skip
    return tuple((told | given).get(str(name)) for name in RECALL)


def measure(number: str, kind: str, day: str, **given: str) -> Row:
    told = {
        "报送来源": "食品",
        "抽样编号": number,
        "处置类型": kind,
        "处置日期": day,
        "处置机关": "成都市市场监督管理局",
    }
    return tuple((told | given).get(str(name)) for name in MEASURE)


def xlsx_of(path: Path, *lines: Row) -> bytes:
    with xlsxwriter.Workbook(str(path)) as book:
        sheet = book.add_worksheet("处置")
        sheet.write(0, 0, "核查处置情况表")
        for number, line in enumerate(lines, start=1):
            sheet.write_row(number, 0, [cell or "" for cell in line])
    return path.read_bytes()


@dataclass(frozen=True)
class Home:
    """A home after all files and three releases; came: the receipts by file."""

    settings: Settings
    came: Mapping[str, Receipt]
    warning_id: str


def taken(settings: Settings, feed: str, name: str, content: bytes) -> Receipt:
    drop(settings, feed, name, content)
    (receipt,) = process_chunk(settings, claim(settings))
    return receipt


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> Home:
    folder = tmp_path_factory.mktemp("followed")
    settings = Settings(home=folder / "home", settle_seconds=0, sidecar_wait_seconds=0)
    cross_border = (
        "四川省成都市双流区综合保税区",
        "跨境电商",
        "不合格",
        "重金属",
        "2026-05-20",
        "跨境电商商品质量安全风险监测",
    )
    files = {
        "food.csv": ("food", csv_of(
            FOOD, failed("DC1", "豆腐干"), failed("DC2", "豆腐干"), failed("DC3", "腐竹"),
            failed("FX26001", "海淘奶酪", "省级食品安全风险监测", ""),
        )),
        "cross.csv": ("market", csv_of(
            MARKET,
            ("洁齿电动牙刷", "保税区某跨境店", "星洲洁齿私人有限公司", "星洲", "T1", "20260101", *cross_border),
            ("洁齿冲牙器", "保税区某跨境店", "星洲洁齿私人有限公司", "星洲", "T2", "20260101", *cross_border[:2],
             "合格", "", *cross_border[4:]),
        )),
        "recalls.csv": ("recalls", csv_of(
            RECALL, recall("川召-1", "豆腐干"), recall("川召-2", "腐竹 精选", 关联抽样编号="DC3"),
            recall("川召-3", "奶酪", 关联抽样编号="FX26001"), recall("川召-3", "奶酪", 关联抽样编号="FX26001"),
        )),
        "measures.xlsx": ("dispositions", xlsx_of(
            folder / "m.xlsx", MEASURE, measure("DC1", "整改", "2026-06-20", 文书号="川市监〔2026〕1号"),
            measure("DC2", "回头看", "2026-06-21", 处置结果="不合格"), measure("DC2", "通知", "2026-05-25",
            整改期限="2026-06-15"), measure("FX26001", "下架", "2026-06-01"),
        )),
    }  # fmt: skip
    came = {name: taken(settings, *[feed, name, content]) for name, (feed, content) in files.items()}
    assert publish(settings, AS_OF)
    ((warning_id,),) = rows(settings, "SELECT warning_id FROM mart_warnings WHERE product_name = '豆腐干'")
    later = {
        "again.csv": ("recalls", b"\xef\xbb\xbf" + files["recalls.csv"][1]),
        "done.json": ("recalls", json.dumps(dict(zip(
            map(str, RECALL), recall("川召-1", "豆腐干", 状态="已完成", 更正日期="2026-07-01"), strict=True
        )), ensure_ascii=False).encode()),
        "removed.json": ("dispositions", json.dumps([dict(zip(
            map(str, MEASURE), measure(warning_id, "下架", "2026-06-22", 处置机关="王小明"), strict=True
        ))], ensure_ascii=False).encode()),
        "wrong.csv": ("recalls", csv_of(
            RECALL, recall("川召-8", "豆腐干", 召回类型="也许"), recall("", "豆腐干"),
            recall("川召-9", "豆腐干", 公告链接="见官网"),
        )),
        "wrong_measures.csv": ("dispositions", csv_of(
            MEASURE, measure("DC1", "回头看", "2026-06-20"), measure("DC1", "整改", "2036-06-20"),
        )),
        "decision.json": ("dispositions", b'{"kind": "forgiven"}'),
    }  # fmt: skip
    came |= {name: taken(settings, *[feed, name, content]) for name, (feed, content) in later.items()}
    assert publish(settings, AS_OF)
    return Home(settings, came, warning_id)


def told(receipt: Receipt) -> tuple[str, int, int, int, int]:
    return (
        receipt.outcome,
        receipt.rows_read,
        receipt.rows_accepted,
        receipt.rows_duplicate,
        receipt.rows_quarantined,
    )


def test_each_file_is_taken_in_once_and_a_wrong_one_goes_back_row_by_row(home: Home) -> None:
    assert {name: told(receipt) for name, receipt in home.came.items()} == {
        "food.csv": ("accepted", 4, 4, 0, 0),
        "cross.csv": ("accepted", 2, 2, 0, 0),
        "recalls.csv": ("accepted", 4, 3, 1, 0),
        "measures.xlsx": ("accepted", 4, 4, 0, 0),
        "again.csv": ("duplicate", 4, 0, 4, 0),
        "done.json": ("accepted", 1, 1, 0, 0),
        "removed.json": ("accepted", 1, 1, 0, 0),
        "wrong.csv": ("rejected", 3, 0, 0, 3),
        "wrong_measures.csv": ("rejected", 2, 0, 0, 2),
        "decision.json": ("rejected", 0, 0, 0, 0),
    }
    wrong = [*home.came["wrong.csv"].problems, *home.came["wrong_measures.csv"].problems]
    assert [(each.rule, each.row, each.column, each.found) for each in wrong] == [
        ("RL-003", 2, "召回类型", "也许"),
        ("RL-001", 3, "召回编号", None),
        ("RL-009", 4, "公告链接", "见官网"),
        ("DP-006", 2, "处置结果", None),
        ("DP-004", 3, "处置日期", "2036-06-20"),
    ]
    assert "主动召回" in wrong[0].message_zh and "must be 责令召回 (ordered)" in wrong[0].message_en
    assert home.came["decision.json"].problems[0].rule == "DS-001"
    assert pending(home.settings) == []


def test_the_lake_holds_what_was_understood_of_each_row(home: Home) -> None:
    with connect(home.settings) as connection:
        recalls, measures = (lake.scan(home.settings, connection, name) for name in ("recalls", "measures"))
        found = connection.execute(f"SELECT recall_no, kind, n_units, status, corrected_on FROM {recalls} ORDER BY ALL")
        assert found.fetchall() == [
            ("川召-1", "voluntary", 1200, "completed", date(2026, 7, 1)),
            ("川召-1", "voluntary", 1200, "ongoing", None),
            ("川召-2", "voluntary", 1200, "ongoing", None),
            ("川召-3", "voluntary", 1200, "ongoing", None),
        ]
        found = connection.execute(f"SELECT subject, kind, result, due_on, source_row FROM {measures} ORDER BY ALL")
        assert found.fetchall() == [
            ("DC1", "rectified", "done", None, 3),
            ("DC2", "notified", "done", date(2026, 6, 15), 5),
            ("DC2", "rechecked", "failed", None, 4),
            ("FX26001", "removed", "done", None, 6),
            (home.warning_id, "removed", "done", None, 1),
        ]


def test_a_home_with_recalls_and_measures_adds_up_and_a_rebuild_says_the_same(home: Home, tmp_path: Path) -> None:
    assert [check.name for check in verify(home.settings) if not check.ok] == []
    rebuilt = rebuild(home.settings, tmp_path / "rebuilt")
    assert rebuilt.expected_digest is not None and rebuilt.is_same


@pytest.fixture(scope="module")
def client(home: Home) -> Iterator[httpx.Client]:
    with serve(home.settings) as address, httpx.Client(base_url=address, timeout=60) as made:
        yield made


@pytest.fixture(scope="module")
def key(home: Home) -> dict[str, str]:
    made, _ = add_key(home.settings, "质量办", ["office:read"], now=AS_OF, created_by="ops")
    return {"Authorization": f"Bearer {made}"}


def items(client: httpx.Client, path: str, headers: dict[str, str] | None = None) -> list[dict[str, Any]]:
    answer = client.get(path, headers=headers)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["items"]
    return found


def test_a_recall_is_listed_with_the_warning_of_the_same_goods_and_how_that_is_known(
    client: httpx.Client, home: Home
) -> None:
    found = {row["recall_no"]: row for row in items(client, "/v1/recalls")}
    assert found["川召-1"]["warnings"] == [{"warning_id": home.warning_id, "matched_by": "producer_and_product"}]
    assert (found["川召-1"]["status"], found["川召-1"]["corrected_on"]) == ("completed", "2026-07-01")
    assert [each["matched_by"] for each in found["川召-2"]["warnings"]] == ["sample_no"]
    assert (found["川召-3"]["warnings"], found["川召-3"]["sample_no"]) == ([], None)
    assert [row["recall_no"] for row in items(client, "/v1/recalls?q=腐竹")] == ["川召-2"]
    assert [row["recall_no"] for row in items(client, f"/v1/recalls?warning_id={home.warning_id}")] == ["川召-1"]
    assert items(client, "/v1/recalls?kind=ordered") == []


def test_a_warning_says_what_was_done_since_without_persons(client: httpx.Client, home: Home) -> None:
    since = client.get(f"/v1/warnings/{home.warning_id}").json()["item"]["since"]
    assert [(each["recall_no"], each["status"]) for each in since["recalls"]] == [("川召-1", "completed")]
    assert [
        (each["kind"], each["happened_on"], each["result"], each["n_samples"]) for each in since["dispositions"]
    ] == [
        ("notified", "2026-05-25", "done", 1),
        ("rectified", "2026-06-20", "done", 1),
        ("rechecked", "2026-06-21", "failed", 1),
        ("removed", "2026-06-22", "done", 2),
    ]
    assert since["dispositions"][-1]["authority"] == "王**"


def test_rectification_is_shown_by_kind_and_what_is_overdue_to_the_office_alone(
    client: httpx.Client, key: dict[str, str]
) -> None:
    (row,) = items(client, "/v1/rectification?quarter=2026YTD&by=prefecture")
    shown = ("quarter", "sampling_type", "prefecture_name", "n_failed", "n_rectified", "n_rechecked", "n_untouched")
    assert [row[name] for name in shown] == ["2026YTD", "supervision", "成都市", 3, 1, 1, 1]
    assert (row["share_rectified"], row["share_status"]) == (None, "withheld_small_n")
    refused = client.get("/v1/overdue")
    assert (refused.status_code, refused.headers["www-authenticate"]) == (401, 'Bearer realm="choucha"')
    (late,) = items(client, "/v1/overdue", key)
    assert [late[name] for name in ("sample_no", "due_on", "due_set_by", "last_kind")] == [
        "DC2", "2026-06-15", "authority", "removed",
    ]  # fmt: skip
    assert [row["sample_no"] for row in items(client, "/v1/overdue?state=open", key)] == ["DC2", "DC3"]


def test_days_below_thirty_samples_are_withheld_and_no_percentile_is_of_a_year(client: httpx.Client) -> None:
    found = {row["step"]: row for row in items(client, "/v1/timeliness?quarter=2026Q2")}
    assert {step: (row["n_samples"], row["days_status"], row["p50_days"]) for step, row in found.items()} == {
        "sampled_to_concluded": (3, "withheld_small_n", None),
        "concluded_to_final": (3, "withheld_small_n", None),
        "final_to_issued": (3, "withheld_small_n", None),
    }
    assert client.get("/v1/timeliness?quarter=2026YTD").status_code == 400
    assert client.get("/v1/timeliness?sampling_type=risk_monitoring").status_code == 403


def test_risk_monitoring_of_cross_border_goods_is_in_the_offices_results_and_no_warning(
    client: httpx.Client, home: Home, key: dict[str, str]
) -> None:
    asked = "/v1/results?feed=market&sampling_type=risk_monitoring&quarter=2026Q2&by=stage"
    (row,) = [each for each in items(client, asked, key) if each["n_sampled"]]
    assert (row["stage"], row["n_sampled"], row["n_nonconforming"]) == ("online", 2, 1)
    query = "SELECT feed, reason FROM mart_warning_candidates WHERE sampling_type = 'risk_monitoring' ORDER BY feed"
    assert rows(home.settings, query) == [("food", "risk_monitoring"), ("market", "risk_monitoring")]
    steps = items(client, "/v1/timeliness?sampling_type=risk_monitoring", key)
    assert {each["sampling_type"] for each in steps} == {"risk_monitoring"}
    assert rows(home.settings, "SELECT count(*) FROM mart_dispositions WHERE sample_no = 'FX26001'") == [(1,)]


def texts_of(settings: Settings, path: Path) -> Iterator[str]:
    """What a public file says, whatever its format, as text."""
    with connect(settings) as connection:
        if path.suffix == ".duckdb":
            connection.execute(f"ATTACH '{path}' AS told (READ_ONLY)")
            tables = [f"told.{name}" for (name,) in connection.execute("SHOW TABLES FROM told").fetchall()]
        elif path.suffix == ".parquet":
            tables = [f"read_parquet('{path}')"]
        else:
            tables = []
            yield path.read_bytes().decode(errors="replace")
        for table in tables:
            yield str(connection.execute(f"FROM {table}").fetchall())


def test_no_public_file_holds_anything_of_risk_monitoring(home: Home) -> None:
    public = [path for path in (home.settings.home / "public").rglob("*") if path.is_file()]
    assert {"public.duckdb"} <= {path.name for path in public}
    said = {path.name: "".join(texts_of(home.settings, path)) for path in public}
    assert [name for name, text in said.items() if "豆腐干" in text]
    told_of = [(name, word) for name, text in said.items() for word in (*HIDDEN, "risk_monitoring") if word in text]
    # The form of a release says which kinds there are; figures of this one it has none.
    assert {name for name, word in told_of if word != "risk_monitoring"} == set()
    query = "SELECT count(*) FROM mart_cells WHERE sampling_type = 'risk_monitoring'"
    assert (rows(home.settings, query, "public"), rows(home.settings, query)) == ([(0,)], [(3,)])


def test_no_public_answer_holds_anything_of_risk_monitoring(client: httpx.Client, home: Home) -> None:
    paths = (
        "/v1/warnings", "/v1/warnings?state=archived", f"/v1/warnings/{home.warning_id}", "/v1/warnings.atom",
        "/v1/warnings.json", "/v1/changes", "/v1/recalls", "/v1/rectification", "/v1/timeliness", "/v1/results",
        "/v1/results?by=category,prefecture", "/v1/results?feed=market", "/v1/quarters/2026Q2", "/v1/downloads", "/",
        "/warnings", f"/warnings/{home.warning_id}", "/recalls",
    )  # fmt: skip
    for path in paths:
        answer = client.get(path)
        assert answer.status_code == 200, path
        assert [word for word in HIDDEN if word in answer.text] == [], path
    for asked in ("product=洁齿电动牙刷", "producer=星洲洁齿私人有限公司", "q=海淘"):
        assert [row["answer"] for row in items(client, f"/v1/lookup?{asked}")] == ["not_sampled"], asked
