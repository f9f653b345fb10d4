"""Rules of inspections, as rows."""

from __future__ import annotations

from datetime import date

from tests.expectations.case import AFTER, RECEIVED, Case, failed

__all__ = ["CONSTRUCTION_CASES"]

CONSTRUCTION_CASES = (
    Case(
        "construction",
        "no inspection",
        (({"sampling_type_code": "supervision"}, {"CN-001"}), ({"sampling_type_code": None}, {"CN-001"})),
    ),
    Case("construction", "no project", (({"project_name": None}, {"CN-002"}),)),
    Case(
        "construction",
        "points that are no number",
        (
            ({"points_checked": "若干", "n_points": None}, {"CN-003"}),
            ({"points_conforming": "全部", "n_points_conforming": None}, {"CN-004"}),
        ),
    ),
    Case(
        "construction",
        "points out of bounds",
        (
            ({"n_points": 0, "n_points_conforming": 0}, {"CN-005"}),
            ({"n_points": -1, "n_points_conforming": 0}, {"CN-005"}),
            ({"n_points": 1, "n_points_conforming": 1}, set()),
            ({"n_points_conforming": 41}, {"CN-006"}),
            ({"n_points_conforming": -1}, {"CN-006", "CN-021"}),
        ),
    ),
    Case("construction", "no verdict though the points are there", (({"conclusion_code": None}, {"CN-007"}),)),
    Case(
        "construction",
        "equal reports on one item that differ in the verdict",
        (({"conclusion_code": "undetermined"}, {"CN-008"}), ({}, {"CN-008"})),
        together=True,
    ),
    Case(
        "construction",
        "equal reports on one item that differ in the points",
        (({"n_points": 41, "n_points_conforming": 41}, {"CN-008"}), ({}, {"CN-008"})),
        together=True,
    ),
    Case(
        "construction",
        "items of one inspection may differ",
        (
            ({"inspected_item": "地基基础", "n_points": 9, "n_points_conforming": 9}, set()),
            ({"inspected_item": "建筑节能", "conclusion_code": "undetermined"}, set()),
            ({}, set()),
        ),
        together=True,
    ),
    Case(
        "construction",
        "the inspection's day decides the quarter",
        (
            (
                {"sampled_on": "上旬", "sampling_date": None, "unreadable_dates": ["sampled_on"], "quarter": None},
                {"CN-011"},
            ),
            (
                {
                    "sampled_on": None,
                    "sampling_date": None,
                    "published_on": "近日",
                    "publication_date": None,
                    "unreadable_dates": ["published_on"],
                    "quarter": None,
                },
                {"CN-012"},
            ),
            (
                {
                    "sampled_on": None,
                    "sampling_date": None,
                    "published_on": None,
                    "publication_date": None,
                    "quarter": None,
                },
                {"CN-013"},
            ),
            ({"sampling_date": date(1992, 12, 31)}, {"CN-014"}),
            ({"sampling_date": AFTER}, {"CN-015"}),
            ({"sampling_date": RECEIVED, "publication_date": None}, set()),
            ({"publication_date": AFTER}, {"CN-016"}),
            ({"publication_date": None, "unreadable_dates": ["published_on"]}, {"CN-017"}),
            ({"publication_date": date(2026, 4, 1)}, {"CN-018"}),
            ({"publication_date": date(2026, 4, 2)}, set()),
        ),
    ),
    Case(
        "construction",
        "verdict and points",
        (
            ({"n_points_conforming": 39}, {"CN-021"}),
            (failed(rectify_by="2026-08-01"), {"CN-021"}),
            (failed(rectify_by="2026-08-01", n_points_conforming=39), set()),
        ),
    ),
    Case(
        "construction",
        "what did not conform is named and followed up",
        (
            (failed(n_points_conforming=39, rectify_by="2026-08-01", findings=[]), {"CN-022"}),
            (failed(n_points_conforming=39), {"CN-025"}),
        ),
    ),
    Case("construction", "place not told", (({"prefecture_code": "unknown"}, {"CN-023"}),)),
    Case("construction", "contractor not named", (({"contractor_name": None}, {"CN-024"}),)),
)
