-- Grain: one province and kind of comparison of a stratum of the quarter: how many of its prefectures are compared, how
-- many of them are called higher or lower, and how many would be though nothing changed, for each is judged by itself at
-- 5 %. From: mart_changes.
SELECT
    feed,
    sampling_type,
    province_code,
    kind,
    quarter_before,
    count(*) AS n_compared,
    count(*) FILTER (change = 'higher') AS n_higher,
    count(*) FILTER (change = 'lower') AS n_lower,
    CAST(count(*) * 0.05 AS DOUBLE) AS n_by_chance
FROM mart_changes
WHERE
    quarter = $quarter
    AND stage = 'all'
    AND category_code = 'all'
    AND prefecture_code NOT IN ('all', 'unknown')
    AND difference IS NOT NULL
GROUP BY ALL
ORDER BY feed, sampling_type, province_code, kind
