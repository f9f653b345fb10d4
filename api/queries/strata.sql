-- Grain: one row per feed, sampling type and quarter that has figures, with the sums from which the macro icc tells how
-- much the points of one visit are alike (0 outside construction), and how many samples are of no known province.
SELECT
    feed,
    sampling_type,
    quarter,
    sum(n_inspections)::BIGINT AS n_inspections,
    sum(n_concluded)::BIGINT AS n_concluded,
    sum(n_conforming)::BIGINT AS n_conforming,
    sum(sum_points_squared) AS sum_points_squared,
    sum(sum_conforming_squared_per_point) AS sum_conforming_squared_per_point,
    coalesce(sum(n_sampled) FILTER (province_code = 'unknown'), 0)::BIGINT AS n_unknown_province
FROM mart_cells
GROUP BY feed, sampling_type, quarter
ORDER BY feed, sampling_type, quarter
