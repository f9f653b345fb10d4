-- Grain: one period (quarter or year to date), feed, sampling type, province, stage (or all), category of either level
-- (or all) and prefecture, with `unknown` among them: what ranking, funnel and standardised rate are made of, for the
-- periods in $periods and the provinces in $provinces. Construction counts effective points.
-- stratum_no: strata from 1, those in which the rates of two prefectures or more are shown: one alone has no rank.
-- expected_failures: failures that the area's mix of categories has at the province's failure rate of each (indirect
-- standardisation); within a category the mix is that of its second level. From: mart_cells.
WITH in_periods AS (
    SELECT
        unnest([quarter, left(quarter, 4) || 'YTD']) AS period,
        feed,
        sampling_type,
        province_code,
        stage,
        category_code,
        category_2_code,
        prefecture_code,
        n_concluded,
        n_conforming,
        n_inspections,
        sum_points_squared,
        sum_conforming_squared_per_point
    FROM mart_cells
),

cells AS (
    SELECT *
    FROM in_periods
    WHERE list_contains($periods::VARCHAR[], period)
),

kinds AS (
    SELECT
        period,
        feed,
        sampling_type,
        icc(
            sum(n_inspections)::BIGINT,
            sum(n_concluded)::BIGINT,
            sum(n_conforming)::BIGINT,
            sum(sum_points_squared),
            sum(sum_conforming_squared_per_point)
        ) AS icc
    FROM cells
    GROUP BY ALL
),

of_stages AS (
    SELECT
        period,
        feed,
        sampling_type,
        province_code,
        stage,
        category_code,
        category_2_code,
        prefecture_code,
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_inspections)::BIGINT AS n_inspections
    FROM cells
    WHERE list_contains($provinces::VARCHAR[], province_code) OR list_contains($provinces, 'all')
    GROUP BY ALL
),

of_categories AS (
    FROM of_stages
    UNION ALL BY NAME
    SELECT
        * EXCLUDE (stage, n_concluded, n_conforming, n_inspections),
        'all' AS stage,
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_inspections)::BIGINT AS n_inspections
    FROM of_stages
    GROUP BY ALL
),

mixed AS (
    SELECT
        * EXCLUDE (category_2_code),
        category_2_code AS mix
    FROM of_categories
    UNION ALL BY NAME
    SELECT
        * EXCLUDE (category_code, category_2_code, n_concluded, n_conforming, n_inspections),
        'all' AS category_code,
        category_code AS mix,
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_inspections)::BIGINT AS n_inspections
    FROM of_categories
    GROUP BY ALL
    UNION ALL BY NAME
    SELECT
        * EXCLUDE (category_code, category_2_code),
        category_2_code AS category_code,
        category_2_code AS mix
    FROM of_categories
    WHERE category_2_code <> 'unknown'
),

mixes AS (
    SELECT
        period,
        feed,
        sampling_type,
        province_code,
        stage,
        category_code,
        mix,
        sum(n_concluded - n_conforming) / nullif(sum(n_concluded), 0) AS failure_rate
    FROM mixed
    GROUP BY ALL
),

areas AS (
    SELECT
        period,
        feed,
        sampling_type,
        province_code,
        stage,
        category_code,
        prefecture_code,
        sum(mixed.n_concluded)::BIGINT AS n_concluded,
        sum(mixed.n_conforming)::BIGINT AS n_conforming,
        sum(CASE WHEN feed = 'construction' THEN mixed.n_inspections END)::BIGINT AS n_visits,
        -- Exact decimals: the sum must not depend on the order of addition.
        sum(CAST(mixed.n_concluded * mixes.failure_rate AS DECIMAL(38, 12)))::DOUBLE AS expected_failures
    FROM mixed
    INNER JOIN mixes USING (period, feed, sampling_type, province_code, stage, category_code, mix)
    GROUP BY ALL
),

effective AS (
    SELECT
        areas.*,
        effective_n(areas.n_concluded, areas.n_visits, kinds.icc) AS n_effective
    FROM areas
    INNER JOIN kinds USING (period, feed, sampling_type)
),

judged AS (
    SELECT
        *,
        effective_x(n_conforming, n_concluded, n_effective) AS x,
        rate_status(effective_x(n_conforming, n_concluded, n_effective), n_effective, n_visits) IN ('ok', 'boundary')
        AND prefecture_code <> 'unknown' AS is_ranked
    FROM effective
),

strata AS (
    SELECT
        period,
        feed,
        sampling_type,
        province_code,
        stage,
        category_code,
        row_number() OVER (ORDER BY period, feed, sampling_type, province_code, stage, category_code) AS stratum_no,
        sum(n_conforming) / sum(n_concluded) AS provincial_rate
    FROM judged
    GROUP BY period, feed, sampling_type, province_code, stage, category_code
    HAVING count(*) FILTER (is_ranked) > 1
)

SELECT
    judged.* EXCLUDE (n_visits),
    strata.stratum_no,
    strata.provincial_rate
FROM judged
INNER JOIN strata USING (period, feed, sampling_type, province_code, stage, category_code)
ORDER BY stratum_no, prefecture_code
