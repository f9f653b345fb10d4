"""Releases made for tests: the contract's tables with the rows a test names, in files as publication leaves them."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Iterator, Mapping, Sequence
from datetime import UTC, date, datetime
from io import BytesIO
from pathlib import Path
from typing import Any

import httpx
import pyarrow as pa
import pyarrow.parquet as pq

from warehouse.arrow import arrow_schema
from warehouse.connect import connect, sql_text
from warehouse.contract import table_contracts
from warehouse.release import Manifest, Part, manifest_to_json, part_path
from warehouse.search_text import search_key
from warehouse.settings import Settings
from warehouse.targets import baselines_table, indicators_table

__all__ = [
    "HAZARDS",
    "PREFECTURES",
    "cell",
    "indicator",
    "point_at",
    "published_sample",
    "release_id",
    "version",
    "wait_for",
    "warning",
    "write_release",
]

Row = Mapping[str, Any]

PREFECTURES = [
    ("510100", "成都市"), ("510300", "自贡市"), ("510400", "攀枝花市"), ("510500", "泸州市"), ("510600", "德阳市"),
    ("510700", "绵阳市"), ("510800", "广元市"), ("510900", "遂宁市"), ("511000", "内江市"), ("511100", "乐山市"),
    ("511300", "南充市"), ("511400", "眉山市"), ("511500", "宜宾市"), ("511600", "广安市"), ("511700", "达州市"),
    ("511800", "雅安市"), ("511900", "巴中市"), ("512000", "资阳市"), ("513200", "阿坝藏族羌族自治州"),
    ("513300", "甘孜藏族自治州"), ("513400", "凉山彝族自治州"),
]  # fmt: skip
CATEGORIES = [
    ("food", "F01", "粮食加工品", None), ("food", "F01-01", "小麦粉", "F01"), ("food", "F03", "调味品", None),
    ("market", "M01", "电子电器", None), ("construction", "C01", "房屋建筑", None),
]  # fmt: skip
HAZARDS = [
    {
        "hazard_code": "pesticide",
        "name_zh": "农药残留超标",
        "name_en": "Pesticide residue",
        "advice_zh": "请勿食用该批次产品，可凭购买凭证向销售者退货，并拨打 12315 举报。",
        "advice_en": "Do not eat this batch; return it to the seller.",
    },
    {
        "hazard_code": "electric",
        "name_zh": "触电危险",
        "name_en": "Electric shock",
        "advice_zh": "请立即停止使用，断开电源，联系销售者退换。",
        "advice_en": "Stop using it, unplug it and return it.",
    },
]
CREATED_AT = datetime(2026, 7, 15, 2, 30, tzinfo=UTC)


def cell(**values: Any) -> dict[str, Any]:
    """One row of mart_cells: food, evaluation, 2026Q2 of 成都 unless the test says otherwise; counts agree."""
    row = {
        "quarter": "2026Q2", "feed": "food", "sampling_type": "evaluation", "level": "provincial",
        "stage": "distribution", "province_code": "510000", "prefecture_code": "510100", "category_code": "F01",
        "category_2_code": "F01-01", "n_conforming": 0, "n_nonconforming": 0, "n_undetermined": 0, "n_held": 0,
        "n_provisional": 0, "n_inspections": 0, "sum_points_squared": 0.0, "sum_conforming_squared_per_point": 0.0,
        **values,
    }  # fmt: skip
    row["n_concluded"] = row["n_conforming"] + row["n_nonconforming"]
    row["n_sampled"] = row["n_concluded"] + row["n_undetermined"]
    return row


def indicator(code: str = "food_evaluation", quarter: str = "2026Q2", **values: Any) -> dict[str, Any]:
    """One row of mart_indicators: of the whole province and sampled, unless the test says otherwise."""
    return {
        "indicator_code": code, "province_code": "510000", "prefecture_code": "all", "quarter": quarter,
        "year": int(quarter[:4]), "feed": "food", "sampling_type": "evaluation", "is_proxy": False, "n_sampled": 1000,
        "n_concluded": 1000, "n_conforming": 985, "n_nonconforming": 15, "n_undetermined": 0, "n_held": 0,
        "n_effective": 1000, "is_provisional": False, "value": 0.985, "value_low": 0.975, "value_high": 0.991,
        "value_status": "ok", "is_corrected": False, "direction": "at_least", "target_value": 0.98,
        "target_year": 2027, "target_status": "undecided", "gap": 0.005, "change_status": "no_comparison", **values,
    }  # fmt: skip


def warning(number: int, **values: Any) -> dict[str, Any]:
    """One row of mart_warnings; the number makes its id."""
    return {
        "warning_id": f"W2026-TEST{number:06d}", "version": 1, "state": "issued", "reason_zh": None,
        "reason_en": None, "feed": "food",
        "hazard_code": "pesticide", "headline_zh": f"某品牌豇豆（{number}）农药残留超标",
        "headline_en": f"Pesticide residue in cowpeas ({number})", "product_name": "豇豆", "brand": "山里人",
        "spec": "散装", "batch_or_date": "2026-05-11", "producer_name": "示例农业合作社",
        "sampled_unit_name": "示例超市有限公司", "province_code": "510000", "prefecture_code": "510100",
        "category_code": "F01", "sampling_type": "supervision", "quarter": "2026Q2", "n_samples": 1,
        "issued_on": date(2026, 6, 1), "concluded_on": date(2026, 5, 20),
        "findings": [{
            "item": "克百威", "value_text": "0.31", "limit_text": "≤0.02", "unit": "mg/kg", "operator": "≤",
            "standard": "GB 2763-2021", "hazard_code": "pesticide",
        }],
        "samples": [{
            "sample_no": f"XC26510100{number:06d}", "product_name": "豇豆", "brand": "山里人", "spec": "散装",
            "batch_or_date": "2026-05-11", "sampled_unit_name": "示例超市有限公司", "prefecture_code": "510100",
            "concluded_on": date(2026, 5, 20), "notice_no": "2026年第18号",
        }],
        **values,
    }  # fmt: skip


def published_sample(number: int, **values: Any) -> dict[str, Any]:
    """One row of a part: conforming food of 2026Q2, evaluated, unless told otherwise; keys follow the names."""
    row = {
        "feed": "food", "quarter": "2026Q2", "sampling_type": "evaluation", "product_name": "郫县豆瓣", "brand": "示例",
        "spec": "500克/袋", "producer_name": "示例食品有限公司", "batch_or_date": "2026-03-01",
        "sample_no": f"PJ26510100{number:06d}", "notice_no": None, "concluded_on": date(2026, 5, 20),
        "level": "provincial", "stage": "distribution", "province_code": "510000", "prefecture_code": "510100",
        "category_code": "F03", "category_2_code": "unknown", "conclusion": "conforming", "is_provisional": False,
        "n_points": 1, "n_points_conforming": 1, **values,
    }  # fmt: skip
    for key, name in (
        ("product_key", "product_name"), ("producer_key", "producer_name"), ("brand_key", "brand"),
        ("batch_key", "batch_or_date"),
    ):  # fmt: skip
        row[key] = search_key(row[name]) if row[name] else None
    return row


def version(number: int, version: int = 1, *, told_in: int | None = None, **values: Any) -> dict[str, Any]:
    """One row of mart_warning_versions: issued at 02:30 UTC of the day, told in a release by its number."""
    return {
        "warning_id": f"W2026-TEST{number:06d}", "version": version, "event": "issued", "state_before": None,
        "state": "issued", "reason": None, "reason_zh": None, "reason_en": None, "position": number,
        "release_id": None if told_in is None else release_id(told_in), "happened_at": CREATED_AT, "sample_keys": [],
        "content": None, **values,
    }  # fmt: skip


def release_id(number: int) -> str:
    """Ids that sort by their number, in the shape of real ones."""
    return f"202607{15 + number // 24:02d}T{number % 24:02d}0000Z-{number:010x}"


def write_release(
    settings: Settings,
    number: int,
    *,
    cells: Sequence[Row] = (),
    warnings: Sequence[Row] = (),
    versions: Sequence[Row] = (),
    rankings: Sequence[Row] = (),
    strata: Sequence[Row] = (),
    indicators: Sequence[Row] = (),
    changes: Sequence[Row] = (),
    chart: Sequence[Row] = (),
    bounds: Sequence[Row] = (),
    flip: bool = True,
    method: str = "1",
    previous: str | None = None,
    office_cells: Sequence[Row] = (),
    samples: Sequence[Row] = (),
    others: Mapping[str, Sequence[Row]] | None = None,
) -> str:
    """A release on disk: both artefacts, the manifest after them, and the pointer last.

    previous: the release that it continues. office_cells: rows that the public artefact lacks. samples: rows of parts.
    others: rows of further tables, the same in both artefacts.
    """
    chosen = release_id(number)
    folder = settings.releases / chosen
    folder.mkdir(parents=True)
    rows = _reference_rows() | {
        "mart_cells": list(cells), "mart_warnings": list(warnings), "mart_warning_versions": list(versions),
        "mart_rankings": list(rankings),
        "mart_strata": list(strata), "mart_indicators": list(indicators),
        "mart_changes": list(changes), "mart_control_chart": list(chart), "mart_bounds": list(bounds),
        **{name: list(given) for name, given in (others or {}).items()},
    }  # fmt: skip
    files = {}
    for artefact in ("public", "office"):
        path = folder / f"{artefact}.duckdb"
        own = {"release_info": [_info(chosen, artefact) | {"method_version": method}]}
        if artefact == "office":
            own["mart_cells"] = [*cells, *office_cells]
        _write_artefact(settings, path, rows | own)
        files[path.name] = hashlib.sha256(path.read_bytes()).hexdigest()
    manifest = Manifest(
        release_id=chosen, created_at=CREATED_AT, as_of=CREATED_AT, data_as_of=CREATED_AT, method_version=method,
        duckdb_version="2.0.0", digest="0" * 64, previous_release_id=previous, files=files, counts={}, lake_versions={},
        n_receipts=0, receipts_digest="0" * 64, provinces=settings.provinces,
        parts=tuple(_write_parts(settings, samples)),
    )  # fmt: skip
    (folder / "manifest.json").write_text(manifest_to_json(manifest), encoding="utf-8")
    if flip:
        point_at(settings, chosen)
    return chosen


def point_at(settings: Settings, chosen: str) -> None:
    """Moves the pointer, by rename as publication does."""
    written = settings.releases / "current.tmp"
    written.write_text(chosen + "\n", encoding="utf-8")
    written.rename(settings.releases / "current")


def wait_for(client: httpx.Client, chosen: str) -> None:
    """Until the server has noticed that this release serves."""
    deadline = time.monotonic() + 60
    while client.get("/v1/health").json()["release"] != chosen:
        assert time.monotonic() < deadline, "the release never served"
        time.sleep(0.01)


def _write_parts(settings: Settings, samples: Sequence[Row]) -> Iterator[Part]:
    schema = arrow_schema(table_contracts("parts")["samples"])
    for feed, quarter in sorted({(row["feed"], row["quarter"]) for row in samples}):
        rows = [dict(row) for row in samples if (row["feed"], row["quarter"]) == (feed, quarter)]
        sink = BytesIO()
        pq.write_table(pa.Table.from_pylist(rows, schema), sink)
        sha256 = hashlib.sha256(sink.getvalue()).hexdigest()
        path = part_path(settings, sha256)
        path.parent.mkdir(exist_ok=True)
        path.write_bytes(sink.getvalue())
        yield Part(feed, quarter, sha256, len(rows), path.stat().st_size)


def _reference_rows() -> dict[str, list[Row]]:
    return {
        "ref_prefectures": [
            {"prefecture_code": code, "prefecture_name": name, "province_code": "510000", "province_name": "四川省"}
            for code, name in PREFECTURES
        ],
        "ref_categories": [
            {"feed": feed, "category_code": code, "category_name": name, "parent_code": parent}
            for feed, code, name, parent in CATEGORIES
        ],
        "ref_hazards": list(HAZARDS),
        "ref_indicators": indicators_table(("510000",)).to_pylist(),
        "ref_baselines": baselines_table(("510000",)).to_pylist(),
    }


def _info(chosen: str, artefact: str) -> Row:
    return {
        "release_id": chosen, "artefact": artefact, "previous_release_id": None, "as_of": CREATED_AT,
        "data_as_of": CREATED_AT, "next_update_due": None, "created_at": CREATED_AT, "method_version": "1",
        "digest": "0" * 64,
    }  # fmt: skip


def _write_artefact(settings: Settings, path: Path, rows: Mapping[str, Sequence[Row]]) -> None:
    connection = connect(settings, path)
    connection.execute(sql_text("marts/macros"))
    for name, table in table_contracts("release").items():
        connection.register("given", pa.Table.from_pylist(list(rows.get(name, [])), arrow_schema(table)))
        connection.execute(f"CREATE TABLE {name} AS SELECT * FROM given")
        connection.unregister("given")
    connection.close()
