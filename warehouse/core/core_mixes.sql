-- Grain: one quarter, feed, sampling type, province, stage (or all), category (or all), prefecture (or all) and category
-- of its mix; for the quarters in $quarters and the provinces in $provinces. Additive over quarters. Within a category
-- the mix is that of its second level; categories of the second level are not split by stage. From: mart_cells.
WITH cells AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        province_code,
        stage,
        category_code,
        category_2_code,
        prefecture_code,
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_provisional)::BIGINT AS n_provisional,
        sum(CASE WHEN feed = 'construction' THEN n_inspections END)::BIGINT AS n_inspections
    FROM mart_cells
    WHERE
        n_concluded > 0
        AND list_contains($quarters::VARCHAR[], quarter)
        AND (list_contains($provinces::VARCHAR[], province_code) OR list_contains($provinces, 'all'))
    GROUP BY ALL
),

in_areas AS (
    SELECT
        * EXCLUDE (prefecture_code),
        unnest(['all', prefecture_code]) AS prefecture_code
    FROM cells
),

in_strata AS (
    SELECT
        * EXCLUDE (stage, category_code, category_2_code),
        unnest(
            [
                {'stage': 'all', 'category_code': 'all', 'mix': category_code},
                {'stage': stage, 'category_code': 'all', 'mix': category_code},
                {'stage': 'all', 'category_code': category_code, 'mix': category_2_code},
                {'stage': stage, 'category_code': category_code, 'mix': category_2_code},
                {'stage': 'all', 'category_code': category_2_code, 'mix': category_2_code}
            ][:CASE WHEN category_2_code = 'unknown' THEN 4 ELSE 5 END],
            recursive := true
        )
    FROM in_areas
)

SELECT
    quarter,
    feed,
    sampling_type,
    province_code,
    stage,
    category_code,
    prefecture_code,
    mix,
    sum(n_concluded)::BIGINT AS n_concluded,
    sum(n_conforming)::BIGINT AS n_conforming,
    sum(n_provisional)::BIGINT AS n_provisional,
    sum(n_inspections)::BIGINT AS n_inspections
FROM in_strata
GROUP BY ALL
