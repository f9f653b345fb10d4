-- Grain: one row per row of counts, in their order. Each parameter is a column as text, a list in brackets: it reads no
-- table, so that it stays planned. n_inspections: NULL outside construction; stratum_: sums over the whole stratum,
-- NULL outside construction too. Rates, intervals and statuses come from the release's own macros.
WITH counted AS (
    SELECT
        unnest($n_concluded::VARCHAR::BIGINT[]) AS n_concluded,
        unnest($n_conforming::VARCHAR::BIGINT[]) AS n_conforming,
        unnest($n_inspections::VARCHAR::BIGINT[]) AS n_inspections,
        unnest($stratum_n_inspections::VARCHAR::BIGINT[]) AS stratum_n_inspections,
        unnest($stratum_n_concluded::VARCHAR::BIGINT[]) AS stratum_n_concluded,
        unnest($stratum_n_conforming::VARCHAR::BIGINT[]) AS stratum_n_conforming,
        unnest($stratum_sum_points_squared::VARCHAR::DOUBLE[]) AS stratum_sum_points_squared,
        unnest($stratum_sum_conforming_squared_per_point::VARCHAR::DOUBLE[]) AS stratum_sum_conforming_squared_per_point
),
effective AS (
    SELECT
        *,
        effective_n(
            n_concluded,
            n_inspections,
            icc(
                stratum_n_inspections,
                stratum_n_concluded,
                stratum_n_conforming,
                stratum_sum_points_squared,
                stratum_sum_conforming_squared_per_point
            )
        ) AS n_effective
    FROM counted
),
weighed AS (
    SELECT *, effective_x(n_conforming, n_concluded, n_effective) AS x
    FROM effective
),
judged AS (
    SELECT
        *,
        rate_status(x, n_effective, n_inspections) AS rate_status,
        failure_rate_status(n_effective - x, n_effective, n_inspections) AS failure_rate_status
    FROM weighed
),
shown AS (
    SELECT
        *,
        rate_status IN ('ok', 'boundary') AS shows_rate,
        failure_rate_status IN ('ok', 'boundary', 'unreliable') AS shows_failure_rate
    FROM judged
)
SELECT
    n_effective,
    CASE WHEN shows_rate THEN n_conforming / n_concluded END AS rate,
    CASE WHEN shows_rate THEN wilson_low(x, n_effective) END AS rate_low,
    CASE WHEN shows_rate THEN wilson_high(x, n_effective) END AS rate_high,
    rate_status,
    CASE WHEN shows_failure_rate THEN (n_concluded - n_conforming) / n_concluded END AS failure_rate,
    CASE WHEN shows_failure_rate THEN wilson_low(n_effective - x, n_effective) END AS failure_rate_low,
    CASE WHEN shows_failure_rate THEN wilson_high(n_effective - x, n_effective) END AS failure_rate_high,
    failure_rate_status
FROM shown
