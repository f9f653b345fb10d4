-- The statistical rules of one proportion, kept inside every release so that whoever opens it computes what we do.
-- x: conforming (or failed) of n concluded. n_inspections: NULL outside construction, where n and x are effective ones.

-- 95 % Wilson score interval; NULL when nothing was concluded. Brown, Cai & DasGupta 2001, Statistical Science 16(2).
CREATE OR REPLACE MACRO wilson_low(x, n) AS
    CASE
        WHEN n IS NULL OR x IS NULL OR n = 0 THEN NULL
        WHEN x = 0 THEN 0.0::DOUBLE
        ELSE (
            x + 1.920729410347062::DOUBLE
            - 1.959963984540054::DOUBLE * sqrt(x::DOUBLE * (n - x) / n + 0.960364705173531::DOUBLE)
        ) / (n + 3.841458820694124::DOUBLE)
    END;

CREATE OR REPLACE MACRO wilson_high(x, n) AS
    CASE
        WHEN n IS NULL OR x IS NULL OR n = 0 THEN NULL
        WHEN x = n THEN 1.0::DOUBLE
        ELSE (
            x + 1.920729410347062::DOUBLE
            + 1.959963984540054::DOUBLE * sqrt(x::DOUBLE * (n - x) / n + 0.960364705173531::DOUBLE)
        ) / (n + 3.841458820694124::DOUBLE)
    END;

-- Its width, the difference of the two in one expression.
CREATE OR REPLACE MACRO wilson_width(x, n) AS
    3.919927969080108::DOUBLE * sqrt(x::DOUBLE * (n - x) / n + 0.960364705173531::DOUBLE) / (n + 3.841458820694124::DOUBLE);

-- Whether a pass rate is shown, and why not. After the NCHS Data Presentation Standards for Proportions (2-175), with
-- Wilson in place of their interval. The first that applies.
CREATE OR REPLACE MACRO rate_status(x, n, n_inspections) AS
    CASE
        WHEN n IS NULL OR n = 0 THEN 'no_data'
        WHEN n_inspections < 10 THEN 'withheld_few_inspections'
        WHEN n < 30 THEN 'withheld_small_n'
        WHEN wilson_width(x, n) >= 0.30 OR (x > 0 AND wilson_width(x, n) > greatest(0.05, 1.3 * (x::DOUBLE / n)))
            THEN 'withheld_wide'
        WHEN x = 0 OR x = n THEN 'boundary'
        ELSE 'ok'
    END;

-- The same for the failure rate; x: failed. No failure is `boundary`, shown with its upper bound; `unreliable` is shown
-- and flagged.
CREATE OR REPLACE MACRO failure_rate_status(x, n, n_inspections) AS
    CASE
        WHEN n IS NULL OR n = 0 THEN 'no_data'
        WHEN n_inspections < 10 THEN 'withheld_few_inspections'
        WHEN n < 30 THEN 'withheld_small_n'
        WHEN wilson_width(x, n) >= 0.30 THEN 'withheld_wide'
        WHEN x = 0 OR x = n THEN 'boundary'
        WHEN wilson_width(x, n) > 1.3 * (x::DOUBLE / n) THEN 'unreliable'
        ELSE 'ok'
    END;

-- Intra-class correlation of the points of one visit, from sums over the inspections of a stratum: the ANOVA estimator
-- for a proportion (Ridout, Demétrio & Firth 1999, Biometrics 55), cut to [0, 1]. One visit alone tells nothing of it:
-- its points count as alike (1).
CREATE OR REPLACE MACRO icc(
    n_inspections, n_points, n_conforming, sum_points_squared, sum_conforming_squared_per_point
) AS
    CASE
        WHEN n_inspections < 2 THEN 1.0::DOUBLE
        WHEN n_points <= n_inspections THEN 0.0::DOUBLE
        WHEN n_conforming = 0 OR n_conforming = n_points THEN 0.0::DOUBLE
        ELSE greatest(
            0.0::DOUBLE,
            least(
                1.0::DOUBLE,
                (
                    (sum_conforming_squared_per_point - n_conforming::DOUBLE * n_conforming / n_points)
                    / (n_inspections - 1)
                    - (n_conforming - sum_conforming_squared_per_point) / (n_points - n_inspections)
                )
                / (
                    (sum_conforming_squared_per_point - n_conforming::DOUBLE * n_conforming / n_points)
                    / (n_inspections - 1)
                    + ((n_points - sum_points_squared / n_points) / (n_inspections - 1) - 1)
                    * (n_conforming - sum_conforming_squared_per_point) / (n_points - n_inspections)
                )
            )
        )
    END;

-- Points / (1 + (mean points of a visit − 1) ICC), floored (Kish 1965); outside construction all of them. The tiny
-- summand keeps a whole number whole after the division.
CREATE OR REPLACE MACRO effective_n(n_points, n_inspections, icc) AS
    CASE
        WHEN n_inspections IS NULL OR n_points = 0 THEN n_points::BIGINT
        WHEN n_inspections = 0 THEN 0::BIGINT
        ELSE floor(n_points / (1 + (n_points::DOUBLE / n_inspections - 1) * icc) + 1e-9)::BIGINT
    END;

-- Conforming (or failed) points on the scale of the effective n, rounded.
CREATE OR REPLACE MACRO effective_x(x, n_points, n_effective) AS
    CASE WHEN n_points = 0 THEN 0::BIGINT ELSE round(x::DOUBLE * n_effective / n_points)::BIGINT END;

-- 95 % interval of a rate less an earlier one (x0 of n0), from both Wilson intervals: Newcombe 1998, method 10.
CREATE OR REPLACE MACRO newcombe_low(x, n, x0, n0) AS
    x::DOUBLE / n - x0::DOUBLE / n0
    - sqrt((x::DOUBLE / n - wilson_low(x, n)) ** 2 + (wilson_high(x0, n0) - x0::DOUBLE / n0) ** 2);
CREATE OR REPLACE MACRO newcombe_high(x, n, x0, n0) AS
    x::DOUBLE / n - x0::DOUBLE / n0
    + sqrt((wilson_high(x, n) - x::DOUBLE / n) ** 2 + (x0::DOUBLE / n0 - wilson_low(x0, n0)) ** 2);
