-- Grain: one period (quarter or year to date), feed, sampling type, province, stage (or all), category of either level
-- (or all) and prefecture, with `unknown` among them: what ranking, funnel and standardised rate are made of, for the
-- periods in $periods and the provinces in $provinces. Construction counts effective points.
-- stratum_no: strata from 1, those in which any prefecture's rate is shown.
-- expected_failures: failures that the area's mix of categories has at the province's failure rate of each (indirect
-- standardisation); within a category the mix is that of its second level. From: mart_cells.
WITH cells AS (
    SELECT
        unnest([quarter, left(quarter, 4) || 'YTD']) AS period,
        *
    FROM mart_cells
),

strata AS (
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
        ) AS stratum_icc
    FROM cells
    WHERE list_contains($periods::VARCHAR[], period)
    GROUP BY ALL
),

in_stages AS (
    SELECT
        * EXCLUDE (stage, quarter),
        unnest(['all', stage]) AS stage
    FROM cells
    WHERE
        list_contains($periods, period)
        AND (list_contains($provinces::VARCHAR[], province_code) OR list_contains($provinces, 'all'))
),

in_categories AS (
    SELECT
        * EXCLUDE (category_code, category_2_code),
        unnest(
            CASE
                WHEN category_2_code = 'unknown' THEN
                    [
                        {'category_code': 'all', 'mix': category_code},
                        {'category_code': category_code, 'mix': 'unknown'}
                    ]
                ELSE
                    [
                        {'category_code': 'all', 'mix': category_code},
                        {'category_code': category_code, 'mix': category_2_code},
                        {'category_code': category_2_code, 'mix': category_2_code}
                    ]
            END,
            recursive := true
        )
    FROM in_stages
),

mixed AS (
    SELECT
        period,
        feed,
        sampling_type,
        province_code,
        stage,
        category_code,
        prefecture_code,
        mix,
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_inspections)::BIGINT AS n_inspections
    FROM in_categories
    GROUP BY ALL
),

weighted AS (
    SELECT
        *,
        sum(n_concluded - n_conforming) OVER of_mix / nullif(sum(n_concluded) OVER of_mix, 0) AS mix_failure_rate
    FROM mixed
    WINDOW of_mix AS (PARTITION BY period, feed, sampling_type, province_code, stage, category_code, mix)
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
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(CASE WHEN feed = 'construction' THEN n_inspections END)::BIGINT AS n_visits,
        -- Exact decimals: the sum must not depend on the order of addition.
        sum(CAST(n_concluded * mix_failure_rate AS DECIMAL(38, 12)))::DOUBLE AS expected_failures
    FROM weighted
    GROUP BY ALL
),

effective AS (
    SELECT
        areas.*,
        effective_n(areas.n_concluded, areas.n_visits, strata.stratum_icc) AS n_effective
    FROM areas
    INNER JOIN strata USING (period, feed, sampling_type)
),

judged AS (
    SELECT
        *,
        effective_x(n_conforming, n_concluded, n_effective) AS x,
        rate_status(effective_x(n_conforming, n_concluded, n_effective), n_effective, n_visits) IN ('ok', 'boundary')
        AND prefecture_code <> 'unknown' AS is_ranked
    FROM effective
)

SELECT
    * EXCLUDE (n_visits),
    dense_rank() OVER (ORDER BY period, feed, sampling_type, province_code, stage, category_code) AS stratum_no,
    sum(n_conforming) OVER of_stratum / sum(n_concluded) OVER of_stratum AS provincial_rate
FROM judged
WINDOW of_stratum AS (PARTITION BY period, feed, sampling_type, province_code, stage, category_code)
QUALIFY bool_or(is_ranked) OVER of_stratum
ORDER BY stratum_no, prefecture_code
