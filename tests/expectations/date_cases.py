"""Rules on dates and quarters, as rows."""

from __future__ import annotations

from datetime import date

from tests.expectations.case import AFTER, RECEIVED, Case, undated

__all__ = ["DATE_CASES"]

DATE_CASES = (
    Case(
        "food",
        "an unreadable conclusion is not also a missing quarter",
        (
            (undated(concluded_on="五月初", unreadable_dates=["concluded_on"], quarter=None), {"SH-111"}),
            (undated(concluded_on="五月初", unreadable_dates=["concluded_on"]), {"SH-111"}),
            (undated(), set()),
        ),
    ),
    Case(
        "food",
        "an unreadable publication matters where it decides",
        (
            (
                undated(published_on="近日", publication_date=None, unreadable_dates=["published_on"], quarter=None),
                {"SH-112"},
            ),
            ({"published_on": "近日", "publication_date": None, "unreadable_dates": ["published_on"]}, {"SH-117"}),
        ),
    ),
    Case(
        "food",
        "no date at all",
        ((undated(published_on=None, publication_date=None, quarter=None), {"SH-113"}),),
    ),
    Case(
        "food",
        "a continuation row may leave the dates blank",
        (({}, set()), (undated(published_on=None, publication_date=None, quarter=None), set())),
        together=True,
    ),
    Case(
        "food",
        "a year too far back",
        (
            ({"conclusion_date": date(1992, 12, 31), "sampling_date": None, "production_date": None}, {"SH-114"}),
            ({"conclusion_date": date(1993, 1, 1), "sampling_date": None, "production_date": None}, set()),
        ),
    ),
    Case(
        "food",
        "a conclusion after the day of receipt",
        (({"conclusion_date": AFTER}, {"SH-115"}), ({"conclusion_date": RECEIVED, "publication_date": None}, set())),
    ),
    Case(
        "food",
        "a publication after the day of receipt",
        (({"publication_date": AFTER}, {"SH-116"}), ({"publication_date": RECEIVED}, set())),
    ),
    Case(
        "food",
        "published before it was concluded",
        (({"publication_date": date(2026, 5, 1)}, {"SH-118"}), ({"publication_date": date(2026, 5, 2)}, set())),
    ),
    Case(
        "food",
        "sampled after the day of receipt",
        (({"sampling_date": AFTER}, {"SH-121"}), (undated(sampling_date=RECEIVED, publication_date=RECEIVED), set())),
    ),
    Case(
        "food",
        "sampled after it was concluded, or published where that decides",
        (
            ({"sampling_date": date(2026, 5, 3)}, {"SH-122"}),
            ({"sampling_date": date(2026, 5, 2)}, set()),
            (undated(sampling_date=date(2026, 6, 2)), {"SH-122"}),
            (undated(sampling_date=date(2026, 6, 1)), set()),
        ),
    ),
    Case(
        "food",
        "unreadable dates that decide nothing",
        (
            ({"sampling_date": None, "sampled_on": "上旬", "unreadable_dates": ["sampled_on"]}, {"SH-123"}),
            ({"result_received_on": "已送达", "unreadable_dates": ["result_received_on"]}, {"SH-124"}),
            ({"batch_or_date": "DL04148", "production_date": None, "unreadable_dates": ["batch_or_date"]}, set()),
            ({"unreadable_dates": None}, set()),
        ),
    ),
    Case(
        "food",
        "a receipt of the result outside its time",
        (
            ({"result_received_date": date(2026, 5, 1)}, {"SH-125"}),
            ({"result_received_date": date(2026, 5, 2)}, set()),
            ({"result_received_date": RECEIVED}, set()),
            ({"result_received_date": AFTER}, {"SH-125"}),
        ),
    ),
    Case(
        "food",
        "produced after it was sampled",
        (
            ({"production_date": date(2026, 4, 3)}, {"SH-126"}),
            ({"production_date": date(2026, 4, 2)}, set()),
            ({"production_date": date(2026, 5, 3), "sampling_date": None}, {"SH-126"}),
        ),
    ),
)
