"""What a side-car may declare, and what is said of one that declares something else."""

from __future__ import annotations

from typing import Any

import pytest

from pipelines.normalise.facts import SIDECAR_KEYS, Sidecar, SidecarError, parse_sidecar
from warehouse.contract import contract

FOOD = contract("food")


def test_every_key_is_read() -> None:
    content: dict[str, Any] = {
        "sender": " 成都市市场监督管理局 ",
        "publisher": "四川省市场监督管理局",
        "notice_no": "2026年第8号",
        "published_on": "2026-05-02",
        "sampling_type": "评价性抽检",
        "level": "省级",
        "columns": {"单号": "sample_no"},
        "corrects": "2026年第7号",
        "mode": "replace",
        "verdicts": "split",
        "complete": True,
    }
    assert set(content) == set(SIDECAR_KEYS)
    assert parse_sidecar(FOOD, content) == Sidecar(
        publisher="四川省市场监督管理局",
        notice_no="2026年第8号",
        published_on="2026-05-02",
        sampling_type="evaluation",
        level="provincial",
        columns={"单号": "sample_no"},
        corrects="2026年第7号",
        correction="replace",
        verdicts="split",
        complete=True,
    )


def test_no_side_car_declares_nothing() -> None:
    assert parse_sidecar(FOOD, None) == Sidecar()


def test_how_a_file_came_declares_nothing_and_is_no_key_that_a_sender_is_offered() -> None:
    assert parse_sidecar(FOOD, {"upload": {"id": "u-1"}}) == Sidecar()
    with pytest.raises(SidecarError) as refused:
        parse_sidecar(FOOD, {"upload": {}, "uploads": 1})
    assert "sender" in str(refused.value)
    assert "upload," not in str(refused.value)


def test_a_correction_amends_unless_it_says_that_it_replaces() -> None:
    assert parse_sidecar(FOOD, {"corrects": "7"}).correction == "amend"
    nested = parse_sidecar(FOOD, {"corrects": {"notice_no": "7", "mode": "replace"}})
    assert (nested.corrects, nested.correction) == ("7", "replace")


@pytest.mark.parametrize(
    ("content", "told"),
    [
        ({"sampling": "x"}, "sampling?"),
        ({"published_on": "五月"}, "published_on=五月"),
        ({"sampling_type": "监督抽检和风险监测"}, "sampling_type="),
        ({"level": "乡级"}, "level=乡级"),
        ({"verdicts": "halves"}, "verdicts=halves (together, split, failures_only)"),
        ({"complete": "yes"}, "complete='yes' (true, false)"),
        ({"mode": "replace"}, "mode=replace: corrects?"),
        ({"columns": {"单号": "number"}}, "columns: number?"),
        ({"columns": "sample_no"}, "columns ("),
        ({"notice_no": 7}, "notice_no=7 (text)"),
        ({"sender": 7}, "sender=7 (text)"),
    ],
)
def test_a_wrong_side_car_is_refused_with_its_key_and_what_may_stand_there(content: dict[str, Any], told: str) -> None:
    with pytest.raises(SidecarError) as raised:
        parse_sidecar(FOOD, content)
    assert told in str(raised.value)
