-- Grain: one quarter of the control chart of the province, of a prefecture or, by prefecture, of each of them.
WITH chosen AS (
    SELECT
        m.* REPLACE (
            nullif(m.prefecture_code, 'all') AS prefecture_code,
            nullif(m.category_code, 'all') AS category_code,
            nullif(m.stage, 'all') AS stage
        ),
        CASE WHEN m.prefecture_code = 'unknown' THEN '未能归属' ELSE p.prefecture_name END AS prefecture_name,
        CASE WHEN m.category_code = 'unknown' THEN '类别不详' ELSE c.category_name END AS category_name,
        concat_ws('|', m.province_code, m.prefecture_code, m.quarter) AS row_key,
        count(*) OVER () AS total
    FROM mart_control_chart m
    LEFT JOIN ref_prefectures p ON p.prefecture_code = m.prefecture_code
    LEFT JOIN ref_categories c ON c.feed = m.feed AND c.category_code = m.category_code
    WHERE m.feed = $feed
        AND m.sampling_type = $sampling_type
        AND ($province::VARCHAR IS NULL OR m.province_code = $province)
        AND (
            m.prefecture_code = coalesce($prefecture::VARCHAR, 'all')
            OR ($prefecture IS NULL AND $by::VARCHAR IS NOT DISTINCT FROM 'prefecture')
        )
        AND (m.prefecture_code <> 'all' OR $by IS DISTINCT FROM 'prefecture')
        AND m.category_code = coalesce($category::VARCHAR, 'all')
        AND m.stage = coalesce($stage::VARCHAR, 'all')
)
SELECT
    quarter, feed, sampling_type, province_code, prefecture_code, prefecture_name, category_code, category_name, stage,
    n_concluded, n_conforming, n_inspections, n_effective, rate, rate_low, rate_high, rate_status, is_provisional,
    n_quarters_before, centre, limit_low, limit_high, sigma_z, chart_status, signals, row_key, total
FROM chosen
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
