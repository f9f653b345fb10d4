"""Hand-made `rows` tables: one good row of each feed, and what a case changes in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from datetime import date
from pathlib import Path
from typing import Any

import duckdb

from warehouse.contract import row_columns, table_contracts

FINDINGS = next(c.physical_type for c in table_contracts("lake")["samples"].columns if c.name == "findings")

DERIVED: Mapping[str, str] = {
    "row_no": "BIGINT",
    "sheet": "VARCHAR",
    "source_row": "BIGINT",
    "group_no": "BIGINT",
    "sample_key": "VARCHAR",
    "is_identity_derived": "BOOLEAN",
    "conclusion_code": "VARCHAR",
    "conclusion_source": "VARCHAR",
    "is_contradicting": "BOOLEAN",
    "findings": FINDINGS,
    "n_points": "BIGINT",
    "n_points_conforming": "BIGINT",
    "sampling_type_code": "VARCHAR",
    "level_code": "VARCHAR",
    "stage_code": "VARCHAR",
    "production_date": "DATE",
    "production_date_kind": "VARCHAR",
    "sampling_date": "DATE",
    "conclusion_date": "DATE",
    "publication_date": "DATE",
    "result_received_date": "DATE",
    "unreadable_dates": "VARCHAR[]",
    "quarter": "VARCHAR",
    "received_on": "DATE",
    "province_code": "VARCHAR",
    "prefecture_code": "VARCHAR",
    "county_code": "VARCHAR",
    "place_evidence": "VARCHAR",
    "category_code": "VARCHAR",
    "category_2_code": "VARCHAR",
    "is_foreign": "BOOLEAN",
    "shifted_column": "VARCHAR",
    "garbled_column": "VARCHAR",
    "is_natural_person": "BOOLEAN",
    "producer_status": "VARCHAR",
    "notice_key": "VARCHAR",
    "half": "VARCHAR",
    "half_has_place": "BOOLEAN",
    "content_hash": "VARCHAR",
}

_ANY: Mapping[str, Any] = {
    "sheet": "Sheet1",
    "is_identity_derived": False,
    "conclusion": "合格",
    "conclusion_code": "conforming",
    "conclusion_source": "column",
    "is_contradicting": False,
    "findings": [],
    "n_points": 1,
    "n_points_conforming": 1,
    "level": "省级",
    "level_code": "provincial",
    "published_on": "2026-06-01",
    "publication_date": date(2026, 6, 1),
    "sampled_on": "2026-04-02",
    "sampling_date": date(2026, 4, 2),
    "unreadable_dates": [],
    "quarter": "2026Q2",
    "received_on": date(2026, 7, 1),
    "province_code": "510000",
    "prefecture_code": "510100",
    "county_code": "unknown",
    "place_evidence": "address",
    "category_code": "01",
    "category_2_code": "unknown",
    "is_foreign": False,
    "content_hash": "0",
}

_SAMPLE: Mapping[str, Any] = {
    **_ANY,
    "sample_no": "XBJ26510100000000001",
    "product_name": "五香豆干",
    "category": "豆制品",
    "batch_or_date": "2026-03-01",
    "producer_name": "青禾豆业有限公司",
    "sampled_unit_name": "望江路便民超市",
    "sampled_unit_address": "四川省成都市武侯区望江路9号",
    "sampling_type": "评价性抽检",
    "sampling_type_code": "evaluation",
    "stage": "流通",
    "stage_code": "distribution",
    "production_date": date(2026, 3, 1),
    "concluded_on": "2026-05-02",
    "conclusion_date": date(2026, 5, 2),
    "notice_no": "2026年第3期",
    "laboratory": "青禾检验中心",
}

GOOD: Mapping[str, Mapping[str, Any]] = {
    "food": _SAMPLE,
    "market": {**_SAMPLE, "product_name": "电热水壶", "category": "电子电器"},
    "construction": {
        **_ANY,
        "sample_no": "GC2026-001",
        "project_name": "青禾小学教学楼",
        "category": "房屋建筑",
        "inspected_item": "主体结构",
        "contractor_name": "青禾建工有限公司",
        "sampled_unit_prefecture": "成都市",
        "conclusion": "符合",
        "points_checked": "40",
        "points_conforming": "40",
        "n_points": 40,
        "n_points_conforming": 40,
        "sampling_type_code": "inspection",
        "stage_code": "site",
    },
}


def finding(item: str, value: str | None = None, limit: str | None = None, **fields: bool | None) -> dict[str, Any]:
    return {"item": item, "value_text": value, "limit_text": limit, "value_uncertain": False, **fields}


def write_rows(database: Path, rows: Iterable[Mapping[str, Any]]) -> None:
    """A file with the table `rows`; row_no counts from 1, and a row without `sample_key` is a sample of its own."""
    types = {**DERIVED, **dict.fromkeys(row_columns(), "VARCHAR")}
    with duckdb.connect(str(database)) as connection:
        connection.execute(f"CREATE TABLE rows ({', '.join(f'{name} {type_}' for name, type_ in types.items())})")
        for number, row in enumerate(rows, start=1):
            cells = {
                "row_no": number,
                "source_row": number + 1,
                "group_no": number,
                "sample_key": f"sample {number}",
                **row,
            }
            connection.execute(
                f"INSERT INTO rows ({', '.join(cells)}) VALUES ({', '.join('?' * len(cells))})", list(cells.values())
            )


def problems(database: Path) -> dict[int, set[str]]:
    """Rule ids by row_no."""
    broken: dict[int, set[str]] = {}
    with duckdb.connect(str(database), read_only=True) as connection:
        for row_no, rule in connection.execute("SELECT row_no, rule FROM problems").fetchall():
            broken.setdefault(row_no, set()).add(rule)
    return broken
