-- Grain: one stratum (feed and sampling type) of the quarter as a whole, and each of its prefectures, categories of the
-- first level and stages; part says which. A prefecture without samples has a row too. Ranks stand beside prefectures
-- where the release has them. Rates, intervals and statuses come from the release's own macros.
-- From: mart_cells, mart_rankings, ref_prefectures, ref_categories.
WITH cells AS (
    SELECT * FROM mart_cells WHERE quarter = $quarter
),

strata AS (
    SELECT
        feed,
        sampling_type,
        icc(
            CAST(sum(n_inspections) AS BIGINT),
            CAST(sum(n_concluded) AS BIGINT),
            CAST(sum(n_conforming) AS BIGINT),
            sum(sum_points_squared),
            sum(sum_conforming_squared_per_point)
        ) AS stratum_icc
    FROM cells
    GROUP BY ALL
),

summed AS (
    SELECT
        feed,
        sampling_type,
        CASE
            WHEN grouping(prefecture_code) = 0 THEN 'prefecture'
            WHEN grouping(category_code) = 0 THEN 'category'
            WHEN grouping(stage) = 0 THEN 'stage'
            ELSE 'stratum'
        END AS part,
        prefecture_code,
        category_code,
        stage,
        CAST(sum(n_sampled) AS BIGINT) AS n_sampled,
        CAST(sum(n_concluded) AS BIGINT) AS n_concluded,
        CAST(sum(n_conforming) AS BIGINT) AS n_conforming,
        CAST(sum(n_nonconforming) AS BIGINT) AS n_nonconforming,
        CAST(sum(n_undetermined) AS BIGINT) AS n_undetermined,
        CAST(sum(n_held) AS BIGINT) AS n_held,
        sum(n_provisional) > 0 AS is_provisional,
        CAST(sum(n_inspections) AS BIGINT) AS n_visits
    FROM cells
    GROUP BY GROUPING SETS (
        (feed, sampling_type),
        (feed, sampling_type, prefecture_code),
        (feed, sampling_type, category_code),
        (feed, sampling_type, stage)
    )
),

everywhere AS (
    SELECT * FROM summed
    UNION ALL BY NAME
    SELECT
        strata.feed,
        strata.sampling_type,
        'prefecture' AS part,
        places.prefecture_code,
        0 AS n_sampled,
        0 AS n_concluded,
        0 AS n_conforming,
        0 AS n_nonconforming,
        0 AS n_undetermined,
        0 AS n_held,
        false AS is_provisional,
        0 AS n_visits
    FROM strata
    CROSS JOIN ref_prefectures AS places
    ANTI JOIN summed
        ON
            strata.feed = summed.feed
            AND strata.sampling_type = summed.sampling_type
            AND places.prefecture_code = summed.prefecture_code
),

effective AS (
    SELECT
        *,
        CASE WHEN feed = 'construction' THEN n_visits END AS n_inspections,
        effective_n(n_concluded, CASE WHEN feed = 'construction' THEN n_visits END, stratum_icc) AS n_effective
    FROM everywhere
    INNER JOIN strata USING (feed, sampling_type)
),

weighed AS (
    SELECT *, effective_x(n_conforming, n_concluded, n_effective) AS x FROM effective
),

judged AS (
    SELECT
        *,
        rate_status(x, n_effective, n_inspections) AS rate_status,
        failure_rate_status(n_effective - x, n_effective, n_inspections) AS failure_rate_status
    FROM weighed
),

shown AS (
    SELECT
        *,
        rate_status IN ('ok', 'boundary') AS shows_rate,
        failure_rate_status IN ('ok', 'boundary', 'unreliable') AS shows_failure_rate
    FROM judged
)

SELECT
    shown.feed,
    shown.sampling_type,
    shown.part,
    shown.prefecture_code,
    CASE
        WHEN shown.prefecture_code = 'unknown' THEN '未能归属'
        ELSE places.prefecture_name
    END AS prefecture_name,
    shown.category_code,
    CASE
        WHEN shown.category_code = 'unknown' THEN '类别不详'
        ELSE categories.category_name
    END AS category_name,
    shown.stage,
    shown.n_sampled,
    shown.n_concluded,
    shown.n_conforming,
    shown.n_nonconforming,
    shown.n_undetermined,
    shown.n_held,
    shown.n_inspections,
    shown.n_effective,
    CASE WHEN shown.shows_rate THEN shown.n_conforming / shown.n_concluded END AS rate,
    CASE WHEN shown.shows_rate THEN wilson_low(shown.x, shown.n_effective) END AS rate_low,
    CASE WHEN shown.shows_rate THEN wilson_high(shown.x, shown.n_effective) END AS rate_high,
    shown.rate_status,
    CASE
        WHEN shown.shows_failure_rate THEN (shown.n_concluded - shown.n_conforming) / shown.n_concluded
    END AS failure_rate,
    CASE
        WHEN shown.shows_failure_rate THEN wilson_low(shown.n_effective - shown.x, shown.n_effective)
    END AS failure_rate_low,
    CASE
        WHEN shown.shows_failure_rate THEN wilson_high(shown.n_effective - shown.x, shown.n_effective)
    END AS failure_rate_high,
    shown.failure_rate_status,
    shown.is_provisional,
    ranks.rank,
    ranks.rank_low,
    ranks.rank_high,
    ranks.indistinguishable_from,
    ranks.funnel_95_low,
    ranks.funnel_95_high,
    ranks.funnel_998_low,
    ranks.funnel_998_high,
    ranks.is_alarm,
    ranks.shrunken_rate,
    ranks.standardised_rate
FROM shown
LEFT JOIN ref_prefectures AS places
    ON shown.prefecture_code = places.prefecture_code
LEFT JOIN ref_categories AS categories
    ON shown.feed = categories.feed AND shown.category_code = categories.category_code
LEFT JOIN mart_rankings AS ranks
    ON
        ranks.quarter = $quarter
        AND shown.feed = ranks.feed
        AND shown.sampling_type = ranks.sampling_type
        AND shown.prefecture_code = ranks.prefecture_code
        AND ranks.stage = 'all'
        AND ranks.category_code = 'all'
ORDER BY
    shown.feed,
    shown.sampling_type,
    shown.part,
    shown.prefecture_code,
    shown.category_code,
    shown.stage
