"""Rows of what was done since, for releases that tests write themselves: a recall, a measure, and counts."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from typing import Any

__all__ = ["FOLLOWED", "recall", "rectification", "timeliness"]

_STRATUM = {
    "quarter": "2026Q2", "feed": "food", "sampling_type": "evaluation", "province_code": "510000",
    "prefecture_code": "510100",
}  # fmt: skip


def recall(number: int, **given: Any) -> dict[str, Any]:
    told = {
        "recall_no": f"川召-{number}", "announced_on": date(2026, 6, number), "kind": "voluntary",
        "announced_by": "四川省市场监督管理局", "producer_name": "某公司", "product_name": "电热毯", "batch": "全部",
        "defect": "接地不良", "hazard": "触电", "remedy": "退货", "source_url": "https://example.org/1",
        "status": "ongoing", "is_conflicting": False, "warnings": [],
    }  # fmt: skip
    return told | given


def rectification(**given: Any) -> dict[str, Any]:
    return _STRATUM | {"n_failed": 0, "n_rectified": 0, "n_rechecked": 0, "n_untouched": 0} | given


def timeliness(**given: Any) -> dict[str, Any]:
    told = {
        "step": "sampled_to_concluded", "n_samples": 40, "n_undated": 1, "days_status": "ok", "p50_days": 12,
        "p95_days": 30, "standard_days": 35, "standard_source": "待确认", "n_within": 40, "share_status": "boundary",
        "share_within": 1.0, "share_within_low": 0.91, "share_within_high": 1.0,
    }  # fmt: skip
    return _STRATUM | told | given


FOLLOWED: Mapping[str, list[dict[str, Any]]] = {
    "mart_recalls": [recall(1, warnings=[{"warning_id": "W2026-TEST000001", "matched_by": "warning_id"}]), recall(2)],
    "mart_dispositions": [
        _STRATUM
        | {
            "subject": "W2026-TEST000001", "warning_id": "W2026-TEST000001", "kind": "removed",
            "happened_on": date(2026, 6, 22), "authority": "成都市市场监督管理局", "result": "done", "n_samples": 1,
        }
    ],
    "mart_rectification": [rectification(n_failed=40, n_rectified=30, n_rechecked=5, n_untouched=2)],
    "mart_timeliness": [timeliness(prefecture_code="all"), timeliness()],
}  # fmt: skip
