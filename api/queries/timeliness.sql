-- Grain: one quarter, feed, sampling type, province and step, of the whole province or, where asked for, by prefecture.
WITH told AS (
    SELECT
        t.quarter,
        t.feed,
        t.sampling_type,
        t.province_code,
        nullif(t.prefecture_code, 'all') AS prefecture_code,
        CASE WHEN t.prefecture_code = 'unknown' THEN '未能归属' ELSE p.prefecture_name END AS prefecture_name,
        t.* EXCLUDE (quarter, feed, sampling_type, province_code, prefecture_code),
        concat_ws(
            '|', t.quarter, t.feed, t.sampling_type, t.province_code, nullif(t.prefecture_code, 'all'),
            list_position(['sampled_to_concluded', 'concluded_to_final', 'final_to_issued'], t.step)
        ) AS row_key,
        count(*) OVER () AS total
    FROM mart_timeliness t
    LEFT JOIN ref_prefectures p ON p.prefecture_code = t.prefecture_code
    WHERE ($quarter::VARCHAR IS NULL OR t.quarter = $quarter)
        AND ($feed::VARCHAR IS NULL OR t.feed = $feed)
        AND ($sampling_type::VARCHAR IS NULL OR t.sampling_type = $sampling_type)
        AND ($province::VARCHAR IS NULL OR t.province_code = $province)
        AND ($step::VARCHAR IS NULL OR t.step = $step)
        AND CASE
            WHEN $prefecture::VARCHAR IS NOT NULL THEN t.prefecture_code = $prefecture
            ELSE (t.prefecture_code <> 'all') = $by_prefecture
        END
)
SELECT *
FROM told
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
