-- Grain: one failed sample that is final and not rectified, the longest overdue first; those still in time when asked.
WITH told AS (
    SELECT
        o.feed, o.sample_key, o.sample_no, o.quarter, o.sampling_type, o.province_code, o.prefecture_code,
        CASE WHEN o.prefecture_code = 'unknown' THEN '未能归属' ELSE p.prefecture_name END AS prefecture_name,
        o.product_name, o.producer_name, o.sampled_unit_name, o.final_on, o.due_on, o.due_set_by, o.is_overdue,
        o.n_days_overdue, o.last_kind, o.last_on, o.last_result, o.last_authority, o.standard_days, o.standard_source,
        concat_ws('|', o.due_on, o.feed, o.sample_key) AS row_key,
        count(*) OVER () AS total
    FROM mart_overdue o
    LEFT JOIN ref_prefectures p ON p.prefecture_code = o.prefecture_code
    WHERE ($feed::VARCHAR IS NULL OR o.feed = $feed)
        AND ($sampling_type::VARCHAR IS NULL OR o.sampling_type = $sampling_type)
        AND ($quarter::VARCHAR IS NULL OR o.quarter = $quarter OR left(o.quarter, 4) || 'YTD' = $quarter)
        AND ($prefecture::VARCHAR IS NULL OR o.prefecture_code = $prefecture)
        AND ($state = 'open' OR o.is_overdue)
)
SELECT *
FROM told
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
