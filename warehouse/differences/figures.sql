-- Grain: one figure of a release: quarter, feed and sampling type, as a whole (both codes NULL), by prefecture, by
-- category, and by both. Rates and statuses come from the release's own macros. From: mart_cells of the release in use.
WITH strata AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        icc(
            sum(n_inspections)::BIGINT,
            sum(n_concluded)::BIGINT,
            sum(n_conforming)::BIGINT,
            sum(sum_points_squared),
            sum(sum_conforming_squared_per_point)
        ) AS stratum_icc
    FROM mart_cells
    GROUP BY ALL
),

summed AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        prefecture_code,
        category_code,
        sum(n_sampled)::BIGINT AS n_sampled,
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_nonconforming)::BIGINT AS n_nonconforming,
        sum(n_undetermined)::BIGINT AS n_undetermined,
        sum(n_held)::BIGINT AS n_held,
        sum(n_provisional)::BIGINT AS n_provisional,
        CASE WHEN feed = 'construction' THEN sum(n_inspections)::BIGINT END AS n_inspections
    FROM mart_cells
    GROUP BY GROUPING SETS (
        (quarter, feed, sampling_type),
        (quarter, feed, sampling_type, prefecture_code),
        (quarter, feed, sampling_type, category_code),
        (quarter, feed, sampling_type, prefecture_code, category_code)
    )
),

effective AS (
    SELECT
        summed.*,
        effective_n(summed.n_concluded, summed.n_inspections, strata.stratum_icc) AS n_effective
    FROM summed
    INNER JOIN strata
        ON
            summed.quarter = strata.quarter
            AND summed.feed = strata.feed
            AND summed.sampling_type = strata.sampling_type
),

judged AS (
    SELECT
        *,
        rate_status(effective_x(n_conforming, n_concluded, n_effective), n_effective, n_inspections) AS rate_status
    FROM effective
)

SELECT
    quarter,
    feed,
    sampling_type,
    prefecture_code,
    category_code,
    n_sampled,
    n_concluded,
    n_conforming,
    n_nonconforming,
    n_undetermined,
    n_held,
    n_provisional,
    rate_status,
    CASE WHEN rate_status IN ('ok', 'boundary') THEN n_conforming / n_concluded END AS rate
FROM judged
