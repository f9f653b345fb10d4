-- Grain: one comparison of a period and kind, per province and per dimension named in $by; totals over the others.
WITH chosen AS (
    SELECT
        m.* REPLACE (
            nullif(m.prefecture_code, 'all') AS prefecture_code,
            nullif(m.category_code, 'all') AS category_code,
            nullif(m.stage, 'all') AS stage
        ),
        CASE WHEN m.prefecture_code = 'unknown' THEN '未能归属' ELSE p.prefecture_name END AS prefecture_name,
        CASE WHEN m.category_code = 'unknown' THEN '类别不详' ELSE c.category_name END AS category_name,
        concat_ws('|', m.province_code, m.prefecture_code, m.category_code, m.stage) AS row_key,
        count(*) OVER () AS total
    FROM mart_changes m
    LEFT JOIN ref_prefectures p ON p.prefecture_code = m.prefecture_code
    LEFT JOIN ref_categories c ON c.feed = m.feed AND c.category_code = m.category_code
    WHERE m.quarter = $quarter
        AND m.kind = $kind
        AND m.feed = $feed
        AND m.sampling_type = $sampling_type
        AND ($province::VARCHAR IS NULL OR m.province_code = $province)
        AND (
            m.prefecture_code = coalesce($prefecture::VARCHAR, 'all')
            OR ($prefecture IS NULL AND $by::VARCHAR IS NOT DISTINCT FROM 'prefecture')
        )
        AND (m.prefecture_code <> 'all' OR $by IS DISTINCT FROM 'prefecture')
        AND (
            m.category_code = coalesce($category::VARCHAR, 'all')
            OR ($category IS NULL AND $by IS NOT DISTINCT FROM 'category' AND c.parent_code IS NULL)
        )
        AND (m.category_code <> 'all' OR $by IS DISTINCT FROM 'category')
        AND (
            m.stage = coalesce($stage::VARCHAR, 'all')
            OR ($stage IS NULL AND $by IS NOT DISTINCT FROM 'stage')
        )
        AND (m.stage <> 'all' OR $by IS DISTINCT FROM 'stage')
)
SELECT
    quarter, feed, sampling_type, province_code, prefecture_code, prefecture_name, category_code, category_name, stage,
    n_concluded, n_conforming, n_inspections, n_effective, rate, rate_low, rate_high, rate_status, is_provisional,
    kind, quarter_before, quarters, quarters_before, n_concluded_before, n_conforming_before, n_inspections_before,
    n_effective_before, rate_before, rate_low_before, rate_high_before, rate_status_before, is_provisional_before,
    difference, difference_low, difference_high, change, withheld_for, rate_effect, mix_effect, unmatched_effect,
    mix_share, mix_status, unmatched_share, unmatched_share_before, unmatched_categories, unmatched_categories_before,
    row_key, total
FROM chosen
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
