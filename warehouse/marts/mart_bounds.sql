-- Grain: one period (quarter or year to date), feed, sampling type, province in $provinces, prefecture (or all) and
-- category of the first level (or all) with samples: how far the rate can lie from what is shown, whatever comes of the
-- samples that are missing from it (worst-case bounds, Manski 2003). Lowest: all that could belong here failed; highest:
-- all passed. Could belong: quarantined samples none of whose known facts says otherwise, and counted ones whose place or
-- category is unknown. The bounds of a rate that is withheld are withheld as well, or the two would give it away; a
-- quarantined inspection has no number of points, so that where one could belong there are no bounds.
-- From: mart_cells, core_doubts, core_rejected.
WITH cells AS (
    SELECT
        unnest([quarter, left(quarter, 4) || 'YTD']) AS period,
        feed,
        sampling_type,
        province_code,
        prefecture_code,
        category_code,
        COLUMNS('^(n|sum)_')
    FROM mart_cells
),

strata AS (
    SELECT
        period,
        feed,
        sampling_type,
        icc(
            sum(n_inspections)::BIGINT,
            sum(n_concluded)::BIGINT,
            sum(n_conforming)::BIGINT,
            sum(sum_points_squared),
            sum(sum_conforming_squared_per_point)
        ) AS icc
    FROM cells
    GROUP BY ALL
),

areas AS (
    SELECT
        period,
        feed,
        sampling_type,
        province_code,
        CASE WHEN grouping(prefecture_code) = 1 THEN 'all' ELSE prefecture_code END AS prefecture_code,
        CASE WHEN grouping(category_code) = 1 THEN 'all' ELSE category_code END AS category_code,
        sum(n_sampled)::BIGINT AS n_sampled,
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_nonconforming)::BIGINT AS n_nonconforming,
        sum(n_undetermined)::BIGINT AS n_undetermined,
        sum(n_held)::BIGINT AS n_held,
        sum(CASE WHEN feed = 'construction' THEN n_inspections END)::BIGINT AS n_inspections,
        sum(n_provisional) > 0 AS is_provisional
    FROM cells
    WHERE list_contains($provinces::VARCHAR[], province_code) OR list_contains($provinces, 'all')
    GROUP BY
        period, feed, sampling_type, province_code,
        GROUPING SETS ((), (prefecture_code), (category_code), (prefecture_code, category_code))
),

loose AS (
    SELECT
        period,
        feed,
        sampling_type,
        province_code,
        prefecture_code,
        category_code,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_nonconforming)::BIGINT AS n_nonconforming
    FROM cells
    WHERE 'unknown' IN (province_code, prefecture_code, category_code) AND n_concluded > 0
    GROUP BY ALL
),

unplaced AS (
    SELECT
        areas.period,
        areas.feed,
        areas.sampling_type,
        areas.province_code,
        areas.prefecture_code,
        areas.category_code,
        sum(loose.n_conforming)::BIGINT AS n_conforming,
        sum(loose.n_nonconforming)::BIGINT AS n_nonconforming
    FROM areas
    INNER JOIN loose
        ON
            areas.period = loose.period
            AND areas.feed = loose.feed
            AND areas.sampling_type = loose.sampling_type
            AND loose.province_code IN (areas.province_code, 'unknown')
            AND (areas.prefecture_code = 'all' OR loose.prefecture_code IN (areas.prefecture_code, 'unknown'))
            AND (areas.category_code = 'all' OR loose.category_code IN (areas.category_code, 'unknown'))
            AND NOT (
                areas.province_code = loose.province_code
                AND areas.prefecture_code IN ('all', loose.prefecture_code)
                AND areas.category_code IN ('all', loose.category_code)
            )
    GROUP BY ALL
),

doubts AS (
    SELECT
        strata.period,
        strata.feed,
        strata.sampling_type,
        doubts.provinces,
        doubts.prefectures,
        doubts.categories,
        sum(doubts.n_samples)::BIGINT AS n_samples
    FROM strata
    INNER JOIN core_doubts AS doubts
        ON
            strata.feed = doubts.feed
            AND (len(doubts.types) = 0 OR list_contains(doubts.types, strata.sampling_type))
            AND (
                len(doubts.quarters) = 0
                OR list_contains(doubts.quarters, strata.period)
                OR list_contains(list_transform(doubts.quarters, lambda each: left(each, 4) || 'YTD'), strata.period)
            )
    GROUP BY ALL
),

