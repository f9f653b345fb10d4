-- Grain: one row per quarter (or year to date), feed and sampling type, and per dimension named in $by.
-- Sampling types belong to the grain, so they are never added together. A prefecture without samples has a row too
-- (no_data) when no other dimension is asked for. Rates, intervals and statuses come from the release's own macros.
WITH cells AS (
    SELECT coalesce($period::VARCHAR, quarter) AS period, *
    FROM mart_cells
    WHERE quarter BETWEEN $first_quarter AND $last_quarter
        AND ($feed::VARCHAR IS NULL OR feed = $feed)
        AND ($sampling_type::VARCHAR IS NULL OR sampling_type = $sampling_type)
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
    GROUP BY ALL
),
chosen AS (
    SELECT
        period,
        feed,
        sampling_type,
        CASE WHEN list_contains($by::VARCHAR[], 'prefecture') THEN prefecture_code ELSE $prefecture END AS prefecture_code,
        CASE WHEN list_contains($by, 'category') THEN category_code ELSE $category END AS category_code,
        CASE WHEN list_contains($by, 'stage') THEN stage ELSE $stage END AS stage,
        CASE WHEN list_contains($by, 'level') THEN level ELSE $level END AS level,
        COLUMNS('^n_')
    FROM cells
    WHERE ($province::VARCHAR IS NULL OR province_code = $province)
        AND ($prefecture::VARCHAR IS NULL OR prefecture_code = $prefecture)
        AND ($stage::VARCHAR IS NULL OR stage = $stage)
        AND ($level::VARCHAR IS NULL OR level = $level)
        AND (
            $category::VARCHAR IS NULL
            OR category_code = $category
            OR ($category <> 'unknown' AND category_2_code = $category)
        )
),
places AS (
    SELECT prefecture_code
    FROM ref_prefectures
    WHERE list_contains($by, 'prefecture')
        AND ($prefecture IS NULL OR prefecture_code = $prefecture)
        AND ($province IS NULL OR province_code = $province)
    UNION ALL
    SELECT $prefecture
    WHERE NOT list_contains($by, 'prefecture') OR $prefecture = 'unknown'
),
expected AS (
    SELECT s.period, s.feed, s.sampling_type, p.prefecture_code, $category AS category_code, $stage AS stage, $level AS level
    FROM strata s
    CROSS JOIN places p
    WHERE NOT list_has_any($by, ['category', 'stage', 'level'])
),
summed AS (
    SELECT
        period,
        feed,
        sampling_type,
        prefecture_code,
        category_code,
        stage,
        level,
        coalesce(sum(n_sampled), 0)::BIGINT AS n_sampled,
        coalesce(sum(n_concluded), 0)::BIGINT AS n_concluded,
        coalesce(sum(n_conforming), 0)::BIGINT AS n_conforming,
        coalesce(sum(n_nonconforming), 0)::BIGINT AS n_nonconforming,
        coalesce(sum(n_undetermined), 0)::BIGINT AS n_undetermined,
        coalesce(sum(n_held), 0)::BIGINT AS n_held,
        coalesce(sum(n_provisional), 0)::BIGINT AS n_provisional,
        coalesce(sum(n_inspections), 0)::BIGINT AS n_inspections
    FROM (SELECT * FROM chosen UNION ALL BY NAME SELECT * FROM expected)
    GROUP BY ALL
),
effective AS (
    SELECT s.* EXCLUDE (n_inspections), s.n_visits AS n_inspections, effective_n(s.n_concluded, s.n_visits, t.stratum_icc) AS n_effective
    FROM (SELECT *, CASE WHEN feed = 'construction' THEN n_inspections END AS n_visits FROM summed) s
    INNER JOIN strata t USING (period, feed, sampling_type)
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
        failure_rate_status IN ('ok', 'boundary', 'unreliable') AS shows_failure_rate,
        concat_ws(
            '|', period, feed, sampling_type, coalesce(prefecture_code, ''), coalesce(category_code, ''),
            coalesce(stage, ''), coalesce(level, '')
        ) AS row_key
    FROM judged
),
rows_of_answer AS (
    SELECT
        s.period AS quarter,
        s.feed,
        s.sampling_type,
        coalesce(p.province_code, $province) AS province_code,
        s.prefecture_code,
        CASE WHEN s.prefecture_code = 'unknown' THEN '未能归属' ELSE p.prefecture_name END AS prefecture_name,
        s.category_code,
        CASE WHEN s.category_code = 'unknown' THEN '类别不详' ELSE c.category_name END AS category_name,
        s.stage,
        s.level,
        s.n_sampled,
        s.n_concluded,
        s.n_conforming,
        s.n_nonconforming,
        s.n_undetermined,
        s.n_held,
        s.n_inspections,
        s.n_effective,
        CASE WHEN s.shows_rate THEN s.n_conforming / s.n_concluded END AS rate,
        CASE WHEN s.shows_rate THEN wilson_low(s.x, s.n_effective) END AS rate_low,
        CASE WHEN s.shows_rate THEN wilson_high(s.x, s.n_effective) END AS rate_high,
        s.rate_status,
        CASE WHEN s.shows_failure_rate THEN (s.n_concluded - s.n_conforming) / s.n_concluded END AS failure_rate,
        CASE WHEN s.shows_failure_rate THEN wilson_low(s.n_effective - s.x, s.n_effective) END AS failure_rate_low,
        CASE WHEN s.shows_failure_rate THEN wilson_high(s.n_effective - s.x, s.n_effective) END AS failure_rate_high,
        s.failure_rate_status,
        s.n_provisional > 0 AS is_provisional,
        s.row_key,
        count(*) OVER () AS total
    FROM shown s
    LEFT JOIN ref_prefectures p ON p.prefecture_code = s.prefecture_code
    LEFT JOIN ref_categories c ON c.feed = s.feed AND c.category_code = s.category_code
)
SELECT *
FROM rows_of_answer
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
