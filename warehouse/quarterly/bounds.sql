-- Grain: one province of a stratum of the quarter: how far its rate could lie from what is shown, and what else is
-- missing. From: mart_bounds.
SELECT
    feed,
    sampling_type,
    province_code,
    n_quarantined,
    n_unplaced_conforming,
    n_unplaced_nonconforming,
    n_held,
    n_rejected_files,
    rate,
    rate_lowest,
    rate_highest,
    failure_rate,
    failure_rate_lowest,
    failure_rate_highest,
    bounds_status
FROM mart_bounds
WHERE quarter = $quarter AND prefecture_code = 'all' AND category_code = 'all'
ORDER BY feed, sampling_type, province_code
