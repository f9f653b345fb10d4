-- Grain: one rate with its worst-case bounds: of each period, feed, sampling type and province that is asked for, and of
-- the dimension named in $by; totals over the others.
WITH chosen AS (
    SELECT
        m.* REPLACE (
            nullif(m.prefecture_code, 'all') AS prefecture_code,
            nullif(m.category_code, 'all') AS category_code
        ),
        CASE WHEN m.prefecture_code = 'unknown' THEN '未能归属' ELSE p.prefecture_name END AS prefecture_name,
        CASE WHEN m.category_code = 'unknown' THEN '类别不详' ELSE c.category_name END AS category_name,
        concat_ws(
            '|', m.quarter, m.feed, m.sampling_type, m.province_code, m.prefecture_code, m.category_code
        ) AS row_key,
        count(*) OVER () AS total
    FROM mart_bounds m
    LEFT JOIN ref_prefectures p ON p.prefecture_code = m.prefecture_code
    LEFT JOIN ref_categories c ON c.feed = m.feed AND c.category_code = m.category_code
    WHERE ($quarter::VARCHAR IS NULL OR m.quarter = $quarter)
        AND ($quarter IS NOT NULL OR NOT ends_with(m.quarter, 'YTD'))
        AND ($feed::VARCHAR IS NULL OR m.feed = $feed)
        AND ($sampling_type::VARCHAR IS NULL OR m.sampling_type = $sampling_type)
        AND ($province::VARCHAR IS NULL OR m.province_code = $province)
        AND (
            m.prefecture_code = coalesce($prefecture::VARCHAR, 'all')
            OR ($prefecture IS NULL AND $by::VARCHAR IS NOT DISTINCT FROM 'prefecture')
        )
        AND (m.prefecture_code <> 'all' OR $by IS DISTINCT FROM 'prefecture')
        AND (
            m.category_code = coalesce($category::VARCHAR, 'all')
            OR ($category IS NULL AND $by IS NOT DISTINCT FROM 'category')
        )
        AND (m.category_code <> 'all' OR $by IS DISTINCT FROM 'category')
)
SELECT
    quarter, feed, sampling_type, province_code, prefecture_code, prefecture_name, category_code, category_name,
    n_sampled, n_concluded, n_conforming, n_nonconforming, n_undetermined, n_held, n_inspections, n_effective,
    n_quarantined, n_unplaced_conforming, n_unplaced_nonconforming, n_rejected_files, rate, rate_lowest, rate_highest,
    rate_status, failure_rate, failure_rate_lowest, failure_rate_highest, failure_rate_status, bounds_status,
    is_provisional, row_key, total
FROM chosen
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
