"""Persons in a release made by the whole chain: masked wherever the public reads, as reported for the office."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import pytest

from pipelines.publish import publish
from tests.integration.feed_files import FOOD, Row, ingest, write_csv
from tests.warehouse.reading import rows
from warehouse.connect import connect
from warehouse.contract import table_contracts
from warehouse.settings import Settings

AS_OF = datetime(2026, 7, 31, tzinfo=UTC)
FIRM, SHOP = "四川某某食品有限公司", "成都某某超市有限公司"
IDENTITY, TELEPHONE = "512301197001011234", "13800138000"

# A cell as sent; who must not be read in it; who is named as maker when it is the producer's, as the public reads it.
CELLS = (
    ("供货商：洪全", ("洪全",), None),
    ("经销者：欧阳小明\n生产者：诸葛大力", ("欧阳小明", "诸葛大力"), "诸葛**"),
    ("委托方：某某有限公司；受委托方：郑成功", ("郑成功",), "郑**"),
    ("经营者：张伟", ("张伟",), None),
    ("个体户周杰", ("周杰",), "个体户周**"),
    ("资阳市雁江区农贸市场吴秀英", ("吴秀英",), "资阳市雁江区农贸市场吴**"),
    ("种植户 刘洋", ("刘洋",), "刘**"),
    ("四川省资阳市雁江区陈建国", ("陈建国",), "四川省资阳市雁江区陈**"),
    ("阿依古丽·买买提", ("阿依古丽", "买买提"), "阿**"),
    (f"马云 身份证{IDENTITY}", ("马云", IDENTITY), "马** 身份证***"),
    (f"李雷（电话：{TELEPHONE}）", ("李雷", TELEPHONE), "李**（电话：***）"),
)  # fmt: skip


def _failed(number: int, producer: str, unit: str, product: str) -> Row:
    return (
        f"DC2651{number:07}", str(number), producer, unit, "四川省成都市某路1号", product, "500克/袋", "2026-03-01",
        "蔬菜制品", "2026-05-01", "省级食品安全监督抽检", "不合格", "铅║0.5mg/kg║≤0.2mg/kg", None,
        "2026年第1号",
    )  # fmt: skip


@pytest.fixture(scope="module")
def settings(tmp_path_factory: pytest.TempPathFactory) -> Settings:
    """A release of one file, in which each cell stands once as producer and once as the sampled unit, after whom the
    product is called.
    """
    folder = tmp_path_factory.mktemp("persons")
    settings = Settings(home=folder / "home", settle_seconds=0, sidecar_wait_seconds=0, read_memory_mb=4096)
    cells = [cell for cell, _, _ in CELLS]
    made = [_failed(number, cell, SHOP, f"辣椒{number}") for number, cell in enumerate(cells)]
    sold = [
        _failed(100 + number, FIRM, cell, f"{names[0]}手工花椒{number}")
        for number, (cell, names, _) in enumerate(CELLS)
    ]
    receipt = ingest(settings, "food", write_csv(folder / "不合格.csv", ((*FOOD[0], "公告号"), *made, *sold)))
    assert receipt.rows_accepted == 2 * len(cells)
    publish(settings, AS_OF)
    return settings


def _read(settings: Settings, artefact: str) -> str:
    """Every cell of every table of an artefact, nested ones included."""
    tables = [row[0] for row in rows(settings, "SELECT table_name FROM duckdb_tables()", artefact)]
    assert set(tables) == set(table_contracts("release"))
    return "\n".join(
        line for name in tables for (line,) in rows(settings, f"SELECT t::VARCHAR FROM {name} AS t", artefact)
    )


def test_no_name_or_number_of_a_person_stands_anywhere_in_the_public_file(settings: Settings) -> None:
    public, office = _read(settings, "public"), _read(settings, "office")
    hidden = [word for _, words, _ in CELLS for word in words]
    assert [word for word in hidden if word in public] == []
    assert [word for word in hidden if word not in office] == []
    assert "某某有限公司" in office


def test_only_a_maker_is_worded_as_maker_and_is_masked(settings: Settings) -> None:
    query = f"SELECT producer_name, headline_zh, headline_en FROM mart_warnings WHERE sampled_unit_name = '{SHOP}'"
    found = sorted(rows(settings, query, "public"), key=lambda row: int(row[1].split("辣椒")[1].split("抽检")[0]))
    orderers = {number: "某某有限公司" for number, (cell, _, _) in enumerate(CELLS) if cell.startswith("委托方")}
    assert found == [
        (
            maker,
            f"{_made_zh(maker, orderers.get(number))}辣椒{number}抽检不合格：铅",
            f"辣椒{number}, {_made_en(maker, orderers.get(number))}, failed a sampling test: heavy metals",
        )
        for number, (_, _, maker) in enumerate(CELLS)
    ]


def _made_zh(maker: str | None, orderer: str | None) -> str:
    return f"{f'{orderer}委托' if orderer else ''}{maker}（标称）生产的" if maker else f"{SHOP}销售的"


def _made_en(maker: str | None, orderer: str | None) -> str:
    return f"labelled as made by {maker}{f' for {orderer}' if orderer else ''}" if maker else f"sold by {SHOP}"


def test_the_office_reads_the_cell_of_the_producer_as_reported(settings: Settings) -> None:
    found = rows(settings, f"SELECT producer_name FROM mart_warnings WHERE sampled_unit_name = '{SHOP}'")
    assert sorted(row[0] for row in found) == sorted(cell for cell, _, _ in CELLS)
    headlines = rows(
        settings, "SELECT headline_zh FROM mart_warnings WHERE product_name IN ('辣椒0', '辣椒1') ORDER BY 1"
    )
    assert headlines == [
        (f"{SHOP}销售的辣椒0抽检不合格：铅",),
        ("诸葛大力（标称）生产的辣椒1抽检不合格：铅",),
    ]


def test_a_text_is_judged_again_once_the_judgement_is_another(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings = Settings(home=tmp_path / "home", settle_seconds=0, sidecar_wait_seconds=0, read_memory_mb=4096)
    for number, expected in ((1, "周**"), (2, "判断之前"), (3, "周**")):
        header, row = (*FOOD[0], "公告号"), _failed(number, FIRM, "周杰", "花椒")
        ingest(settings, "food", write_csv(tmp_path / f"不合格{number}.csv", (header, row)))
        if number == 3:
            monkeypatch.setattr("pipelines.changes.judgement_digest", lambda: "another")
        release_id = publish(settings, AS_OF)
        assert rows(settings, "SELECT DISTINCT sampled_unit_name FROM mart_warnings", "public") == [(expected,)]
        with connect(settings, settings.work / "publish" / f"{release_id}.duckdb") as connection:
            connection.execute("UPDATE core_cells_read SET public_name = '判断之前' WHERE given = '周杰'")