quarantined AS (
    SELECT
        areas.period,
        areas.feed,
        areas.sampling_type,
        areas.province_code,
        areas.prefecture_code,
        areas.category_code,
        sum(doubts.n_samples)::BIGINT AS n_samples
    FROM areas
    INNER JOIN doubts
        ON
            areas.period = doubts.period
            AND areas.feed = doubts.feed
            AND areas.sampling_type = doubts.sampling_type
            AND (len(doubts.provinces) = 0 OR list_contains(doubts.provinces, areas.province_code))
            AND (
                areas.prefecture_code = 'all'
                OR len(doubts.prefectures) = 0
                OR list_contains(doubts.prefectures, areas.prefecture_code)
            )
            AND (
                areas.category_code = 'all'
                OR len(doubts.categories) = 0
                OR list_contains(doubts.categories, areas.category_code)
            )
    GROUP BY ALL
),

rejected AS (
    SELECT
        strata.period,
        strata.feed,
        strata.sampling_type,
        sum(files.n_files)::BIGINT AS n_files
    FROM strata
    INNER JOIN core_rejected AS files
        -- What a file holds was concluded before it came; 2026YTD begins with 2026Q1.
        ON strata.feed = files.feed AND replace(strata.period, 'YTD', 'Q1') <= files.quarter_received
    GROUP BY ALL
),

weighed AS (
    SELECT
        areas.*,
        coalesce(quarantined.n_samples, 0) AS n_quarantined,
        coalesce(unplaced.n_conforming, 0) AS n_unplaced_conforming,
        coalesce(unplaced.n_nonconforming, 0) AS n_unplaced_nonconforming,
        coalesce(rejected.n_files, 0) AS n_rejected_files,
        effective_n(areas.n_concluded, areas.n_inspections, strata.icc) AS n_effective,
        effective_x(areas.n_conforming, areas.n_concluded, n_effective) AS x,
        rate_status(x, n_effective, areas.n_inspections) AS rate_status,
        failure_rate_status(n_effective - x, n_effective, areas.n_inspections) AS failure_rate_status
    FROM areas
    INNER JOIN strata USING (period, feed, sampling_type)
    LEFT JOIN quarantined USING (period, feed, sampling_type, province_code, prefecture_code, category_code)
    LEFT JOIN unplaced USING (period, feed, sampling_type, province_code, prefecture_code, category_code)
    LEFT JOIN rejected USING (period, feed, sampling_type)
),

bounded AS (
    SELECT
        *,
        rate_status IN ('ok', 'boundary') AS shows_rate,
        failure_rate_status IN ('ok', 'boundary', 'unreliable') AS shows_failure_rate,
        CASE
            WHEN NOT shows_rate AND NOT shows_failure_rate THEN 'withheld'
            WHEN 'unknown' IN (prefecture_code, category_code) THEN 'no_area'
            WHEN feed = 'construction' AND n_quarantined > 0 THEN 'points_unknown'
            ELSE 'ok'
        END AS bounds_status,
        CASE
            WHEN bounds_status = 'ok' THEN n_conforming / (n_concluded + n_quarantined + n_unplaced_nonconforming)
        END AS lowest,
        CASE
            WHEN bounds_status = 'ok'
                THEN
                    (n_conforming + n_quarantined + n_unplaced_conforming)
                    / (n_concluded + n_quarantined + n_unplaced_conforming)
        END AS highest
    FROM weighed
)

SELECT
    period AS quarter,
    feed,
    sampling_type,
    province_code,
    prefecture_code,
    category_code,
    n_sampled,
    n_concluded,
    n_conforming,
    n_nonconforming,
    n_undetermined,
    n_held,
    n_inspections,
    n_effective,
    n_quarantined,
    n_unplaced_conforming,
    n_unplaced_nonconforming,
    n_rejected_files,
    CASE WHEN shows_rate THEN n_conforming / n_concluded END AS rate,
    CASE WHEN shows_rate THEN lowest END AS rate_lowest,
    CASE WHEN shows_rate THEN highest END AS rate_highest,
    rate_status,
    CASE WHEN shows_failure_rate THEN n_nonconforming / n_concluded END AS failure_rate,
    CASE WHEN shows_failure_rate THEN 1 - highest END AS failure_rate_lowest,
    CASE WHEN shows_failure_rate THEN 1 - lowest END AS failure_rate_highest,
    failure_rate_status,
    bounds_status,
    is_provisional
FROM bounded
