-- Grain: as mart_changes of one kind, without years to date, second-level categories and categories split by stage: the
-- quarters of each series that shows any rate, those whose rate is withheld among them (they are no points of the chart).
-- From: core_charted (core_chart_points with what control_chart says of each), mart_changes.
SELECT
    quarter,
    feed,
    sampling_type,
    province_code,
    stage,
    category_code,
    prefecture_code,
    c.n_concluded,
    c.n_conforming,
    c.n_inspections,
    c.n_effective,
    c.rate,
    c.rate_low,
    c.rate_high,
    c.rate_status,
    c.is_provisional,
    p.n_quarters_before,
    p.centre,
    p.limit_low,
    p.limit_high,
    p.sigma_z,
    CASE
        WHEN p.quarter IS NULL THEN 'withheld'
        WHEN p.limit_low IS NULL THEN 'too_few_quarters'
        WHEN p.sigma_z > 1 THEN 'overdispersed'
        ELSE 'ok'
    END AS chart_status,
    coalesce(p.signals, []) AS signals
FROM mart_changes AS c
LEFT JOIN core_charted AS p
    USING (quarter, feed, sampling_type, province_code, stage, category_code, prefecture_code)
SEMI JOIN core_charted AS s
    USING (feed, sampling_type, province_code, stage, category_code, prefecture_code)
WHERE c.kind = 'previous_quarter'
