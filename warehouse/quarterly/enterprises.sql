-- Grain: one stratum of the quarter as a whole (stage `all`) and each of its stages, all provinces together: samples,
-- and the enterprises behind them. Distinct enterprises don't add up. From: mart_enterprises.
SELECT
    feed,
    sampling_type,
    stage,
    COLUMNS('^n_')
FROM mart_enterprises
WHERE quarter = $quarter AND province_code = 'all' AND prefecture_code = 'all' AND category_code = 'all'
ORDER BY feed, sampling_type, stage
