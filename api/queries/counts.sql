-- Grain: one row per quarter (or year to date), feed and sampling type, and per dimension named in $by, with its counts.
-- Sampling types belong to the grain, so they are never added together. Each of $places has a row in each of the strata
-- of $periods, $feeds and $sampling_types, though nothing was sampled there.
WITH chosen AS (
    SELECT
        coalesce($period::VARCHAR, quarter) AS quarter,
        feed,
        sampling_type,
        CASE WHEN list_contains($by::VARCHAR[], 'prefecture') THEN prefecture_code ELSE $prefecture END AS prefecture_code,
        CASE WHEN list_contains($by, 'category') THEN category_code ELSE $category END AS category_code,
        CASE WHEN list_contains($by, 'stage') THEN stage ELSE $stage END AS stage,
        CASE WHEN list_contains($by, 'level') THEN level ELSE $level END AS level,
        n_sampled,
        n_concluded,
        n_conforming,
        n_nonconforming,
        n_undetermined,
        n_held,
        n_inspections,
        n_provisional
    FROM mart_cells
    WHERE quarter BETWEEN $first_quarter AND $last_quarter
        AND ($feed::VARCHAR IS NULL OR feed = $feed)
        AND ($sampling_type::VARCHAR IS NULL OR sampling_type = $sampling_type)
        AND ($province::VARCHAR IS NULL OR province_code = $province)
        AND ($prefecture::VARCHAR IS NULL OR prefecture_code = $prefecture)
        AND ($stage::VARCHAR IS NULL OR stage = $stage)
        AND ($level::VARCHAR IS NULL OR level = $level)
        AND (
            $category::VARCHAR IS NULL
            OR category_code = $category
            OR ($category <> 'unknown' AND category_2_code = $category)
        )
    UNION ALL
    SELECT quarter, feed, sampling_type, prefecture_code, $category, $stage, $level, 0, 0, 0, 0, 0, 0, 0, 0
    FROM (
        SELECT
            unnest($periods::VARCHAR[]) AS quarter,
            unnest($feeds::VARCHAR[]) AS feed,
            unnest($sampling_types::VARCHAR[]) AS sampling_type
    )
    CROSS JOIN (SELECT unnest($places::VARCHAR[]) AS prefecture_code)
),
summed AS (
    SELECT
        quarter,
        feed,
        sampling_type,
        prefecture_code,
        category_code,
        stage,
        level,
        sum(n_sampled)::BIGINT AS n_sampled,
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_nonconforming)::BIGINT AS n_nonconforming,
        sum(n_undetermined)::BIGINT AS n_undetermined,
        sum(n_held)::BIGINT AS n_held,
        CASE WHEN feed = 'construction' THEN sum(n_inspections)::BIGINT END AS n_inspections,
        sum(n_provisional) > 0 AS is_provisional,
        concat_ws(
            '|', quarter, feed, sampling_type, coalesce(prefecture_code, ''), coalesce(category_code, ''),
            coalesce(stage, ''), coalesce(level, '')
        ) AS row_key,
        count(*) OVER () AS total
    FROM chosen
    GROUP BY quarter, feed, sampling_type, prefecture_code, category_code, stage, level
)
SELECT *
FROM summed
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
