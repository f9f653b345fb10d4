-- Grain: one quarter whose rate is shown, feed, sampling type, province, stage (or all) or category of the first level (or
-- all) and prefecture (or all): the points of control charts, those of a series one after the other in the order of time.
-- series_no: series from 1. From: mart_changes of all quarters, mart_cells.
SELECT
    dense_rank() OVER (ORDER BY feed, sampling_type, province_code, stage, category_code, prefecture_code) AS series_no,
    quarter,
    feed,
    sampling_type,
    province_code,
    stage,
    category_code,
    prefecture_code,
    effective_x(n_conforming, n_concluded, n_effective) AS x,
    n_effective
FROM mart_changes
WHERE
    kind = 'previous_quarter'
    AND rate IS NOT NULL
    AND (
        category_code = 'all'
        OR (stage = 'all' AND (feed, category_code) IN (SELECT (feed, category_code) FROM mart_cells))
    )
ORDER BY series_no, quarter
