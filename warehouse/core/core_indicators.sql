-- Grain: one sampled indicator, province, prefecture (or all) and period: its counts and its rate, those of the same
-- period of the year before, and what its year still needs. An indicator of supervision is of the province alone, for
-- supervision says nothing of an area. Rates are withheld by the rules of every rate (marts/macros.sql).
-- From: core_indicator_windows, core_indicator_counts, mart_cells, given_indicators, given_prefectures.
WITH counts AS (
    SELECT
        counts.* EXCLUDE (prefecture_code),
        unnest(
            CASE
                WHEN indicators.sampling_type = 'supervision' THEN ['all']
                ELSE ['all', counts.prefecture_code]
            END
        ) AS prefecture_code
    FROM core_indicator_counts AS counts
    INNER JOIN given_indicators AS indicators USING (indicator_code, province_code)
),

areas AS (
    SELECT DISTINCT indicator_code, province_code, prefecture_code
    FROM counts
    UNION
    SELECT indicator_code, province_code, 'all'
    FROM given_indicators
    WHERE feed IS NOT NULL
    UNION
    SELECT indicators.indicator_code, indicators.province_code, prefectures.prefecture_code
    FROM given_indicators AS indicators
    INNER JOIN given_prefectures AS prefectures USING (province_code)
    WHERE indicators.feed IS NOT NULL AND indicators.sampling_type <> 'supervision'
),

visits AS (
    SELECT
        feed,
        sampling_type,
        quarter,
        sum(n_inspections)::BIGINT AS n_inspections,
        sum(n_concluded)::BIGINT AS n_points,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(sum_points_squared::DECIMAL(38, 9)) AS sum_points_squared,
        sum(sum_conforming_squared_per_point::DECIMAL(38, 9)) AS sum_conforming_squared_per_point
    FROM mart_cells
    WHERE feed = 'construction'
    GROUP BY ALL
),

sides AS (
    SELECT
        indicator_code,
        province_code,
        feed,
        sampling_type,
        period,
        unnest(
            [
                {'side': 'now', 'quarters': quarters},
                {'side': 'before', 'quarters': quarters_before},
                {'side': 'left', 'quarters': quarters_left},
                {'side': 'running', 'quarters': [quarter_running]},
                {
                    'side': 'running_before',
                    'quarters': [(year - 1)::VARCHAR || substr(quarter_running, 5)]
                },
                {'side': 'year_before', 'quarters': year_before}
            ],
            recursive := true
        )
    FROM core_indicator_windows
),

-- Points of one visit are alike: the correlation is pooled over the whole stratum, as in every other figure.
alike AS (
    SELECT
        sides.indicator_code,
        sides.province_code,
        sides.period,
        sides.side,
        icc(
            sum(visits.n_inspections)::BIGINT,
            sum(visits.n_points)::BIGINT,
            sum(visits.n_conforming)::BIGINT,
            sum(visits.sum_points_squared)::DOUBLE,
            sum(visits.sum_conforming_squared_per_point)::DOUBLE
        ) AS stratum_icc
    FROM sides
    INNER JOIN visits
        ON
            sides.feed = visits.feed
            AND sides.sampling_type = visits.sampling_type
            AND list_contains(sides.quarters, visits.quarter)
    GROUP BY ALL
),

summed AS (
    SELECT
        sides.indicator_code,
        sides.province_code,
        areas.prefecture_code,
        sides.period,
        sides.side,
        sides.feed,
        coalesce(sum(counts.n_sampled), 0)::BIGINT AS n_sampled,
        coalesce(sum(counts.n_concluded), 0)::BIGINT AS n_concluded,
        coalesce(sum(counts.n_conforming), 0)::BIGINT AS n_conforming,
        coalesce(sum(counts.n_nonconforming), 0)::BIGINT AS n_nonconforming,
        coalesce(sum(counts.n_undetermined), 0)::BIGINT AS n_undetermined,
        coalesce(sum(counts.n_held), 0)::BIGINT AS n_held,
        coalesce(sum(counts.n_provisional), 0)::BIGINT AS n_provisional,
        sum(CASE WHEN sides.feed = 'construction' THEN coalesce(counts.n_inspections, 0) END)::BIGINT AS n_inspections
    FROM sides
    INNER JOIN areas USING (indicator_code, province_code)
    LEFT JOIN counts
        ON
            areas.indicator_code = counts.indicator_code
            AND areas.province_code = counts.province_code
            AND areas.prefecture_code = counts.prefecture_code
            AND list_contains(sides.quarters, counts.quarter)
    GROUP BY ALL
),

effective AS (
    SELECT
        summed.*,
        effective_n(summed.n_concluded, summed.n_inspections, coalesce(alike.stratum_icc, 1.0)) AS n_effective
    FROM summed
    LEFT JOIN alike USING (indicator_code, province_code, period, side)
),

weighed AS (
    SELECT
        *,
        effective_x(n_conforming, n_concluded, n_effective) AS x
    FROM effective
),

judged AS (
    SELECT
        *,
        rate_status(x, n_effective, n_inspections) AS value_status,
        rate_status(x, n_effective, n_inspections) IN ('ok', 'boundary') AS is_shown
    FROM weighed
),

ahead AS (
    SELECT
        indicator_code,
        province_code,
        prefecture_code,
        period,
        -- Of the running quarter what the same one of the year before had and this one has not yet.
        CAST(
            sum(n_concluded) FILTER (side = 'left')
            + greatest(
                sum(n_concluded) FILTER (side = 'running_before') - sum(n_concluded) FILTER (side = 'running'), 0
            )
            AS BIGINT
        ) AS n_expected,
        sum(n_conforming) FILTER (side = 'year_before')
        / nullif(sum(n_concluded) FILTER (side = 'year_before'), 0) AS rate_of_year_before
    FROM summed
    GROUP BY ALL
)

SELECT
    now.* EXCLUDE (side, period, feed),
    now.period AS quarter,
    windows.year,
    windows.is_year,
    CASE WHEN now.is_shown THEN now.n_conforming / now.n_concluded END AS value,
    CASE WHEN now.is_shown THEN wilson_low(now.x, now.n_effective) END AS value_low,
    CASE WHEN now.is_shown THEN wilson_high(now.x, now.n_effective) END AS value_high,
    before.x AS x_before,
    before.n_effective AS n_effective_before,
    CASE WHEN before.is_shown THEN before.n_conforming / before.n_concluded END AS value_before,
    CASE
        WHEN len(windows.quarters_before) > 0 THEN (windows.year - 1)::VARCHAR || substr(now.period, 5)
    END AS quarter_before,
    len(windows.quarters_left) + (windows.quarter_running IS NOT NULL)::BIGINT AS n_quarters_left,
    ahead.n_expected,
    ahead.rate_of_year_before
FROM judged AS now
INNER JOIN judged AS before
    ON
        now.indicator_code = before.indicator_code
        AND now.province_code = before.province_code
        AND now.prefecture_code = before.prefecture_code
        AND now.period = before.period
        AND before.side = 'before'
INNER JOIN ahead
    ON
        now.indicator_code = ahead.indicator_code
        AND now.province_code = ahead.province_code
        AND now.prefecture_code = ahead.prefecture_code
        AND now.period = ahead.period
INNER JOIN core_indicator_windows AS windows
    ON
        now.indicator_code = windows.indicator_code
        AND now.province_code = windows.province_code
        AND now.period = windows.period
WHERE now.side = 'now'
