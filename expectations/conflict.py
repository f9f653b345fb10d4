"""When two reports of one sample contradict each other so that neither holds (DOMAIN: "which report holds").

A higher level, a later conclusion or a later publication decides; an undated row decides nothing. Every two different
verdicts contradict, undetermined ones included, so that the outcome is the same whether the reports come in one file
or in two.
"""

from __future__ import annotations

from typing import Any

from expectations.rule import JUDGED, no_rows

__all__ = ["conflicting", "conflicting_inspections", "two_samples_of_one_number"]

_SAMPLES = """
WITH {judged}, torn AS (
    SELECT sample_key, level_code, conclusion_code, publication_date, {decided_on} AS decided_on{about}
    FROM judged
    WHERE sample_key IN (
        SELECT sample_key FROM judged GROUP BY sample_key HAVING {suspicion}
    )
)
SELECT row_no FROM judged WHERE sample_key IN (
    SELECT one.sample_key
    FROM torn AS one JOIN torn AS another ON one.sample_key = another.sample_key
    WHERE {contradiction}
      AND one.level_code IS NOT DISTINCT FROM another.level_code
      AND coalesce(one.decided_on = another.decided_on, true)
      AND coalesce(one.publication_date = another.publication_date, true)
)
"""

# Product and unit as keys, since a sender's own brackets and blanks make no other sample.
_KEY = r"upper(regexp_replace(translate({column}, '（），：；', '(),:;'), '[\s\xA0　]+', '', 'g'))"
_NUMBERED = """
WITH {judged}, told AS (
    SELECT DISTINCT sample_key, {product} AS product, {unit} AS unit
    FROM judged
    WHERE sample_no IS NOT NULL AND product_name IS NOT NULL AND sampled_unit_name IS NOT NULL
      AND sample_key IN (SELECT sample_key FROM judged GROUP BY sample_key HAVING count(*) > 1)
)
SELECT row_no FROM judged WHERE sample_key IN (
    SELECT one.sample_key
    FROM told AS one JOIN told AS another ON one.sample_key = another.sample_key
    WHERE one.product <> another.product AND one.unit <> another.unit
)
"""


def two_samples_of_one_number() -> dict[str, Any]:
    """All rows under a number that stands for two samples: another product from another unit.

    Spreadsheets damage long numbers so that they collide; one that differs in product or unit alone may be a slip.
    """
    query = _NUMBERED.strip().format(
        judged=JUDGED, product=_KEY.format(column="product_name"), unit=_KEY.format(column="sampled_unit_name")
    )
    return no_rows(query)


def conflicting() -> dict[str, Any]:
    """All rows of samples of which equal reports give different verdicts."""
    return _query(
        decided_on="conclusion_date",
        about="",
        suspicion="min(conclusion_code) <> max(conclusion_code)",
        contradiction="one.conclusion_code <> another.conclusion_code",
    )


def conflicting_inspections() -> dict[str, Any]:
    """All rows of inspections of which equal reports give, for the same item, other verdicts or other points."""
    return _query(
        decided_on="coalesce(conclusion_date, sampling_date)",
        about=", inspected_item, n_points, n_points_conforming",
        suspicion=(
            "min(conclusion_code) <> max(conclusion_code) OR min(n_points) <> max(n_points) "
            "OR min(n_points_conforming) <> max(n_points_conforming)"
        ),
        contradiction=(
            "one.inspected_item IS NOT DISTINCT FROM another.inspected_item AND (one.conclusion_code <> "
            "another.conclusion_code OR one.n_points <> another.n_points "
            "OR one.n_points_conforming <> another.n_points_conforming)"
        ),
    )


def _query(*, decided_on: str, about: str, suspicion: str, contradiction: str) -> dict[str, Any]:
    return no_rows(
        _SAMPLES.strip().format(
            judged=JUDGED, decided_on=decided_on, about=about, suspicion=suspicion, contradiction=contradiction
        )
    )
