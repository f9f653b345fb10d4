-- Grain: one stratum of the quarter in one province whose prefectures are ranked. From: mart_strata.
SELECT
    feed,
    sampling_type,
    province_code,
    n_ranked,
    provincial_rate,
    rankability,
    is_overdispersed
FROM mart_strata
WHERE quarter = $quarter AND stage = 'all' AND category_code = 'all'
ORDER BY feed, sampling_type, province_code
