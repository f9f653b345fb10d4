"""Dates in the shapes of real tables; what is no full date stays unread."""

from __future__ import annotations

from datetime import date

import pytest

from pipelines.normalise.dates import Produced, date_of, produced_in


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


def day(year: int, month: int, number: int) -> Produced:
    return Produced(date(year, month, number))


@pytest.mark.parametrize(
    ("written", "meant"),
    [
        ("2018.05.2818052803", day(2018, 5, 28)),
        ("2018030420180304", day(2018, 3, 4)),
        ("2017年4月25日ABPM001-1704000142（SN）", day(2017, 4, 25)),
        ("2018-04-04180404", day(2018, 4, 4)),
        ("2016-06-10；20160610", day(2016, 6, 10)),
        ("2016-06-24/20160624", day(2016, 6, 24)),
        ("2020-09-14/2020年09月14日", day(2020, 9, 14)),
        ("2015-09-12/2015/09/12D", day(2015, 9, 12)),
        ("2016—05—03", day(2016, 5, 3)),
        ("2020.08.15", day(2020, 8, 15)),
        ("2015-5-18", day(2015, 5, 18)),
        ("42100", day(2015, 4, 6)),
        ("140801", None),
        ("批号J201001", None),
        ("541268408", None),
        ("DL04148", None),
        ("201804", None),
        ("2018.04", None),
    ],
)
def test_a_production_date_is_found_beside_a_batch_and_never_in_one(written: str, meant: Produced | None) -> None:
    assert produced_in(written) == meant


@pytest.mark.parametrize(
    ("written", "month"),
    [("02/2018", 2), ("2018年4月", 4), ("2018-04", 4), ("2018/11", 11), ("生产日期：2018年12月", 12)],
)
def test_a_month_without_a_day_keeps_its_precision(written: str, month: int) -> None:
    assert produced_in(written) == Produced(date(2018, month, 1), "month")
    assert date_of(written) is None


@pytest.mark.parametrize(
    ("written", "bought"),
    [
        ("2021-04-15(購進日期)", date(2021, 4, 15)),
        ("2020-09-21（购进日期）", date(2020, 9, 21)),
        ("购进日期2020/10/21", date(2020, 10, 21)),
        ("购进日期：2020/9/9", date(2020, 9, 9)),
        ("2020/11/16（购进）", date(2020, 11, 16)),
        ("2016-03-03/购进", date(2016, 3, 3)),
    ],
)
def test_a_day_of_purchase_is_told_apart_from_one_of_production(written: str, bought: date) -> None:
    assert produced_in(written) == Produced(bought, is_purchase=True)


def test_a_serial_number_counts_from_the_epoch_of_its_workbook() -> None:
    assert date_of("42100") == date(2015, 4, 6)
    assert date_of("42100", counts_from_1904=True) == date(2019, 4, 7)
    assert date_of("54900", counts_from_1904=True) is None
