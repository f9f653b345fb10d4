-- Grain: one period (quarter or year to date), feed, sampling type, province in $provinces, prefecture (or all) and
-- category of the first level (or all) with samples: how far the rate can lie from what is shown, whatever comes of the
-- samples that are missing from it (worst-case bounds, Manski 2003). Lowest: all that could belong here failed; highest:
-- all passed. Could belong: quarantined samples none of whose known facts says otherwise, and counted ones whose place or
-- category is unknown. The bounds of a rate that is withheld are withheld as well, or the two would give it away; a
-- quarantined inspection has no number of points, so that where one could belong there are no bounds.
-- From: mart_cells, core_doubts, core_rejected.
WITH cells AS MATERIALIZED (
    SELECT
        periods.period,
        feed,
        sampling_type,
        province_code,
        prefecture_code,
        category_code,
        sum(n_sampled)::BIGINT AS n_sampled,
        sum(n_concluded)::BIGINT AS n_concluded,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_nonconforming)::BIGINT AS n_nonconforming,
        sum(n_undetermined)::BIGINT AS n_undetermined,
        sum(n_held)::BIGINT AS n_held,
        sum(n_provisional)::BIGINT AS n_provisional,
        sum(n_inspections)::BIGINT AS n_inspections,
        sum(sum_points_squared) AS sum_points_squared,
        sum(sum_conforming_squared_per_point) AS sum_conforming_squared_per_point
    FROM mart_cells
    CROSS JOIN unnest([quarter, left(quarter, 4) || 'YTD']) AS periods (period)
    GROUP BY ALL
),

strata AS MATERIALIZED (
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

areas AS MATERIALIZED (
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

-- What there is to belong somewhere: with its place and category, or with all; '?' where it is unknown.
offered AS (
    SELECT
        cells.period,
        cells.feed,
        cells.sampling_type,
        replace(cells.province_code, 'unknown', '?') AS province_key,
        prefectures.key AS prefecture_key,
        categories.key AS category_key,
        cells.n_conforming,
        cells.n_nonconforming,
        0 AS n_quarantined
    FROM cells
    CROSS JOIN
        unnest(CASE WHEN cells.prefecture_code = 'unknown' THEN ['?'] ELSE [cells.prefecture_code, 'all'] END)
            AS prefectures (key)
    CROSS JOIN
        unnest(CASE WHEN cells.category_code = 'unknown' THEN ['?'] ELSE [cells.category_code, 'all'] END)
            AS categories (key)
    UNION ALL
    SELECT
        strata.period,
        strata.feed,
        strata.sampling_type,
        provinces.key AS province_key,
        prefectures.key AS prefecture_key,
        categories.key AS category_key,
        0 AS n_conforming,
        0 AS n_nonconforming,
        doubts.n_samples AS n_quarantined
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
    CROSS JOIN unnest(CASE WHEN len(doubts.provinces) = 0 THEN ['?'] ELSE doubts.provinces END) AS provinces (key)
    CROSS JOIN
        unnest(CASE WHEN len(doubts.prefectures) = 0 THEN ['?'] ELSE doubts.prefectures || ['all'] END)
            AS prefectures (key)
    CROSS JOIN
        unnest(CASE WHEN len(doubts.categories) = 0 THEN ['?'] ELSE doubts.categories || ['all'] END)
            AS categories (key)
),

offers AS (
    SELECT
        period,
        feed,
        sampling_type,
        province_key,
        prefecture_key,
        category_key,
        sum(n_conforming)::BIGINT AS n_conforming,
        sum(n_nonconforming)::BIGINT AS n_nonconforming,
        sum(n_quarantined)::BIGINT AS n_quarantined
    FROM offered
    GROUP BY ALL
),

possible AS (
    SELECT
        areas.period,
        areas.feed,
        areas.sampling_type,
        areas.province_code,
        areas.prefecture_code,
        areas.category_code,
        sum(offers.n_conforming)::BIGINT AS n_possibly_conforming,
        sum(offers.n_nonconforming)::BIGINT AS n_possibly_nonconforming,
        sum(offers.n_quarantined)::BIGINT AS n_quarantined
    FROM areas
    CROSS JOIN unnest([areas.province_code, '?']) AS provinces (key)
    CROSS JOIN unnest([areas.prefecture_code, '?']) AS prefectures (key)
    CROSS JOIN unnest([areas.category_code, '?']) AS categories (key)
    INNER JOIN offers
        ON
            areas.period = offers.period
            AND areas.feed = offers.feed
            AND areas.sampling_type = offers.sampling_type
            AND provinces.key = offers.province_key
            AND prefectures.key = offers.prefecture_key
            AND categories.key = offers.category_key
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
        possible.n_quarantined,
        possible.n_possibly_conforming - areas.n_conforming AS n_unplaced_conforming,
        possible.n_possibly_nonconforming - areas.n_nonconforming AS n_unplaced_nonconforming,
        coalesce(rejected.n_files, 0) AS n_rejected_files,
        effective_n(areas.n_concluded, areas.n_inspections, strata.icc) AS n_effective
    FROM areas
    INNER JOIN strata USING (period, feed, sampling_type)
    INNER JOIN possible USING (period, feed, sampling_type, province_code, prefecture_code, category_code)
    LEFT JOIN rejected USING (period, feed, sampling_type)
),

counted AS (
    SELECT *, effective_x(n_conforming, n_concluded, n_effective) AS x
    FROM weighed
),

judged AS (
    SELECT
        * EXCLUDE (x),
        rate_status(x, n_effective, n_inspections) AS rate_status,
        failure_rate_status(n_effective - x, n_effective, n_inspections) AS failure_rate_status
    FROM counted
),

shown AS (
    SELECT
        *,
        rate_status IN ('ok', 'boundary') AS shows_rate,
        failure_rate_status IN ('ok', 'boundary', 'unreliable') AS shows_failure_rate
    FROM judged
),

bounded AS (
    SELECT
        *,
        CASE
            WHEN NOT shows_rate AND NOT shows_failure_rate THEN 'withheld'
            WHEN 'unknown' IN (province_code, prefecture_code, category_code) THEN 'no_area'
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
    FROM shown
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
