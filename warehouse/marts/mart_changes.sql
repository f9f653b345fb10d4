-- Grain: one period, kind of comparison, feed, sampling type, province, stage (or all), category (or all) and prefecture
-- (or all), in strata in which any rate of either period is shown, and in those of all stages and categories.
-- The difference of two rates with Newcombe's interval, and what a different mix of categories adds to it (Kitagawa
-- 1955): rate_effect + mix_effect + unmatched_effect = difference. d_later: conforming that the common categories of the
-- later period would have at the earlier rates; d_earlier: the reverse; over exact decimals, so that they don't depend on
-- the order of addition. Categories of one period only have no rate to compare: unmatched_effect is what they move the
-- rate of their own period by, away from that of the common ones. From: core_comparisons, core_mixes, mart_cells.
WITH correlations AS (
    SELECT
        c.quarter,
        c.kind,
        c.feed,
        c.sampling_type,
        c.is_earlier,
        icc(
            sum(cells.n_inspections)::BIGINT,
            sum(cells.n_concluded)::BIGINT,
            sum(cells.n_conforming)::BIGINT,
            sum(cells.sum_points_squared),
            sum(cells.sum_conforming_squared_per_point)
        ) AS icc
    FROM core_comparisons AS c
    INNER JOIN mart_cells AS cells
        ON cells.feed = c.feed AND cells.sampling_type = c.sampling_type AND cells.quarter = c.member
    GROUP BY ALL
),

mixes AS (
    SELECT
        c.quarter,
        c.kind,
        c.feed,
        c.sampling_type,
        m.province_code,
        m.stage,
        m.category_code,
        m.prefecture_code,
        m.mix,
        coalesce(sum(m.n_concluded) FILTER (NOT c.is_earlier), 0)::BIGINT AS n1,
        coalesce(sum(m.n_concluded) FILTER (c.is_earlier), 0)::BIGINT AS n0,
        coalesce(sum(m.n_conforming) FILTER (NOT c.is_earlier), 0)::BIGINT AS x1,
        coalesce(sum(m.n_conforming) FILTER (c.is_earlier), 0)::BIGINT AS x0,
        sum(m.n_inspections * (NOT c.is_earlier)::BIGINT)::BIGINT AS v1,
        sum(m.n_inspections * c.is_earlier::BIGINT)::BIGINT AS v0,
        coalesce(sum(m.n_provisional) FILTER (NOT c.is_earlier), 0)::BIGINT AS n_open1,
        coalesce(sum(m.n_provisional) FILTER (c.is_earlier), 0)::BIGINT AS n_open0
    FROM core_mixes AS m
    INNER JOIN core_comparisons AS c
        ON c.feed = m.feed AND c.sampling_type = m.sampling_type AND c.member = m.quarter
    GROUP BY ALL
),

areas AS (
    SELECT
        quarter,
        kind,
        feed,
        sampling_type,
        province_code,
        stage,
        category_code,
        prefecture_code,
        sum(n1)::BIGINT AS n1,
        sum(n0)::BIGINT AS n0,
        sum(x1)::BIGINT AS x1,
        sum(x0)::BIGINT AS x0,
        sum(v1)::BIGINT AS v1,
        sum(v0)::BIGINT AS v0,
        sum(n_open1) > 0 AS is_open1,
        sum(n_open0) > 0 AS is_open0,
        coalesce(sum(n1) FILTER (n0 > 0), 0)::BIGINT AS common_n1,
        coalesce(sum(n0) FILTER (n1 > 0), 0)::BIGINT AS common_n0,
        coalesce(sum(x1) FILTER (n0 > 0), 0)::BIGINT AS common_x1,
        coalesce(sum(x0) FILTER (n1 > 0), 0)::BIGINT AS common_x0,
        sum((n1 * x0 / nullif(n0, 0))::DECIMAL(38, 12)) FILTER (n1 > 0 AND n0 > 0)::DOUBLE AS d_later,
        sum((n0 * x1 / nullif(n1, 0))::DECIMAL(38, 12)) FILTER (n1 > 0 AND n0 > 0)::DOUBLE AS d_earlier,
        coalesce(list(mix ORDER BY mix) FILTER (n0 = 0), []) AS unmatched_categories,
        coalesce(list(mix ORDER BY mix) FILTER (n1 = 0), []) AS unmatched_categories_before
    FROM mixes
    GROUP BY ALL
),

effective AS (
    SELECT
        areas.*,
        effective_n(areas.n1, areas.v1, coalesce(later.icc, 0)) AS e1,
        effective_n(areas.n0, areas.v0, coalesce(earlier.icc, 0)) AS e0
    FROM areas
    LEFT JOIN correlations AS later
        ON later.quarter = areas.quarter AND later.kind = areas.kind AND later.feed = areas.feed
            AND later.sampling_type = areas.sampling_type AND NOT later.is_earlier
    LEFT JOIN correlations AS earlier
        ON earlier.quarter = areas.quarter AND earlier.kind = areas.kind AND earlier.feed = areas.feed
            AND earlier.sampling_type = areas.sampling_type AND earlier.is_earlier
),

