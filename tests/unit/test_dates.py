"""Dates in the shapes of real tables; what is no full date stays unread."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.normalise.dates import date_in, date_of


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2022-01-14", date(2022, 1, 14)),
        ("2019/1/25", date(2019, 1, 25)),
        ("2018-6-21", date(2018, 6, 21)),
        ("2018.05.28", date(2018, 5, 28)),
        ("2018年4月2日", date(2018, 4, 2)),
        ("20180412", date(2018, 4, 12)),
        ("2017.04. 25", date(2017, 4, 25)),
        ("2016—05—03", date(2016, 5, 3)),
        ("２０２６－０５－０１", date(2026, 5, 1)),
        ("42100", date(2015, 4, 6)),
        ("2018-6-2 10:00:00", date(2018, 6, 2)),
        ("2026-05-01 00:00:00", date(2026, 5, 1)),
        ("2026-03-31T16:00:00Z", date(2026, 4, 1)),
        ("2026-03-31T23:00:00+08:00", date(2026, 3, 31)),
        ("02/2018", None),
        ("140801", None),
        ("60123", None),
        ("2026-02-31", None),
        ("2026年13月45日", None),
        ("待补", None),
        ("2018年4月", None),
    ],
)
def test_a_date_is_read_in_every_shape_and_never_guessed(written: str, meant: date | None) -> None:
    assert date_of(written) == meant


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2018.05.2818052803", date(2018, 5, 28)),
        ("2018030420180304", date(2018, 3, 4)),
        ("2017年4月25日ABPM001-1704000142（SN）", date(2017, 4, 25)),
        ("2018-04-04180404", date(2018, 4, 4)),
        ("2016-06-10；20160610", date(2016, 6, 10)),
        ("2015-09-12/2015/09/12D", date(2015, 9, 12)),
        ("2020-09-14/2020年09月14日", date(2020, 9, 14)),
        ("批号J201001", None),
        ("541268408", None),
        ("DL04148", None),
        ("2021-04-15(購進日期)", None),
        ("购进日期：2020/9/9", None),
    ],
)
def test_a_production_date_is_found_beside_a_batch_but_a_purchase_is_none(written: str, meant: date | None) -> None:
    assert date_in(written) == meant
