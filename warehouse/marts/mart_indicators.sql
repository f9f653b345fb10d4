-- Grain: one indicator, province, prefecture (or all) and period. A target is met, or not, only when the whole
-- interval says so; a figure that the office entered has none and is taken as it is. `rising` is met when the change
-- from the same period of the year before is above 0 with its whole interval. The rate that the quarters left need is
-- of the plain counts: (goal × (n + expected) − conforming) / expected; the goal is the target, of `rising` last
-- year's rate. From: core_indicators, core_figures, given_indicators, mart_cells (for the years), given_changes
-- (Newcombe's intervals, by statistics.difference).
WITH years AS (
    SELECT DISTINCT left(quarter, 4)::BIGINT AS year
    FROM mart_cells
    UNION
    SELECT DISTINCT year
    FROM core_figures
),

entered AS (
    SELECT
        indicators.indicator_code,
        indicators.province_code,
        'all' AS prefecture_code,
        years.year::VARCHAR AS quarter,
        years.year,
        figures.value,
        coalesce(figures.value_status, 'no_data') AS value_status,
        figures.source,
        figures.published_on,
        coalesce(figures.is_corrected, false) AS is_corrected,
        before.value AS value_before,
        CASE WHEN before.value IS NOT NULL THEN before.year::VARCHAR END AS quarter_before
    FROM given_indicators AS indicators
    CROSS JOIN years
    LEFT JOIN core_figures AS figures
        ON
            indicators.indicator_code = figures.indicator_code
            AND indicators.province_code = figures.province_code
            AND years.year = figures.year
    LEFT JOIN core_figures AS before
        ON
            indicators.indicator_code = before.indicator_code
            AND indicators.province_code = before.province_code
            AND years.year = before.year + 1
    WHERE indicators.feed IS NULL
),

needing AS (
    SELECT
        sampled.* EXCLUDE (n_expected),
        changes.change_low,
        changes.change_high,
        CASE WHEN sampled.is_year THEN sampled.n_expected END AS n_expected,
        (
            coalesce(indicators.target_value, sampled.rate_of_year_before)
            * (sampled.n_concluded + sampled.n_expected) - sampled.n_conforming
        ) / nullif(sampled.n_expected, 0) AS needed
    FROM core_indicators AS sampled
    INNER JOIN given_indicators AS indicators USING (indicator_code, province_code)
    LEFT JOIN given_changes AS changes USING (indicator_code, province_code, prefecture_code, quarter)
),

told AS (
    SELECT
        *,
        false AS is_corrected,
        CASE
            WHEN NOT is_year THEN NULL
            WHEN n_concluded = 0 THEN 'no_data'
            WHEN n_quarters_left = 0 THEN 'no_quarters_left'
            WHEN needed IS NULL THEN 'no_expectation'
            WHEN value IS NULL THEN 'withheld'
            WHEN needed > 1 THEN 'impossible'
            WHEN needed <= 0 THEN 'secured'
            ELSE 'ok'
        END AS needed_status
    FROM needing
    UNION ALL BY NAME
    SELECT *
    FROM entered
),

compared AS (
    SELECT
        told.*,
        indicators.* EXCLUDE (indicator_code, province_code, source),
        indicators.feed IS NOT NULL AS is_sampled,
        told.value - told.value_before AS change
    FROM told
    INNER JOIN given_indicators AS indicators USING (indicator_code, province_code)
)

SELECT
    indicator_code,
    province_code,
    prefecture_code,
    quarter,
    year,
    feed,
    sampling_type,
    is_proxy,
    n_sampled,
    n_concluded,
    n_conforming,
    n_nonconforming,
    n_undetermined,
    n_held,
    n_inspections,
    n_effective,
    coalesce(n_provisional > 0, false) AS is_provisional,
    value,
    value_low,
    value_high,
    value_status,
    source,
    published_on,
    is_corrected,
    direction,
    target_value,
    target_year,
    CASE
        WHEN value IS NULL THEN 'undecided'
        WHEN direction = 'rising' AND coalesce(change_low, change) > 0 THEN 'met'
        WHEN direction = 'rising' AND coalesce(change_high, change) < 0 THEN 'not_met'
        WHEN direction = 'at_least' AND coalesce(value_low, value) >= target_value THEN 'met'
        WHEN direction = 'at_least' AND coalesce(value_high, value) < target_value THEN 'not_met'
        ELSE 'undecided'
    END AS target_status,
    value - target_value AS gap,
    quarter_before,
    value_before,
    change,
    change_low,
    change_high,
    CASE
        WHEN change IS NULL THEN 'no_comparison'
        WHEN coalesce(change_low, change) > 0 THEN 'higher'
        WHEN coalesce(change_high, change) < 0 THEN 'lower'
        WHEN is_sampled THEN 'undecided'
        ELSE 'same'
    END AS change_status,
    n_expected,
    CASE needed_status WHEN 'ok' THEN needed WHEN 'secured' THEN 0.0 END::DOUBLE AS needed_rate,
    needed_status
FROM compared
