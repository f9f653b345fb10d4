-- Grain: one period (a quarter, or the year to date when $period names it), feed, sampling type and province, and
-- prefecture where it is asked for. Sampling types are never added.
WITH summed AS (
    SELECT
        coalesce($period::VARCHAR, quarter) AS quarter,
        feed,
        sampling_type,
        province_code,
        CASE WHEN $by_prefecture THEN prefecture_code END AS prefecture_code,
        CAST(sum(n_failed) AS BIGINT) AS n_failed,
        CAST(sum(n_rectified) AS BIGINT) AS n_rectified,
        CAST(sum(n_rechecked) AS BIGINT) AS n_rechecked,
        CAST(sum(n_untouched) AS BIGINT) AS n_untouched
    FROM mart_rectification
    WHERE quarter BETWEEN $first AND $last
        AND ($feed::VARCHAR IS NULL OR feed = $feed)
        AND ($sampling_type::VARCHAR IS NULL OR sampling_type = $sampling_type)
        AND ($province::VARCHAR IS NULL OR province_code = $province)
        AND ($prefecture::VARCHAR IS NULL OR prefecture_code = $prefecture)
    GROUP BY ALL
),
judged AS (
    SELECT *, rate_status(n_rectified, n_failed, NULL) AS share_status
    FROM summed
),
told AS (
    SELECT
        j.quarter,
        j.feed,
        j.sampling_type,
        j.province_code,
        j.prefecture_code,
        CASE WHEN j.prefecture_code = 'unknown' THEN '未能归属' ELSE p.prefecture_name END AS prefecture_name,
        j.n_failed,
        j.n_rectified,
        j.n_rechecked,
        j.n_untouched,
        CASE WHEN j.share_status IN ('ok', 'boundary') THEN j.n_rectified / j.n_failed END AS share_rectified,
        CASE
            WHEN j.share_status IN ('ok', 'boundary') THEN wilson_low(j.n_rectified, j.n_failed)
        END AS share_rectified_low,
        CASE
            WHEN j.share_status IN ('ok', 'boundary') THEN wilson_high(j.n_rectified, j.n_failed)
        END AS share_rectified_high,
        j.share_status,
        concat_ws('|', j.quarter, j.feed, j.sampling_type, j.province_code, coalesce(j.prefecture_code, '')) AS row_key,
        count(*) OVER () AS total
    FROM judged j
    LEFT JOIN ref_prefectures p ON p.prefecture_code = j.prefecture_code
)
SELECT *
FROM told
WHERE $after::VARCHAR IS NULL OR row_key > $after
ORDER BY row_key
LIMIT $limit
