-- Grain: one quarter, feed, sampling type, level, stage, province, prefecture and category (two levels). Additive.
-- An inspection counts its points, any other sample is one. The two sums run over exact decimals, so that they do not
-- depend on the order of addition. From: core_counted.
WITH points AS (
    SELECT
        *,
        conclusion IN ('conforming', 'nonconforming') AND NOT is_held AS is_concluded,
        CASE WHEN is_inspection THEN n_points ELSE 1 END AS n,
        CASE
            WHEN is_inspection THEN n_points_conforming
            WHEN conclusion = 'conforming' THEN 1
            ELSE 0
        END AS x
    FROM core_counted
)

SELECT
    quarter,
    feed,
    sampling_type,
    level,
    stage,
    province_code,
    prefecture_code,
    category_code,
    category_2_code,
    CAST(coalesce(sum(n) FILTER (NOT is_held), 0) AS BIGINT) AS n_sampled,
    CAST(coalesce(sum(n) FILTER (is_concluded), 0) AS BIGINT) AS n_concluded,
    CAST(coalesce(sum(x) FILTER (is_concluded), 0) AS BIGINT) AS n_conforming,
    CAST(coalesce(sum(n - x) FILTER (is_concluded), 0) AS BIGINT) AS n_nonconforming,
    CAST(coalesce(sum(n) FILTER (NOT is_held AND NOT is_concluded), 0) AS BIGINT) AS n_undetermined,
    count(*) FILTER (is_held) AS n_held,
    CAST(coalesce(sum(n - x) FILTER (is_concluded AND NOT is_final), 0) AS BIGINT) AS n_provisional,
    count(*) FILTER (is_inspection AND is_concluded) AS n_inspections,
    CAST(
        coalesce(sum(CAST(n * n AS DECIMAL(38, 0))) FILTER (is_inspection AND is_concluded), 0) AS DOUBLE
    ) AS sum_points_squared,
    CAST(
        coalesce(
            sum(CAST(x * x / nullif(n, 0) AS DECIMAL(38, 9))) FILTER (is_inspection AND is_concluded), 0
        ) AS DOUBLE
    ) AS sum_conforming_squared_per_point
FROM points
GROUP BY ALL