weighed AS (
    SELECT
        *,
        effective_x(x1, n1, e1) AS y1,
        effective_x(x0, n0, e0) AS y0
    FROM effective
),

judged AS (
    SELECT
        *,
        rate_status(y1, e1, v1) AS status1,
        rate_status(y0, e0, v0) AS status0
    FROM weighed
),

shown AS (
    SELECT
        *,
        status1 IN ('ok', 'boundary') AS is_shown1,
        status0 IN ('ok', 'boundary') AS is_shown0
    FROM judged
),

compared AS (
    SELECT
        *,
        is_shown1 AND is_shown0 AS is_compared,
        CASE WHEN is_compared THEN x1 / n1 - x0 / n0 END AS difference,
        CASE WHEN is_compared THEN newcombe_low(y1, e1, y0, e0) END AS difference_low,
        CASE WHEN is_compared THEN newcombe_high(y1, e1, y0, e0) END AS difference_high,
        is_compared AND common_n1 > 0 AS is_split
    FROM shown
    WINDOW of_stratum AS (PARTITION BY quarter, kind, feed, sampling_type, province_code, stage, category_code)
    -- Of the finer strata only those of which something is shown; of the province's categories all, withheld or not.
    QUALIFY
        stage = 'all' AND 'all' IN (category_code, prefecture_code)
        OR bool_or(is_shown1 OR is_shown0) OVER of_stratum
),

split AS (
    SELECT
        *,
        CASE
            WHEN NOT is_compared THEN 'withheld'
            WHEN difference_low > 0 THEN 'higher'
            WHEN difference_high < 0 THEN 'lower'
            ELSE 'no_clear_change'
        END AS change,
        CASE
            WHEN is_split
                THEN ((common_x1 - d_later) / common_n1 + (d_earlier - common_x0) / common_n0) / 2
        END AS rate_effect,
        CASE
            WHEN is_split
                THEN ((common_x1 + d_later) / common_n1 - (d_earlier + common_x0) / common_n0) / 2
        END AS mix_effect,
        CASE
            WHEN is_split THEN (x1 / n1 - common_x1 / common_n1) - (x0 / n0 - common_x0 / common_n0)
        END AS unmatched_effect
    FROM compared
)

SELECT
    quarter,
    kind,
    feed,
    sampling_type,
    province_code,
    stage,
    category_code,
    prefecture_code,
    quarter_before,
    quarters,
    quarters_before,
    n1 AS n_concluded,
    x1 AS n_conforming,
    v1 AS n_inspections,
    e1 AS n_effective,
    CASE WHEN is_shown1 THEN x1 / n1 END AS rate,
    CASE WHEN is_shown1 THEN wilson_low(y1, e1) END AS rate_low,
    CASE WHEN is_shown1 THEN wilson_high(y1, e1) END AS rate_high,
    status1 AS rate_status,
    is_open1 AS is_provisional,
    n0 AS n_concluded_before,
    x0 AS n_conforming_before,
    v0 AS n_inspections_before,
    e0 AS n_effective_before,
    CASE WHEN is_shown0 THEN x0 / n0 END AS rate_before,
    CASE WHEN is_shown0 THEN wilson_low(y0, e0) END AS rate_low_before,
    CASE WHEN is_shown0 THEN wilson_high(y0, e0) END AS rate_high_before,
    status0 AS rate_status_before,
    is_open0 AS is_provisional_before,
    difference,
    difference_low,
    difference_high,
    change,
    CASE
        WHEN is_compared THEN NULL
        WHEN is_shown1 THEN 'before'
        WHEN is_shown0 THEN 'now'
        ELSE 'both'
    END AS withheld_for,
    rate_effect,
    mix_effect,
    unmatched_effect,
    CASE WHEN change IN ('higher', 'lower') THEN mix_effect / difference END AS mix_share,
    CASE
        WHEN NOT is_compared THEN 'withheld'
        WHEN common_n1 = 0 THEN 'nothing_in_common'
        WHEN len(unmatched_categories) + len(unmatched_categories_before) > 0 THEN 'partly_comparable'
        ELSE 'comparable'
    END AS mix_status,
    (n1 - common_n1) / nullif(n1, 0) AS unmatched_share,
    (n0 - common_n0) / nullif(n0, 0) AS unmatched_share_before,
    unmatched_categories,
    unmatched_categories_before
FROM split
INNER JOIN (SELECT DISTINCT quarter, kind, feed, sampling_type, quarter_before, quarters, quarters_before FROM core_comparisons)
    USING (quarter, kind, feed, sampling_type)
