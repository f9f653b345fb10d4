-- Grain: one province of a stratum of the quarter and step on the way from sampling to the public, with the days it took.
-- From: mart_timeliness.
SELECT * EXCLUDE (quarter, prefecture_code)
FROM mart_timeliness
WHERE quarter = $quarter AND prefecture_code = 'all'
ORDER BY
    feed,
    sampling_type,
    province_code,
    list_position(['sampled_to_concluded', 'concluded_to_final', 'final_to_issued'], step)
